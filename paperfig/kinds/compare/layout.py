"""Where the panels of a comparison stand: pairs of rows, variants above their differences."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from paperfig.drawing.bar import bar_depth
from paperfig.drawing.canvas import Box
from paperfig.drawing.grid import (
    LEAST_WIDTH,
    SMALLEST_SIDE,
    Grid,
    Margins,
    asked_columns,
    grid_of,
    panel_within,
)
from paperfig.drawing.labels import MapLabels, fitting_axes
from paperfig.drawing.matrices.axes import PAD, TICK, reach_of
from paperfig.drawing.matrices.view import View
from paperfig.drawing.page import Page

Around = Callable[[int, float, float], Margins]
"""The margins of so many panels in a row, whose query and key labels run as far as these."""

MOST_COLUMNS = 4
ABOVE_BARS = 6.0  # from the key labels of the first variant to the bars
BETWEEN_BARS = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Which places of a grid are taken, by heads and variants.

    Attributes:
        variants: how many are compared.
        heads: how many maps each of them has.
        columns: how many places stand in a row.
    """

    variants: int
    heads: int
    columns: int

    @property
    def pairs(self) -> int:
        """How many pairs of rows a head takes."""
        return math.ceil(self.variants / self.columns)

    @property
    def count(self) -> int:
        """How many places there are, free ones too."""
        return 2 * self.pairs * self.heads * self.columns

    def variant(self, variant: int, head: int) -> int:
        """The place of a variant's map; its difference stands a row below."""
        pair, column = divmod(variant, self.columns)
        return 2 * (head * self.pairs + pair) * self.columns + column

    def difference(self, variant: int, head: int) -> int:
        """The place of what a later variant differs in from the first."""
        return self.variant(variant, head) + self.columns

    def taken(self) -> Iterator[int]:
        """The places where a panel stands."""
        for head in range(self.heads):
            for variant in range(self.variants):
                yield self.variant(variant, head)
                if variant:
                    yield self.difference(variant, head)

    def has_labels(self, place: int) -> tuple[bool, bool]:
        """Whether query labels stand beside a panel, and key labels right beneath it."""
        return place % self.columns == 0, place + self.columns not in set(self.taken())


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Panels, labels and bars that fit each other.

    Attributes:
        places: which places of the grid are taken.
        grid: where they stand.
        labels: those of the axes.
    """

    places: Places
    grid: Grid
    labels: MapLabels

    def bars(self, page: Page) -> tuple[Box, Box]:
        """Where both bars lie, in the free place beneath the first variant."""
        left, top, wide, tall = self.grid.box(0)
        depth = bar_depth(page.label_size, page.title_size)
        upper = top + tall + _depth_of_labels(self.labels) + ABOVE_BARS
        lower = upper + depth + BETWEEN_BARS
        return (left, upper, wide, depth), (left, lower, wide, depth)


def layout_of(view: View, count: tuple[int, int], page: Page, margins: Around) -> Layout:
    """Panels that fill the page's width, in as few pairs of rows as their width allows.

    Args:
        view: what they show of the maps.
        count: how many variants there are, and how many heads each of them has.
        page: to fill.
        margins: around panels.

    Raises:
        DrawingError: the page leaves no room for panels.
    """
    places = _fitting(*count, page, margins)
    columns = places.columns

    def room(queries: float, keys: float) -> tuple[float, float]:
        return panel_within(places.count, columns, page, margins(columns, queries, keys))

    labels = fitting_axes(*view.axes, page, room, view.window.starts)
    around = margins(columns, labels.queries.extent, reach_of(labels.keys))
    grid = grid_of(places.count, places.columns, page, around)
    lacking = _lacking(grid, labels, page) if page.style.has_bar else 0.0
    if lacking > 0:
        around = replace(around, above=around.above + lacking)
        grid = grid_of(places.count, places.columns, page, around)
    return Layout(places=places, grid=view.grid(grid), labels=labels)


def _fitting(variants: int, heads: int, page: Page, margins: Around) -> Places:
    """As many variants in a row as have room there, two at the least, or as the style asks for.

    Raises:
        DrawingError: so many leave panels too small.
    """
    choices = {
        columns: Places(variants=variants, heads=heads, columns=columns)
        for columns in range(1, variants + 1)
    }

    def size(columns: int) -> tuple[float, float]:
        guess = margins(columns, *(2 * page.label_size,) * 2)
        return panel_within(choices[columns].count, columns, page, guess)

    asked, several = page.style.columns, range(min(variants, MOST_COLUMNS), 1, -1)
    if asked is not None:
        numbers = tuple(choices)
        return choices[asked_columns(asked, numbers, lambda at: min(size(at)), SMALLEST_SIDE)]
    wide = (columns for columns in several if size(columns)[0] >= LEAST_WIDTH)
    return choices[next(wide, several[-1])]


def _depth_of_labels(labels: MapLabels) -> float:
    return TICK + PAD + reach_of(labels.keys)


def _lacking(grid: Grid, labels: MapLabels, page: Page) -> float:
    """What the free place lacks of the height of the labels above it and of both bars."""
    depth = bar_depth(page.label_size, page.title_size)
    needed = _depth_of_labels(labels) + ABOVE_BARS + 2 * depth + BETWEEN_BARS
    return needed - grid.margins.above - grid.tall
