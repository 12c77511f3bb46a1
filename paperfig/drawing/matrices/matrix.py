"""A matrix of queries and keys on the canvas: cells, words in a corner, frame, marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from string import ascii_letters
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, UInt8

from paperfig.drawing.canvas import HAIRLINE, INK, RULE, SOFT, Box, Canvas, rectangle
from paperfig.drawing.matrices.marks import colour_of_marks, draw_marks
from paperfig.drawing.matrices.window import Window
from paperfig.drawing.page import Page
from paperfig.drawing.scales.scale import Scale
from paperfig.errors import DrawingError
from paperfig.specs.style import Annotation
from paperfig.statistics.heads import in_words
from paperfig.values.statistics import HeadStatistics
from paperfig.values.tokens import Span

HATCH = 4.0  # from stroke to stroke, in rows that have no key
HATCHED = "#bdbdbd"
ROOM_FOR_WORDS, ROOM_IN_SIZES = 70.0, 10.0  # of a side: points, and sizes of type
CORNER_TEXT = f"{ascii_letters} 0123456789."

Annotated = Literal["entropy", "class", "row_std"] | None
"""What of its head each panel of a figure bears."""


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
        words: what stands in its empty upper triangle, a line each.
    """

    values: Float[np.ndarray, "query key"]
    mask: Bool[np.ndarray, "query key"]
    reference: str
    title: str | None
    shorter: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

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
    """The matrix's cells, its rows without a key, its words, its frame and its marks.

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
    draw_words(canvas, matrix.words, box, page.label_size)
    canvas.outline(rectangle(*box), RULE, HAIRLINE)
    draw_marks(canvas, marks, box, levels.shape, colour_of_marks(colouring.colours, page.style))


def annotation_of(
    masks: Iterable[Bool[np.ndarray, "query key"]],
    side: float,
    page: Page,
    usual: Annotation = "none",
    window: Window | None = None,
) -> Annotated:
    """What stands in the empty triangles of panels, by the style or else as usual.

    None where nothing is wanted, or where it is only usual and has no room.

    Args:
        masks: of the panels' maps.
        side: the shorter side of each, in points.
        page: with the style.
        usual: what stands there where the style says nothing.
        window: the part that panels show; None for all.

    Raises:
        DrawingError: what the style asks for has no room.
    """
    asked = page.style.annotate or usual
    if asked == "none":
        return None
    shown = [window.cells(mask) if window else mask for mask in masks]
    has_triangle = not any(np.triu(mask, 1).any() for mask in shown)
    least = max(ROOM_FOR_WORDS, ROOM_IN_SIZES * page.label_size)
    if has_triangle and side >= least:
        return asked
    if page.style.annotate is None:
        return None
    if not has_triangle:
        is_causal = not any(np.triu(mask, 1).any() for mask in masks)
        why = "zoom shows a part" if is_causal else "the mask is not causal"
        what = f"no triangle of a panel is empty, as {why}"
        raise DrawingError("style.annotate", what, "none is right")
    what, right = f"{asked} has no room in panels of {side:.1f} pt", f"{least:.3g} pt at least"
    raise DrawingError("style.annotate", what, f"{right}, or none, is right")


def annotated(
    matrices: Sequence[Matrix],
    statistics: Sequence[HeadStatistics],
    side: float,
    page: Page,
    *,
    usual: Annotation = "none",
    window: Window | None = None,
) -> tuple[tuple[Matrix, ...], Annotated]:
    """The matrices with what their triangles bear, and what that is, as `annotation_of` says.

    Args:
        matrices: each of a head.
        statistics: the heads' numbers, in the same order; none of values of either sign.
        side: the shorter side of their panels, in points.
        page: with the style.
        usual: what they bear where the style says nothing.
        window: the part that panels show; None for all.

    Raises:
        DrawingError: what the style asks for has no room, or no head has such numbers.
    """
    asked = annotation_of([one.mask for one in matrices], side, page, usual, window)
    if asked is None:
        return tuple(matrices), None
    words = [in_words(numbers, asked) for numbers in statistics]
    if not any(words):
        if page.style.annotate is None:
            return tuple(matrices), None
        raise DrawingError("style.annotate", f"no head has its {asked} here", "none is right")
    with_words = (
        replace(matrix, words=lines) for matrix, lines in zip(matrices, words, strict=True)
    )
    return tuple(with_words), asked


def draw_words(canvas: Canvas, words: Sequence[str], box: Box, size: float) -> None:
    """In the upper right corner of a panel, a line below the other."""
    left, top, wide, _ = box
    for line, (text, colour) in enumerate(zip(words, (INK, SOFT), strict=False)):
        at = left + wide - size / 2, top + (line + 0.9) * 1.15 * size
        canvas.label(text, at, size, align="right", colour=colour)


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
