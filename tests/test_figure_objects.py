"""`paperfig.Figure`: what it shows, says and saves."""

import ast
import base64
import io
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pikepdf
import pytest
import yaml
from PIL import Image
from values_of import random_figure

import paperfig
from paperfig.api.figure import Figure
from paperfig.captions.reference import FACTS
from paperfig.errors import PaperfigError
from paperfig.project.workspace import Workspace
from paperfig.specs.mappings import spec_of
from paperfig.specs.schema import NamedSpec
from paperfig.values.figure import FigureData

SPEC = {
    "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"text": "In 1941, after the fall of France, it rained."},
    "head": "L1H2",
}
COLUMN = 345.0  # of the venue article, in TeX points
MIMES = ("image/png", "image/svg+xml")


@pytest.fixture
def rain(gpt_project: Path) -> Figure:
    """The figure of the project's spec."""
    return paperfig.figure("rain", root=gpt_project, device="cpu")


class Values:
    """Gives a figure's values, and counts how often."""

    def __init__(self, data: FigureData) -> None:
        self.data, self.asked = data, 0

    def __call__(self) -> FigureData:
        """The values."""
        self.asked += 1
        return self.data


def figure_of(data: FigureData, folder: Path, **style: Any) -> tuple[Figure, Values]:
    """A figure of these values, and what gives them."""
    spec = spec_of(SPEC | {"style": style})
    values = Values(data)
    named = NamedSpec(name="mine", file="a test", spec=spec)
    return Figure(named, Workspace(folder), values), values


@pytest.mark.parametrize(
    "keys",
    [
        {"head": "L1H2"},
        {"figure": "scores", "layer": 0, "head": [0, 1], "kappa": [0.5, 1.0]},
        {"figure": "context", "layer": 0, "style": {"venue": "icml", "width": "page"}},
        {"layer": 1, "head": "all", "caption": {"detail": "full", "lead": r"Ours, 50\%."}},
    ],
)
def test_it_is_what_is_built(keys: Mapping[str, Any], gpt_project: Path, command) -> None:
    """The bytes of `paperfig build` of the same spec, in whichever order they are asked for."""
    style = {**keys.get("style", {}), "provenance": "none", "formats": ["svg", "png"]}
    spec = {key: value for key, value in SPEC.items() if key != "head"} | keys
    spec |= {"figspec": 1, "style": style}
    path = gpt_project / "figspec" / "ours.yaml"
    path.write_text(yaml.safe_dump(spec), encoding="utf-8")
    assert command(gpt_project, "build", "ours")[0] == 0
    built, drafts = gpt_project / "figures", gpt_project / "drafts"
    drafts.mkdir()

    figure = paperfig.figure(spec, device="cpu")
    for end in ("png", "pdf", "svg", "pdf"):
        assert figure.save(f"drafts/ours.{end}") == Path(f"drafts/ours.{end}")
        for made in (end, "caption.tex", "tex"):
            assert (drafts / f"ours.{made}").read_bytes() == (
                built / f"ours.{made}"
            ).read_bytes()
    assert f"{figure.caption}%\n" == (built / "ours.caption.tex").read_text("ascii")
    ends = {".pdf", ".svg", ".png", ".caption.tex", ".tex"}
    assert {path.name for path in drafts.iterdir()} == {f"ours{end}" for end in ends}


def test_a_spec_is_named_in_three_ways(
    gpt_project: Path, rain: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the figure's name, by its file, or as a mapping."""
    monkeypatch.chdir(gpt_project)
    for spec in (Path("figspec/rain.yaml"), "figspec/rain.yaml", SPEC):
        figure = paperfig.figure(spec, device="cpu")
        assert (repr(figure), figure.caption) == (repr(rain), rain.caption)


def test_nothing_is_computed_or_drawn_twice(tmp_path: Path, monkeypatch) -> None:
    """Nor before it is asked for."""
    from paperfig.drawing import render

    drawn = []
    draw = render.draw_figure
    monkeypatch.setattr(
        render, "draw_figure", lambda *given, **named: drawn.append(1) or draw(*given, **named)
    )
    figure, values = figure_of(random_figure(8), tmp_path)
    assert (values.asked, drawn) == (0, [])
    assert repr(figure) == "<paperfig.Figure map: L0H0, 8 tokens>"
    assert (values.asked, drawn) == (1, [])
    first = figure._repr_mimebundle_()
    figure.save(tmp_path / "a.pdf")
    assert (figure.caption, figure._repr_mimebundle_()) == (figure.caption, first)
    assert (figure.facts is figure.facts, values.asked, drawn) == (True, 1, [1])


def test_many_heads_are_counted(tmp_path: Path) -> None:
    """The line that stands for a figure stays one."""
    figure, _ = figure_of(random_figure(4, heads=7), tmp_path)

    assert repr(figure) == "<paperfig.Figure map: L0H0, L0H1, L0H2, L0H3 and 3 more, 4 tokens>"


def test_what_a_notebook_shows(rain: Figure, tmp_path: Path) -> None:
    """Both pictures on white, in the size of the paper, and what they are in words."""
    data, about = rain._repr_mimebundle_()
    facts = rain.facts
    size = {side: facts[f"{side}_pt"] / 72.27 * 96 for side in ("width", "height")}
    assert facts["width_pt"] == COLUMN
    assert set(data) == set(about) == {*MIMES}
    for mime in MIMES:
        assert about[mime] == {side: round(length) for side, length in size.items()} | {
            "alt": "Attention map: L1H2, 45 tokens"
        }
    png = Image.open(io.BytesIO(base64.b64decode(data["image/png"], validate=True)))
    assert png.size == pytest.approx([2 * size["width"], 2 * size["height"]], abs=1)
    assert np.array(png.convert("RGBA"))[0, 0].tolist() == [255, 255, 255, 255]
    svg = data["image/svg+xml"]
    root = ET.fromstring(svg)
    assert svg.startswith("<svg ")
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(size["width"] * 0.75)
    ground = next(root.iter("{http://www.w3.org/2000/svg}path"))
    assert ground.get("style") == "fill: #ffffff"
    saved = rain.save(tmp_path / "rain.svg").read_text("utf-8")  # the paper has its own ground
    assert "fill: #ffffff" not in saved


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({}, {*MIMES}),
        ({"include": ["image/png", "text/html"]}, {"image/png"}),
        ({"exclude": {"image/png"}}, {"image/svg+xml"}),
        ({"include": ["text/plain"]}, set()),
    ],
)
def test_only_what_is_wanted_is_made(asked, given, tmp_path: Path) -> None:
    """By the arguments with which IPython asks."""
    figure, _ = figure_of(random_figure(4), tmp_path)
    data, about = figure._repr_mimebundle_(**asked)

    assert (set(data), set(about)) == (given, given)
    assert set(figure._written) == given


def test_a_long_svg_is_left_out(tmp_path: Path) -> None:
    """A notebook keeps all that it shows."""
    figure, _ = figure_of(random_figure(64, heads=12), tmp_path, width="page")

    assert set(figure._repr_mimebundle_()[0]) == {"image/png"}


def test_facts_are_those_of_templates(rain: Figure) -> None:
    """Each that the reference lists; nobody changes them."""
    assert set(rain.facts) == set(FACTS)
    assert (rain.facts["head"], rain.facts["layer"], rain.facts["length"]) == ("2", "1", 45)
    with pytest.raises(TypeError, match="does not support item assignment"):
        rain.facts["head"] = "3"  # type: ignore[index]
    rain.facts["tokens"].clear()
    assert "45 tokens" in rain.caption


def test_signed_values_have_no_statistics() -> None:
    """They are of weights."""
    figure = paperfig.draw([[0.5, 0.0], [-0.25, 0.75]], signed=True)

    with pytest.raises(PaperfigError) as caught:
        figure.statistics()
    assert str(caught.value) == (
        "statistics: there are none of signed values; attention weights are right"
    )


def test_statistics_are_those_of_attention(gpt_project: Path, rain: Figure) -> None:
    """Number for number."""
    attention = paperfig.attention("rain", root=gpt_project, device="cpu")

    assert rain.statistics() == attention.statistics()


def test_caption_and_float(rain: Figure, tmp_path: Path) -> None:
    """Of the figure's name, until it is saved under another."""
    assert rain.caption.startswith(r"Attention pattern for head 2 of layer 1 of \emph{tiny}")
    assert not rain.caption.endswith("%")
    assert r".}]{\paperfigdir/rain.pdf}" in rain.float
    assert r"\label{fig:rain}" in rain.float
    rain.save(tmp_path / "snow.png")
    saved = (tmp_path / "snow.tex").read_text("ascii")
    assert saved == rain.float.replace("rain.pdf", "snow.pdf").replace("fig:rain", "fig:snow")


def test_a_figure_of_matplotlib(tmp_path: Path) -> None:
    """A new one each time; what is done to it changes nothing here."""
    figure, _ = figure_of(random_figure(8), tmp_path)
    before = figure.save(tmp_path / "a.pdf").read_bytes()
    theirs = figure.matplotlib
    assert theirs is not figure.matplotlib
    theirs.clear()
    theirs.savefig(tmp_path / "empty.pdf")
    assert figure.save(tmp_path / "b.pdf").read_bytes() == before
    assert [len(one.artists) > 10 for one in (theirs, figure.matplotlib)] == [False, True]


def test_matplotlib_saves_cells_that_are_an_image(tmp_path: Path) -> None:
    """As one of its own: our way past it is known to our own files only."""
    figure, _ = figure_of(random_figure(8), tmp_path, cells="image")
    ours = figure.save(tmp_path / "ours.pdf")
    figure.matplotlib.savefig(tmp_path / "theirs.pdf")

    for path in (ours, tmp_path / "theirs.pdf"):
        with pikepdf.open(path) as pdf:
            page = pdf.pages[0].obj
            (name,) = page.Resources.XObject.keys()
            assert f"{name} Do".encode() in page.Contents.read_bytes()


def test_saved_under_the_users_own_settings(tmp_path: Path) -> None:
    """The same bytes whatever matplotlib's settings are, and these are as before."""
    plain, _ = figure_of(random_figure(8), tmp_path)
    expected = plain.save(tmp_path / "a.pdf").read_bytes()
    with mpl.rc_context({"font.size": 30, "pdf.fonttype": 3, "savefig.dpi": 20}):
        figure, _ = figure_of(random_figure(8), tmp_path)
        assert figure.save(tmp_path / "b.pdf").read_bytes() == expected
        assert mpl.rcParams["pdf.fonttype"] == 3


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("a.jpg", "a.jpg: no picture that is drawn; a .pdf, .svg or .png file is right"),
        ("a", "a: no picture that is drawn; a .pdf, .svg or .png file is right"),
        (
            "none/a.pdf",
            "none/a.pdf: there is no folder none; one that exists is right",
        ),
        (
            "a b.pdf",
            "name: 'a b' cannot stand in a LaTeX command; letters, digits and . _ - are right",
        ),
        ("folder.pdf", "folder.pdf: cannot be written (Is a directory)"),
    ],
)
def test_where_it_cannot_be_saved(path: str, said: str, tmp_path: Path, monkeypatch) -> None:
    """One line, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.pdf").mkdir()
    figure, _ = figure_of(random_figure(4), tmp_path)
    with pytest.raises(PaperfigError) as caught:
        figure.save(path)

    assert str(caught.value) == said
    assert [file.name for file in tmp_path.iterdir()] == ["folder.pdf"]


def test_another_disk(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """What is written is staged where it goes: a rename does not leave a disk."""
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk")
    folder = Path(tempfile.mkdtemp(dir=elsewhere))
    request.addfinalizer(lambda: shutil.rmtree(folder))
    figure, _ = figure_of(random_figure(4), tmp_path)

    assert figure.save(folder / "a.pdf").is_file()
    assert {file.name for file in folder.iterdir()} == {"a.pdf", "a.caption.tex", "a.tex"}
    assert list(tmp_path.iterdir()) == []


def test_threads_draw_one_figure(tmp_path: Path) -> None:
    """Whoever is first, all get the same."""
    figure, _ = figure_of(random_figure(8), tmp_path)
    names = [f"{index}.{end}" for index in range(3) for end in ("pdf", "svg", "png")]
    threads = [threading.Thread(target=figure.save, args=(tmp_path / name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for end in ("pdf", "svg", "png"):
        assert len({(tmp_path / f"{index}.{end}").read_bytes() for index in range(3)}) == 1


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (SPEC | {"heads": 2}, "spec: heads: unknown key; did you mean head?"),
        (SPEC | {"head": "L9H0"}, "head: L9H0 does not exist; layers are 0 to 1"),
        ("rainn", "rainn: no such spec file or figure; did you mean rain?"),
    ],
)
def test_faults_come_with_the_call(spec, said: str, gpt_project: Path) -> None:
    """Of the spec and of what it names."""
    with pytest.raises(PaperfigError) as caught:
        paperfig.figure(spec, root=gpt_project, device="cpu")

    assert re.sub(r"^spec:\d+:\d+", "spec", str(caught.value)) == said


def test_a_fault_of_the_drawing_comes_when_it_is_drawn(gpt_project: Path) -> None:
    """In one line each time, also where a notebook asks."""
    spec = SPEC | {"style": {"width": "40in"}}
    figure = paperfig.figure(spec, root=gpt_project, device="cpu")
    line = "style.width: '40in' is 2890.8 pt; more than 0 and at most 20in is right"
    for ask in (figure._repr_mimebundle_, lambda: figure.caption, lambda: figure.save("a.pdf")):
        with pytest.raises(PaperfigError) as caught:
            ask()
        assert str(caught.value) == line
        assert caught.value._render_traceback_() == [f"DrawingError: {line}"]
    assert repr(figure) == "<paperfig.Figure map: L1H2, 45 tokens>"


def test_a_mapping_needs_no_project(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its paths start from the working folder; a name needs one."""
    (tmp_path / "tiny.pt").write_bytes(checkpoint.read_bytes())
    monkeypatch.chdir(tmp_path)
    spec = SPEC | {"checkpoint": "tiny.pt"}
    assert repr(paperfig.figure(spec, device="cpu")) == "<paperfig.Figure map: L1H2, 45 tokens>"
    assert paperfig.attention(spec, device="cpu").labels == ("L1H2",)
    with pytest.raises(PaperfigError, match="no figspec/ folder here or above"):
        paperfig.figure("rain")


def test_a_root_from_the_working_folder(gpt_project: Path, monkeypatch) -> None:
    """The defaults beneath a spec are read there too."""
    (gpt_project / "figspec" / "defaults.yaml").write_text("style: {width: 200pt}\n")
    (gpt_project / "below").mkdir()
    monkeypatch.chdir(gpt_project / "below")

    assert paperfig.figure("rain", root="..", device="cpu").facts["width_pt"] == 200


def test_the_docstrings_name_every_argument() -> None:
    """Each argument stands in an example of the call."""
    source = (Path(paperfig.__file__).parent / "api" / "figure.py").read_text("utf-8")
    examples = "\n".join(
        line for line in source.splitlines() if re.match(r" *(>>>|\.\.\.)", line)
    )
    for argument in arguments_of(ast.parse(source), "figure"):
        assert argument == "spec" or f"{argument}=" in examples


def arguments_of(tree: ast.Module, name: str) -> Iterator[str]:
    """The names of a function's arguments."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            yield from (each.arg for each in (*node.args.args, *node.args.kwonlyargs))
