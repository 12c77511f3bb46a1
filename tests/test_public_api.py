"""What `import paperfig` promises: its names, their types, and that it costs nothing."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import paperfig

PACKAGE = Path(paperfig.__file__).parent

SCRIPT = '''\
"""What a user may write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_type

import numpy as np

import paperfig


def numbers(attention: paperfig.Attention) -> tuple[Mapping[str, Any], ...]:
    """The statistics of each head."""
    assert_type(attention.weights, np.ndarray)
    assert_type(attention.scores, np.ndarray | None)
    assert_type(attention.mask, np.ndarray)
    assert_type(attention.tokens, tuple[str, ...])
    assert_type(attention.token_ids, np.ndarray | None)
    return attention.statistics()


def look(spec: str | Path | Mapping[str, Any]) -> None:
    """Attention as a spec, a spec's file or a mapping asks for it."""
    assert_type(paperfig.attention(spec), paperfig.Attention)
    found = paperfig.attention(spec, root="..", device="cpu", allow_adapters=True)
    assert_type(found.statistics(), tuple[Mapping[str, Any], ...])
    print(paperfig.__version__.split("."), numbers(found)[0]["normalised_entropy"])


def show(spec: str | Path | Mapping[str, Any]) -> str:
    """A figure, for a notebook and for the paper."""
    figure = paperfig.figure(spec, root="..", device="cpu", allow_adapters=True)
    assert_type(figure, paperfig.Figure)
    assert_type(figure.caption, str)
    assert_type(figure.float, str)
    assert_type(figure.facts, Mapping[str, Any])
    assert_type(figure.statistics(), tuple[Mapping[str, Any], ...])
    assert_type(figure.save("rain.svg"), Path)
    figure.matplotlib.set_facecolor("white")
    return figure.save(Path("rain.pdf")).stem


def draw(weights: np.ndarray, tokens: list[str]) -> str:
    """Attention that was computed elsewhere, and a file of it."""
    figure = paperfig.draw(
        weights, scores=weights, kappa=0.5, tokens=tokens, head=["L5H1"], figure="scores"
    )
    assert_type(figure, paperfig.Figure)
    paperfig.draw((weights,), tokens=tokens, tokens_as="text", head="mean", signed=True)
    assert_type(paperfig.save_attention("a.npz", weights, head=[1, 2], causal=True), Path)
    return figure.caption


def held(model: object, ids: object, tokenizer: object) -> paperfig.Figure:
    """A figure of a model in memory."""
    assert_type(paperfig.draw_model(model, ids), paperfig.Figure)
    return paperfig.draw_model(
        model,
        ids,
        tokenizer=tokenizer,
        layer=3,
        head="mean",
        attention="cross",
        mask={"causal": False},
        name="mine",
        figure="scores",
        style={"venue": "icml"},
        caption={"detail": "full"},
    )


def train(model: object, batch: object, tokenizer: object) -> list[str]:
    """Figures out of a training loop."""
    paths = paperfig.generate_interpretability_outputs(
        model=model,
        sample_batch=batch,
        tokenizer=tokenizer,
        out=Path("figures"),
        step=100,
        mask={"causal": True},
        style={"venue": "icml"},
        on_error="raise",
    )
    assert_type(paths, tuple[Path, ...])
    return [path.stem for path in paths]
'''

MISTAKES = {
    "paperfig.attention(3.5)": "arg-type",
    "paperfig.attention()": "call-arg",
    'paperfig.attention("rain", devise="cpu")': "call-arg",
    'paperfig.attention("rain", "..")': "call-arg",
    'paperfig.attention("rain").wieghts': "attr-defined",
    'paperfig.attention("rain").weights.shpae': "attr-defined",
    'paperfig.atention("rain")': "attr-defined",
    "paperfig.figure([])": "arg-type",
    'paperfig.figure("rain", allow_adaptors=True)': "call-arg",
    'paperfig.figure("rain").save()': "call-arg",
    'paperfig.figure("rain").captoin': "attr-defined",
    'paperfig.figure("rain").facts["kappa"] = 1': "index",
    'paperfig.figure("rain").caption = "mine"': "misc",
    "paperfig.draw([], wieghts=3)": "call-arg",
    'paperfig.draw([], tokens_as="words")': "arg-type",
    "paperfig.draw([], [])": "call-arg",
    'paperfig.save_attention("a.npz", [], figure="map")': "call-arg",
    "paperfig.draw_model(1)": "call-arg",
    'paperfig.draw_model(1, [2], head="men")': "arg-type",
    "paperfig.generate_interpretability_outputs(1, 2, 3)": "call-arg",
    "paperfig.generate_interpretability_outputs("
    'model=1, sample_batch=2, tokenizer=3, on_error="print")': "arg-type",
}

# What these libraries are takes a type checker long, and is no part of what is promised.
SETTINGS = """\
[mypy]
strict = true
follow_imports = silent
[mypy-torch.*,pydantic.*,matplotlib.*,datasets.*,transformers.*,jinja2.*,yaml.*,regex.*]
follow_imports = skip
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str]]:
    """What mypy says of a script that is right and of one of mistakes: file, line, kind."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "mypy.ini").write_text(SETTINGS, encoding="utf-8")
    (folder / "right.py").write_text(SCRIPT, encoding="utf-8")
    lines = ["import paperfig", *MISTAKES]
    (folder / "wrong.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    is_installed = "site-packages" in PACKAGE.parts
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=mypy.ini", "right.py", "wrong.py"],
        cwd=folder,
        env=os.environ | ({} if is_installed else {"MYPYPATH": str(PACKAGE.parent)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    found = re.findall(r"^(.+?):(\d+): error: .* \[([a-z-]+)\]$", done.stdout, re.MULTILINE)
    assert f"Found {len(found)} errors in " in done.stdout, done.stdout
    return [(file, int(line), kind) for file, line, kind in found]


def test_a_users_script_is_sound(errors) -> None:
    """Every public name, strictly checked: results are of the types that are promised."""
    assert [error for error in errors if error[0] == "right.py"] == []
    used = {
        node.attr
        for node in ast.walk(ast.parse(SCRIPT))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == "paperfig"
    }
    assert used == set(paperfig.__all__)
    assert (PACKAGE / "py.typed").is_file()


def test_mistakes_are_seen_before_they_are_run(errors) -> None:
    """Another type, a keyword or an attribute that there is not, and no name but those."""
    expected = [("wrong.py", line, kind) for line, kind in enumerate(MISTAKES.values(), 2)]
    assert [error for error in errors if error[0] == "wrong.py"] == expected


def said_by(code: str, folder: Path) -> str:
    """What code prints in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_importing_loads_nothing_else(tmp_path: Path) -> None:
    """No library, none of the package's own modules, and nothing of Python's."""
    code = "import sys; old = {*sys.modules}; import paperfig; print(*{*sys.modules} - old)"
    assert said_by(code, tmp_path) == "paperfig\n"


def test_the_names_are_listed_before_they_are_loaded(tmp_path: Path) -> None:
    """What an interactive shell completes."""
    code = "import sys, paperfig; print(*dir(paperfig)); print('paperfig.api' in sys.modules)"
    assert said_by(code, tmp_path).splitlines() == [" ".join(paperfig.__all__), "False"]


def test_all_names_are_imported_at_once(tmp_path: Path) -> None:
    """With a star, each of them."""
    code = "names = {*globals()}; from paperfig import *; print(*sorted({*globals()} - names))"
    assert said_by(code, tmp_path).split() == sorted([*paperfig.__all__, "names"])


def test_a_name_is_the_same_whatever_was_imported_before(tmp_path: Path) -> None:
    """No module of the package takes a public name's place."""
    modules = sorted(
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for room in ("maps", "values", "engine", "commands")
        for path in PACKAGE.glob(f"{room}/*.py")
    )
    code = (
        "import paperfig, importlib; first = [getattr(paperfig, n) for n in paperfig.__all__]\n"
        f"for module in {modules}: importlib.import_module(module)\n"
        "import paperfig.api.attention, paperfig.api.figure\n"
        "print(first == [getattr(paperfig, name) for name in paperfig.__all__])\n"
        "print(*(type(getattr(paperfig, name)).__name__ for name in ('attention', 'figure')))"
    )
    assert said_by(code, tmp_path).splitlines() == ["True", "function function"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="module 'paperfig' has no attribute 'atention'"):
        _ = paperfig.atention
