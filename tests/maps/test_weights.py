"""From scores to weights: softmax over allowed keys, κ, exact zeros."""

from typing import Any

import numpy as np
import pytest
import torch
from maps_of import map_of

from paperfig.divergences.beliefs import Beliefs
from paperfig.errors import AttentionError
from paperfig.maps.softmax import masked_softmax
from paperfig.models.dot_product import DotProductInputs
from paperfig.models.inputs import LayerInputs
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.values.attention import AttentionMap
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

FULL = MaskRule(causal=False)


def dot_products(*scores: list[list[float]], device: str = "cpu", **keys: Any) -> LayerInputs:
    """Inputs whose q·k are these numbers, one matrix a head."""
    queries = torch.tensor(scores, device=device)
    eye = torch.eye(queries.shape[-1], device=device).expand_as(queries)
    return DotProductInputs(queries=queries, keys=eye.contiguous(), **{"scale": 1.0} | keys)


def points(*means: float, alibi_slope: float = 0.0) -> LayerInputs:
    """One head of unit Gaussians at these places: KL is half the squared distance."""
    count = len(means)
    head = Beliefs(
        mean=torch.tensor(means)[:, None],
        covariance=torch.ones(count, 1, 1),
        frame=torch.zeros(count, 3),
        generators=torch.zeros(3, 1, 1),
    )
    return GaussianInputs(heads=(head,), covariance_form="full", alibi_slope=alibi_slope)


def weighted(
    inputs: LayerInputs,
    *,
    rule: MaskRule = FULL,
    kappa: float | None = None,
    transport: str | None = None,
    **keys: Any,
) -> AttentionMap:
    """The map of all heads given, in a layer that has no other."""
    gaussian = isinstance(inputs, GaussianInputs)
    n_head = len(inputs.heads if gaussian else inputs.queries)
    length = len(inputs.heads[0].mean) if gaussian else inputs.queries.shape[1]
    setting = Setting(
        mask=rule,
        kappa=None if kappa is None else (kappa,) * n_head,
        transport=transport,
    )
    return map_of(inputs, setting, tokens=length, **{"layer": 4, "heads": n_head} | keys)


def softmax(logits: list[list[float]]) -> np.ndarray:
    """By its definition, in float64."""
    powers = np.exp(np.array(logits, dtype=np.float64))
    return powers / powers.sum(axis=-1, keepdims=True)


def test_two_tokens_by_hand(device: str) -> None:
    """exp(s) over its sum: thirds and halves from logarithms of 2."""
    two = float(np.log(2))
    ours = weighted(dot_products([[0.0, two], [two, two]], device=device), keep_scores=True)
    np.testing.assert_allclose(ours.weights, [[[1 / 3, 2 / 3], [1 / 2, 1 / 2]]], atol=1e-7)
    np.testing.assert_allclose(ours.scores, [[[0, two], [two, two]]], atol=1e-7)
    assert ours.weights.dtype == ours.scores.dtype == np.float32


def test_scale_cap_and_bias() -> None:
    """scores = cap · tanh(scale · q·k / cap) + bias: 0 and 200 become 0 and 49.97."""
    bias = torch.tensor([[[1.0, 0.0], [0.0, -2.0]]])
    inputs = dot_products([[0.0, 400.0], [400.0, 0.0]], scale=0.5, soft_cap=50.0, bias=bias)
    capped = 50 * np.tanh(4)
    np.testing.assert_allclose(
        weighted(inputs, keep_scores=True).scores, [[[1, capped], [capped, -2]]], rtol=1e-6
    )


def test_a_changed_kappa_divides_the_logits() -> None:
    """κ = 0.3 on a model that is trained without one."""
    scores = [[0.2, 1.0], [-0.5, 0.4]]
    ours = weighted(dot_products(scores), kappa=0.3)
    np.testing.assert_allclose(ours.weights[0], softmax(np.array(scores) / 0.3), atol=1e-6)


def test_each_head_has_its_own_kappa() -> None:
    """One score matrix under two temperatures."""
    scores = [[0.0, 1.0], [1.0, 0.0]]
    setting = Setting(mask=FULL, kappa=(1.0, 0.25))
    ours = map_of(
        dot_products(scores, scores), setting, tokens=("a", "b"), heads=(5, 2), n_head=8
    )
    for head, kappa in enumerate((1.0, 0.25)):
        np.testing.assert_allclose(
            ours.weights[head], softmax(np.array(scores) / kappa), atol=1e-6
        )


def test_divergence_over_kappa_and_alibi_beside_it() -> None:
    """logits = −KL/κ + slope · (i − j): the slope is not divided, and is no score."""
    inputs = points(0.0, 1.0, 3.0, alibi_slope=-0.5)
    ours = weighted(inputs, kappa=2.0, transport="exact", keep_scores=True)
    place = np.arange(3)
    kl = np.subtract.outer([0, 1, 3], [0, 1, 3]) ** 2 / 2
    wanted = softmax(-kl / 2.0 - 0.5 * np.subtract.outer(place, place))
    np.testing.assert_allclose(ours.weights[0], wanted, atol=1e-5)
    np.testing.assert_allclose(ours.scores[0], -kl, atol=1e-5)


def test_masked_keys_have_no_weight_and_no_score(device: str) -> None:
    """Weights are exactly 0 where masked, scores NaN; allowed ones are renormalised."""
    inputs = dot_products([[1.0, 90.0, 9.0], [2.0, 2.0, 88.0], [0.0, 0.0, 0.0]], device=device)
    ours = weighted(inputs, rule=MaskRule(hide_keys=(1,)), keep_scores=True)
    np.testing.assert_array_equal(ours.weights[0], [[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]])
    np.testing.assert_array_equal(np.isnan(ours.scores[0]), ~ours.mask)


def test_a_row_without_a_key_is_zero(device: str) -> None:
    """With ``hide-always`` query 0 has none: no NaN, and no silent uniform row."""
    inputs = dot_products(np.zeros((4, 4)).tolist(), device=device)
    ours = weighted(inputs, rule=MaskRule(self_attention="hide-always"))
    third = np.float32(1) / 3
    wanted = [[0, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0], [third, third, third, 0]]
    np.testing.assert_allclose(ours.weights[0], wanted, rtol=1e-6)
    assert not ours.mask[0].any()


def test_self_masked_query_0_attends_to_itself() -> None:
    """The VFE rule: causal and self mask together leave A[0, 0] = 1."""
    ours = weighted(points(0.0, 1.0, 3.0), rule=MaskRule(self_attention="hide"), kappa=1.0)
    assert ours.weights[0, 0].tolist() == [1, 0, 0]
    assert ours.weights[0].diagonal().tolist() == [1, 0, 0]


def test_heads_are_averaged_on_demand_only() -> None:
    """Two sharp heads keep their rows; their mean looks uniform, and says what it is."""
    rows = np.array([[0.1, 0.1, 0.8], [0.8, 0.1, 0.1]])
    heads = [np.log(np.tile(row, (3, 1))).tolist() for row in rows]
    each = weighted(dot_products(*heads))
    np.testing.assert_allclose(each.weights[:, -1], rows, atol=1e-6)
    mean = weighted(dot_products(*heads), mean=True, keep_scores=True)
    np.testing.assert_allclose(mean.weights[0, -1], [0.45, 0.1, 0.45], atol=1e-6)
    assert (mean.mean, mean.heads, mean.labels) == (True, (0, 1), ("L4 mean",))
    np.testing.assert_allclose(mean.scores[0, -1], np.log(rows).mean(axis=0), atol=1e-6)


def test_permuting_heads_permutes_the_maps() -> None:
    """A head's map depends on no other head."""
    random = np.random.default_rng(3)
    heads = random.normal(size=(3, 5, 5)).astype(np.float32).tolist()
    order = [2, 0, 1]
    ours = weighted(dot_products(*heads)).weights
    permuted = weighted(dot_products(*[heads[head] for head in order])).weights
    np.testing.assert_array_equal(permuted, ours[order])


def test_low_precision_inputs_are_cast_first(device: str) -> None:
    """A bfloat16 head of 512 nearly equal scores: rows sum to 1, no tie is invented."""
    generator = torch.Generator().manual_seed(0)
    queries, keys = (0.05 * torch.randn(1, 512, 16, generator=generator) for _ in range(2))
    inputs = DotProductInputs(
        queries=queries.bfloat16().to(device), keys=keys.bfloat16().to(device), scale=0.25
    )
    ours = weighted(inputs).weights[0].astype(np.float64)
    exact = queries.bfloat16().double() @ keys.bfloat16().double().mT
    np.testing.assert_allclose(ours.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(ours, (0.25 * exact).softmax(-1)[0], rtol=1e-5)
    entropy = -(ours * np.log(ours)).sum(axis=1) / np.log(512)
    assert entropy.min() > 0.9999


def test_weights_times_values_are_the_fused_attention(device: str) -> None:
    """The same as `scaled_dot_product_attention`, through values that are an identity."""
    generator = torch.Generator().manual_seed(1)
    queries, keys = (torch.randn(3, 7, 5, generator=generator).to(device) for _ in range(2))
    ours = weighted(
        DotProductInputs(queries=queries, keys=keys, scale=5**-0.5), rule=MaskRule()
    ).weights
    values = torch.eye(7, device=device).expand(3, 7, 7)
    fused = torch.nn.functional.scaled_dot_product_attention(
        queries, keys, values, is_causal=True
    )
    np.testing.assert_allclose(ours, fused.cpu(), atol=1e-6)


def test_a_score_that_is_not_finite() -> None:
    """It is an error on an allowed key, which names head, query and key; none elsewhere."""
    scores = [[0.0, float("inf")], [0.0, float("nan")]]
    inputs = dot_products([[0.0, 0.0], [0.0, 0.0]], bias=torch.tensor([scores]))
    with pytest.raises(AttentionError) as fault:
        weighted(inputs, rule=MaskRule(), heads=(7,), n_head=8)
    assert str(fault.value) == (
        "head 7: the score of query 1 and key 1 is not finite; "
        "the checkpoint's numbers overflow; look at its tensors"
    )
    assert weighted(inputs, rule=MaskRule(self_attention="hide")).weights[0, 1].tolist() == [
        1,
        0,
    ]


def test_a_learned_sink_takes_weight_and_is_no_key() -> None:
    """A row is exp(s) over the sum of exp(s) of its keys and of the sink's exp."""
    logits = torch.tensor([[[0.0, 5.0], [1.0, 2.0]]], dtype=torch.float64)
    mask = np.array([[True, False], [True, True]])
    ours = masked_softmax(logits, mask, sink=torch.tensor([0.5]))
    e = np.exp
    wanted = [
        [e(0) / (e(0) + e(0.5)), 0],
        [e(1) / (e(1) + e(2) + e(0.5)), e(2) / (e(1) + e(2) + e(0.5))],
    ]
    np.testing.assert_allclose(ours[0].numpy(), wanted, rtol=1e-12)


class SinkInputs(DotProductInputs):
    """Dot products beside a learned logit that is no key's."""

    def learned_sink(self) -> torch.Tensor:
        """The logit of each head."""
        return torch.tensor([0.5])


def test_a_map_keeps_the_weight_of_a_learned_sink() -> None:
    """What the keys of a row leave of 1 is the sink's; a query without any key has none."""
    eye = torch.eye(2)[None]
    inputs = SinkInputs(queries=eye, keys=eye, scale=1.0)
    ours = weighted(inputs, rule=MaskRule(hide_keys=(0,)))
    e = np.exp
    np.testing.assert_allclose(
        ours.weights[0], [[0, 0], [0, e(1) / (e(1) + e(0.5))]], rtol=1e-6
    )
    np.testing.assert_allclose(ours.learned_sink, [[0, e(0.5) / (e(1) + e(0.5))]], rtol=1e-6)
