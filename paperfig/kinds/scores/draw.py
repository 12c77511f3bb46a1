"""The kind ``scores``: each head's scores beside its weights, at one κ or at several."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from paperfig.drawing.bar import BAR_TEXT, bar_beneath, bar_depth, draw_bar, lying_bar_overhang
from paperfig.drawing.canvas import HAIRLINE, Canvas
from paperfig.drawing.facts import drawn_facts, drawn_scores
from paperfig.drawing.fonts import faces_for
from paperfig.drawing.grid import Grid, Margins, grid_of, panel_within
from paperfig.drawing.labels import MapLabels, fitting_axes
from paperfig.drawing.matrices.axes import axes_of, reach_of
from paperfig.drawing.matrices.marks import outlined
from paperfig.drawing.matrices.matrix import Colouring, Matrix
from paperfig.drawing.matrices.panels import draw_panels, margins_around
from paperfig.drawing.matrices.titled import titled, with_fitting_titles
from paperfig.drawing.matrices.view import View, view_of
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import scores_palette
from paperfig.drawing.scales.scale import Scale
from paperfig.drawing.scales.scores import score_scale
from paperfig.drawing.scales.weights import scale_of
from paperfig.drawing.titles import SCORE_NAMES, Forms, head_forms
from paperfig.kinds.scores.rows import LEAST_SIDE, Rows, rows_of
from paperfig.statistics.rows import divergences, logits_below_maximum
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.numbers import shortest

_FIXED_TEXT = f"{BAR_TEXT} query key"
CLOSE, APART = 4.5, 11.0  # points from weights to weights, and from the scores to weights


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    For each head its scores, then its weights at each κ, on the same axes: one scale and
    colour bar for all scores, another for all weights.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    style = page.style
    block = 1 + len(data.of_heads[0])
    matrices = _matrices(data, style.titles)
    scores, weights = _colourings(data, matrices[::block], page)
    marks = outlined(style.mark, data.maps[0])
    view = view_of(matrices[1], weights, axes_of(data.maps), page, marks=marks)
    grid, labels = _layout(data, matrices, page, weights.scale, view)
    if (named := view.lettered(grid)) is not view:
        view = named
        grid, labels = _layout(data, matrices, page, weights.scale, view)
    matrices = with_fitting_titles(matrices, grid.wide, page)
    colourings = [weights if index % block else scores for index in range(len(matrices))]
    canvas = draw_panels(
        list(zip(matrices, colourings, strict=True)),
        grid,
        labels,
        page,
        view=view,
        fixed=_FIXED_TEXT,
        below=bar_beneath(page) if page.style.has_bar else 0.0,
    )
    shown = [one for index, one in enumerate(matrices) if index % block]
    if style.has_bar:
        _draw_bars(canvas, (scores, weights), grid, page, legend=view.legend)
    return canvas.figure, drawn_facts(
        page,
        canvas,
        scale=view.counting(weights.scale, shown),
        labels=labels,
        matrices=matrices,
        marks=marks,
        window=view.window.drawn,
        bracketed=view.brackets.names,
        scores=drawn_scores(view.counting(scores.scale, matrices[::block])),
    )


def _colourings(
    data: FigureData, scored: Sequence[Matrix], page: Page
) -> tuple[Colouring, Colouring]:
    """The scale and the colours of scores, and those of weights."""
    values = [matrix.values.astype(np.float64) for matrix in scored]
    of_scores = score_scale(values, data.maps[0].quantity, page.style)
    of_weights, name = scale_of(data.maps, page.style), page.style.palette
    colours = scores_palette(name, diverging=of_weights.centre is not None)
    return (
        Colouring(scale=of_scores, colours=colours),
        Colouring(scale=of_weights, colours=of_weights.colours(name)),
    )


def _matrices(data: FigureData, asked: bool | Sequence[str] | None) -> tuple[Matrix, ...]:
    """For each head, a matrix of its scores and one of its weights at each κ."""
    alone = len(data.of_heads) == 1 and len(data.maps[0].weights) == 1
    matrices: list[Matrix] = []
    forms: list[Forms] = []
    for maps in data.of_heads:
        several, irreps = len(data.of_heads) > 1, data.irreps_of(maps[0])
        heads = head_forms(maps[0], with_layer=several, irreps=irreps)
        for place, whole in enumerate(heads):
            for name, matrix in _matrices_of_head(maps, place):
                matrices.append(matrix)
                forms.append(tuple(name if alone else f"{head}: {name}" for head in whole))
    named = (
        replace(matrix, reference=form[0]) for matrix, form in zip(matrices, forms, strict=True)
    )
    return titled(named, forms, asked)


def _matrices_of_head(maps: Sequence[AttentionMap], place: int) -> Iterator[tuple[str, Matrix]]:
    """What the head's panels show, each with its name."""
    first = maps[0]
    read = divergences if first.is_divergence else logits_below_maximum
    names = (SCORE_NAMES[first.quantity], *map(_weights_name, maps))
    if len(maps) == 1:
        names = (names[0], "weights")
    values = (read(first)[place], *(attention.weights[place] for attention in maps))
    masks = (first.mask, *(attention.mask for attention in maps))
    for name, one, mask in zip(names, values, masks, strict=True):
        yield name, Matrix(values=one, mask=mask, reference=name, title=None)


def _weights_name(attention: AttentionMap) -> str:
    """What sets a map of a sweep apart: its κ, or the divisor of its logits."""
    kappa = 1.0 if attention.shown.kappa is None else attention.shown.kappa[0]
    divisor = shortest(kappa)
    return f"κ = {divisor}" if attention.is_divergence else f"logits / {divisor}"


def _layout(
    data: FigureData,
    matrices: Sequence[Matrix],
    page: Page,
    scale: Scale,
    view: View,
) -> tuple[Grid, MapLabels]:
    """Panels and labels that fit each other, and the bars beneath."""
    plain, _ = faces_for([_FIXED_TEXT], page.style.font)
    overhang = lying_bar_overhang(scale, plain, page.label_size, LEAST_SIDE)
    right = max(2 * HAIRLINE, overhang if page.style.has_bar else 0.0)

    def margins(rows: Rows, extent: float, reach: float) -> Margins:
        labels, below = (extent, reach), bar_beneath(page) if page.style.has_bar else 0.0
        around = margins_around(matrices, page, labels, right=right, below=below)
        blocks = replace(around, between=CLOSE, block=rows.block, apart=APART - CLOSE)
        return view.margins(blocks, rows.columns)

    guess, n_weights = plain.width("000", page.label_size), len(data.of_heads[0])
    n_heads = len(matrices) // (1 + n_weights)
    rows = rows_of(n_heads, n_weights, page, lambda one: margins(one, guess, guess))

    def room(queries: float, keys: float) -> tuple[float, float]:
        return panel_within(rows.count, rows.columns, page, margins(rows, queries, keys))

    labels = fitting_axes(*view.axes, page, room, view.window.starts)
    margin = margins(rows, labels.queries.extent, reach_of(labels.keys))
    grid = grid_of(rows.count, rows.columns, page, margin, rows.places)
    return view.grid(grid), labels


def _draw_bars(
    canvas: Canvas,
    colourings: tuple[Colouring, Colouring],
    grid: Grid,
    page: Page,
    *,
    legend: float,
) -> None:
    """The scores' bar beneath their column and the weights' beneath theirs, else halves.

    Beneath them stands a legend, which is so tall.
    """
    sizes = page.label_size, page.axis_size
    places, middle = grid.groups, (grid.left + grid.right) / 2
    if len(places) == 1:
        ends = (grid.left, middle - APART), (middle + APART, grid.right)
        places = tuple((left, right, grid.bottom) for left, right in ends)
    for one, (left, right, bottom) in zip(colourings, places, strict=True):
        top = bottom + grid.margins.bottom - legend - bar_depth(*sizes)
        draw_bar(canvas, one.scale, one.colours, (top, left, right), sizes, lying=True)
