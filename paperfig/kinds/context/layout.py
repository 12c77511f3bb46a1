"""The layout of a context's page: its text, a grid of heads, two maps with their charts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from paperfig.drawing.canvas import DEPTH, EDGE, Box, Point
from paperfig.drawing.fonts import Faces
from paperfig.drawing.grid import BETWEEN
from paperfig.drawing.labels import AxisLabels, fitting_labels
from paperfig.drawing.matrices.axes import reach_of
from paperfig.drawing.page import Page
from paperfig.kinds.context.sizes import (
    CHART,
    CHART_GAP,
    GAP,
    SMALLEST,
    Around,
    check_columns,
    shape_of,
    without_room,
)
from paperfig.kinds.context.text import TextBlock

Square = tuple[float, float, float]
"""Left and upper edge, and the side."""


def boxed(square: Square) -> Box:
    """A square as a box."""
    left, top, side = square
    return left, top, side, side


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands, in points from the upper left corner.

    Attributes:
        text: the tokens that are shown.
        heads: a square a head, in rows.
        columns: how many heads stand in a full row.
        maps: the square of the mean's map, and of the scores'.
        head_labels: indices at the axes of the heads.
        labels: at the axes of the two maps.
        left: where text, heads and the first map begin.
        query_titles: the middles of the query titles.
        key_titles: those of the key titles.
        chart: the width of a chart beside the mean.
        below: from the lower edge of a map to its bar.
        height: of the page.
    """

    text: TextBlock
    heads: tuple[Square, ...]
    columns: int
    maps: tuple[Square, Square]
    head_labels: AxisLabels
    labels: AxisLabels
    left: float
    query_titles: tuple[Point, ...]
    key_titles: tuple[Point, ...]
    chart: float
    below: float
    height: float

    @property
    def charts(self) -> tuple[Box, Box, Box]:
        """Two beside the mean, and one beside the scores: as wide as both beneath these."""
        (left, top, side), (start, lower, _) = self.maps
        one = self.chart
        first, second = (left + side + CHART_GAP + at * (one + CHART_GAP) for at in (0, 1))
        wide = second + one - first if start == left else one
        last = start + side + CHART_GAP
        return (first, top, one, side), (second, top, one, side), (last, lower, wide, side)

    def bar(self, square: Square) -> tuple[float, float, float]:
        """The upper edge and both ends of the bar beneath a map."""
        left, top, side = square
        return top + side + self.below, left, left + side

    def is_outer(self, head: int) -> tuple[bool, bool]:
        """Whether a head is the first of its row, and the last of its column."""
        return head % self.columns == 0, head + self.columns >= len(self.heads)


def layout_of(
    tokens: Sequence[str],
    count: int,
    page: Page,
    faces: Faces,
    *,
    text: Callable[[float], TextBlock],
    beyond: float,
    titled: bool,
) -> Layout:
    """The page of so many heads, no taller than the page may be.

    Args:
        tokens: the excerpt's tokens as they are spelled.
        count: how many heads stand in the grid; 0 for none.
        page: to fill.
        faces: that draw indices.
        text: the tokens in lines of a width.
        beyond: how far the last chart's labels reach beyond it, in points.
        titled: whether the heads have titles.

    Raises:
        DrawingError: the page leaves no room, or labels do not fit that were asked for.
    """
    index = faces.width(str(len(tokens) - 1), page.label_size)

    def around(extent: float, reach: float) -> Around:
        return Around(
            count=count,
            text=text,
            page=page,
            titled=titled,
            beyond=beyond,
            extent=max(extent, index),
            reach=max(reach, 0.75 * page.label_size),
        )

    def side(extent: float) -> float:
        return max(shape_of(around(extent, extent), faces)[1], 0.0)

    labels = fitting_labels(tokens, page, side)
    whole = around(labels.extent, reach_of(labels))
    return _placed(whole, *shape_of(whole, faces), tokens, labels)


def _placed(  # noqa: PLR0917
    around: Around,
    columns: int,
    side: float,
    text: TextBlock,
    tokens: Sequence[str],
    labels: AxisLabels,
) -> Layout:
    check_columns(around, columns, text)
    page, head = around.page, min(around.widest_head(columns), side)
    if min(side, head) < SMALLEST:
        raise without_room(around, side, text)
    kind: Literal["none", "index"] = "none" if labels.kind == "none" else "index"
    plain = replace(page, style=page.style.model_copy(update={"labels": kind}))
    heads = _heads(around, columns, head, EDGE + text.height)
    maps = _maps(around, side, around.fixed(columns, text) + around.rows(columns) * head)
    last = maps[1][1] + side + around.below + around.bar + EDGE
    beside = [(heads[0][1] + heads[-1][1] + head) / 2] if heads else []
    rows = maps[: around.rows_of_maps]
    return Layout(
        text=text,
        heads=heads,
        columns=columns,
        maps=maps,
        head_labels=fitting_labels(tokens, plain, lambda _: head),
        labels=labels,
        left=around.left,
        query_titles=tuple(
            (EDGE + page.axis_size / 2, y)
            for y in (*beside, *(top + side / 2 for _, top, _ in rows))
        ),
        key_titles=_key_titles(around, heads, maps),
        chart=around.chart(side),
        below=around.below + GAP / 2,
        height=math.ceil(100 * last) / 100,
    )


def _heads(around: Around, columns: int, side: float, top: float) -> tuple[Square, ...]:
    """The squares of the heads, in rows from below the text on."""
    across, down = side + BETWEEN, side + around.above_head + BETWEEN / 2
    first = top + GAP + around.above_head
    return tuple(
        (around.left + (head % columns) * across, first + (head // columns) * down, side)
        for head in range(around.count)
    )


def _maps(around: Around, side: float, above: float) -> tuple[Square, Square]:
    """The squares of both maps; ``above`` is the height of all but theirs."""
    each = GAP + around.title + around.below + around.bar
    top = above - EDGE - around.rows_of_maps * each + GAP + around.title
    if around.is_beside:
        right = around.page.width - EDGE - around.beyond - CHART - CHART_GAP - side
        return (around.left, top, side), (right, top, side)
    return (around.left, top, side), (around.left, top + side + each, side)


def _key_titles(
    around: Around, heads: tuple[Square, ...], maps: tuple[Square, Square]
) -> tuple[Point, ...]:
    """The middles of the key titles, below the heads and below each map."""
    raised = DEPTH * around.page.axis_size
    titles = [(left + side / 2, top + side + around.below - raised) for left, top, side in maps]
    if heads:
        right = max(x for x, _, _ in heads) + heads[0][2]
        bottom = heads[-1][1] + heads[-1][2]
        titles.insert(0, ((around.left + right) / 2, bottom + around.below_heads - raised))
    return tuple(titles)
