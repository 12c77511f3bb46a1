"""Which rectangles paint cells without seams: under-painted levels.

A renderer that smooths edges mixes the colours on both sides of an edge with what lies
beneath. Cells drawn side by side therefore let the page through as pale lines. Here the
levels are painted in ascending order, one compound path each, and a level is painted under
its higher neighbours too, so that beneath every edge lies the lower of its two cells, and
beneath every corner the lowest of its four. No renderer shows a seam.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int16, Int64

MASKED = -1
_NONE = np.int16(np.iinfo(np.int16).max)


def level_rectangles(
    levels: Int16[np.ndarray, "row column"],
) -> Iterator[tuple[int, Int64[np.ndarray, "rectangle 4"]]]:
    """Each level that occurs, ascending, with the rectangles that paint it.

    A rectangle is its first column, first row, width and height, in cells. Those of a
    level cover its cells and, of the higher ones, the neighbours that it must lie under;
    of others only cells that are painted over later.
    """
    if (levels == MASKED).all():
        return
    level, row, first, last = _runs(levels)
    order = np.lexsort((row, last, first, level))
    level, row, first, last = level[order], row[order], first[order], last[order]
    same = np.diff(level) == 0
    joins = same & (np.diff(first) == 0) & (np.diff(last) == 0) & (np.diff(row) == 1)
    start, end = _pieces(joins)
    level, first, last, row, below = (
        level[start],
        first[start],
        last[start],
        row[start],
        row[end],
    )
    rectangles = np.stack([first, row, last - first + 1, below - row + 1], axis=1)
    order = np.lexsort((first, row, level))
    level, rectangles = level[order], rectangles[order]
    start, end = _pieces(np.diff(level) == 0)
    for i, j in zip(start.tolist(), end.tolist(), strict=True):
        yield int(level[i]), rectangles[i : j + 1]


def _runs(levels: Int16[np.ndarray, "row column"]) -> tuple[np.ndarray, ...]:
    """Level, row, first and last column of each run of cells that a level paints.

    Gaps in a run hold higher cells only.
    """
    cells = levels.size
    level, cell = np.divmod(_painted(levels), cells)
    row, column = np.divmod(cell, levels.shape[1])
    gap = np.diff(column) - 1
    joins = (np.diff(level) == 0) & (np.diff(row) == 0)
    gaps = np.flatnonzero(joins & (gap > 0))
    lowest = _lowest(levels, row[gaps], column[gaps] + 1, column[gaps + 1])
    joins[gaps] = lowest > level[gaps]
    start, end = _pieces(joins)
    return level[start], row[start], column[start], column[end]


def _painted(levels: Int16[np.ndarray, "row column"]) -> Int64[np.ndarray, " painted"]:
    """``level · cells + cell`` for each level and each cell that it must paint, sorted."""
    index = np.arange(levels.size).reshape(levels.shape)
    visible = np.where(levels == MASKED, _NONE, levels)
    keys = [(visible.astype(np.int64) * levels.size + index)[levels != MASKED]]
    for rows, columns in ((1, 2), (2, 1), (2, 2)):
        parts = [
            (slice(i, i - rows + 1 or None), slice(j, j - columns + 1 or None))
            for i in range(rows)
            for j in range(columns)
        ]
        lowest = np.minimum.reduce([visible[part] for part in parts])
        for part in parts:
            above = levels[part] > lowest
            keys.append(lowest[above].astype(np.int64) * levels.size + index[part][above])
    return np.unique(np.concatenate(keys))


def _lowest(
    levels: Int16[np.ndarray, "row column"],
    row: Int64[np.ndarray, " run"],
    start: Int64[np.ndarray, " run"],
    stop: Int64[np.ndarray, " run"],
) -> Int16[np.ndarray, " run"]:
    """The lowest level in columns ``start`` to ``stop`` of a row, by a sparse table."""
    table, span = [levels], 1
    while 2 * span <= levels.shape[1]:
        wider = table[-1].copy()
        np.minimum(wider[:, :-span], wider[:, span:], out=wider[:, :-span])
        table.append(wider)
        span *= 2
    power = np.log2(stop - start).astype(np.int64)
    stacked = np.stack(table)
    ends = stacked[power, row, start], stacked[power, row, stop - 2**power]
    return np.asarray(np.minimum(*ends))


def _pieces(joins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last index of each piece, where ``joins`` ties an item to the next."""
    ends = np.flatnonzero(~joins)
    return np.r_[0, ends + 1], np.r_[ends, len(joins)]
