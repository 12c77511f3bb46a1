"""V1 checkpoints: their own dumps, what a file may say, and what is refused by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loading import load, message
from small_models import write_json
from small_vfe import exact_exponential, map_of

from paperfig.errors import CheckpointError
from paperfig.models.vfe.v1.layout import coupled
from paperfig.models.vfe.v1.rotary import rotate
from paperfig.specs.mask import TrainedSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

DUMPS = (
    "glk_2x10_norope_k03", "glk_2x10_renyi03", "glk_2x10_rope_k1", "glk_2x10_rope_selfmask_k1",
    "glk_full1x20", "so3_579",
)  # fmt: skip
BLOCK = "transformer.blocks.0."
IDS = np.array([4, 17, 4, 0, 22, 9, 9, 3], dtype=np.int64)
State = dict[str, torch.Tensor]
OWN = (
    "`checkpoint: {path: m.pt, family: vfe-v1, code: ../V1_Transformer}` runs the project's "
    "own code"
)


def dump(shared: Path, name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A dump's arrays and its model's configuration."""
    with np.load(shared / "vfe" / f"ref_v1_{name}.npz") as archive:
        arrays = {key: archive[key] for key in archive.files}
    return arrays, json.loads(str(arrays["config"]))


def save(path: Path, state: State, config: dict[str, Any] | None) -> Path:
    """A file of V1's fast trainer."""
    model = {} if config is None else {"model_config": config}
    torch.save({"step": 3, "model_state_dict": state, "config": {"seed": 1}} | model, path)
    return path


def v1_config(**changes: Any) -> dict[str, Any]:
    """The configuration of `v1_state`; ``...`` leaves a key out."""
    config = {
        "embed_dim": 6, "n_layers": 1, "gauge_group": "GLK", "irrep_spec": [["fund", 3, 2]],
        "diagonal_covariance": True, "kappa_beta": 0.7, "use_layernorm": True, "use_rope": True,
        "rope_base": 50, "mask_self_attention": False, "sigma_max": 4.0, "max_seq_len": 13,
    } | changes  # fmt: skip
    return {key: value for key, value in config.items() if value is not ...}


def v1_state(couplings: tuple[tuple[int, int], ...] = ()) -> State:
    """Three heads of GL(2), each with the basis E_ij, and d² more for each coupling.

    The file's generators have the coordinates of coupled heads side by side.
    """
    random = torch.Generator().manual_seed(7)
    heads = [head for group in coupled(3, couplings) for head in group]
    place = {head: heads.index(head) * 2 for head in range(3)}
    blocks = [(head, head) for head in range(3)] + list(couplings)
    basis = torch.zeros(4 * len(blocks), 6, 6)
    for index, (row, column) in enumerate(blocks):
        for entry in range(4):
            i, j = place[row] + entry // 2, place[column] + entry % 2
            basis[4 * index + entry, i, j] = 1
    return {
        "generators": basis,
        "token_embed.generators": basis,
        "token_embed.mu_embed.weight": torch.randn(23, 6, generator=random),
        "token_embed.log_sigma_diag": torch.randn(23, 6, generator=random),
        "token_embed.phi_embed.weight": 0.3 * torch.randn(23, len(basis), generator=random),
        "pos_encoding.pos_phi": torch.zeros(13, len(basis)),
        BLOCK + "norm1.weight": 1 + 0.2 * torch.randn(6, generator=random),
        BLOCK + "norm1.bias": torch.randn(6, generator=random),
        BLOCK + "ffn.raw_lr": torch.tensor(-2.0),
        "out_proj.weight": torch.zeros(23, 6),
    }


def direct(state: State, config: dict[str, Any], dims: list[int]) -> np.ndarray:
    """The weights of `IDS` by the definitions, a pair at a time."""
    arrays = {name: tensor.double().numpy() for name, tensor in state.items()}
    mean = arrays["token_embed.mu_embed.weight"][IDS]
    covariance = np.exp(arrays["token_embed.log_sigma_diag"][IDS]).clip(
        0.01, config["sigma_max"]
    )
    heads = [head for group in coupled(3, config.get("cross_couplings", ())) for head in group]
    places = [2 * head + side for head in heads for side in (0, 1)]
    mean, covariance = mean[:, places], covariance[:, places]
    mean = (mean - mean.mean(1, keepdims=True)) / np.sqrt(mean.var(1, keepdims=True) + 1e-5)
    mean = mean * arrays[BLOCK + "norm1.weight"] + arrays[BLOCK + "norm1.bias"]
    turns = np.tensordot(arrays["token_embed.phi_embed.weight"][IDS], arrays["generators"], 1)
    weights, start, order = [], 0, config.get("alpha_divergence", 1.0)
    for dim in dims:
        own, start = slice(start, start + dim), start + dim
        mu = mean[:, own].copy()
        for pair in range(dim // 2):
            speed = config["rope_base"] ** (-pair / (dim // 2))
            angle = np.exp(1j * np.arange(len(IDS)) * speed)
            turned = (mu[:, 2 * pair] + 1j * mu[:, 2 * pair + 1]) * angle
            mu[:, 2 * pair], mu[:, 2 * pair + 1] = turned.real, turned.imag
        logits = np.full((len(IDS), len(IDS)), -np.inf)
        for i in range(len(IDS)):
            for j in range(i + 1):
                if i == j and i > 0 and config.get("mask_self_attention", True):
                    continue
                move = exact_exponential(turns[i][own, own]) @ exact_exponential(
                    -turns[j][own, own]
                )
                s, t = covariance[i, own], move**2 @ covariance[j, own]
                mixed = order * t + (1 - order) * s
                gap = (move @ mu[j] - mu[i]) ** 2
                if order == 1:
                    terms = (s + gap) / t - 1 + np.log(t / s)
                else:
                    logs = np.log(mixed) - (1 - order) * np.log(s) - order * np.log(t)
                    terms = order * gap / mixed + logs / (1 - order)
                cap = max(100, 5 * dim)
                logits[i, j] = -min(terms.sum() / 2, cap) / config["kappa_beta"] / dim**0.5
        exped = np.exp(logits - logits.max(1, keepdims=True))
        weights.append(exped / exped.sum(1, keepdims=True))
    return np.stack(weights)


@pytest.mark.parametrize("name", DUMPS)
def test_weights_equal_the_dump(shared: Path, tmp_path: Path, name: str, device: str) -> None:
    """β within 2e-5 of V1's own code, from a file with the dump's beliefs as its tables."""
    arrays, config = dump(shared, name)
    ids, width = arrays["token_ids"][0], arrays["mu_norm"].shape[-1]
    tables = {
        "mu_embed.weight": "mu_norm",
        "log_sigma_diag": "sigma",
        "phi_embed.weight": "phi",
    }
    state = {"generators": torch.from_numpy(arrays["generators"])}
    for table, entry in tables.items():
        rows = torch.zeros(256, arrays[entry].shape[-1])
        rows[ids] = torch.from_numpy(arrays[entry][0])
        state[f"token_embed.{table}"] = rows.log() if entry == "sigma" else rows
    state[BLOCK + "ffn.raw_lr"] = torch.tensor(0.0)
    # the dump's means have gone through the norm already
    path = save(tmp_path / "m.pt", state, config | {"use_layernorm": False})

    source = load(path, device)
    ours = map_of(source, ids)

    assert source.facts.family == "vfe-v1"
    assert source.facts.layers[0].head_dims == tuple(arrays["head_dims"].tolist())
    assert sum(source.facts.layers[0].head_dims) == width
    assert source.facts.layers[0].irreps == ((2, 3, 4) if name == "so3_579" else None)
    wanted = arrays["model_beta"][0, 0]
    np.testing.assert_allclose(ours.weights[:, ours.mask], wanted[:, ours.mask], atol=2e-5)
    assert not wanted[:, ~ours.mask].any()


@pytest.mark.parametrize("name", [name for name in DUMPS if "2x10" in name])
def test_the_file_in_the_projects_format(shared: Path, tmp_path: Path, name: str) -> None:
    """The checkpoint the dumps are from, under each dump's configuration."""
    arrays, config = dump(shared, name)
    path = shared / "vfe" / "v1_best_model_like.pt"
    beside = write_json(tmp_path / "config.json", {"config": config})

    source = load(path, config=str(beside))
    ours = map_of(source, arrays["token_ids"][0])

    wanted = arrays["model_beta"][0, 0][:, ours.mask]
    np.testing.assert_allclose(ours.weights[:, ours.mask], wanted, atol=2e-5)
    assert source.facts.layers[0].trained == Setting(
        mask=MaskRule(self_attention="hide" if config["mask_self_attention"] else "keep"),
        kappa=(config["kappa_beta"],) * 2,
        transport="exact",
        tau_factor=(10**0.5,) * 2,
        order=config["alpha_divergence"] if config["alpha_divergence"] != 1 else None,
    )


def test_full_covariances_are_refused(shared: Path, tmp_path: Path) -> None:
    """The weights of the one dump that has them could not be reproduced."""
    _, config = dump(shared, "glk_2x10_full")
    beside = write_json(tmp_path / "config.json", config)
    path = shared / "vfe" / "v1_best_model_like.pt"
    assert message(path, config=str(beside)) == (
        f"{beside}: `diagonal_covariance` is false (full covariances), which is not built yet; "
        f"`true` is; {OWN.replace('m.pt', path.name)}"
    )


@pytest.mark.parametrize(
    ("couplings", "dims"),
    [((), [2, 2, 2]), (((0, 2),), [4, 2]), (((2, 1), (1, 2)), [2, 4]), (((2, 0), (0, 1)), [6])],
)
@pytest.mark.parametrize("order", [1.0, 0.4])
def test_weights_by_the_definitions(
    tmp_path: Path, couplings: tuple[tuple[int, int], ...], dims: list[int], order: float
) -> None:
    """Heads apart and coupled: coordinates reordered, then the norm, then rotary positions."""
    state, config = v1_state(couplings), v1_config(alpha_divergence=order)
    config["cross_couplings"] = [list(pair) for pair in couplings]
    source = load(save(tmp_path / "m.pt", state, config))

    assert source.facts.layers[0].head_dims == tuple(dims)
    assert source.facts.layers[0].trained.tau_factor == tuple(dim**0.5 for dim in dims)
    np.testing.assert_allclose(
        map_of(source, IDS).weights, direct(state, config, dims), atol=2e-6
    )


def test_what_holds_where_keys_are_missing(tmp_path: Path) -> None:
    """V1's defaults, recorded as such: self masked, rotary positions with base 10000."""
    config = v1_config(mask_self_attention=..., use_rope=..., rope_base=..., sigma_max=...)
    source = load(save(tmp_path / "m.pt", v1_state(), config))

    assert source.facts.layers[0].trained.mask == MaskRule(self_attention="hide")
    assert source.facts.defaults == (
        "mask_self_attention = True", "use_rope = True", "alpha_divergence = 1.0",
        "sigma_max = 5.0", "mu_normalize = False", "mu_max_norm = None",
        "use_positional_embedding = False", "phi_project_slk = False",
        "phi_trace_clamp = None", "rope_base = 10000.0",
    )  # fmt: skip
    said = {"mask_self_attention": True, "rope_base": 10000.0, "sigma_max": 5.0}
    np.testing.assert_allclose(
        map_of(source, IDS).weights, direct(v1_state(), config | said, [2, 2, 2]), atol=2e-6
    )


def test_learned_kappas(tmp_path: Path) -> None:
    """exp(log κ) of each head, kept within half and one and a half of the initial value."""
    state = v1_state(((0, 1),)) | {
        BLOCK + "ffn.log_kappa_per_head": torch.tensor([0.8, 5.0]).log(),
        BLOCK + "ffn._kappa_init": torch.tensor([1.0, 2.0]),
    }
    config = v1_config(cross_couplings=[[0, 1]])
    path = save(tmp_path / "m.pt", state, config)
    assert load(path).facts.layers[0].trained.kappa == pytest.approx((0.8, 3.0))
    del state[BLOCK + "ffn._kappa_init"]
    save(path, state, config)
    assert load(path).facts.layers[0].trained.kappa == pytest.approx((0.8, 1.05))
    state[BLOCK + "ffn.log_kappa_per_head"] = torch.zeros(3)
    assert message(save(path, state, config)) == (
        "m.pt: κ is a list of 3 and the layer has 2 heads; one number, or one for each head, "
        "is right"
    )


def test_scalar_heads_take_what_is_left(tmp_path: Path) -> None:
    """Coordinates that no irrep takes are heads of dimension 1, without rotary positions."""
    state = v1_state()
    state["generators"] = state["generators"].clone()
    state["generators"][:, 4:] = 0
    config = v1_config(irrep_spec=[["fund", 2, 2]], kappa_beta=1.3)
    source = load(save(tmp_path / "m.pt", state, config))
    assert source.facts.layers[0].head_dims == (2, 2, 1, 1)
    np.testing.assert_allclose(
        map_of(source, IDS).weights, direct(state, config, [2, 2, 1, 1]), atol=2e-6
    )


def test_later_layers_are_refused(tmp_path: Path) -> None:
    """Their beliefs come out of the E-step below; κ is known of each."""
    state = v1_state() | {"transformer.blocks.1.ffn.raw_lr": torch.tensor(0.0)}
    source = load(save(tmp_path / "m.pt", state, v1_config(n_layers=2)))
    assert source.facts.n_layer == 2
    with pytest.raises(CheckpointError) as caught:
        source.layer_inputs(IDS, {1: (0,)})
    assert str(caught.value) == (
        "m.pt: layer 1 needs the beliefs that the variational step of layer 0 leaves, which "
        f"its file does not hold; {OWN}"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"diagonal_covariance": ...},
         "`diagonal_covariance` is false by default (full covariances), which is not built "
         "yet; `true` is"),
        ({"gauge_group": "SON"},
         "`gauge_group` is 'SON', which is not built yet; `SO3` and `GLK` are"),
        ({"gauge_mode": "constant"},
         "`gauge_mode` is 'constant', which is not built yet; `learned` is"),
        ({"gauge_param": "omega"},
         "`gauge_param` is 'omega', which is not built yet; `phi` is"),
        ({"skip_attention": False},
         "`skip_attention` is false (the attention sublayer), which is not built yet; `true` "
         "is"),
        ({"ffn_n_iterations": 2},
         "`ffn_n_iterations` is 2 (weights of a later E-step), which is not built yet; `1` is"),
        ({"alibi_slope": -0.1}, "`alibi_slope` is -0.1, which is not built yet; `null` is"),
        ({"norm_type": "rmsnorm"},
         "`norm_type` is 'rmsnorm', which is not built yet; `layernorm` and `none` are"),
        ({"use_prior_bank": True},
         "`use_prior_bank` is true, which is not built yet; `false` is"),
        ({"alpha_divergence": 1.5},
         "`alpha_divergence` is 1.5, which is not built yet; orders up to 1 are"),
        ({"kappa_beta": 0}, "`kappa_beta` is 0; a number above 0 is right"),
        ({"irrep_spec": [["fund", 3]]},
         "`irrep_spec` is [['fund', 3]]; a list of [label, copies, dimension] is right"),
        ({"irrep_spec": [["fund", 4, 2]]},
         "the heads of `irrep_spec` have dimensions 2, 2, 2, 2; together K = 6, the dimension "
         "of a belief, is right"),
        ({"irrep_spec": ...},
         "lacks `irrep_spec`; name the file that holds it under `config`"),
        ({"irrep_spec": [["fund", 6, 1]]},
         "generators mix the heads of dimensions 1, 1, 1, 1, 1, 1, which its configuration "
         "gives; the configuration of this model is right; `config` names it"),
        ({"cross_couplings": [[0, 3]]},
         "`cross_couplings` names head 3; heads are 0 to 2"),
        ({"cross_couplings": [0, 1]},
         "`cross_couplings` is [0, 1]; a list of pairs of heads is right"),
        ({"kappa_beta": ...},
         "nothing in it or beside it says with which κ it was trained; declare it under "
         "`checkpoint`: `trained: {kappa: 1.0}`, with its own values"),
    ],
)  # fmt: skip
def test_configurations_that_are_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    """Each by the key that asks for it, and what is right."""
    path = save(tmp_path / "m.pt", v1_state(), v1_config(**changes))
    assert message(path) == f"m.pt: {said}" + (f"; {OWN}" if "not built" in said else "")


def test_a_file_without_a_configuration(tmp_path: Path) -> None:
    """Rotary positions and the mask are in no tensor."""
    assert message(save(tmp_path / "m.pt", v1_state(), None)) == (
        "m.pt: lacks a configuration of the model; name the file that holds it under `config`"
    )


def test_declarations_may_not_deny(tmp_path: Path) -> None:
    """The file says mask and transport."""
    path = save(tmp_path / "m.pt", v1_state(), v1_config())
    assert message(path, trained=TrainedSpec(transport="taylor4")) == (
        "m.pt: `trained.transport` is taylor4, and `gauge_mode` in m.pt means exact; leave "
        "`trained.transport` out, or set `transport` to change it"
    )


def test_tensors_that_are_missing_or_strange(tmp_path: Path) -> None:
    """Named, with what to do."""
    state = v1_state()
    del state["generators"]
    assert message(save(tmp_path / "m.pt", state, v1_config())) == (
        "m.pt: lacks generators; save the whole state dict"
    )
    state = v1_state() | {"token_embed.sign_logit.weight": torch.ones(23, 6)}
    assert message(save(tmp_path / "m.pt", state, v1_config())) == (
        "m.pt: holds token_embed.sign_logit.weight, which such a model has no use for; see "
        "which model saved it, and name its `family`"
    )
    state = v1_state() | {"generators": torch.ones(12, 6)}
    assert message(save(tmp_path / "m.pt", state, v1_config())) == (
        "m.pt: generators has shape (12, 6); 3 axes are right"
    )


def test_long_frames_are_shortened(tmp_path: Path) -> None:
    """‖φ·G‖ of a head over 10 is cut to 10 before the exponential is taken."""
    state, config = v1_state(), v1_config()
    frames = state["token_embed.phi_embed.weight"]
    frames[22] = 5.5
    source = load(save(tmp_path / "m.pt", state, config))
    frames[22] = 5.0
    np.testing.assert_allclose(
        map_of(source, IDS).weights, direct(state, config, [2, 2, 2]), atol=2e-6
    )


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"phi_trace_clamp": 0.2}, 0.2),
        ({"phi_project_slk": True}, 0.0),
        ({"phi_project_slk": True, "phi_trace_clamp": 0.2}, 0.0),
    ],
)
@pytest.mark.parametrize(("couplings", "dims"), [((), [2, 2, 2]), (((0, 2),), [4, 2])])
def test_traces_of_frames_are_bounded(
    tmp_path: Path,
    changes: dict[str, Any],
    most: float,
    couplings: tuple[tuple[int, int], ...],
    dims: list[int],
) -> None:
    """Each head's |tr(φ·G)| is held within the bound, its diagonal moved evenly."""
    state, config = v1_state(couplings), v1_config(**changes)
    config["cross_couplings"] = [list(pair) for pair in couplings]
    trace_vectors = "token_embed._phi_trace_vec_blocks"
    kept = state | {
        trace_vectors: torch.zeros(3, 12),
        "pos_encoding.pos_phi_basis": torch.eye(2),
    }
    source = load(save(tmp_path / "m.pt", kept, config))

    basis, frames = state["generators"], state["token_embed.phi_embed.weight"]
    algebra, start = torch.tensordot(frames, basis, 1), 0
    for dim in dims:
        place, start = slice(start, start + dim), start + dim
        for token in algebra:
            trace = token[place, place].trace()
            token[place, place] += torch.eye(dim) * (trace.clamp(-most, most) - trace) / dim
    state["token_embed.phi_embed.weight"] = torch.einsum("tij,gij->tg", algebra, basis)
    np.testing.assert_allclose(
        map_of(source, IDS).weights, direct(state, config, dims), atol=2e-6
    )


def test_rotary_positions_are_relative() -> None:
    """Products of turned vectors depend on how far apart they are; the odd one stays."""
    vector = torch.tensor([[1.0, 2.0, -0.5, 0.3, 7.0]]).repeat(6, 1)
    turned = rotate(vector, base=100.0)
    products = turned @ turned.T
    for distance in range(6):
        along = products.diagonal(distance)
        torch.testing.assert_close(along, along[:1].expand_as(along))
    torch.testing.assert_close(turned[:, 4], vector[:, 4].double())
    torch.testing.assert_close(turned[0], vector[0].double())
