"""An atlas of numbers: a rectangle a head, and beside each row how its layer's heads lie."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, UInt8
from matplotlib.figure import Figure

from paperfig.drawing.bar import bar_depth, bar_text, draw_bar
from paperfig.drawing.canvas import EDGE, INK, Box, Canvas, rectangle
from paperfig.drawing.facts import facts_without_panels
from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.matrices.axes import PAD
from paperfig.drawing.matrices.matrix import Colouring
from paperfig.drawing.page import SMALLEST, Page
from paperfig.drawing.palettes import LEVELS, lightness
from paperfig.drawing.scales.limits import end_of_numbers
from paperfig.drawing.scales.scale import READABLE, Scale
from paperfig.errors import DrawingError
from paperfig.kinds.atlas.layout import (
    Layout,
    axes_of_heads,
    draw_numbers,
    layout_of,
    margins_of,
)
from paperfig.kinds.atlas.strips import STRIP_TEXT, Strips, draw_strips, strips_extent
from paperfig.specs.style import StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.named_statistics import is_share, title_of
from paperfig.values.site import Site

_TALLEST_ROW = 20.0
_LEAST = 4.0  # points of a side
_MOST_WITH_NUMBERS = 16  # heads in a row
_LIGHT = 58.0  # L*, below which numbers are white
_ABOVE_BAR = 6.0
_WHITE = "#ffffff"
_TWO_LINES = 2.1  # type sizes
_DIGITS = ((0.1, 3), (1.0, 2), (10.0, 2), (100.0, 1))  # after the point, up to an end


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """One head: its layer, its column, its number, and what its rectangle says."""

    layer: Site
    column: int
    head: int
    value: float


def draw_rectangles(
    data: FigureData, page: Page, *, by_value: bool
) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Args:
        data: its table has the numbers of the heads.
        page: what it is drawn on.
        by_value: whether the largest of a layer stands first, and not as in the model.

    Raises:
        DrawingError: there are more heads than the page has room for, or the scale of the
            style cannot show the numbers.
    """
    ((name, column),) = data.table.items()
    values = column.values
    scale = _scale(values, page.style, name)
    words = [f"{bar_text(scale)}{STRIP_TEXT} layer head rank"]
    faces, _ = faces_for(words, page.style.font)
    layout = _layout(data, page, faces)
    colouring = Colouring(scale=scale, colours=_colours(scale, page.style.palette))
    canvas = Canvas(page.width, layout.height, faces)
    heads = tuple(_heads(data, layout, values, by_value=by_value))
    _draw_heads(canvas, layout, colouring, heads, page, by_value=by_value)
    draw_numbers(canvas, layout, page, columns="rank" if by_value else "head")
    colour = scale.line_colour(page.style.palette)
    strips = Strips(scale=scale, colour=colour, size=page.label_size)
    of_layer = {
        layer: [one.value for one in heads if one.layer == layer] for layer in layout.layers
    }
    draw_strips(canvas, layout, of_layer, strips)
    if page.style.has_bar:
        box = layout.bottom + _ABOVE_BAR, layout.left, layout.right
        sizes = page.label_size, page.title_size
        draw_bar(canvas, scale, colouring.colours, box, sizes, lying=True)
    return canvas.figure, _facts(page, canvas, scale, data)


def _scale(values: Float64[np.ndarray, " head"], style: StyleSpec, name: str) -> Scale:
    """From 0, or around it where numbers are below; linear unless the style says another."""
    if style.scale == "log":
        raise DrawingError("style.scale", "log has no place for 0", "linear or sqrt is right")
    known = values[~np.isnan(values)]
    is_signed, high = bool((known < 0).any()), end_of_numbers(values, is_share=is_share(name))
    low, high = style.limits if isinstance(style.limits, tuple) else (-high * is_signed, high)
    scale = Scale(
        kind="diverging" if is_signed else style.scale or "linear",
        low=low + 0.0,  # 0 has no sign
        high=high,
        rule=style.limits if isinstance(style.limits, str) else "given",
        quantity="value",
        title=title_of(name),
    )
    return scale.counting(known)


def _layout(data: FigureData, page: Page, faces: Faces) -> Layout:
    layers, heads = axes_of_heads(data.reduced)
    sizes = page.label_size, page.title_size
    bar = _ABOVE_BAR + bar_depth(*sizes) if page.style.has_bar else 0.0
    below = max(bar, strips_extent(page.label_size))
    right = page.width * 0.16 + EDGE + faces.width("00", page.label_size)
    margins = margins_of(layers, page, faces, right=right, below=below)
    most = page.height or page.tallest
    layout = layout_of(layers, heads, page, margins, tallest=_TALLEST_ROW, most=most)
    side = max(min(layout.wide, layout.tall), 0.0)
    if side < _LEAST:
        what = f"{len(layers)} layers of {len(heads)} heads leave {side:.1f} pt for each"
        raise DrawingError("figure", what, f"{_LEAST:g} pt at least is right")
    return layout


def _colours(scale: Scale, name: str | None) -> UInt8[np.ndarray, "level 3"]:
    """A palette cut before it is too dark for numbers; around 0 where some are below it."""
    colours = scale.colours(name)
    cut = np.linspace(0, READABLE, LEVELS).round().astype(np.int64)
    return np.asarray(colours[cut]) if scale.centre is None else colours


def _heads(
    data: FigureData, layout: Layout, values: Float64[np.ndarray, " head"], *, by_value: bool
) -> Iterator[_Head]:
    """Every head with its place: its own column, or by its value among its layer's."""
    found: dict[Site, list[tuple[int, float]]] = {}
    numbers = iter(values.tolist())
    for each in data.reduced:
        found.setdefault(each.site, []).extend((head, next(numbers)) for head in each.heads)
    for layer, pairs in found.items():
        stand = sorted(pairs, key=_largest_first) if by_value else pairs
        for rank, (head, value) in enumerate(stand):
            column = rank if by_value else layout.heads.index(head)
            yield _Head(layer=layer, column=column, head=head, value=value)


def _largest_first(pair: tuple[int, float]) -> tuple[bool, float, int]:
    """The order of heads with their values: those without one last, equal ones as they are."""
    head, value = pair
    return math.isnan(value), -value, head


def _draw_heads(
    canvas: Canvas,
    layout: Layout,
    colouring: Colouring,
    heads: Sequence[_Head],
    page: Page,
    *,
    by_value: bool,
) -> None:
    """Rectangles with their numbers; where heads stand by value, with their own too."""
    size = _size_of_numbers(canvas.faces, layout, colouring.scale, heads, page)
    small = max(SMALLEST, min(size, layout.tall / _TWO_LINES))
    has_both = by_value and small * _TWO_LINES <= layout.tall
    for one in heads:
        box = layout.box(one.layer, one.column)
        if math.isnan(one.value):
            _draw_nothing(canvas, box)
            continue
        level = colouring.scale.levels(np.array([[one.value]]), np.array([[True]]))[0, 0]
        colour = colouring.colours[level]
        canvas.fill(rectangle(*box), colour)
        if size:
            value, name = number(one.value, colouring.scale), f"H{one.head}"
            lines = [value, name] if has_both else [name] if by_value else [value]
            ink = _WHITE if lightness(colour[None] / 255)[0] < _LIGHT else INK
            _draw_lines(canvas, lines, box, small if has_both else size, ink)


def _draw_lines(
    canvas: Canvas, lines: Sequence[str], box: Box, size: float, colour: str
) -> None:
    left, top, wide, tall = box
    for line, text in enumerate(lines):
        down = top + tall / 2 + (line - (len(lines) - 1) / 2) * size
        canvas.label(text, (left + wide / 2, down), size, align="middle", colour=colour)


def _draw_nothing(canvas: Canvas, box: Box) -> None:
    """A stroke where a head has no number."""
    left, top, wide, tall = box
    canvas.strokes([[(left, top + tall), (left + wide, top)]], "#bdbdbd", 0.4)


def number(value: float, scale: Scale) -> str:
    """What a rectangle says: ``.67``, ``.012`` where none is above 0.1, ``12.3``."""
    far = max(-scale.low, scale.high)
    digits = next((digits for end, digits in _DIGITS if far <= end), 0)
    text = f"{value:.{digits}f}".replace("-", "−")
    return text.replace("0.", ".", 1) if far <= 1 and abs(value) < 1 else text


def _size_of_numbers(
    faces: Faces, layout: Layout, scale: Scale, heads: Sequence[_Head], page: Page
) -> float:
    """The size of type in which all numbers fit; 0 where they are left out."""
    known = [number(one.value, scale) for one in heads if not math.isnan(one.value)]
    widest = max((faces.width(text, 1.0) for text in known), default=1.0)
    size = min(page.label_size, 6.0, (layout.wide - PAD / 2) / widest, layout.tall)
    fits = size >= SMALLEST and len(layout.heads) <= _MOST_WITH_NUMBERS
    return size if fits else 0.0


def _facts(page: Page, canvas: Canvas, scale: Scale, data: FigureData) -> DrawnFacts:
    return facts_without_panels(
        page,
        canvas,
        scale,
        label_kind="none",
        cells="vector",
        panels=tuple(head.head for head in data.statistics),
    )
