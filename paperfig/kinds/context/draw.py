"""The kind ``context``: the text, every head, their mean row by row, and their scores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64
from matplotlib.figure import Figure

from paperfig.drawing.axes import draw_labels
from paperfig.drawing.bar import BAR_TEXT, bar_extent, draw_bar
from paperfig.drawing.canvas import SOFT, Canvas
from paperfig.drawing.facts import drawn_facts, drawn_scores
from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import MapLabels, covered_labels
from paperfig.drawing.marks import outlined
from paperfig.drawing.matrix import Colouring, Matrix, draw_matrix
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import palette, scores_palette
from paperfig.drawing.panels import with_fitting_titles
from paperfig.drawing.scale import rounded_up, scale_of, score_scale
from paperfig.drawing.titles import (
    SCORE_NAMES,
    covering_faces,
    draw_title,
    head_names,
    titles_of,
)
from paperfig.errors import DrawingError
from paperfig.kinds.context.chart import CHART_TEXT, RowChart, draw_row_chart
from paperfig.kinds.context.layout import Layout, Square, boxed, layout_of
from paperfig.kinds.context.text import TextBlock, draw_text_block, has_space, text_block
from paperfig.statistics.measures import MEDIUM
from paperfig.statistics.tables import mean_weights, score_heads, shown_scores
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.tokens import same_tokens

_FIXED_TEXT = f"{BAR_TEXT} {CHART_TEXT} query key ␣…"
_TINT = 76  # the level of the palette that a chart's bars have
_EDGE = 1.0  # point, above the text
_DEVIATION = ("row deviation", "row dev.", "std")
_ENTROPY = ("normalised entropy", "norm. entropy", "H / ln n")
_SPREAD = ("row deviation (nats)", "row dev. (nats)", "std")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Content:
    """The matrices: every head, the mean of all (or the only head), the scores."""

    heads: tuple[Matrix, ...]
    mean: Matrix
    scores: Matrix
    weights: Colouring
    scored: Colouring

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """All matrices in reading order."""
        return (*self.heads, self.mean, self.scores)


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    From the top: the tokens; every head; the mean of the heads beside the deviation and
    the normalised entropy of its rows; the scores beside the deviation of theirs. One
    scale for all weights. A single head stands in the place of the mean.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    (attention,) = data.maps
    if not same_tokens(attention.queries, attention.keys):
        raise DrawingError("figure", "its queries and keys are of two texts", "`map` is right")
    style, content = page.style, _content(attention, data.irreps_of(attention), page)
    faces, text = _text_block(attention.keys.labels, content, page)
    layout = layout_of(
        attention.keys.labels,
        len(content.heads),
        page,
        faces,
        top=_EDGE + text.height,
        bar=_bars_extent(content, faces, page),
        titled=any(matrix.title for matrix in content.heads),
    )
    content = _with_fitting_titles(content, layout, page)
    canvas = Canvas(page.width, layout.height, faces)
    draw_text_block(canvas, text, (0.0, _EDGE))
    marks = outlined(style.mark, attention)
    places = zip(content.matrices, (*layout.heads, *layout.maps), strict=True)
    for index, (matrix, square) in enumerate(places):
        is_scores = matrix is content.scores
        colouring = content.scored if is_scores else content.weights
        draw_matrix(canvas, matrix, boxed(square), colouring, page, marks=marks)
        _draw_labels(canvas, layout, index, square, attention.mask.shape)
        draw_title(canvas, matrix.title, boxed(square), page.label_size)
    _draw_axis_titles(canvas, layout, page.title_size)
    _draw_charts(canvas, layout, data, content, page.label_size)
    if style.colorbar:
        _draw_bars(canvas, layout, content, page)
    return canvas.figure, drawn_facts(
        page,
        canvas,
        scale=content.weights.scale,
        labels=MapLabels(queries=layout.labels, keys=layout.labels),
        matrices=content.matrices,
        marks=marks,
        scores=drawn_scores(content.scored.scale, score_heads(attention)),
    )


def _content(attention: AttentionMap, irreps: Sequence[int] | None, page: Page) -> _Content:
    """The matrices with their titles, and what turns them into colours."""
    style, count = page.style, len(attention.heads)
    references, briefs = _references(attention, irreps), _references(attention)
    named = zip(
        references,
        titles_of(references, style.titles),
        titles_of(briefs, style.titles),
        strict=True,
    )
    scores = shown_scores(attention)
    values = [*(attention.weights if count > 1 else ()), mean_weights(attention), scores]
    *heads, mean, last = (
        Matrix(values=one, mask=attention.mask, reference=reference, title=title, brief=brief)
        for one, (reference, title, brief) in zip(values, named, strict=True)
    )
    return _Content(
        heads=tuple(heads),
        mean=mean,
        scores=last,
        weights=Colouring(scale=scale_of([attention], style), colours=palette(style.palette)),
        scored=Colouring(
            scale=score_scale([scores], attention.quantity, style),
            colours=scores_palette(style.palette),
        ),
    )


def _references(attention: AttentionMap, irreps: Sequence[int] | None = None) -> list[str]:
    """What each head, their mean and the scores are called."""
    heads = head_names(attention, with_layer=False, irreps=irreps)
    count, (first, *_) = len(attention.heads), score_heads(attention)
    name = SCORE_NAMES[attention.quantity]
    if count == 1:
        return [*heads, name]
    of_heads = f", sum of {count} heads" if attention.is_divergence else f" of head {first}"
    return [*heads, f"mean of {count} heads", f"{name}{of_heads}"]


def _with_fitting_titles(content: _Content, layout: Layout, page: Page) -> _Content:
    (_, _, side), (_, _, narrow) = layout.maps[0], (layout.heads or layout.maps)[0]
    mean, scores = with_fitting_titles((content.mean, content.scores), side, page)
    heads = with_fitting_titles(content.heads, narrow, page)
    return replace(content, heads=heads, mean=mean, scores=scores)


def _text_block(
    tokens: Sequence[str], content: _Content, page: Page
) -> tuple[Faces, TextBlock]:
    """The text in lines, and the faces that have every glyph of the figure."""
    shown = [token[1:] if has_space(token) else token for token in tokens]
    _, labels = covered_labels(shown, page.style.font)
    drawn = [run.text for label in labels for run in label]
    titles = [matrix.title for matrix in content.matrices]
    faces = covering_faces(_FIXED_TEXT + "".join(drawn), titles, page.style.font)
    return faces, text_block(tokens, labels, faces, page.label_size, page.width)


def _bars_extent(content: _Content, faces: Faces, page: Page) -> float:
    if not page.style.colorbar:
        return faces.width("0.000", page.label_size) / 2  # of the charts' last labels
    scales = content.weights.scale, content.scored.scale
    return max(bar_extent(one, faces, page.label_size, page.title_size) for one in scales)


def _draw_labels(
    canvas: Canvas, layout: Layout, index: int, square: Square, shape: tuple[int, ...]
) -> None:
    """Labels at each map, and at the outer heads of the grid."""
    is_head = index < len(layout.heads)
    labels = layout.head_labels if is_head else layout.labels
    queries, keys = layout.is_outer(index) if is_head else (True, True)
    both = MapLabels(queries=labels, keys=labels)
    draw_labels(canvas, both, boxed(square), shape, queries=queries, keys=keys)


def _draw_axis_titles(canvas: Canvas, layout: Layout, size: float) -> None:
    """Query beside each row of the page; key below the heads and the last map."""
    first, last = layout.heads[:1], layout.heads[-1:]
    blocks = [*zip(first, last, strict=True), *((one, one) for one in layout.maps)]
    for (left, top, _), (_, lowest, side) in blocks:
        at = left - layout.labels_reach, (top + lowest + side) / 2
        canvas.label("query", at, size, align="middle", upright=True, colour=SOFT)
    for at in layout.key_titles:
        canvas.label("key", at, size, align="middle", colour=SOFT)


def _draw_charts(
    canvas: Canvas, layout: Layout, data: FigureData, content: _Content, size: float
) -> None:
    """The table's columns beside the rows that they are of."""
    column = {name: entry.values for name, entry in data.table.items()}
    upper, lower = layout.maps
    weights, scores = content.weights.colours[_TINT], content.scored.colours[_TINT]
    deviation = column["row_deviation"]
    spread = column["score_deviation"]
    charts = (
        (upper, RowChart(deviation, _high(deviation, 2 * MEDIUM), _DEVIATION, weights, MEDIUM)),
        (upper, RowChart(column["normalised_entropy"], 1.0, _ENTROPY, weights)),
        (lower, RowChart(spread, _high(spread), _SPREAD, scores)),
    )
    places = (*layout.charts(upper, 2), *layout.charts(lower, 1))
    for (square, chart), (left, wide) in zip(charts, places, strict=True):
        draw_row_chart(canvas, chart, (left, *square[1:]), wide, size)


def _high(values: Float64[np.ndarray, " query"], least: float = 0.0) -> float:
    return rounded_up(max(least, float(np.nan_to_num(values).max())))


def _draw_bars(canvas: Canvas, layout: Layout, content: _Content, page: Page) -> None:
    """The weights' bar beside the heads, or the only one; the scores' beside theirs."""
    sizes, (upper, lower) = (page.label_size, page.title_size), layout.maps
    first, last = (layout.heads[0], layout.heads[-1]) if layout.heads else (upper, upper)
    edge = max(left + side for left, _, side in layout.heads) if layout.heads else layout.right
    box = edge, first[1], last[1] + last[2]
    draw_bar(canvas, content.weights.scale, content.weights.colours, box, sizes)
    box = layout.right, lower[1], lower[1] + lower[2]
    draw_bar(canvas, content.scored.scale, content.scored.colours, box, sizes)
