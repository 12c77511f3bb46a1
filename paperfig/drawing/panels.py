"""What the panels of every kind are made of: cells, frames, titles, labels at the axes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from jaxtyping import Bool, Float, UInt8

from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.grid import Grid
from paperfig.drawing.labels import AxisLabels, Label, Labels
from paperfig.drawing.marks import draw_marks
from paperfig.drawing.page import POINT, Page
from paperfig.drawing.scale import Scale
from paperfig.drawing.sheet import DEPTH, HAIRLINE, INK, RULE, SOFT, Point, Sheet, rectangle
from paperfig.errors import DrawingError
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts, DrawnScores, Span

TICK = 1.8
PAD = 2.0
BETWEEN = 7.0  # from panel to panel
HATCH = 4.0  # from stroke to stroke, in rows that have no key
HATCHED = "#bdbdbd"
SCORE_NAMES = {"KL": "KL", "divergence": "divergence", "logit": "logits"}

Square = tuple[float, float, float]  # left and upper edge, and the side
Box = tuple[float, float, float, float]  # left and upper edge, width and height


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Colouring:
    """What turns values into colours: a scale, and the colours of its levels."""

    scale: Scale
    colours: UInt8[np.ndarray, "level 3"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """One matrix: its values, its mask, its reference, and its title or none."""

    values: Float[np.ndarray, "query key"]
    mask: Bool[np.ndarray, "query key"]
    reference: str
    title: str | None


def head_names(entry: AttentionMap, *, with_layer: bool) -> list[str]:
    """What heads are called: ``head 2``, or ``L4 H11`` where there are more layers.

    The heads of a variant follow its label, which stands for a single one.
    """
    if entry.mean:
        names = [f"{entry.site} mean" if with_layer else "mean of heads"]
    else:
        at = f"{entry.site} H" if with_layer else "head "
        names = [f"{at}{head}" for head in entry.heads]
    label = entry.variant
    if label and len(names) == 1:
        return [label]
    return [f"{label}: {name}" for name in names] if label else names


def titles_of(
    names: Sequence[str], asked: bool | Sequence[str] | None
) -> Sequence[str] | Sequence[None]:
    """The panels' titles as the style asks for them; None for each where it wants none.

    Raises:
        DrawingError: a list of titles that is not one for each panel.
    """
    if asked is False or (asked is None and len(names) == 1):
        return [None] * len(names)
    titles = names if asked is None or asked is True else asked
    if len(titles) != len(names):
        raise DrawingError(
            "style.titles",
            f"{len(titles)} titles for {len(names)} panels",
            "one for each is right",
        )
    return titles


def covering_faces(fixed: str, titles: Iterable[str | None], font: str | None) -> Faces:
    """The faces that have every glyph of a figure.

    Args:
        fixed: all that is drawn besides titles, known to have glyphs.
        titles: the panels', which may be the user's own.
        font: the family asked before all others.

    Raises:
        DrawingError: no font has a character of the titles.
    """
    faces, missing = faces_for([fixed, *(title or "" for title in titles)], font)
    if missing:
        codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(missing))
        raise DrawingError("style.titles", f"no font has {codes}", "install one that has")
    return faces


def boxed(square: Square) -> Box:
    """A square as a box."""
    left, top, side = square
    return left, top, side, side


def words_of(labels: AxisLabels) -> str:
    """All text of the labels at the axes."""
    texts = (*labels.queries.texts, *labels.keys.texts)
    return "".join(run.text for _, label in texts for run in label)


def draw_matrix(
    sheet: Sheet,
    panel: Panel,
    box: Box,
    colouring: Colouring,
    marks: Sequence[tuple[Span, Span]] = (),
) -> None:
    """The panel's cells, its rows without a key, its frame and its marks."""
    levels = colouring.scale.levels(panel.values, panel.mask)
    sheet.cells(levels, colouring.colours, box)
    _draw_rows_without_key(sheet, panel.mask, box)
    sheet.outline(rectangle(*box), RULE, HAIRLINE)
    draw_marks(sheet, marks, box, panel.mask.shape, colouring.colours)


def draw_labels(
    sheet: Sheet,
    labels: AxisLabels,
    box: Box,
    shape: tuple[int, ...],
    *,
    queries: bool,
    keys: bool,
) -> None:
    """Labels to the left of a panel, and below it.

    Args:
        sheet: to draw on.
        labels: of both axes.
        box: the panel's.
        shape: how many queries and keys it has.
        queries: whether the labels of the queries are drawn.
        keys: whether those of the keys are.
    """
    left, top, wide, high = box
    n_query, n_key = shape
    rows = labels.queries.texts if queries else ()
    columns = labels.keys.texts if keys else ()
    ticks: list[list[Point]] = []
    for row, column in zip_longest(rows, columns):
        if row is not None:
            at = top + (row[0] + 0.5) * high / n_query
            ticks += _draw_query_label(sheet, labels.queries, row[1], (left, at))
        if column is not None:
            at = left + (column[0] + 0.5) * wide / n_key
            ticks += _draw_key_label(sheet, labels.keys, column[1], (at, top + high))
    sheet.strokes(ticks, RULE, HAIRLINE)


def _draw_query_label(
    sheet: Sheet, labels: Labels, label: Label, at: Point
) -> list[list[Point]]:
    """A label left of a point of the edge; the tick that it has, if any."""
    (left, middle), has_tick = at, labels.kind == "index"
    away = TICK + PAD if has_tick else PAD
    sheet.label(label, (left - away, middle), labels.size, align="right")
    return [[(left - TICK, middle), (left, middle)]] if has_tick else []


def _draw_key_label(sheet: Sheet, labels: Labels, label: Label, at: Point) -> list[list[Point]]:
    """A label below a point of the edge: a token's upright; the tick that it has, if any."""
    middle, bottom = at
    if labels.kind == "tokens":
        sheet.label(label, (middle, bottom + PAD), labels.size, align="right", upright=True)
        return []
    below = bottom + TICK + PAD / 2 + labels.size / 2
    sheet.label(label, (middle, below), labels.size, align="middle")
    return [[(middle, bottom), (middle, bottom + TICK)]]


def reach_of(labels: Labels) -> float:
    """How far key labels run below a panel's ticks, in points."""
    if labels.kind == "tokens":
        return labels.extent
    return 0.75 * labels.size * (labels.every > 0)


def draw_title(sheet: Sheet, title: str | None, box: Box, size: float) -> None:
    """A title above a panel.

    Raises:
        DrawingError: it is wider than the panel.
    """
    if title is None:
        return
    (left, top, side, _), wide = box, sheet.faces.width(title, size)
    if wide > side + BETWEEN / 2:
        raise DrawingError(
            "style.titles",
            f"{title!r} is {wide:.0f} pt wide",
            f"{side:.0f} pt at most fit above a panel",
        )
    at = left + side / 2, top - 0.65 * size - PAD / 2
    sheet.label(title, at, size, align="middle", colour=INK)


def draw_axis_titles(sheet: Sheet, grid: Grid, size: float, below: float = 0.0) -> None:
    """Query and key, once each; ``below`` is what stands beneath the key's title."""
    across, down = (grid.left + grid.right) / 2, (grid.top + grid.bottom) / 2
    query = (grid.left - grid.margins.left + size / 2, down)
    key = (across, grid.bottom + grid.margins.bottom - below - DEPTH * size)
    sheet.label("query", query, size, align="middle", upright=True, colour=SOFT)
    sheet.label("key", key, size, align="middle", colour=SOFT)


def drawn_facts(
    page: Page,
    *,
    height: float,
    scale: Scale,
    labels: AxisLabels,
    panels: Sequence[Panel],
    marks: tuple[tuple[Span, Span], ...],
    scores: DrawnScores | None = None,
) -> DrawnFacts:
    """What the drawing decided.

    Args:
        page: that was drawn on.
        height: of the figure, in points of 1/72 inch.
        scale: of the weights.
        labels: at the axes.
        panels: in reading order.
        marks: the outlined blocks.
        scores: how scores were drawn, if they were.
    """
    return DrawnFacts(
        scale=scale.kind,
        limits=(scale.low, scale.high),
        limits_rule=scale.rule,
        over=scale.over,
        under=scale.under,
        label_kind=labels.keys.kind,
        label_every=labels.keys.every,
        shortened=labels.shortened,
        width_pt=page.width_pt,
        height_pt=height / POINT,
        column_pt=page.column_pt,
        no_key_rows=sum(int((~panel.mask.any(axis=1)).sum()) for panel in panels),
        marks=marks,
        panels=tuple(panel.title or panel.reference for panel in panels),
        scores=scores,
    )


def drawn_scores(scale: Scale, heads: tuple[int, ...] = ()) -> DrawnScores:
    """How scores were drawn on their scale."""
    return DrawnScores(
        kind="logits" if scale.quantity == "logit" else "kl",
        limits=(scale.low, scale.high),
        over=scale.over,
        under=scale.under,
        heads=heads,
    )


def _draw_rows_without_key(sheet: Sheet, mask: Bool[np.ndarray, "query key"], box: Box) -> None:
    """Hatches the rows of queries that have no key at all."""
    left, top, side, high = box
    height = high / len(mask)
    strokes = []
    for row in np.flatnonzero(~mask.any(axis=1)).tolist():
        bottom = top + (row + 1) * height
        for x in np.arange(HATCH - height, side, HATCH).tolist():
            start, end = max(0.0, -x), min(height, side - x)  # cut at the map's edges
            strokes.append([(left + x + start, bottom - start), (left + x + end, bottom - end)])
    sheet.strokes(strokes, HATCHED, HAIRLINE)
