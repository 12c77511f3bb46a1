"""The kind ``trend``: a number of each head over the steps of a training."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from paperfig.drawing.canvas import HAIRLINE, SOFT, Canvas, Point
from paperfig.drawing.charts.axis import axis_of_numbers, axis_of_steps
from paperfig.drawing.charts.bands import draw_band
from paperfig.drawing.charts.chart import Chart, box_of, draw_axes, height_of, runs_of, written
from paperfig.drawing.charts.markers import draw_marker
from paperfig.drawing.charts.names import COLOURS, OTHERS, draw_names
from paperfig.drawing.facts import facts_of_numbers
from paperfig.drawing.page import Page
from paperfig.drawing.titles import covering_faces
from paperfig.kinds.trend.lines import Line, lines_of
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.named_statistics import is_share, title_of

TITLE = "training step"
_LINE = 0.9
_DRAWN, _DASH = "drawn", 2.5


def draw(
    data: FigureData, page: Page, *, statistic: str, drawn: int | None = None
) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Steps run to the right, numbers up. A head is a line, with its name at the end; a band is
    its interval over excerpts. Of more than six heads those that change least are grey.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    steps, lines = lines_of(data, statistic)
    named = [line for line in lines if line.rank is not None]
    title, share = title_of(statistic), is_share(statistic)
    numbers = axis_of_numbers(_finite(lines), is_share=share)
    texts = [
        *map(written, [*numbers.ticks, *steps]),
        title,
        TITLE,
        *(one.name for one in lines),
    ]
    faces = covering_faces(" 0123456789.−", texts, page.style.font)
    canvas = Canvas(page.width, height_of(page, faces, title, len(named)), faces)
    chart = Chart(
        steps=axis_of_steps(steps),
        numbers=numbers,
        box=box_of(canvas, numbers, [line.name for line in named], page),
    )
    draw_axes(canvas, chart, (TITLE, title), page)
    if drawn is not None:
        _draw_step(canvas, chart, float(drawn), page.label_size)
    for line in reversed(named):
        _draw_bands(canvas, chart, steps, line)
    for line in sorted(lines, key=lambda one: (one.rank is not None, -(one.rank or 0))):
        _draw_line(canvas, chart, steps, line)
    ends = [(line.name, _end(chart, steps, line), _colour(line)) for line in named]
    draw_names(canvas, chart, ends, page.label_size)
    return canvas.figure, facts_of_numbers(
        page,
        canvas,
        (numbers.low, numbers.high),
        panels=tuple(line.name for line in named),
        is_logarithmic=chart.steps.logarithmic,
    )


def _finite(lines: Sequence[Line]) -> list[float]:
    """Every number that is drawn, ends of bands too."""
    every = np.concatenate([part for line in lines for part in (line.values, *_ends(line))])
    found: list[float] = every[~np.isnan(every)].tolist()
    return found


def _ends(line: Line) -> tuple[np.ndarray, ...]:
    return (line.low, line.high) if line.rank is not None else ()


def _draw_step(canvas: Canvas, chart: Chart, step: float, size: float) -> None:
    """A dashed line at the step that other figures show, and what it is."""
    left, top, _, high = chart.box
    x, _ = chart.at(step, chart.numbers.low)
    ends = np.arange(top, top + high, 2 * _DASH)
    dashes = [[(x, y), (x, min(y + _DASH, top + high))] for y in ends.tolist()]
    canvas.strokes(dashes, SOFT, 2 * HAIRLINE)
    is_left = x - canvas.faces.width(_DRAWN, size) - size / 2 > left
    at = (x - size / 3, top + size / 2) if is_left else (x + size / 3, top + size / 2)
    canvas.label(_DRAWN, at, size, align="right" if is_left else "left", colour=SOFT)


def _draw_bands(canvas: Canvas, chart: Chart, steps: Sequence[float], line: Line) -> None:
    """The interval of a head, wherever two steps that follow each other have one."""
    known = ~(np.isnan(line.low) | np.isnan(line.high))
    for run in runs_of(known):
        low = [chart.at(steps[index], line.low[index]) for index in run]
        high = [chart.at(steps[index], line.high[index]) for index in run]
        draw_band(canvas, low, high, _colour(line))


def _draw_line(canvas: Canvas, chart: Chart, steps: Sequence[float], line: Line) -> None:
    """A head's line, broken where it has no number; with markers where it has a colour."""
    known = ~np.isnan(line.values)
    runs = [[chart.at(steps[at], line.values[at]) for at in run] for run in runs_of(known)]
    canvas.strokes(runs, _colour(line), _LINE)
    if line.rank is not None:
        for at in np.flatnonzero(known).tolist():
            place = chart.at(steps[at], line.values[at])
            draw_marker(canvas, place, line.rank, _colour(line))


def _end(chart: Chart, steps: Sequence[float], line: Line) -> Point:
    """Where a line ends; below, where it has no number at all."""
    known = np.flatnonzero(~np.isnan(line.values))
    if not known.size:
        return chart.at(steps[-1], chart.numbers.low)
    return chart.at(steps[known[-1]], line.values[known[-1]])


def _colour(line: Line) -> str:
    return OTHERS if line.rank is None else COLOURS[line.rank]
