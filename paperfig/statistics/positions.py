"""How much weight goes to keys at a place: the own, the previous, the first, a repetition.

A target is a boolean matrix: True where the key is one that the query is asked about. A
weight on a target means little without what a uniform row would give it, which falls with
the length; `TargetWeight.over_chance` takes that off.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int64

Weights = Float[np.ndarray, "query key"]
Mask = Bool[np.ndarray, "query key"]
Ids = Int64[np.ndarray, " token"]

_NONE = float("nan")


class TargetWeight(NamedTuple):
    """The weight that queries give to a target.

    Attributes:
        weight: the mean, over the queries that have a target, of their weight on it.
        chance: the same for a row that is uniform over its allowed keys.
        queries: how many queries have a target; without any, the others are NaN.
    """

    weight: float
    chance: float
    queries: int

    @property
    def over_chance(self) -> float:
        """(weight − chance) / (1 − chance): 0 for uniform rows, 1 for all on the target.

        Cohen's correction of agreement for chance (1960). Both ends are the same at every
        length. NaN where nothing but targets is allowed.
        """
        return (self.weight - self.chance) / (1 - self.chance) if self.chance < 1 else _NONE


def weight_on(weights: Weights, mask: Mask, target: Mask) -> TargetWeight:
    """The weight on a target, over rows with two allowed keys of which one is a target."""
    allowed = mask & target
    counts = mask.sum(axis=1)
    chosen = (counts > 1) & allowed.any(axis=1)
    if not chosen.any():
        return TargetWeight(_NONE, _NONE, 0)
    rows = np.where(allowed, weights, 0)[chosen].sum(axis=1, dtype=np.float64)
    chance = allowed[chosen].sum(axis=1) / counts[chosen]
    return TargetWeight(float(rows.mean()), float(chance.mean()), int(chosen.sum()))


def self_keys(length: int) -> Mask:
    """The query's own key."""
    return np.eye(length, dtype=bool)


def previous_keys(length: int) -> Mask:
    """The key before the query: the previous-token head of Elhage et al. (2021)."""
    return np.eye(length, k=-1, dtype=bool)


RECENT = 8
"""Keys before the query that count as recent."""


def recent_keys(length: int) -> Mask:
    """The eight keys before the query, of queries that have older ones.

    The recency bias that the VFE projects' guide asks for; a query without older keys has
    no choice.
    """
    place = np.arange(length)
    distance = place[:, None] - place
    target: Mask = (distance >= 1) & (distance <= RECENT) & (place[:, None] > RECENT)
    return target


def span_keys(mask: Mask, span: tuple[int, int]) -> Mask:
    """The keys of a stretch of tokens, from every query of a mask."""
    target = np.zeros_like(mask)
    target[:, span[0] : span[1] + 1] = True
    return target


def sink_keys(length: int) -> Mask:
    """The first key, from every other query: the attention sink of Xiao et al. (2024).

    The mean weight on it is the importance score of Gu et al. (2025) for position 0,
    without query 0, which has no choice where attention is causal.
    """
    target = first_keys(length, length)
    target[0, 0] = False
    return target


def first_keys(n_query: int, n_key: int) -> Mask:
    """The first key, from every query."""
    target = np.zeros((n_query, n_key), dtype=bool)
    target[:, 0] = True
    return target


def duplicate_keys(token_ids: Ids) -> Mask:
    """Earlier occurrences of the query's token: Wang et al. (2023), duplicate-token heads."""
    same = token_ids[:, None] == token_ids
    return np.tril(same, k=-1)


def induction_keys(token_ids: Ids) -> Mask:
    """The keys that follow an earlier occurrence of the query's token.

    The weight on them is the prefix-matching score of Olsson et al. (2022): query i and
    key j with t_(j−1) = t_i and j < i, so that a token right after its like does not count
    as induction to itself.
    """
    length = len(token_ids)
    target = np.zeros((length, length), dtype=bool)
    target[:, 1:] = token_ids[:, None] == token_ids[:-1]
    return np.tril(target, k=-1)


def pooled(found: Sequence[TargetWeight]) -> TargetWeight:
    """The attention on one target over the queries of several excerpts."""
    asked = [each for each in found if each.queries]
    queries = sum(each.queries for each in asked)
    if not queries:
        return TargetWeight(_NONE, _NONE, 0)
    weight = sum(each.weight * each.queries for each in asked) / queries
    chance = sum(each.chance * each.queries for each in asked) / queries
    return TargetWeight(weight, chance, queries)


class Offsets:
    """The weight at each distance i − j, over rows with two allowed keys of one map or more."""

    def __init__(self) -> None:
        self._count, self._total = np.zeros(1), np.zeros(1)
        self._rows = 0

    def add(self, weights: Weights, mask: Mask) -> None:
        """Takes in a map, of whatever length."""
        chosen = mask.sum(axis=1) > 1
        allowed = mask & chosen[:, None]
        place = np.arange(len(mask))
        reach = max(len(mask) - 1, len(self._count) // 2)
        distance = (place[:, None] - place)[allowed] + reach
        size, wider = 2 * reach + 1, reach - len(self._count) // 2
        found = np.bincount(distance, minlength=size)
        self._count = np.pad(self._count, wider) + found
        found = np.bincount(distance, weights=weights[allowed], minlength=size)
        self._total = np.pad(self._total, wider) + found
        self._rows += int(chosen.sum())

    def strongest(self) -> int | None:
        """The distance with the largest mean weight.

        Asked are the distances at which at least half of the rows have a key, so that a far
        one, which few queries have, does not win by one row. Of equal ones the nearest. The
        relative position of Voita et al. (2019).

        Returns:
            None where no distance is common to half of the rows.
        """
        common = np.flatnonzero((self._count > 0) & (2 * self._count >= self._rows))
        if not common.size:
            return None
        distances = common - len(self._count) // 2
        means = self._total[common] / self._count[common]
        order = np.lexsort((np.abs(distances), -means))
        return int(distances[order[0]])


def offset_weight(weights: Weights, mask: Mask, offset: int) -> float:
    """The mean weight at the distance i − j, over the rows that `Offsets` asks."""
    length = len(mask)
    target = np.eye(length, k=-offset, dtype=bool)
    return weight_on(weights, mask, target).weight


def distance(weights: Weights, mask: Mask) -> float:
    """The mean distance of attention, divided by that of uniform rows.

    Σ_ij w_ij |i − j| / Σ_ij u_ij |i − j| with u uniform over allowed keys, over rows with
    two of them: the mean attention distance of Vig and Belinkov (2019), 1 for a uniform
    head and 0 for a self head at every length. NaN without rows.
    """
    counts = mask.sum(axis=1)
    chosen = counts > 1
    if not chosen.any():
        return _NONE
    place = np.arange(len(mask))
    apart = np.abs(place[:, None] - place)[chosen]
    attended = (weights[chosen].astype(np.float64) * apart).sum()
    uniform = (mask[chosen] / counts[chosen, None] * apart).sum()
    return float(attended / uniform)
