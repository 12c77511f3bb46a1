"""Hugging Face folders: their attention against transformers and against NumPy."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loading import load
from safetensors.torch import save_file
from small_folders import change_weights, edit, message, saved
from small_models import IDS, weights_of, write_json

from paperfig.errors import CheckpointError
from paperfig.models.files.listing import checkpoint_files
from paperfig.models.files.shards import Shards
from paperfig.models.huggingface import streamed
from paperfig.specs.mask import MaskSpec, TrainedSpec
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

LAYERS, VOCAB, CONTEXT = 3, 53, 29


def gpt2(**changes: object) -> Any:
    """A random GPT-2 with attention dropout, in train mode."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=VOCAB, n_positions=CONTEXT, n_embd=15, n_layer=LAYERS, n_head=3,
        attn_pdrop=0.5, embd_pdrop=0.5, bos_token_id=None, eos_token_id=None, **changes,
    )  # fmt: skip
    return GPT2LMHeadModel(config).train()


def llama(**changes: object) -> Any:
    """A random Llama with two key heads for six query heads."""
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 24, "intermediate_size": 31, "num_hidden_layers": LAYERS}
    heads = {"num_attention_heads": 6, "num_key_value_heads": 2}
    config = LlamaConfig(
        vocab_size=VOCAB, max_position_embeddings=CONTEXT, attention_dropout=0.5,
        **sizes, **heads, **changes,
    )  # fmt: skip
    return LlamaForCausalLM(config).train()


def reference(model: Any) -> list[np.ndarray]:
    """Every layer's weights as transformers returns them."""
    model.set_attn_implementation("eager")
    with torch.no_grad():
        maps = model.eval()(torch.from_numpy(IDS)[None], output_attentions=True).attentions
    return [one[0].numpy() for one in maps]


@pytest.mark.parametrize(
    "make",
    [
        gpt2,
        llama,
        lambda: gpt2(scale_attn_by_inverse_layer_idx=True),
        lambda: gpt2(reorder_and_upcast_attn=True, activation_function="relu"),
        lambda: llama(head_dim=10, attention_bias=True),
        lambda: llama(
            rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 500.0}
        ),
    ],
    ids=["gpt2", "llama", "inverse layer", "upcast", "head_dim", "rope"],
)
def test_weights_equal_transformers_own(
    tmp_path: Path, make: Callable[[], Any], device: str
) -> None:
    """Every layer and head equals eager attention; dropout never acts."""
    model = make()
    source = load(saved(model, tmp_path / "m"), device)
    expected, heads = reference(model), source.facts.layers[0].n_head
    for layer in range(LAYERS):
        alone = source.layer_inputs(IDS, {layer: range(heads)})
        assert list(alone) == [layer]
        np.testing.assert_allclose(weights_of(alone[layer]), expected[layer], atol=2e-6)
    again = source.layer_inputs(IDS, {0: [2, 1], 2: [0]})
    np.testing.assert_allclose(weights_of(again[0]), expected[0][[2, 1]], atol=2e-6)
    np.testing.assert_allclose(weights_of(again[2]), expected[2][[0]], atol=2e-6)
    assert again[2].queries.device.type == device


def test_facts(tmp_path: Path) -> None:
    """Sizes, type and setting of a folder; the folder's name unless the spec has one."""
    folder = saved(llama(), tmp_path / "tiny-llama", torch.bfloat16)
    facts = load(folder).facts
    assert (facts.name, facts.family, facts.dtype) == ("tiny-llama", "llama", "bfloat16")
    assert (facts.n_layer, facts.vocab_size, facts.context) == (LAYERS, VOCAB, CONTEXT)
    assert facts.layers[1].head_dims == (4,) * 6
    assert facts.layers[1].trained == Setting(mask=MaskRule(causal=True))
    assert facts.notes == ()
    inputs = load(folder).layer_inputs(IDS, {1: [5]})[1]
    assert (inputs.queries.dtype, inputs.scale) == (torch.float32, 0.5)
    assert load(folder, name="Llama").facts.name == "Llama"


@pytest.mark.parametrize(
    ("make", "dtype"),
    [
        (gpt2, torch.bfloat16),
        (llama, torch.float16),
        (lambda: llama(tie_word_embeddings=True), torch.bfloat16),
        (lambda: gpt2().transformer, torch.float32),
        (lambda: llama().model, torch.bfloat16),
    ],
    ids=["gpt2", "llama", "tied", "gpt2 without a head", "llama without a head"],
)
def test_folders_as_they_are_saved(
    tmp_path: Path, make: Callable[[], Any], dtype: torch.dtype
) -> None:
    """Half precision, a tied table, no head: as transformers reads the folder in float32."""
    from transformers import AutoModel

    folder = saved(make(), tmp_path / "m", dtype)
    expected = reference(AutoModel.from_pretrained(folder, dtype=torch.float32))
    found = load(folder).layer_inputs(IDS, dict.fromkeys(range(LAYERS), (0, 2)))
    for layer in range(LAYERS):
        np.testing.assert_allclose(
            weights_of(found[layer]), expected[layer][[0, 2]], rtol=0, atol=2e-6
        )


def test_only_the_layers_wanted_are_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layer 0 needs no fused attention; a deeper layer runs those below itself."""
    source = load(saved(gpt2(), tmp_path / "m"))
    calls = []
    fused = torch.nn.functional.scaled_dot_product_attention
    monkeypatch.setattr(
        torch.nn.functional,
        "scaled_dot_product_attention",
        lambda *args, **keys: calls.append(args) or fused(*args, **keys),
    )
    source.layer_inputs(IDS, {0: [0]})
    assert calls == []
    source.layer_inputs(IDS, {1: [0]})
    assert len(calls) == 1
    assert source.layer_inputs(IDS, {}) == {}


@pytest.mark.parametrize(
    ("layers", "third"),
    [(2, []), (1, ["h.1"]), (0, ["h.0", "h.1"])],
    ids=["room", "room for one", "no room"],
)
def test_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layers: int, third: list[str]
) -> None:
    """Layers up to the last wanted, never the table; what is read twice stays, with room."""
    source = load(saved(gpt2(), tmp_path / "m"))
    size = 4 * sum(p.numel() for p in gpt2().transformer.h[0].parameters())
    monkeypatch.setattr(streamed, "room", lambda _: layers * size)
    read, plain = [], Shards.read

    def watched(self: Shards, names: Iterable[str], device: torch.device) -> Any:
        read.append(set(names))
        return plain(self, names, device)

    monkeypatch.setattr(Shards, "read", watched)
    runs = []
    for expected in (["rest", "h.0", "h.1"], ["h.0", "h.1"], third):
        runs.append(source.layer_inputs(IDS, {1: [0]})[1])
        rest = {"wpe.weight", "ln_f.weight", "ln_f.bias"}
        assert ["rest" if n == rest else min(n)[:3] for n in read] == expected
        read.clear()
    assert all(torch.equal(run.queries, runs[0].queries) for run in runs)
    assert all(torch.equal(run.keys, runs[0].keys) for run in runs)


def glassllm_folder(model: Any, folder: Path) -> Path:
    """A glassllm model as a Llama folder: matrices turned, rotary pairs un-interleaved."""
    cfg, state = model.cfg, {}

    def halves(matrix: np.ndarray, heads: int) -> np.ndarray:
        by_head = matrix.T.reshape(heads, -1, cfg.d_model)
        return np.concatenate([by_head[:, ::2], by_head[:, 1::2]], axis=1).reshape(
            -1, cfg.d_model
        )

    state["model.embed_tokens.weight"] = state["lm_head.weight"] = model.E.data
    state["model.norm.weight"] = model.norm_f.gamma.data
    for index, block in enumerate(model.blocks):
        attn, ffn, name = block.attn, block.ffn, f"model.layers.{index}"
        state |= {
            f"{name}.input_layernorm.weight": block.norm1.gamma.data,
            f"{name}.post_attention_layernorm.weight": block.norm2.gamma.data,
            f"{name}.self_attn.q_proj.weight": halves(attn.W_Q.data, cfg.n_heads),
            f"{name}.self_attn.k_proj.weight": halves(attn.W_K.data, cfg.n_kv_heads),
            f"{name}.self_attn.v_proj.weight": attn.W_V.data.T,
            f"{name}.self_attn.o_proj.weight": attn.W_O.data.T,
            f"{name}.mlp.gate_proj.weight": ffn.W1.data.T,
            f"{name}.mlp.up_proj.weight": ffn.W3.data.T,
            f"{name}.mlp.down_proj.weight": ffn.W2.data.T,
        }
    folder.mkdir()
    tensors = {name: torch.from_numpy(array.copy()) for name, array in state.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "model_type": "llama",
        "vocab_size": cfg.vocab_size,
        "hidden_size": cfg.d_model,
        "intermediate_size": model.blocks[0].ffn.W1.data.shape[1],
        "num_hidden_layers": cfg.n_layers,
        "num_attention_heads": cfg.n_heads,
        "num_key_value_heads": cfg.n_kv_heads,
        "max_position_embeddings": cfg.max_len,
        "rms_norm_eps": cfg.eps,
        "rope_theta": cfg.rope_base,
    }
    write_json(folder / "config.json", config)
    return folder


def test_a_trained_model_equals_its_own_numpy_trace(tmp_path: Path, device: str) -> None:
    """glassllm, trained on Lewis Carroll: every head within 1e-6 of its own tracer.

    A GPU adds in another order than NumPy does, hence 1e-5 there.
    """
    import glassllm

    model, tokenizer = glassllm.load_pretrained("en")
    text = "Alice was beginning to get very tired of sitting by her sister on the bank."
    ids = np.array(tokenizer.encode(text), dtype=np.int64)
    trace = glassllm.Tracer()
    model.forward(ids, trace=trace)
    source = load(glassllm_folder(model, tmp_path / "carroll"), device)
    heads, layers = range(model.cfg.n_heads), range(model.cfg.n_layers)
    inputs = source.layer_inputs(ids, dict.fromkeys(layers, heads))
    for layer in layers:
        expected = trace.get("attn.softmax", layer=layer).value
        within = 1e-6 if device == "cpu" else 1e-5
        np.testing.assert_allclose(weights_of(inputs[layer]), expected, rtol=0, atol=within)


@pytest.mark.parametrize("asked", ["flash_attention_2", "sdpa"])
def test_attention_that_gives_no_weights_is_replaced_and_noted(
    tmp_path: Path, asked: str
) -> None:
    """A folder that asks for fused attention gives the same weights."""
    model = gpt2()
    folder = saved(model, tmp_path / "m")
    edit(folder, attn_implementation=asked)
    source = load(folder)
    inputs = source.layer_inputs(IDS, {1: [0, 1, 2]})[1]
    np.testing.assert_allclose(weights_of(inputs), reference(model)[1], atol=2e-6)
    noted = "config.json asks for flash_attention_2; plain attention was used"
    assert source.facts.notes == ((noted,) if asked == "flash_attention_2" else ())


def test_nothing_is_said_and_settings_are_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Loading prints nothing, and leaves verbosity, bars and torch's random state alone."""
    from transformers.utils import logging

    folder = saved(gpt2(), tmp_path / "m")
    capfd.readouterr()
    before, random = logging.get_verbosity(), torch.get_rng_state()
    load(folder).layer_inputs(IDS, {1: [0]})
    assert capfd.readouterr() == ("", "")
    assert torch.equal(torch.get_rng_state(), random)
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == (before, True)


def test_shards(tmp_path: Path) -> None:
    """A folder in several files is one model; all of them enter the digest."""
    from transformers.utils import logging

    model = gpt2()
    whole = saved(model, tmp_path / "whole")
    logging.disable_progress_bar()
    model.save_pretrained(tmp_path / "shards", max_shard_size="8KB")
    logging.enable_progress_bar()
    pair = [load(f).layer_inputs(IDS, {2: [0]})[2] for f in (whole, tmp_path / "shards")]
    assert torch.equal(pair[0].queries, pair[1].queries)
    names = [p.name for p in checkpoint_files(CheckpointSpec(path="shards"), root=tmp_path)]
    shards = sorted(p.name for p in (tmp_path / "shards").glob("*-of-*"))
    assert names == [*shards, "config.json", "model.safetensors.index.json"]
    (tmp_path / "shards" / names[0]).unlink()
    assert message(tmp_path / "shards") == (
        f"shards/{names[0]}: no such file; the index names it"
    )


def test_a_tensor_in_two_shards(tmp_path: Path) -> None:
    """Neither is taken for the other."""
    folder = saved(gpt2(), tmp_path / "m")
    weights, table = folder / "model.safetensors", "transformer.wte.weight"
    weights.rename(folder / "new.safetensors")
    save_file({table: torch.ones(VOCAB, 15)}, folder / "old.safetensors")
    write_json(
        folder / "model.safetensors.index.json",
        {"weight_map": {table: "new.safetensors", "other": "old.safetensors"}},
    )
    assert message(folder) == (
        f"m: new.safetensors and old.safetensors both hold {table}; "
        "the files of one save are right"
    )


@pytest.mark.parametrize("dtype", [torch.int8, torch.bool])
def test_weights_that_are_codes(tmp_path: Path, dtype: torch.dtype) -> None:
    """What stands for a number that lies elsewhere is not drawn as the number itself."""
    folder, table = saved(gpt2(), tmp_path / "m"), "transformer.wte.weight"
    codes = torch.ones(VOCAB, 15, dtype=torch.uint8)
    change_weights(folder, lambda t: t.update({table: codes.view(dtype)}))
    assert message(folder) == (
        f"m: {table} is {str(dtype).removeprefix('torch.')}; floating point is right"
    )


def test_folders_that_are_no_model(tmp_path: Path) -> None:
    """No config.json, no JSON in it, another type, other weights, quantised weights."""
    folder = tmp_path / "m"
    folder.mkdir()
    assert message(folder) == "m: a folder without config.json; a checkpoint's file is right"
    config = folder / "config.json"
    config.write_text("{", encoding="utf-8")
    assert message(folder) == "m/config.json: is no JSON; a configuration is right"
    config.write_text("[]", encoding="utf-8")
    assert message(folder) == "m/config.json: holds no mapping; a configuration is right"
    write_json(config, {"model_type": "bloom"})
    assert message(folder) == (
        "m: model type 'bloom' is not built yet; docs/models.md lists those that are; "
        "an adapter takes others"
    )
    write_json(config, {"model_type": "gpt2"})
    assert message(folder) == (
        "m: a folder without model.safetensors; save_pretrained() writes one"
    )
    assert message(folder, family="llama") == (
        "m: its config.json says 'gpt2'; the spec says 'llama'"
    )
    assert message(folder, trained=TrainedSpec(mask=MaskSpec(causal=False))) == (
        "m: `trained` declares what this format says already; leave it out"
    )
    write_json(config, {"model_type": "gpt2", "quantization_config": {"bits": 4}})
    assert message(folder) == (
        "m: quantised weights are not built yet; save it without quantisation"
    )


def test_transformers_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named with the line to paste."""
    folder = saved(gpt2(), tmp_path / "m")
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert message(folder) == (
        "m: a Hugging Face folder, and transformers is not installed; pip install transformers"
    )


def test_tensors_that_do_not_fit(tmp_path: Path) -> None:
    """Missing, misshapen, unexpected and truncated weights are named."""
    folder = saved(gpt2(), tmp_path / "m")
    change_weights(folder, lambda t: t.update({"transformer.h.1.rope": torch.ones(2)}))
    assert message(folder) == (
        "m: holds transformer.h.1.rope, which such a model has no use for; "
        "see which model saved it, and name its `family`"
    )
    change_weights(folder, lambda t: t.pop("transformer.h.1.rope"))
    change_weights(folder, lambda t: t.update({"transformer.wpe.weight": torch.ones(7, 15)}))
    assert message(folder) == (
        f"m: transformer.wpe.weight has shape (7, 15); ({CONTEXT}, 15) is right"
    )
    change_weights(folder, lambda t: t.pop("transformer.wpe.weight"))
    assert message(folder) == "m: lacks transformer.wpe.weight; save the whole state dict"
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    assert message(folder) == (
        "m/model.safetensors: truncated or damaged: its header cannot be read; "
        "copy or save it again"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_layer": 10**9}, "m: config.json says 1000000000 layers; its tensors are of 3"),
        (
            {"vocab_size": 10**12},
            f"m: transformer.wte.weight has shape ({VOCAB}, 15); (1000000000000, 15) is right",
        ),
        (
            {"n_head": 4},
            "m/config.json: describes no model (`embed_dim` must be divisible by num_heads "
            "(got `embed_dim`: 15 and `num_heads`: 4).); sizes that fit are right",
        ),
        (
            {"n_head": "three"},
            "m/config.json: refused: TypeError: Field 'n_head' expected int, got str "
            "(value: 'three')",
        ),
        (
            {"attn_pdrop": float("nan")},
            "m/config.json: `attn_pdrop` is nan; a finite number is right",
        ),
    ],
    ids=["layers", "vocabulary", "heads", "type", "dropout"],
)
def test_a_config_that_does_not_fit(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """A config.json at odds with the weights is refused before anything is allocated."""
    folder = saved(gpt2(), tmp_path / "m")
    edit(folder, **changes)
    assert message(folder) == said


def test_attention_that_does_not_route_is_detected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that never calls the registered function is refused, not drawn as empty."""
    from transformers.models.gpt2 import modeling_gpt2

    source = load(saved(gpt2(), tmp_path / "m"))
    monkeypatch.setattr(
        modeling_gpt2.GPT2Attention, "forward", lambda _, hidden, *__, **___: (hidden, None)
    )
    with pytest.raises(CheckpointError) as caught:
        source.layer_inputs(IDS, {1: [0]})
    assert str(caught.value) == (
        "m: the attention of layer 1 does not go through transformers' attention functions; "
        "such a model is not built yet"
    )
