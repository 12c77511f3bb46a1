"""Numbers about attention maps, each on allowed keys and rows with at least two of them."""

import numpy as np
from jaxtyping import Bool, Float

from paperfig.statistics.rows import (
    entropies,
    row_deviations,
    row_entropies,
    score_deviations,
)

SHARP, MEDIUM = 0.1, 0.05
"""The VFE scripts' thresholds of `row_std` (visualize_attention_heads.py of VFE-Sim)."""

Weights = Float[np.ndarray, "query key"]
Mask = Bool[np.ndarray, "query key"]


def normalised_entropy(weights: Weights, mask: Mask) -> float:
    """The mean over rows of H / ln n: 0 for one key, 1 for uniform over the n allowed keys.

    Its range does not depend on the length. NaN where no row has two keys.
    """
    rows = row_entropies(weights, mask)
    return _mean(rows[~np.isnan(rows)])


def effective_keys(weights: Weights, mask: Mask) -> float:
    """The mean over rows of exp H: how many keys a uniform row of that entropy would have.

    The perplexity of the row (Jelinek et al., 1977). NaN where no row has two keys.
    """
    return _mean(np.exp(entropies(_rows(weights, mask))))


def confidence(weights: Weights, mask: Mask) -> float:
    """The mean over rows of the largest weight (Voita et al., 2019). NaN without rows."""
    return _mean(_rows(weights, mask).max(axis=1, initial=0.0))


def row_std(weights: Weights) -> float:
    """The VFE scripts' number: mean over queries of the std of off-diagonal weights.

    It takes in masked future keys, and its maximum falls with the length: a one-hot row
    has √(1/n − 1/n²) with n = N − 1, 0.249 at 16 tokens and 0.088 at 128. Read
    `normalised_entropy` beside it. NaN for a single token.
    """
    return float(row_deviations(weights).mean()) if len(weights) > 1 else float("nan")


def legacy_label(deviation: float) -> str | None:
    """The VFE scripts' word for a `row_std`; None for that of a single token."""
    if np.isnan(deviation):
        return None
    if deviation > SHARP:
        return "SHARP"
    return "MEDIUM" if deviation > MEDIUM else "UNIFORM"


def variability(weights: Weights, mask: Mask, mean: Weights, excerpts: int) -> float:
    """How far one excerpt's map is from the mean of the others: over rows, ½ Σ_j |w_j − w̄_j|.

    The mean over excerpts is the attention variability of Vig and Belinkov (2019), but that
    no excerpt is in the mean that it is held against, which would draw it nearer by one part
    in their number. 0 for a head that does the same on every text, at every length; 1 where
    no two texts have a key in common, however many there are. NaN without rows; 0 for one
    excerpt.

    Args:
        weights: the head's on one excerpt.
        mask: which keys each query may attend to.
        mean: of the head's weights on all excerpts, this one among them.
        excerpts: how many they are.
    """
    chosen = mask.sum(axis=1) > 1
    of_others = excerpts / max(excerpts - 1, 1)  # w − the others' mean, over w − w̄
    apart = np.abs(weights[chosen] - mean[chosen]).sum(axis=1, dtype=np.float64)
    return _mean(apart / 2 * of_others)


def sink_mass(sink: Float[np.ndarray, " query"], mask: Mask) -> float:
    """The mean over rows of the weight that goes to no key. NaN without rows."""
    return _mean(sink[mask.sum(axis=1) > 1].astype(np.float64))


def averaging_loss(weights: Float[np.ndarray, "map query key"], mask: Mask) -> float:
    """What averaging heads destroys: normalised entropy of their mean, less their own mean.

    The generalised Jensen–Shannon divergence of the heads' rows (Lin, 1991), each row's
    divided by ln n: 0 where all heads are alike, at most 1. NaN without rows.
    """
    own = [normalised_entropy(head, mask) for head in weights]
    together = normalised_entropy(weights.mean(axis=0, dtype=np.float64), mask)
    return together - float(np.mean(own))


def row_deviation(scores: Weights, mask: Mask) -> float:
    """The mean over rows of the standard deviation of the scores of allowed keys, in nats.

    Divided by κ it is how far the logits of a row lie apart: by s²/2 nats, to second
    order, the row's entropy falls below that of a uniform one. The VFE scripts' deviation of
    the KL matrix took masked keys in as well. NaN without rows.
    """
    rows = score_deviations(scores, mask)
    return _mean(rows[~np.isnan(rows)])


def _rows(weights: Weights, mask: Mask) -> Float[np.ndarray, "row key"]:
    """The rows with at least two allowed keys in float64."""
    rows: np.ndarray = weights[mask.sum(axis=1) > 1].astype(np.float64)
    return rows


def _mean(values: Float[np.ndarray, " row"]) -> float:
    return float(values.mean()) if values.size else float("nan")
