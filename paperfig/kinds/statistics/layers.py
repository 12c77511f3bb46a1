"""Numbers of heads by layer: a panel a number, a dot a head, a line through the means."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from matplotlib.figure import Figure

from paperfig.drawing.canvas import DEPTH, EDGE, SOFT, Canvas
from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.grid import asked_columns
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.page import Page
from paperfig.drawing.scales.limits import end_of_numbers
from paperfig.errors import DrawingError
from paperfig.kinds.statistics.names import draw_names, named_heads
from paperfig.kinds.statistics.plot import (
    Plot,
    draw_dots,
    draw_left_axis,
    draw_lines,
    draw_lower_axis,
    drawn_as,
    number,
)
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.named_statistics import is_share, title_of

_LEAST_WIDE = 84.0  # points of a panel
_ASPECT, _TALLEST = 0.67, 96.0
_BETWEEN = 8.0
_SPREAD = 0.76  # of a layer's place, over which its heads stand
_LINE = 0.9
_TEXT = "0123456789.-−LHhead layer value of each"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Panel:
    """One number: of each head its place and value, and where the axis ends."""

    name: str
    labels: tuple[str, ...]
    places: Float64[np.ndarray, " head"]
    layers: Float64[np.ndarray, " head"]
    values: Float64[np.ndarray, " head"]
    ends: tuple[float, float]

    @property
    def ticks(self) -> list[float]:
        """The ends, and half-way between."""
        low, high = self.ends
        return [low, (low + high) / 2, high]


def draw_layers(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided."""
    panels = tuple(_panels(data))
    titles = [title_of(panel.name) for panel in panels]
    faces, _ = faces_for([_TEXT, *titles], page.style.font)
    layers = sorted({each.site for each in data.reduced})
    plots, height = _plots(panels, len(layers), page, faces)
    canvas = Canvas(page.width, height, faces)
    names = [str(layer.layer) if layer.is_known else "" for layer in layers]
    ticks = _apart(names, plots[0], faces, page.label_size)
    for panel, plot, title in zip(panels, plots, titles, strict=True):
        is_low = not any(other.left == plot.left and other.top > plot.top for other in plots)
        draw_left_axis(canvas, plot, panel.ticks, page.label_size)
        texts = [names[tick] for tick in ticks] if is_low else []
        draw_lower_axis(canvas, plot, [float(tick) for tick in ticks], texts, page.label_size)
        _draw_title(canvas, _forms(title), plot, page.label_size)
        _draw_heads(canvas, panel, plot, page)
    _draw_titles(canvas, plots, page)
    return canvas.figure, drawn_as(page, canvas, panels[0].ends, titles)


def _panels(data: FigureData) -> Iterator[_Panel]:
    order = sorted({each.site for each in data.reduced})
    most = max((head for each in data.reduced for head in each.heads), default=0) + 1
    pairs = [(order.index(each.site), head) for each in data.reduced for head in each.heads]
    layers = np.array([layer for layer, _ in pairs], dtype=np.float64)
    shifts = np.array([((head + 0.5) / most - 0.5) * _SPREAD for _, head in pairs])
    for name, column in data.table.items():
        end = end_of_numbers(column.values, is_share=is_share(name))
        is_signed = bool((column.values < 0).any())
        yield _Panel(
            name=name,
            labels=tuple(head.head for head in data.statistics),
            places=layers + shifts,
            layers=layers,
            values=column.values,
            ends=(-end if is_signed else 0.0, end),
        )


def _plots(
    panels: Sequence[_Panel], n_layer: int, page: Page, faces: Faces
) -> tuple[tuple[Plot, ...], float]:
    """Where the panels stand, and the height of the page."""
    size, title = page.label_size, page.label_size + 0.5
    widest = max(faces.width(number(tick), size) for one in panels for tick in one.ticks)
    ticks, first = TICK + PAD / 2 + widest, EDGE + title + PAD
    free = page.width - first - EDGE

    def width(columns: int) -> float:
        return (free + _BETWEEN) / columns - _BETWEEN - ticks

    columns = _columns(len(panels), page, width)
    rows, wide = math.ceil(len(panels) / columns), width(columns)
    tall = min(wide * _ASPECT, _TALLEST)
    above, step = EDGE + size + 1.5 * PAD, size + 1.5 * PAD + _BETWEEN / 2 + TICK
    plots = []
    for index, panel in enumerate(panels):
        row, column = divmod(index, columns)
        plots.append(
            Plot(
                left=first + ticks + column * (wide + ticks + _BETWEEN),
                top=above + row * (tall + step),
                wide=wide,
                tall=tall,
                across=(-0.5, n_layer - 0.5),
                up=panel.ends,
            )
        )
    below = TICK + PAD / 2 + size + PAD / 2 + title + EDGE
    height = above + rows * tall + (rows - 1) * step + below
    if page.height is not None and page.height < height:
        what = f"{page.style.height!r} is less than the {height:.0f} pt of the panels"
        raise DrawingError("style.height", what, "leave it out")
    return tuple(plots), height


def _columns(count: int, page: Page, width: Callable[[int], float]) -> int:
    """How many panels stand in a row; ``width`` of one where so many do.

    Raises:
        DrawingError: they would be narrow where the style asks for so many.
    """
    choices, least = range(1, count + 1), min(_LEAST_WIDE, width(1))
    if page.style.columns is not None:
        return asked_columns(page.style.columns, choices, width, least)
    most = max(columns for columns in choices if width(columns) >= least)
    return math.ceil(count / math.ceil(count / most))


def _apart(names: Sequence[str], plot: Plot, faces: Faces, size: float) -> list[int]:
    """The layers whose numbers have room: every one, or every so manyth."""
    widest = max(faces.width(name, size) for name in names) + 2 * PAD
    step = max(1, math.ceil(widest * len(names) / plot.wide))
    return list(range(0, len(names), step))


def _forms(title: str) -> list[str]:
    """What a panel calls a number, the longest first."""
    beginnings = "", "weight on ", "weight on the ", "normalised "
    return sorted({title.removeprefix(one) for one in beginnings}, key=len, reverse=True)


def _draw_title(canvas: Canvas, forms: Sequence[str], plot: Plot, size: float) -> None:
    """The first form that has room above a panel, within the page."""
    title = canvas.faces.fitting(forms, size, plot.wide + _BETWEEN)
    middle = canvas.inside((plot.left + plot.right) / 2, canvas.faces.width(title, size))
    at = middle, plot.top - PAD - size / 2
    canvas.label(title, at, size, align="middle")


def _draw_heads(canvas: Canvas, panel: _Panel, plot: Plot, page: Page) -> None:
    """The means' line, then the dots over it, then the names of heads that stand out."""
    known = ~np.isnan(panel.values)
    axes = plot.axes(canvas)
    means = [
        (layer, float(panel.values[known & (panel.layers == layer)].mean()))
        for layer in np.unique(panel.layers[known]).tolist()
    ]
    if len(means) > 1:
        draw_lines(axes, [means], page, _LINE)
    draw_dots(axes, panel.places[known].tolist(), panel.values[known].tolist(), page)
    dots = [
        (plot.x(place), plot.y(value))
        for place, value in zip(panel.places.tolist(), panel.values.tolist(), strict=True)
    ]
    chosen = named_heads(panel.name, panel.values)
    draw_names(canvas, plot, dots, {index: panel.labels[index] for index in chosen})


def _draw_titles(canvas: Canvas, plots: Sequence[Plot], page: Page) -> None:
    """The layers' once below, the values' once at the left."""
    size = page.label_size + 0.5
    across = (plots[0].left + max(plot.right for plot in plots)) / 2
    down = (plots[0].top + max(plot.bottom for plot in plots)) / 2
    at = across, canvas.height - EDGE - DEPTH * size
    canvas.label("layer", at, size, align="middle", colour=SOFT)
    room = 2 * min(down, canvas.height - down) - 2 * EDGE
    values = canvas.faces.fitting(("value of each head", "value"), size, room)
    at = EDGE + size / 2, down
    canvas.label(values, at, size, align="middle", upright=True, colour=SOFT)
