"""Five models, the demo's and four made from it: five different, right diagnoses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

Command = Callable[..., tuple[int, str, str]]
State, Config = dict[str, torch.Tensor], dict[str, Any]
MEANS, POSITIONS = "token_embed.mu_embed.weight", "token_embed.pos_embed.weight"
VARIANCES = "token_embed.log_sigma_diag"
FRAMES, FRAME_POSITIONS = "token_embed.phi_embed.weight", "pos_encoding.pos_phi"
TEXT = "The lighthouse stands where the land ends and the sea begins."


def untouched(_: State, __: Config) -> None:
    """The demo model."""


def equal_means(state: State, config: Config) -> None:
    """All μ equal, and all Σ; frames as they were learnt."""
    state[MEANS] = torch.full_like(state[MEANS], 0.01)
    state[POSITIONS] = torch.zeros_like(state[POSITIONS])
    state[VARIANCES] = torch.zeros_like(state[VARIANCES])
    config["alibi_slope"] = None


def equal_frames(state: State, _: Config) -> None:
    """All φ equal."""
    state[FRAMES] = state[FRAMES].mean(0, keepdim=True).expand_as(state[FRAMES]).clone()
    state[FRAME_POSITIONS] = torch.zeros_like(state[FRAME_POSITIONS])


def high_kappa(_: State, config: Config) -> None:
    """κ far too high."""
    config |= {"kappa_beta": 1000.0, "alibi_slope": None}


def untrained(state: State, config: Config) -> None:
    """Every embedding as VFE-Sim's initialisation leaves it."""
    random = torch.Generator().manual_seed(0)
    for name in (MEANS, POSITIONS, FRAMES):
        state[name] = 0.02 * torch.randn(state[name].shape, generator=random)
    state[VARIANCES] = torch.zeros_like(state[VARIANCES])
    config["alibi_slope"] = None


MODELS = {
    untouched: ("nothing", set()),
    equal_means: ("beliefs alike", {"means", "covariances", "scores"}),
    equal_frames: ("frames alike", {"frames"}),
    high_kappa: ("kappa too high", {"scores"}),
    untrained: ("untrained", {"means", "covariances", "scores", "training", "frames"}),
}


@pytest.mark.parametrize("change", MODELS, ids=lambda change: change.__name__)
def test_each_model_has_its_own_diagnosis(
    change: Callable[..., None], repository: Path, tmp_path: Path, command: Command
) -> None:
    """The verdict, what is flagged, and what the heads then are."""
    content = torch.load(repository / "demo" / "gauge.pt", weights_only=True)
    change(content["model_state"], content["config"])
    torch.save(content, tmp_path / "model.pt")
    tokenizer = str(repository / "demo" / "tokenizer.tiktoken")
    options = ("--checkpoint", "model.pt", "--tokenizer", tokenizer, "--text", TEXT)
    code, out, err = command(tmp_path, "show", *options, "--json")
    assert (code, err) == (0, "")
    layer = json.loads(out)["figures"][0]["layers"][0]
    found = layer["diagnosis"]
    verdict, flagged = MODELS[change]
    others = {finding["name"] for finding in found["findings"] if finding["flagged"]}

    assert found["verdict"] == verdict
    assert others - {"averaging"} == flagged
    classes = {head["class"] for head in layer["heads"]}
    assert (classes == {"uniform"}) == ("scores" in flagged)
    if change is high_kappa:
        assert 0.1 < found["kappa"] < 20
    if change is untouched:
        assert "averaging" in others
