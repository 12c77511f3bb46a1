"""A project with a small GPT of bytes: real files, built in a second."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from changes import Change, snapshot
from small_gpt import random_gpt

SPEC = """\
figspec: 1
checkpoint: {path: models/tiny.pt, name: tiny}
tokenizer: bytes
excerpt: {text: "In 1941, after the fall of France, it rained."}
head: L1H2
"""


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small GPT, made once."""
    return random_gpt(tmp_path_factory.mktemp("models") / "tiny.pt")


@pytest.fixture
def gpt_project(project: Path, checkpoint: Path) -> Path:
    """A project with that model and one spec, ``rain``."""
    (project / "models").mkdir()
    (project / "models" / "tiny.pt").write_bytes(checkpoint.read_bytes())
    (project / "figspec" / "rain.yaml").write_text(SPEC, encoding="utf-8")
    return project


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command, run in this process in a folder: exit code, stdout, stderr."""
    from paperfig.cli import main

    def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = main(list(arguments))
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command in a process of its own."""

    def run(
        folder: Path, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "paperfig", *arguments],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


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
