"""Where the heads of an atlas stand: a row a layer, a column a head, numbers at the edges."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from paperfig.drawing.canvas import EDGE, SOFT, Box, Canvas
from paperfig.drawing.fonts import Faces
from paperfig.drawing.matrices.axes import PAD
from paperfig.drawing.page import Page
from paperfig.values.attention import HeadMap
from paperfig.values.site import Site

_FEW = 8
_APART, _CLOSE = 3.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """What surrounds the heads, in points."""

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Places of heads.

    Attributes:
        layers: of the rows, from the top.
        heads: of the columns, from the left.
        left: where the first column begins.
        margins: around all of them.
        wide: a head's width.
        tall: its height.
        gap: from head to head, both ways.
    """

    layers: tuple[Site, ...]
    heads: tuple[int, ...]
    left: float
    margins: Margins
    wide: float
    tall: float
    gap: float

    @property
    def top(self) -> float:
        """Where the first row begins."""
        return self.margins.top

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.left + _length(len(self.heads), self.wide, self.gap)

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return self.top + _length(len(self.layers), self.tall, self.gap)

    @property
    def height(self) -> float:
        """Of the page."""
        return self.bottom + self.margins.bottom

    def box(self, layer: Site, column: int) -> Box:
        """The left and upper edge of a head, its width and its height."""
        row = self.layers.index(layer)
        return (
            self.left + column * (self.wide + self.gap),
            self.top + row * (self.tall + self.gap),
            self.wide,
            self.tall,
        )


def axes_of_heads(maps: Sequence[HeadMap]) -> tuple[tuple[Site, ...], tuple[int, ...]]:
    """The layers that are shown, and all heads that any of them shows, both ascending."""
    layers = tuple(sorted({each.site for each in maps}))
    return layers, tuple(sorted({head for each in maps for head in each.heads}))


def margins_of(
    layers: Sequence[Site], page: Page, faces: Faces, *, right: float = EDGE, below: float = 0.0
) -> Margins:
    """The room for numbers and axis titles; ``below`` is that of what stands beneath."""
    title, size = axis_title_size(page), page.label_size
    widest = max(faces.width(layer_number(layer), size) for layer in layers)
    return Margins(
        left=EDGE + title + PAD + widest + 1.5 * PAD,
        right=right,
        top=EDGE + title + PAD / 2 + size + PAD / 2,
        bottom=below + EDGE,
    )


def layout_of(
    layers: tuple[Site, ...],
    heads: tuple[int, ...],
    page: Page,
    margins: Margins,
    *,
    aspect: float | None = None,
    tallest: float = math.inf,
    most: float,
) -> Layout:
    """Heads that fill the page's width; lower ones where the page would grow too tall.

    Args:
        layers: of the rows.
        heads: of the columns.
        page: what they are drawn on.
        margins: around them.
        aspect: a head's height over its width; None where that is free.
        tallest: the height of a head at most, in points.
        most: the height of the page at most, in points.
    """
    columns, rows = len(heads), len(layers)
    gap = _APART if columns <= _FEW else _CLOSE
    free = page.width - margins.left - margins.right
    wide = (free - (columns - 1) * gap) / columns
    high = most - margins.top - margins.bottom
    tall = min(wide * (aspect or 1.0), (high - (rows - 1) * gap) / rows, tallest)
    wide = wide if aspect is None else tall / aspect
    spare = free - _length(columns, wide, gap)
    return Layout(
        layers=layers,
        heads=heads,
        left=margins.left + spare / 2,
        margins=margins,
        wide=wide,
        tall=tall,
        gap=gap,
    )


def draw_numbers(canvas: Canvas, layout: Layout, page: Page, *, columns: str = "head") -> None:
    """The numbers of layers and columns, once each, and the titles of both axes."""
    title, size = axis_title_size(page), page.label_size
    above = layout.top - PAD / 2 - size / 2
    numbers = layout.heads if columns == "head" else range(1, len(layout.heads) + 1)
    for column, number in enumerate(numbers):
        left, _, wide, _ = layout.box(layout.layers[0], column)
        canvas.label(str(number), (left + wide / 2, above), size, align="middle")
    for layer in layout.layers:
        left, top, _, tall = layout.box(layer, 0)
        at = left - 1.5 * PAD, top + tall / 2
        canvas.label(layer_number(layer), at, size, align="right")
    across, down = (layout.left + layout.right) / 2, (layout.top + layout.bottom) / 2
    at = across, EDGE + title / 2
    canvas.label(columns, at, title, align="middle", colour=SOFT)
    at = layout.left - layout.margins.left + EDGE + title / 2, down
    canvas.label("layer", at, title, align="middle", upright=True, colour=SOFT)


def axis_title_size(page: Page) -> float:
    """Of type, in points: a little more than that of labels."""
    return page.label_size + 0.5


def layer_number(layer: Site) -> str:
    """What a row is called; nothing where the layer's number is not known."""
    return str(layer.layer) if layer.is_known else ""


def _length(count: int, side: float, gap: float) -> float:
    return count * side + (count - 1) * gap
