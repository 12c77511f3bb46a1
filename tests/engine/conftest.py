"""A built project, and what is refused there."""

import shutil
from collections.abc import Callable
from pathlib import Path
from time import sleep

import pytest
from changes import Change, snapshot

from paperfig.project.stamps import TICK_NS


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the built project lies, once a test has built it."""
    return tmp_path_factory.mktemp("built") / "project"


@pytest.fixture
def built(gpt_project: Path, command: Callable[..., tuple[int, str, str]], kept: Path) -> Path:
    """The project with its figure made; a copy for all tests but the first."""
    if kept.exists():
        return Path(shutil.copytree(kept, gpt_project, dirs_exist_ok=True))
    sleep(2 * TICK_NS / 1e9)  # what is younger is not remembered by its stamp
    assert command(gpt_project, "build")[0] == 0
    shutil.copytree(gpt_project, kept)
    return gpt_project


@pytest.fixture
def refused(
    built: Path, command: Callable[..., tuple[int, str, str]]
) -> Callable[..., tuple[int, str]]:
    """Builds after a change, which must fail and touch no file: exit code and message."""

    def run(change: Change, *arguments: str) -> tuple[int, str]:
        before = snapshot(built / "figures")
        change(built)
        code, _, error = command(built, "build", *arguments)
        assert snapshot(built / "figures") == before
        assert error.endswith("\n")
        return code, error.removesuffix("\n").replace(str(built), "ROOT")

    return run
