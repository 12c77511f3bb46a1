"""How the panels of scores stand: each head's scores in front, and its weights in a row."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from paperfig.drawing.grid import SMALLEST_SIDE, Margins, asked_columns, panel_within
from paperfig.drawing.page import Page
from paperfig.errors import DrawingError

LEAST_SIDE = 40.0  # points, of a panel in one row; more weights stand in several rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Where panels stand.

    Attributes:
        columns: how many stand in a full row.
        block: of these, how many are of one head.
        places: that of each panel, counted along the rows.
    """

    columns: int
    block: int
    places: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many places there are, empty ones too."""
        return self.columns * (max(self.places) // self.columns + 1)


def rows_of(
    n_heads: int, n_weights: int, page: Page, margins: Callable[[Rows], Margins]
) -> Rows:
    """A head a row, or where panels would be narrow its weights in several rows.

    Heads stand side by side where the page would grow too tall, or a given height asks for it.

    Args:
        n_heads: how many heads there are.
        n_weights: how many panels of weights each has.
        page: to fill.
        margins: around panels that stand so.

    Raises:
        DrawingError: panels cannot stand in so many columns as the style asks for.
    """

    def side(rows: Rows) -> float:
        return min(panel_within(rows.count, rows.columns, page, margins(rows)))

    asked = page.style.columns
    below = list(_one_above_the_other(n_heads, n_weights))
    alone = next((rows for rows in below if side(rows) >= LEAST_SIDE), max(below, key=side))
    beside = [_side_by_side(n_heads, n_weights, count) for count in range(2, n_heads + 1)]
    if asked is not None:
        return _asked(asked, {rows.columns: rows for rows in (*beside, *reversed(below))}, side)
    return max((alone, *beside), key=side)


def _asked(asked: int, choices: Mapping[int, Rows], side: Callable[[Rows], float]) -> Rows:
    """Those of so many columns.

    Raises:
        DrawingError: there are none, or panels would be too small.
    """
    numbers = sorted(choices)
    if min(asked, numbers[-1]) not in choices:
        *first, last = map(str, numbers)
        what = f"{asked} in a row cut a head's scores and weights apart"
        raise DrawingError("style.columns", what, f"{', '.join(first)} or {last} is right")
    columns = asked_columns(asked, numbers, lambda one: side(choices[one]), SMALLEST_SIDE)
    return choices[columns]


def _one_above_the_other(n_heads: int, n_weights: int) -> Iterator[Rows]:
    """Each head's weights in one row, in two …, to the right of its scores."""
    for lines in range(1, n_weights + 1):
        wide = math.ceil(n_weights / lines)
        columns = wide + 1
        each = [0, *(at // wide * columns + 1 + at % wide for at in range(n_weights))]
        step = math.ceil(n_weights / wide) * columns
        places = tuple(head * step + place for head in range(n_heads) for place in each)
        yield Rows(columns=columns, block=columns, places=places)


def _side_by_side(n_heads: int, n_weights: int, count: int) -> Rows:
    """So many heads in a row, each with all its weights."""
    block = 1 + n_weights
    return Rows(columns=count * block, block=block, places=tuple(range(n_heads * block)))
