"""The spec's shape: one frozen pydantic model a mapping.

These models are what crosses from ``spec/`` into the other rooms. They accept the data
of a YAML file and nothing else: no coercion, no unknown key.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Index = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
HeadName = Annotated[str, Field(pattern=r"^L(0|[1-9]\d*)H(0|[1-9]\d*)$")]
Venue = Literal["article", "neurips", "icml", "iclr", "acl", "ieee", "aps"]
Kind = Literal[
    "map", "context", "scores", "atlas", "profile", "lines", "statistics", "compare", "trend"
]


def _listed(item: Any) -> Any:
    """A tuple of ``item`` that a YAML list fills (strictness would refuse the list)."""
    return Annotated[tuple[item, ...], Field(strict=False, min_length=1)]


class SpecModel(BaseModel):
    """A mapping of the spec: frozen, strict, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_by_name=True)


class MaskSpec(SpecModel):
    """An intervention on the mask; keys left out stay as trained."""

    causal: bool | None = None
    self_attention: Literal["keep", "hide", "hide-always"] | None = Field(
        default=None, alias="self"
    )
    window: Count | None = None
    hide_keys: _listed(Index) | None = None  # type: ignore[valid-type]


class TrainedSpec(SpecModel):
    """What the checkpoint's file does not say of its training, declared."""

    kappa: Positive | _listed(Positive) | None = None  # type: ignore[valid-type]
    mask: MaskSpec | None = None
    transport: Literal["taylor4", "exact"] | None = None


class CheckpointSpec(SpecModel):
    """Which weights, and what the caption calls them."""

    path: str | None = None
    hub: str | None = None
    revision: str | None = None
    sha256: Sha256 | None = None
    name: str | None = None
    config: str | None = None
    family: str | None = None
    code: str | None = None
    adapter: str | None = None
    trained: TrainedSpec = TrainedSpec()


class ExcerptSpec(SpecModel):
    """Which text: one of ``text``, ``dataset``, ``random``, ``ids`` or ``segments``."""

    text: str | None = None
    dataset: str | None = None
    config: str | None = None
    split: str | None = None
    field: str | None = None
    start: Index | None = None
    row: Index | None = None
    find: str | None = None
    nth: Count | None = None
    before: Index | None = None
    join: Literal["none", "blank-line", "eos"] | None = None
    clean: Literal["vfe", "none"] | None = None
    random: Count | None = None
    seed: Index | None = None
    repeat: Count | None = None
    bos: bool | None = None
    ids: str | _listed(Index) | None = None  # type: ignore[valid-type]
    segments: _listed(str) | None = None  # type: ignore[valid-type]
    target: str | None = None
    length: Count | None = None
    count: Count | None = None


class VocabularySpec(SpecModel):
    """A restricted vocabulary, rebuilt from a split."""

    dataset: str
    split: str = "train"
    size: Count


class TokenizerSpec(SpecModel):
    """A tokenizer that needs more than a name."""

    name: str | None = None
    alphabet: str | None = None
    base: str | None = None
    vocabulary: VocabularySpec | None = None


class CellMark(SpecModel):
    """One outlined cell."""

    query: Index
    key: Index


class BlockMark(SpecModel):
    """An outlined block of cells; both ends count."""

    queries: Annotated[tuple[Index, Index], Field(strict=False)]
    keys: Annotated[tuple[Index, Index], Field(strict=False)]


class StyleSpec(SpecModel):
    """How the figure looks; nothing here changes a number."""

    venue: Venue = "article"
    width: str = "column"
    height: str | None = None
    scale: Literal["linear", "sqrt", "log"] = "linear"
    limits: Literal["auto", "full"] | Annotated[tuple[float, float], Field(strict=False)] = (
        "auto"
    )
    palette: str | None = None
    labels: Literal["auto", "tokens", "index", "none"] = "auto"
    titles: bool | _listed(str) | None = None  # type: ignore[valid-type]
    colorbar: bool = True
    font: str | None = None
    zoom: Annotated[tuple[Index, Index], Field(strict=False)] | None = None
    mark: _listed(CellMark | BlockMark) | None = None  # type: ignore[valid-type]
    provenance: Literal["digests", "full", "none"] = "digests"
    formats: _listed(Literal["svg", "png"]) | None = None  # type: ignore[valid-type]


class CaptionSpec(SpecModel):
    """What the caption says, and how it quotes."""

    template: str | None = None
    quote: Index = 50
    quote_style: Literal["plain", "exact", "readable"] = "plain"
    label: str | None = None
    short: str | None = None
    vars: Mapping[str, str | int | float | bool] = {}


class FigureSpec(SpecModel):
    """One figure."""

    figspec: Literal[1]
    figure: Kind = "map"
    checkpoint: CheckpointSpec
    excerpt: ExcerptSpec
    tokenizer: str | TokenizerSpec = "from-checkpoint"
    layer: Index | None = None
    head: (
        Index | HeadName | Literal["all", "mean"] | _listed(Index | HeadName) | None  # type: ignore[valid-type]
    ) = None
    mask: MaskSpec = MaskSpec()
    kappa: Positive | _listed(Positive) | None = None  # type: ignore[valid-type]
    transport: Literal["taylor4", "exact"] | None = None
    score_at: Literal["entry", "converged"] | None = None
    attention: Literal["self", "cross", "encoder"] = "self"
    precision: Literal["float32", "native"] = "float32"
    style: StyleSpec = StyleSpec()
    caption: CaptionSpec = CaptionSpec()

    @model_validator(mode="before")
    @classmethod
    def _bare_checkpoint(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("checkpoint"), str):
            return {**data, "checkpoint": {"path": data["checkpoint"]}}
        return data


class NamedSpec(SpecModel):
    """A figure's spec, merged and expanded, with the figure's name and the spec's file.

    Attributes:
        name: the file's stem, with the folder below figspec/ (``appendix/heads``) and the
            label of ``each`` (``heads-L0H2``).
        file: the spec's file relative to the project root, with forward slashes.
    """

    name: str
    file: str
    spec: FigureSpec
