"""Where the panels of a figure stand: rows of equal boxes that fill the page's width."""

import math
from dataclasses import dataclass

from paperfig.drawing.page import Page
from paperfig.errors import DrawingError

BETWEEN = 7.0  # from panel to panel
LEAST_WIDTH = 56.0  # pt; narrower panels only where the page would grow too tall
SMALLEST_SIDE = 8.0
LEAST_ASPECT = 1 / 6
TALLEST = 600.0  # pt: less than any venue's text block


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """What surrounds the panels, in points.

    Attributes:
        left: query labels and axis title.
        right: the colour bar.
        top: above the first row, its titles included.
        bottom: key labels and axis title.
        between: from panel to panel in a row.
        above: from row to row, titles included.
        aspect: a panel's height over its width, by `aspect_of`.
    """

    left: float
    right: float
    top: float
    bottom: float
    between: float
    above: float
    aspect: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Panels in rows.

    Attributes:
        count: how many panels there are.
        columns: how many stand in a full row.
        wide: the width of a panel, in points.
        left: where the first column begins.
        top: where the first row begins.
        height: of the page, in points.
        margins: around the panels.
    """

    count: int
    columns: int
    wide: float
    left: float
    top: float
    height: float
    margins: Margins

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return math.ceil(self.count / self.columns)

    @property
    def tall(self) -> float:
        """The height of a panel, in points."""
        return self.wide * self.margins.aspect

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.left + self.columns * self.wide + (self.columns - 1) * self.margins.between

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return self.top + self.rows * self.tall + (self.rows - 1) * self.margins.above

    def box(self, panel: int) -> tuple[float, float, float, float]:
        """The left and upper edge of a panel, its width and its height."""
        row, column = divmod(panel, self.columns)
        return (
            self.left + column * (self.wide + self.margins.between),
            self.top + row * (self.tall + self.margins.above),
            self.wide,
            self.tall,
        )

    def is_outer(self, panel: int) -> tuple[bool, bool]:
        """Whether a panel is the first of its row, and the last of its column."""
        return panel % self.columns == 0, panel + self.columns >= self.count


def aspect_of(n_query: int, n_key: int) -> float:
    """A panel's height over its width: cells are square where that is no mere strip."""
    return min(max(n_query / n_key, LEAST_ASPECT), 1 / LEAST_ASPECT)


def grid_of(count: int, columns: int, page: Page, margins: Margins) -> Grid:
    """The grid that fills the page's width, or its height where that is given.

    Raises:
        DrawingError: the page leaves no room for panels.
    """
    rows = math.ceil(count / columns)
    (wide, tall), around = panel_within(count, columns, page, margins), _around(rows, margins)
    least = max(min(wide, tall), 0)
    if least < SMALLEST_SIDE:
        key = "width" if page.height is None else "height"
        raise DrawingError(
            f"style.{key}",
            f"{getattr(page.style, key)!r} leaves {least:.1f} pt for each map",
            f"{SMALLEST_SIDE:g} pt at least is right",
        )
    used = margins.left + margins.right + columns * wide + (columns - 1) * margins.between
    height = (
        page.height
        if page.height is not None
        else math.ceil(100 * (around + rows * tall)) / 100
    )
    return Grid(
        count=count,
        columns=columns,
        wide=wide,
        left=margins.left + (page.width - used) / 2,
        top=margins.top + (height - around - rows * tall) / 2,
        height=height,
        margins=margins,
    )


def _width_of(columns: int, page: Page, margins: Margins) -> float:
    """The width of a panel where so many fill the page's, in points.

    A tall one is narrower: no taller than a square one that stands alone.
    """
    free = page.width - margins.left - margins.right
    return min((free - (columns - 1) * margins.between) / columns, free / margins.aspect)


def panel_within(count: int, columns: int, page: Page, margins: Margins) -> tuple[float, float]:
    """The width and the height of a panel where so many stand in a row, in points.

    They fill the page's width, or its height where that is given and leaves less.
    """
    wide = _width_of(columns, page, margins)
    if page.height is not None:
        rows = math.ceil(count / columns)
        wide = min(wide, (page.height - _around(rows, margins)) / rows / margins.aspect)
    return wide, wide * margins.aspect


def columns_of(count: int, group: int, page: Page, margins: Margins) -> int:
    """How many panels stand in a row.

    Full rows of panels at least 56 pt wide, or as wide as one alone; one row a group (a
    layer's heads) where that fits; more in a row where the page would grow taller than
    600 pt; where the height is given, whatever makes the panels largest.
    """
    choices = range(1, count + 1)
    if page.height is not None:
        return max(choices, key=lambda columns: panel_within(count, columns, page, margins))
    least = min(LEAST_WIDTH, _width_of(1, page, margins))
    most = max((c for c in choices if _width_of(c, page, margins) >= least), default=1)
    columns = group if 1 < group <= most else math.ceil(count / math.ceil(count / most))
    while columns < count and _height(count, columns, page, margins) > TALLEST:
        columns += 1
    return columns


def columns_of_blocks(count: int, block: int, page: Page, margins: Margins) -> int:
    """How many panels stand in a row, where blocks of them (one head's) stay together.

    A block a row, or more in a row where the page would grow taller than 600 pt; where the
    height is given, whatever makes the panels largest. A single block is cut as need be.
    """
    if count == block:
        return columns_of(count, 0, page, margins)
    choices = range(block, count + 1, block)
    if page.height is not None:
        return max(choices, key=lambda columns: panel_within(count, columns, page, margins))
    low = (c for c in choices if _height(count, c, page, margins) <= TALLEST)
    return next(low, count)


def _height(count: int, columns: int, page: Page, margins: Margins) -> float:
    rows = math.ceil(count / columns)
    return _around(rows, margins) + rows * _width_of(columns, page, margins) * margins.aspect


def _around(rows: int, margins: Margins) -> float:
    return margins.top + margins.bottom + (rows - 1) * margins.above
