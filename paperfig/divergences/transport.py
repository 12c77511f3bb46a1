"""How Ω_ij = E(φ_i) E(−φ_j) moves a belief: the frames E(φ) of each token, in float64."""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from paperfig.divergences.beliefs import Beliefs
from paperfig.errors import AttentionError


@dataclass(frozen=True, slots=True)
class Frames:
    """E(φ_i), E(φ_i)⁻¹ and E(−φ_i) of each token, for a named exponential E."""

    forward: Float64[Tensor, "token d d"]
    inverse: Float64[Tensor, "token d d"]
    backward: Float64[Tensor, "token d d"]


def frames(beliefs: Beliefs, *, exact: bool) -> Frames:
    """The frames E(φ) with E the exponential, or its Taylor series up to order 4.

    The series is what VFE-Sim computes for both exp(φ·G) and exp(−φ·G); the two are not
    each other's inverse, hence a real one. A frame of two factors is their product.

    Raises:
        AttentionError: a series has no inverse.
    """
    generators = beliefs.generators.double()
    exponential = _exponential if exact else _series
    left = exponential(beliefs.frame.double(), generators)
    if beliefs.right_frame is None:
        return left
    right = exponential(beliefs.right_frame.double(), generators)
    return Frames(
        left.forward @ right.forward,
        right.inverse @ left.inverse,
        right.backward @ left.backward,
    )


def _exponential(
    frame: Float64[Tensor, "token generator"], generators: Float64[Tensor, "generator d d"]
) -> Frames:
    algebra = torch.tensordot(frame, generators, dims=1)
    forward = torch.linalg.matrix_exp(algebra)
    is_skew = torch.equal(generators.mT, -generators)
    backward = forward.mT if is_skew else torch.linalg.matrix_exp(-algebra)
    return Frames(forward, backward, backward)


def _series(
    frame: Float64[Tensor, "token generator"], generators: Float64[Tensor, "generator d d"]
) -> Frames:
    algebra = torch.tensordot(frame, generators, dims=1)
    square = algebra @ algebra
    even = square @ square / 24 + square / 2
    even.diagonal(dim1=-2, dim2=-1).add_(1)
    odd = algebra + algebra @ square / 6
    forward = even + odd
    inverse, failed = torch.linalg.inv_ex(forward)
    if failed.any():
        token = int(failed.nonzero()[0, 0])
        raise AttentionError(
            f"token {token}", "its frame has no inverse", "look at the checkpoint's tensors"
        )
    return Frames(forward, inverse, even - odd)


def apply(
    matrices: Float64[Tensor, "token d d"], vectors: Float64[Tensor, "token d"]
) -> Float64[Tensor, "token d"]:
    """Each token's matrix times its vector."""
    moved: Tensor = (matrices @ vectors[..., None])[..., 0]
    return moved
