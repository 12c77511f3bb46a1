"""The layout of a context's page: its text, a grid of heads, two maps with their charts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from paperfig.drawing.axes import PAD, TICK, reach_of
from paperfig.drawing.canvas import DEPTH, Box, Point
from paperfig.drawing.fonts import Faces
from paperfig.drawing.grid import BETWEEN, SMALLEST_SIDE
from paperfig.drawing.labels import AxisLabels, fitting_labels
from paperfig.drawing.page import POINT, Page
from paperfig.errors import DrawingError

CAPTION = 110.0  # points of the text block that are left to the caption
MAP_SHARE = 0.45  # of the width between labels and bar, for the two maps
LARGEST_MAP = 150.0
SHRINKS = (1.0, 0.85, 0.7, 0.55)  # of the two maps, before the page grows taller
LEAST_HEAD = 24.0  # points; heads are made narrower only where nothing else fits
GAP = 8.0  # from row to row of the page
CHART_GAP = 13.0  # from a map to its charts, and from chart to chart

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
        heads: a square a head, in rows.
        columns: how many heads stand in a full row.
        maps: the square of the upper map, and of the lower.
        right: where charts end and the gap before the colour bars begins.
        head_labels: indices at the axes of the heads.
        labels: at the axes of the two maps.
        labels_reach: from a map's left edge to the middle of its query title.
        key_titles: the middle of the key titles of the heads (or none) and the maps.
        height: of the page.
    """

    heads: tuple[Square, ...]
    columns: int
    maps: tuple[Square, Square]
    right: float
    head_labels: AxisLabels
    labels: AxisLabels
    labels_reach: float
    key_titles: tuple[Point, ...]
    height: float

    def charts(self, square: Square, count: int) -> tuple[tuple[float, float], ...]:
        """Left edge and width of each of so many charts beside a map."""
        left, _, side = square
        start = left + side + CHART_GAP
        wide = (self.right - start - (count - 1) * CHART_GAP) / count
        return tuple((start + place * (wide + CHART_GAP), wide) for place in range(count))

    def is_outer(self, head: int) -> tuple[bool, bool]:
        """Whether a head is the first of its row, and the last of its column."""
        return head % self.columns == 0, head + self.columns >= len(self.heads)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What the page takes up around the maps, in points.

    Attributes:
        count: how many heads there are in the grid.
        top: what stands above.
        bar: how far the colour bars reach.
        page: to fill.
        titled: whether the heads have titles.
        extent: how far the maps' query labels run to the left.
        reach: how far their key labels run down.
    """

    count: int
    top: float
    bar: float
    page: Page
    titled: bool
    extent: float
    reach: float

    @property
    def left(self) -> float:
        """Where maps begin."""
        return self.page.title_size + 2 * PAD + self.extent + TICK + PAD

    @property
    def width(self) -> float:
        """From there to the bars' gap."""
        return self.page.width - self.left - self.bar

    @property
    def title(self) -> float:
        """The height of a title."""
        return 1.25 * self.page.label_size + PAD

    @property
    def above_head(self) -> float:
        """The same, or nothing, above a head."""
        return self.title if self.titled else 0.0

    @property
    def below(self) -> float:
        """From a map's lower edge to below its key labels."""
        return TICK + PAD + self.reach

    @property
    def key_title(self) -> float:
        """The height of a key title."""
        return PAD + self.page.title_size

    @property
    def below_heads(self) -> float:
        """From the lowest head's edge to below its key title."""
        return TICK + PAD + 0.75 * self.page.label_size + self.key_title

    def apart(self, columns: int, side: float) -> float:
        """From head to head: a chart's gap where they are as wide as the maps."""
        loose = columns * side + (columns - 1) * CHART_GAP <= self.width
        return CHART_GAP if loose else BETWEEN

    def side(self, columns: int, most: float) -> float:
        """The side of a head where so many stand in a row; at most the maps' side."""
        return min((self.width - (columns - 1) * BETWEEN) / columns, most)

    def grid_height(self, columns: int, most: float) -> float:
        """Of the rows of heads, their titles, labels and the gap before them."""
        if not self.count:
            return 0.0
        rows = math.ceil(self.count / columns)
        each = self.above_head + self.side(columns, most)
        return GAP + rows * each + (rows - 1) * BETWEEN / 2 + self.below_heads

    def height(self, columns: int, side: float) -> float:
        """Of the whole page, with maps of a side."""
        maps = 2 * (GAP + self.title + side + self.below) + self.key_title
        return self.top + self.grid_height(columns, side) + maps


def layout_of(
    tokens: Sequence[str],
    count: int,
    page: Page,
    faces: Faces,
    *,
    top: float,
    bar: float,
    titled: bool,
) -> Layout:
    """The page of so many heads, as tall as a text block at most where that can be.

    Args:
        tokens: the excerpt's display strings.
        count: how many heads stand in the grid; 0 for none.
        page: to fill.
        faces: that draw indices.
        top: what stands above, in points.
        bar: how far the colour bars reach to the right, in points.
        titled: whether the heads have titles.

    Raises:
        DrawingError: the page leaves no room, or labels do not fit that were asked for.
    """

    def sizes(extent: float, reach: float) -> _Around:
        return _Around(
            count=count,
            top=top,
            bar=bar,
            page=page,
            titled=titled,
            extent=extent,
            reach=max(reach, 0.75 * page.label_size),
        )

    guess = faces.width("000", page.label_size)
    _, share = _shape(sizes(guess, guess))
    labels = fitting_labels(tokens, page, lambda extent: share * sizes(extent, extent).width)
    around = sizes(labels.extent, reach_of(labels))
    columns, share = _shape(around)
    return _placed(around, columns, share * around.width, tokens, labels)


def _shape(around: _Around) -> tuple[int, float]:
    """How many heads stand in a row, and the maps' side as a share of the free width.

    The largest maps and heads with which the page is no taller than it may be; where there
    are none, it grows.
    """
    budget = around.page.height or around.page.text_height - CAPTION
    largest = min(MAP_SHARE, LARGEST_MAP / around.width) if around.width > 0 else MAP_SHARE
    choices = list(_columns(around.count))
    for least in (LEAST_HEAD, SMALLEST_SIDE) if around.page.height else (LEAST_HEAD,):
        for shrink in SHRINKS:
            side = shrink * largest * around.width
            for columns in choices:
                is_wide = around.side(columns, side) >= least or not around.count
                if is_wide and around.height(columns, side) <= budget:
                    return columns, shrink * largest
    wide = [columns for columns in choices if around.side(columns, LARGEST_MAP) >= LEAST_HEAD]
    return (wide or choices)[-1], SHRINKS[-1] * largest


def _columns(count: int) -> Iterator[int]:
    """Numbers of columns whose rows are as full as can be, ascending."""
    yield from sorted({math.ceil(count / rows) for rows in range(1, count + 1)} or {1})


def _placed(
    around: _Around, columns: int, side: float, tokens: Sequence[str], labels: AxisLabels
) -> Layout:
    page, height = around.page, around.height(columns, side)
    smallest = min(side, around.side(columns, side)) if around.count else side
    if smallest < SMALLEST_SIDE or height > (page.height or height):
        key = "width" if smallest < SMALLEST_SIDE else "height"
        what = f"{getattr(page.style, key)!r} is too little for text and maps"
        right = (
            f"{math.ceil(height / POINT)} pt at least is right"
            if key == "height"
            else "more is right"
        )
        raise DrawingError(f"style.{key}", what, right)
    kind: Literal["none", "index"] = "none" if labels.kind == "none" else "index"
    plain = replace(page, style=page.style.model_copy(update={"labels": kind}))
    heads, y = _heads(around, columns, side)
    upper = y + GAP + around.title
    lower = upper + side + around.below + GAP + around.title
    return Layout(
        heads=heads,
        columns=columns,
        maps=((around.left, upper, side), (around.left, lower, side)),
        right=page.width - around.bar,
        head_labels=fitting_labels(tokens, plain, lambda _: smallest),
        labels=labels,
        labels_reach=around.left - page.title_size / 2,
        key_titles=_key_titles(around, heads, (around.left, lower, side)),
        height=page.height or math.ceil(100 * height) / 100,
    )


def _heads(around: _Around, columns: int, most: float) -> tuple[tuple[Square, ...], float]:
    """The squares of the heads, and where their part of the page ends."""
    side, top = around.side(columns, most), around.top + GAP + around.above_head
    across = side + around.apart(columns, side)
    down = side + around.above_head + BETWEEN / 2
    squares = tuple(
        (around.left + (head % columns) * across, top + (head // columns) * down, side)
        for head in range(around.count)
    )
    return squares, around.top + around.grid_height(columns, most)


def _key_titles(around: _Around, heads: tuple[Square, ...], lower: Square) -> tuple[Point, ...]:
    """The middles of the key titles, below the heads and below the lower map."""
    raised = DEPTH * around.page.title_size
    left, top, side = lower
    titles = [(left + side / 2, top + side + around.below + around.key_title - raised)]
    if heads:
        right = max(x for x, _, _ in heads) + heads[0][2]
        bottom = heads[-1][1] + heads[-1][2]
        titles.insert(0, ((left + right) / 2, bottom + around.below_heads - raised))
    return tuple(titles)
