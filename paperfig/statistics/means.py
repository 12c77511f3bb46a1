"""Means of maps: over a layer's heads, and over several excerpts."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from paperfig.values.attention import AttentionMap, HeadMap

Map = TypeVar("Map", bound=HeadMap)
_AVERAGED = ("weights", "scores", "learned_sink")


def mean_of_heads(attention: Map) -> Map:
    """The mean of the heads' weights as a map of its own, without scores."""
    means: dict[str, Any] = {
        name: array.mean(axis=0, dtype=np.float64, keepdims=True).astype(np.float32)
        for name, array in _arrays(attention).items()
    }
    without = {"scores": None} if means else {}
    return replace(attention, **means | without, mean=True)


def mean_or_longest(maps: Iterable[AttentionMap], lengths: Sequence[int]) -> HeadMap:
    """The mean over excerpts; where these are of unlike lengths, whose maps they are.

    Then it is the longest without its weights, since maps of unlike lengths have no mean.

    Args:
        maps: the same heads' on each excerpt.
        lengths: how many tokens each excerpt has.
    """
    if len(set(lengths)) == 1:
        return mean_over_excerpts(maps)
    longest = next(islice(maps, lengths.index(max(lengths)), None))
    return HeadMap(**{field.name: getattr(longest, field.name) for field in fields(HeadMap)})


def mean_over_excerpts(maps: Iterable[AttentionMap]) -> AttentionMap:
    """The mean of the same heads' maps on several excerpts; of one the map itself.

    Each map is asked for once, and dropped.
    """
    each = iter(maps)
    first, count = next(each), 1
    sums = {name: array.astype(np.float64) for name, array in _arrays(first).items()}
    for count, attention in enumerate(each, start=2):  # noqa: B007
        for name, array in _arrays(attention).items():
            sums[name] += array
    if count == 1:
        return first
    means: dict[str, Any] = {
        name: (total / count).astype(np.float32) for name, total in sums.items()
    }
    return replace(first, **means)


def _arrays(attention: HeadMap) -> dict[str, np.ndarray]:
    """The arrays of a map that a mean is taken of."""
    arrays = {name: getattr(attention, name, None) for name in _AVERAGED}
    return {name: array for name, array in arrays.items() if array is not None}
