"""The κ that would bring heads to a given mean normalised entropy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from paperfig.statistics.measures import row_deviation

FLAT = 1e-6
"""Nats within a row up to which scores count as equal: float32 keeps no more of them."""

_DECADES = 6
"""κ is looked for within so many powers of ten of the scores' own spread."""

_STEPS = 30
"""Halvings of the logarithm of κ: twelve decades to less than 1e-7 of its value."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heads:
    """What weights are made from, but for κ: softmax(scores / (κ · factor) + bias).

    Attributes:
        scores: in nats; whatever on masked cells.
        mask: which keys each query may attend to.
        factors: what κ is multiplied by in each head.
        biases: of each head, or None.
    """

    scores: Float[np.ndarray, "head query key"]
    mask: Bool[np.ndarray, "query key"]
    factors: Sequence[float]
    biases: Sequence[Float64[np.ndarray, "query key"] | None]


def entropy_at(heads: Heads, kappa: float) -> float:
    """The mean over heads and rows of normalised entropy at this κ. NaN without rows."""
    chosen = heads.mask.sum(axis=1) > 1
    if not chosen.any():
        return float("nan")
    allowed = heads.mask[chosen]
    most = np.log(allowed.sum(axis=1))
    found = []
    for scores, factor, bias in zip(heads.scores, heads.factors, heads.biases, strict=True):
        logits = np.where(allowed, scores[chosen].astype(np.float64) / (kappa * factor), 0)
        logits = logits if bias is None else logits + bias[chosen]
        logits = np.where(allowed, logits, -np.inf)
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        total = powers.sum(axis=1)
        inner = np.where(allowed, powers * np.where(allowed, logits, 0), 0).sum(axis=1)
        found.append(((np.log(total) - inner / total) / most).mean())
    return float(np.mean(found))


def kappa_for(heads: Heads, target: float) -> float | None:
    """The κ at which `entropy_at` is the target, by halving an interval of ln κ.

    Without a bias entropy rises with κ in every row, d H / d ln κ = Var(logits) ≥ 0, so that
    there is one answer at most. With one this holds no more: the answer is one κ at which
    the target is met.

    Returns:
        None where no row has two keys, the scores of every row are equal, or no κ within
        six decades of the scores' spread reaches the target.
    """
    spread = max(row_deviation(scores, heads.mask) for scores in heads.scores)
    if np.isnan(spread) or spread <= FLAT:
        return None
    middle = np.log(spread)
    low, high = (middle + end * _DECADES * np.log(10) for end in (-1, 1))
    if not entropy_at(heads, np.exp(low)) < target < entropy_at(heads, np.exp(high)):
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if entropy_at(heads, np.exp(middle)) < target:
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))
