"""`paperfig draw`: one figure from options, with its caption beside it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

import paperfig

Command = Callable[..., tuple[int, str, str]]
GPT = ("--checkpoint", "models/tiny.pt", "--tokenizer", "bytes")
RAIN = """\
figspec: 1
figure: map
checkpoint: models/tiny.pt
tokenizer: bytes
excerpt: {text: "It rained."}
layer: 1
head: [0, 2]
style: {provenance: none}
"""


def test_the_picture_is_that_of_the_spec(gpt_project: Path, command: Command) -> None:
    """The same bytes as `build` makes, where that leaves its digests out; the same caption."""
    (gpt_project / "figspec" / "rain.yaml").write_text(RAIN)
    assert command(gpt_project, "build")[0] == 0
    options = (*GPT, "--text", "It rained.", "--layer", "1", "--head", "0,2")
    code, out, err = command(gpt_project, "draw", *options, "--out", "drafts/rain.pdf")

    assert (code, err) == (0, "")
    for end in ("pdf", "caption.tex", "tex"):
        drawn = (gpt_project / "drafts" / f"rain.{end}").read_bytes()
        built = (gpt_project / "figures" / f"rain.{end}").read_bytes()
        assert drawn == built
    caption = (gpt_project / "figures" / "rain.caption.tex").read_text().rstrip("%\n")
    assert out.splitlines() == [
        caption,
        "drafts/rain.pdf drawn, rain.caption.tex and rain.tex beside it",
    ]
    assert not (gpt_project / "figures" / "manifest.json").read_text().count("drafts")


def test_the_spec_that_makes_it(gpt_project: Path, command: Command) -> None:
    """`--spec` writes one, with which `build` makes the same picture under that name."""
    options = (*GPT, "--model-name", "tiny", "--text", "It rained.", "--layer", "1")
    code, out, _ = command(gpt_project, "draw", *options, "--spec", "mine")
    assert code == 0
    assert out.splitlines()[-1] == "figspec/mine.yaml written; next: paperfig build mine"
    spec = gpt_project / "figspec" / "mine.yaml"
    spec.write_text(spec.read_text() + "style: {provenance: none}\n")
    assert command(gpt_project, "build", "mine")[0] == 0
    drawn = (gpt_project / "attention.pdf").read_bytes()
    assert drawn == (gpt_project / "figures" / "mine.pdf").read_bytes()
    caption = (gpt_project / "figures" / "mine.caption.tex").read_text()
    assert caption == (gpt_project / "attention.caption.tex").read_text()


@pytest.mark.parametrize(("end", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_pictures_by_their_suffix(
    gpt_project: Path, tmp_path: Path, command: Command, end: str, start: bytes
) -> None:
    """One picture, of the kind that the suffix says; no project is needed."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    model = str(gpt_project / "models" / "tiny.pt")
    options = ("--checkpoint", model, "--random", "9", "--figure", "scores", "--layer", "0")
    code, _, err = command(folder, "draw", *options, "--head", "1", "--out", f"a.{end}")
    assert (code, err) == (0, "")
    assert (folder / f"a.{end}").read_bytes().startswith(start)
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        f"a.{end}", "a.caption.tex", "a.tex",
    }  # fmt: skip


@pytest.fixture
def lamp(tmp_path: Path) -> Path:
    """A folder that holds three heads of five tokens."""
    weights = np.tril(np.random.default_rng(3).random((3, 5, 5)))
    paperfig.save_attention(
        tmp_path / "lamp.npz",
        weights / weights.sum(axis=-1, keepdims=True),
        tokens=["The", "Ġlamp", "Ġwent", "Ġout", "."],
        layer=4,
    )
    return tmp_path


def test_attention_that_was_computed_elsewhere(lamp: Path, command: Command) -> None:
    """Its file in place of a model: no text is needed, and no project."""
    options = ("lamp.npz", "--head", "2", "--model-name", "ours", "--out", "rain.pdf")
    code, out, err = command(lamp, "draw", *options)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == (
        "Attention pattern for head 2 of layer 4 of \\emph{ours} on the text `The lamp went "
        "out.' (5 tokens). Causal mask. Weights computed elsewhere."
    )
    assert (lamp / "rain.pdf").read_bytes().startswith(b"%PDF")


def test_its_spec_is_written(gpt_project: Path, lamp: Path, command: Command) -> None:
    """With no excerpt in it; `build` makes the same picture and caption."""
    shutil.copy(lamp / "lamp.npz", gpt_project / "models")
    options = ("models/lamp.npz", "--head", "0,2", "--spec", "mine", "--out", "x.pdf")
    assert command(gpt_project, "draw", *options)[0] == 0
    spec = gpt_project / "figspec" / "mine.yaml"
    written = yaml.safe_load(spec.read_text())
    assert written == {
        "figspec": 1,
        "figure": "map",
        "checkpoint": {"recorded": "models/lamp.npz"},
        "head": [0, 2],
    }
    spec.write_text(spec.read_text() + "style: {provenance: none}\n")
    assert command(gpt_project, "build", "mine")[0] == 0
    built = gpt_project / "figures"
    assert (built / "mine.pdf").read_bytes() == (gpt_project / "x.pdf").read_bytes()
    caption = (gpt_project / "x.caption.tex").read_text()
    assert caption == (built / "mine.caption.tex").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("lamp.npz", "--checkpoint", "a.pt"),
            "lamp.npz: given beside --checkpoint; one or the other is right",
        ),
        (
            ("lamp.npz", "--text", "It rained."),
            "options: excerpt: given beside checkpoint.recorded, whose file has the tokens; "
            "leave it out",
        ),
        (
            ("--out", "a.jpg"),
            "a.jpg: no picture that is drawn; a .pdf, .svg or .png file is right",
        ),
        ((), "options: no checkpoint; --checkpoint is right"),
        (GPT, "options: no excerpt; --text, --dataset or --random is right"),
    ],
)
def test_wrong_options(
    gpt_project: Path, command: Command, options: tuple[str, ...], said: str
) -> None:
    """One line, exit 2, and nothing drawn."""
    code, out, err = command(gpt_project, "draw", *options)
    assert (code, out, err) == (2, "", f"{said}\n")
    assert not list(gpt_project.glob("attention.*"))


def test_nothing_is_drawn_where_its_spec_cannot_be_written(
    gpt_project: Path, command: Command
) -> None:
    """The request is wrong as a whole, and said before anything is computed."""
    (gpt_project / "figspec" / "rain.yaml").write_text(RAIN)
    options = (*GPT, "--text", "It rained.", "--layer", "1")

    assert command(gpt_project, "draw", *options, "--spec", "rain") == (
        2,
        "",
        "rain: figspec/rain.yaml exists; choose another name\n",
    )
    assert not (gpt_project / "attention.pdf").exists()
