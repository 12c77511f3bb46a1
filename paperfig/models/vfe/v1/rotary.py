"""Rotary positions of a vector's pairs of coordinates."""

import torch
from jaxtyping import Float, Float64
from torch import Tensor


def rotate(vectors: Float[Tensor, "token d"], *, base: float) -> Float64[Tensor, "token d"]:
    """Each token's pairs (0, 1), (2, 3) … turned by its place times base^(−i/⌊d/2⌋).

    The last coordinate of an odd number stays. After Su et al., *RoFormer* (2021), as V1
    computes it.
    """
    length, d = vectors.shape
    pairs = d // 2
    position = torch.arange(length, dtype=torch.float64, device=vectors.device)
    speed = base ** (-torch.arange(pairs, dtype=torch.float64, device=vectors.device) / pairs)
    angle = position[:, None] * speed
    cosine, sine = angle.cos(), angle.sin()
    rotated = vectors.double().clone()
    even, odd = rotated[:, 0 : 2 * pairs : 2].clone(), rotated[:, 1 : 2 * pairs : 2].clone()
    rotated[:, 0 : 2 * pairs : 2] = even * cosine - odd * sine
    rotated[:, 1 : 2 * pairs : 2] = even * sine + odd * cosine
    return rotated
