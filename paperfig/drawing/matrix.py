"""A matrix of queries and keys on the canvas: cells, rows without a key, frame, marks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

from paperfig.drawing.canvas import HAIRLINE, RULE, Box, Canvas, rectangle
from paperfig.drawing.marks import colour_of_marks, draw_marks
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
        keyless: True where a query has no key at all, elsewhere either, where this is a part
            of a map; None for all of one.
    """

    values: Float[np.ndarray, "query key"]
    mask: Bool[np.ndarray, "query key"]
    reference: str
    title: str | None
    shorter: tuple[str, ...] = ()
    keyless: Bool[np.ndarray, " query"] | None = None

    @property
    def rows_without_key(self) -> list[int]:
        """The queries that have no key at all."""
        none = ~self.mask.any(axis=1) if self.keyless is None else self.keyless
        found: list[int] = np.flatnonzero(none).tolist()
        return found


def draw_matrix(
    canvas: Canvas,
    matrix: Matrix,
    box: Box,
    colouring: Colouring,
    page: Page,
    *,
    marks: Sequence[tuple[Span, Span]] = (),
) -> None:
    """The matrix's cells, its rows without a key, its frame and its marks."""
    levels = colouring.scale.levels(matrix.values, matrix.mask)
    canvas.cells(levels, colouring.colours, box, page.style.cells)
    _draw_rows_without_key(canvas, matrix, box)
    canvas.outline(rectangle(*box), RULE, HAIRLINE)
    colour = colour_of_marks(colouring.colours, page.style)
    draw_marks(canvas, marks, box, matrix.mask.shape, colour)


def _draw_rows_without_key(canvas: Canvas, matrix: Matrix, box: Box) -> None:
    """Hatches the rows of queries that have no key at all."""
    left, top, side, high = box
    height = high / len(matrix.mask)
    strokes = []
    for row in matrix.rows_without_key:
        bottom = top + (row + 1) * height
        for x in np.arange(HATCH - height, side, HATCH).tolist():
            start, end = max(0.0, -x), min(height, side - x)  # cut at the map's edges
            strokes.append([(left + x + start, bottom - start), (left + x + end, bottom - end)])
    canvas.strokes(strokes, HATCHED, HAIRLINE)
