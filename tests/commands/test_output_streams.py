"""What the command prints, wherever it goes: any encoding, a pipe that ends, no stream."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

Command = Callable[..., tuple[int, str, str]]

C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SIX = "each: {head: [L0H0, L0H1, L0H2, L1H0, L1H1, L1H2]}\n"


@pytest.fixture
def several(gpt_project: Path) -> Path:
    """The project with a figure of several excerpts, which is told with a ×."""
    (gpt_project / "data.txt").write_text("Rain fell on the town, and on the sea. " * 40)
    spec = (gpt_project / "figspec" / "rain.yaml").read_text()
    excerpt = "{dataset: data.txt, length: 8, count: 3}"
    text = '{text: "In 1941, after the fall of France, it rained."}'
    (gpt_project / "figspec" / "rain.yaml").write_text(spec.replace(text, excerpt))
    return gpt_project


def redrawn_next(project: Path) -> None:
    """Another look: the next build draws every figure anew, and loads no torch for it."""
    (project / "figspec" / "defaults.yaml").write_text("style: {venue: icml}\n")


def test_the_locale_c(several: Path, command: Command) -> None:
    """What it lacks is an escape, and never an error."""
    assert command(several, "build")[0] == 0
    redrawn_next(several)

    def run(command: str) -> tuple[int, bytes, bytes]:
        done = subprocess.run(
            [sys.executable, "-m", "paperfig", command],
            cwd=several,
            env={**os.environ, **C},
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    code, out, error = run("build")
    assert (code, error) == (0, b"")
    assert b"   3 \\xd7 8 tokens   " in out
    spec = several / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text() + "kappa: 0.5\n")
    code, out, error = run("check")
    assert (code, error) == (1, b"")
    assert out.startswith(b"rain   stale   kappa: unset \\u2192 0.5\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "iso8859-1"])
def test_every_command_in_any_encoding(
    several: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """The exit code is that of the result, and what is printed is of that encoding."""
    from paperfig.cli import main
    from paperfig.commands.parser import COMMANDS

    monkeypatch.chdir(several)

    def run(*arguments: str) -> tuple[int, str, str]:
        streams = [TextIOWrapper(BytesIO(), encoding=encoding) for _ in range(2)]
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        try:
            code = main(list(arguments))
        except SystemExit as end:  # of --help
            code = int(end.code or 0)
        out, error = (stream.buffer.getvalue().decode(encoding) for stream in streams)
        return code, out, error

    times = "\\xd7" if encoding == "ascii" else "×"
    for command in COMMANDS:
        code, out, error = run(command, "--help")
        assert (code, error) == (0, "")
        assert out.startswith(f"usage: paperfig {command} ")
    code, out, error = run("build", "-j", "1")
    assert (code, error, out.splitlines()[-1]) == (0, "", "1 made, 0 up to date")
    assert f"   3 {times} 8 tokens   " in out
    assert run("check") == (0, "nothing to do: 1 figure is up to date\n", "")
    dot = "\\xb7" if encoding == "ascii" else "·"
    for arguments, escape in (
        (["show", "rain"], f"data.txt {dot} 3 excerpts"),
        (["show", "--help"], "\\u03ba"),
        (["schema", "--markdown"], "\\u03ba"),
    ):
        code, out, error = run(*arguments)
        assert (code, error) == (0, "")
        assert escape in out
    code, out, error = run("show", "rain", "--json")
    assert (code, error) == (0, "")
    assert json.loads(out)["figures"][0]["figure"] == "rain"
    with (several / "figspec" / "rain.yaml").open("a") as spec:
        spec.write("kappa: 0.5\n")
    code, out, error = run("check")
    assert (code, error) == (1, "")
    assert "kappa: unset \\u2192 0.5\n" in out


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in which `paperfig` is this Python's."""
    command = f'paperfig() {{ "{sys.executable}" -m paperfig "$@"; }}\n{line}'
    return subprocess.run(
        ["/bin/bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
        env=dict(os.environ),
    )  # fmt: skip


def test_a_pipe_that_ends_does_not_end_the_build(gpt_project: Path, command: Command) -> None:
    """`head` reads one line; the other figures are made all the same."""
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text().replace("head: L1H2\n", SIX))
    assert command(gpt_project, "build")[0] == 0
    redrawn_next(gpt_project)
    done = shell(gpt_project, "paperfig build -j 1 | head -1; echo ${PIPESTATUS[0]}")

    lines = done.stdout.splitlines()
    assert lines[0].startswith("rain-L0H0   stale (style.venue: article → icml)   map   L0H0")
    assert (lines[1:], done.stderr) == (["0"], "")
    assert command(gpt_project, "check")[:2] == (
        0,
        "nothing to do: 6 figures are up to date\n",
    )


def test_help_into_a_pipe_that_has_ended(tmp_path: Path) -> None:
    """Python would complain of it at its end, with exit code 120."""
    for arguments in ("--help", "build --help", "--version", "schema"):
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "paperfig", *arguments.split()]
        done = subprocess.run(
            command, cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, check=False
        )
        os.close(write)
        assert (done.returncode, done.stderr) == (0, b"")


def test_no_stream_no_words(gpt_project: Path, command: Command) -> None:
    """Closed by the shell: the exit code is what is left."""
    assert command(gpt_project, "build")[0] == 0
    redrawn_next(gpt_project)
    assert shell(gpt_project, "paperfig check >&-").returncode == 1
    done = shell(gpt_project, "paperfig build >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert shell(gpt_project, "paperfig check >&-").returncode == 0
