"""Gauge frames by their coordinates φ: what two of them, one after the other, come to."""

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
