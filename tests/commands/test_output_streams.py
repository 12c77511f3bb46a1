"""What the command prints, wherever it goes: any encoding, a pipe that ends, no stream."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Process = Callable[..., subprocess.CompletedProcess[str]]

ENCODINGS = {
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
}
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


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_encoding_of_the_terminal(several: Path, encoding: str) -> None:
    """What it lacks is an escape, and never an error."""

    def run(command: str) -> tuple[int, bytes, bytes]:
        done = subprocess.run(
            [sys.executable, "-m", "paperfig", command],
            cwd=several,
            env={**os.environ, **ENCODINGS[encoding]},
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    code, out, error = run("build")
    assert (code, error) == (0, b"")
    times = b"\xd7" if encoding == "cp1252" else b"\\xd7"
    assert b"   3 %s 8 tokens   " % times in out
    spec = several / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text() + "kappa: 0.5\n")
    code, out, error = run("check")
    assert (code, error) == (1, b"")
    assert out.startswith(b"rain   stale   kappa: unset \\u2192 0.5\n")


@pytest.mark.parametrize(
    "arguments", [["schema", "--markdown"], ["show", "--help"]], ids=" ".join
)
def test_kappa_is_an_escape_in_ascii(
    several: Path, process: Process, arguments: list[str]
) -> None:
    """Long texts too."""
    done = process(several, *arguments, PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u03ba" in done.stdout


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in which `paperfig` is this Python's."""
    command = f'paperfig() {{ "{sys.executable}" -m paperfig "$@"; }}\n{line}'
    return subprocess.run(
        ["/bin/bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
        env=dict(os.environ),
    )  # fmt: skip


def test_a_pipe_that_ends_does_not_end_the_build(gpt_project: Path) -> None:
    """`head` reads one line; the other figures are made all the same."""
    spec = gpt_project / "figspec" / "rain.yaml"
    spec.write_text(spec.read_text().replace("head: L1H2\n", SIX))
    done = shell(gpt_project, "paperfig build -j 1 | head -1; echo ${PIPESTATUS[0]}")

    lines = done.stdout.splitlines()
    assert lines[0].startswith("rain-L0H0   new   map   L0H0")
    assert (lines[1:], done.stderr) == (["0"], "")
    assert len(list((gpt_project / "figures").glob("rain-*.pdf"))) == 6


def test_no_stream_no_words(gpt_project: Path) -> None:
    """Closed by the shell: the exit code is what is left."""
    assert shell(gpt_project, "paperfig check >&-").returncode == 1
    done = shell(gpt_project, "paperfig build >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert shell(gpt_project, "paperfig check >&-").returncode == 0
