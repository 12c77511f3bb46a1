"""The keys of a mask and what else is said of a training; those of an intervention."""

from typing import Literal

from pydantic import Field

from paperfig.kinds.fields import Count, Index, Listed, Position, Positive, SpecModel, optional

SelfWord = Literal["keep", "hide", "hide-always"]
Transport = Literal["taylor4", "exact"]
Gelu = Literal["exact", "tanh"]


class _MaskKeys(SpecModel):
    """Which keys a query may attend to. Keys left out stay as trained."""

    causal: bool | None = optional("Whether keys after the query are masked.", "as trained")
    self_attention: SelfWord | None = Field(
        default=None,
        alias="self",
        description="`hide` masks the query's own key wherever another key is left; "
        "`hide-always` masks it even where that leaves the row without a key.",
        json_schema_extra={"unset": "as trained"},
    )
    window: Count | None = optional(
        "How many keys a query sees at most, itself counted.", "as trained"
    )


class MaskSpec(_MaskKeys):
    """Which keys a query may attend to in training."""

    hide_keys: Listed[Index] | None = optional(
        "Positions that no query may attend to.", "as trained"
    )


class MaskInterventionSpec(_MaskKeys):
    """Which keys a query may attend to. Keys left out stay as trained."""

    hide_keys: Listed[Position] | None = optional(
        "Positions that no query may attend to (a BOS sink, say).", "as trained"
    )


class TrainedSpec(SpecModel):
    """What the checkpoint's file does not say of its training, declared."""

    kappa: Positive | Listed[Positive] | None = optional(
        "The temperature κ, or one for each head.", "as the file says"
    )
    mask: MaskSpec | None = optional("The mask in training.", "as the file says")
    transport: Transport | None = optional(
        "How Ω's exponential was computed.", "as the file says"
    )
    gelu: Gelu | None = optional(
        "Which GELU the layers have: exact, or its approximation by tanh (nanoGPT's files of "
        "before June 2023, build-nanogpt).",
        "as the file says",
    )
