"""The keys of a mask: those of training, and those of an intervention."""

from typing import Literal

from pydantic import Field

from paperfig.kinds.fields import Count, Index, Listed, Position, SpecModel, optional

SelfWord = Literal["keep", "hide", "hide-always"]


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
