"""A number for each query, as bars that stand beside the rows of a map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, UInt8

from paperfig.drawing.axes import PAD, TICK
from paperfig.drawing.canvas import HAIRLINE, INK, RULE, Canvas, Point, rectangle
from paperfig.kinds.context.layout import Square

APART = 0.2  # of a row, between bars
NARROW = 2.5  # points; bars of lower rows touch, as one shape
DASH = 2.0
LINE = 0.6
CHART_TEXT = "row deviation (nats) normalised entropy norm. H / ln n std 0123456789."


@dataclass(frozen=True, slots=True, eq=False)
class RowChart:
    """What a chart shows.

    Attributes:
        values: one a query, from 0; NaN where a query has none.
        high: the value at the chart's right end.
        titles: the first that fits stands above it.
        colour: of the bars.
        line: a value that is marked throughout, or None.
    """

    values: Float64[np.ndarray, " query"]
    high: float
    titles: Sequence[str]
    colour: UInt8[np.ndarray, "3"]
    line: float | None = None


def draw_row_chart(
    canvas: Canvas, chart: RowChart, square: Square, wide: float, size: float
) -> None:
    """Draws a chart.

    Args:
        canvas: to draw on.
        chart: what it shows.
        square: its left and upper edge and its height: the map's side.
        wide: how far it runs to the right.
        size: of type.
    """
    left, top, high = square
    for shape in _bars(chart, square, wide):
        canvas.fill(shape, chart.colour)
    bottom, right = top + high, left + wide
    canvas.strokes([[(left, top), (left, bottom), (right, bottom)]], RULE, HAIRLINE)
    _draw_ticks(canvas, chart, (left, bottom, wide), size)
    if chart.line is not None:
        _draw_line(canvas, left + wide * chart.line / chart.high, top, bottom)
    title = canvas.faces.fitting(chart.titles, size, wide)
    at = left + wide / 2, top - 0.65 * size - PAD / 2
    canvas.label(title, at, size, align="middle")


def _bars(chart: RowChart, square: Square, wide: float) -> list[list[Point]]:
    """A bar a query, or where these are low one shape for all, without seams."""
    left, top, high = square
    row = high / len(chart.values)
    lengths = (wide * np.nan_to_num(chart.values) / chart.high).clip(0, wide).tolist()
    if row >= NARROW:
        return [
            rectangle(left, top + (place + APART / 2) * row, length, (1 - APART) * row)
            for place, length in enumerate(lengths)
            if length > 0
        ]
    shape: list[Point] = [(left, top)]
    for place, length in enumerate(lengths):
        shape += [(left + length, top + place * row), (left + length, top + (place + 1) * row)]
    return [[*shape, (left, top + high)]]


def _draw_ticks(
    canvas: Canvas, chart: RowChart, axis: tuple[float, float, float], size: float
) -> None:
    """Labels at the ends and at the line, the line's first where they would touch."""
    left, bottom, wide = axis
    below, ticks = bottom + TICK + PAD / 2 + size / 2, list[list[Point]]()
    taken: list[tuple[float, float]] = []
    marked = [] if chart.line is None else [chart.line]
    for value in (*marked, chart.high, 0.0):
        x, half = left + wide * value / chart.high, canvas.faces.width(f"{value:g}", size) / 2
        if all(x + half + 1 < start or x - half - 1 > end for start, end in taken):
            taken.append((x - half, x + half))
            ticks.append([(x, bottom), (x, bottom + TICK)])
            canvas.label(f"{value:g}", (x, below), size, align="middle", colour=INK)
    canvas.strokes(ticks, RULE, HAIRLINE)


def _draw_line(canvas: Canvas, x: float, top: float, bottom: float) -> None:
    starts = np.arange(top, bottom, 2 * DASH).tolist()
    dashes = [[(x, start), (x, min(start + DASH, bottom))] for start in starts]
    canvas.strokes(dashes, INK, LINE)
