"""Divergences of beliefs whose covariance is cut to its diagonal after transport.

The cut depends on the frame, so that nothing can be moved once for all pairs: a form of
its own. All in float64.
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from paperfig.divergences.beliefs import Beliefs
from paperfig.divergences.transport import Frames, apply

FLOOR = 1e-6
"""The least variance (VFE-Sim, V1, V3)."""

_CHUNK = {"cpu": 2**16, "cuda": 2**24}
"""How many entries of query × d × key are in work at once: what a core's cache holds."""


def diagonal_divergence(
    beliefs: Beliefs, moves: Frames | None, *, transported: bool, order: float = 1.0
) -> Float64[Tensor, "query key"]:
    """D_α(q_i ‖ Ω_ij q_j) with diagonal covariances, at least 0.

    Some queries at a time, so that little more is in work than the result.

    Args:
        beliefs: one head's, with variances as their covariance.
        moves: the frames, or None for Ω = I.
        transported: whether key variances move, s_k = Σ_l Ω_kl² σ_l, or stay.
        order: Rényi's α, above 0 and at most 1; 1 is KL.
    """
    mean, variance = beliefs.mean.double(), beliefs.covariance.double().clamp(min=FLOOR)
    length, d = mean.shape
    result = mean.new_empty(length, length)
    move = _Move(beliefs, moves, transported=transported)
    step = max(1, _CHUNK[mean.device.type] // (d * length))
    for start in range(0, length, step):
        some = slice(start, start + step)
        key_mean, key_variance = move.to(some)
        gap = key_mean - mean[some, :, None]
        if order == 1:
            result[some] = _kl(gap, variance[some], key_variance)
        else:
            result[some] = _renyi(gap, variance[some], key_variance, order)
    return result.clamp_(min=0)


def _kl(
    gap: Float64[Tensor, "query d key"],
    own: Float64[Tensor, "query d"],
    key: Float64[Tensor, "#query d key"],
) -> Float64[Tensor, "query key"]:
    """½ Σ_k [(σ_k + gap_k²) / s_k − 1 + ln s_k − ln σ_k]; uses ``gap`` up."""
    terms = gap.square_().add_(own[..., None]).div_(key)
    terms.add_(key.log())
    divergence: Tensor = 0.5 * (terms.sum(1) - (own.log().sum(1, keepdim=True) + own.shape[1]))
    return divergence


def _renyi(
    gap: Float64[Tensor, "query d key"],
    own: Float64[Tensor, "query d"],
    key: Float64[Tensor, "#query d key"],
    order: float,
) -> Float64[Tensor, "query key"]:
    """½ Σ_k [α gap_k² / m_k + (ln m_k − (1−α) ln σ_k − α ln s_k) / (1−α)]; uses ``gap`` up.

    m = α s + (1−α) σ; equation 10 of van Erven and Harremoës, *Rényi divergence and
    Kullback–Leibler divergence*, IEEE Transactions on Information Theory 60 (2014).
    """
    mixed = order * key + (1 - order) * own[..., None]
    terms = gap.square_().mul_(order).div_(mixed)
    terms.add_((mixed.log() - order * key.log()) / (1 - order))
    divergence: Tensor = 0.5 * (terms.sum(1) - own.log().sum(1, keepdim=True))
    return divergence


class _Move:
    """Mean and variance of every key, seen from the frames of some queries.

    With a_k the k-th row of A_i, m_k = a_k · B_j μ_j and s_k = ⟨a_k a_kᵀ, B_j diag(σ_j)
    B_jᵀ⟩ are matrix products; a symmetric matrix is its upper triangle.
    """

    def __init__(self, beliefs: Beliefs, moves: Frames | None, *, transported: bool) -> None:
        mean, variance = beliefs.mean.double(), beliefs.covariance.double()
        self._forward = None if moves is None else moves.forward
        self._mean = (mean if moves is None else apply(moves.backward, mean)).T
        self._variance = variance.T.clamp(min=FLOOR)
        self._covariance: Tensor | None = None
        if moves is not None and transported:
            d = mean.shape[1]
            self._row, self._column = torch.triu_indices(d, d, device=mean.device)
            covariance = (moves.backward * variance[:, None, :]) @ moves.backward.mT
            twice = torch.where(self._row == self._column, 1.0, 2.0).to(covariance)
            self._covariance = (covariance[:, self._row, self._column] * twice).T

    def to(self, queries: slice) -> tuple[Tensor, Tensor]:
        """Mean and variance, each as query × d × key (or 1 × d × key for all queries)."""
        if self._forward is None:
            return self._mean[None], self._variance[None]
        rows = self._forward[queries]
        mean = rows @ self._mean
        if self._covariance is None:
            return mean, self._variance[None]
        squares = rows[..., self._row] * rows[..., self._column]
        return mean, (squares @ self._covariance).clamp_(min=FLOOR)
