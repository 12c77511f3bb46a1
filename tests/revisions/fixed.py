"""Numbers without a generator: the same on every machine, of every version."""

import numpy as np
import torch

from paperfig.divergences.beliefs import Beliefs


def wave(*shape: int) -> torch.Tensor:
    """A sine along all entries."""
    steps = torch.arange(int(np.prod(shape)), dtype=torch.float64)
    return torch.sin(steps * 1.7 + 0.3).reshape(shape)


def beliefs(length: int, form: str) -> Beliefs:
    """One head of dimension 3 in SO(3)'s own representation."""
    generators = torch.zeros(3, 3, 3, dtype=torch.float64)
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        generators[a, c, b], generators[a, b, c] = 1, -1
    factor = wave(length, 3, 3) * 0.4
    full = factor @ factor.mT + torch.eye(3, dtype=torch.float64)
    return Beliefs(
        mean=wave(length, 3),
        covariance=full if form == "full" else full.diagonal(dim1=1, dim2=2),
        frame=wave(length, 3) * 0.5,
        generators=generators,
    )


def scattered(start: int, *shape: int) -> np.ndarray:
    """Multiples of 1/504 between −1 and 1, in no order, from the ``start``-th on."""
    place = np.arange(start, start + int(np.prod(shape)), dtype=np.int64)
    numbers: np.ndarray = ((place * place * 31 + place * 17) % 1009 - 504) / 504
    return numbers.reshape(shape)


class Tables:
    """Tensors of a checkpoint, each made of the numbers that follow the last one's."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, *shape: int, scale: float = 1.0, about: float = 0.0) -> torch.Tensor:
        """Numbers within ``scale`` of ``about``, in float32."""
        numbers = scattered(self._next, *shape)
        self._next += numbers.size
        return torch.from_numpy(about + scale * numbers).float()


def even_rows(mask: np.ndarray, start: int = 0, *, sharp: int = 1) -> np.ndarray:
    """Weights of which each row sums to 1: whole numbers of 1 to 12 over their sum.

    Args:
        mask: which keys each query may attend to.
        start: which numbers.
        sharp: the power that they are raised to.
    """
    whole = np.where(mask, (6.5 + 5.5 * scattered(start, *mask.shape)).round() ** sharp, 0)
    return whole / np.maximum(whole.sum(axis=-1, keepdims=True), 1)
