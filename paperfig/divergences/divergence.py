"""D(q_i ‖ Ω_ij q_j) of all pairs of Gaussian beliefs, Ω_ij = E(φ_i) E(−φ_j).

KL does not change under an invertible affine map, so with A_i = E(φ_i), B_j = E(−φ_j)

    KL(q_i ‖ A_i B_j q_j) = KL(A_i⁻¹ q_i ‖ B_j q_j)

for any factors, inverse of each other or not: each belief is moved once, and all pairs
are one matrix product. A covariance cut to its diagonal after transport is not
invariant; it has a form of its own, in `diagonal.py`. All in float64.
"""

from typing import Literal

from jaxtyping import Float64
from torch import Tensor

from paperfig.divergences.beliefs import Beliefs
from paperfig.divergences.diagonal import diagonal_divergence
from paperfig.divergences.gaussians import GaussianKeys, GaussianQueries, kl_of_pairs, ridged
from paperfig.divergences.ridge import correct_ridge
from paperfig.divergences.transport import Frames, apply, frames
from paperfig.errors import AttentionError

CovarianceForm = Literal["full", "diagonal", "diagonal-untransported"]

_ROUNDED = 1e-2
"""How far from 0, in nats, D of a belief and itself may be: a weight is off by no more than a
hundredth of itself. Covariances in float32 are symmetric to less where they span 10⁶."""


def gaussian_divergence(
    beliefs: Beliefs,
    *,
    covariance_form: CovarianceForm,
    transport: str,
    order: float = 1.0,
    ridge: float = 1e-6,
) -> Float64[Tensor, "query key"]:
    """D_α(q_i ‖ Ω_ij q_j) in nats, query first, at least 0, on the beliefs' device.

    Args:
        beliefs: one head's; in any floating type.
        covariance_form: ``full``; ``diagonal``: the transported covariance is cut to its
            diagonal, s_k = Σ_l Ω_kl² σ_l. ``diagonal-untransported``: σ_j as it is, only
            the mean is transported. Variances are at least 1e-6 in both.
        transport: ``taylor4``, ``exact`` or ``identity``, as `frames` has it.
        order: Rényi's α; 1 is KL, the only one of full covariances.
        ridge: the multiple of I that full covariances get, Σ_i before the move and the
            key's after it (1e-6 in VFE-Sim, none in V3).

    Raises:
        AttentionError: a covariance is not positive definite, or full with another order;
            or float64 has too few digits for beliefs and frames of so different a size.
    """
    moves = None if transport == "identity" else frames(beliefs, exact=transport == "exact")
    if covariance_form != "full":
        divergence = diagonal_divergence(
            beliefs, moves, transported=covariance_form == "diagonal", order=order
        )
    elif order == 1:
        divergence = _full(beliefs, moves, ridge)
    else:
        raise AttentionError(
            f"order {order}", "Rényi divergence of full covariances is not built yet", "1 is"
        )
    if transport != "taylor4":
        _check_itself(divergence)
    return divergence.clamp_(min=0)


def _check_itself(divergence: Float64[Tensor, "query key"]) -> None:
    """Nothing where D of a belief and itself is 0, as it is where Ω_ii is 1."""
    off = divergence.diagonal().abs()
    if (off > _ROUNDED).any():
        token = int(off.nan_to_num(0).argmax())
        raise AttentionError(
            f"token {token}",
            f"KL of its belief and itself comes out as {off[token]:.2g} in place of 0: beliefs "
            "and frames are of too different a size for float64",
            "look at the checkpoint's tensors",
        )


def _full(beliefs: Beliefs, moves: Frames | None, ridge: float) -> Float64[Tensor, "query key"]:
    """KL with Σ as it is: moved queries (A_i⁻¹) against moved keys (B_j)."""
    key_mean, key_covariance = beliefs.mean.double(), beliefs.covariance.double()
    queries = GaussianQueries.made(key_mean, ridged(key_covariance, ridge))
    if moves is not None:
        queries = queries.moved(moves.inverse)
        key_mean = apply(moves.backward, key_mean)
        key_covariance = moves.backward @ key_covariance @ moves.backward.mT
    keys = GaussianKeys.made(key_mean, ridged(key_covariance, ridge))
    divergence = kl_of_pairs(queries, keys)
    if moves is not None and ridge:
        correct_ridge(divergence, queries, keys, moves.inverse, ridge)
    return divergence
