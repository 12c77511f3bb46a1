"""Rényi divergence of transported beliefs, caps, biases and temperatures, directly."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from maps_of import map_of

from paperfig.divergences.beliefs import Beliefs
from paperfig.divergences.divergence import gaussian_divergence
from paperfig.errors import AttentionError
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

N, D = 5, 3


def beliefs(seed: int, d: int = D, strength: float = 0.4) -> Beliefs:
    """Random beliefs with frames of GL(d), the basis E_ij row by row."""
    random = np.random.default_rng(seed)
    return Beliefs(
        mean=torch.from_numpy(random.normal(size=(N, d))),
        covariance=torch.from_numpy(random.uniform(0.3, 3, size=(N, d))),
        frame=torch.from_numpy(strength * random.normal(size=(N, d * d))),
        generators=torch.eye(d * d, dtype=torch.float64).reshape(d * d, d, d),
    )


def exponential(matrix: np.ndarray) -> np.ndarray:
    """The exponential by eigenvalues, which random matrices have all different."""
    values, vectors = np.linalg.eig(matrix)
    return (vectors @ np.diag(np.exp(values)) @ np.linalg.inv(vectors)).real


def transported(one: Beliefs, query: int, key: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variances of the key's belief in the query's frame."""
    d = one.mean.shape[1]
    turn = [one.frame[token].reshape(d, d).numpy() for token in (query, key)]
    move = exponential(turn[0]) @ exponential(-turn[1])
    return move @ one.mean[key].numpy(), np.diag(
        move @ np.diag(one.covariance[key].numpy()) @ move.T
    )


def integrated(order: float, own: tuple[float, float], key: tuple[float, float]) -> float:
    """1/(α−1) ln ∫ p^α q^(1−α), or ∫ p ln(p/q), of two Gaussians on the line, by sums."""
    x, step = np.linspace(-60, 60, 20_001, retstep=True)
    logs = [-0.5 * ((x - m) ** 2 / v + np.log(2 * np.pi * v)) for m, v in (own, key)]
    if order == 1:
        return float(np.sum(np.exp(logs[0]) * (logs[0] - logs[1])) * step)
    total = np.sum(np.exp(order * logs[0] + (1 - order) * logs[1])) * step
    return float(np.log(total) / (order - 1))


@given(order=st.sampled_from([0.1, 0.3, 0.5, 0.9, 1.0]), seed=st.integers(0, 99))
def test_divergence_is_the_integral(order: float, seed: int) -> None:
    """A coordinate at a time, since diagonal Gaussians are independent in each."""
    one = beliefs(seed)
    ours = gaussian_divergence(one, covariance_form="diagonal", transport="exact", order=order)

    query, key = seed % N, (seed // N) % N
    mean, variance = transported(one, query, key)
    parts = zip(
        one.mean[query].tolist(), one.covariance[query].tolist(), mean, variance, strict=True
    )
    expected = sum(integrated(order, (m, v), (n, w)) for m, v, n, w in parts)
    assert float(ours[query, key]) == pytest.approx(expected, abs=1e-7)


@given(seed=st.integers(0, 99))
def test_order_one_is_the_limit(seed: int) -> None:
    """Orders near 1 come near KL, and greater orders are never smaller."""
    one = beliefs(seed)
    orders = (0.2, 0.6, 1 - 1e-6, 1.0)
    ours = [
        gaussian_divergence(one, covariance_form="diagonal", transport="exact", order=order)
        for order in orders
    ]
    torch.testing.assert_close(ours[2], ours[3], rtol=1e-4, atol=1e-4)
    for less, more in pairwise(ours):
        assert bool((more >= less - 1e-9).all())


def test_full_covariances_have_kl_only() -> None:
    """Another order is refused by name."""
    one = replace(beliefs(0), covariance=torch.eye(D, dtype=torch.float64).repeat(N, 1, 1))
    with pytest.raises(AttentionError) as caught:
        gaussian_divergence(one, covariance_form="full", transport="exact", order=0.3)
    assert str(caught.value) == (
        "order 0.3: Rényi divergence of full covariances is not built yet; 1 is"
    )


def test_without_a_ridge_frames_of_gl_leave_kl_alone() -> None:
    """The same move of all beliefs changes nothing, for covariances of any size."""
    random = np.random.default_rng(4)
    one = beliefs(4)
    factor = random.normal(size=(N, D, D))
    covariance = torch.from_numpy(factor @ factor.transpose(0, 2, 1)) * 1e-6
    same = replace(
        one, covariance=covariance, mean=one.mean * 1e-3, frame=one.frame[:1].repeat(N, 1)
    )
    moved, plain = (
        gaussian_divergence(same, covariance_form="full", transport=transport, ridge=0.0)
        for transport in ("exact", "identity")
    )
    torch.testing.assert_close(moved, plain, rtol=1e-8, atol=1e-8)


def test_weights_by_caps_biases_and_temperatures() -> None:
    """softmax(bias − min(D, cap) / (κ · factor)) over allowed keys, and heads of it."""
    heads = (beliefs(1), beliefs(2, d=4), beliefs(3))
    bias = torch.from_numpy(np.random.default_rng(5).normal(size=(3, N, N)))
    caps, kappa, factor = (2.0, 1.0, 9.0), (0.7, 1.0, 0.4), (3**0.5, 2.0, 3**0.5)
    inputs = GaussianInputs(
        heads=heads, covariance_form="diagonal", bias=bias, order=0.3, caps=caps
    )
    trained = Setting(mask=MaskRule(), kappa=kappa, transport="exact", tau_factor=factor)
    shown = (2, 1)
    ours = map_of(
        inputs.of_heads(shown),
        trained.of_heads(shown),
        tokens="abcde",
        heads=shown,
        n_head=3,
        keep_scores=True,
    )
    assert ours.scores is not None
    for place, head in enumerate(shown):
        divergence = gaussian_divergence(
            heads[head], covariance_form="diagonal", transport="exact", order=0.3
        ).numpy()
        capped = np.minimum(divergence, caps[head])
        logits = bias[head].numpy() - capped / (kappa[head] * factor[head])
        expected = np.tril(np.exp(logits)) / np.tril(np.exp(logits)).sum(1, keepdims=True)
        np.testing.assert_allclose(ours.weights[place], expected, atol=1e-6)
        np.testing.assert_allclose(ours.scores[place][ours.mask], -capped[ours.mask], atol=1e-5)
    assert trained.of_heads(shown).temperature == pytest.approx((0.4 * 3**0.5, 2.0))
