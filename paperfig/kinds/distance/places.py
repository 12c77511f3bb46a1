"""The distances at which weights are averaged: each alone, far ones of a long text together."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64, Int64

from paperfig.errors import ExcerptError

FAR = 100
"""The distance from which on an axis is logarithmic, where no key comes after its query."""

ALONE = 16
"""Distances below it are never averaged with others."""

PER_DOUBLING = 4
"""How many means there are from a far distance to its double."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Stretches of distances, ascending; most hold one.

    Attributes:
        first: of each the first distance.
        last: the last.
        of_cell: of each cell of a map the stretch that it is of; −1 for none: cells that are
            masked, and all of a query that has one key only.
        counts: how many cells each stretch has; in a shorter map far ones may have none.
    """

    first: Int64[np.ndarray, " place"]
    last: Int64[np.ndarray, " place"]
    of_cell: Int64[np.ndarray, "query key"]
    counts: Int64[np.ndarray, " place"]

    @property
    def middles(self) -> Float64[np.ndarray, " place"]:
        """Where each stands on an axis: a far one in its middle by the logarithm."""
        first, last = self.first.astype(np.float64), self.last.astype(np.float64)
        return np.where(first == last, first, np.sqrt(np.maximum(first * last, 0)))

    @property
    def is_logarithmic(self) -> bool:
        """Whether they are far enough for a logarithmic axis."""
        return bool(self.first[0] >= 0 and self.last[-1] >= FAR)

    def sums(self, values: Float64[np.ndarray, "query key"]) -> Float64[np.ndarray, " place"]:
        """The sum over the cells of each stretch."""
        shown = self.of_cell >= 0
        cells, length = self.of_cell[shown], len(self.counts)
        return np.asarray(np.bincount(cells, weights=values[shown], minlength=length))

    def means(self, values: Float64[np.ndarray, "query key"]) -> Float64[np.ndarray, " place"]:
        """The mean over the cells of each stretch; NaN over none."""
        means: np.ndarray = np.full(len(self.counts), np.nan)
        np.divide(self.sums(values), self.counts, out=means, where=self.counts > 0)
        return means

    def within(self, mask: Bool[np.ndarray, "query key"]) -> "Places":
        """The same stretches in a map that is no longer, under the same rule."""
        n_query, n_key = mask.shape
        block = self.of_cell[:n_query, :n_key]
        of_cell = np.where(_counted(mask), block, -1)
        counts = np.bincount(of_cell[of_cell >= 0], minlength=len(self.counts))
        return replace(self, of_cell=of_cell, counts=counts)


def places_of(mask: Bool[np.ndarray, "query key"]) -> Places:
    """The distances that a mask allows, as a causal one does from the query backwards.

    >>> places_of(np.tril(np.ones((4, 4), dtype=bool))).first.tolist()
    [0, 1, 2, 3]
    >>> long = places_of(np.tril(np.ones((128, 128), dtype=bool)))
    >>> list(zip(long.first.tolist(), long.last.tolist()))[14:19]
    [(14, 14), (15, 15), (16, 18), (19, 22), (23, 26)]

    Raises:
        ExcerptError: no query has two keys, so that weights could not be otherwise.
    """
    allowed = _counted(mask)
    if not allowed.any():
        what = "no query has two keys, between which weights could differ"
        raise ExcerptError("excerpt", what, "a longer text is right")
    n_query, n_key = mask.shape
    distance = np.arange(n_query)[:, None] - np.arange(n_key)
    low, high = int(distance[allowed].min()), int(distance[allowed].max())
    edges = _edges(low, high)
    held = np.searchsorted(edges, distance, side="right") - 1
    counts = np.bincount(held[allowed], minlength=len(edges))
    kept = np.flatnonzero(counts)
    ranks = np.full(len(edges) + 1, -1)
    ranks[kept] = np.arange(len(kept))
    ends = np.append(edges[1:], high + 1) - 1
    return Places(
        first=edges[kept],
        last=ends[kept],
        of_cell=np.where(allowed, ranks[np.where(allowed, held, -1)], -1),
        counts=counts[kept],
    )


def _counted(mask: Bool[np.ndarray, "query key"]) -> Bool[np.ndarray, "query key"]:
    """The allowed cells of queries that have two keys or more."""
    return np.asarray(mask & (mask.sum(axis=1) > 1)[:, None])


def _edges(low: int, high: int) -> Int64[np.ndarray, " edge"]:
    """Where stretches begin."""
    if low < 0 or high < FAR:
        return np.arange(low, high + 1)
    steps = ALONE * 2 ** (np.arange(PER_DOUBLING * 64) / PER_DOUBLING)
    far = np.unique(np.round(steps[steps <= high])).astype(np.int64)
    return np.concatenate([np.arange(low, ALONE), far])
