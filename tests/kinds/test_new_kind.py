"""A figure kind is one folder and one line, and nothing else knows of it.

Here one is added to a copy of the package, which fresh processes then run.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from small_gpt import random_gpt

import paperfig
from paperfig.kinds import KINDS
from paperfig.specs.shape import either

TOY = Path(__file__).parent / "toy"
FIRST_LINE, OUR_LINE = '    "map",\n', '    "toy",\n'
SPEC = {
    "figspec": 1,
    "figure": "toy",
    "checkpoint": {"path": "tiny.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"text": "In 1941 it rained."},
    "layer": 1,
    "least": 0.25,
}
BOUNDS = [0.25, 0.5, 0.75, 1.0]

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a copy of the package with the kind ``toy`` in it."""
    folder = tmp_path_factory.mktemp("copy")
    unwanted = shutil.ignore_patterns("__pycache__")
    copy = shutil.copytree(Path(paperfig.__file__).parent, folder / "paperfig", ignore=unwanted)
    shutil.copytree(TOY, copy / "kinds" / "toy", ignore=unwanted)
    registry = copy / "kinds" / "__init__.py"
    text = registry.read_text(encoding="utf-8")
    assert text.count(FIRST_LINE) == 1
    registry.write_text(text.replace(FIRST_LINE, FIRST_LINE + OUR_LINE), encoding="utf-8")
    return folder


@pytest.fixture
def command(package: Path, project: Path) -> Command:
    """The copy's command in a process of its own, in the project."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "paperfig", *arguments],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(package)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def write(project: Path, name: str, spec: dict[str, object]) -> None:
    """A spec, one key a line."""
    text = yaml.safe_dump(spec, default_flow_style=None, sort_keys=False)
    (project / "figspec" / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_its_keys_are_in_schema_and_reference(command: Command) -> None:
    """The kind is a choice, its keys are described, and other kinds do not take them."""
    first, *others = KINDS
    schema, reference = json.loads(command("schema").stdout), command("schema", "--markdown")

    assert schema["properties"]["figure"]["enum"] == [first, "toy", *others]
    described = schema["properties"]["least"].pop("description")
    assert schema["properties"]["least"] == {"type": "number", "minimum": 0, "maximum": 1}
    assert described.startswith("`toy`: Weights below it are shown as 0. `profile`: ")
    assert described.endswith(" Required.")
    takes = {
        rule["if"]["properties"]["figure"]["const"]: "least"
        in rule["then"]["propertyNames"]["enum"]
        for rule in schema["allOf"]
        if "figure" in rule["if"].get("properties", {})
    }
    others = {name: any(key.name == "least" for key in it.keys) for name, it in KINDS.items()}
    assert takes == {"toy": True} | others
    _, _, section = reference.stdout.partition("## The kind `toy`\n\n")
    section, _, _ = section.partition("\n## ")
    assert section.startswith("The weights of one head that reach a bound.\n")
    assert (
        "| `head` | a whole number from 0, a reference such as L4H11, a list of these, all "
        "or mean | `mean` |" in section
    )
    assert (
        "| `least` | a number from 0 to 1 | **required** | Weights below it are shown as 0. |\n"
        "| `margin` | a whole number from 1 | 2 | Points around the map. |\n"
    ) in section


def test_a_fault_of_its_keys_has_its_line(project: Path, command: Command) -> None:
    """Missing, out of range, and given to a kind that does not take it."""
    write(project, "absent", {key: SPEC[key] for key in SPEC if key != "least"})
    write(project, "large", SPEC | {"least": 2})
    write(project, "other", SPEC | {"figure": "map", "head": 0})
    done = command("build")
    others = (name for name, it in KINDS.items() if any(key.name == "least" for key in it.keys))
    takers = either(["toy", *others])

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "figspec/absent.yaml:1:1: least: missing; a number from 0 to 1 is right",
        "figspec/large.yaml:7:8: least: 2 is out of range; a number from 0 to 1 is right",
        f"figspec/other.yaml:7:1: least: not a key of map but of {takers}; leave it out",
    ]


def test_its_figures_are_built_and_redrawn(project: Path, command: Command) -> None:
    """Four of them by two workers; another look from their values, without the checkpoint."""
    random_gpt(project / "tiny.pt")
    family, names = SPEC | {"each": {"least": BOUNDS}}, [f"a-least-{each}" for each in BOUNDS]
    write(project, "a", family)
    done = command("build", "-j", "2")
    assert (done.returncode, done.stderr) == (0, "")
    figures = project / "figures"
    pages = [(figures / f"{name}.pdf").read_bytes() for name in names]
    records = [json.loads((figures / f"{name}.json").read_text()) for name in names]

    assert len(set(pages)) == len(names)
    assert [record["kind"] for record in records] == ["toy"] * 4
    assert [record["compute"]["keys"]["least"] for record in records] == BOUNDS
    assert "margin" not in records[0]["compute"]
    caption = (figures / "a-least-0.5.caption.tex").read_text()
    assert caption.startswith("Weights of at least 0.5 for the mean of 3 heads of layer 1. ")
    assert (
        "\\caption[Weights of at least 0.5 for the mean of 3 heads of layer 1]{%"
        in (figures / "a-least-0.5.tex").read_text()
    )

    (project / "tiny.pt").unlink()
    write(project, "a", family | {"style": {"width": "page"}})
    done = command("build", "-j", "2", "--no-compute")
    assert (done.returncode, done.stderr) == (0, "")
    redrawn = [(figures / f"{name}.pdf").read_bytes() for name in names]
    assert all(new != old for new, old in zip(redrawn, pages, strict=True))
    assert (figures / "a-least-0.5.caption.tex").read_text() == caption
