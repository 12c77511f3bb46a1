"""Every key of a model's own configuration is accounted for: no figure of another model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from arrays import arrays_of
from loading import load, message
from small_gpt import random_gpt
from small_models import weights_of, write_json
from small_vfe import save as save_vfe
from small_vfe import vfe_config, vfe_state

from paperfig.models.dot_product import DotProductInputs

UNKNOWN = (
    "and what that does to attention is not known; an adapter runs any model; "
    "`ignore: [{}]` under `checkpoint` declares that it does nothing"
)
BY_CODE = (
    "`checkpoint: {path: m.pt, family: vfe-sim, code: ../VFE-Sim-GPU-Refactor}` runs the "
    "project's own code"
)
OWN = "the configuration of this model is right; `config` names it"


def nanogpt(folder: Path, **arguments: Any) -> Path:
    """A nanoGPT file whose ``model_args`` say more, or else."""
    path = random_gpt(folder / "m.pt")
    content = torch.load(path)
    content["model_args"] |= arguments
    torch.save(content, path)
    return path


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("qk_norm", True, "`qk_norm` is true, which is not built yet; `false` is"),
        ("use_rope", True, "`use_rope` is true, which is not built yet; `false` is"),
        ("attention_type", "bidirectional",
         "`attention_type` is 'bidirectional', which is not built yet; `null` and `causal` "
         "are"),
        ("causal", False, "`causal` is false, which is not built yet; `true` is"),
        ("is_causal", False, "`is_causal` is false, which is not built yet; `true` is"),
        ("scale_attn_weights", False,
         "`scale_attn_weights` is false, which is not built yet; `true` is"),
        ("n_kv_head", 1, f"`n_kv_head` is 1 and the tensors have 3; {OWN}"),
        ("sliding_window", 4, "`sliding_window` is 4, which is not built yet; `false` is"),
        ("window_size", 4, "`window_size` is 4, which is not built yet; `false` is"),
        ("alibi", True, "`alibi` is true, which is not built yet; `false` is"),
        ("logit_soft_cap", 15.0,
         "`logit_soft_cap` is 15.0, which is not built yet; `false` is"),
        ("attn_scale", 0.12, "`attn_scale` is 0.12, which is not built yet; `false` is"),
        ("activation", "relu2",
         "`activation` is 'relu2', which is not built yet; `null` and `gelu` and `gelu_tanh` "
         "and `gelu_new` and `gelu_pytorch_tanh` are"),
        ("normalization", "RMSNorm",
         "`normalization` is 'RMSNorm', which is not built yet; `null` and `LayerNorm` and "
         "`layernorm` are"),
        ("n_layer", 6, f"`n_layer` is 6 and the tensors have 2; {OWN}"),
        ("n_embd", 24, f"`n_embd` is 24 and the tensors have 12; {OWN}"),
        ("block_size", 32, f"`block_size` is 32 and the tensors have 64; {OWN}"),
        ("vocab_size", 300, f"`vocab_size` is 300 and the tensors have 256; {OWN}"),
        ("bias", True, f"`bias` is true and the tensors have false; {OWN}"),
        ("mystery", 2, f"`mystery` is 2, {UNKNOWN.format('mystery')}"),
        ("use_causal_mask", False,
         f"`use_causal_mask` is false, {UNKNOWN.format('use_causal_mask')}"),
        ("attn_scaling", 0, f"`attn_scaling` is 0, {UNKNOWN.format('attn_scaling')}"),
    ],
)  # fmt: skip
def test_a_fork_of_nanogpt_is_refused_by_its_key(
    tmp_path: Path, key: str, value: object, said: str
) -> None:
    """nanoGPT's tensor names with another attention, or with sizes of another file."""
    assert message(nanogpt(tmp_path, **{key: value})) == f"m.pt: {said}"


def test_keys_that_change_nothing(tmp_path: Path) -> None:
    """Dropout, initialisation, optimiser, the default in words, and unknown switches off."""
    path = nanogpt(
        tmp_path, dropout=0.2, init_std=0.02, learning_rate=6e-4, n_kv_head=3, causal=True,
        use_rope=False, window_size=None, activation="gelu", mystery=None, use_moe=False,
        extra_loss=0.0, causal_trick=None,
    )  # fmt: skip
    assert load(path).facts.ignored == ()


def test_what_the_spec_declares_not_to_touch_attention(tmp_path: Path) -> None:
    """It is recorded; a key that is known, or not there, cannot be declared so."""
    path = nanogpt(tmp_path, mystery="deep", use_rope=True)
    assert message(path, ignore=("mystery", "use_rope")) == (
        "m.pt: `use_rope` is true, which is not built yet; `false` is"
    )
    path = nanogpt(tmp_path, mystery="deep")
    assert load(path, ignore=("mystery",)).facts.ignored == ("mystery = 'deep'",)
    for key, fault in (("n_head", "known here"), ("dropouts", "none of its keys")):
        assert message(path, ignore=("mystery", key)) == (
            f"m.pt: `ignore` names `{key}`, which is {fault}; leave it out"
        )


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("use_rope", True, "`use_rope` is true (rotary positions), which is not built yet; "
         "`false` is"),
        ("alpha_divergence", 0.3,
         "`alpha_divergence` is 0.3, which is not built yet; `1.0` is"),
        ("learnable_head_kappa", True,
         "`learnable_head_kappa` is true (a κ of each head), which "
         "is not built yet; `false` is"),
        ("cross_couplings", [[0, 1]], "`cross_couplings` is [[0, 1]] (coupled heads), which is "
         "not built yet; `false` is"),
        ("gauge_group", "GLK",
         f"`gauge_group` is 'GLK' and the tensors have 'SO3' or 'SON'; {OWN}"),
        ("use_diagonal_covariance", True, "`use_diagonal_covariance` is true (the key is "
         "`diagonal_covariance`), which is not built yet; `false` is"),
        ("n_layers", 6, f"`n_layers` is 6 and the tensors have 1; {OWN}"),
        ("max_seq_len", 64, f"`max_seq_len` is 64 and the tensors have 13; {OWN}"),
        ("vocab_size", 24, f"`vocab_size` is 24 and the tensors have 23; {OWN}"),
        ("irrep_spec", [["ℓ0", 1, 1], ["ℓ1", 2, 3]], "`irrep_spec` is [['ℓ0', 1, 1], ['ℓ1', 2, "
         f"3]] and the tensors have [3, 1, 3]; {OWN}"),
        ("mystery", 2, f"`mystery` is 2, {UNKNOWN.format('mystery')}"),
    ],
)  # fmt: skip
def test_a_vfe_sim_configuration_of_another_model(
    tmp_path: Path, key: str, value: object, said: str
) -> None:
    """What VFE-Sim does not have, or its tensors contradict, is refused with both values.

    Its own code is named where it would tell what a key does.
    """
    path = save_vfe(tmp_path / "m.pt", vfe_state(), vfe_config(**{key: value}))
    said = said.replace("an adapter runs any model", BY_CODE)
    assert message(path) == f"m.pt: {said}" + (f"; {BY_CODE}" if "not built" in said else "")


def test_heads_that_an_irrep_spec_spells(tmp_path: Path) -> None:
    """Copies are counted out, and scalar heads fill it up."""
    spec = [("a", 1, 3), ("b", 1, 1), ("c", 1, 3)]
    load(save_vfe(tmp_path / "m.pt", vfe_state(), vfe_config(irrep_spec=spec)))
    padded = vfe_state(dims=(3, 1, 1, 1, 1))
    load(save_vfe(tmp_path / "m.pt", padded, vfe_config(irrep_spec=[["a", 1, 3]])))


def test_the_vocabulary_that_the_trainer_asked_for(tmp_path: Path) -> None:
    """experiment_config.json is written before the data say how many words there are."""
    path = save_vfe(tmp_path / "m.pt", vfe_state())
    write_json(tmp_path / "experiment_config.json", {"config": vfe_config(vocab_size=50257)})
    assert load(path).facts.vocab_size == 23
    write_json(tmp_path / "experiment_config.json", {"config": vfe_config(vocab_size=20)})
    assert message(path) == (
        f"experiment_config.json: `vocab_size` is 20 and the tensors have 23; {OWN}"
    )


def test_the_baselines_heads_are_in_the_file_beside_it(shared: Path, tmp_path: Path) -> None:
    """The publication trainer's own file says nothing of the model; its sibling four heads."""
    run = shared / "vfe" / "runs" / "vs_standard"
    source, own = load(run / "best_model.pt"), arrays_of(run / "own.npz")
    assert (source.facts.layers[0].n_head, source.facts.defaults) == (4, ())
    inputs = source.layer_inputs(own["token_ids"].reshape(-1), {0: range(4)})[0]
    assert isinstance(inputs, DotProductInputs)
    np.testing.assert_allclose(
        weights_of(inputs), own["weights"].reshape(4, -1, len(weights_of(inputs)[0])), atol=2e-6
    )
    alone = tmp_path / "best_model.pt"
    alone.write_bytes((run / "best_model.pt").read_bytes())
    assert message(alone) == (
        "best_model.pt: does not say how many heads it has; `n_heads` in its `config`, or in a "
        "file named by `config`, is right"
    )


@pytest.mark.parametrize("run", ["v1mink", "m_full", "vs_full2", "vs_Salibi"])
def test_every_key_of_the_projects_own_runs_is_known(shared: Path, run: str) -> None:
    """What their trainers wrote is read without a word."""
    assert load(shared / "vfe" / "runs" / run / "best_model.pt").facts.ignored == ()
