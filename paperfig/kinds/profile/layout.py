"""Where the lines of a profile stand: each with its lanes above it, those left out as a gap."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from paperfig.drawing.page import POINT, Page
from paperfig.errors import DrawingError
from paperfig.kinds.profile.prose import Line

MANY = 250  # tokens, beyond which lines of little weight are left out
LEAST_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)  # of the weight, in a line that is kept
SINGLE, ONE_OF_MANY = 12.0, 8.0  # points, a lane of a bar's full height
BETWEEN_LANES = 2.0
UNDER_LANE = 1.2  # from the lowest lane to the text
BELOW = 2.0  # points, beneath a line of text
NUMBER = 0.95  # type sizes, of the numbers above a lane
OMITTED = 1.6  # type sizes, of the gap for lines that are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of text in its place, or the gap for lines that are left out.

    Attributes:
        line: its tokens; none in a gap.
        top: its upper edge, in points.
        numbers: the height of the numbers above its bars; 0 without any.
        lanes: how many lanes of bars it has; 0 where none of its tokens is seen.
        omitted: how many tokens stand in the lines that the gap is for.
    """

    line: Line
    top: float
    numbers: float = 0.0
    lanes: int = 0
    omitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The parts of a row, in points.

    Attributes:
        heads: how many lanes it has.
        size: of the text's type.
        number: of the numbers' type.
        edges: how far a line of the text reaches up from its middle, and down.
    """

    heads: int
    size: float
    number: float
    edges: tuple[float, float]

    @property
    def lane(self) -> float:
        """A bar's full height."""
        return SINGLE if self.heads == 1 else ONE_OF_MANY

    def base(self, row: Row, lane: int) -> float:
        """Where the bars of a lane stand."""
        return row.top + row.numbers + (lane + 1) * self.lane + lane * BETWEEN_LANES

    def middle(self, row: Row) -> float:
        """The middle of a row's text."""
        if row.omitted:
            return row.top + OMITTED * self.size / 2
        above = self.base(row, row.lanes - 1) + UNDER_LANE if row.lanes else row.top
        return above + self.edges[0]

    def bottom(self, row: Row) -> float:
        """Where a row ends."""
        below = OMITTED * self.size / 2 if row.omitted else self.edges[1] + BELOW
        return self.middle(row) + below


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What stands above the tokens, or around them.

    Attributes:
        weights: of the bars.
        seen: the keys that have bars.
        numbered: the keys with a number above their bar.
        boxed: the queries, whose lines are never left out.
    """

    weights: Float64[np.ndarray, "head key"]
    seen: Bool[np.ndarray, " key"]
    numbered: frozenset[int]
    boxed: range

    def share(self, line: Line) -> float:
        """The most that any head gives to a line; all of it where the query stands in it."""
        tokens = [one.token for one in line]
        if any(token in self.boxed for token in tokens):
            return 1.0
        return float(self.weights[:, tokens].sum(axis=1).max())

    def above(self, line: Line, sizes: Sizes) -> dict[str, Any]:
        """The lanes above a line, and the room for numbers, as a row has them."""
        tokens = [one.token for one in line]
        has_number = not self.numbered.isdisjoint(tokens)
        return {
            "lanes": sizes.heads if self.seen[tokens].any() else 0,
            "numbers": NUMBER * sizes.number if has_number else 0.0,
        }


def rows_of(
    lines: Sequence[Line], shown: Shown, sizes: Sizes, page: Page, top: float
) -> tuple[tuple[Row, ...], float | None]:
    """The rows of a page, and the share of the weight below which a line is left out.

    All lines, or of a long text those with 1 % of a head's weight; or with more, as far as the
    page has no room for these.

    Args:
        lines: of the text.
        shown: what stands above them.
        sizes: of the rows.
        page: to be filled.
        top: where the first row begins, in points.

    Raises:
        DrawingError: they do not fit.
    """
    shares = np.array([shown.share(line) for line in lines])
    whole = () if sum(map(len, lines)) > MANY else (0.0,)
    room = page.height or page.tallest
    for least in (*whole, *LEAST_SHARES):
        rows = tuple(_placed(lines, shares >= least, shown, sizes, top))
        if sizes.bottom(rows[-1]) <= room:
            return rows, least or None
    key = "height" if page.height else "width"
    least_pt = math.ceil(sizes.bottom(rows[-1]) / POINT)
    right = f"{least_pt} pt at least is right" if page.height else "more is right"
    what = f"{getattr(page.style, key)!r} is too little for the text with its bars"
    raise DrawingError(f"style.{key}", what, right)


def _placed(
    lines: Sequence[Line],
    kept: Bool[np.ndarray, " line"],
    shown: Shown,
    sizes: Sizes,
    top: float,
) -> Iterator[Row]:
    """Rows from the top on; lines that are not kept and follow each other are one gap."""
    for is_kept, several in groupby(range(len(lines)), key=lambda at: bool(kept[at])):
        together = [lines[at] for at in several]
        for line in together if is_kept else [()]:
            omitted = 0 if line else sum(map(len, together))
            row = Row(line=line, top=top, omitted=omitted, **shown.above(line, sizes))
            yield row
            top = sizes.bottom(row)
