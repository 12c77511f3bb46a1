"""One panel with an axis from left to right and one from bottom to top."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from paperfig.drawing.canvas import HAIRLINE, RULE, Canvas, Point
from paperfig.drawing.facts import facts_of_numbers
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import palette
from paperfig.values.drawn import DrawnFacts

GRID, GRID_LINE = "#e3e3e3", 0.35
_DOT, _LINE = 225, 140  # levels of the palette
_RADIUS = 1.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A panel: where it stands in points, and which values its ends have."""

    left: float
    top: float
    wide: float
    tall: float
    across: tuple[float, float]
    up: tuple[float, float]

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.wide

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.tall

    def x(self, value: float) -> float:
        """Where a value of the axis from left to right stands."""
        low, high = self.across
        return self.left + self.wide * (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Where one of the axis from bottom to top stands."""
        low, high = self.up
        return self.bottom - self.tall * (value - low) / (high - low)

    def axes(self, canvas: Canvas) -> Axes:
        """The panel as matplotlib's, for seaborn: it draws nothing itself."""
        place = (
            self.left / canvas.width,
            1 - self.bottom / canvas.height,
            self.wide / canvas.width,
            self.tall / canvas.height,
        )
        axes = canvas.figure.add_axes(place, zorder=len(canvas.figure.artists))
        axes.set_axis_off()
        axes.set(xlim=self.across, ylim=self.up, xticks=[], yticks=[], autoscale_on=False)
        return axes


def tone(page: Page, level: int) -> str:
    """A colour of the page's palette."""
    red, green, blue = palette(page.style.palette)[level].tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


def draw_dots(axes: Axes, x: Sequence[float], y: Sequence[float], page: Page) -> None:
    """A dot at each place."""
    import seaborn as sns

    sns.scatterplot(
        x=np.array(x),
        y=np.array(y),
        ax=axes,
        s=(2 * _RADIUS) ** 2,
        color=tone(page, _DOT),
        linewidth=0,
        legend=False,
        clip_on=False,
        zorder=3,
    )
    axes.set(xlabel="", ylabel="")


def draw_lines(
    axes: Axes, lines: Sequence[Sequence[Point]], page: Page, linewidth: float
) -> None:
    """Lines from point to point."""
    import seaborn as sns

    points = [(*point, unit) for unit, line in enumerate(lines) for point in line]
    x, y, units = np.array(points).T
    sns.lineplot(
        x=x,
        y=y,
        units=units,
        estimator=None,
        errorbar=None,
        sort=False,
        ax=axes,
        color=tone(page, _LINE),
        linewidth=linewidth,
        legend=False,
        solid_capstyle="butt",
        clip_on=False,
    )
    axes.set(xlabel="", ylabel="")


def draw_left_axis(canvas: Canvas, plot: Plot, ticks: Sequence[float], size: float) -> None:
    """The axis from bottom to top, with grid lines at its ticks and half-way between."""
    halves = [(one + other) / 2 for one, other in pairwise(ticks)]
    grid = [plot.y(value) for value in (*ticks, *halves) if value > plot.up[0]]
    canvas.strokes([[(plot.left, y), (plot.right, y)] for y in grid], GRID, GRID_LINE)
    strokes = [[(plot.left, plot.top), (plot.left, plot.bottom)]]
    strokes += [[(plot.left - TICK, plot.y(tick)), (plot.left, plot.y(tick))] for tick in ticks]
    canvas.strokes(strokes, RULE, HAIRLINE)
    for tick in ticks:
        at = plot.left - TICK - PAD / 2, plot.y(tick)
        canvas.label(number(tick), at, size, align="right")


def draw_lower_axis(
    canvas: Canvas, plot: Plot, ticks: Sequence[float], texts: Sequence[str], size: float
) -> None:
    """The axis from left to right; no text where there is none."""
    strokes = [[(plot.left, plot.bottom), (plot.right, plot.bottom)]]
    strokes += [
        [(plot.x(one), plot.bottom), (plot.x(one), plot.bottom + TICK)] for one in ticks
    ]
    canvas.strokes(strokes, RULE, HAIRLINE)
    for tick, text in zip(ticks, texts, strict=False):
        at = plot.x(tick), plot.bottom + TICK + PAD / 2 + size / 2
        canvas.label(text, at, size, align="middle")


def number(value: float) -> str:
    """A tick's label."""
    return f"{value:g}".replace("-", "−")


def drawn_as(
    page: Page, canvas: Canvas, limits: tuple[float, float], names: Sequence[str]
) -> DrawnFacts:
    """What the drawing decided: where the first axis of numbers ends, and the panels."""
    return facts_of_numbers(page, canvas, limits, panels=tuple(names))
