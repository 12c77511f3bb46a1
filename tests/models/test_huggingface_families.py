"""Every model type that is built, against the weights of transformers' eager attention."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loading import load
from maps_of import map_of
from small_folders import change_weights, edit, message, saved

from paperfig.models.huggingface.model_types import MODEL_TYPES
from paperfig.models.source import AttentionSource

IDS = np.array([7, 3, 51, 3, 19, 0, 11, 7, 3, 2, 41, 23, 5], dtype=np.int64)
LAYERS, HEADS, WINDOW, CONTEXT = 3, 6, 5, 29
SIZES = {
    "vocab_size": 53, "hidden_size": 48, "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS, "max_position_embeddings": CONTEXT,
    "bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 1,
}  # fmt: skip
GATED = {"intermediate_size": 31}
GROUPED = GATED | {"num_key_value_heads": 2}
WIDE = GROUPED | {"head_dim": 10}
WINDOWED = GROUPED | {"sliding_window": WINDOW}
MIXED = WINDOWED | {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}
CAPPED = {"attn_logit_softcapping": 1.5, "query_pre_attn_scalar": 3}

FAMILIES: dict[str, dict[str, Any]] = {
    "apertus": GROUPED,
    "arcee": WIDE,
    "biogpt": GATED,
    "codegen": {"rotary_dim": 4, "n_inner": 31},
    "cohere": GROUPED | {"use_qk_norm": True},
    "cohere2": MIXED,
    "cwm": MIXED | WIDE,
    "ernie4_5": WIDE,
    "exaone4": MIXED,
    "gemma": WIDE,
    "gemma2": MIXED | CAPPED | WIDE,
    "gemma3_text": MIXED | WIDE,
    "glm": WIDE,
    "glm4": WIDE,
    "gpt2": {"n_inner": 31},
    "gpt_bigcode": {"n_inner": 31},
    "gpt_neox": GATED | {"rotary_pct": 0.5},
    "gptj": {"rotary_dim": 4, "n_inner": 31},
    "granite": GROUPED | {"attention_multiplier": 0.7},
    "helium": GROUPED | {"head_dim": 8},
    "hunyuan_v1_dense": WIDE,
    "jais2": GROUPED,
    "llama": WIDE,
    "ministral": MIXED | WIDE,
    "ministral3": WINDOWED | WIDE,
    "mistral": WINDOWED | WIDE,
    "nanochat": GROUPED,
    "nemotron": WIDE,
    "olmo": GROUPED | {"clip_qkv": 0.9},
    "olmo2": GROUPED,
    "olmo3": MIXED,
    "opt": {"ffn_dim": 31, "word_embed_proj_dim": 16},
    "persimmon": GATED,
    "phi": GROUPED | {"partial_rotary_factor": 0.5, "qk_layernorm": True},
    "phi3": WINDOWED,
    "qwen2": MIXED | {"use_sliding_window": True},
    "qwen3": MIXED | WIDE | {"use_sliding_window": True},
    "seed_oss": WIDE,
    "smollm3": MIXED | {"use_sliding_window": True, "no_rope_layers": [1, 0, 1]},
    "stablelm": GROUPED | {"partial_rotary_factor": 0.5, "qk_layernorm": True},
    "starcoder2": WINDOWED,
    "vaultgemma": MIXED | CAPPED | WIDE,
}
"""What a small configuration of each type has besides `SIZES`."""


def small(model_type: str, **changes: object) -> Any:
    """A random model of the type."""
    from transformers import CONFIG_MAPPING, AutoModelForCausalLM

    config = CONFIG_MAPPING[model_type](**SIZES | FAMILIES[model_type] | changes)
    return AutoModelForCausalLM.from_config(config)


def folder_of(model_type: str, path: Path, **changes: object) -> Path:
    """A folder of the type's small model."""
    return saved(small(model_type, **changes), path / "m", spread=0.15)


def eager(model: Any) -> list[np.ndarray]:
    """Every layer's weights as transformers returns them."""
    model.set_attn_implementation("eager")
    ids = torch.from_numpy(IDS)[None]
    with torch.no_grad():
        maps = model.eval()(ids, output_attentions=True, use_cache=False).attentions
    return [one[0].numpy() for one in maps]


def drawn(source: AttentionSource) -> list[np.ndarray]:
    """Every layer's weights under the mask that the source's facts tell."""
    layers = source.facts.layers
    found = source.layer_inputs(IDS, dict.fromkeys(range(len(layers)), tuple(range(HEADS))))
    return [
        map_of(found[index], layer.trained, tokens=len(IDS), heads=HEADS).weights
        for index, layer in enumerate(layers)
    ]


def windows(source: AttentionSource) -> list[int | None]:
    """The window of each layer."""
    return [facts.trained.mask.window for facts in source.facts.layers]


def test_every_model_type_is_compared(repository: Path) -> None:
    """A row of the table is a row here, and a word of the documentation."""
    documented = (repository / "docs" / "models.md").read_text(encoding="utf-8")
    _, _, after = documented.partition("The `model_type` in config.json is one of\n\n")
    words = after.partition(".\n")[0].replace("\n", " ").split(", ")
    assert words == list(FAMILIES) == list(MODEL_TYPES)


@pytest.mark.parametrize("model_type", FAMILIES)
def test_weights_equal_eager_attention(model_type: str, tmp_path: Path, device: str) -> None:
    """Every layer and head of a text that is longer than the window.

    A GPU adds in another order than the CPU does, hence 1e-5 there.
    """
    model = small(model_type)
    source = load(saved(model, tmp_path / "m", spread=0.15), device)
    for ours, own in zip(drawn(source), eager(model), strict=True):
        within = 2e-6 if device == "cpu" else 1e-5
        np.testing.assert_allclose(ours, own, rtol=0, atol=within)


@pytest.mark.parametrize(
    ("model_type", "changes", "expected"),
    [
        ("gemma2", {}, [WINDOW, None, WINDOW]),
        ("mistral", {}, [WINDOW] * LAYERS),
        ("mistral", {"sliding_window": None}, [None] * LAYERS),
        ("qwen2", {"use_sliding_window": False, "layer_types": None}, [None] * LAYERS),
        ("llama", {"sliding_window": WINDOW}, [None] * LAYERS),
    ],
    ids=["by layer", "everywhere", "none", "not used", "not looked at"],
)
def test_windows_are_those_that_the_model_uses(
    model_type: str, changes: dict[str, Any], expected: list[int | None], tmp_path: Path
) -> None:
    """Of each layer, in keys with the query's own; a key that the type ignores is ignored."""
    model = small(model_type, **changes)
    source = load(saved(model, tmp_path / "m", spread=0.15))
    assert windows(source) == expected
    for own, window in zip(eager(model), expected, strict=True):
        assert np.count_nonzero(own[0, -1]) == (window or len(IDS))
    np.testing.assert_allclose(drawn(source), eager(model), rtol=0, atol=2e-6)


@pytest.mark.parametrize("cap", [0.4, None])
def test_capped_scores(cap: float | None, tmp_path: Path) -> None:
    """The cap of the layer drawn, and of those below it; a config.json may switch it off."""
    model = small("gemma2", attn_logit_softcapping=cap)
    source = load(saved(model, tmp_path / "m", spread=0.15))
    assert source.layer_inputs(IDS, {1: [0]})[1].soft_cap == cap
    np.testing.assert_allclose(drawn(source), eager(model), rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    "model_type",
    ["bert", "bloom", "falcon", "gpt_oss", "llama4_text", "mixtral", "mpt", "t5", "unheard-of"],
)
def test_other_model_types_are_refused(model_type: str, tmp_path: Path) -> None:
    """Sinks, ALiBi, chunks, experts and encoders are not drawn as if they were not there."""
    folder = folder_of("llama", tmp_path)
    edit(folder, model_type=model_type)
    assert message(folder) == (
        f"m: model type '{model_type}' is not built yet; docs/models.md lists those that are; "
        "an adapter takes others"
    )


@pytest.mark.parametrize(
    ("model_type", "changes", "layer", "said"),
    [
        (
            "llama",
            {"is_causal": False},
            0,
            "m: the mask of layer 0 is not causal; such a model is not built yet",
        ),
        (
            "gemma3_text",
            {"use_bidirectional_attention": True},
            2,
            "m: the mask of layer 0 is not causal with a window of 3; "
            "such a model is not built yet",
        ),
        (
            "gemma2",
            {"use_bidirectional_attention": True},
            2,
            "m: the mask of layer 1 is not causal; such a model is not built yet",
        ),
        (
            "gpt2",
            {"head_dim": 10},
            1,
            "m: config.json says 6 heads of 10 in layer 1; it has 6 of 8",
        ),
        (
            "mistral",
            {"sliding_window": 0},
            0,
            "m/config.json: `sliding_window` is 0; a positive number of keys is right",
        ),
        (
            "qwen2",
            {"use_sliding_window": False},
            0,
            "m/config.json: `sliding_window` is missing; sliding_attention layers need one",
        ),
        (
            "qwen2",
            {"layer_types": ["full_attention", "chunked_attention", "full_attention"]},
            0,
            "m/config.json: layer 1 is of type 'chunked_attention'; "
            "full_attention or sliding_attention is right",
        ),
    ],
    ids=[
        "both ways",
        "window both ways",
        "a layer below both ways",
        "head_dim",
        "no keys",
        "no size",
        "chunked",
    ],
)
def test_configurations_that_would_be_drawn_wrong(
    model_type: str, changes: dict[str, Any], layer: int, said: str, tmp_path: Path
) -> None:
    """What config.json says of a layer is what the layer does, or it is refused."""
    folder = folder_of(model_type, tmp_path)
    edit(folder, **changes)
    assert message(folder, layer=layer) == said


@pytest.mark.parametrize(
    ("model_type", "changes", "said"),
    [
        (
            "opt",
            {"init_std": -1.0},
            "normal expects std >= 0.0, but found std -1",
        ),
        (
            "opt",
            {"dropout": 2.5},
            "dropout probability has to be between 0 and 1, but got 2.5",
        ),
        ("codegen", {"n_positions": 1}, "index 1 is out of bounds for dimension 0 with size 1"),
    ],
    ids=["when it is built", "dropout", "positions"],
)
def test_configurations_of_which_the_model_fails(
    model_type: str, changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """What transformers looks at only when it runs is said in one line as well."""
    folder = folder_of(model_type, tmp_path)
    edit(folder, **changes)
    assert message(folder, layer=2) == (
        f"m/config.json: describes a model that fails ({said}); values that fit are right"
    )


@pytest.mark.parametrize("key", ["num_attention_heads", "num_key_value_heads"])
@pytest.mark.parametrize("count", [0, 10**12])
def test_heads_that_no_tensor_has(key: str, count: int, tmp_path: Path) -> None:
    """They are refused before a module is made for each."""
    folder = folder_of("stablelm", tmp_path)
    edit(folder, **{key: count})
    assert message(folder) == (
        f"m: config.json says {count} heads; 1 to 53 would fit its tensors"
    )


def test_a_layer_without_a_mask_is_not_taken_for_causal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No mask means every key where the attention is no causal one."""
    from transformers.models.llama.modeling_llama import LlamaAttention

    folder, plain = folder_of("llama", tmp_path), LlamaAttention.forward

    def open_to_all(self: Any, *args: Any, **options: Any) -> Any:
        self.is_causal = False
        return plain(self, *args, **options | {"attention_mask": None})

    monkeypatch.setattr(LlamaAttention, "forward", open_to_all)
    assert message(folder) == (
        "m: the mask of layer 0 is not causal; such a model is not built yet"
    )


@pytest.mark.parametrize("option", ["s_aux", "position_bias", "unheard_of"])
@pytest.mark.parametrize("layer", [0, 2])
def test_attention_options_that_are_not_known(
    option: str, layer: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are refused by name, also where a layer below the one drawn uses them."""
    from transformers.models.llama.modeling_llama import LlamaAttention

    folder, plain = folder_of("llama", tmp_path), LlamaAttention.forward
    monkeypatch.setattr(
        LlamaAttention,
        "forward",
        lambda *args, **options: plain(*args, **options, **{option: torch.zeros(HEADS)}),
    )
    assert message(folder, layer=layer) == (
        f"m: layer 0 uses {option}; such a model is not built yet"
    )


def test_an_older_transformers_that_hides_attention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GPT-J once chose a class by the name of the attention, as GPT-Neo does still."""
    from transformers.models.gptj import modeling_gptj

    folder = folder_of("gptj", tmp_path)
    monkeypatch.setattr(
        modeling_gptj, "GPTJAttention", lambda config, _: {}[config._attn_implementation]
    )
    assert message(folder) == (
        "m: the attention of a gptj does not go through transformers' attention functions; "
        "a newer transformers may be right"
    )


@pytest.mark.parametrize(
    ("model_type", "name"),
    [
        ("gpt2", "transformer.h.0.attn.bias"),
        ("gpt2", "transformer.h.2.attn.masked_bias"),
        ("gptj", "transformer.h.1.attn.bias"),
        ("codegen", "transformer.h.1.attn.causal_mask"),
        ("gpt_neox", "gpt_neox.layers.0.attention.bias"),
        ("gpt_neox", "gpt_neox.layers.0.attention.masked_bias"),
        ("gpt_neox", "gpt_neox.layers.0.attention.rotary_emb.inv_freq"),
        ("llama", "model.layers.2.self_attn.rotary_emb.inv_freq"),
    ],
)
def test_old_buffers_are_ignored(model_type: str, name: str, tmp_path: Path) -> None:
    """What old folders stored besides is computed, not read."""
    folder = folder_of(model_type, tmp_path)
    before = drawn(load(folder))
    change_weights(folder, lambda tensors: tensors.update({name: torch.ones(1, 1, 7, 7)}))
    np.testing.assert_array_equal(drawn(load(folder)), before)


@pytest.mark.parametrize("model_type", ["gemma2", "opt", "gpt_neox"])
def test_folders_without_a_head(model_type: str, tmp_path: Path) -> None:
    """Saved from the bare model, and in half precision, as transformers reads it."""
    from transformers import AutoModel

    folder = saved(small(model_type).base_model, tmp_path / "m", torch.bfloat16, spread=0.15)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32)
    np.testing.assert_allclose(drawn(load(folder)), eager(model), rtol=0, atol=2e-6)
