"""A chart of lines: its box, grid, axes and their labels, and names at the lines' ends."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from paperfig.drawing.canvas import DEPTH, EDGE, HAIRLINE, RULE, SOFT, Box, Canvas, Point
from paperfig.drawing.charts.axis import Axis, Number
from paperfig.drawing.fonts import Faces
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.page import POINT, Page
from paperfig.errors import DrawingError

LEADER = 5.0  # from a line's end to its name
APART = 1.15  # of names, in type sizes
_GRID, _GRID_LINE = "#e3e3e3", 0.35
_LEAST_SIDE = 40.0
_ASPECT, _WIDE_ASPECT = 0.5, 0.35  # height over width, in a column and over the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Where steps (of whatever runs to the right) and numbers lie on the canvas.

    Attributes:
        steps: from the left to the right.
        numbers: from below upwards.
        box: what the axes bound.
    """

    steps: Axis
    numbers: Axis
    box: Box

    def at(self, step: Number, number: Number) -> Point:
        """The place of a number at a step."""
        left, top, wide, high = self.box
        return (
            left + wide * self.steps.position(step),
            top + high * (1 - self.numbers.position(number)),
        )


def box_of(
    canvas: Canvas, numbers: Axis, names: Sequence[str], page: Page, *, key: float = 0.0
) -> Box:
    """The chart within its labels, and within names at the right with so wide a key.

    Raises:
        DrawingError: they leave too little for it.
    """
    size, title = page.label_size, page.title_size
    labels = max(canvas.faces.width(written(tick), size) for tick in numbers.ticks)
    widest = max((canvas.faces.width(name, size) for name in names), default=0.0)
    left = EDGE + title + 2 * PAD + labels + PAD + TICK
    top = EDGE + size / 2
    right = canvas.width - widest - key - LEADER - PAD - EDGE
    bottom = canvas.height - _beneath(page)
    if right - left < _LEAST_SIDE:
        what = f"{page.style.width!r} leaves {max(0.0, right - left):.0f} pt for the chart"
        raise DrawingError("style.width", what, f"{_LEAST_SIDE:.0f} pt at least are right")
    return left, top, right - left, bottom - top


def draw_axes(canvas: Canvas, chart: Chart, titles: tuple[str, str], page: Page) -> None:
    """Grid, axes with ticks and their labels, the titles of steps and of numbers."""
    along, upward = titles
    left, top, wide, high = chart.box
    right, bottom, size = left + wide, top + high, page.label_size
    numbers, steps = chart.numbers, chart.steps
    halves = [(one + other) / 2 for one, other in pairwise(numbers.ticks)]
    rows = [chart.at(steps.low, tick)[1] for tick in (*numbers.ticks, *halves)]
    canvas.strokes([[(left, y), (right, y)] for y in rows], _GRID, _GRID_LINE)
    columns = [chart.at(tick, numbers.low)[0] for tick in steps.ticks]
    minor = [chart.at(tick, numbers.low)[0] for tick in steps.minor]
    ticks = [[(x, bottom), (x, bottom + TICK)] for x in columns]
    ticks += [[(x, bottom), (x, bottom + TICK / 2)] for x in minor]
    ticks += [[(left - TICK, y), (left, y)] for y in rows[: len(numbers.ticks)]]
    canvas.strokes([[(left, top), (left, bottom), (right, bottom)], *ticks], RULE, HAIRLINE)
    for tick, y in zip(numbers.ticks, rows, strict=False):
        at = (left - TICK - PAD, y)
        canvas.label(written(tick), at, size, align="right")
    below = bottom + TICK + PAD + size / 2
    for tick, x in _apart(canvas, list(zip(steps.ticks, columns, strict=True)), size):
        canvas.label(written(tick), (x, below), size, align="middle")
    title = page.title_size
    long = canvas.faces.width(upward, title)
    middle = canvas.inside(top + high / 2, long, upright=True)
    at = EDGE + title / 2, middle
    canvas.label(upward, at, title, align="middle", upright=True, colour=SOFT)
    at = ((left + right) / 2, canvas.height - EDGE - DEPTH * title)
    canvas.label(along, at, title, align="middle", colour=SOFT)


def _apart(
    canvas: Canvas, ticks: Sequence[tuple[Number, float]], size: float
) -> Iterator[tuple[Number, float]]:
    """The ticks whose labels have room beside the last one that has."""
    end = -math.inf
    for tick, x in ticks:
        half = canvas.faces.width(written(tick), size) / 2
        if x - half > end:
            yield tick, x
            end = x + half + size


def written(number: Number) -> str:
    """As labels have it: ``0.25``, ``10 000``."""
    text = f"{number:,.12g}".replace(",", " ")
    return text.replace("-", "−")


def height_of(page: Page, faces: Faces, upward: str, names: int) -> float:
    """The height of a page that a chart fills: a part of its width, or what it needs.

    Args:
        page: to fill.
        faces: that draw its text.
        upward: the title of numbers, which runs from bottom to top.
        names: how many lines have a name at their end.

    Raises:
        DrawingError: the style gives less than it needs.
    """
    around = EDGE + page.label_size / 2 + _beneath(page)
    inner = max(_LEAST_SIDE, names * APART * page.label_size)
    least = max(around + inner, 2 * EDGE + faces.width(upward, page.title_size))
    is_wide = page.width_pt > page.column_pt + 1
    usual = page.width * (_WIDE_ASPECT if is_wide else _ASPECT)
    height = math.ceil(100 * max(usual, least)) / 100 if page.height is None else page.height
    if height < least:
        what = f"{page.style.height!r} is too little for the chart and its title"
        raise DrawingError(
            "style.height", what, f"{math.ceil(least / POINT)} pt at least is right"
        )
    return height


def _beneath(page: Page) -> float:
    """What a chart's ticks, their labels and the title of steps take, in points."""
    return TICK + PAD + page.label_size + PAD + page.title_size + EDGE


def runs_of(known: np.ndarray) -> list[list[int]]:
    """The places that follow each other, two at the least."""
    found: list[list[int]] = [[]]
    for index, one in enumerate(known.tolist()):
        if one:
            found[-1].append(index)
        elif found[-1]:
            found.append([])
    return [run for run in found if len(run) > 1]
