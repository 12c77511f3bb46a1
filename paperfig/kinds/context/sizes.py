"""How large the heads and maps of a context are, and what its page takes up around them."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from paperfig.drawing.bar import bar_depth
from paperfig.drawing.canvas import EDGE
from paperfig.drawing.fonts import Faces
from paperfig.drawing.grid import BETWEEN, asked_columns
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.matrices.marks import room_for
from paperfig.drawing.page import POINT, Page
from paperfig.errors import DrawingError
from paperfig.kinds.context.text import TextBlock

BESIDE = 320.0  # points of width from which the two maps stand side by side
COMFORTABLE = 60.0  # points, of a map; a long text is cut before maps are smaller
FULL_ROWS = 36.0  # points, of heads that stand in full rows rather than in larger ones
SMALLEST = 14.0  # points, of any map: its name has room above it
LEAST_HEAD = 24.0  # points; heads are smaller only where nothing else fits
GAP = 9.0  # from row to row of the page, and above a bar
CHART = 34.0  # the least width of a chart
CHART_GAP = 9.0  # from a map to its charts, and from chart to chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the page takes up around the maps, in points.

    Attributes:
        count: how many heads there are in the grid.
        text: the tokens in lines.
        page: to fill.
        titled: whether the heads have titles.
        beyond: how far the last chart's labels reach beyond it.
        extent: how far query labels run to the left.
        reach: how far the maps' key labels run down.
    """

    count: int
    text: Callable[[float], TextBlock]
    page: Page
    titled: bool
    beyond: float
    extent: float
    reach: float

    @property
    def left(self) -> float:
        """Where text and maps begin."""
        return EDGE + self.page.axis_size + 2 * PAD + self.extent + TICK + PAD

    @property
    def width(self) -> float:
        """From there to the page's edge."""
        return self.page.width - self.left - EDGE - room_for(self.page.style.mark)

    @property
    def is_beside(self) -> bool:
        """Whether the two maps stand side by side."""
        return self.page.width >= BESIDE

    @property
    def inner(self) -> float:
        """From the mean's last chart to the scores' map, their labels included."""
        return 2 * CHART_GAP + self.extent + TICK

    @property
    def widest_map(self) -> float:
        """The side of a map where the page's width is filled."""
        free = self.width - self.beyond - 2 * (CHART_GAP + CHART)
        if not self.is_beside:
            return free
        return (free - self.inner - CHART_GAP - CHART) / 2

    def chart(self, side: float) -> float:
        """The width of a chart: at least the usual, else what maps of a side leave free."""
        free = self.width - self.beyond - side
        return CHART if self.is_beside else max(CHART, free / 2 - CHART_GAP)

    @property
    def title(self) -> float:
        """The height of a title."""
        return 1.25 * self.page.title_size + PAD + room_for(self.page.style.mark)

    @property
    def above_head(self) -> float:
        """The same, or nothing, above a head."""
        return self.title if self.titled else 0.0

    @property
    def key_title(self) -> float:
        """The height of a key title."""
        return PAD + self.page.axis_size

    @property
    def below(self) -> float:
        """From a map's lower edge to below its key title."""
        return TICK + PAD + self.reach + self.key_title

    @property
    def bar(self) -> float:
        """The height of a bar and what is above it."""
        sizes = self.page.label_size, self.page.axis_size
        return GAP / 2 + bar_depth(*sizes) if self.page.style.has_bar else 0.0

    @property
    def below_heads(self) -> float:
        """From the lowest head's edge to below its key title."""
        return TICK + PAD + 0.75 * self.page.label_size + self.key_title

    @property
    def rows_of_maps(self) -> int:
        """In how many rows the two maps stand."""
        return 1 if self.is_beside else 2

    def rows(self, columns: int) -> int:
        """In how many rows the heads stand."""
        return math.ceil(self.count / columns)

    def widest_head(self, columns: int) -> float:
        """The side of a head where so many fill the page's width."""
        return (self.width - (columns - 1) * BETWEEN) / columns

    def fixed(self, columns: int, text: TextBlock) -> float:
        """The height of all but heads and maps."""
        rows, heads = self.rows(columns), 0.0
        if rows:
            heads = GAP + rows * self.above_head + (rows - 1) * BETWEEN / 2 + self.below_heads
        maps = GAP + self.title + self.below + self.bar
        return 2 * EDGE + text.height + heads + self.rows_of_maps * maps

    def largest_map(self, columns: int, text: TextBlock, tallest: float) -> float:
        """The side of a map so that the page is no taller; a head is never larger."""
        free, wide = tallest - self.fixed(columns, text), self.widest_head(columns)
        rows, maps = self.rows(columns), self.rows_of_maps
        beneath_wide_heads = (free - rows * wide) / maps
        side = beneath_wide_heads if beneath_wide_heads >= wide else free / (rows + maps)
        return min(side, self.widest_map)


def shape_of(around: Around, faces: Faces) -> tuple[int, float, TextBlock]:
    """How many heads stand in a row, the side of the maps, and the text that is shown.

    Maps and heads are as large as can be together. The text is cut where that leaves too
    little for them; heads are smaller than 24 pt only where nothing else fits.
    """
    tallest, text = around.page.height or around.page.tallest, around.text(around.width)
    columns, side = _largest(around, text, tallest)
    if side < min(COMFORTABLE, around.widest_map):
        text = text.in_short(faces)
        columns, side = _largest(around, text, tallest)
    return columns, side, text


def _largest(around: Around, text: TextBlock, tallest: float) -> tuple[int, float]:
    """The columns of heads that fill the width and whose panels are largest; a map's side."""

    def worth(columns: int) -> tuple[float, bool, bool, float]:
        side = max(around.largest_map(columns, text, tallest), 0.0)
        wide = around.widest_head(columns)
        head = min(wide, side)
        area = 2 * side**2 + around.count * head**2
        full = around.count % columns == 0 and head >= FULL_ROWS
        return min(head, LEAST_HEAD), wide <= side, full, area

    asked = around.page.style.columns
    columns = max(_columns(around.count), key=worth)
    if asked is not None:
        columns = min(asked, max(around.count, 1))
    return columns, around.largest_map(columns, text, tallest)


def _columns(count: int) -> Iterator[int]:
    """Numbers of columns whose rows are as full as can be, ascending."""
    yield from sorted({math.ceil(count / rows) for rows in range(1, count + 1)} or {1})


def check_columns(around: Around, columns: int, text: TextBlock) -> None:
    """Nothing where so many heads in a row leave room for all.

    Raises:
        DrawingError: they do not, and the style asks for them.
    """
    tallest = around.page.height or around.page.tallest

    def side(one: int) -> float:
        return min(around.largest_map(one, text, tallest), around.widest_head(one))

    if around.page.style.columns is not None and around.count:
        asked_columns(columns, range(1, around.count + 1), side, SMALLEST)


def without_room(around: Around, side: float, text: TextBlock) -> DrawingError:
    """What is said where maps would be too small to see."""
    page, choices = around.page, list(_columns(around.count))
    wide = [one for one in choices if around.widest_head(one) >= SMALLEST] or choices
    least = min(
        around.fixed(one, text) + (around.rows(one) + around.rows_of_maps) * SMALLEST
        for one in wide
    )
    if page.height is not None and around.widest_map >= SMALLEST:
        what = f"{page.style.height!r} is too little for text and maps"
        right = f"{math.ceil(least / POINT)} pt at least is right"
        return DrawingError("style.height", what, right)
    if min(around.widest_map, around.widest_head(wide[0])) < SMALLEST:
        what, right = f"{page.style.width!r} is too little for text and maps", "more is right"
        return DrawingError("style.width", what, right)
    what = f"text and {around.count} heads leave {max(side, 0):.1f} pt for each map"
    return DrawingError("figure", what, f"{SMALLEST:g} pt at least is right: fewer heads")
