"""What the package imports is what it declares."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import paperfig

PACKAGE = Path(paperfig.__file__).parent
DISTRIBUTIONS = {"yaml": "pyyaml", "fontTools": "fonttools", "tiktoken_ext": "tiktoken"}
"""The distribution of an import name, where that is not the name itself."""


def imported() -> Iterator[str]:
    """The top-level name of every import of the package, late ones too."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    yield from (alias.name.partition(".")[0] for alias in names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield module.partition(".")[0]


def declared(repository: Path) -> set[str]:
    """The distributions that users install, by the package or by one of its extras for them."""
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [
        names for name, names in project["optional-dependencies"].items() if name != "dev"
    ]
    lines = [line for names in (project["dependencies"], *extras) for line in names]
    return {re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in lines}


def test_every_import_is_declared(repository: Path) -> None:
    """A package that only another one brings may be gone with its next version."""
    foreign = set(imported()) - sys.stdlib_module_names - {"paperfig"}
    needed = {DISTRIBUTIONS.get(name, name).replace("_", "-") for name in foreign}

    assert needed - declared(repository) == set()
    assert {"torch", "pyyaml", "fonttools"} <= needed


def test_the_supported_pythons_are_the_tested_ones(repository: Path) -> None:
    """What is declared, what the README says, and what CI runs the tests on."""
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    start = "Programming Language :: Python :: "
    versions = [line.removeprefix(start) for line in project["classifiers"]]
    *most, last = versions

    assert project["requires-python"] == f">={versions[0]}"
    assert f"Python {', '.join(most)} or {last}." in (repository / "README.md").read_text(
        "utf-8"
    )
    assert f"for version in {' '.join(versions)}; do" in (repository / ".ci/run").read_text()
