"""docs/notebook.md and docs/notebook.ipynb, run as they stand on the demo."""

import base64
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from documented import documented
from nbclient import NotebookClient

import paperfig

REPOSITORY = Path(__file__).resolve().parent.parent
KERNEL = "this-python"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A project with the demo in it, and its notebook in docs/."""
    for folder in ("demo", "figspec"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    (tmp_path / "docs").mkdir()
    shutil.copy(REPOSITORY / "docs" / "notebook.ipynb", tmp_path / "docs")
    return tmp_path


@pytest.fixture
def kernel(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """This Python as a kernel, with nothing of the user's own settings."""
    folder = tmp_path_factory.mktemp("jupyter")
    spec = folder / "kernels" / KERNEL / "kernel.json"
    spec.parent.mkdir(parents=True)
    start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about = {"argv": start, "display_name": KERNEL, "language": "python"}
    spec.write_text(json.dumps(about), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(folder / name))
    monkeypatch.setenv("PYTHONPATH", str(Path(paperfig.__file__).parent.parent))


def executed(
    notebook: nbformat.NotebookNode, folder: Path, **options: Any
) -> Mapping[str, list[Any]]:
    """The outputs of each code cell by its id, after all have run in the folder."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, timeout=120, kernel_name=KERNEL, resources=resources, **options
    ).execute()
    nbformat.validate(notebook)
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


@pytest.mark.usefixtures("kernel")
def test_the_notebook(demo: Path) -> None:
    """Figures show themselves, as PNG and as SVG; the last cells print and save."""
    path = demo / "docs" / "notebook.ipynb"
    outputs = executed(nbformat.read(path, as_version=4), path.parent)
    pixels = {}
    for cell in ("one", "heads"):
        (shown,) = outputs[cell]
        assert set(shown.data) == {"image/png", "image/svg+xml", "text/plain"}
        size, png = shown.metadata["image/png"], base64.b64decode(shown.data["image/png"])
        pixels[cell] = [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)]
        assert pixels[cell] == pytest.approx([2 * size["width"], 2 * size["height"]], abs=2)
    assert pixels["one"][0] < pixels["heads"][0]
    assert outputs["one"][0].data["text/plain"] == "<paperfig.Figure map: L0H0, 24 tokens>"
    assert outputs["caption"][0].text.startswith("Attention pattern for head 0 of layer 0")
    assert "L0H2 previous 0." in outputs["numbers"][0].text
    shown = {
        "array": "map: L0H0, 8 tokens",
        "tuple": "map: L0H0, L1H0, 8 tokens",
        "signed": "map: H0, 8 tokens",
        "recorded": "map: L1H0, 8 tokens",
        "model": "map: L1H0, L1H1, 6 tokens",
    }
    for cell, summary in shown.items():
        assert "image/png" in outputs[cell][-1].data
        assert outputs[cell][-1].data["text/plain"] == f"<paperfig.Figure {summary}>"
    assert outputs["tuple"][0].text.endswith("Weights from paperfig.attention.\n")
    names = {file.name for file in path.parent.glob("previous-token.*")}
    assert names == {f"previous-token.{end}" for end in ("pdf", "caption.tex", "tex")}


def test_the_notebook_is_kept_without_outputs() -> None:
    """They would be large, and of another day."""
    notebook = nbformat.read(REPOSITORY / "docs" / "notebook.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    nbformat.validate(notebook)
    assert [cell.outputs for cell in code] == [[]] * len(code)


@pytest.mark.usefixtures("kernel")
def test_a_fault_is_one_line(demo: Path) -> None:
    """Of the request where it is made; of the drawing where the figure is looked at."""
    spec = {"checkpoint": "demo/gauge.pt", "excerpt": {"text": "It rained."}, "head": 0}
    wide = spec | {"style": {"width": "40in"}}
    source = f"import paperfig\nfigure = paperfig.figure({wide})\nprint('made')\nfigure"
    cells = [
        nbformat.v4.new_code_cell(source, id="drawing"),
        nbformat.v4.new_code_cell("paperfig.figure('rainn')", id="request"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    drawing, request = executed(notebook, demo, allow_errors=True).values()

    assert drawing[0].text == "made\n"
    assert drawing[1].traceback == [
        "DrawingError: style.width: '40in' is 2890.8 pt; more than 0 and at most 20in is right"
    ]
    assert drawing[2].data == {"text/plain": "<paperfig.Figure map: L0H0, 7 tokens>"}
    assert request[0].traceback == [
        "RequestError: rainn: no such spec file or figure; `paperfig new NAME` writes a spec"
    ]


def test_the_page(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/notebook.md: its blocks, one after the other."""
    monkeypatch.chdir(demo)
    names: dict[str, Any] = {}
    for block in documented(REPOSITORY / "docs" / "notebook.md", "figure"):
        exec(block, names)

    assert repr(names["heads"]).startswith("<paperfig.Figure map: L0H0, L0H1, L0H2, L0H3,")
    assert (demo / "rain.pdf").read_bytes().startswith(b"%PDF")
    assert (demo / "draft.png").read_bytes().startswith(b"\x89PNG")
    assert names["attention"].weights.shape == (1, 24, 24)
