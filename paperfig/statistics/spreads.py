"""How much beliefs, frames, queries and keys differ from token to token, in one head."""

import numpy as np
from jaxtyping import Float64

from paperfig.values.internals import HeadBeliefs

Rows = Float64[np.ndarray, "token d"]


def mean_spread(beliefs: HeadBeliefs) -> float:
    """How far the means μ lie apart, in widths σ of a belief.

    The root of the mean over tokens of (μ − μ̄)ᵀ Σ̄⁻¹ (μ − μ̄), with Σ̄ the mean covariance.
    Its square is, for equal covariances in equal frames, the mean KL over pairs in nats.
    """
    apart = beliefs.mean - beliefs.mean.mean(axis=0)
    width = beliefs.covariance.mean(axis=0)
    pulled = apart / width if width.ndim == 1 else np.linalg.solve(width, apart.T).T
    return float(np.sqrt((apart * pulled).sum(axis=1).mean()))


def covariance_spread(beliefs: HeadBeliefs) -> float:
    """How much the covariances Σ differ, on the scale of `mean_spread`.

    The root of half the mean over tokens of ‖ln Σ − mean ln Σ‖²: the log-Euclidean distance
    of Arsigny et al. (2006). Its square is, to second order and for equal means in equal
    frames, the mean KL over pairs in nats.
    """
    logs = _logarithms(beliefs.covariance)
    apart = (logs - logs.mean(axis=0)).reshape(len(logs), -1)
    return float(np.sqrt((apart**2).sum(axis=1).mean() / 2))


def frame_spread(beliefs: HeadBeliefs) -> float:
    """How far the frames lie apart: the root mean square of φ − φ̄.

    In radians where frames are rotations.
    """
    return deviation(beliefs.frame)


def deviation(rows: Rows) -> float:
    """The root mean square distance of the rows from their mean."""
    apart = rows - rows.mean(axis=0)
    return float(np.sqrt((apart**2).sum(axis=1).mean()))


def norm(rows: Rows) -> float:
    """The root mean square norm of the rows."""
    return float(np.sqrt((rows**2).sum(axis=1).mean()))


def effective_rank(rows: Rows) -> float:
    """Exp H of the rows' singular values, as shares of their sum, about the mean row.

    Roy and Vetterli (2007). 0 where all rows are equal; at most the dimension.
    """
    values = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)
    total = values.sum()
    if not total > np.finfo(np.float64).eps * norm(rows) * len(rows):
        return 0.0
    shares = values[values > 0] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _logarithms(covariance: np.ndarray) -> np.ndarray:
    """The logarithm of each token's Σ: of its diagonal, or of the whole matrix."""
    logs: np.ndarray
    if covariance.ndim == 2:  # noqa: PLR2004 - token × d: variances only
        logs = np.log(covariance)
        return logs
    values, vectors = np.linalg.eigh(covariance)
    logs = np.log(np.maximum(values, np.finfo(np.float64).tiny))
    logs = (vectors * logs[:, None, :]) @ vectors.swapaxes(1, 2)
    return logs
