"""A number for each query, as steps that stand beside the rows of a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from jaxtyping import Float64, UInt8

from paperfig.drawing.canvas import HAIRLINE, INK, RULE, Box, Canvas, Point
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.page import SMALLEST

STEPS = 0.7  # points, the line around the steps; less where rows are low
TINT = 0.28  # of the line's colour, within them
DASH, LINE = 2.0, 0.5
ABOVE_AXIS, BELOW_AXIS = 2.0, 1.5  # points, of the mean's tick
MEAN = "#d55e00"
CHART_TEXT = "deviation (nats) entropy dev. std 0123456789.e−+"


@dataclass(frozen=True, slots=True, eq=False)
class RowChart:
    """What a chart shows.

    Attributes:
        values: one a query, from 0; NaN where a query has none.
        high: the value at the chart's right end.
        titles: the first that fits stands above it.
        colour: of the line around the steps.
        line: a value that is marked throughout, or None.
    """

    values: Float64[np.ndarray, " query"]
    high: float
    titles: Sequence[str]
    colour: UInt8[np.ndarray, "3"]
    line: float | None = None

    @property
    def mean(self) -> float | None:
        """Over the queries that have a value."""
        known = self.values[~np.isnan(self.values)]
        return float(known.mean()) if known.size else None


def draw_row_chart(
    canvas: Canvas,
    chart: RowChart,
    box: Box,
    sizes: tuple[float, float],
    beyond: tuple[float, float],
) -> None:
    """Draws a chart.

    Args:
        canvas: to draw on.
        chart: what it shows.
        box: its left and upper edge, its width, and its height: the map's side.
        sizes: of type, for labels and for the title.
        beyond: how far the title may reach beyond either end, and how far it is raised.
    """
    (left, top, wide, high), (label_size, title_size) = box, sizes
    overhang, raised = beyond
    line = "#{:02x}{:02x}{:02x}".format(*chart.colour.tolist())
    tint = np.round(255 - TINT * (255 - chart.colour.astype(np.float64))).astype(np.uint8)
    for steps in _steps(chart, box):
        canvas.fill([(left, steps[0][1]), *steps, (left, steps[-1][1])], tint)
        canvas.strokes([steps], line, min(STEPS, high / len(chart.values) / 2))
    bottom, right = top + high, left + wide
    canvas.strokes([[(left, top), (left, bottom), (right, bottom)]], RULE, HAIRLINE)
    _draw_ticks(canvas, chart, box, label_size)
    if chart.line is not None:
        _draw_line(canvas, left + wide * chart.line / chart.high, top, bottom)
    _draw_mean(canvas, chart, box, label_size)
    title = canvas.faces.fitting(chart.titles, title_size, wide + 2 * overhang)
    at = left + wide / 2, top - raised - 0.65 * title_size - PAD / 2
    canvas.label(title, at, title_size, align="middle")


def _steps(chart: RowChart, box: Box) -> list[list[Point]]:
    """The steps of each stretch of queries that have a value, from the top."""
    left, top, wide, high = box
    row = high / len(chart.values)
    ends = (left + wide * (chart.values / chart.high).clip(0, 1)).tolist()
    stretches: list[list[Point]] = []
    for known, rows in groupby(range(len(ends)), key=lambda place: ends[place] == ends[place]):
        if known:
            places = [(ends[at], top + edge * row) for at in rows for edge in (at, at + 1)]
            stretches.append(places)
    return stretches


def _draw_ticks(canvas: Canvas, chart: RowChart, box: Box, size: float) -> None:
    """Labels at both ends."""
    left, top, wide, high = box
    bottom = top + high
    for value, x in ((0.0, left), (chart.high, left + wide)):
        canvas.strokes([[(x, bottom), (x, bottom + TICK)]], RULE, HAIRLINE)
        at = x, bottom + TICK + PAD / 2 + size / 2
        canvas.label(f"{value:g}", at, size, align="middle", colour=INK)


def _draw_line(canvas: Canvas, x: float, top: float, bottom: float) -> None:
    starts = np.arange(top, bottom, 2 * DASH).tolist()
    dashes = [[(x, start), (x, min(start + DASH, bottom))] for start in starts]
    canvas.strokes(dashes, INK, LINE)


def _draw_mean(canvas: Canvas, chart: RowChart, box: Box, size: float) -> None:
    """The mean as a tick across the axis, its number beneath the labels."""
    (left, top, wide, high), mean = box, chart.mean
    if mean is None:
        return
    x, bottom = left + wide * min(mean / chart.high, 1.0), top + high
    canvas.strokes([[(x, bottom - ABOVE_AXIS), (x, bottom + BELOW_AXIS)]], MEAN, 2 * LINE)
    number = f"{float(f'{mean:.2g}'):g}"
    half = canvas.faces.width(number, SMALLEST) / 2
    at = min(max(x, left + half), left + wide - half), bottom + TICK + PAD + size + SMALLEST / 2
    canvas.label(number, at, SMALLEST, align="middle", colour=MEAN)
