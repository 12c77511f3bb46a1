"""Numbers about attention maps, each on allowed keys and rows with at least two of them."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float

from paperfig.values.attention import AttentionMap

SHARP, MEDIUM = 0.1, 0.05
"""The guide's thresholds of `row_std` (visualize_attention_heads.py of VFE-Sim)."""

Weights = Float[np.ndarray, "query key"]
Mask = Bool[np.ndarray, "query key"]


def normalised_entropy(weights: Weights, mask: Mask) -> float:
    """The mean over rows of H / ln n: 0 for one key, 1 for uniform over the n allowed keys.

    H = −Σ_j w_j ln w_j (Shannon, 1948). Its range does not depend on the length. NaN where
    no row has two keys.
    """
    rows, counts = _rows(weights, mask)
    return _mean(_entropy(rows) / np.log(counts))


def effective_keys(weights: Weights, mask: Mask) -> float:
    """The mean over rows of exp H: how many keys a uniform row of that entropy would have.

    The perplexity of the row (Jelinek et al., 1977). NaN where no row has two keys.
    """
    rows, _ = _rows(weights, mask)
    return _mean(np.exp(_entropy(rows)))


def confidence(weights: Weights, mask: Mask) -> float:
    """The mean over rows of the largest weight (Voita et al., 2019). NaN without rows."""
    rows, _ = _rows(weights, mask)
    return _mean(rows.max(axis=1, initial=0.0))


def row_std(weights: Weights) -> float:
    """The guide's legacy number: mean over queries of the std of off-diagonal weights.

    It takes in masked future keys, and its maximum falls with the length: a one-hot row
    has √(1/n − 1/n²) with n = N − 1, 0.249 at 16 tokens and 0.088 at 128. Read
    `normalised_entropy` beside it. NaN for a single token.
    """
    length = len(weights)
    if length == 1:
        return float("nan")
    others = weights[~np.eye(length, dtype=bool)].reshape(length, length - 1)
    return float(others.astype(np.float64).std(axis=1).mean())


def legacy_label(deviation: float) -> str:
    """The guide's word for a `row_std`."""
    if deviation > SHARP:
        return "SHARP"
    return "MEDIUM" if deviation > MEDIUM else "UNIFORM"


def summarise(attention: AttentionMap) -> tuple[Mapping[str, float | int | str | None], ...]:
    """One entry for each map drawn; a number that no row can give is None."""
    return tuple(
        {"head": label} | _summary(weights, attention.mask)
        for label, weights in zip(attention.labels, attention.weights, strict=True)
    )


def _summary(weights: Weights, mask: Mask) -> dict[str, float | int | str | None]:
    deviation = row_std(weights)
    numbers = {
        "normalised_entropy": normalised_entropy(weights, mask),
        "effective_keys": effective_keys(weights, mask),
        "confidence": confidence(weights, mask),
        "row_std": deviation,
    }
    rounded: dict[str, float | int | str | None] = {
        name: None if np.isnan(value) else round(value, 6) for name, value in numbers.items()
    }
    return rounded | {
        "row_std_label": legacy_label(deviation),
        "rows": int((mask.sum(axis=1) > 1).sum()),
        "rows_without_key": int((~mask.any(axis=1)).sum()),
    }


def _rows(
    weights: Weights, mask: Mask
) -> tuple[Float[np.ndarray, "row key"], Float[np.ndarray, " row"]]:
    """The rows with at least two allowed keys in float64, and how many keys each has."""
    counts = mask.sum(axis=1)
    chosen = counts > 1
    return weights[chosen].astype(np.float64), counts[chosen].astype(np.float64)


def _entropy(rows: Float[np.ndarray, "row key"]) -> Float[np.ndarray, " row"]:
    logs = np.log(rows, out=np.zeros_like(rows), where=rows > 0)
    entropy: np.ndarray = -(rows * logs).sum(axis=1)
    return entropy


def _mean(values: Float[np.ndarray, " row"]) -> float:
    return float(values.mean()) if values.size else float("nan")
