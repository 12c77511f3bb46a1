"""What a command imports, in a fresh process: only what it needs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import paperfig
from paperfig.commands.parser import COMMANDS

LIBRARIES = {
    "datasets", "jaxtyping", "jinja2", "matplotlib", "numpy", "pydantic", "tiktoken", "torch",
    "transformers", "yaml",
}  # fmt: skip
RUN = """\
import sys
from paperfig.cli import main
try:
    main(sys.argv[1:])
finally:
    sys.stderr.write(" ".join(sys.modules))
"""


def loaded_by(*arguments: str, folder: Path) -> tuple[set[str], str]:
    """The modules that a fresh process has loaded when the command ends; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(paperfig.__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split()), done.stdout


def commands(modules: set[str]) -> set[str]:
    """The commands' modules among them."""
    return {name.removeprefix("paperfig.commands.") for name in modules} & COMMANDS.keys()


def test_help_loads_no_command(tmp_path: Path) -> None:
    """What the commands do is told without them, and without any library."""
    loaded, _ = loaded_by("--help", folder=tmp_path)

    assert commands(loaded) == set()
    assert not loaded & LIBRARIES


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_loads_only_its_module(name: str, tmp_path: Path) -> None:
    """Its arguments are known without what it computes with; it does what the list says."""
    loaded, printed = loaded_by(name, "--help", folder=tmp_path)

    assert commands(loaded) == {name}
    assert not loaded & LIBRARIES
    assert printed.startswith(f"usage: paperfig {name} [-h] [--debug] ")
    assert printed.split("\n\n")[1] == COMMANDS[name]
    assert callable(import_module(f"paperfig.commands.{name}").run)


@pytest.mark.parametrize("form", [(), ("--markdown",)])
def test_the_schema_needs_the_specs_models_alone(form: tuple[str, ...], tmp_path: Path) -> None:
    """pydantic, which they are made of, and no other library."""
    loaded, _ = loaded_by("schema", *form, folder=tmp_path)

    assert loaded & LIBRARIES == {"pydantic"}


def test_a_stale_check_loads_neither_numbers_nor_models(
    gpt_project: Path, command: Callable[..., tuple[int, str, str]]
) -> None:
    """Whether a figure's inputs have changed is known without what they are inputs of."""
    assert command(gpt_project, "build")[0] == 0
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text(encoding="utf-8") + "kappa: 2\n", encoding="utf-8")
    loaded, printed = loaded_by("check", folder=gpt_project)

    assert printed == "rain   stale   kappa: unset → 2.0\n0 of 1 figures are up to date\n"
    assert loaded & (LIBRARIES | {"tokenizers", "safetensors"}) == {
        "jinja2", "pydantic", "yaml",
    }  # fmt: skip


def test_doctor_loads_torch_alone(tmp_path: Path) -> None:
    """It asks torch for devices and imports nothing else to find its version."""
    loaded, _ = loaded_by("doctor", folder=tmp_path)

    assert "torch" in loaded
    assert not loaded & {"datasets", "jinja2", "matplotlib", "pydantic", "tiktoken"}


def test_the_program_is_the_module(
    tmp_path: Path, process: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """`paperfig` and `python -m paperfig` say the same."""
    program = shutil.which("paperfig", path=Path(sys.executable).parent)
    assert program is not None
    done = subprocess.run(
        [program, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stdout == process(tmp_path, "--help").stdout
    assert done.stdout.splitlines()[0] == "usage: paperfig [-h] [--version] COMMAND ..."
