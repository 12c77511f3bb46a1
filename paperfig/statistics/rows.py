"""Numbers about each row of a map, NaN where a row has fewer than two allowed keys."""

import numpy as np
from jaxtyping import Bool, Float, Float64

from paperfig.values.attention import AttentionMap

Mask = Bool[np.ndarray, "query key"]
Rows = Float64[np.ndarray, " query"]


def row_deviations(weights: Float[np.ndarray, "query key"]) -> Rows:
    """The VFE scripts' number for each query: the deviation of its off-diagonal weights.

    Masked keys are taken in, with their weight of 0, as those scripts do. 0 for
    a single token.
    """
    length = len(weights)
    others = weights[~np.eye(length, dtype=bool)].reshape(length, length - 1)
    return others.astype(np.float64).std(axis=1) if length > 1 else np.zeros(1)


def row_entropies(weights: Float[np.ndarray, "query key"], mask: Mask) -> Rows:
    """H / ln n for each query: 0 for one key, 1 for uniform over its n allowed keys."""
    return _of_rows(entropies(weights), mask, np.log(np.maximum(_keys(mask), 2)))


def entropies(weights: Float[np.ndarray, "query key"]) -> Rows:
    """H = −Σ_j w_j ln w_j of each query in nats (Shannon, 1948)."""
    exact = weights.astype(np.float64)
    logs = np.log(exact, out=np.zeros_like(exact), where=exact > 0)
    return np.asarray(-(exact * logs).sum(axis=1))


def score_deviations(scores: Float[np.ndarray, "query key"], mask: Mask) -> Rows:
    """The standard deviation over each query's allowed keys, in the scores' unit."""
    allowed, keys = np.where(mask, scores, 0).astype(np.float64), np.maximum(_keys(mask), 1)
    means = allowed.sum(axis=1) / keys
    squares = (np.where(mask, allowed - means[:, None], 0) ** 2).sum(axis=1)
    return _of_rows(np.sqrt(squares / keys), mask)


def divergences(attention: AttentionMap) -> Float64[np.ndarray, "map query key"]:
    """KL(q_i ‖ Ω_ij q_j) of each map in nats; NaN where masked."""
    assert attention.scores is not None, "a kind that shows scores keeps them"
    return -attention.scores.astype(np.float64)


def logits_below_maximum(attention: AttentionMap) -> Float64[np.ndarray, "map query key"]:
    """The logits of each map less the largest of their row; NaN where masked.

    A constant added to a row changes no weight, so only these differences matter.
    """
    assert attention.scores is not None, "a kind that shows scores keeps them"
    logits = np.where(attention.mask, attention.scores.astype(np.float64), -np.inf)
    most = np.where(attention.mask.any(axis=1), logits.max(axis=2), 0.0)
    return np.asarray(np.where(attention.mask, logits - most[:, :, None], np.nan))


def _keys(mask: Mask) -> Float64[np.ndarray, " query"]:
    keys: np.ndarray = mask.sum(axis=1)
    return keys.astype(np.float64)


def _of_rows(numbers: Rows, mask: Mask, divisor: Rows | float = 1.0) -> Rows:
    """The numbers of rows with at least two keys."""
    return np.asarray(np.where(_keys(mask) > 1, numbers / divisor, np.nan))
