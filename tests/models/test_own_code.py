"""Checkpoints that their project's own code runs: every layer, held against its own weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from maps_of import layer_of
from messages import message_of
from small_models import write_json
from small_projects import write_project
from test_vfe_v1 import v1_config, v1_state
from test_vfe_v3 import v3_config, v3_state

from paperfig.errors import AttentionError, PaperfigError
from paperfig.models.checkpoint import load_checkpoint
from paperfig.models.external.code import AdapterCode
from paperfig.models.external.in_memory import reported_model
from paperfig.models.external.projects.source import ProjectSource
from paperfig.models.files.listing import checkpoint_files
from paperfig.models.vfe.own_code import OWN_CODE
from paperfig.specs.mask import TrainedSpec
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.mask import MaskRule

IDS = np.array([4, 17, 4, 0, 22, 9, 9, 3], dtype=np.int64)
CPU = torch.device("cpu")
V3 = {"beta_attention_prior": "causal_alibi_noself", "n_layers": 3, "vocab_size": 23}
V1 = {"n_layers": 2, "use_rope": False, "mask_self_attention": True, "alpha_divergence": 0.3}
SIM = {
    "vocab_size": 2_000_000, "embed_dim": 7, "n_layers": 3, "hidden_dim": 28, "max_seq_len": 13,
    "kappa_beta": 0.7, "mask_self_attention": True, "pos_encoding_mode": "none",
    "irrep_spec": [["l1", 2, 3], ["l0", 1, 1]],
}  # fmt: skip


MINE = """\
import torch
from transformer.core.model import GaugeTransformerLM


def load(path, device):
    stored = torch.load(path, weights_only=True)
    model = GaugeTransformerLM(stored["model_config"] | {"vocab_size": 23})
    model.load_state_dict(stored["model_state_dict"])
    return model
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's root beside which the code lies, as repositories do."""
    (tmp_path / "paper").mkdir()
    return tmp_path / "paper"


def opened(folder: Path, family: str, **keys: Any) -> ProjectSource:
    """The checkpoint of the folder, run by the stand-in beside it."""
    spec = CheckpointSpec(**{"path": "m.pt", "family": family, "code": "../code"} | keys)
    source = load_checkpoint(spec, root=folder, device=CPU, allow_adapters=True)
    assert isinstance(source, ProjectSource)
    return source


def v3_file(folder: Path, **changes: Any) -> Path:
    """A V3 file, and V3's code beside the project."""
    write_project(folder.parent / "code", "vfe-v3")
    config = v3_config(**V3 | changes)
    content = {"model_state": v3_state(), "config": config, "config_fingerprint": "x"}
    torch.save(content, folder / "m.pt")
    return folder


def v1_file(folder: Path, kappa: tuple[float, ...] = (), **changes: Any) -> Path:
    """A V1 file, with learned κ where some are given, and V1's code."""
    write_project(folder.parent / "code", "vfe-v1")
    config = v1_config(**V1 | changes)
    state, block = v1_state(), "transformer.blocks.{}."
    for layer in range(config["n_layers"]):
        norm = {
            f"norm1.{part}": state[f"{block.format(0)}norm1.{part}"]
            for part in ("weight", "bias")
        }
        learned = {"ffn.raw_lr": torch.tensor(-2.0)}
        if kappa:
            learned["ffn.log_kappa_per_head"] = torch.tensor(kappa).roll(layer).log()
            learned["ffn._kappa_init"] = torch.full((len(kappa),), config["kappa_beta"])
        state |= {block.format(layer) + name: it for name, it in (norm | learned).items()}
    torch.save({"step": 3, "model_state_dict": state, "model_config": config}, folder / "m.pt")
    return folder


def sim_file(folder: Path, *, numba: bool = False, **changes: Any) -> Path:
    """A VFE-Sim file with random tables, and its code."""
    code = write_project(folder.parent / "code", "vfe-sim", numba=numba)
    config, adapter = SIM | changes, AdapterCode(OWN_CODE["vfe-sim"].model, code)
    model_class = adapter.function()
    with adapter.running():
        model = model_class(config | {"vocab_size": 23})
    random = torch.Generator().manual_seed(3)
    state = model.state_dict()
    for name, table in state.items():
        if table.is_floating_point() and "generators" not in name:
            table.copy_(0.6 * torch.randn(table.shape, generator=random))
    torch.save({"step": 9, "model_state": state, "config": config}, folder / "m.pt")
    return folder


def own_of(source: ProjectSource, ask: str, ids: np.ndarray = IDS, **arguments: Any) -> Any:
    """What the stand-in itself says of a sequence."""
    with source._code.running(), torch.no_grad():
        return getattr(source._model.module, ask)(torch.from_numpy(ids)[None], **arguments)


@pytest.mark.parametrize("point", ["entry", "converged"])
def test_every_layer_of_v3_at_both_points(folder: Path, point: str) -> None:
    """Weights are V3's own; τ is κ√d, its log-prior a bias; the first layer is the file's."""
    source = opened(v3_file(folder), "vfe-v3")
    own = own_of(source, "attention_maps", score_at=point).numpy()

    maps = [layer_of(source, IDS, layer, score_at=point) for layer in range(3)]
    for layer, shown in enumerate(maps):
        np.testing.assert_allclose(shown.weights, own[layer], atol=1e-6)
    assert abs(own[1] - own[0]).max() > 0.02
    trained = source.facts.layers[2].trained
    assert (trained.kappa, trained.score_at) == ((0.8, 0.8), "entry")
    assert trained.temperature == pytest.approx((0.8 * 3**0.5,) * 2)
    assert trained.mask == MaskRule(self_attention="hide")
    if point == "entry":
        alone = load_checkpoint(CheckpointSpec(path="m.pt"), root=folder, device=CPU)
        np.testing.assert_allclose(maps[0].weights, layer_of(alone, IDS).weights, atol=1e-6)


@pytest.fixture(scope="module")
def three_layers(tmp_path_factory: pytest.TempPathFactory) -> ProjectSource:
    """A V3 model of three layers, opened once."""
    folder = tmp_path_factory.mktemp("own") / "paper"
    folder.mkdir()
    return opened(v3_file(folder), "vfe-v3")


@settings(max_examples=12)
@given(
    ids=st.lists(st.integers(0, 22), min_size=1, max_size=12).map(np.array),
    layer=st.integers(0, 2),
    point=st.sampled_from(["entry", "converged"]),
)
def test_what_is_made_is_the_models_own(
    three_layers: ProjectSource, ids: np.ndarray, layer: int, point: str
) -> None:
    """On any tokens, in any layer, at any point; and the model is left as it was."""
    shown = layer_of(three_layers, ids, layer, score_at=point)
    own = own_of(three_layers, "attention_maps", ids, score_at=point)[layer].numpy()

    np.testing.assert_allclose(shown.weights, own, atol=1e-6)
    replaced = {"_coupling_energy", "_diagnostic_transport"}
    assert not replaced & vars(three_layers._model.module).keys()


@pytest.mark.parametrize("point", ["entry", "converged"])
def test_mask_and_kappa_change_in_any_layer(folder: Path, point: str) -> None:
    """Scores are −KL of that layer and point, and what a spec changes is made of them."""
    source = opened(v3_file(folder), "vfe-v3")
    hot = layer_of(source, IDS, 2, score_at=point, kappa=(3.0, 3.0), mask=MaskRule())

    assert hot.scores is not None
    distance = np.abs(np.arange(8)[:, None] - np.arange(8))
    bias = -np.array([2.0**-4, 2.0**-8])[:, None, None] * distance
    logits = np.where(hot.mask, hot.scores.astype(float) / (3 * 3**0.5) + bias, -np.inf)
    raised = np.exp(logits - logits.max(axis=2, keepdims=True))
    np.testing.assert_allclose(hot.weights, raised / raised.sum(2, keepdims=True), atol=1e-6)


@pytest.mark.parametrize("point", ["entry", "converged"])
def test_an_option_that_is_not_computed_here(folder: Path, point: str) -> None:
    """V3's own weights and divergences are shown, and what is made of them is changed."""
    source = opened(v3_file(folder, pos_rotation="rope"), "vfe-v3")
    own = own_of(source, "attention_maps", score_at=point).numpy()
    shown = layer_of(source, IDS, 1, score_at=point)

    np.testing.assert_allclose(shown.weights, own[1], atol=1e-6)
    assert shown.trained.transport is None
    assert shown.scores is not None
    changed = layer_of(source, IDS, 1, score_at=point, kappa=(2.0, 2.0))
    assert abs(changed.weights - shown.weights).max() > 0.01


@pytest.mark.parametrize(("group", "irreps"), [("block_glk", None), ("so_n", (1, 1))])
def test_irreps_are_read_off_v3s_own_generators(
    folder: Path, group: str, irreps: tuple[int, ...] | None
) -> None:
    """A file has none of them."""
    source = opened(v3_file(folder, gauge_group=group), "vfe-v3")

    assert {layer.irreps for layer in source.facts.layers} == {irreps}


def test_weights_that_are_not_the_models_own(folder: Path) -> None:
    """Code that computes something else: an error that names layer and difference."""
    energy = v3_file(folder).parent / "code" / "vfe3" / "free_energy.py"
    text = energy.read_text(encoding="utf-8")
    energy.write_text(text.replace(".clamp(0, 100)", ".clamp(0, 2)"), encoding="utf-8")
    source = opened(folder, "vfe-v3")

    said = message_of(AttentionError, layer_of, source, IDS, 1)
    assert said.startswith("layer 1: made from the beliefs that enter it, ")
    assert "they are off by 0." in said


@pytest.mark.parametrize("steps", [1, 3])
def test_every_layer_of_v1(folder: Path, steps: int) -> None:
    """The last E-step's weights; learned κ of each layer and head within their bounds."""
    kappa = (0.5, 0.9, 9.0)
    changes = {"ffn_n_iterations": steps, "learnable_head_kappa": True}
    source = opened(v1_file(folder, kappa, **changes), "vfe-v1")
    own = own_of(source, "forward_with_attention")[1]["beta"][:, 0].numpy()

    for layer in range(2):
        np.testing.assert_allclose(layer_of(source, IDS, layer).weights, own[layer], atol=1e-6)
    first, second = (layer.trained for layer in source.facts.layers)
    assert first.kappa == pytest.approx((0.5, 0.9, 1.05))
    assert second.kappa == pytest.approx((1.05, 0.5, 0.9))
    assert (second.order, second.tau_factor) == (0.3, (2**0.5,) * 3)


def test_full_covariances_of_v1_are_its_own(folder: Path) -> None:
    """What cannot be made here is shown as V1 gives it, without scores."""
    source = opened(v1_file(folder, diagonal_covariance=False), "vfe-v1")
    own = own_of(source, "forward_with_attention")[1]["beta"][:, 0].numpy()
    inputs = source.layer_inputs(IDS, {1: (2, 0)})[1]

    assert not inputs.has_scores
    assert source.facts.layers[1].trained.transport is None
    np.testing.assert_allclose(inputs.own_weights(), own[1][[2, 0]], atol=1e-6)


def test_learned_kappa_of_a_reported_model(folder: Path) -> None:
    """κ as each block has learned it, τ and Rényi's order; the configuration says 0.7."""
    source = opened(v1_file(folder, (0.5, 0.9, 9.0), learnable_head_kappa=True), "vfe-v1")
    shown = reported_model(source._model.module, IDS)

    for layer, facts in enumerate(shown.facts.layers):
        wanted = source.facts.layers[layer].trained
        assert facts.trained.kappa == pytest.approx(wanted.kappa)
        assert facts.trained.tau_factor == wanted.tau_factor
        assert facts.trained.order == 0.3
    given = reported_model(source._model.module, IDS, kappa=2.0)
    assert given.facts.layers[0].trained.kappa == (2.0, 2.0, 2.0)


def test_learned_kappa_through_an_adapter_of_ones_own(folder: Path) -> None:
    """A function that builds V1's model is enough: the model tells its κ."""
    v1_file(folder, (0.5, 0.9, 9.0), learnable_head_kappa=True)
    (folder.parent / "code" / "mine.py").write_text(MINE, encoding="utf-8")
    spec = CheckpointSpec(path="m.pt", adapter="mine:load", code="../code")
    source = load_checkpoint(spec, root=folder, device=CPU, allow_adapters=True)

    trained = source.facts.layers[1].trained
    assert trained.kappa == pytest.approx((1.05, 0.5, 0.9))
    assert (trained.order, trained.tau_factor) == (0.3, (2**0.5,) * 3)


@pytest.mark.parametrize("numba", [False, True])
def test_every_layer_of_vfe_sim(folder: Path, numba: bool) -> None:
    """The transport is Taylor's, and with numba the exact one, which is found in its code."""
    source = opened(sim_file(folder, numba=numba), "vfe-sim")
    found = own_of(source, "forward_with_attention")[1]
    shown = layer_of(source, IDS, 2)

    assert shown.trained.transport == ("exact" if numba else "taylor4")
    beta, kl = (found[name][0].numpy() for name in ("beta", "kl"))
    np.testing.assert_allclose(shown.weights, np.where(shown.mask, beta, 0), atol=1e-5)
    assert shown.scores is not None
    np.testing.assert_allclose(-shown.scores[:, shown.mask], kl[:, shown.mask], atol=1e-4)
    assert layer_of(source, IDS, 1).weights.shape == (3, 8, 8)


def test_vfe_sim_is_built_as_its_configuration_says(folder: Path) -> None:
    """Its step reads the mask that pattern `local` ignores; κ in place of a placeholder."""
    beside = {"kappa_beta_auto_scale": True, "kappa_beta": 1.0, "attention_pattern": "local"}
    sim_file(folder, **beside)
    stored = torch.load(folder / "m.pt", weights_only=True)
    write_json(folder / "experiment_config.json", {"config": stored.pop("config") | beside})
    torch.save(stored, folder / "m.pt")
    source = opened(folder, "vfe-sim")

    assert source.facts.layers[0].trained.mask.self_attention == "keep"
    config = source._model.module.config
    assert (config["mask_self_attention"], config["vocab_size"]) == (True, 23)
    assert config["kappa_beta"] == pytest.approx(7 / 11)


def test_numba_is_declared_where_only_the_file_is_read(folder: Path) -> None:
    """By `trained: {transport: exact}`, the first layer is what the code with numba gives."""
    source = opened(sim_file(folder, numba=True), "vfe-sim")
    spec = CheckpointSpec(path="m.pt", trained=TrainedSpec(transport="exact"))
    alone = load_checkpoint(spec, root=folder, device=CPU)

    np.testing.assert_allclose(
        layer_of(alone, IDS).weights, layer_of(source, IDS).weights, atol=1e-6
    )
    assert alone.facts.declared == ("transport = exact",)


def test_the_code_counts(folder: Path) -> None:
    """Every file of it is an input; the weights come first."""
    spec = CheckpointSpec(path="m.pt", family="vfe-v3", code="../code")
    found = checkpoint_files(spec, root=v3_file(folder))

    assert found[0] == folder / "m.pt"
    code = folder.parent / "code" / "vfe3"
    assert set(found[1:]) == set(code.rglob("*.py"))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"family": "gpt"},
            "checkpoint.code: a model of `family: gpt` has no code of its own; vfe-sim, "
            "vfe-v1, vfe-v3 have; `adapter` names a function of yours",
        ),
        (
            {"code": "nowhere"},
            "vfe3.model.model:VFEModel: {folder}/nowhere holds no module vfe3; `code` names "
            "the folder that it is imported from",
        ),
        (
            {"ignore": ("x",)},
            "m.pt: `ignore` is for a file, and it is a model that its own code runs; leave it "
            "out",
        ),
    ],
)
def test_what_cannot_be_run(folder: Path, keys: dict[str, Any], said: str) -> None:
    """The family, the folder, a key that is for files alone."""
    v3_file(folder)
    message = message_of(PaperfigError, opened, folder, **{"family": "vfe-v3"} | keys)
    assert message == said.format(folder=folder)


def test_weights_that_do_not_fit_the_code(folder: Path) -> None:
    """The model's class says which tensors, in one line."""
    v3_file(folder)
    stored = torch.load(folder / "m.pt", weights_only=True)
    del stored["model_state"]["prior_bank.decode_log_scale"]
    torch.save(stored, folder / "m.pt")

    assert message_of(PaperfigError, opened, folder, "vfe-v3") == (
        "vfe3.model.model:VFEModel: it raised RuntimeError: Error(s) in loading state_dict "
        'for VFEModel: Missing key(s) in state_dict: "prior_bank.decode_log_scale".; '
        "`paperfig show … --debug` shows where"
    )


def test_other_commits_of_the_code(folder: Path) -> None:
    """A model that has not the methods that are looked into is said by them."""
    model = v3_file(folder).parent / "code" / "vfe3" / "model" / "model.py"
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace("_diagnostic_transport", "_transport"), encoding="utf-8")

    source = opened(folder, "vfe-v3")
    assert message_of(PaperfigError, layer_of, source, IDS) == (
        "VFEModel: it has no method _diagnostic_transport; docs/models.md names the commits of "
        "the VFE projects that are known"
    )


def test_nothing_runs_untrusted(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """As of an adapter: the folder is named, and how to allow it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    spec = CheckpointSpec(path="m.pt", family="vfe-v3", code="../code")
    root = v3_file(folder)
    said = message_of(PaperfigError, load_checkpoint, spec, root=root, device=CPU)
    assert said == (
        "../code: it is Python code, which is not run unasked; allow it with --allow-adapters, "
        f"or for good with `paperfig trust {folder}`"
    )
