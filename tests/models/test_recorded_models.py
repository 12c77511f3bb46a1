"""Attention that transformers and TransformerLens give, of small models with random weights."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from messages import message_of
from small_recorded import drawn, rule, shown

from paperfig.engine.given import given_source
from paperfig.errors import AttentionError

IDS = torch.tensor([[5, 3, 8, 8, 1, 9, 2]])
TARGET = torch.tensor([[4, 6, 2]])
LAYERS, HEADS, LENGTH = 3, 2, IDS.shape[1]
EAGER = {"attn_implementation": "eager"}


def small_gpt2() -> transformers.GPT2Config:
    """Three layers of two heads."""
    return transformers.GPT2Config(
        n_layer=LAYERS, n_head=HEADS, n_embd=8, vocab_size=11, n_positions=16, **EAGER
    )


@cache
def outputs(name: str) -> Any:
    """What a model gives with its attention."""
    torch.manual_seed(0)
    keys: dict[str, Any] = {"input_ids": IDS}
    match name:
        case "gpt2":
            model: Any = transformers.GPT2Model(small_gpt2())
        case "bert":
            config = transformers.BertConfig(
                num_hidden_layers=LAYERS,
                num_attention_heads=HEADS,
                hidden_size=8,
                intermediate_size=8,
                vocab_size=11,
                **EAGER,
            )
            model = transformers.BertModel(config)
            padding = torch.ones_like(IDS)
            padding[:, -2:] = 0
            keys["attention_mask"] = padding
        case "t5":
            config = transformers.T5Config(
                num_layers=LAYERS,
                num_heads=HEADS,
                d_model=8,
                d_kv=4,
                d_ff=8,
                vocab_size=11,
                **EAGER,
            )
            model = transformers.T5Model(config)
            keys["decoder_input_ids"] = TARGET
    with torch.no_grad():
        return model.eval()(**keys, output_attentions=True)


@cache
def lens() -> Any:
    """The cache of a run of TransformerLens, by a module that is slow to import."""
    sources = pytest.importorskip("transformer_lens.model_bridge.sources")
    torch.manual_seed(0)
    config = small_gpt2()
    model = transformers.GPT2LMHeadModel(config).eval()
    bridge = sources.build_bridge_from_module(model, "GPT2LMHeadModel", hf_config=config)
    with torch.no_grad():
        return bridge.run_with_cache(IDS)[1]


def test_gpt2() -> None:
    """All layers to the bit, causal; none of them is named what it is not."""
    given = outputs("gpt2").attentions
    source = given_source(given, tokens=IDS)

    assert source.facts.there == (0, 1, 2)
    for one, found in zip(given, shown(source), strict=True):
        np.testing.assert_array_equal(found.weights, one[0].numpy())
        assert found.shown.mask.causal
        assert found.queries.ids.tolist() == IDS[0].tolist()
    assert rule(given[1]).causal
    np.testing.assert_array_equal(drawn(given, layer=2, head=1), given[2][0, 1:].numpy())


def test_bert_with_padding() -> None:
    """Padded keys have no weight: said as a mask of the keys they are hidden."""
    given = outputs("bert").attentions
    padding = torch.tensor([[1] * 5 + [0] * 2])

    assert not rule(given).causal
    assert rule(given, mask=padding).hide_keys == (5, 6)
    np.testing.assert_array_equal(drawn(given, layer=1, mask=padding), given[1][0].numpy())


def test_t5() -> None:
    """The encoder's, the decoder's, and from the decoder to the encoder."""
    found = outputs("t5")

    assert not rule(found.encoder_attentions).causal
    assert rule(found.decoder_attentions).causal
    across = given_source(found.cross_attentions, layer=1, tokens=TARGET, key_tokens=IDS)
    (only,) = shown(across)
    np.testing.assert_array_equal(only.weights, found.cross_attentions[1][0].numpy())
    assert only.shape == (HEADS, TARGET.shape[1], LENGTH)
    assert only.keys.ids.tolist() == IDS[0].tolist()


def test_what_was_meant_is_told() -> None:
    """The outputs themselves, and those of a model that kept no attention."""
    found = outputs("gpt2")

    assert message_of(AttentionError, given_source, found) == (
        f"weights: of its entries ({', '.join(list(found)[:3])} …) none is "
        "blocks.N.attn.hook_pattern; `outputs.attentions` is right"
    )
    eager = 'attn_implementation="eager" with output_attentions=True is right'
    for kept, what in (((None,) * LAYERS, "[0]: it is None"), ((), ": it is an empty tuple")):
        assert message_of(AttentionError, given_source, kept) == f"weights{what}; {eager}"
    assert message_of(AttentionError, given_source, torch.stack(found.attentions)) == (
        "weights: its shape is (3, 1, 2, 7, 7); (query, key) or (head, query, key), or "
        '`axes="layer batch head query key"`, is right'
    )
    stacked = given_source(torch.stack(found.attentions), axes="layer batch head query key")
    np.testing.assert_array_equal(stacked.inputs[2].own_weights(), found.attentions[2][0])


def test_transformer_lens() -> None:
    """The whole cache, one of its entries, and scores beside the weights."""
    kept = lens()
    pattern, scores = (
        [kept[name, layer] for layer in range(LAYERS)] for name in ("pattern", "attn_scores")
    )

    for one, found in zip(pattern, shown(given_source(kept)), strict=True):
        np.testing.assert_array_equal(found.weights, one[0].numpy())
    np.testing.assert_array_equal(drawn(kept, layer=2), pattern[2][0])
    np.testing.assert_array_equal(drawn(kept["pattern", 1]), pattern[1][0])
    np.testing.assert_array_equal(drawn(dict(kept), layer=1), pattern[1][0])

    both = given_source(kept, scores=kept, layer=1)
    (only,) = shown(both, figure="scores")
    mask = np.tril(np.ones((LENGTH, LENGTH), dtype=bool))
    assert (only.shown.mask.causal, only.shown.mask.is_inferred) == (True, False)
    np.testing.assert_array_equal(np.isnan(only.scores[0]), ~mask)
    np.testing.assert_array_equal(only.scores[:, mask], scores[1][0].numpy()[:, mask])
    np.testing.assert_allclose(drawn(scores=kept, layer=1), pattern[1][0], atol=1e-7)


def test_a_cache_without_attention() -> None:
    """As of a run with a filter of names."""
    kept = {name: value for name, value in lens().items() if name.endswith("hook_q")}

    assert message_of(AttentionError, given_source, kept) == (
        "weights: of its entries (blocks.0.attn.hook_q, blocks.1.attn.hook_q, "
        "blocks.2.attn.hook_q …) none is blocks.N.attn.hook_pattern; an array, or a cache with "
        "these, is right"
    )
