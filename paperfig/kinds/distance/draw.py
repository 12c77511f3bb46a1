"""The kind ``distance``: the mean weight of heads at each distance from query to key."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float64
from matplotlib.figure import Figure

from paperfig.drawing.canvas import HAIRLINE, RULE, SOFT, Canvas, Point
from paperfig.drawing.charts.axis import Axis, axis_of_steps
from paperfig.drawing.charts.bands import draw_band
from paperfig.drawing.charts.chart import Chart, box_of, draw_axes, height_of, written
from paperfig.drawing.charts.lengths import scale_of_lengths
from paperfig.drawing.charts.markers import RADIUS, draw_marker
from paperfig.drawing.charts.names import COLOURS, OTHERS, draw_names
from paperfig.drawing.facts import facts_without_panels
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.page import Page
from paperfig.drawing.titles import covering_faces, head_names, titles_of
from paperfig.errors import DrawingError
from paperfig.kinds.distance.places import ALONE, FAR, Places, places_of
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

UPWARD = "mean weight"
UNIFORM = "uniform"
BACK, BOTH = "distance (tokens)", "query − key (tokens)"
LINE = 0.9
DASH = 2.5
PITCH = 30.0  # points from a line's marker to its next
KEY = 6.0  # points, of the marker at a name
ITSELF = 0.6  # where distance 0 stands on a logarithmic axis
BEFORE = 0.5  # where that axis begins


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """One head's numbers by distance, or those of uniform weights, without a rank."""

    name: str | None
    colour: str
    rank: int | None
    values: Float64[np.ndarray, " place"]
    low: Float64[np.ndarray, " place"]
    high: Float64[np.ndarray, " place"]


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Distances run to the right, mean weights up. A head is a line with its name at the end, a
    band its interval over excerpts; of more than six heads those nearest to uniform are grey.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    places = _places(data)
    uniform, lines = _uniform(data, places), _lines(data, page, places)
    shown = [one for line in lines for one in (line.values, line.high)] + [uniform.values]
    scale = scale_of_lengths(np.nan_to_num(np.concatenate(shown)), page.style)
    numbers = Axis(low=0.0, high=scale.high, ticks=(0.0, scale.high / 2, scale.high))
    named = [line for line in (*lines, uniform) if line.name is not None]
    names = [line.name or "" for line in named]
    along = BOTH if places.first[0] < 0 else BACK
    texts = [*map(written, numbers.ticks), *names, along, UPWARD]
    faces = covering_faces(" 0123456789.−", texts, page.style.font)
    canvas = Canvas(page.width, height_of(page, faces, UPWARD, len(named)), faces)
    chart = Chart(
        steps=_axis(places), numbers=numbers, box=box_of(canvas, numbers, names, page, key=KEY)
    )
    draw_axes(canvas, chart, (along, UPWARD), page)
    _draw_zero(canvas, chart, places, page.label_size)
    for line in reversed(lines):
        _draw_band(canvas, chart, places, line)
    _draw_dashed(canvas, chart, places, uniform)
    for line in sorted(lines, key=lambda one: one.name is not None):
        _draw_line(canvas, chart, places, line)
    ends = [
        (line.name or "", _points(chart, places, line.values)[-1], line.colour)
        for line in named
    ]
    keys = draw_names(canvas, chart, ends, page.label_size, key=KEY)
    for line, (x, y) in zip(named, keys, strict=True):
        _draw_key(canvas, line, (x, y))
    own = {
        "bands": any(not np.isnan(line.low).all() for line in lines),
        "bands_end": _end_of_bands(places, lines[0]),
        "log": chart.steps.logarithmic,
        "averaged_from": ALONE if (places.first != places.last).any() else None,
        "both_sides": bool(places.first[0] < 0),
        "grey": sum(line.name is None for line in lines),
    }
    panels = tuple(line.name for line in lines if line.name is not None)
    return canvas.figure, facts_without_panels(
        page, canvas, scale, panels=panels, label_kind="none", own=own
    )


def _places(data: FigureData) -> Places:
    """The distances that all heads share.

    Raises:
        DrawingError: layers have different masks.
    """
    first, *others = data.reduced
    if any((each.mask != first.mask).any() for each in others):
        what, right = "its layers have different masks", "a figure for each mask is right"
        raise DrawingError("figure", what, right)
    return places_of(first.mask)


def _uniform(data: FigureData, places: Places) -> _Line:
    """What queries that attend to all their keys alike would give."""
    sums, counts = np.zeros(len(places.counts)), np.zeros(len(places.counts))
    for length, times in Counter(data.excerpt.lengths).items():
        mask = data.reduced[0].mask[:length, :length]
        alike = mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)
        within = places.within(mask)
        sums += times * within.sums(alike.astype(np.float64))
        counts += times * within.counts
    values = sums / counts
    none = np.full(len(values), np.nan)
    return _Line(name=UNIFORM, colour=SOFT, rank=None, values=values, low=none, high=none)


def _lines(data: FigureData, page: Page, places: Places) -> tuple[_Line, ...]:
    """A line a head, in their order; the six farthest from uniform have colour and name."""
    several = len({each.site for each in data.reduced}) > 1
    names = [name for each in data.reduced for name in head_names(each, with_layer=several)]
    asked = titles_of(names, True if page.style.titles is None else page.style.titles)
    curves = np.concatenate([each.curves for each in data.reduced])
    away = np.abs(curves[:, 0] - _uniform(data, places).values).sum(axis=1)
    kept = sorted(np.argsort(-away, kind="stable")[: len(COLOURS)].tolist())
    ranks = {head: rank for rank, head in enumerate(kept)}
    return tuple(
        _Line(
            name=name if head in ranks else None,
            colour=COLOURS[ranks[head]] if head in ranks else OTHERS,
            rank=ranks.get(head),
            values=values,
            low=low,
            high=high,
        )
        for head, (name, (values, low, high)) in enumerate(zip(asked, curves, strict=True))
    )


def _end_of_bands(places: Places, line: _Line) -> int | None:
    """The last distance with an interval, where farther ones have none."""
    known = ~np.isnan(line.low)
    return int(places.last[known][-1]) if known.any() and not known.all() else None


def _axis(places: Places) -> Axis:
    """Of distances: evenly, or by their logarithm from 1 on, with a place before it for 0."""
    middles = places.middles
    if len(middles) == 1:
        return Axis(low=middles[0] - 1, high=middles[0] + 1, ticks=(int(middles[0]),))
    if not places.is_logarithmic:
        return axis_of_steps([int(one) for one in middles], FAR)
    far = axis_of_steps([1, float(middles[-1])], far=1)
    return replace(far, low=BEFORE) if middles[0] == 0 else far


def _points(chart: Chart, places: Places, values: Float64[np.ndarray, " place"]) -> list[Point]:
    """Where numbers stand, within the chart's upper end."""
    least = ITSELF if chart.steps.logarithmic else -np.inf
    return [
        chart.at(max(least, at), min(value, chart.numbers.high))
        for at, value in zip(places.middles.tolist(), values.tolist(), strict=True)
    ]


def _joined(chart: Chart, places: Places, points: Sequence[Point]) -> list[list[Point]]:
    """Points that a line joins: those at distances that follow each other."""
    apart = places.first[1:] > places.last[:-1] + 1
    if chart.steps.logarithmic:
        apart = apart | (places.last[:-1] == 0)
    edges = [0, *(np.flatnonzero(apart) + 1).tolist(), len(points)]
    return [list(points[a:b]) for a, b in pairwise(edges)]


def _draw_zero(canvas: Canvas, chart: Chart, places: Places, size: float) -> None:
    """The tick of distance 0 on a logarithmic axis, which has no place for it."""
    if chart.steps.logarithmic and places.first[0] == 0:
        x, y = chart.at(ITSELF, 0.0)
        canvas.strokes([[(x, y), (x, y + TICK)]], RULE, HAIRLINE)
        canvas.label("0", (x, y + TICK + PAD + size / 2), size, align="middle")


def _draw_band(canvas: Canvas, chart: Chart, places: Places, line: _Line) -> None:
    """Its interval at the distances at which there is one."""
    if line.name is None:
        return
    ends = [
        _joined(chart, places, _points(chart, places, end)) for end in (line.low, line.high)
    ]
    for run in zip(*ends, strict=True):
        low, high = ([point for point in end if not np.isnan(point[1])] for end in run)
        if len(low) > 1:
            draw_band(canvas, low, high, line.colour)
        elif low:
            canvas.strokes([[*low, *high]], line.colour, HAIRLINE)


def _draw_line(canvas: Canvas, chart: Chart, places: Places, line: _Line) -> None:
    """A head's line, and where it has a colour its markers; a short one alone is a point."""
    points = _points(chart, places, line.values)
    runs = _joined(chart, places, points)
    canvas.strokes([run for run in runs if len(run) > 1], line.colour, LINE)
    alone = [run[0] for run in runs if len(run) == 1]
    if line.rank is None:
        canvas.discs(alone, RADIUS, line.colour)
        return
    for at in dict.fromkeys([*alone, *_marked(chart, points, line)]):
        draw_marker(canvas, at, line.rank, line.colour)


def _marked(chart: Chart, points: Sequence[Point], line: _Line) -> Iterator[Point]:
    """The largest number, and points about as far apart as markers stand.

    Those of lines that lie on each other stand side by side.
    """
    yield points[int(np.nanargmax(line.values))]
    left, _, wide, _ = chart.box
    x = np.array([x for x, _ in points])
    first = left + PITCH * ((line.rank or 0) + 0.5) / len(COLOURS)
    for wanted in np.arange(first, left + wide, PITCH).tolist():
        yield points[int(np.abs(x - wanted).argmin())]


def _draw_key(canvas: Canvas, line: _Line, at: Point) -> None:
    """What tells a line apart, at its name."""
    x, y = at
    if line.rank is None:
        dashes = [[(start, y), (start + KEY / 4, y)] for start in (x, x + KEY / 2)]
        canvas.strokes(dashes, line.colour, 2 * HAIRLINE)
    else:
        draw_marker(canvas, (x + KEY / 2 - PAD / 2, y), line.rank, line.colour)


def _draw_dashed(canvas: Canvas, chart: Chart, places: Places, line: _Line) -> None:
    for run in _joined(chart, places, _points(chart, places, line.values)):
        canvas.strokes(list(_dashes(run)), line.colour, 2 * HAIRLINE)
        if len(run) == 1:
            ((x, y),) = run
            canvas.strokes([[(x - DASH, y), (x + DASH, y)]], line.colour, 2 * HAIRLINE)


def _dashes(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Every second stretch of a line, each as long as a dash."""
    line = np.array(points)
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    for start in np.arange(0, along[-1], 2 * DASH).tolist():
        end = min(start + DASH, along[-1])
        inner = along[(along > start) & (along < end)].tolist()
        at = [start, *inner, end]
        x, y = (np.interp(at, along, column).tolist() for column in line.T)
        yield list(zip(x, y, strict=True))
