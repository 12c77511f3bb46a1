"""A matrix of queries and keys on the canvas: cells, rows without a key, frame, marks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

from paperfig.drawing.canvas import HAIRLINE, RULE, Box, Canvas, rectangle
from paperfig.drawing.marks import colour_of_marks, draw_marks
from paperfig.drawing.matrices.window import Window
from paperfig.drawing.page import Page
from paperfig.drawing.scale import Scale
from paperfig.values.tokens import Span

HATCH = 4.0  # from stroke to stroke, in rows that have no key
HATCHED = "#bdbdbd"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Colouring:
    """What turns values into colours: a scale, and the colours of its levels."""

    scale: Scale
    colours: UInt8[np.ndarray, "level 3"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """What one panel shows: values over queries and keys.

    Attributes:
        values: a row a query, from the top; a column a key, from the left.
        mask: True where there is a cell.
        reference: what it is, for record and caption: ``L4H11``.
        title: what stands above it, or None.
        shorter: other forms of it for narrower panels, the longest first.
    """

    values: Float[np.ndarray, "query key"]
    mask: Bool[np.ndarray, "query key"]
    reference: str
    title: str | None
    shorter: tuple[str, ...] = ()

    @property
    def keyless(self) -> Bool[np.ndarray, " query"]:
        """True where a query has no key at all."""
        return np.logical_not(self.mask.any(axis=1))


def draw_matrix(
    canvas: Canvas,
    matrix: Matrix,
    box: Box,
    colouring: Colouring,
    page: Page,
    *,
    window: Window | None = None,
    marks: Sequence[tuple[Span, Span]] = (),
) -> None:
    """The matrix's cells, its rows without a key, its frame and its marks.

    Args:
        canvas: to draw on.
        matrix: whole.
        box: where it stands, or what a window shows of it.
        colouring: of its values.
        page: with the style.
        window: the part that is drawn; None for all.
        marks: outlined blocks, counted from the window's first cell.
    """
    levels, keyless = colouring.scale.levels(matrix.values, matrix.mask), matrix.keyless
    if window is not None:
        levels, keyless = window.cells(levels), keyless[window.rows]
    canvas.cells(levels, colouring.colours, box, page.style.cells)
    _draw_rows_without_key(canvas, keyless, box)
    canvas.outline(rectangle(*box), RULE, HAIRLINE)
    draw_marks(canvas, marks, box, levels.shape, colour_of_marks(colouring.colours, page.style))


def _draw_rows_without_key(
    canvas: Canvas, keyless: Bool[np.ndarray, " query"], box: Box
) -> None:
    """Hatches the rows of queries that have no key at all."""
    left, top, side, high = box
    height = high / len(keyless)
    strokes = []
    for row in np.flatnonzero(keyless).tolist():
        bottom = top + (row + 1) * height
        for x in np.arange(HATCH - height, side, HATCH).tolist():
            start, end = max(0.0, -x), min(height, side - x)  # cut at the map's edges
            strokes.append([(left + x + start, bottom - start), (left + x + end, bottom - end)])
    canvas.strokes(strokes, HATCHED, HAIRLINE)
