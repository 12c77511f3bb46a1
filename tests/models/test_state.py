"""Which of a file's sets of weights is drawn is said by the spec, and never guessed."""

from pathlib import Path

import pytest
import torch
from loading import load, message
from small_models import HEADS, IDS, gpt_checkpoint, weights_of

State = dict[str, torch.Tensor]


@pytest.fixture
def averaged(tmp_path: Path, gpt_state: State) -> Path:
    """A file of raw weights and their average, as torch's AveragedModel names it."""
    ema = {f"module.{name}": 0.5 * tensor for name, tensor in gpt_state.items()}
    content = gpt_checkpoint(gpt_state)
    content |= {"ema": {"n_averaged": torch.tensor(3), **ema}, "rng": {"cpu": torch.ones(2)}}
    torch.save(content, tmp_path / "m.pt")
    return tmp_path / "m.pt"


def test_several_sets_are_named(averaged: Path) -> None:
    """Raw and averaged weights give other figures."""
    assert message(averaged) == (
        "m.pt: holds several sets of weights: model, ema; name one under `checkpoint`: "
        "`state: model`"
    )
    assert message(averaged, state="emma") == (
        "m.pt: `state: emma` is no set of weights of it; model, ema, rng would be"
    )


@pytest.mark.parametrize(("key", "factor"), [("model", 1.0), ("ema", 0.5)])
def test_the_one_that_is_named(
    averaged: Path, gpt_state: State, key: str, factor: float
) -> None:
    """It alone is read, freed of what wraps it."""
    alone = {name: factor * tensor for name, tensor in gpt_state.items()}
    torch.save(gpt_checkpoint(alone), averaged.with_name("alone.pt"))
    shown = [
        weights_of(source.layer_inputs(IDS, {2: range(HEADS)})[2]).tolist()
        for source in (load(averaged, state=key), load(averaged.with_name("alone.pt")))
    ]
    assert shown[0] == shown[1]


def test_keys_for_a_file_alone(tmp_path: Path) -> None:
    """A folder has neither."""
    (tmp_path / "m").mkdir()
    for key, value in (("state", "ema"), ("ignore", ("x",))):
        assert message(tmp_path / "m", **{key: value}) == (
            f"m: `{key}` is for a file, and it is a Hugging Face folder; leave it out"
        )
