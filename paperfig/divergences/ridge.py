"""The key's ridge in frames that are not orthogonal.

The model adds ε·I to the key's covariance in the query's frame. Where beliefs are compared
(A_i⁻¹ from there) this is ε·A_i⁻¹A_i⁻ᵀ: another matrix for each query, but I for orthogonal
frames. KL is made with ε·I; here E_i = ε (A_i⁻¹A_i⁻ᵀ − I) is taken in, as far as needed.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from paperfig.divergences.gaussians import GaussianKeys, GaussianQueries, factored
from paperfig.divergences.transport import apply

_LEFT_OUT = 1e-10
"""What may be left out of KL, as a share of 2 KL + 1.2 d."""

_CHUNK = {"cpu": 2**16, "cuda": 2**26}
"""How many numbers an array in work has: what a core's cache holds."""


def correct_ridge(
    divergence: Float64[Tensor, "query key"],
    queries: GaussianQueries,
    keys: GaussianKeys,
    inverse: Float64[Tensor, "token d d"],
    ridge: float,
) -> None:
    """Takes E into KL, in place: for each pair not at all, to first order, or exactly.

    (m, S) is the query's belief, (n, P⁻¹) the key's. With Z = P^½ E P^½ and H =
    P^½ [S + (m−n)(m−n)ᵀ] P^½, E adds ½ [tr((I+Z)⁻¹H − H) + ln|I+Z|] to KL. No eigenvalue
    of Z is beyond ±r, r = ‖E‖‖P‖. So that is at most r / (1−r) times ½ [tr H + d], and
    what its first order ½ [tr Z − tr(ZH)] leaves out at most r² / (1−r) times that. Since
    h ≤ 2 (h − 1 − ln h) + 2 ln 2 for each eigenvalue h of PS, tr H ≤ 4 KL + 1.4 d: a pair
    without correction is off by at most r (2 KL + 1.2 d), one of first order by r² times
    that, and both are kept to 1e-10 (2 KL + 1.2 d). Rounding comes on top.
    """
    excess = inverse @ inverse.mT
    excess.diagonal(dim1=-2, dim2=-1).sub_(1)
    excess *= ridge
    query_size, key_size = _largest(excess), _largest(keys.precision)
    some = (query_size * key_size.max() > _LEFT_OUT).nonzero()[:, 0]
    if not len(some):
        return
    dtype = _precise_enough(divergence, queries, keys)
    change = first_order(excess[some], queries.of(some), keys, dtype)
    for rows, part in _pieces(divergence, some, change):
        divergence[rows] += part
    far = query_size[:, None] > _LEFT_OUT**0.5 / key_size
    for query, key in _pieces(excess, *far.nonzero(as_tuple=True)):
        divergence[query, key] = exact(excess, queries, keys, (query, key))


def first_order(
    excess: Float64[Tensor, "query d d"],
    queries: GaussianQueries,
    keys: GaussianKeys,
    dtype: torch.dtype,
) -> Float[Tensor, "query key"]:
    """What E changes in KL, to first order: ½ [tr(PE) − tr(PEPS) − (m−n)ᵀ PEP (m−n)].

    With M = [[S + m mᵀ, m], [mᵀ, 1]] and Q = [P, −P n] this is ½ [tr(PE) − tr(E Q M Qᵀ)].
    E and M may change places in the last term (E with zeros in M's last row and column):
    for each two entries α ≤ β of a symmetric matrix the query's feature is E_α M_β +
    E_β M_α, and the key's is made of products of entries of Q. Some features at a time.
    """
    d = queries.mean.shape[1]
    row, column = torch.tril_indices(d + 1, d + 1, device=excess.device)
    entries = _halved(torch.nn.functional.pad(excess, (0, 1, 0, 1)), row, column, dtype)
    moments = _halved(_moments(queries, keys), row, column, dtype)
    pulled = _pulled(queries, keys, dtype)
    inner = d * (d + 1) // 2  # how many of them are E's: the first
    change = entries[:inner].T @ pulled[row[:inner] * (d + 1) + column[:inner]]
    pairs = torch.triu_indices(inner, len(row), device=excess.device)
    for alpha, beta in _pieces(pulled, *pairs):
        query = _crossed(entries, moments, (alpha, beta), (beta, alpha))
        (a, b), (c, e) = (row[alpha], column[alpha]), (row[beta], column[beta])
        a, b = a * (d + 1), b * (d + 1)
        key = _crossed(pulled, pulled, (a + c, b + e), (a + e, b + c))
        key[alpha == beta] /= 2
        change.addmm_(query.T, key, alpha=-1)
    return change


def exact(
    excess: Float64[Tensor, "token d d"],
    queries: GaussianQueries,
    keys: GaussianKeys,
    pairs: tuple[Int64[Tensor, " pair"], Int64[Tensor, " pair"]],
) -> Float64[Tensor, " pair"]:
    """KL of pairs of a query and a key, with E.

    Raises:
        AttentionError: a key's covariance is not positive definite.
    """
    query, key = pairs
    factor, logdet = factored(keys.covariance[key] + excess[query], key)
    gap = (queries.mean[query] - keys.mean[key])[..., None]
    second = queries.covariance[query] + gap * gap.mT
    trace = torch.cholesky_solve(second, factor).diagonal(dim1=-2, dim2=-1).sum(-1)
    divergence: Tensor = 0.5 * (trace - gap.shape[1] + logdet - queries.logdet[query])
    return divergence


def _pieces(rows: Tensor, *arrays: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """The arrays in pieces, each for as many rows of this size as may be in work at once."""
    step = max(1, _CHUNK[rows.device.type] // rows[0].numel())
    for start in range(0, len(arrays[0]), step):
        yield tuple(array[start : start + step] for array in arrays)


def _largest(symmetric: Float64[Tensor, "token d d"]) -> Float64[Tensor, " token"]:
    """At least the size of the largest eigenvalue: (Σ λ⁴)^¼."""
    largest: Tensor = (symmetric @ symmetric).norm(dim=(1, 2)).sqrt()
    return largest


def _precise_enough(
    divergence: Float64[Tensor, "query key"], queries: GaussianQueries, keys: GaussianKeys
) -> torch.dtype:
    """Single precision where its rounding of the first order cannot be seen, else double.

    Its products are of the size of ‖E‖‖P‖²‖M‖ with ‖E‖‖P‖ ≤ 1e-5, rounded to 6e-8: that is
    held against 1e-10 (1 + max KL). It is far less unless all beliefs are alike and have
    variances of very different size.
    """
    size = _largest(keys.precision).max() * _largest(_moments(queries, keys)).max()
    error = torch.finfo(torch.float32).eps / 2 * _LEFT_OUT**0.5 * size
    return torch.float32 if error <= _LEFT_OUT * (1 + divergence.max()) else torch.float64


def _moments(
    queries: GaussianQueries, keys: GaussianKeys
) -> Float64[Tensor, "query more more"]:
    """[[S + m mᵀ, m], [mᵀ, 1]], with means about their common one."""
    mean = torch.nn.functional.pad(queries.mean - _centre(queries, keys), (0, 1), value=1.0)
    return mean[:, :, None] * mean[:, None, :] + torch.nn.functional.pad(
        queries.covariance, (0, 1, 0, 1)
    )


def _centre(queries: GaussianQueries, keys: GaussianKeys) -> Float64[Tensor, " d"]:
    return (queries.mean.mean(0) + keys.mean.mean(0)) / 2


def _pulled(
    queries: GaussianQueries, keys: GaussianKeys, dtype: torch.dtype
) -> Float[Tensor, "entry key"]:
    """[P, −P n], row by row."""
    mean = apply(keys.precision, keys.mean - _centre(queries, keys))
    pulled = torch.cat([keys.precision, -mean[..., None]], 2)
    return pulled.flatten(1).T.to(dtype).contiguous()


def _halved(
    symmetric: Float64[Tensor, "token d d"], row: Tensor, column: Tensor, dtype: torch.dtype
) -> Float[Tensor, "entry token"]:
    """The lower triangle with half its diagonal."""
    half = torch.where(row == column, 0.5, 1.0).to(symmetric)
    return (symmetric[:, row, column] * half).T.to(dtype).contiguous()


def _crossed(
    one: Float[Tensor, "entry token"],
    other: Float[Tensor, "entry token"],
    first: tuple[Tensor, Tensor],
    second: tuple[Tensor, Tensor],
) -> Float[Tensor, "feature token"]:
    """Products of entries of both, and of two more added (`[…]` is four times slower)."""
    product = one.index_select(0, first[0]).mul_(other.index_select(0, first[1]))
    return product.addcmul_(one.index_select(0, second[0]), other.index_select(0, second[1]))
