"""Outlined cells and blocks."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from matplotlib.colors import to_rgb

from paperfig.drawing.canvas import Box, Canvas, Point, rectangle
from paperfig.errors import DrawingError
from paperfig.specs.style import BlockMark, CellMark, StyleSpec
from paperfig.values.attention import HeadMap
from paperfig.values.positions import span_of
from paperfig.values.tokens import Span, Tokens

LINE = 0.9
HALO = 0.6  # white around the line, so that it shows on any colour
COLOURS = ("#d55e00", "#0072b2", "#009e73")
"""Okabe and Ito's vermilion, blue and green, told apart by every colour vision."""


def outlined(
    marks: Sequence[CellMark | BlockMark] | None, attention: HeadMap
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


def refuse_marks(style: StyleSpec, kind: str) -> None:
    """Nothing where a style marks no cell of a kind that has none.

    Raises:
        DrawingError: it does.
    """
    if style.mark:
        raise DrawingError("style.mark", f"{kind} has no cells", "leave it out")


def _span(
    mark: CellMark | BlockMark, names: tuple[str, str], tokens: Tokens, index: int
) -> Span:
    name = names[0] if isinstance(mark, CellMark) else names[1]
    return span_of(getattr(mark, name), tokens, where=f"style.mark.{index}.{name}")


def draw_marks(
    canvas: Canvas,
    marks: Sequence[tuple[Span, Span]],
    box: Box,
    shape: tuple[int, ...],
    colours: UInt8[np.ndarray, "level 3"],
) -> None:
    """Outlines blocks of a map, in a colour that stands out from the palette's.

    Args:
        canvas: to draw on.
        marks: queries and keys of each block.
        box: the map's left and upper edge, its width and its height.
        shape: how many rows and columns the map has.
        colours: of the levels.
    """
    left, top, wide, high = box
    n_query, n_key = shape
    colour, across, down = _standing_out(colours), wide / n_key, high / n_query
    for (first_query, last_query), (first_key, last_key) in marks:
        block = (
            left + first_key * across,
            top + first_query * down,
            (last_key - first_key + 1) * across,
            (last_query - first_query + 1) * down,
        )
        canvas.outline(_around(block, LINE + HALO / 2), "white", HALO)
        canvas.outline(_around(block, LINE / 2), colour, LINE)


def _standing_out(colours: UInt8[np.ndarray, "level 3"]) -> str:
    """The colour whose nearest level is the farthest away."""

    def nearest(colour: str) -> float:
        return float(np.linalg.norm(colours / 255 - to_rgb(colour), axis=1).min())

    return max(COLOURS, key=nearest)


def _around(block: Box, by: float) -> list[Point]:
    """The corners of a block, moved outwards: an outline hides nothing of its block."""
    left, top, wide, high = block
    return rectangle(left - by, top - by, wide + 2 * by, high + 2 * by)
