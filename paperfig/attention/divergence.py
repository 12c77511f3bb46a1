"""D(q_i ‖ Ω_ij q_j) of all pairs of Gaussian beliefs, Ω_ij = E(φ_i) E(−φ_j).

KL does not change under an invertible affine map, so with A_i = E(φ_i), B_j = E(−φ_j)

    KL(q_i ‖ A_i B_j q_j) = KL(A_i⁻¹ q_i ‖ B_j q_j)

for any factors, inverse of each other or not: each belief is moved once, and all pairs
are one matrix product. A covariance cut to its diagonal after transport is not
invariant; it has a form of its own, in `diagonal.py`. All in float64.
"""

from typing import Literal

import torch
from jaxtyping import Float64
from torch import Tensor

from paperfig.attention.diagonal import diagonal_divergence
from paperfig.attention.transport import Frames, apply, frames
from paperfig.errors import AttentionError
from paperfig.models.source import Beliefs

_ORTHOGONAL = 1e-9
"""How far A Aᵀ may be from I for a frame to count as orthogonal."""

Spread = Literal["full", "diagonal", "diagonal-untransported"]


def gaussian_divergence(
    beliefs: Beliefs, *, spread: Spread, transport: str, order: float = 1.0, ridge: float = 1e-6
) -> Float64[Tensor, "query key"]:
    """D_α(q_i ‖ Ω_ij q_j) in nats, query first, at least 0, on the beliefs' device.

    Args:
        beliefs: one head's; in any floating type.
        spread: ``full``; ``diagonal``: the transported covariance is cut to its
            diagonal, s_k = Σ_l Ω_kl² σ_l. ``diagonal-untransported``: σ_j as it is, only
            the mean is transported. Variances are at least 1e-6 in both.
        transport: ``taylor4``, ``exact`` or ``identity``, as `frames` has it.
        order: Rényi's α; 1 is KL, the only one of full covariances.
        ridge: the multiple of I that full covariances get, Σ_i before the move and the
            key's after it (1e-6 in VFE-Sim, none in V3).

    Raises:
        AttentionError: a covariance is not positive definite, or full with another order.
    """
    moves = None if transport == "identity" else frames(beliefs, exact=transport == "exact")
    if spread != "full":
        return diagonal_divergence(
            beliefs, moves, transported=spread == "diagonal", order=order
        )
    if order != 1:
        raise AttentionError(
            f"order {order}", "Rényi divergence of full covariances is not built yet", "1 is"
        )
    return _full(beliefs, moves, ridge)


def _full(beliefs: Beliefs, moves: Frames | None, ridge: float) -> Float64[Tensor, "query key"]:
    """½ [tr(T⁻¹S) + (n−m)ᵀ T⁻¹ (n−m) − d + ln|T| − ln|S|], as features times features.

    (m, S) is the moved query, (n, T) the moved key; a symmetric matrix is its upper
    triangle. Means are taken about their common mean, so that little cancels.
    """
    query_mean = key_mean = beliefs.mean.double()
    query_spread = key_spread = beliefs.spread.double()
    query_spread = _ridged(query_spread, ridge)
    query_logdet = _logdet(_cholesky(query_spread))
    if moves is not None:
        query_mean = apply(moves.inverse, query_mean)
        query_spread = moves.inverse @ query_spread @ moves.inverse.mT
        query_logdet = query_logdet + 2 * torch.linalg.slogdet(moves.inverse).logabsdet
        key_mean = apply(moves.backward, key_mean)
        key_spread = moves.backward @ key_spread @ moves.backward.mT
    factor = _cholesky(_ridged(key_spread, ridge))
    precision = torch.cholesky_inverse(factor)
    centre = (query_mean.mean(0) + key_mean.mean(0)) / 2
    query_mean, key_mean = query_mean - centre, key_mean - centre
    pulled = apply(precision, key_mean)

    d = query_mean.shape[1]
    row, column = torch.triu_indices(d, d, device=query_mean.device)
    second = query_spread[:, row, column] + query_mean[:, row] * query_mean[:, column]
    twice = torch.where(row == column, 0.5, 1.0).to(second)
    offset = 0.5 * ((key_mean * pulled).sum(1) + _logdet(factor) - d)
    one = torch.ones_like(offset)
    queries = torch.cat([second, query_mean, (-0.5 * query_logdet)[:, None], one[:, None]], 1)
    keys = torch.cat(
        [precision[:, row, column] * twice, -pulled, one[:, None], offset[:, None]], 1
    )
    divergence = queries @ keys.T
    excess = None if moves is None else _ridge_excess(moves, ridge)
    if excess is not None:
        gaps = key_mean, query_mean
        divergence += _ridge_change(excess, query_spread, precision, gaps)
    return divergence.clamp_(min=0)


def _ridge_excess(moves: Frames, ridge: float) -> Float64[Tensor, "token d d"] | None:
    """E = ε (A_i⁻¹A_i⁻ᵀ − I), or None for orthogonal frames or without ε.

    The model adds ε·I to the key's covariance in the query's frame, which is
    ε·A_i⁻¹A_i⁻ᵀ where beliefs are compared.
    """
    excess = moves.inverse @ moves.inverse.mT
    excess.diagonal(dim1=-2, dim2=-1).sub_(1)
    return ridge * excess if ridge and excess.abs().max() > _ORTHOGONAL else None


def _ridge_change(
    excess: Float64[Tensor, "token d d"],
    query_spread: Float64[Tensor, "token d d"],
    precision: Float64[Tensor, "token d d"],
    means: tuple[Float64[Tensor, "token d"], Float64[Tensor, "token d"]],
) -> Float64[Tensor, "query key"]:
    """What E changes in KL, to first order: ½ [tr(PE) − tr(PEPS) − (m−n)ᵀ PEP (m−n)].

    P is the key's precision, (m, S) the query's belief, n the key's mean.
    """
    key_mean, query_mean = means
    length, d = key_mean.shape
    change = precision.new_empty(length, length)
    stacked = precision.reshape(length * d, d)
    for query in range(length):
        left = (stacked @ excess[query]).view(length, d, d)
        right = (stacked @ query_spread[query]).view(length, d, d)
        pulled = apply(precision, query_mean[query] - key_mean)
        change[query] = left.diagonal(dim1=-2, dim2=-1).sum(-1)
        change[query] -= (left * right.mT).sum((-2, -1))
        change[query] -= ((pulled @ excess[query]) * pulled).sum(-1)
    return 0.5 * change


def _ridged(spread: Float64[Tensor, "token d d"], ridge: float) -> Float64[Tensor, "token d d"]:
    ridged = spread.clone()
    ridged.diagonal(dim1=-2, dim2=-1).add_(ridge)
    return ridged


def _cholesky(spread: Float64[Tensor, "token d d"]) -> Float64[Tensor, "token d d"]:
    factor, failed = torch.linalg.cholesky_ex(spread)
    if failed.any():
        token = int(failed.nonzero()[0, 0])
        raise AttentionError(
            f"token {token}", "its covariance is not positive definite", "no KL exists"
        )
    return factor


def _logdet(factor: Float64[Tensor, "token d d"]) -> Float64[Tensor, " token"]:
    logdet: Tensor = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return logdet
