"""The part of maps that is drawn large: which queries and keys, and what they show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Shaped

from paperfig.errors import DrawingError
from paperfig.specs.style import CellBlock, StyleSpec
from paperfig.values.positions import Position, span_of
from paperfig.values.tokens import Span, Tokens, within


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of queries and one of keys; all of them where nothing is enlarged.

    Attributes:
        queries: the first and the last row.
        keys: the first and the last column.
        is_whole: whether no part is asked for.
    """

    queries: Span
    keys: Span
    is_whole: bool = False

    @property
    def drawn(self) -> tuple[Span, Span] | None:
        """Queries and keys, where a part of the maps is drawn large."""
        return None if self.is_whole else (self.queries, self.keys)

    @property
    def starts(self) -> tuple[int, int]:
        """The first query and the first key."""
        return self.queries[0], self.keys[0]

    @property
    def rows(self) -> slice:
        """Its queries among all."""
        return slice(self.queries[0], self.queries[1] + 1)

    def axes(self, queries: Tokens, keys: Tokens) -> tuple[Tokens, Tokens]:
        """The tokens of its rows and of its columns."""
        if self.is_whole:
            return queries, keys
        return queries.part(self.queries), keys.part(self.keys)

    @property
    def shape(self) -> tuple[int, int]:
        """How many queries and keys it has."""
        rows, columns = self.queries, self.keys
        return rows[1] - rows[0] + 1, columns[1] - columns[0] + 1

    def cells(self, whole: Shaped[np.ndarray, "query key"]) -> Shaped[np.ndarray, "row column"]:
        """Its cells among those of a whole map."""
        return whole[self.rows, self.keys[0] : self.keys[1] + 1]

    def within(self, mask: Bool[np.ndarray, "query key"]) -> Bool[np.ndarray, "query key"]:
        """The cells of a whole map that it shows."""
        shown = np.zeros_like(mask)
        self.cells(shown)[...] = self.cells(mask)
        return shown

    def blocks(self, blocks: Sequence[tuple[Span, Span]]) -> tuple[tuple[Span, Span], ...]:
        """What it shows of blocks, counted from its first query and key."""
        cut = (
            (within(queries, self.queries), within(keys, self.keys)) for queries, keys in blocks
        )
        return tuple((rows, columns) for rows, columns in cut if rows and columns)


def window_of(style: StyleSpec, queries: Tokens, keys: Tokens) -> Window:
    """The window that a style asks for.

    Args:
        style: with its ``zoom``.
        queries: the tokens of a map's rows.
        keys: those of its columns.

    Raises:
        ExcerptError: it is not within the map.
        DrawingError: it is all of it.
    """
    whole = (0, len(queries) - 1), (0, len(keys) - 1)
    if style.zoom is None:
        return Window(queries=whole[0], keys=whole[1], is_whole=True)
    parts = _of_both(style.zoom)
    rows, columns = (
        span_of(part, tokens, where=where)
        for (where, part), tokens in zip(parts, (queries, keys), strict=True)
    )
    if (rows, columns) == whole:
        raise DrawingError("style.zoom", "it is the whole map", "leave it out")
    return Window(queries=rows, keys=columns)


def _of_both(zoom: Position | CellBlock) -> tuple[tuple[str, Position], tuple[str, Position]]:
    """Where the spec says the queries, and where the keys, and what it says."""
    if isinstance(zoom, CellBlock):
        return ("style.zoom.queries", zoom.queries), ("style.zoom.keys", zoom.keys)
    return ("style.zoom", zoom), ("style.zoom", zoom)
