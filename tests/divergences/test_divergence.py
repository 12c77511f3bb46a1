"""KL of all pairs by matrix products, against one pair at a time."""

import re
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from paperfig.divergences.beliefs import Beliefs
from paperfig.divergences.divergence import gaussian_divergence
from paperfig.errors import AttentionError
from paperfig.models.vfe.gaussian import GaussianInputs

CovarianceForm = Literal["full", "diagonal", "diagonal-untransported"]

RIDGE = 1e-6
"""What VFE-Sim adds to both covariances, and the least variance of a diagonal."""


def beliefs(
    *, d: int, length: int = 5, decades: float = 2, turn: float = 0.3, offset: float = 0,
    diagonal: bool = False, seed: int = 0,
) -> Beliefs:  # fmt: skip
    """Random beliefs: eigenvalues over so many decades, means about an offset."""
    random = np.random.default_rng(seed)
    raw = random.normal(size=(3, d, d))
    variances = 10 ** random.uniform(-decades / 2, decades / 2, size=(length, d))
    axes = np.linalg.qr(random.normal(size=(length, d, d)))[0]
    full = axes * variances[:, None] @ axes.transpose(0, 2, 1)
    arrays = {
        "mean": random.normal(size=(length, d)) + offset,
        "covariance": variances if diagonal else (full + full.transpose(0, 2, 1)) / 2,
        "frame": turn * random.normal(size=(length, 3)),
        "generators": raw - raw.transpose(0, 2, 1),
    }
    return Beliefs(**{name: torch.from_numpy(array) for name, array in arrays.items()})


def series(matrix: np.ndarray, order: int) -> np.ndarray:
    """The exponential's series."""
    term = total = np.eye(len(matrix))
    for n in range(1, order + 1):
        term = term @ matrix / n
        total = total + term
    return total


def pair(
    beliefs: Beliefs, i: int, j: int, transport: str, covariance_form: CovarianceForm
) -> float:
    """KL(q_i ‖ Ω_ij q_j) by its definition, with the model's ridge in the query's frame."""
    names = ("mean", "covariance", "frame", "generators")
    mean, own, frame, basis = (getattr(beliefs, name).numpy() for name in names)
    move = np.eye(mean.shape[1])
    if transport != "identity":
        # squaring exp(x/2^8) keeps the long series accurate for turns of any size
        turns = [np.tensordot(frame[token], basis, 1) for token in (i, j)]
        if transport == "taylor4":
            move = series(turns[0], 4) @ series(-turns[1], 4)
        else:
            here, there = (series(turn / 256, 20) for turn in (turns[0], -turns[1]))
            move = np.linalg.matrix_power(here, 256) @ np.linalg.matrix_power(there, 256)
    query, key = (x if x.ndim == 2 else np.diag(np.maximum(x, RIDGE)) for x in (own[i], own[j]))
    if covariance_form != "diagonal-untransported":
        key = move @ key @ move.T
    if covariance_form == "diagonal":
        key = np.diag(np.maximum(np.diag(key), RIDGE))
    if covariance_form == "full":
        query, key = (x + RIDGE * np.eye(len(x)) for x in (query, key))
    factor = np.linalg.cholesky(key)
    whitened = np.linalg.solve(factor, np.linalg.cholesky(query))
    gap = np.linalg.solve(factor, move @ mean[j] - mean[i])
    logs = 2 * np.log(np.diag(factor)).sum() - np.linalg.slogdet(query)[1]
    return max(0.0, 0.5 * ((whitened**2).sum() + gap @ gap - len(gap) + logs))


def directly(beliefs: Beliefs, transport: str, covariance_form: CovarianceForm) -> np.ndarray:
    """All pairs, one at a time."""
    tokens = range(len(beliefs.mean))
    return np.array(
        [[pair(beliefs, i, j, transport, covariance_form) for j in tokens] for i in tokens]
    )


def difference(ours: torch.Tensor, wanted: np.ndarray) -> float:
    """max |ΔKL| / (1 + max KL)."""
    assert ours.dtype == torch.float64
    return float(np.abs(ours.cpu().numpy() - wanted).max() / (1 + wanted.max()))


def kl_divergence(
    beliefs: Beliefs, *, covariance_form: CovarianceForm, transport: str
) -> torch.Tensor:
    """Ours, as the scores of a layer of one head."""
    inputs = GaussianInputs(heads=(beliefs,), covariance_form=covariance_form)
    return -inputs.scores(transport)[0]


def moved(beliefs: Beliefs, device: str) -> Beliefs:
    """The same beliefs on a device."""
    names = ("mean", "covariance", "frame", "generators")
    return Beliefs(**{name: getattr(beliefs, name).to(device) for name in names})


@given(
    d=st.integers(1, 9),
    decades=st.floats(0, 6),
    turn=st.floats(0, 2),
    offset=st.sampled_from([0, 30]),
    transport=st.sampled_from(["exact", "identity"]),
    seed=st.integers(0, 2**16),
)
def test_full_covariance(seed: int, transport: str, **shape: Any) -> None:
    """One matrix product gives each pair's KL to 1e-9, over six decades of eigenvalues."""
    given_ = beliefs(seed=seed, **shape)
    ours = kl_divergence(given_, covariance_form="full", transport=transport)
    assert difference(ours, directly(given_, transport, "full")) <= 1e-9


@settings(max_examples=25)
@given(d=st.integers(1, 9), turn=st.floats(0, 0.35), seed=st.integers(0, 2**16))
def test_the_series_is_not_the_exponential(d: int, turn: float, seed: int) -> None:
    """With frames that are no rotations the ridge stands where the model has it."""
    given_ = beliefs(d=d, turn=turn, seed=seed, decades=4)
    ours = kl_divergence(given_, covariance_form="full", transport="taylor4")
    assert difference(ours, directly(given_, "taylor4", "full")) <= 1e-9


@settings(max_examples=30)
@given(
    d=st.integers(1, 9),
    turn=st.floats(0, 1),
    covariance_form=st.sampled_from(["diagonal", "diagonal-untransported"]),
    transport=st.sampled_from(["exact", "taylor4", "identity"]),
    seed=st.integers(0, 2**16),
)
def test_diagonal_covariance(
    d: int, turn: float, covariance_form: CovarianceForm, transport: str, seed: int
) -> None:
    """Both forms that keep a diagonal, to 1e-9, with every transport."""
    given_ = beliefs(d=d, turn=turn, seed=seed, diagonal=True)
    ours = kl_divergence(given_, covariance_form=covariance_form, transport=transport)
    assert difference(ours, directly(given_, transport, covariance_form)) <= 1e-9


def test_two_gaussians_by_hand(device: str) -> None:
    """KL(N(0, 1) ‖ N(1, 4)) = ln 2 + (1 + 1)/8 − 1/2 and its reverse, but for the ridge."""
    given_ = Beliefs(
        mean=torch.tensor([[0.0], [1.0]]),
        covariance=torch.tensor([[[1.0]], [[4.0]]]),
        frame=torch.zeros(2, 3),
        generators=torch.zeros(3, 1, 1),
    )
    ours = kl_divergence(moved(given_, device), covariance_form="full", transport="exact").cpu()
    wanted = [[0, np.log(2) + 2 / 8 - 0.5], [-np.log(2) + 5 / 2 - 0.5, 0]]
    np.testing.assert_allclose(ours, wanted, atol=2e-6)


def test_chunks_join_without_seams(device: str) -> None:
    """A diagonal of more tokens than one chunk holds, each row as on its own."""
    given_ = beliefs(d=7, length=150, diagonal=True)
    ours = kl_divergence(
        moved(given_, device), covariance_form="diagonal", transport="exact"
    ).cpu()
    for query, key in ((0, 149), (61, 62), (62, 61), (149, 0)):
        wanted = pair(given_, query, key, "exact", "diagonal")
        assert abs(float(ours[query, key]) - wanted) < 1e-9 * (1 + wanted)


def test_float32_in_float64_out(device: str) -> None:
    """Beliefs of a checkpoint's precision are computed with in float64, where they lie."""
    half = moved(beliefs(d=4), device)
    names = ("mean", "covariance", "frame", "generators")
    single = Beliefs(**{name: getattr(half, name).float() for name in names})
    ours = kl_divergence(single, covariance_form="full", transport="taylor4")
    assert (ours.dtype, ours.device.type) == (torch.float64, device)


def test_a_covariance_that_is_none() -> None:
    """It is refused, and its token named."""
    given_ = beliefs(d=3)
    given_.covariance[2] = -torch.eye(3)
    with pytest.raises(AttentionError) as fault:
        kl_divergence(given_, covariance_form="full", transport="exact")
    assert str(fault.value) == (
        "token 2: its covariance is not positive definite; no KL exists"
    )


def stretched(*, turn: float = 0, mean: float = 1) -> Beliefs:
    """Beliefs of two coordinates, with frames exp(±turn) and means of other sizes."""
    return Beliefs(
        mean=torch.tensor([[0.3, 0.7], [0.1 * mean, 0.9 * mean]]).double(),
        covariance=torch.tensor([[[0.11, 0.02], [0.02, 0.07]]]).double().repeat(2, 1, 1),
        frame=torch.tensor([[turn], [-turn]]).double(),
        generators=torch.tensor([[[1.0, 0.3], [0.2, 1.0]]]).double(),
    )


def stretched_divergence(transport: str, **sizes: float) -> torch.Tensor:
    """Their KL, without a ridge."""
    return gaussian_divergence(
        stretched(**sizes), covariance_form="full", transport=transport, ridge=0.0
    )


@pytest.mark.parametrize(
    ("transport", "sizes"), [("exact", {"turn": 13}), ("identity", {"mean": 1e9})]
)
def test_sizes_that_float64_does_not_hold(transport: str, sizes: dict[str, float]) -> None:
    """KL of a belief and itself tells that nothing of the others is known either."""
    with pytest.raises(AttentionError) as caught:
        stretched_divergence(transport, **sizes)
    assert re.fullmatch(
        r"token [01]: KL of its belief and itself comes out as [0-9.e+-]+ in place of 0: "
        r"beliefs and frames are of too different a size for float64; "
        r"look at the checkpoint's tensors",
        str(caught.value),
    )


@pytest.mark.parametrize(
    ("transport", "sizes"), [("exact", {"turn": 4}), ("identity", {"mean": 1e4})]
)
def test_sizes_that_float64_holds(transport: str, sizes: dict[str, float]) -> None:
    """The definition's KL of the two, where one frame stretches by e⁸ against the other."""
    found, made = stretched_divergence(transport, **sizes), stretched(**sizes)
    mean, own, basis = made.mean.numpy(), made.covariance[0].numpy(), made.generators[0].numpy()
    move = series(2 * sizes.get("turn", 0) * basis / 256, 20)
    move = np.linalg.matrix_power(move, 256)
    key, gap = move @ own @ move.T, mean[0] - move @ mean[1]
    logs = np.linalg.slogdet(key)[1] - np.linalg.slogdet(own)[1]
    trace = np.trace(np.linalg.solve(key, own))
    wanted = 0.5 * (trace + gap @ np.linalg.solve(key, gap) - 2 + logs)
    assert float(found[0, 1]) == pytest.approx(wanted, rel=1e-8)
    assert float(found.diagonal().max()) < 1e-6


def test_a_frame_that_is_none() -> None:
    """A series without an inverse is refused, and its token named."""
    generators = torch.zeros(3, 2, 2)
    generators[1] = 1e30  # the series rounds to a matrix of equal entries
    given_ = Beliefs(
        mean=torch.zeros(2, 2),
        covariance=torch.eye(2).expand(2, 2, 2),
        frame=torch.eye(3)[:2],
        generators=generators,
    )
    with pytest.raises(AttentionError) as fault:
        kl_divergence(given_, covariance_form="full", transport="taylor4")
    assert str(fault.value) == (
        "token 1: its frame has no inverse; look at the checkpoint's tensors"
    )
