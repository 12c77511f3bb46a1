"""A window that nothing says is found in the weights of others, and named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from maps_of import layer_of

from paperfig.errors import AttentionError
from paperfig.models.checkpoint import load_checkpoint
from paperfig.models.external.band import check_band
from paperfig.models.external.in_memory import reported_model
from paperfig.models.source import AttentionSource
from paperfig.specs.mask import MaskSpec, TrainedSpec
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.mask import MaskRule

IDS = np.arange(12, dtype=np.int64) * 5
DECLARE = "declare `window: {}`"
NEO = """
import torch
import transformers


def build(path, device):
    torch.manual_seed(0)
    config = transformers.GPTNeoConfig(
        vocab_size=64, max_position_embeddings=32, hidden_size=12, num_layers=2, num_heads=3,
        intermediate_size=24, attention_types=[[["global", "local"], 1]], window_size=4,
        attn_implementation="eager", bos_token_id=None, eos_token_id=None,
    )
    return transformers.GPTNeoModel(config), "h.*.attn.attention"
"""
SAID = (
    "layer 1: no head has any weight more than 3 tokens from the query, where the mask allows "
    "it; {}"
)


def softmax(logits: np.ndarray, rule: MaskRule) -> np.ndarray:
    """In float32, as a model makes it."""
    masked = np.where(rule.allowed(*logits.shape[1:]), logits, -np.inf)
    return torch.softmax(torch.from_numpy(masked).float(), -1).numpy()


def logits(n_head: int = 3, length: int = 12) -> np.ndarray:
    """Those of some heads, up to 40 apart: as sharp as a trained model's."""
    return np.random.default_rng(2).uniform(-20, 20, (n_head, length, length))


def fault(weights: np.ndarray, rule: MaskRule) -> str:
    """What is said of weights under a mask."""
    with pytest.raises(AttentionError) as caught:
        check_band(weights, rule, layer=1, remedy=DECLARE)
    return str(caught.value)


@pytest.mark.parametrize("causal", [True, False])
def test_a_window_that_nothing_says(causal: bool) -> None:
    """The mask that fits is named; with it the weights are right, nothing is said."""
    fits = MaskRule(causal=causal, window=4)
    weights = softmax(logits(), fits)
    assert fault(weights, MaskRule(causal=causal)) == SAID.format("declare `window: 4`")
    check_band(weights, fits, layer=1, remedy=DECLARE)


def test_weights_that_sink_below_the_smallest_number() -> None:
    """ALiBi's slope takes them there step by step, sharp heads each in their own place."""
    slope = -9.0 * np.arange(12)[::-1] + np.zeros((3, 12, 12))
    alibi = softmax(slope, MaskRule())
    assert alibi[:, -1, 0].max() > 0
    steeper = softmax(2 * slope, MaskRule())
    assert steeper[:, -1, 0].max() == 0
    far = softmax(np.array([200.0, 90.0])[:, None, None] * np.eye(12), MaskRule())
    assert far[0, -1, 0] == 0
    for weights in (alibi, steeper, far, softmax(logits(), MaskRule())):
        check_band(weights, MaskRule(), layer=1, remedy=DECLARE)


def test_the_local_layer_of_gpt_neo_through_an_adapter(tmp_path: Path) -> None:
    """Its window is in no key that is read; only the layer that is drawn is held to it."""
    (tmp_path / "neo.py").write_text(NEO, encoding="utf-8")

    def loaded(trained: TrainedSpec) -> AttentionSource:
        spec = CheckpointSpec(adapter="neo:build", trained=trained)
        cpu = torch.device("cpu")
        return load_checkpoint(spec, root=tmp_path, device=cpu, allow_adapters=True)

    source = loaded(TrainedSpec())
    assert layer_of(source, IDS, 0, keep_scores=False).weights.shape == (3, 12, 12)
    with pytest.raises(AttentionError) as caught:
        source.layer_inputs(IDS, {1: (2,)})
    assert str(caught.value) == SAID.format("declare it: `trained: {mask: {window: 4}}`")
    said = loaded(TrainedSpec(mask=MaskSpec(window=4)))
    declared = layer_of(said, IDS, 1, keep_scores=False)
    assert declared.weights[:, 11, :8].max() == 0


def test_the_local_layer_of_gpt_neo_in_memory() -> None:
    """The same of a model in memory, in the words of its call."""
    names: dict[str, Any] = {}
    exec(NEO, names)
    model, attention = names["build"](None, None)
    source = reported_model(model, IDS, attention=attention)
    assert len(source.layer_inputs(IDS, {0: (0, 1, 2)})[0].weights) == 3
    with pytest.raises(AttentionError) as caught:
        source.layer_inputs(IDS, {0: (0,), 1: (2,)})
    assert str(caught.value) == SAID.format(
        "give the model's own `mask=`, such as {'window': 4}"
    )
