"""Gauge frames by their coordinates φ: what two of them, one after the other, come to."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isqrt

import torch
from jaxtyping import Float, Float64
from torch import Tensor


def group_size(n_generator: int) -> int | None:
    """The N of SO(N) with that many generators, N(N−1)/2; None where there is none."""
    size = (1 + isqrt(1 + 8 * n_generator)) // 2
    return size if size * (size - 1) == 2 * n_generator > 0 else None


def compose(
    first: Float[Tensor, "token generator"], second: Float[Tensor, "token generator"]
) -> Float64[Tensor, "token generator"]:
    """The coordinates of exp(φ_first) · exp(φ_second), as VFE-Sim computes them.

    Three coordinates are a rotation vector and the answer is exact; more are those of
    SO(N), and the answer is the Baker–Campbell–Hausdorff series up to its first bracket,
    φ_1 + φ_2 + ½ [φ_1, φ_2].
    """
    first, second = first.double(), second.double()
    if first.shape[-1] == 3:  # noqa: PLR2004  (the dimension of SO(3))
        return _rotation_vector(_multiply(_quaternion(first), _quaternion(second)))
    bracket = _matrix(first) @ _matrix(second)
    bracket = bracket - bracket.mT
    size = bracket.shape[-1]
    row, column = torch.triu_indices(size, size, offset=1, device=first.device)
    return first + second + bracket[..., row, column] / 2


_DEGREE = 5
"""Up to which degree in both frames V3 takes the Baker–Campbell–Hausdorff series."""

_BERNOULLI = {2: 1 / 12, 4: -1 / 720}
"""B_n / n! of the even Bernoulli numbers that degree 5 needs."""


def compose_general(
    first: Float[Tensor, "token entry"], second: Float[Tensor, "token entry"]
) -> Float64[Tensor, "token entry"]:
    """The coordinates of exp(φ_first) · exp(φ_second) in GL(d), as V3 computes them.

    Coordinates are a matrix's entries, row by row; the answer is the
    Baker–Campbell–Hausdorff series up to degree 5, by the recursion of Varadarajan (*Lie
    Groups, Lie Algebras, and Their Representations*, 1984, lemma 2.15.3).
    """
    size = isqrt(first.shape[-1])
    x, y = (frame.double().reshape(-1, size, size) for frame in (first, second))
    terms = [x + y]
    for degree in range(1, _DEGREE):
        term = _bracket(x - y, terms[-1]) / 2
        for parts, factor in _BERNOULLI.items():
            for split in _splits(degree, parts):
                term = term + factor * _nested([terms[part - 1] for part in split], x + y)
        terms.append(term / (degree + 1))
    return torch.stack(terms).sum(0).flatten(-2)


def _splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """The ways to write a number as an ordered sum of so many positive ones."""
    for cuts in combinations(range(1, total), parts - 1):
        ends = (0, *cuts, total)
        yield tuple(ends[i + 1] - ends[i] for i in range(parts))


def _nested(
    outer: Sequence[Float64[Tensor, "token d d"]], inner: Float64[Tensor, "token d d"]
) -> Float64[Tensor, "token d d"]:
    """[a, [b, [… , inner]]]."""
    for matrix in reversed(outer):
        inner = _bracket(matrix, inner)
    return inner


def _bracket(
    left: Float64[Tensor, "token d d"], right: Float64[Tensor, "token d d"]
) -> Float64[Tensor, "token d d"]:
    return left @ right - right @ left


def _matrix(frame: Float64[Tensor, "token generator"]) -> Float64[Tensor, "token n n"]:
    """The skew matrix Σ_{i<j} φ_ij (E_ij − E_ji), pairs in rows' order."""
    size = group_size(frame.shape[-1])
    assert size is not None, "a checkpoint with another number of generators is refused"
    row, column = torch.triu_indices(size, size, offset=1, device=frame.device)
    matrix = frame.new_zeros(*frame.shape[:-1], size, size)
    matrix[..., row, column] = frame
    matrix[..., column, row] = -frame
    return matrix


def _quaternion(vector: Float64[Tensor, "token 3"]) -> Float64[Tensor, "token 4"]:
    """The unit quaternion (w, x, y, z) of a rotation vector."""
    half = torch.linalg.vector_norm(vector, dim=-1, keepdim=True) / 2
    return torch.cat([half.cos(), torch.sinc(half / torch.pi) * vector / 2], -1)


def _multiply(
    left: Float64[Tensor, "token 4"], right: Float64[Tensor, "token 4"]
) -> Float64[Tensor, "token 4"]:
    a, u = left[..., :1], left[..., 1:]
    b, v = right[..., :1], right[..., 1:]
    real = a * b - (u * v).sum(-1, keepdim=True)
    return torch.cat([real, a * v + b * u + torch.linalg.cross(u, v)], -1)


def _rotation_vector(quaternion: Float64[Tensor, "token 4"]) -> Float64[Tensor, "token 3"]:
    """The rotation vector of length at most π."""
    quaternion = torch.where(quaternion[..., :1] < 0, -quaternion, quaternion)
    real, vector = quaternion[..., :1], quaternion[..., 1:]
    sine = torch.linalg.vector_norm(vector, dim=-1, keepdim=True)
    half = torch.atan2(sine, real)
    return 2 * vector / torch.sinc(half / torch.pi)
