"""Means of maps: over a layer's heads, and over several excerpts."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from paperfig.values.attention import AttentionMap

_AVERAGED = ("weights", "scores", "learned_sink")


def mean_of_heads(attention: AttentionMap) -> AttentionMap:
    """The mean of the heads' weights as a map of its own, without scores."""
    means: dict[str, Any] = {
        name: array.mean(axis=0, dtype=np.float64, keepdims=True).astype(np.float32)
        for name, array in _arrays(attention).items()
    }
    return replace(attention, **means | {"scores": None, "mean": True})


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


def _arrays(attention: AttentionMap) -> dict[str, np.ndarray]:
    """The arrays of a map that a mean is taken of."""
    arrays = {name: getattr(attention, name) for name in _AVERAGED}
    return {name: array for name, array in arrays.items() if array is not None}
