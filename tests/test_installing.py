"""What `make` says while it installs, with programs in the place of Python, pip and sleep."""

import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PYTHON = """#!/bin/sh
case "$*" in
*venv*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
*-qq*) /bin/sleep 0.3; echo "$*" >> pip.log; exit ${STATUS:-0} ;;
*) echo "Collecting $*"; echo "$*" >> pip.log; exit ${STATUS:-0} ;;
esac
"""
BEGUN = (
    "installing into new: torch and what paperfig needs, about 1.4 GB (5 GB with a torch for "
    "CUDA), a minute or more"
)


@pytest.fixture
def fresh(tmp_path: Path, repository: Path, require_tool: Callable[[str], str]) -> list[str]:
    """The command that installs on a machine where ten seconds are a tenth of one."""
    require_tool("make")
    for name, content in (("python", PYTHON), ("sleep", "#!/bin/sh\nexec /bin/sleep 0.1\n")):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(content)
        (tmp_path / "bin" / name).chmod(0o755)
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((repository / name).read_bytes())
    python = tmp_path / "bin" / "python"
    return ["make", "-C", str(tmp_path), "-s", "new/ready", "VENV=new", f"PYTHON={python}"]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """With the programs above before the system's."""
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "MAKEFLAGS": "", **more}


def test_in_a_log_a_line_every_ten_seconds(fresh: list[str], tmp_path: Path) -> None:
    """And nothing of what pip says."""
    done = subprocess.run(
        fresh, env=environment(tmp_path), capture_output=True, text=True, check=True
    )

    first, *lines = done.stdout.splitlines()
    assert (first, done.stderr) == (BEGUN, "")
    assert lines[0] == "installing into new, 10 s"
    assert set(lines) <= {f"installing into new, {second} s" for second in range(10, 200, 10)}
    assert all("-qq" in call for call in (tmp_path / "pip.log").read_text().splitlines())


def test_on_a_terminal_pip_shows_its_bar(fresh: list[str], tmp_path: Path) -> None:
    """Which it hides when it is told to be quiet."""
    ours, theirs = pty.openpty()
    subprocess.run(fresh, env=environment(tmp_path), stdout=theirs, check=True)
    said = os.read(ours, 4096).decode()
    os.close(theirs)
    os.close(ours)

    assert said.splitlines()[0] == BEGUN
    assert "Collecting" in said
    assert "-qq" not in (tmp_path / "pip.log").read_text()


@pytest.mark.parametrize("is_terminal", [False, True], ids=["log", "terminal"])
def test_what_the_tests_need_is_installed(
    fresh: list[str], tmp_path: Path, is_terminal: bool
) -> None:
    """The package with both extras, after the package."""
    ours, theirs = pty.openpty()
    out = theirs if is_terminal else subprocess.PIPE
    fresh[fresh.index("new/ready")] = "new/ready-dev"
    subprocess.run(fresh, env=environment(tmp_path), stdout=out, check=True)
    os.close(theirs)
    os.close(ours)

    installed = [call.split()[-1] for call in (tmp_path / "pip.log").read_text().splitlines()]
    assert installed == ["setuptools", ".", ".[hf,dev,peers]"]
    assert (tmp_path / "new" / "ready-dev").exists()


def test_an_installation_that_fails_ends_make(fresh: list[str], tmp_path: Path) -> None:
    """What tells of it goes with it."""
    failing = environment(tmp_path, STATUS="7")
    done = subprocess.run(fresh, env=failing, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert not (tmp_path / "new" / "ready").exists()
