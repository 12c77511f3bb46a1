"""One number over queries: a row a head, with its quantiles and its median."""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.figure import Figure

from paperfig.drawing.canvas import DEPTH, EDGE, SOFT, Canvas
from paperfig.drawing.fonts import faces_for
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.page import Page
from paperfig.drawing.scales.limits import end_of_numbers
from paperfig.kinds.statistics.plot import (
    GRID,
    GRID_LINE,
    Plot,
    draw_dots,
    draw_lines,
    draw_lower_axis,
    drawn_as,
    number,
)
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.named_statistics import is_share, title_of

_PITCH = 1.15  # of the labels' size
_GAP = 3.0  # between layers
_THIN, _THICK = 0.7, 2.6
_STEPS = 4


def draw_queries(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided."""
    ((name, column),) = data.table.items()
    labels = [head.head for head in data.statistics]
    size, title, rows = page.label_size, page.label_size + 0.5, _rows(data)
    what = f"{title_of(name)} of a query"
    faces, _ = faces_for(["0123456789.−head", what, *labels], page.style.font)
    end = end_of_numbers(column.values.ravel(), is_share=is_share(name))
    left = EDGE + title + 2 * PAD + max(faces.width(label, size) for label in labels)
    tall = len(labels) * _PITCH * size + _GAP * max(rows)
    plot = Plot(
        left=left,
        top=EDGE,
        wide=page.width - EDGE - faces.width(number(end), size) / 2 - left,
        tall=tall,
        across=(0.0, end),
        up=(tall, 0.0),
    )
    below = TICK + PAD + size + title + EDGE
    canvas = Canvas(page.width, EDGE + tall + below, faces)
    places = [(row + 0.5) * _PITCH * size + _GAP * layer for row, layer in enumerate(rows)]
    _draw_grid(canvas, plot, size)
    _draw_spread(canvas, plot, places, column.values.tolist(), page)
    for label, place in zip(labels, places, strict=True):
        canvas.label(label, (left - PAD, plot.top + place), size, align="right")
    down = canvas.inside(plot.top + tall / 2, faces.width("head", title), upright=True)
    canvas.label(
        "head", (EDGE + title / 2, down), title, align="middle", upright=True, colour=SOFT
    )
    at = (left + plot.right) / 2, canvas.height - EDGE - DEPTH * title
    fitting = faces.fitting((what, title_of(name)), title, 2 * (page.width - EDGE - at[0]))
    at = canvas.inside(at[0], faces.width(fitting, title)), at[1]
    canvas.label(fitting, at, title, align="middle", colour=SOFT)
    return canvas.figure, drawn_as(page, canvas, plot.across, (what,))


def _draw_grid(canvas: Canvas, plot: Plot, size: float) -> None:
    _, end = plot.across
    ticks = [end * step / _STEPS for step in range(_STEPS + 1)]
    grid = [[(plot.x(tick), plot.top), (plot.x(tick), plot.bottom)] for tick in ticks]
    canvas.strokes(grid, GRID, GRID_LINE)
    draw_lower_axis(canvas, plot, ticks, [number(tick) for tick in ticks], size)


def _draw_spread(
    canvas: Canvas,
    plot: Plot,
    places: Sequence[float],
    spread: Sequence[Sequence[float]],
    page: Page,
) -> None:
    """A thin line between the outer quantiles, a thick one between the inner, a dot."""
    axes, pairs = plot.axes(canvas), list(zip(places, spread, strict=True))
    outer = [[(low, at), (high, at)] for at, (low, _, _, _, high) in pairs]
    inner = [[(low, at), (high, at)] for at, (_, low, _, high, _) in pairs]
    draw_lines(axes, outer, page, _THIN)
    draw_lines(axes, inner, page, _THICK)
    draw_dots(axes, [median for _, _, median, _, _ in spread], places, page)


def _rows(data: FigureData) -> list[int]:
    """For each head, how many changes of layer come before it."""
    sites = [each.site for each in data.reduced for _ in each.heads]
    changes = [one != other for one, other in pairwise(sites)]
    return [sum(changes[:row]) for row in range(len(sites))]
