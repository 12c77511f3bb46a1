"""Means of maps: over a layer's heads, and over several excerpts."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from paperfig.values.attention import AttentionMap


def mean_of_heads(attention: AttentionMap) -> AttentionMap:
    """The mean of the heads' weights as a map of its own, without scores."""
    mean = attention.weights.mean(axis=0, dtype=np.float64, keepdims=True)
    return replace(attention, weights=mean.astype(np.float32), scores=None, mean=True)


def mean_over_excerpts(maps: Iterable[AttentionMap]) -> AttentionMap:
    """The mean of the same heads' maps on several excerpts; of one the map itself.

    Each map is asked for once, and dropped.
    """
    each = iter(maps)
    first, count = next(each), 1
    weights, scores = first.weights.astype(np.float64), first.scores
    scores = None if scores is None else scores.astype(np.float64)
    for count, attention in enumerate(each, start=2):  # noqa: B007
        weights += attention.weights
        if scores is not None and attention.scores is not None:
            scores += attention.scores
    if count == 1:
        return first
    return replace(
        first,
        weights=(weights / count).astype(np.float32),
        scores=None if scores is None else (scores / count).astype(np.float32),
    )
