"""How the panels of a map stand: in full rows, or each layer's heads in a row of their own."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from paperfig.drawing.grid import (
    SMALLEST_SIDE,
    Margins,
    asked_columns,
    columns_of,
    panel_within,
)
from paperfig.drawing.matrices.panels import Edges
from paperfig.drawing.page import Page
from paperfig.drawing.titles import Forms, head_forms
from paperfig.values.attention import HeadMap

LEAST_SIDE = 14.0  # points; a layer of more heads than that allows stands in several rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Where panels stand.

    Attributes:
        columns: how many stand in a full row.
        places: that of each panel, counted along the rows.
        edges: the titles at the edges, where these say all.
    """

    columns: int
    places: tuple[int, ...]
    edges: Edges | None = None

    @property
    def count(self) -> int:
        """How many places there are, empty ones too."""
        return self.columns * (max(self.places) // self.columns + 1)


def rows_of(
    maps: Sequence[HeadMap],
    page: Page,
    margins: Callable[[Rows], Margins],
    irreps: Callable[[HeadMap], Sequence[int] | None],
) -> Rows:
    """Full rows of panels; of several maps of several heads, such as layers, each begins a row.

    Args:
        maps: what is shown.
        page: to fill.
        margins: around panels that stand so.
        irreps: ℓ of each head of a map, if it has one.
    """
    sizes, asked = [each.shape[0] for each in maps], page.style.columns

    def side(rows: Rows) -> float:
        return min(panel_within(rows.count, rows.columns, page, margins(rows)))

    if len(maps) == 1 or max(sizes) == 1:
        one = Rows(columns=1, places=tuple(range(sum(sizes))))
        if asked is None:
            return replace(one, columns=columns_of(sum(sizes), page, margins(one)))
        return _asked(asked, [replace(one, columns=at + 1) for at in one.places], side)
    edges = _edges(maps, irreps) if page.style.titles in (None, True) else None
    if asked is not None:
        choices = [_aligned(sizes, columns + 1, edges) for columns in range(max(sizes))]
        return _asked(asked, choices, side)
    lines = range(1, max(sizes) + 1)
    choices = [_aligned(sizes, math.ceil(max(sizes) / each), edges) for each in lines]
    large = (rows for rows in choices if side(rows) >= LEAST_SIDE)
    return next(large, max(choices, key=side))


def _asked(asked: int, choices: Sequence[Rows], side: Callable[[Rows], float]) -> Rows:
    """Those of so many columns; the first choice has one, the next two.

    Raises:
        DrawingError: panels would be too small.
    """
    numbers = range(1, len(choices) + 1)
    columns = asked_columns(asked, numbers, lambda one: side(choices[one - 1]), SMALLEST_SIDE)
    return choices[columns - 1]


def _aligned(sizes: Sequence[int], columns: int, edges: Edges | None) -> Rows:
    """Each map from the beginning of a row on, in so many rows as it needs."""
    starts, place = [], 0
    for size in sizes:
        starts.append(place)
        place += columns * math.ceil(size / columns)
    each = zip(starts, sizes, strict=True)
    places = [start + index for start, size in each for index in range(size)]
    has_edges = columns == max(sizes)
    return Rows(columns=columns, places=tuple(places), edges=edges if has_edges else None)


def _edges(
    maps: Sequence[HeadMap], irreps: Callable[[HeadMap], Sequence[int] | None]
) -> Edges | None:
    """Heads above the columns and layers beside the rows, where all layers show the same."""
    first = maps[0]
    if not all(each.refs and each.site.is_known for each in maps):
        return None
    if any(each.mean or each.heads != first.heads for each in maps):
        return None
    forms = [_heads(each, irreps(each)) for each in maps]
    columns = forms[0] if all(form == forms[0] for form in forms) else _heads(first, None)
    return Edges(columns=columns, rows=tuple(_row_title(each, maps) for each in maps))


def _heads(attention: HeadMap, irreps: Sequence[int] | None) -> tuple[Forms, ...]:
    alone = replace(attention, variant="")
    return tuple(head_forms(alone, with_layer=False, irreps=irreps))


def _row_title(attention: HeadMap, maps: Sequence[HeadMap]) -> Forms:
    """What sets a map apart: its variant, its layer, or both."""
    variant, site = attention.variant, attention.site
    if len({each.site for each in maps}) == 1:
        return variant, variant
    is_one_stack = len({each.site.stack for each in maps}) == 1
    layers = (f"layer {site.layer}" if is_one_stack else str(site)), str(site)
    return tuple(f"{variant}, {layer}" if variant else layer for layer in layers)
