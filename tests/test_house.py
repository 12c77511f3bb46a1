"""The house: its walls, its budgets, its promises."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import paperfig

PACKAGE = Path(paperfig.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 330
LONGEST_FUNCTION = 50


def loaded_by(code: str, folder: Path) -> set[str]:
    """The top-level packages that a fresh process has loaded after running ``code``."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("room", sorted({p.parent for p in MODULES} - {PACKAGE}))
def test_a_rooms_init_is_empty(room: Path) -> None:
    """Importing a value must drag in nothing else."""
    assert (room / "__init__.py").read_text() == ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_are_short(path: Path) -> None:
    """A module fits a few screens, a function one."""
    text = path.read_text(encoding="utf-8")
    functions = {
        node.name: (node.end_lineno or 0) - node.lineno + 1 - docstring_lines(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }

    assert text.count("\n") <= LONGEST_MODULE
    assert {name: size for name, size in functions.items() if size > LONGEST_FUNCTION} == {}


def docstring_lines(function: ast.FunctionDef) -> int:
    """How many lines the function's docstring takes."""
    return len((ast.get_docstring(function) or "").splitlines())


def test_values_load_nothing_heavy(tmp_path: Path) -> None:
    """What crosses rooms needs numpy only."""
    loaded = loaded_by("import paperfig.values.figure, paperfig.values.record", tmp_path)

    assert not loaded & {"torch", "matplotlib", "pydantic", "yaml", "jinja2", "datasets"}


def test_nothing_to_do_loads_nothing(project: Path) -> None:
    """The quick path parses no YAML and imports no library at all."""
    code = "import paperfig.cli; paperfig.cli.nothing_to_do(['build'])"
    loaded = loaded_by(code, project) - loaded_by("pass", project)

    assert not loaded & {
        "torch",
        "matplotlib",
        "numpy",
        "pydantic",
        "yaml",
        "argparse",
        "typing",
    }
    assert len(loaded) < 25


def test_drawing_workers_never_load_torch(tmp_path: Path) -> None:
    """What a drawing worker imports needs no model."""
    code = "import paperfig.engine.figure, paperfig.drawing.render, paperfig.captions.render"

    assert not loaded_by(code, tmp_path) & {"torch", "transformers", "datasets"}


def test_pyplot_is_never_loaded(tmp_path: Path) -> None:
    """pyplot keeps global state."""
    code = "import paperfig.drawing.render, sys; assert 'matplotlib.pyplot' not in sys.modules"

    assert "matplotlib" in loaded_by(code, tmp_path)


def test_the_walls_stand(repository: Path) -> None:
    """import-linter keeps its contracts."""
    program = shutil.which("lint-imports", path=Path(sys.executable).parent)
    assert program is not None
    done = subprocess.run(
        [program, "--no-cache"], cwd=repository, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_the_public_names_are_listed() -> None:
    """What is promised is listed, sorted, and importable."""
    assert list(paperfig.__all__) == sorted(paperfig.__all__)
    for name in paperfig.__all__:
        assert getattr(paperfig, name) is not None


def test_every_public_thing_has_a_docstring() -> None:
    """Modules, public classes, their methods and public functions say what they are."""
    silent = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        public = [node for node in classes if not node.name.startswith("_")]
        for owner in (tree, *public):
            silent += [f"{path}:{name}" for name in undocumented(owner)]

    assert silent == []


def undocumented(owner: ast.Module | ast.ClassDef) -> list[str]:
    """The owner itself, or what is public in it, where it has no docstring."""
    parts = [node for node in owner.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    named = [(node.name, node) for node in parts if not node.name.startswith(("_", "visit_"))]
    if owner.body:
        named.append(("itself", owner))
    return [name for name, node in named if not ast.get_docstring(node)]
