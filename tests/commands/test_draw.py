"""`paperfig draw`: one figure from options, with its caption beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("options", "said"),
    [
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
