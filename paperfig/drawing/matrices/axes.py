"""What stands at the axes of a matrix: labels with their ticks, and the axes' titles."""

from collections.abc import Sequence
from itertools import zip_longest

from paperfig.drawing.canvas import DEPTH, HAIRLINE, RULE, SOFT, Box, Canvas, Point
from paperfig.drawing.grid import Grid
from paperfig.drawing.labels import AxisLabels, Label, MapLabels, is_one_character, width
from paperfig.errors import DrawingError
from paperfig.values.attention import HeadMap
from paperfig.values.tokens import Tokens

TICK = 1.8
HALF_A_FIGURE = 0.33  # type sizes
MIDDLE_OF_CAPITALS = 0.36  # type sizes, from their top to the middle of small letters
PAD = 2.0


def axes_of(maps: Sequence[HeadMap]) -> tuple[Tokens, Tokens]:
    """The tokens of the rows and of the columns, which all panels of a figure share.

    Raises:
        DrawingError: the maps are of different texts.
    """
    if len({(each.queries.labels, each.keys.labels) for each in maps}) > 1:
        what, remedy = "its maps are of different texts", "a figure for each text is right"
        raise DrawingError("figure", what, remedy)
    return maps[0].queries, maps[0].keys


def words_of(labels: MapLabels) -> str:
    """All text of the labels at the axes."""
    texts = (*labels.queries.texts, *labels.keys.texts)
    return "".join(run.text for _, label in texts for run in label)


def draw_labels(
    canvas: Canvas,
    labels: MapLabels,
    box: Box,
    shape: tuple[int, ...],
    *,
    queries: bool,
    keys: bool,
) -> None:
    """Labels to the left of a panel, and below it.

    Args:
        canvas: to draw on.
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
            at = left, top + (row[0] + 0.5) * high / n_query
            ticks += _draw_query_label(canvas, labels.queries, row[1], at, top + high)
        if column is not None:
            place = left + (column[0] + 0.5) * wide / n_key, top + high
            ticks += _draw_key_label(canvas, labels.keys, column[1], place, left + wide)
    canvas.strokes(ticks, RULE, HAIRLINE)


def _draw_query_label(
    canvas: Canvas, labels: AxisLabels, label: Label, at: Point, bottom: float
) -> list[list[Point]]:
    """A label left of a point of the edge; the tick that it has, if any.

    An index ends at the panel's lower edge at the latest: another panel may begin close by.
    """
    left, middle = at
    if labels.kind == "tokens":
        canvas.label(label, (left - PAD, middle), labels.size, align="right")
        return []
    inside = min(middle, bottom - HALF_A_FIGURE * labels.size)
    canvas.label(label, (left - TICK - PAD, inside), labels.size, align="right")
    return [[(left - TICK, middle), (left, middle)]]


def _draw_key_label(
    canvas: Canvas, labels: AxisLabels, label: Label, at: Point, right: float
) -> list[list[Point]]:
    """A label below a point of the edge; the tick that it has, if any.

    A token's label runs down, but a single character stands as it does in a text. An index
    ends at the panel's right edge at the latest: another panel may begin close by.
    """
    middle, bottom = at
    if labels.kind == "tokens" and is_one_character(label):
        upright = middle, bottom + PAD + MIDDLE_OF_CAPITALS * labels.size
        canvas.label(label, upright, labels.size, align="middle")
        return []
    if labels.kind == "tokens":
        canvas.label(label, (middle, bottom + PAD), labels.size, align="right", upright=True)
        return []
    below = bottom + TICK + PAD / 2 + labels.size / 2
    inside = right - width(label, canvas.faces, labels.size) / 2
    canvas.label(label, (min(middle, inside), below), labels.size, align="middle")
    return [[(middle, bottom), (middle, bottom + TICK)]]


def reach_of(labels: AxisLabels) -> float:
    """How far key labels run below a panel's ticks, in points."""
    if labels.kind == "tokens":
        return labels.extent
    return 0.75 * labels.size * (labels.every > 0)


def draw_axis_titles(canvas: Canvas, grid: Grid, size: float, below: float = 0.0) -> None:
    """Query once, and key below each group; ``below`` is what stands beneath its title.

    Beside a whole map it is that one which says query.
    """
    if not grid.margins.whole:
        x = grid.left - grid.margins.left + grid.margins.rows + size / 2
        at = x, (grid.top + grid.bottom) / 2
        canvas.label("query", at, size, align="middle", upright=True, colour=SOFT)
    for left, right, bottom in grid.groups:
        at = (left + right) / 2, bottom + grid.margins.bottom - below - DEPTH * size
        canvas.label("key", at, size, align="middle", colour=SOFT)
