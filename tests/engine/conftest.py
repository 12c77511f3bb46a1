"""A built project, and what is refused there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from changes import Change, snapshot


@pytest.fixture
def built(gpt_project: Path, command: Callable[..., tuple[int, str, str]]) -> Path:
    """The project with its figure made."""
    assert command(gpt_project, "build")[0] == 0
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
