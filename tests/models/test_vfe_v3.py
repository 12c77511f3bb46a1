"""V3 checkpoints at score point entry: their own dumps, priors, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from loading import load, message
from small_models import write_json
from small_vfe import exact_exponential, map_of

from paperfig.errors import AttentionError, CheckpointError
from paperfig.maps.select import shown_settings
from paperfig.models.score_points import ENTRY
from paperfig.models.vfe.frames import compose_general
from paperfig.models.vfe.v3.priors import press_slopes
from paperfig.specs.mask import MaskSpec, TrainedSpec
from paperfig.specs.schema import FigureSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting
from paperfig.values.tokens import positions

DUMPS = ("causal_noself_k03", "default_blockglk_causal", "full_gaussian", "uniform_k1")
IDS = np.array([4, 17, 4, 0, 22, 9, 9, 3], dtype=np.int64)
N = len(IDS)
State = dict[str, torch.Tensor]
OWN = (
    "`checkpoint: {path: m.pt, family: vfe-v3, code: ../V3_Transformer}` runs the project's "
    "own code"
)


def v3_config(**changes: Any) -> dict[str, Any]:
    """The configuration of `v3_state`; ``...`` leaves a key out."""
    config = {
        "embed_dim": 6, "n_heads": 2, "n_layers": 2, "max_seq_len": 12, "kappa_beta": 0.8,
        "family": "gaussian_diagonal", "beta_attention_prior": "causal", "pos_phi": "none",
    } | changes  # fmt: skip
    return {key: value for key, value in config.items() if value is not ...}


def v3_state() -> State:
    """Two heads of GL(3), with a few of the tensors that attention has no use for."""
    random = torch.Generator().manual_seed(11)
    return {
        "prior_bank.mu_embed": torch.randn(23, 6, generator=random),
        "prior_bank.sigma_log_embed": torch.randn(23, 6, generator=random),
        "prior_bank.phi_embed": 0.3 * torch.randn(23, 18, generator=random),
        "prior_bank.decode_log_scale": torch.zeros(1),
        "prior_bank.output_proj_weight": torch.zeros(23, 6),
    }


def save(path: Path, state: State, config: dict[str, Any]) -> Path:
    """A best_model.pt of V3."""
    extra = {"config_fingerprint": "x", "selection_data_identity": None}
    torch.save({"model_state": state, "config": config} | extra, path)
    return path


def logarithm(matrix: np.ndarray) -> np.ndarray:
    """The logarithm's series about I, of a matrix near it."""
    apart, power, total = matrix - np.eye(len(matrix)), np.eye(len(matrix)), 0 * matrix
    for n in range(1, 120):
        power = power @ apart
        total = total - (-1) ** n * power / n
    return total


def blocks(coordinates: torch.Tensor) -> np.ndarray:
    """The matrix of each token and head."""
    return coordinates.double().numpy().reshape(-1, 2, 3, 3)


def turned(coordinates: torch.Tensor) -> np.ndarray:
    """The frame of each token and head."""
    return np.array([[exact_exponential(b) for b in token] for token in blocks(coordinates)])


def direct(
    state: State,
    prior: np.ndarray,
    kappa: float = 0.8,
    full: bool = False,
    frames: np.ndarray | None = None,
) -> np.ndarray:
    """Both heads' weights of `IDS` by the definitions; ``prior`` is −∞ where masked."""
    if frames is None:
        frames = turned(state["prior_bank.phi_embed"][IDS])
    arrays = {name: tensor.double().numpy() for name, tensor in state.items()}
    weights = []
    for head, own in enumerate((slice(3), slice(3, 6))):
        mean = arrays["prior_bank.mu_embed"][IDS, own]
        covariance = np.exp(arrays["prior_bank.sigma_log_embed"][IDS, own])
        turn = frames[:, head]
        logits = np.broadcast_to(prior, (2, N, N))[head].copy()
        for i in range(N):
            for j in range(N):
                move = turn[i] @ np.linalg.inv(turn[j])
                key = move @ np.diag(covariance[j]) @ move.T
                key = key if full else np.diag(np.diag(key))
                gap, inverse = move @ mean[j] - mean[i], np.linalg.inv(key)
                logs = np.linalg.slogdet(key)[1] - np.log(covariance[i]).sum()
                trace = (np.diag(inverse) * covariance[i]).sum()
                kl = (trace + gap @ inverse @ gap - 3 + logs) / 2
                logits[i, j] -= np.clip(kl, 0, 100) / (kappa * 3**0.5)
        exped = np.exp(logits - logits.max(1, keepdims=True))
        weights.append(exped / exped.sum(1, keepdims=True))
    return np.stack(weights)


@pytest.mark.parametrize("name", DUMPS)
def test_weights_equal_the_dump(shared: Path, tmp_path: Path, name: str, device: str) -> None:
    """β at entry within 1e-6 of V3's own code, from the checkpoint the dumps are from."""
    with np.load(shared / "vfe" / f"ref_v3_{name}.npz") as archive:
        dump = {key: archive[key] for key in archive.files}
    config = json.loads(str(dump["config"]))
    beside = write_json(tmp_path / "config.json", config)
    path = shared / "vfe" / "v3_best_model_like.pt"

    source = load(path, device, config=str(beside))
    ours, wanted = map_of(source, dump["token_ids"][0]), dump["beta_entry"][0]

    assert source.facts.family == "vfe-v3"
    assert source.facts.notes[-1] == f"attention prior: {config['beta_attention_prior']}"
    assert source.facts.layers[0].head_dims == tuple(dump["head_dims"].tolist())
    np.testing.assert_allclose(ours.weights[:, ours.mask], wanted[:, ours.mask], atol=1e-6)
    assert not wanted[:, ~ours.mask].any()


def test_the_file_says_all(shared: Path) -> None:
    """Its own configuration: causal, κ = 1, τ = 2 with heads of dimension 4, at entry."""
    facts = load(shared / "vfe" / "v3_best_model_like.pt").facts
    assert facts.layers[0].trained == Setting(
        mask=MaskRule(),
        kappa=(1.0,) * 4,
        transport="exact",
        tau_factor=(2.0,) * 4,
        score_at="entry",
    )
    assert (facts.context, facts.vocab_size, facts.n_layer) == (64, 256, 1)
    assert not facts.defaults
    assert not facts.declared


BACK = np.arange(N)[:, None] - np.arange(N)
CAUSAL = np.where(BACK >= 0, 0.0, -np.inf)
NOSELF = np.where((BACK > 0) | (np.add.outer(np.arange(N), np.arange(N)) == 0), 0.0, -np.inf)
SLOPES = 0.5 * 2.0 ** np.array([-4, -8])[:, None, None]
BUCKETS = [0, 1, 2, 2, 3, 3, 3, 3]  # of 4 over 6 tokens: 0 and 1 exact, then by logarithm
LEARNED = [0.3, -1.0, 0.5, 2.0]
PRIORS: dict[str, tuple[np.ndarray, MaskRule]] = {
    "uniform": (np.zeros((N, N)), MaskRule(causal=False)),
    "causal": (CAUSAL, MaskRule()),
    "causal_noself": (NOSELF, MaskRule(self_attention="hide")),
    "alibi": (-SLOPES * abs(BACK), MaskRule(causal=False)),
    "causal_alibi": (CAUSAL - SLOPES * abs(BACK), MaskRule()),
    "causal_alibi_noself": (NOSELF - SLOPES * abs(BACK), MaskRule(self_attention="hide")),
    "windowed": (np.where(abs(BACK) <= 2, 0.0, -np.inf), MaskRule(causal=False, window=3)),
    "causal_windowed": (np.where(abs(BACK) <= 2, CAUSAL, -np.inf), MaskRule(window=3)),
    "t5_relative_bias": (CAUSAL - np.log1p(np.array(BUCKETS))[BACK.clip(0)], MaskRule()),
}


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("family", ["gaussian_diagonal", "gaussian_full"])
def test_priors(tmp_path: Path, prior: str, family: str) -> None:
    """Each by its definition: what is masked, and what is added for each head."""
    state, (added, mask) = v3_state(), PRIORS[prior]
    config = v3_config(
        beta_attention_prior=prior, family=family, alibi_slope=0.5, attention_window=2,
        t5_num_buckets=4, t5_max_distance=6,
    )  # fmt: skip
    source = load(save(tmp_path / "m.pt", state, config))

    assert source.facts.layers[0].trained.mask == mask
    wanted = direct(state, added, full=family == "gaussian_full")
    np.testing.assert_allclose(map_of(source, IDS).weights, wanted, atol=2e-6)
    one = source.layer_inputs(IDS, {0: (1,)})[0].at(ENTRY)
    assert one.bias is None or one.bias.shape == (1, N, N)


def test_a_learned_bias_of_distances(tmp_path: Path) -> None:
    """T5's table is the file's, where it has one."""
    state = v3_state() | {"t5_bias": torch.tensor(LEARNED)}
    config = v3_config(
        beta_attention_prior="t5_relative_bias", t5_num_buckets=4, t5_max_distance=6
    )
    source = load(save(tmp_path / "m.pt", state, config))
    added = CAUSAL + np.array(LEARNED)[np.array(BUCKETS)][BACK.clip(0)]
    np.testing.assert_allclose(
        map_of(source, IDS).weights, direct(v3_state(), added), atol=2e-6
    )
    config["t5_max_distance"] = 2
    assert message(save(tmp_path / "m.pt", state, config)) == (
        "m.pt: `t5_max_distance` is 2 for 4 buckets; more than half of two or more buckets is "
        "right"
    )


def test_kappa_of_each_head(tmp_path: Path) -> None:
    """A list, or learned numbers; of another length it is refused."""
    path, state = tmp_path / "m.pt", v3_state()
    listed = load(save(path, state, v3_config(kappa_beta=[1.0, 0.25])))
    assert listed.facts.layers[0].trained.kappa == (1.0, 0.25)
    weights = [direct(state, CAUSAL, kappa)[head] for head, kappa in enumerate((1.0, 0.25))]
    np.testing.assert_allclose(map_of(listed, IDS).weights, np.stack(weights), atol=2e-6)
    learned = state | {"log_kappa_beta": torch.tensor([1.5, 3.0]).log()}
    trained = load(save(path, learned, v3_config())).facts.layers[0].trained
    assert trained.kappa == pytest.approx((1.5, 3.0))
    assert trained.temperature == pytest.approx((1.5 * 3**0.5, 3 * 3**0.5))
    assert message(save(path, state, v3_config(kappa_beta=[1.0, 0.5, 0.25]))) == (
        "m.pt: κ is a list of 3 and the layer has 2 heads; one number, or one for each head, "
        "is right"
    )


@given(seed=st.integers(0, 999), strength=st.sampled_from([0.01, 0.03, 0.05]))
def test_frames_compose(seed: int, strength: float) -> None:
    """The series to degree 5 is the logarithm of the product, to degree 6."""
    one, other = np.random.default_rng(seed).normal(size=(2, 3, 3)) * strength
    ours = compose_general(*(torch.from_numpy(frame.reshape(1, 9)) for frame in (one, other)))
    exact = logarithm(exact_exponential(one) @ exact_exponential(other))
    size = float(np.linalg.norm(one) + np.linalg.norm(other))
    np.testing.assert_allclose(ours.numpy().reshape(3, 3), exact, atol=0.05 * size**6 + 1e-13)


def test_caps(tmp_path: Path) -> None:
    """No divergence counts for more than ``kl_max``."""
    source = load(save(tmp_path / "m.pt", v3_state(), v3_config(kl_max=1.5)))
    ours = map_of(source, IDS)
    assert ours.scores is not None
    assert np.nanmin(ours.scores) == -1.5


def test_what_holds_where_keys_are_missing(tmp_path: Path) -> None:
    """V3's defaults, recorded as such."""
    config = v3_config(beta_attention_prior="causal_alibi", n_layers=...)
    facts = load(save(tmp_path / "m.pt", v3_state(), config)).facts
    assert facts.defaults == ("kl_max = 100.0", "eps = 1e-06", "alibi_slope = 1.0")
    assert facts.context == 12


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_heads": ...}, "lacks `n_heads`; name the file that holds it under `config`"),
        ({"beta_attention_prior": None},
         "lacks `beta_attention_prior`; name the file that holds it under `config`"),
        ({"n_heads": 4}, "`n_heads` is 4; a divisor of K = 6 is right"),
        ({"gauge_group": "so_k"},
         "`gauge_group` is 'so_k', which is not built yet; `block_glk` is"),
        ({"family": "laplace"},
         "`family` is 'laplace', which is not built yet; `gaussian_diagonal` and "
         "`gaussian_full` are"),
        ({"renyi_order": 0.5}, "`renyi_order` is 0.5, which is not built yet; `1.0` is"),
        ({"cross_couplings": [[0, 1]]},
         "`cross_couplings` is [[0, 1]], which is not built yet; `null` and `[]` are"),
        ({"pos_rotation": "rope"},
         "`pos_rotation` is 'rope', which is not built yet; `none` is"),
        ({"query_adaptive_tau": True},
         "`query_adaptive_tau` is true, which is not built yet; `false` is"),
        ({"pos_phi": "learned"}, "lacks pos_phi_free; save the whole state dict"),
        ({"kappa_beta": -1}, "`kappa_beta` is -1; a number above 0, or one for each head, is "
                             "right"),
    ],
)  # fmt: skip
def test_configurations_that_are_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    """Each by the key that asks for it, and what is right."""
    path = save(tmp_path / "m.pt", v3_state(), v3_config(**changes))
    assert message(path) == f"m.pt: {said}" + (f"; {OWN}" if "not built" in said else "")


def test_declarations_may_not_deny(tmp_path: Path) -> None:
    """The prior says what is masked."""
    path = save(tmp_path / "m.pt", v3_state(), v3_config())
    assert message(path, trained=TrainedSpec(mask=MaskSpec(causal=False))) == (
        "m.pt: `trained.mask.causal` is false, and `beta_attention_prior` in m.pt means true; "
        "leave `trained.mask.causal` out, or set `mask` to change it"
    )


def test_tensors_that_are_missing_or_strange(tmp_path: Path) -> None:
    """A packed covariance is none that is read; a file without its bank is none of V3."""
    state = v3_state() | {"prior_bank.sigma_lower_embed": torch.zeros(23, 15)}
    assert message(save(tmp_path / "m.pt", state, v3_config())) == (
        "m.pt: holds prior_bank.sigma_lower_embed, which such a model has no use for; see "
        "which model saved it, and name its `family`"
    )
    state = {"prior_bank.phi_embed": torch.zeros(23, 18)}
    assert message(save(tmp_path / "m.pt", state, v3_config())) == (
        "m.pt: lacks prior_bank.mu_embed; save the whole state dict"
    )
    state = v3_state() | {"prior_bank.mu_embed": torch.zeros(23)}
    assert message(save(tmp_path / "m.pt", state, v3_config())) == (
        "m.pt: prior_bank.mu_embed has shape (23,); a matrix is right"
    )


def test_later_layers_are_refused(tmp_path: Path) -> None:
    """Their beliefs come out of the step below."""
    source = load(save(tmp_path / "m.pt", v3_state(), v3_config()))
    with pytest.raises(CheckpointError) as caught:
        source.layer_inputs(IDS, {1: (0,)})
    assert str(caught.value) == (
        "m.pt: layer 1 needs the beliefs that the variational step of layer 0 leaves, which "
        f"its file does not hold; {OWN}"
    )


def test_long_frames_are_shortened(tmp_path: Path) -> None:
    """‖φ‖ over 20, of both heads together, is cut to 20, whichever head is drawn."""
    state = v3_state()
    long = state["prior_bank.phi_embed"][9].clone()
    long *= 24 / long.norm()
    state["prior_bank.phi_embed"][9] = long
    assert max(long[:9].norm(), long[9:].norm()) < 20
    source = load(save(tmp_path / "m.pt", state, v3_config()))
    cut = state["prior_bank.phi_embed"].clone()
    cut[9] *= 20 / long.norm()
    wanted = direct(state, CAUSAL, frames=turned(cut[IDS]))
    np.testing.assert_allclose(map_of(source, IDS).weights, wanted, atol=1e-5)


def traceless(coordinates: torch.Tensor) -> torch.Tensor:
    """Each head's matrix less its mean diagonal."""
    matrices = coordinates.view(-1, 2, 3, 3).clone()
    trace = matrices.diagonal(dim1=2, dim2=3).sum(2)
    matrices -= torch.eye(3) * trace[..., None, None] / 3
    return matrices.view(-1, 18)


@pytest.mark.parametrize("kind", ["learned", "frozen"])
@pytest.mark.parametrize("compose", ["group_product", "euclidean", "bch"])
@pytest.mark.parametrize("projected", [True, False])
def test_positions_in_frames(tmp_path: Path, kind: str, compose: str, projected: bool) -> None:
    """Each place's element, with or without its traces, joins the token's frame."""
    state, random = v3_state(), torch.Generator().manual_seed(5)
    places = torch.zeros(N, 18)
    if kind == "learned":
        state["pos_phi_free"] = 0.1 * torch.randn(12, 18, generator=random)
        places = state["pos_phi_free"][:N]
    else:
        places[:, 0] = 0.05 * torch.arange(N)
    state["prior_bank.phi_embed"] *= 0.2
    config = v3_config(
        pos_phi=kind, pos_phi_compose=compose, pos_phi_project_slk=projected, pos_phi_scale=0.05
    )
    source = load(save(tmp_path / "m.pt", state, config))

    places, tokens = traceless(places) if projected else places, state["prior_bank.phi_embed"]
    if compose == "euclidean":
        frames = turned(tokens[IDS] + places)
    else:
        frames = turned(tokens[IDS]) @ turned(places)
    np.testing.assert_allclose(
        map_of(source, IDS).weights, direct(state, CAUSAL, frames=frames), atol=3e-5
    )


@pytest.mark.parametrize("family", ["gaussian_diagonal", "gaussian_full"])
def test_beliefs_of_the_model_channel(tmp_path: Path, family: str) -> None:
    """``prior_source: model_channel`` takes its tables; full covariances by their factors."""
    state, random = v3_state(), torch.Generator().manual_seed(3)
    state["prior_bank.s_mu_embed"] = state.pop("prior_bank.mu_embed")
    logs = state["prior_bank.s_sigma_log_embed"] = state.pop("prior_bank.sigma_log_embed")
    is_full = family == "gaussian_full"
    if is_full:
        lower = torch.randn(23, 15, generator=random)
        state["prior_bank.s_sigma_lower_embed"] = lower
    config = v3_config(prior_source="model_channel", family=family)
    found = (
        load(save(tmp_path / "m.pt", state, config)).layer_inputs(IDS, {0: (0, 1)})[0].at(ENTRY)
    )

    for index, token in enumerate(IDS):
        factor = np.diag(np.exp(logs[token].double().numpy() / 2))
        if is_full:
            factor[np.tril_indices(6, -1)] = lower[token].numpy()
        covariance = factor @ factor.T
        for head, own in enumerate((slice(3), slice(3, 6))):
            ours = found.heads[head].covariance[index].numpy()
            wanted = covariance[own, own] if is_full else np.diag(covariance)[own]
            np.testing.assert_allclose(ours, wanted, rtol=1e-5)
            means = state["prior_bank.s_mu_embed"][token, own]
            assert torch.equal(found.heads[head].mean[index], means)
    assert message(save(tmp_path / "m.pt", state, config | {"prior_source": "token"})) == (
        "m.pt: lacks prior_bank.mu_embed, prior_bank.sigma_log_embed; save the whole state dict"
    )
    assert message(save(tmp_path / "m.pt", state, config | {"s_e_step": True})) == (
        f"m.pt: `s_e_step` is true, which is not built yet; `false` is; {OWN}"
    )


@pytest.mark.parametrize(
    ("count", "powers"),
    [
        (1, [-8]),
        (2, [-4, -8]),
        (3, [-4, -8, -2]),
        (6, [-2, -4, -6, -8, -1, -3]),
        (12, [-1, -2, -3, -4, -5, -6, -7, -8, -0.5, -1.5, -2.5, -3.5]),
    ],
)
def test_slopes_of_any_number_of_heads(count: int, powers: list[float]) -> None:
    """Those of the power of two below, then every second of twice that power."""
    assert press_slopes(count).tolist() == pytest.approx([2.0**power for power in powers])


def test_the_score_point(tmp_path: Path) -> None:
    """``score_at: entry`` is what is scored anyway; a model without score points has none."""
    spec = FigureSpec(
        figspec=1, checkpoint="m.pt", excerpt={"text": "a"}, head=0, score_at="entry"
    )
    trained = load(save(tmp_path / "m.pt", v3_state(), v3_config())).facts.layers[0].trained
    assert shown_settings(spec, trained, 2, positions(1)) == (trained,)
    with pytest.raises(AttentionError) as caught:
        shown_settings(spec, Setting(mask=MaskRule()), 2, positions(1))
    assert str(caught.value) == "score_at: this model scores at one point; leave it out"
