"""The kind ``context``: the text, every head, their mean row by row, and their scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64
from matplotlib.figure import Figure

from paperfig.drawing.bar import BAR_TEXT, draw_bar
from paperfig.drawing.canvas import EDGE, SOFT, Canvas
from paperfig.drawing.facts import drawn_facts, drawn_scores
from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import MapLabels, continuing, covered_labels
from paperfig.drawing.matrices.axes import draw_labels
from paperfig.drawing.matrices.marks import outlined, room_for
from paperfig.drawing.matrices.matrix import (
    CORNER_TEXT,
    Annotated,
    Colouring,
    Matrix,
    annotated,
    draw_matrix,
)
from paperfig.drawing.matrices.titled import titled, with_fitting_titles
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import scores_palette
from paperfig.drawing.scales.limits import rounded_up
from paperfig.drawing.scales.scale import READABLE
from paperfig.drawing.scales.scores import score_scale
from paperfig.drawing.scales.weights import scale_of
from paperfig.drawing.titles import (
    SCORE_NAMES,
    Forms,
    covering_faces,
    draw_title,
    head_forms,
)
from paperfig.errors import DrawingError
from paperfig.kinds.context.chart import CHART_TEXT, RowChart, draw_row_chart
from paperfig.kinds.context.layout import Layout, Square, boxed, layout_of
from paperfig.kinds.context.sizes import CHART_GAP
from paperfig.kinds.context.text import TextBlock, draw_text_block, has_space, text_block
from paperfig.statistics.measures import MEDIUM
from paperfig.statistics.tables import mean_weights, score_heads, shown_scores
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.tokens import same_tokens

_FIXED_TEXT = f"{BAR_TEXT} {CHART_TEXT}{CORNER_TEXT} query key ␣… more tokens"
_DEVIATION = ("deviation", "dev.")
_ENTROPY = ("entropy", "H / ln n")
_SPREAD = ("deviation (nats)", "dev. (nats)", "dev.")


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

    In reading order: the tokens; every head; the mean of the heads beside the normalised
    entropy and the deviation of its rows; the scores beside the deviation of theirs. One
    scale for all weights. A single head stands in the place of the mean.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    (attention,) = data.maps
    if not same_tokens(attention.queries, attention.keys):
        raise DrawingError("figure", "its queries and keys are of two texts", "`map` is right")
    style, content = page.style, _content(attention, data.irreps_of(attention), page)
    charts, tokens = _charts(data, content, style.palette), attention.keys.spelled
    faces, text = _text_block(tokens, content, page)
    ends = [faces.width(f"{chart.high:g}", page.label_size) for chart in charts]
    layout = layout_of(
        tokens,
        len(content.heads),
        page,
        faces,
        text=text,
        beyond=max(CHART_GAP, *ends) / 2,
        titled=any(matrix.title for matrix in content.heads),
    )
    content = _with_fitting_titles(content, layout, page)
    content, annotation = _annotated(content, data, layout, page)
    canvas = Canvas(page.width, layout.height, faces)
    draw_text_block(canvas, layout.text, (layout.left, EDGE))
    marks = outlined(style.mark, attention)
    places = zip(content.matrices, (*layout.heads, *layout.maps), strict=True)
    for index, (matrix, square) in enumerate(places):
        is_scores = matrix is content.scores
        colouring = content.scored if is_scores else content.weights
        draw_matrix(canvas, matrix, boxed(square), colouring, page, marks=marks)
        _draw_labels(canvas, layout, index, square, attention.mask.shape)
        left, top, wide, high = boxed(square)
        raised = left, top - room_for(style.mark), wide, high
        draw_title(canvas, matrix.title, raised, page.title_size)
    _draw_axis_titles(canvas, layout, page.axis_size)
    _draw_charts(canvas, layout, charts, page)
    if style.has_bar:
        _draw_bars(canvas, layout, content, page)
    return canvas.figure, drawn_facts(
        page,
        canvas,
        scale=content.weights.scale,
        labels=MapLabels(queries=layout.labels, keys=layout.labels),
        matrices=content.matrices,
        marks=marks,
        scores=drawn_scores(content.scored.scale, score_heads(attention)),
        continuing=continuing(box.text for box in layout.text.boxes),
        annotated=annotation,
    )


def _content(attention: AttentionMap, irreps: Sequence[int] | None, page: Page) -> _Content:
    """The matrices with their titles, and what turns them into colours."""
    style, count = page.style, len(attention.heads)
    weights, name = scale_of([attention], style), style.palette
    scores, forms = shown_scores(attention), _forms(attention, irreps)
    values = [*(attention.weights if count > 1 else ()), mean_weights(attention), scores]
    plain = (
        Matrix(values=one, mask=attention.mask, reference=name, title=None)
        for one, (name, *_) in zip(values, forms, strict=True)
    )
    *heads, mean, last = titled(plain, forms, style.titles)
    return _Content(
        heads=tuple(heads),
        mean=mean,
        scores=last,
        weights=Colouring(scale=weights, colours=weights.colours(name)),
        scored=Colouring(
            scale=score_scale([scores], attention.quantity, style),
            colours=scores_palette(name, diverging=weights.centre is not None),
        ),
    )


def _forms(attention: AttentionMap, irreps: Sequence[int] | None) -> list[Forms]:
    """What each head, their mean and the scores may be called."""
    heads = head_forms(attention, with_layer=False, irreps=irreps)
    count, (first, *_) = len(attention.heads), score_heads(attention)
    name = SCORE_NAMES[attention.quantity]
    if count == 1:
        return [*heads, (name,) * 3]
    if attention.is_divergence:
        scores = f"{name}, sum of {count} heads", f"{name}, sum", name
    else:
        scores = f"{name} of head {first}", f"{name}, H{first}", name
    return [*heads, (f"mean of {count} heads", "mean", "mean"), scores]


def _with_fitting_titles(content: _Content, layout: Layout, page: Page) -> _Content:
    (_, _, side), (_, _, narrow) = layout.maps[0], (layout.heads or layout.maps)[0]
    mean, scores = with_fitting_titles((content.mean, content.scores), side, page)
    heads = with_fitting_titles(content.heads, narrow, page)
    return replace(content, heads=heads, mean=mean, scores=scores)


def _annotated(
    content: _Content, data: FigureData, layout: Layout, page: Page
) -> tuple[_Content, Annotated]:
    """The matrices with the entropy of each head, or what else the style wants of it."""
    heads = content.heads or (content.mean,)
    _, _, side = (layout.heads or layout.maps)[0]
    heads, annotation = annotated(heads, data.statistics, side, page, usual="entropy")
    if content.heads:
        return replace(content, heads=heads), annotation
    return replace(content, mean=heads[0]), annotation


def _text_block(
    tokens: Sequence[str], content: _Content, page: Page
) -> tuple[Faces, Callable[[float], TextBlock]]:
    """The faces that have every glyph of the figure, and the text in lines of a width."""
    shown = [token[1:] if has_space(token) else token for token in tokens]
    _, labels = covered_labels(shown, page.style.font)
    drawn = [run.text for label in labels for run in label]
    titles = [matrix.title for matrix in content.matrices]
    faces = covering_faces(_FIXED_TEXT + "".join(drawn), titles, page.style.font)
    return faces, lambda room: text_block(tokens, labels, faces, page.label_size, room)


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
    """Query beside each row of the page; key below the heads and below each map."""
    for at in layout.query_titles:
        canvas.label("query", at, size, align="middle", upright=True, colour=SOFT)
    for at in layout.key_titles:
        canvas.label("key", at, size, align="middle", colour=SOFT)


def _charts(
    data: FigureData, content: _Content, palette: str | None
) -> tuple[RowChart, RowChart, RowChart]:
    """The table's columns: entropy and deviation of the mean, deviation of the scores."""
    column = {name: entry.values for name, entry in data.table.items()}
    weights = content.weights.scale.line_colour(palette)
    scores = content.scored.colours[READABLE]
    deviation, spread = column["row_deviation"], column["score_deviation"]
    return (
        RowChart(column["normalised_entropy"], 1.0, _ENTROPY, weights),
        RowChart(deviation, _high(deviation, 2 * MEDIUM), _DEVIATION, weights, MEDIUM),
        RowChart(spread, _high(spread), _SPREAD, scores),
    )


def _high(values: Float64[np.ndarray, " query"], least: float = 0.0) -> float:
    return rounded_up(max(least, float(np.nan_to_num(values).max())))


def _draw_charts(
    canvas: Canvas, layout: Layout, charts: tuple[RowChart, RowChart, RowChart], page: Page
) -> None:
    """Two charts beside the rows of the mean, one beside those of the scores."""
    sizes = page.label_size, page.title_size
    for chart, box in zip(charts, layout.charts, strict=True):
        draw_row_chart(canvas, chart, box, sizes, (CHART_GAP / 2, room_for(page.style.mark)))


def _draw_bars(canvas: Canvas, layout: Layout, content: _Content, page: Page) -> None:
    """The bar of all weights beneath the mean, that of the scores beneath theirs."""
    sizes = page.label_size, page.axis_size
    for square, one in zip(layout.maps, (content.weights, content.scored), strict=True):
        draw_bar(canvas, one.scale, one.colours, layout.bar(square), sizes, lying=True)
