"""Means of maps: over a layer's heads, and over several excerpts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from paperfig.values.attention import AttentionMap


def mean_of_heads(attention: AttentionMap) -> AttentionMap:
    """The mean of the heads' weights as a map of its own, without scores."""
    mean = attention.weights.mean(axis=0, dtype=np.float64, keepdims=True)
    return replace(attention, weights=mean.astype(np.float32), scores=None, mean=True)


def mean_over_excerpts(maps: Sequence[AttentionMap]) -> AttentionMap:
    """The mean of the same heads' maps on several excerpts; of one the map itself."""
    first = maps[0]
    if len(maps) == 1:
        return first
    weights = _mean([attention.weights for attention in maps])
    scores = [attention.scores for attention in maps if attention.scores is not None]
    return replace(first, weights=weights, scores=_mean(scores) if scores else None)


def _mean(arrays: Sequence[np.ndarray]) -> np.ndarray:
    total = np.zeros(arrays[0].shape)
    for array in arrays:
        total += array
    mean: np.ndarray = (total / len(arrays)).astype(np.float32)
    return mean
