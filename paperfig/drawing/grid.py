"""Where the panels of a figure stand: rows of equal boxes that fill the page's width."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paperfig.drawing.canvas import EDGE
from paperfig.drawing.page import Page
from paperfig.errors import DrawingError

BETWEEN = 7.0  # from panel to panel
LEAST_WIDTH = 56.0  # pt; narrower panels only where the page would grow too tall
SMALLEST_SIDE = 8.0
STRIP = 14.0  # points, the shorter side of panels whose cells are not square
WIDEST_STRIP = 1 / 6  # of the longer side


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """What surrounds the panels, in points.

    Attributes:
        left: query labels and axis title, and the titles of the rows.
        right: the colour bar.
        top: above the first row, its titles included.
        bottom: key labels and axis title.
        between: from panel to panel in a row.
        block: how many columns make a block, of which the first stands apart; 0 for none.
        apart: what is between a block's first column and its neighbours more than ``between``.
        above: from row to row, titles included.
        aspect: a panel's height over its width, by `aspect_of`.
        rows: of ``left``, what the titles of the rows take.
        whole: of ``left``, what a whole map takes whose parts the panels show.
    """

    left: float
    right: float
    top: float
    bottom: float
    between: float
    above: float
    aspect: float = 1.0
    rows: float = 0.0
    whole: float = 0.0
    block: int = 0
    apart: float = 0.0

    def before(self, column: int) -> float:
        """What is between all columns from the first to one, panels not counted."""
        steps = range(1, column + 1) if self.block else ()
        wider = sum(step % self.block in (0, 1) for step in steps)
        return column * self.between + wider * self.apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Panels in rows.

    Attributes:
        places: where each panel stands, counted along the rows; some may be empty.
        columns: how many stand in a full row.
        wide: the width of a panel, in points.
        left: where the first column begins.
        top: where the first row begins.
        height: of the page, in points.
        margins: around the panels.
    """

    places: tuple[int, ...]
    columns: int
    wide: float
    left: float
    top: float
    height: float
    margins: Margins

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return max(self.places) // self.columns + 1

    @property
    def tall(self) -> float:
        """The height of a panel, in points."""
        return self.wide * self.margins.aspect

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self._start(self.columns - 1) + self.wide

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return self.top + self.rows * self.tall + (self.rows - 1) * self.margins.above

    def box(self, panel: int) -> tuple[float, float, float, float]:
        """The left and upper edge of a panel, its width and its height."""
        return self.place(self.places[panel])

    def place(self, place: int) -> tuple[float, float, float, float]:
        """The same of a place, counted along the rows, whether a panel stands there or not."""
        row, column = divmod(place, self.columns)
        return (
            self._start(column),
            self.top + row * (self.tall + self.margins.above),
            self.wide,
            self.tall,
        )

    def is_outer(self, panel: int) -> tuple[bool, bool]:
        """Whether a panel is the first of its row, and the last of its column."""
        row, column = divmod(self.places[panel], self.columns)
        others = [divmod(place, self.columns) for place in self.places]
        return (
            not any(r == row and c < column for r, c in others),
            not any(r > row and c == column for r, c in others),
        )

    def is_at_rim(self, panel: int) -> tuple[bool, bool]:
        """Whether a panel is the first of its column, and one of the last column.

        Right of a shorter row there may be key labels of the row above.
        """
        row, column = divmod(self.places[panel], self.columns)
        others = [divmod(place, self.columns) for place in self.places]
        return (
            not any(r < row and c == column for r, c in others),
            not any(c > column for _, c in others),
        )

    @property
    def groups(self) -> tuple[tuple[float, float, float], ...]:
        """The left, right and lower edge of what stands together.

        A block's first column, and the rest; all panels where blocks stand side by side.
        """
        if self.margins.block != self.columns:
            return ((self.left, self.right, self.bottom),)
        rows = [place // self.columns for place in self.places if place % self.columns == 0]
        first = self.top + max(rows) * (self.tall + self.margins.above) + self.tall
        return (
            (self.left, self.left + self.wide, first),
            (self._start(1), self.right, self.bottom),
        )

    def _start(self, column: int) -> float:
        return self.left + column * self.wide + self.margins.before(column)


def aspect_of(shape: Sequence[int], long: float) -> float:
    """A panel's height over its width: cells are square where that is no mere strip.

    Args:
        shape: how many rows it has, and how many columns.
        long: about how long its longer side is, in points.
    """
    n_query, n_key = shape
    least = min(WIDEST_STRIP, STRIP / max(long, STRIP))
    return min(max(n_query / n_key, least), 1 / least)


def grid_of(
    count: int,
    columns: int,
    page: Page,
    margins: Margins,
    places: Sequence[int] | None = None,
) -> Grid:
    """The grid that fills the page's width, or as much of it as the height allows.

    Args:
        count: how many panels there are; of places that some leave empty, how many places.
        columns: how many stand in a full row.
        page: to fill.
        margins: around the panels.
        places: where each panel stands, counted along the rows; one after the other by default.

    Raises:
        DrawingError: the page leaves no room for panels.
    """
    rows = math.ceil(count / columns)
    (wide, tall), around = panel_within(count, columns, page, margins), _around(rows, margins)
    if min(wide, tall) < SMALLEST_SIDE:
        raise _without_room(max(min(wide, tall), 0.0), rows, columns, page, margins)
    used = margins.left + margins.right + columns * wide + margins.before(columns - 1)
    return Grid(
        places=tuple(range(count) if places is None else places),
        columns=columns,
        wide=wide,
        left=margins.left + (page.width - used) / 2,
        top=EDGE + margins.top,
        height=math.ceil(100 * (around + rows * tall)) / 100,
        margins=margins,
    )


def _without_room(
    least: float, rows: int, columns: int, page: Page, margins: Margins
) -> DrawingError:
    right = f"{SMALLEST_SIDE:g} pt at least is right"
    wide = _width_of(columns, page, margins)
    if page.height is None and min(1, margins.aspect) * wide > least:
        what = f"{rows} rows leave {least:.1f} pt for each map above the caption"
        return DrawingError("figure", what, right)
    key = "width" if page.height is None else "height"
    what = f"{getattr(page.style, key)!r} leaves {least:.1f} pt for each map"
    return DrawingError(f"style.{key}", what, right)


def _width_of(columns: int, page: Page, margins: Margins) -> float:
    """The width of a panel where so many fill the page's, in points.

    A tall one is narrower: no taller than a square one that stands alone.
    """
    free = page.width - 2 * EDGE - margins.left - margins.right
    return min((free - margins.before(columns - 1)) / columns, free / margins.aspect)


def panel_within(count: int, columns: int, page: Page, margins: Margins) -> tuple[float, float]:
    """The width and the height of a panel where so many stand in a row, in points.

    They fill the page's width, or less of it where the height that is given, or that the text
    block has above the caption, allows no more.
    """
    rows, tallest = math.ceil(count / columns), page.height or page.tallest
    low = (tallest - _around(rows, margins)) / rows / margins.aspect
    wide = min(_width_of(columns, page, margins), low)
    return wide, wide * margins.aspect


def columns_of(count: int, page: Page, margins: Margins) -> int:
    """How many panels stand in a row.

    Full rows of panels at least 56 pt wide, or as wide as one alone; more in a row where the
    page would grow too tall; where the height is given, whatever makes the panels largest.
    """
    choices = range(1, count + 1)
    if page.height is not None:
        return max(choices, key=lambda columns: panel_within(count, columns, page, margins))
    least = min(LEAST_WIDTH, _width_of(1, page, margins))
    most = max((c for c in choices if _width_of(c, page, margins) >= least), default=1)
    columns = math.ceil(count / math.ceil(count / most))
    while columns < count and _height(count, columns, page, margins) > page.tallest:
        columns += 1
    return columns


def asked_columns(
    asked: int, choices: Sequence[int], side: Callable[[int], float], least: float
) -> int:
    """How many panels stand in a row where the style says it; the most where there are fewer.

    Args:
        asked: the style's number.
        choices: all numbers that there can be.
        side: a panel's shorter side, in points, where so many stand in a row.
        least: what that is at least.

    Raises:
        DrawingError: that leaves panels too small.
    """
    columns = min(asked, max(choices))
    if side(columns) < least:
        fitting = [one for one in choices if side(one) >= least]
        nearest = min(fitting, key=lambda one: abs(one - columns), default=None)
        what = f"{columns} in a row leave {max(side(columns), 0.0):.1f} pt for each panel"
        right = f"{least:g} pt at least is right" if nearest is None else f"{nearest} is right"
        raise DrawingError("style.columns", what, right)
    return columns


def _height(count: int, columns: int, page: Page, margins: Margins) -> float:
    rows = math.ceil(count / columns)
    return _around(rows, margins) + rows * _width_of(columns, page, margins) * margins.aspect


def _around(rows: int, margins: Margins) -> float:
    return 2 * EDGE + margins.top + margins.bottom + (rows - 1) * margins.above
