"""The commands beside build, check and show: new, init, schema, doctor, and the API."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import paperfig
from paperfig.errors import RequestError

Command = Callable[..., tuple[int, str, str]]


def test_the_schema_is_json_or_the_reference(
    repository: Path, tmp_path: Path, command: Command
) -> None:
    """`paperfig schema` needs no project."""
    schema = json.loads(command(tmp_path, "schema")[1])
    reference = command(tmp_path, "schema", "--markdown")[1]

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert reference.strip() == (repository / "docs" / "figspec.md").read_text().strip()


def test_doctor_names_versions_and_device(gpt_project: Path, command: Command) -> None:
    """Packages, device and project, as lines and as JSON."""
    found = json.loads(command(gpt_project, "doctor", "--json")[1])

    assert found["paperfig"] == paperfig.__version__
    assert found["project"] == str(gpt_project)
    assert {"torch", "matplotlib", "datasets", "device", "pdflatex"} <= set(found)
    assert f"  paperfig      {paperfig.__version__}" in command(gpt_project, "doctor")[1]


def test_commands_say_what_they_do(
    gpt_project: Path, process: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Help for every command, on stdout, exit code 0."""
    done = process(gpt_project, "--help")

    assert done.returncode == 0
    for name in ("build", "check", "show", "new", "init", "schema", "doctor"):
        assert f"    {name} " in done.stdout


def test_attention_from_python(gpt_project: Path, command: Command) -> None:
    """The API gives the weights that a build draws, with scores, mask, tokens, statistics."""
    from paperfig.values.figure import from_npz

    command(gpt_project, "build")
    drawn = from_npz((gpt_project / "figures" / "rain.npz").read_bytes()).maps[0]
    attention = paperfig.attention("rain", root=gpt_project, device="cpu")

    np.testing.assert_array_equal(attention.weights, drawn.weights)
    assert attention.scores is not None
    scores = np.where(attention.mask, attention.scores[0], -np.inf)
    softmax = np.exp(scores - scores.max(1, keepdims=True))
    softmax /= softmax.sum(1, keepdims=True)
    np.testing.assert_allclose(attention.weights[0], softmax, atol=1e-6)
    assert attention.tokens[:4] == ("I", "n", " ", "1")
    assert attention.statistics()[0]["head"] == "L1H2"


def test_attention_of_two_layers_is_refused(gpt_project: Path) -> None:
    """One map has one layer."""
    spec = {
        "checkpoint": "models/tiny.pt",
        "tokenizer": "bytes",
        "excerpt": {"text": "rain"},
        "head": ["L0H0", "L1H0"],
    }
    with pytest.raises(RequestError) as caught:
        paperfig.attention(spec, root=gpt_project)

    assert str(caught.value) == "head: it names heads of layers 0, 1; name one layer's"


def test_the_function_is_there_after_its_room_was_imported() -> None:
    """`paperfig.attention` is callable whatever was imported before."""
    import paperfig.maps.softmax

    assert callable(paperfig.attention)


def test_a_model_without_a_name_is_warned_of(gpt_project: Path, command: Command) -> None:
    """The caption says what is known of it; the figure is built all the same."""
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text().replace(", name: tiny", ""))
    warning = (
        "figspec/rain.yaml: warning: checkpoint has no `name`; the caption says only its kind\n"
    )

    assert command(gpt_project, "check")[::2] == (1, warning)
    assert command(gpt_project, "build")[::2] == (0, warning)
    caption = (gpt_project / "figures" / "rain.caption.tex").read_text()
    assert (
        "head 2 of layer 1 of a 2-layer GPT at step 10 on the text `In 1941, after" in caption
    )
    assert "tiny" not in caption
    record = json.loads((gpt_project / "figures" / "rain.json").read_text())
    assert record["facts"]["model"]["name"] == "tiny"


def test_a_key_that_is_declared_harmless_is_warned_of(
    gpt_project: Path, command: Command
) -> None:
    """The record holds it with its value, and a build says it, not the caption."""
    path, spec = gpt_project / "models" / "tiny.pt", gpt_project / "figspec" / "rain.yaml"
    content = torch.load(path)
    content["model_args"]["mystery"] = 2
    torch.save(content, path)
    spec.write_text(spec.read_text().replace("name: tiny", "name: tiny, ignore: [mystery]"))
    code, _, err = command(gpt_project, "build")

    assert code == 0
    assert err == (
        "figspec/rain.yaml: warning: mystery = 2 in the model's configuration is ignored, as "
        "declared\n"
    )
    record = json.loads((gpt_project / "figures" / "rain.json").read_text())
    assert record["facts"]["model"]["ignored"] == ["mystery = 2"]
    assert "mystery" not in (gpt_project / "figures" / "rain.caption.tex").read_text()
