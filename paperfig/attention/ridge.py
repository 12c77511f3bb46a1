"""The key's ridge in frames that are not orthogonal.

The model adds ε·I to the key's covariance in the query's frame. Where beliefs are compared
(A_i⁻¹ from there) this is ε·A_i⁻¹A_i⁻ᵀ: another matrix for each query, but I for orthogonal
frames. KL is made with ε·I; here E_i = ε (A_i⁻¹A_i⁻ᵀ − I) is taken in.
"""

import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from paperfig.attention.gaussians import Gaussians
from paperfig.attention.transport import apply
from paperfig.errors import AttentionError

_ORTHOGONAL = 1e-9
"""How far A⁻¹A⁻ᵀ may be from I for a frame to count as orthogonal."""

_SMALL = 3e-5
"""Up to which ‖E‖‖P‖ first order is enough: its error is the square, 1e-9."""

_CHUNK = {"cpu": 2**19, "cuda": 2**26}
"""How many features of all tokens are in work at once."""


def correct_ridge(
    divergence: Float64[Tensor, "query key"],
    queries: Gaussians,
    keys: Gaussians,
    inverse: Float64[Tensor, "token d d"],
    ridge: float,
) -> None:
    """Takes E into KL, in place: to first order, or exactly for keys with small variances.

    With r = ‖E‖‖P‖ (Frobenius), what first order leaves out is at most r² / (1 − r) times
    ½ [tr(PS) + (n−m)ᵀP(n−m) + d], hence about 1e-9 (KL + d) at r = 3e-5. Keys of a larger
    r, whose least variance is below some 0.03 ‖A⁻¹A⁻ᵀ − I‖, get a Cholesky factor for
    each query.
    """
    excess = inverse @ inverse.mT
    excess.diagonal(dim1=-2, dim2=-1).sub_(1)
    if excess.abs().max() <= _ORTHOGONAL:
        return
    excess *= ridge
    divergence += first_order(excess, queries, keys)
    ratio = excess.norm(dim=(1, 2)).max() * keys.precision.norm(dim=(1, 2))
    for key in (ratio > _SMALL).nonzero()[:, 0].tolist():
        divergence[:, key] = exact(excess, queries, keys, key)


def first_order(
    excess: Float64[Tensor, "token d d"], queries: Gaussians, keys: Gaussians
) -> Float32[Tensor, "query key"]:
    """What E changes in KL, to first order: ½ [tr(PE) − tr(PEPS) − (m−n)ᵀ PEP (m−n)].

    (m, S) is the query's belief, (n, P⁻¹) the key's. With M = [[S + m mᵀ, m], [mᵀ, 1]] and
    Q = [P, −P n] this is ½ [tr(PE) − tr(E Q M Qᵀ)]: products of entries of E and M (query
    features) times products of entries of Q (key features), some entries of E at a time.
    Single precision is plenty for a change of the order of ε.
    """
    length, d = queries.mean.shape
    above, below = torch.triu_indices(d, d, device=excess.device)
    left, right = torch.triu_indices(d + 1, d + 1, device=excess.device)
    entries = _halved(excess, above, below)
    moments = _halved(_moments(queries, keys), left, right)
    pulled = _pulled(queries, keys)
    change = torch.zeros(length, length, device=excess.device)
    step = max(1, _CHUNK[excess.device.type] // (len(left) * length))
    for start in range(0, len(above), step):
        a, b = above[start : start + step], below[start : start + step]
        query = entries[start : start + step, None] * moments
        key = pulled[a][:, left] * pulled[b][:, right]
        key += pulled[a][:, right] * pulled[b][:, left]
        key[:, -1] -= 2 * pulled[a, b]
        change.addmm_(query.flatten(0, 1).T, key.flatten(0, 1), alpha=-1)
    return change


def exact(
    excess: Float64[Tensor, "token d d"], queries: Gaussians, keys: Gaussians, key: int
) -> Float64[Tensor, " query"]:
    """KL of one key from every query, with E.

    Raises:
        AttentionError: the key's covariance is not positive definite.
    """
    factor, failed = torch.linalg.cholesky_ex(keys.spread[key] + excess)
    if failed.any():
        raise AttentionError(
            f"token {key}", "its covariance is not positive definite", "no KL exists"
        )
    gap = (queries.mean - keys.mean[key])[..., None]
    second = queries.spread + gap * gap.mT
    trace = torch.cholesky_solve(second, factor).diagonal(dim1=-2, dim2=-1).sum(-1)
    logdet = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    divergence: Tensor = 0.5 * (trace - gap.shape[1] + logdet - queries.logdet)
    return divergence


def _moments(queries: Gaussians, keys: Gaussians) -> Float64[Tensor, "query more more"]:
    """[[S + m mᵀ, m], [mᵀ, 1]], with means about their common one."""
    mean = torch.nn.functional.pad(queries.mean - _centre(queries, keys), (0, 1), value=1.0)
    return mean[:, :, None] * mean[:, None, :] + torch.nn.functional.pad(
        queries.spread, (0, 1, 0, 1)
    )


def _centre(queries: Gaussians, keys: Gaussians) -> Float64[Tensor, " d"]:
    return (queries.mean.mean(0) + keys.mean.mean(0)) / 2


def _pulled(queries: Gaussians, keys: Gaussians) -> Float32[Tensor, "d more key"]:
    """[P, −P n]."""
    mean = apply(keys.precision, keys.mean - _centre(queries, keys))
    pulled = torch.cat([keys.precision, -mean[..., None]], 2)
    return pulled.permute(1, 2, 0).float().contiguous()


def _halved(
    symmetric: Float64[Tensor, "token d d"], row: Tensor, column: Tensor
) -> Float32[Tensor, "entry token"]:
    """The upper triangle with half its diagonal."""
    half = torch.where(row == column, 0.5, 1.0).to(symmetric)
    return (symmetric[:, row, column] * half).T.float().contiguous()
