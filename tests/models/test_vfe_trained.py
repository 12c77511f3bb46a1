"""How a VFE-Sim model was trained: which file says so, defaults, declarations."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from arrays import arrays_of
from hypothesis import given
from hypothesis import strategies as st
from loading import load, message
from maps_of import layer_of
from small_models import write_json
from small_vfe import State, save, vfe_config, vfe_state

from paperfig.models.files.listing import checkpoint_files
from paperfig.models.vfe.sim.configuration import VfeConfiguration
from paperfig.specs.mask import MaskSpec, TrainedSpec
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import ModelFacts, Setting

TRAINER = {"max_steps": 2, "kappa_gamma": 1.0, "checkpoint_dir": "runs"}
DECLARED = TrainedSpec(kappa=1.5, mask=MaskSpec(causal=True, self_attention="hide"))
UNSAID = "nothing in it or beside it says with which"


def facts(path: Path, **keys: Any) -> ModelFacts:
    """What the checkpoint says of itself."""
    return load(path, **keys).facts


def setting(path: Path, **keys: Any) -> Setting:
    """The first layer's setting as trained."""
    return facts(path, **keys).layers[0].trained


@pytest.fixture(scope="module")
def state() -> State:
    """A small model's tensors."""
    return vfe_state()


@pytest.fixture
def bare(tmp_path: Path, state: State) -> Path:
    """A file with a trainer's configuration and no model's."""
    return save(tmp_path / "m.pt", state, TRAINER)


def with_config(tmp_path: Path, state: State, **changes: Any) -> Path:
    """A file with a model's configuration."""
    return save(tmp_path / "m.pt", state, vfe_config(**changes))


def test_the_order_of_configurations(tmp_path: Path, state: State) -> None:
    """Spec's file, ``model_config``, experiment_config.json, ``config``, NAME_config.json."""
    path, kappas = tmp_path / "best.pt", []
    content = {
        "model_state_dict": state,
        "model_config": vfe_config(kappa_beta=2.0),
        "config": vfe_config(kappa_beta=4.0),
    }
    torch.save(content, path)
    write_json(tmp_path / "mine.json", vfe_config(kappa_beta=1.0))
    outer = {"args": None, "config": vfe_config(kappa_beta=3.0)}
    experiment = write_json(tmp_path / "experiment_config.json", outer)
    beside = write_json(tmp_path / "best_config.json", vfe_config(kappa_beta=5.0))

    def note_kappa(**keys: Any) -> None:
        found = facts(path, **keys)
        kappas.append((found.layers[0].trained.kappa[0], found.notes[0]))

    note_kappa(config="mine.json")
    note_kappa()
    torch.save({key: content[key] for key in ("model_state_dict", "config")}, path)
    note_kappa()
    experiment.unlink()
    note_kappa()
    torch.save({"model_state_dict": state, "config": TRAINER}, path)
    note_kappa()
    beside.unlink()
    assert kappas == [
        (1.0, "configuration: mine.json"),
        (2.0, "configuration: best.pt"),
        (3.0, "configuration: experiment_config.json"),
        (4.0, "configuration: best.pt"),
        (5.0, "configuration: best_config.json"),
    ]
    assert UNSAID in message(path)


def test_the_files_of_the_pure_fep_script(tmp_path: Path, state: State) -> None:
    """Its keys are ``kappa``, ``num_layers`` and ``seq_length``; its JSON decides too."""
    config = {"embed_dim": 7, "num_layers": 1, "seq_length": 13, "vocab_size": 23, "kappa": 0.4}
    content = {"model_state_dict": state, "config": config, "history": [{"epoch": 1}]}
    torch.save(content | {"timestamp": "2025-12-31T00:00:00"}, tmp_path / "best.pt")
    write_json(tmp_path / "best_config.json", config)
    found = facts(tmp_path / "best.pt")
    assert found.layers[0].trained.kappa == (0.4,) * 3
    assert found.layers[0].trained.mask == MaskRule(causal=True)
    files = checkpoint_files(CheckpointSpec(path="best.pt"), root=tmp_path)
    assert [path.name for path in files] == ["best.pt", "best_config.json"]


def test_a_trainers_configuration_says_nothing_of_the_model(bare: Path) -> None:
    """Without a model's configuration κ and the mask are demanded, by the line to write."""
    assert message(bare) == (
        f"m.pt: {UNSAID} κ and mask it was trained; declare it under `checkpoint`: "
        "`trained: {kappa: 1.0, mask: {causal: true, self: keep}}`, with its own values"
    )
    assert message(bare, trained=TrainedSpec(kappa=1.0)) == (
        f"m.pt: {UNSAID} mask it was trained; declare it under `checkpoint`: "
        "`trained: {mask: {causal: true, self: keep}}`, with its own values"
    )
    mask = TrainedSpec(mask=MaskSpec(self_attention="keep"))
    assert message(bare, trained=mask) == (
        f"m.pt: {UNSAID} κ it was trained; declare it under `checkpoint`: "
        "`trained: {kappa: 1.0}`, with its own values"
    )


def test_what_only_the_spec_declares(bare: Path) -> None:
    """It is used, and recorded as declared."""
    found = facts(bare, trained=DECLARED)
    assert found.layers[0].trained == Setting(
        mask=MaskRule(causal=True, self_attention="hide"),
        kappa=(1.5,) * 3,
        transport="taylor4",
    )
    assert found.declared == ("kappa = 1.5", "mask.causal = true", "mask.self = hide")
    assert "mask_self_attention = False" not in found.defaults
    more = TrainedSpec(
        kappa=(1.0, 0.5, 0.25),
        mask=MaskSpec(self_attention="keep", window=4, hide_keys=(2, 0)),
        transport="exact",
    )
    found = facts(bare, trained=more)
    assert found.layers[0].trained == Setting(
        mask=MaskRule(window=4, hide_keys=(0, 2)), kappa=(1.0, 0.5, 0.25), transport="exact"
    )
    assert found.declared == (
        "kappa = [1, 0.5, 0.25]", "mask.self = keep", "mask.window = 4",
        "mask.hide_keys = [0, 2]", "transport = exact",
    )  # fmt: skip


def test_a_missing_key_is_the_projects_default(tmp_path: Path, state: State) -> None:
    """A model's configuration without the mask or a slope means none, and says so."""
    path = with_config(tmp_path, state, mask_self_attention=..., alibi_slope=...)
    found = facts(path)
    assert found.layers[0].trained.mask == MaskRule(causal=True)
    assert found.defaults == ("mask_self_attention = False", "alibi_slope = None")
    declared = TrainedSpec(mask=MaskSpec(self_attention="hide"))
    found = facts(path, trained=declared)
    assert found.layers[0].trained.mask.self_attention == "hide"
    assert (found.declared, found.defaults) == (("mask.self = hide",), ("alibi_slope = None",))


def test_repeating_what_the_file_says_declares_nothing(tmp_path: Path, state: State) -> None:
    """A declaration may agree with the file."""
    trained = TrainedSpec(kappa=0.7, mask=MaskSpec(self_attention="hide"))
    assert facts(with_config(tmp_path, state), trained=trained).declared == ()


@pytest.mark.parametrize(
    ("config", "trained", "said"),
    [
        ({}, {"kappa": 1.0}, "kappa` is 1, and `kappa_beta` in m.pt means 0.7"),
        (
            {"kappa_beta_auto_scale": True, "kappa_beta": None},
            {"kappa": 0.7},
            "kappa` is 0.7, and `kappa_beta_auto_scale` in m.pt means 0.636364",
        ),
        (
            {"kappa_beta": [1.0, 0.5, 0.25]},
            {"kappa": (1.0, 0.5, 0.5)},
            "kappa` is [1, 0.5, 0.5], and `kappa_beta` in m.pt means [1, 0.5, 0.25]",
        ),
        (
            {},
            {"mask": MaskSpec(self_attention="keep")},
            "mask.self` is keep, and `mask_self_attention` in m.pt means hide",
        ),
        (
            {"attention_pattern": "local", "attention_window": 5},
            {"mask": MaskSpec(window=6)},
            "mask.window` is 6, and `attention_pattern` in m.pt means 5",
        ),
        (
            {"attention_pattern": "local"},
            {"mask": MaskSpec(self_attention="hide")},
            "mask.self` is hide, and `attention_pattern` in m.pt means keep",
        ),
        (
            {"attention_pattern": "local"},
            {"transport": "taylor4"},
            "transport` is taylor4, and `attention_pattern` in m.pt means exact",
        ),
        (
            {"use_identity_transport": True},
            {"transport": "exact"},
            "transport` is exact, and `use_identity_transport` in m.pt means identity",
        ),
    ],
)
def test_a_contradiction_names_both(
    tmp_path: Path, state: State, config: dict[str, Any], trained: dict[str, Any], said: str
) -> None:
    """A declaration never overrules the file."""
    path = with_config(tmp_path, state, **config)
    name, key = said.partition("`")[0], next(iter(trained))
    assert message(path, trained=TrainedSpec(**trained)) == (
        f"m.pt: `trained.{said}; leave `trained.{name}` out, or set `{key}` to change it"
    )


def test_the_pattern_local(tmp_path: Path, state: State) -> None:
    """A window, the true exponential, and no self mask whatever the file says of one."""
    path = with_config(tmp_path, state, attention_pattern="local", use_identity_transport=True)
    assert setting(path) == Setting(
        mask=MaskRule(causal=True, window=64), kappa=(0.7,) * 3, transport="exact"
    )
    assert facts(path).defaults == ("attention_window = 64",)


@given(base=st.floats(0.1, 9), reference=st.integers(1, 64), resolved=st.booleans())
def test_scaled_kappa(base: float, reference: int, resolved: bool) -> None:
    """κ = base · K / k_ref where ``kappa_beta`` is that, or its placeholder."""
    values = {
        "embed_dim": 7, "kappa_beta_auto_scale": True,
        "kappa_beta": base * (7 / reference) if resolved else 1.0,
        "kappa_beta_base": base, "kappa_beta_k_ref": reference,
    }  # fmt: skip
    said = VfeConfiguration(where="experiment_config.json", values=values).kappa(7)
    assert said is not None
    assert said.value == pytest.approx(base * 7 / reference)


def test_a_scaled_kappa_that_contradicts_is_declared(tmp_path: Path, state: State) -> None:
    """The publication trainer resolves another: nothing is drawn until the spec says one."""
    path = save(tmp_path / "m.pt", state, TRAINER)
    config = vfe_config(kappa_beta=0.3, kappa_beta_auto_scale=True, mask_self_attention=True)
    write_json(tmp_path / "experiment_config.json", {"config": config})
    assert message(path) == (
        "experiment_config.json: `kappa_beta` is 0.3, and `kappa_beta_auto_scale` means "
        "0.636364; declare the one that it was trained with: `trained: {kappa: …}`"
    )
    for kappa in (0.3, 7 / 11):
        found = facts(path, trained=TrainedSpec(kappa=kappa))
        assert found.layers[0].trained.kappa == (kappa,) * 3
        assert found.declared == (f"kappa = {kappa:.6g}",)


def test_the_kappa_of_the_plain_trainer(shared: Path, tmp_path: Path, state: State) -> None:
    """It resolves nothing: the model was built with the ``kappa_beta`` of its configuration."""
    for kappa in (0.5, 1.0):
        path = with_config(tmp_path, state, kappa_beta=kappa, kappa_beta_auto_scale=True)
        assert setting(path).kappa == (kappa,) * 3
        assert facts(path).defaults == ()
    run = shared / "vfe" / "runs" / "vs_trainer"
    own = arrays_of(run / "own.npz")
    found = layer_of(load(run / "best_model.pt"), own["token_ids"].reshape(-1))
    assert setting(run / "best_model.pt").kappa == (0.5,) * 3
    np.testing.assert_allclose(found.weights, own["beta"].squeeze(), atol=1e-6)


def test_scaled_kappa_with_the_projects_constants(tmp_path: Path, state: State) -> None:
    """Base 1.0 and reference 11 where the file leaves them out, recorded as defaults."""
    path = with_config(tmp_path, state, kappa_beta_auto_scale=True, kappa_beta=None)
    assert setting(path).kappa == (7 / 11,) * 3
    assert facts(path).defaults == ("kappa_beta_base = 1.0", "kappa_beta_k_ref = 11")


def test_one_kappa_for_each_head(tmp_path: Path, state: State) -> None:
    """A list is one value a head; another length is an error."""
    path = with_config(tmp_path, state, kappa_beta=[1.0, 0.25, 2])
    assert setting(path).kappa == (1.0, 0.25, 2.0)
    assert message(with_config(tmp_path, state, kappa_beta=[1.0, 0.25])) == (
        "m.pt: κ is a list of 2 and the layer has 3 heads; one number, or one for each head, "
        "is right"
    )


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("kappa_beta", 0, "a number above 0, or one for each head, is right"),
        ("kappa_beta", float("nan"), "a number above 0, or one for each head, is right"),
        ("kappa_beta", "1e-1", "a number above 0, or one for each head, is right"),
        ("kappa_beta", [], "a number above 0, or one for each head, is right"),
        ("kappa_beta_auto_scale", 1, "true or false is right"),
        ("kappa_beta_base", -1.0, "a number above 0 is right"),
        ("mask_self_attention", "no", "true or false is right"),
        ("alibi_slope", float("inf"), "a number or null is right"),
        ("attention_window", 2.5, "a whole number above 0 is right"),
        ("mu_max_norm", 0.0, "a number above 0 or null is right"),
        ("pos_encoding_mode", ["none"], "`none`, `learned` or `sinusoidal` is right"),
        ("embed_dim", "7", "a whole number is right"),
    ],
)
def test_wrong_values_name_file_and_key(
    tmp_path: Path, state: State, key: str, value: object, right: str
) -> None:
    """A value of another type or range is never guessed at."""
    path = with_config(tmp_path, state, **{key: value})
    assert message(path) == f"m.pt: `{key}` is {value!r}; {right}"


@pytest.mark.parametrize("pattern", ["strided", "sparse"])
def test_other_patterns_are_refused(tmp_path: Path, state: State, pattern: str) -> None:
    """By their name."""
    assert message(with_config(tmp_path, state, attention_pattern=pattern)) == (
        f"m.pt: `attention_pattern` is '{pattern}', which is not built yet; `full` and "
        "`local` are"
    )


def test_a_configuration_of_another_model(tmp_path: Path, bare: Path) -> None:
    """One with another K, without any, or that is no JSON, is refused by its file's name."""
    beside = tmp_path / "experiment_config.json"
    write_json(beside, {"config": vfe_config(embed_dim=25)})
    assert message(bare) == (
        "experiment_config.json: `embed_dim` is 25 and the tensors have K = 7; the "
        "configuration of this model is right; `config` names it"
    )
    named = write_json(tmp_path / "trainer.json", {"config": TRAINER})
    assert message(bare, config="trainer.json") == (
        f"{named}: has no `embed_dim`; a model's configuration is right, not a trainer's"
    )
    beside.write_text("{", encoding="utf-8")
    assert message(bare) == "experiment_config.json: is no JSON; a configuration is right"
    assert facts(bare, config=write_json(tmp_path / "ok.json", vfe_config()).name).n_layer == 1
