"""Marked cells and blocks: an outline, or arrowheads at the frame."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from matplotlib.colors import to_rgb

from paperfig.drawing.canvas import Box, Canvas, Point, rectangle
from paperfig.specs.style import CellBlock, CellMark, StyleSpec
from paperfig.values.attention import HeadMap
from paperfig.values.positions import span_of
from paperfig.values.tokens import Span, Tokens

LINE = 0.8
HALO = 0.25  # white on both sides of the line, so that it shows on any colour
LEAST_BLOCK = 4.0  # points; smaller ones have arrowheads at the frame
ARROWHEAD = 3.0  # points, its length and its width
COLOURS = ("#d55e00", "#0072b2", "#009e73")
"""Okabe and Ito's vermilion, blue and green, told apart by every colour vision."""


def outlined(
    marks: Sequence[CellMark | CellBlock] | None, attention: HeadMap
) -> tuple[tuple[Span, Span], ...]:
    """Each mark as its queries and keys; both ends count.

    Args:
        marks: as the style asks for them.
        attention: the map whose queries and keys they are.

    Raises:
        ExcerptError: a mark is not within the map.
    """
    return tuple(
        (
            _span(mark, ("query", "queries"), attention.queries, index),
            _span(mark, ("key", "keys"), attention.keys, index),
        )
        for index, mark in enumerate(marks or ())
    )


def _span(
    mark: CellMark | CellBlock, names: tuple[str, str], tokens: Tokens, index: int
) -> Span:
    name = names[0] if isinstance(mark, CellMark) else names[1]
    return span_of(getattr(mark, name), tokens, where=f"style.mark.{index}.{name}")


def room_for(marks: Sequence[CellMark | CellBlock] | None) -> float:
    """What arrowheads take to the right of a map, in points."""
    return ARROWHEAD if marks else 0.0


def draw_marks(
    canvas: Canvas,
    marks: Sequence[tuple[Span, Span]],
    box: Box,
    shape: tuple[int, ...],
    colour: str,
) -> None:
    """Marks blocks of a map.

    An outline lies on the edge of its block and within the frame. A block that it would hide
    has an arrowhead at the end of its row and one above its column instead.

    Args:
        canvas: to draw on.
        marks: queries and keys of each block.
        box: the map's left and upper edge, its width and its height.
        shape: how many rows and columns the map has.
        colour: one that stands out from the palette's.
    """
    for queries, keys in marks:
        block = block_in(box, shape, queries, keys)
        if max(block[2:]) < LEAST_BLOCK:
            _draw_arrowheads(canvas, block, box, colour)
        else:
            draw_outline(canvas, block, box, colour)


def block_in(box: Box, shape: tuple[int, ...], queries: Span, keys: Span) -> Box:
    """Where a block of a map of so many queries and keys lies that fills a box."""
    (left, top, wide, high), (n_query, n_key) = box, shape
    across, down = wide / n_key, high / n_query
    return (
        left + keys[0] * across,
        top + queries[0] * down,
        (keys[1] - keys[0] + 1) * across,
        (queries[1] - queries[0] + 1) * down,
    )


def draw_outline(canvas: Canvas, block: Box, box: Box, colour: str) -> None:
    """A line on the edge of a block of a map, within the map's frame."""
    outline = _within(block, box)
    canvas.outline(outline, "white", LINE + 2 * HALO)
    canvas.outline(outline, colour, LINE)


def _draw_arrowheads(canvas: Canvas, block: Box, box: Box, colour: str) -> None:
    """One points along the block's row from the frame's right edge, one down its column."""
    (left, top, wide, high), (start, upper, across, _) = block, box
    x, y, end = left + wide / 2, top + high / 2, start + across
    half, rgb = ARROWHEAD / 2, np.array([round(255 * part) for part in to_rgb(colour)])
    beside = [(end, y), (end + ARROWHEAD, y - half), (end + ARROWHEAD, y + half)]
    above = [(x, upper), (x - half, upper - ARROWHEAD), (x + half, upper - ARROWHEAD)]
    for corners in (beside, above):
        canvas.fill(corners, rgb.astype(np.uint8))


def colour_of_marks(colours: UInt8[np.ndarray, "level 3"], style: StyleSpec) -> str:
    """That of marks among colours of levels; a window that is drawn large has the first."""
    return standing_out(colours)[style.zoom is not None]


def standing_out(colours: UInt8[np.ndarray, "level 3"]) -> list[str]:
    """The colours, those first whose nearest level is the farthest away."""

    def nearest(colour: str) -> float:
        return float(np.linalg.norm(colours / 255 - to_rgb(colour), axis=1).min())

    return sorted(COLOURS, key=nearest, reverse=True)


def _within(block: Box, box: Box) -> list[Point]:
    """The corners of a block, moved inwards where its outline would cross the frame."""
    (left, top, wide, high), (start, upper, across, down) = block, box
    inset = LINE / 2 + HALO
    x, y = max(left, start + inset), max(top, upper + inset)
    right = min(left + wide, start + across - inset)
    bottom = min(top + high, upper + down - inset)
    return rectangle(x, y, right - x, bottom - y)
