"""The keys of a spec that change no number: how a figure looks, and what its caption says."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from paperfig.kinds.fields import (
    Count,
    Finite,
    Index,
    Listed,
    NotNegative,
    Pair,
    PaletteName,
    Position,
    SpecModel,
    Text,
    TypeSize,
    Width,
    optional,
)
from paperfig.specs.venues import VENUES
from paperfig.values.palettes import NAMED, OURS, OURS_DIVERGING

if TYPE_CHECKING:
    VenueName = str
else:
    VenueName = Literal[(*VENUES,)]


Annotation = Literal["none", "entropy", "class", "row_std"]
"""What stands in the empty triangles of panels."""

WeightScale = Literal["linear", "sqrt", "log", "relative"]
"""How weights become colours."""


class CellMark(SpecModel):
    """One outlined cell; a block where a phrase is several tokens."""

    model_config = ConfigDict(json_schema_extra={"phrase": "{query, key}"})

    query: Position = Field(description="The cell's row.")
    key: Position = Field(description="The cell's column.")


class CellBlock(SpecModel):
    """A block of cells."""

    model_config = ConfigDict(json_schema_extra={"phrase": "{queries, keys}"})

    queries: Position = Field(description="Its first and last row, which belong to it.")
    keys: Position = Field(description="Its first and last column, which belong to it.")


def _form(place: Any) -> str:
    is_block = isinstance(place, CellBlock) or (
        isinstance(place, Mapping) and ("queries" in place or "keys" in place)
    )
    return "block" if is_block else "other"


_Block = Annotated[CellBlock, Tag("block")]
Mark = Annotated[Annotated[CellMark, Tag("other")] | _Block, Discriminator(_form)]
Zoom = Annotated[_Block | Annotated[Position, Tag("other")], Discriminator(_form)]


def _listed(sort: str) -> str:
    return ", ".join(f"`{name}`" for name in NAMED[sort])


class StyleSpec(SpecModel):
    """How the figure looks; nothing here changes a number."""

    venue: VenueName = Field(
        default=next(iter(VENUES)), description="Whose column widths and sizes."
    )
    width: Width = Field(default="column", description="The page's exact width, in TeX points.")
    height: Width | None = optional(
        "The page's height at most; nothing is left blank.",
        "what the text block has above the caption",
    )
    scale: WeightScale | None = optional(
        "How weights become colours; `log` ends at 1e-4. `relative`: weights times the number "
        "of allowed keys, in equal steps of log₂ around 1, which is uniform attention; on a "
        "diverging palette.",
        "linear; `sqrt` in thumbnails",
    )
    limits: Literal["auto", "full"] | Pair[NotNegative] = Field(
        default="auto",
        description="The range of colours, from 0 where it is not given. `full`: to the "
        "maximum. `auto`: to the maximum, or where that is more than twice the 99.5th "
        "percentile of rows with at least 8 allowed keys, to the percentile. Either is rounded "
        "up to 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten; of a `relative` "
        "scale up to a power of two, and as far below 1. Given ones lie between 0 and 1, of a "
        "`relative` scale around 1.",
    )
    palette: PaletteName | None = optional(
        f"The palette's name; weights run from pale to dark in each. Sequential: "
        f"{_listed('sequential')} and others of matplotlib. For `relative` scales and signed "
        f"values, diverging: {_listed('diverging')} and others, with `_r` the other way round.",
        f"`{next(iter(OURS))}`; `{next(iter(OURS_DIVERGING))}` where colours diverge",
    )
    labels: Literal["auto", "tokens", "index", "none"] = Field(
        default="auto", description="What stands along the axes; `auto`: as many as fit."
    )
    titles: bool | Listed[Text] | None = optional(
        "The panels' titles, or whether there are any.", "where there are several panels"
    )
    colorbar: Literal["auto", "right", "below", "none"] = Field(
        default="auto",
        description="Where the colour bar stands, or the legend of lines and bars. `auto`: "
        "beneath what it explains; in a `map` beside panels that are at most 200 pt high.",
    )
    columns: Count | None = optional(
        "How many panels stand in a row, or all where there are fewer.", "as many as look well"
    )
    font: Text | None = optional(
        "The text's font family; of one that has several design sizes the face nearest 7 pt.",
        "STIX",
    )
    font_size: TypeSize | None = optional(
        "The size of labels at the axes, in points; titles keep their ratio to it.",
        "the venue's",
    )
    zoom: Zoom | None = optional(
        "The first and last token of a window that is drawn large and labelled, beside the "
        "whole map; the caption quotes it. By `queries` and `keys` where they differ."
    )
    mark: Listed[Mark] | None = optional("Outlined cells and blocks; the caption names them.")
    annotate: Annotation | None = optional(
        "What stands in the empty triangle of each head's panel, where the mask is causal and "
        "panels are 70 pt wide, or ten times the size of labels. `entropy`: the mean "
        "normalised entropy of its rows; `class`: what it does, and how much of it; `row_std`: "
        "the legacy number.",
        "`entropy` in `context`, `class` in `atlas`, else none",
    )
    cells: Literal["auto", "vector", "image"] = Field(
        default="auto",
        description="Whether a panel's cells are shapes or one image, of a pixel a cell. "
        "`auto`: an image where a cell is under 1 pt wide or high, as print programs make "
        "small shapes too large, and so the map too dark.",
    )
    provenance: Literal["digests", "full", "none"] = Field(
        default="digests", description="What the PDF says of where it is from."
    )
    formats: Listed[Literal["svg", "png"]] | None = optional("Files besides the PDF.", "none")

    @property
    def has_bar(self) -> bool:
        """Whether there is a colour bar, or another legend."""
        return self.colorbar != "none"


class SignedStyleSpec(StyleSpec):
    """How a figure of signed values looks: its limits are any two numbers around 0."""

    limits: Literal["auto", "full"] | Pair[Finite] = Field(
        default="auto",
        description="The range of colours, from -a to a where it is not given. `full`: to the "
        "largest value without its sign. `auto`: as for weights, of the values without sign.",
    )


class CaptionSpec(SpecModel):
    """What the caption says, and how it quotes."""

    lead: Text | None = optional(
        "The first sentence, in LaTeX of your own; what is computed follows.", "none"
    )
    detail: Literal["brief", "full"] = Field(
        default="brief",
        description="`brief`: what a reader must know. `full`: also the axes, from where "
        "layers and heads are counted, all scales, and means over queries.",
    )
    template: Text | None = optional("The template's file in templates/.", "the kind's own")
    quote: Index = Field(
        default=50, description="How many characters of the text are quoted at most."
    )
    quote_style: Literal["plain", "exact", "readable"] = Field(
        default="plain",
        description="`exact` shows every character, spaces included; `readable` undoes "
        "WikiText's marks, and the caption says so.",
    )
    label: Text | None = optional("The LaTeX label of the float.", "fig:NAME")
    short: Text | None = optional("The entry in the list of figures.", "computed")
    vars: Mapping[str, str | int | float | bool] = Field(
        default={}, description="Facts of your own for the template, by name."
    )

    def own_length(self, text: str | None) -> int:
        """How many characters more it may have than one that is left to itself.

        Args:
            text: of which it quotes the beginning, if there is any.
        """
        usual: int = type(self).model_fields["quote"].default
        quoted = min(self.quote, len(text or ""))
        return len(self.lead or "") + max(0, quoted - usual)
