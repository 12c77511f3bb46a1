"""KL(q_i ‖ Ω_ij q_j) of all pairs of Gaussian beliefs, Ω_ij = E(φ_i) E(−φ_j).

KL does not change under an invertible affine map, so with A_i = E(φ_i), B_j = E(−φ_j)

    KL(q_i ‖ A_i B_j q_j) = KL(A_i⁻¹ q_i ‖ B_j q_j)

for any factors, inverse of each other or not: each belief is moved once, and all pairs
are one matrix product. A covariance cut to its diagonal after transport is not
invariant; it has a form of its own. All in float64.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float64
from torch import Tensor

from paperfig.errors import AttentionError
from paperfig.models.source import Beliefs

RIDGE = 1e-6
"""Added to both covariances, or the least variance of a diagonal one (VFE-Sim)."""

_CHUNK = {"cpu": 2**16, "cuda": 2**24}
"""How many entries of query × d × key are in work at once: what a core's cache holds."""

_ORTHOGONAL = 1e-9
"""How far A Aᵀ may be from I for a frame to count as orthogonal."""

Spread = Literal["full", "diagonal", "diagonal-untransported"]


@dataclass(frozen=True, slots=True)
class Frames:
    """E(φ_i), E(φ_i)⁻¹ and E(−φ_i) of each token, for a named exponential E."""

    forward: Float64[Tensor, "token d d"]
    inverse: Float64[Tensor, "token d d"]
    backward: Float64[Tensor, "token d d"]


def kl_divergence(
    beliefs: Beliefs, *, spread: Spread, transport: str
) -> Float64[Tensor, "query key"]:
    """KL(q_i ‖ Ω_ij q_j) in nats, query first, at least 0, on the beliefs' device.

    Args:
        beliefs: one head's; in any floating type.
        spread: ``full``: 1e-6·I is added to Σ_i before the move and to the key's
            covariance after it. ``diagonal``: the transported covariance is cut to its
            diagonal, s_k = Σ_l Ω_kl² σ_l. ``diagonal-untransported``: σ_j as it is, only
            the mean is transported. Variances are at least 1e-6 in both.
        transport: ``taylor4``, ``exact`` or ``identity``, as `frames` has it.

    Raises:
        AttentionError: a covariance is not positive definite.
    """
    moves = None if transport == "identity" else frames(beliefs, exact=transport == "exact")
    if spread == "full":
        return _full(beliefs, moves)
    return _diagonal(beliefs, moves, transported=spread == "diagonal")


def frames(beliefs: Beliefs, *, exact: bool) -> Frames:
    """The frames E(φ) with E the exponential, or its Taylor series up to order 4.

    The series is what VFE-Sim computes for both exp(φ·G) and exp(−φ·G); the two are not
    each other's inverse, hence a real one.
    """
    generators = beliefs.generators.double()
    algebra = torch.tensordot(beliefs.frame.double(), generators, dims=1)
    if exact:
        backward = torch.linalg.matrix_exp(-algebra)
        return Frames(torch.linalg.matrix_exp(algebra), backward, backward)
    square = algebra @ algebra
    even = square @ square / 24 + square / 2
    even.diagonal(dim1=-2, dim2=-1).add_(1)
    odd = algebra + algebra @ square / 6
    forward = even + odd
    return Frames(forward, torch.linalg.inv(forward), even - odd)


def _full(beliefs: Beliefs, moves: Frames | None) -> Float64[Tensor, "query key"]:
    """½ [tr(T⁻¹S) + (n−m)ᵀ T⁻¹ (n−m) − d + ln|T| − ln|S|], as features times features.

    (m, S) is the moved query, (n, T) the moved key; a symmetric matrix is its upper
    triangle. Means are taken about their common mean, so that little cancels.
    """
    query_mean = key_mean = beliefs.mean.double()
    query_spread = key_spread = beliefs.spread.double()
    query_spread = _ridged(query_spread)
    query_logdet = _logdet(_cholesky(query_spread))
    if moves is not None:
        query_mean = _apply(moves.inverse, query_mean)
        query_spread = moves.inverse @ query_spread @ moves.inverse.mT
        query_logdet = query_logdet + 2 * torch.linalg.slogdet(moves.inverse).logabsdet
        key_mean = _apply(moves.backward, key_mean)
        key_spread = moves.backward @ key_spread @ moves.backward.mT
    factor = _cholesky(_ridged(key_spread))
    precision = torch.cholesky_inverse(factor)
    centre = (query_mean.mean(0) + key_mean.mean(0)) / 2
    query_mean, key_mean = query_mean - centre, key_mean - centre
    pulled = _apply(precision, key_mean)

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
    excess = None if moves is None else _ridge_excess(moves)
    if excess is not None:
        gaps = key_mean, query_mean
        divergence += _ridge_change(excess, query_spread, precision, gaps)
    return divergence.clamp_(min=0)


def _ridge_excess(moves: Frames) -> Float64[Tensor, "token d d"] | None:
    """E = ε (A_i⁻¹A_i⁻ᵀ − I), or None for orthogonal frames.

    The model adds ε·I to the key's covariance in the query's frame, which is
    ε·A_i⁻¹A_i⁻ᵀ where beliefs are compared.
    """
    excess = moves.inverse @ moves.inverse.mT
    excess.diagonal(dim1=-2, dim2=-1).sub_(1)
    return RIDGE * excess if excess.abs().max() > _ORTHOGONAL else None


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
        pulled = _apply(precision, query_mean[query] - key_mean)
        change[query] = left.diagonal(dim1=-2, dim2=-1).sum(-1)
        change[query] -= (left * right.mT).sum((-2, -1))
        change[query] -= ((pulled @ excess[query]) * pulled).sum(-1)
    return 0.5 * change


def _diagonal(
    beliefs: Beliefs, moves: Frames | None, *, transported: bool
) -> Float64[Tensor, "query key"]:
    """½ Σ_k [(σ_ik + (m_k − μ_ik)²) / s_k − 1 + ln s_k − ln σ_ik], m = Ω_ij μ_j.

    Some queries at a time, so that little more is in work than the result.
    """
    mean, variance = beliefs.mean.double(), beliefs.spread.double().clamp(min=RIDGE)
    length, d = mean.shape
    result = mean.new_empty(length, length)
    move = _Move(beliefs, moves, transported=transported)
    step = max(1, _CHUNK[mean.device.type] // (d * length))
    for start in range(0, length, step):
        some = slice(start, start + step)
        key_mean, key_variance = move.to(some)
        gap = key_mean - mean[some, :, None]
        terms = gap.square_().add_(variance[some, :, None]).div_(key_variance)
        terms.add_(key_variance.log())
        own = variance[some].log().sum(1, keepdim=True) + d
        result[some] = 0.5 * (terms.sum(1) - own)
    return result.clamp_(min=0)


class _Move:
    """Mean and variance of every key, seen from the frames of some queries.

    With a_k the k-th row of A_i, m_k = a_k · B_j μ_j and s_k = ⟨a_k a_kᵀ, B_j diag(σ_j)
    B_jᵀ⟩ are matrix products; a symmetric matrix is its upper triangle.
    """

    def __init__(self, beliefs: Beliefs, moves: Frames | None, *, transported: bool) -> None:
        mean, variance = beliefs.mean.double(), beliefs.spread.double()
        self._forward = None if moves is None else moves.forward
        self._mean = (mean if moves is None else _apply(moves.backward, mean)).T
        self._variance = variance.T.clamp(min=RIDGE)
        self._spread: Tensor | None = None
        if moves is not None and transported:
            d = mean.shape[1]
            self._row, self._column = torch.triu_indices(d, d, device=mean.device)
            spread = (moves.backward * variance[:, None, :]) @ moves.backward.mT
            twice = torch.where(self._row == self._column, 1.0, 2.0).to(spread)
            self._spread = (spread[:, self._row, self._column] * twice).T

    def to(self, queries: slice) -> tuple[Tensor, Tensor]:
        """Mean and variance, each as query × d × key (or 1 × d × key for all queries)."""
        if self._forward is None:
            return self._mean[None], self._variance[None]
        rows = self._forward[queries]
        mean = rows @ self._mean
        if self._spread is None:
            return mean, self._variance[None]
        squares = rows[..., self._row] * rows[..., self._column]
        return mean, (squares @ self._spread).clamp_(min=RIDGE)


def _apply(
    matrices: Float64[Tensor, "token d d"], vectors: Float64[Tensor, "token d"]
) -> Float64[Tensor, "token d"]:
    moved: Tensor = (matrices @ vectors[..., None])[..., 0]
    return moved


def _ridged(spread: Float64[Tensor, "token d d"]) -> Float64[Tensor, "token d d"]:
    ridged = spread.clone()
    ridged.diagonal(dim1=-2, dim2=-1).add_(RIDGE)
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
