"""VFE-Sim files: their beliefs and weights, and what is wrong with a broken one."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loading import load, message
from small_vfe import (
    CONTEXT,
    HEAD,
    IDS,
    VOCAB,
    State,
    direct_kl,
    exponential,
    map_of,
    save,
    so_n_generators,
    vfe_config,
    vfe_state,
)

from paperfig.errors import CheckpointError
from paperfig.values.attention import AttentionMap
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

PUBLICATION = "run_vfe_publication"
WHOLE = "save the whole state dict"


def check_against(ours: AttentionMap, dump: Path) -> None:
    """β within 1e-5 and KL within 1e-4 on allowed keys."""
    with np.load(dump) as arrays:
        beta, kl = arrays["beta"][0], arrays["kl"][0]
    mask = ours.mask
    np.testing.assert_allclose(ours.weights[:, mask], beta[:, mask], rtol=0, atol=1e-5)
    np.testing.assert_allclose(-ours.scores[:, mask], kl[:, mask], rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", [f"{PUBLICATION}/best_model.pt", "trainer_final_model.pt"])
def test_weights_equal_the_projects_own(shared: Path, name: str, device: str) -> None:
    """Both trainers' files give the numbers of VFE-Sim's own forward pass."""
    dump = shared / "vfe" / "ref_vfe_ckpt_n64.npz"
    with np.load(dump) as arrays:
        ids = arrays["token_ids"][0]
    check_against(map_of(load(shared / "vfe" / name, device), ids), dump)


def test_facts_of_the_publication_file(shared: Path) -> None:
    """Sizes from tensors, κ = K/11, the rest from experiment_config.json and defaults."""
    facts = load(shared / "vfe" / PUBLICATION / "best_model.pt", name="VFE-25").facts
    layer = facts.layers[0]
    assert (facts.name, facts.family, facts.step, facts.dtype) == (
        "VFE-25", "vfe-sim", 20000, "float32",
    )  # fmt: skip
    assert (facts.n_layer, facts.vocab_size, facts.context) == (1, 256, 128)
    assert layer.head_dims == (5, 9, 11)
    assert layer.trained == Setting(
        mask=MaskRule(causal=True), kappa=(25 / 11,) * 3, transport="taylor4"
    )
    assert facts.defaults == (
        "mask_self_attention = False", "alibi_slope = None", "use_identity_transport = False",
    )  # fmt: skip
    assert (facts.declared, facts.notes) == ((), ("configuration: experiment_config.json",))


def test_kappa_that_the_configuration_left_unresolved(shared: Path, tmp_path: Path) -> None:
    """``kappa_beta`` 1.0, as the trainer writes it first, is not what was trained."""
    shutil.copy(shared / "vfe" / PUBLICATION / "best_model.pt", tmp_path / "best_model.pt")
    text = (shared / "vfe" / PUBLICATION / "experiment_config.json").read_text("utf-8")
    unresolved = text.replace('"kappa_beta": 2.272727272727273', '"kappa_beta": 1.0')
    assert unresolved != text
    (tmp_path / "experiment_config.json").write_text(unresolved, encoding="utf-8")
    setting = load(tmp_path / "best_model.pt").facts.layers[0].trained
    assert setting.kappa == (25 / 11,) * 3


def plain(state: State) -> tuple[np.ndarray, np.ndarray]:
    """μ and σ² of the tables, with position rows."""
    numbers = {name: tensor.double().numpy() for name, tensor in state.items()}
    mean = numbers["token_embed.mu_embed.weight"][IDS]
    if "token_embed.pos_embed.weight" in numbers:
        mean = mean + numbers["token_embed.pos_embed.weight"][: len(IDS)]
    logs = numbers["token_embed.log_sigma_diag"]
    variance = np.clip(np.exp(logs[IDS] if logs.ndim == 2 else logs), 0.01, 5)
    return mean, np.broadcast_to(variance, mean.shape)


def inputs(path: Path, **keys: Any) -> Any:
    """The inputs of layer 0's heads."""
    source = load(path, **keys)
    return source.layer_inputs(IDS, {0: range(source.facts.layers[0].n_head)})[0]


def test_beliefs_are_those_of_the_tables(tmp_path: Path, device: str) -> None:
    """Each head sees its slice of μ and of a diagonal Σ, and its own generators."""
    state = vfe_state()
    mean, variance = plain(state)
    assert variance.min() == 0.01
    assert variance.max() == 5
    found = inputs(save(tmp_path / "m.pt", state, vfe_config()), device=device)
    assert (found.covariance_form, found.alibi_slope) == ("full", 0.0)
    for head, own in enumerate((slice(0, 3), slice(3, 4), slice(4, 7))):
        beliefs = found.heads[head]
        assert beliefs.mean.device.type == device
        np.testing.assert_allclose(beliefs.mean.cpu(), mean[:, own], atol=1e-6)
        full = np.stack([np.diag(row) for row in variance[:, own]])
        np.testing.assert_allclose(beliefs.covariance.cpu(), full, rtol=1e-6)
        torch.testing.assert_close(beliefs.generators.cpu(), state[HEAD.format(0, head)])


def test_a_head_asked_alone_sees_the_same(tmp_path: Path) -> None:
    """Heads come in the order asked for; nothing asked is nothing computed."""
    source = load(save(tmp_path / "m.pt", vfe_state(), vfe_config()))
    together = source.layer_inputs(IDS, {0: (0, 1, 2)})[0]
    swapped = source.layer_inputs(IDS, {0: (2, 0)})[0]
    for one, other in zip(swapped.heads, together.of_heads([2, 0]).heads, strict=True):
        assert torch.equal(one.mean, other.mean)
        assert torch.equal(one.generators, other.generators)
    assert source.layer_inputs(IDS, {}) == {}


def without(*names: str) -> Callable[[State], None]:
    """A change that takes tensors away."""
    return lambda state: [state.pop(name) for name in names] and None


def shared_variance(state: State) -> None:
    """σ² as the buffer that all tokens share (``evolve_sigma`` off)."""
    state["token_embed.log_sigma_diag"] = state["token_embed.log_sigma_diag"][0].clone()


@pytest.mark.parametrize(
    ("config", "change", "shape"),
    [
        ({"diagonal_covariance": True}, lambda _: None, lambda mean: mean),
        ({"evolve_sigma": False}, shared_variance, lambda mean: mean),
        (
            {"use_positional_embedding": False},
            without("token_embed.pos_embed.weight"),
            lambda mean: mean,
        ),
        (
            {"use_positional_embedding": ...},
            without("token_embed.pos_embed.weight"),
            lambda mean: mean,
        ),
        (
            {"mu_normalize": True, "mu_max_norm": 0.1},
            lambda _: None,
            lambda mean: mean / np.linalg.norm(mean, axis=1, keepdims=True),
        ),
        (
            {"mu_max_norm": 2.5},
            lambda _: None,
            lambda mean: mean * np.minimum(2.5 / np.linalg.norm(mean, axis=1), 1)[:, None],
        ),
    ],
    ids=["diagonal", "one variance", "no rows", "rows not said", "on the sphere", "capped"],
)
def test_what_the_configuration_changes(
    tmp_path: Path, config: dict[str, Any], change: Callable[[State], None], shape: Any
) -> None:
    """Diagonal covariance, one variance for all, no positions in μ, μ kept short."""
    state = vfe_state()
    change(state)
    mean, variance = plain(state)
    found = inputs(save(tmp_path / "m.pt", state, vfe_config(**config)))
    parts = [head.covariance for head in found.heads]
    if found.covariance_form == "full":
        parts = [part.diagonal(dim1=-2, dim2=-1) for part in parts]
    assert (found.covariance_form == "diagonal") == config.get("diagonal_covariance", False)
    np.testing.assert_allclose(torch.cat(parts, 1), variance, rtol=1e-6)
    means = torch.cat([head.mean for head in found.heads], 1)
    np.testing.assert_allclose(means, shape(mean), atol=1e-6)


def test_a_norm_before_attention(tmp_path: Path) -> None:
    """With ``use_layernorm`` the first block's norm acts on μ, and on nothing else."""
    state, random = vfe_state(), torch.Generator().manual_seed(3)
    weight, bias = torch.randn(2, 7, generator=random)
    for name in ("norm1", "norm2"):
        block = f"transformer.blocks.0.{name}."
        state |= {block + "weight": weight.clone(), block + "bias": bias.clone()}
        weight, bias = bias, weight
    mean, _ = plain(state)
    centred = mean - mean.mean(1, keepdims=True)
    normed = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-5)
    wanted = normed * weight.numpy() + bias.numpy()
    found = inputs(save(tmp_path / "m.pt", state, vfe_config(use_layernorm=True)))
    means = torch.cat([head.mean for head in found.heads], 1)
    np.testing.assert_allclose(means, wanted, atol=1e-5)


def rotation_of(frame: np.ndarray) -> np.ndarray:
    """exp([φ]×)."""
    x, y, z = frame
    return exponential(np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]), 60)


@pytest.mark.parametrize("mode", ["learned", "sinusoidal", "none", ...])
def test_frames_take_their_positions(tmp_path: Path, mode: Any) -> None:
    """exp φ = exp φ_token · exp φ_position; with mode ``none`` the token's alone."""
    state = vfe_state()
    found = inputs(save(tmp_path / "m.pt", state, vfe_config(pos_encoding_mode=mode)))
    tokens = state["token_embed.phi_embed.weight"].double().numpy()[IDS]
    places = state["pos_encoding.pos_phi"].double().numpy()
    for index, frame in enumerate(found.heads[0].frame.double().numpy()):
        wanted = rotation_of(tokens[index])
        if mode != "none":
            wanted = wanted @ rotation_of(places[index])
        np.testing.assert_allclose(rotation_of(frame), wanted, atol=1e-6)


def test_a_mode_not_said_is_none_where_positions_are_zero(tmp_path: Path) -> None:
    """Frames of more than half a turn stay what they are: the series is not periodic."""
    state = vfe_state()
    state["pos_encoding.pos_phi"].zero_()
    state["token_embed.phi_embed.weight"] *= 20
    found = inputs(save(tmp_path / "m.pt", state, vfe_config(pos_encoding_mode=...)))
    assert torch.equal(found.heads[0].frame, state["token_embed.phi_embed.weight"][IDS])


def test_one_frame_for_all_tokens(tmp_path: Path) -> None:
    """Without ``evolve_phi`` every token has the buffer's frame."""
    state = vfe_state()
    del state["token_embed.phi_embed.weight"]
    state["token_embed.phi_base"] = torch.tensor([0.1, 0.0, -0.2])
    found = inputs(save(tmp_path / "m.pt", state, vfe_config(pos_encoding_mode="none")))
    wanted = state["token_embed.phi_base"].expand(len(IDS), 3)
    assert torch.equal(found.heads[0].frame, wanted)


@pytest.mark.parametrize("is_diagonal", [False, True])
def test_gauge_fixed_priors(tmp_path: Path, is_diagonal: bool) -> None:
    """One belief, turned by each token's frame before positions; then attention cuts Σ."""
    state = vfe_state()
    del state["token_embed.mu_embed.weight"]
    logs = state.pop("token_embed.log_sigma_diag")[0].clone()
    state |= {"token_embed.base_mu": torch.arange(7.0), "token_embed.base_log_sigma_diag": logs}
    config = vfe_config(gauge_fixed_priors=True, diagonal_covariance=is_diagonal)
    found = inputs(save(tmp_path / "m.pt", state, config))
    assert found.covariance_form == ("diagonal" if is_diagonal else "full")
    whole, places = state["generators"].double().numpy(), state["token_embed.pos_embed.weight"]
    base = np.diag(np.clip(np.exp(logs.double().numpy()), 0.01, 5))
    for index, token in enumerate(IDS):
        frame = state["token_embed.phi_embed.weight"][token].double().numpy()
        turn = exponential(np.tensordot(frame, whole, 1), 60)
        mean, covariance = turn @ np.arange(7.0) + places[index].numpy(), turn @ base @ turn.T
        np.testing.assert_allclose(found.heads[2].mean[index], mean[4:], atol=1e-5)
        own = covariance[4:, 4:]
        kept = np.diag(own) if is_diagonal else own
        np.testing.assert_allclose(found.heads[2].covariance[index], kept, atol=1e-5)


def test_a_prior_bank_is_the_variational_step_s(tmp_path: Path) -> None:
    """`PureFEPTrainer` keeps one beside the tables; attention does not see it."""
    state = vfe_state()
    plain = map_of(load(save(tmp_path / "plain.pt", state, vfe_config())))
    state |= {"prior_bank.prior_mu": torch.ones(VOCAB, 7)}
    config = vfe_config(ffn_pure_fep_mode=True, use_prior_bank=True, tie_embeddings=False)
    banked = map_of(load(save(tmp_path / "banked.pt", state, config)))
    assert np.array_equal(banked.weights, plain.weights)


@pytest.mark.parametrize(
    ("config", "computed"),
    [
        ({"alibi_slope": -0.3}, ("taylor4", "full")),
        ({"alibi_slope": 0.2, "diagonal_covariance": True}, ("taylor4", "diagonal")),
        ({"use_identity_transport": True}, ("identity", "full")),
        (
            {"use_identity_transport": True, "diagonal_covariance": True},
            ("taylor4", "diagonal"),
        ),
        (
            {"attention_pattern": "local", "attention_window": 3, "alibi_slope": -0.3,
             "use_identity_transport": True},
            ("exact", "full"),
        ),
        (
            {"attention_pattern": "local", "attention_window": 2, "diagonal_covariance": True},
            ("exact", "diagonal-untransported"),
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [3, 4])
def test_weights_by_the_definition(
    tmp_path: Path, size: int, config: dict[str, Any], computed: tuple[str, str], device: str
) -> None:
    """SO(3) and SO(4) with scalar heads: KL a pair at a time, then the softmax."""
    transport, covariance_form = computed
    dims = {3: (3, 1, 3), 4: (4, 1, 1, 1)}[size]
    path = save(tmp_path / "m.pt", vfe_state(size, dims), vfe_config(**config))
    source = load(path, device)
    ours, found = map_of(source), source.layer_inputs(IDS, {0: range(len(dims))})[0]
    local, place = "attention_pattern" in config, np.arange(len(IDS))
    distance = place[:, None] - place
    allowed = distance >= 0
    if local:
        allowed &= distance < config["attention_window"]
    else:
        allowed &= (distance > 0) | (place == 0)[:, None]
    assert (ours.mask == allowed).all()
    assert found.covariance_form == covariance_form
    slope = 0 if local else config.get("alibi_slope", 0)
    for head, beliefs in enumerate(found.heads):
        kl = direct_kl(beliefs, transport, covariance_form)
        logits = np.where(allowed, -kl / 0.7 + slope * distance, -np.inf)
        weights = np.exp(logits - logits.max(1, keepdims=True))
        weights /= weights.sum(1, keepdims=True)
        np.testing.assert_allclose(ours.weights[head], weights, atol=1e-6)
        np.testing.assert_allclose(
            -ours.scores[head][allowed], kl[allowed], rtol=1e-5, atol=1e-6
        )


def test_frames_of_so_4_compose_by_the_first_bracket(tmp_path: Path) -> None:
    """φ_token + φ_position + ½ [φ_token, φ_position]."""
    state = vfe_state(4, (4, 1, 1, 1))
    found = inputs(save(tmp_path / "m.pt", state, vfe_config()))
    basis = so_n_generators(4)
    row, column = np.triu_indices(4, 1)
    for index, token in enumerate(IDS):
        first = state["token_embed.phi_embed.weight"][token].double().numpy()
        second = state["pos_encoding.pos_phi"][index].double().numpy()
        one, other = np.tensordot(first, basis, 1), np.tensordot(second, basis, 1)
        bracket = (one @ other - other @ one)[row, column]
        wanted = first + second + bracket / 2
        np.testing.assert_allclose(found.heads[0].frame[index], wanted, atol=1e-6)


def test_a_later_layer_is_refused_with_the_reason(tmp_path: Path) -> None:
    """All layers are in the facts; only the first one's beliefs are in the file."""
    source = load(save(tmp_path / "m.pt", vfe_state(layers=3), vfe_config(n_layers=3)))
    assert source.facts.n_layer == 3
    assert {layer.head_dims for layer in source.facts.layers} == {(3, 1, 3)}
    with pytest.raises(CheckpointError) as caught:
        source.layer_inputs(IDS, {0: (0,), 2: (1,)})
    assert str(caught.value) == (
        "m.pt: layer 2 needs the beliefs that the variational step of layer 1 leaves, which "
        "its file does not hold; `checkpoint: {path: m.pt, family: vfe-sim, code: "
        "../VFE-Sim-GPU-Refactor}` runs the project's own code"
    )


def test_prefixes_and_halves_change_no_family(tmp_path: Path) -> None:
    """A compiled model's file in bfloat16 is recognised, and computed in float32."""
    state = {f"_orig_mod.{n}": t.bfloat16() for n, t in vfe_state().items()}
    source = load(save(tmp_path / "m.pt", state, vfe_config()))
    assert (source.facts.family, source.facts.dtype) == ("vfe-sim", "bfloat16")
    assert source.layer_inputs(IDS, {0: (0,)})[0].heads[0].mean.dtype == torch.float32


@pytest.mark.parametrize(
    ("break_", "said"),
    [
        (without(HEAD.format(0, 1)), f"lacks {HEAD.format(0, 1)}; {WHOLE}"),
        (without("pos_encoding.pos_phi"), f"lacks pos_encoding.pos_phi; {WHOLE}"),
        (
            without("token_embed.log_sigma_diag", "token_embed.pos_embed.weight"),
            f"lacks token_embed.log_sigma_diag, token_embed.pos_embed.weight; {WHOLE}",
        ),
        (
            without("token_embed.phi_embed.weight"),
            f"lacks token_embed.phi_base; {WHOLE}",
        ),
        (
            lambda s: s.update({HEAD.format(0, 2): torch.zeros(3, 5, 5)}),
            "the heads of layer 0 have dimensions 3, 1, 5, together 9; K = 7, the dimension "
            "of its beliefs, is right",
        ),
        (
            lambda s: s.update({HEAD.format(0, 1): torch.zeros(6, 1, 1)}),
            f"{HEAD.format(0, 1)} has shape (6, 1, 1); (3, 1, 1) is right",
        ),
        (
            lambda s: s.update({"token_embed.mu_embed.weight": torch.zeros(VOCAB, 7, 1)}),
            f"token_embed.mu_embed.weight has shape ({VOCAB}, 7, 1); a matrix is right",
        ),
        (
            lambda s: s.update({"token_embed.log_sigma_diag": torch.zeros(7, VOCAB)}),
            f"token_embed.log_sigma_diag has shape (7, {VOCAB}); ({VOCAB}, 7) is right",
        ),
        (
            lambda s: s.update({"pos_encoding.pos_phi": torch.zeros(CONTEXT, 6)}),
            f"pos_encoding.pos_phi has shape ({CONTEXT}, 6); ({CONTEXT}, 3) is right",
        ),
        (
            lambda s: s.update({"token_embed.phi_embed.weight": torch.zeros(VOCAB, 4)}),
            "its frames have 4 coordinates; N(N−1)/2, those of SO(N), are right",
        ),
        (
            lambda s: s.update({"transformer.blocks.0.attention.W_q": torch.ones(7, 7)}),
            "holds transformer.blocks.0.attention.W_q, which such a model has no use for; "
            "see which model saved it, and name its `family`",
        ),
    ],
    ids=["no head", "no places", "two", "no frames", "too wide", "other group", "cube",
         "turned", "places of another group", "no group", "more"],
)  # fmt: skip
def test_broken_state_dicts(tmp_path: Path, break_: Callable[[State], Any], said: str) -> None:
    """Missing, misshapen and unexpected tensors are named."""
    state = vfe_state()
    break_(state)
    assert message(save(tmp_path / "broken.pt", state, vfe_config())) == f"broken.pt: {said}"


def test_frames_of_higher_groups_need_their_generators(tmp_path: Path) -> None:
    """Without them VFE-Sim adds coordinates instead: such a file is not taken for another."""
    state = vfe_state(4, (4, 1, 1, 1))
    del state["pos_encoding.generators"]
    path = save(tmp_path / "m.pt", state, vfe_config())
    assert message(path) == f"m.pt: lacks pos_encoding.generators; {WHOLE}"
    save(path, state, vfe_config(pos_encoding_mode="none"))
    assert load(path).facts.layers[0].head_dims == (4, 1, 1, 1)


def test_v1_files_stay_with_their_family(shared: Path, tmp_path: Path) -> None:
    """V1 shares tensors' names: its learned step sizes tell it apart."""
    assert load(shared / "vfe" / "v1_best_model_like.pt").facts.family == "vfe-v1"
    state = vfe_state() | {"transformer.blocks.0.ffn.raw_lr": torch.tensor(0.0)}
    assert message(save(tmp_path / "v1.pt", state, vfe_config())) == (
        "v1.pt: lacks `irrep_spec`; name the file that holds it under `config`"
    )


def test_the_pure_fep_model_is_refused_by_name(tmp_path: Path) -> None:
    """That script's own model has other tensors and no heads; it is no VFE-Sim file."""
    state = {
        "embedding.weight": torch.zeros(VOCAB, 7),
        "layers.0.generators": torch.zeros(3, 7, 7),
        "layers.0.prior_mu": torch.zeros(7),
        "layers.0.prior_sigma": torch.ones(7),
    }
    torch.save({"model_state_dict": state, "config": {"embed_dim": 7}}, tmp_path / "best.pt")
    assert message(tmp_path / "best.pt") == (
        "best.pt: a vfe-pure-fep checkpoint, which is not built yet"
    )


def test_the_demo_model(repository: Path) -> None:
    """The repository's own gauge model loads, and its heads differ."""
    source = load(repository / "demo" / "gauge.pt")
    ids = np.arange(12, dtype=np.int64) % source.facts.vocab_size
    ours = map_of(source, ids)
    assert source.facts.family == "vfe-sim"
    assert np.ptp(ours.weights, axis=0).max() > 0.05


def test_the_step(tmp_path: Path) -> None:
    """It is the file's; one that is no count is left out."""
    content = {"model_state": vfe_state(), "config": vfe_config(), "step": -1}
    torch.save(content, tmp_path / "m.pt")
    assert load(tmp_path / "m.pt").facts.step is None
    assert load(save(tmp_path / "m.pt", vfe_state(), vfe_config())).facts.step == 900
