"""The promises of the README and the design, on real inputs, from outside."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from arrays import arrays_of
from documented import documented
from ink import faults
from small_gpt import random_gpt

import paperfig
from paperfig.drawing.render import draw_figure
from paperfig.kinds import KINDS
from paperfig.specs.loader import load_specs
from paperfig.values.figure import from_npz

RequireTool = Callable[[str], str]
REPOSITORY = Path(__file__).resolve().parent.parent
DEMO_FIGURES = tuple(
    sorted(
        path.stem for path in (REPOSITORY / "figspec").glob("*.yaml") if path.stem != "defaults"
    )
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    command = [sys.executable, "-m", "paperfig", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo project with its figures built."""
    repository = Path(__file__).resolve().parent.parent
    project = tmp_path_factory.mktemp("demo")
    for folder in ("demo", "figspec", "templates"):
        shutil.copytree(repository / folder, project / folder)
    done = run(project, "build", "-j", "2")
    assert (done.returncode, done.stderr) == (0, "")
    return project


def test_the_demo_builds_and_then_has_nothing_to_do(demo: Path) -> None:
    """Every figure of two trained models; the second run says that nothing is to be done."""
    manifest = json.loads((demo / "figures" / "manifest.json").read_text())

    assert tuple(sorted(manifest["figures"])) == DEMO_FIGURES
    assert {entry["kind"] for entry in manifest["figures"].values()} == set(KINDS)
    assert (
        run(demo, "build").stdout
        == f"nothing to do: {len(DEMO_FIGURES)} figures are up to date\n"
    )
    assert run(demo, "check").returncode == 0


def test_every_figure_of_the_demo_holds(demo: Path) -> None:
    """Drawn from its values: type to read, margins, nothing on anything else."""
    found = {}
    for named in load_specs(demo):
        spec, data = named.spec, from_npz((demo / f"figures/{named.name}.npz").read_bytes())
        figure = draw_figure(partial(KINDS[spec.figure].draw, **spec.own), data, spec.style)
        found[named.name] = faults(figure.figure)

    assert found == {name: [] for name in DEMO_FIGURES}


def test_the_readmes_picture_is_of_these_figures(repository: Path, demo: Path) -> None:
    """By what they were made from: pixels differ from machine to machine."""
    listed = json.loads((demo / "figures" / "manifest.json").read_text())["figures"]
    shown = json.loads((repository / "docs" / "sheet.json").read_text())
    kept = ("compute_digest", "drawing_digest")

    assert shown == {name: [listed[name][key] for key in kept] for name in shown}, (
        "run `make figures`, then `python docs/sheet.py`"
    )
    text = (repository / "docs" / "kinds.md").read_text("utf-8")
    for kind in KINDS:
        assert f"(kinds/{kind}.png)" in text
        assert (repository / "docs" / "kinds" / f"{kind}.png").stat().st_size <= 100_000
    for page in ("light", "dark"):
        assert (repository / "docs" / f"sheet-{page}.png").stat().st_size <= 300_000


def test_the_readmes_spec_is_the_repositorys(repository: Path) -> None:
    """What the README shows is what is built."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    shown = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1])
    defaults = yaml.safe_load((repository / "figspec" / "defaults.yaml").read_text())
    spec = yaml.safe_load((repository / "figspec" / "previous-token.yaml").read_text())
    merged = {key: value for key, value in (defaults | spec).items() if key != "style"}

    assert shown == {"figure": "map"} | merged


def test_the_readmes_caption_is_the_one_that_is_computed(repository: Path, demo: Path) -> None:
    """But for its line ends."""
    (shown,) = documented(repository / "README.md", "computed caption")

    assert " ".join(shown.split()) == (
        (demo / "figures" / "previous-token.caption.tex").read_text("ascii").strip()
    )


def test_the_readmes_latex_compiles(
    repository: Path, demo: Path, tmp_path: Path, require_tool: RequireTool
) -> None:
    """In an empty main.tex, beside the figures, without shell escape."""
    pdflatex, pdftotext = require_tool("pdflatex"), require_tool("pdftotext")
    text = (repository / "README.md").read_text(encoding="utf-8")
    (tmp_path / "main.tex").write_text(re.search(r"```latex\n(.*?)```", text, re.DOTALL)[1])
    shutil.copytree(demo / "figures", tmp_path / "figures")
    shutil.copy(demo / "figures" / "paperfig.sty", tmp_path)
    for _ in range(2):
        done = subprocess.run(
            [
                pdflatex,
                "-no-shell-escape",
                "-interaction=nonstopmode",
                "-halt-on-error",
                "main",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in (tmp_path / "main.log").read_text(errors="replace")
    paper = subprocess.run(
        [pdftotext, "-raw", "main.pdf", "-"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    flat = " ".join(paper.stdout.split())
    assert (
        len(
            re.findall(
                "A sundial is a clock without wheels. The Sun goes [^(]*\\(24 tokens\\)", flat
            )
        )
        == 3
    )


def test_the_sample_paper_is_two_pages(
    repository: Path, demo: Path, require_tool: RequireTool
) -> None:
    """What `make paper` runs, on the demo's figures: two pages, every character, the quotes."""
    latexmk, pdftotext = require_tool("latexmk"), require_tool("pdftotext")
    paper = demo / "docs" / "paper"
    shutil.copytree(
        repository / "docs" / "paper", paper, ignore=shutil.ignore_patterns("build")
    )
    options = ["-pdf", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error"]
    subprocess.run([latexmk, *options, "main.tex"], cwd=paper, capture_output=True, check=True)
    text = subprocess.run(
        [pdftotext, "-raw", "main.pdf", "-"],
        cwd=paper,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert text.count("\f") == 2
    assert "Missing character" not in (paper / "main.log").read_text(errors="replace")
    assert " ".join(text.split()).count("‘A sundial is a clock without wheels.") == 2
    assert "(the induction score): L0H0 0.0, L1H0 0.6" in " ".join(text.split())


@pytest.mark.parametrize("figure", DEMO_FIGURES)
def test_demo_pdfs_are_vectors_with_embedded_fonts(
    demo: Path, figure: str, require_tool: RequireTool
) -> None:
    """No raster, no Type 3, every font embedded."""
    pdf = str(demo / "figures" / f"{figure}.pdf")
    images = subprocess.run(
        [require_tool("pdfimages"), "-list", pdf], capture_output=True, text=True, check=True
    )
    fonts = subprocess.run(
        [require_tool("pdffonts"), pdf], capture_output=True, text=True, check=True
    )

    assert len(images.stdout.splitlines()) == 2
    rows = fonts.stdout.splitlines()[2:]
    assert rows
    assert all("Type 3" not in row and row.split()[-5] == "yes" for row in rows)


def test_a_purged_checkpoint_and_another_venue(demo: Path, tmp_path: Path) -> None:
    """The figures of a deleted checkpoint are redrawn; check calls it not verifiable."""
    project = tmp_path / "later"
    shutil.copytree(demo, project)
    (project / "demo" / "gauge.pt").unlink()
    defaults = project / "figspec" / "defaults.yaml"
    defaults.write_text(defaults.read_text().replace("venue: article", "venue: icml"))
    code = (
        "import sys; from paperfig.cli import main; code = main(['build']);"
        "print(code, sorted({'torch', 'datasets', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines()[-1] == "0 []", done.stderr
    checked = run(project, "check")
    assert checked.returncode == 0
    assert "heads   demo/gauge.pt is absent: not verifiable here" in checked.stdout


def test_a_quotation_equals_its_source(
    project: Path,
    shared: Path,
    gpt2_cache: Path,
    command: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """128 tokens of WikiText-2 by a phrase, with GPT-2's own tokens, quoted in two styles."""
    from paperfig.captions.quotes import quote

    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
    source = (shared / "wikitext-2" / "validation.txt").read_text(encoding="utf-8")
    (project / "validation.txt").write_text(source, encoding="utf-8")
    random_gpt(project / "gpt2.pt", vocab_size=50257, n_layer=1, context=128)
    phrase = "The lobster"
    phrase = phrase if phrase in source else source[5000:5030].split(maxsplit=1)[1]
    for style in ("exact", "plain"):
        spec = {
            "figspec": 1,
            "checkpoint": {"path": "gpt2.pt", "name": "random"},
            "tokenizer": "gpt2",
            "excerpt": {"dataset": "./validation.txt", "find": phrase, "length": 128},
            "head": "L0H0",
            "caption": {"quote": 100_000, "quote_style": style},
        }
        (project / "figspec" / f"{style}.yaml").write_text(yaml.safe_dump(spec), "utf-8")
    code, _, error = command(project, "build")
    assert (code, error) == (0, "")
    for style in ("exact", "plain"):
        data = from_npz((project / "figures" / f"{style}.npz").read_bytes())
        text = data.excerpt.text
        begin = source.index(text)

        assert len(data.excerpt.tokens) == 128
        assert source[begin : begin + len(text)] == text
        assert phrase in text[: len(phrase) + 1]
        quoted = quote(text, limit=100_000, style=style).text
        plain = re.sub(r"\s*\n\s*", " / ", text.strip())
        assert quoted == (text if style == "exact" else plain)


@pytest.mark.parametrize("way", ["ids", "bytes"])
def test_a_publication_checkpoint_gives_its_own_numbers(
    project: Path, shared: Path, way: str
) -> None:
    """β within 1e-5 and KL within 1e-4 of what VFE-Sim computed, on allowed keys."""
    dump = arrays_of(shared / "vfe" / "ref_vfe_ckpt_n64.npz")
    run_folder = project / "run"
    shutil.copytree(shared / "vfe" / "run_vfe_publication", run_folder)
    ids = dump["token_ids"].reshape(-1).tolist()
    excerpt = {"ids": {"ids": ids}, "bytes": {"text": bytes(ids).decode("ascii")}}[way]
    spec = {
        "checkpoint": {"path": "run/best_model.pt", "name": "publication"},
        "tokenizer": "bytes",
        "excerpt": excerpt,
        "head": "all",
        "layer": 0,
    }
    attention = paperfig.attention(spec, root=project)
    allowed = attention.mask

    assert attention.weights.shape == dump["beta"][0].shape
    np.testing.assert_allclose(
        attention.weights[:, allowed], dump["beta"][0][:, allowed], atol=1e-5
    )
    np.testing.assert_allclose(
        -attention.scores[:, allowed], dump["kl"][0][:, allowed], atol=1e-4
    )
    assert attention.shown.kappa == pytest.approx((25 / 11,) * 3)
    assert [line["head"] for line in attention.statistics()] == ["L0H0", "L0H1", "L0H2"]
