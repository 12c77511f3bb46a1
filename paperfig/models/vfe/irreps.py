"""Heads that are irreducible representations of SO(3), told by their generators alone.

A configuration's labels are free words. Three skew matrices with the commutators of so(3) are
one of its representations, and it is irreducible where its Casimir operator −Σ G² is that of
the spin ℓ of which there are 2ℓ + 1 coordinates: ℓ(ℓ + 1) on each of them.
"""

from collections.abc import Iterable

import torch
from jaxtyping import Float, Float64

_GENERATORS = 3
_ROUNDING = 1e-3  # of matrices whose entries are up to ℓ, stored in float32


def spins(heads: Iterable[torch.Tensor]) -> tuple[int, ...] | None:
    """ℓ of each head, where all are irreps of SO(3); else None.

    Args:
        heads: the generators of each, of shape (generator, d, d).
    """
    found = [_spin(generators.detach()) for generators in heads]
    known = tuple(spin for spin in found if spin is not None)
    return known if len(known) == len(found) else None


def _spin(stored: Float[torch.Tensor, "generator d d"]) -> int | None:
    spin, rest = divmod(stored.shape[-1] - 1, 2)
    if rest or len(stored) != _GENERATORS:
        return None
    generators = stored.cpu().double()
    if not _is_of_so3(generators):
        return None
    casimir = -(generators @ generators).sum(0)
    return spin if _near(casimir, spin * (spin + 1) * torch.eye(len(casimir))) else None


def _is_of_so3(generators: Float64[torch.Tensor, "generator d d"]) -> bool:
    """Whether skew, and each commutator of two the third, or each the third's opposite."""
    second, third = generators.roll(-1, 0), generators.roll(-2, 0)
    commutators = generators @ second - second @ generators
    closed = _near(commutators, third) or _near(commutators, -third)
    return closed and _near(generators, -generators.mT)


def _near(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one, other.double(), rtol=0.0, atol=_ROUNDING)
