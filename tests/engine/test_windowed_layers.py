"""A model whose layers see different keys: what is drawn, and what the caption says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import paperfig

Command = Callable[..., tuple[int, str, str]]
SPEC = """\
figspec: 1
checkpoint: {path: gemma, name: gemma}
tokenizer: {name: bytes, size: 259}
excerpt: {text: "It rained."}
"""
OF_GEMMA = "of \\emph{gemma} on the text `It rained.' (10 tokens). "
END = " Colour scale from 0 to 1, which holds every weight.%\n"


@pytest.fixture
def gemma(project: Path) -> Path:
    """A project with a random Gemma 2: windows of 3 keys in layers 0 and 2, none in layer 1."""
    from transformers import Gemma2Config, Gemma2Model
    from transformers.utils import logging

    kinds = ["sliding_attention", "full_attention", "sliding_attention"]
    sizes = {"hidden_size": 24, "intermediate_size": 31, "num_hidden_layers": 3, "head_dim": 4}
    config = Gemma2Config(
        vocab_size=259, num_attention_heads=2, num_key_value_heads=1, sliding_window=3,
        layer_types=kinds, max_position_embeddings=29, **sizes,
    )  # fmt: skip
    logging.disable_progress_bar()
    Gemma2Model(config).save_pretrained(project / "gemma")
    logging.enable_progress_bar()
    return project


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "head: [L0H1, L1H1, L2H1]",
            f"Attention patterns for heads L0H1, L1H1 and L2H1 {OF_GEMMA}Layers 0 and 2: "
            "Causal mask; a window of 3 keys (the query itself counted). "
            "Layer 1: Causal mask.",
        ),
        (
            "head: L2H0\nmask: {window: 2}",
            f"Attention pattern for head 0 of layer 2 {OF_GEMMA}Causal mask; "
            "a window of 2 keys (the query itself counted) here, though the model was trained "
            "with one of 3. What enters the layer is as trained.",
        ),
    ],
    ids=["as trained", "another window"],
)
def test_the_caption_says_each_layers_window(
    gemma: Path, command: Command, keys: str, said: str
) -> None:
    """Layers that share one are named together; an intervention is held against it."""
    spec = f"{SPEC}{keys}\nstyle: {{limits: full}}\n"
    (gemma / "figspec" / "rain.yaml").write_text(spec, encoding="utf-8")
    assert command(gemma, "build")[::2] == (0, "")
    assert (gemma / "figures" / "rain.caption.tex").read_text() == f"{said}{END}"


def test_keys_beyond_the_window_are_masked(
    gemma: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are no data, and no statistic counts them."""
    (gemma / "figspec" / "rain.yaml").write_text(f"{SPEC}head: L0H0\n", encoding="utf-8")
    monkeypatch.chdir(gemma)
    shown = paperfig.attention("rain")
    distance = np.subtract.outer(np.arange(10), np.arange(10))
    np.testing.assert_array_equal(shown.mask, (distance >= 0) & (distance < 3))
    assert not shown.weights[0][~shown.mask].any()
    np.testing.assert_allclose(shown.weights.sum(-1), 1, rtol=1e-6)
