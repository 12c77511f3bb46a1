"""A build with nothing to do, against an interpreter that does nothing.

A hundred specs of a small model are built once; then the command is run again and again.
"""

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import ROOT
from benchmarks.rows import Row, limited

RUNS = 15  # of some 20 ms each
ALLOWED = 0.030  # seconds above the interpreter's own

SPEC = """\
figspec: 1
checkpoint: {{path: gauge.pt, name: benchmark}}
tokenizer: demo.tiktoken
excerpt: {{text: "The lamp of a lighthouse must be seen from far away.", length: 8}}
head: {head}
kappa: {kappa}
style: {{labels: none}}
"""


def rows(n_spec: int = 100) -> Iterator[Row]:
    """CPU time of ``python -m paperfig build``, and of ``python -c pass``."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project(folder, n_spec)
        command = [sys.executable, "-m", "paperfig", "build"]
        _seconds(command, folder)
        said = subprocess.run(
            command, cwd=folder, env=_environment(), capture_output=True, text=True, check=True
        ).stdout
        if not said.startswith("nothing to do"):
            raise RuntimeError(f"the second build did something: {said}")
        ours = median(command, folder)
        python = median([sys.executable, "-c", "pass"], folder)
    yield limited(
        f"build, {n_spec} specs up to date (medians of {RUNS})",
        ours,
        python,
        "s",
        at_most=python + ALLOWED,
    )


def project(folder: Path, n_spec: int) -> None:
    """Lays out a project of one small model and many specs of it."""
    demo = ROOT / "demo"
    (folder / "figspec").mkdir()
    (folder / "gauge.pt").write_bytes((demo / "gauge.pt").read_bytes())
    for suffix in ("tiktoken", "tiktoken.json"):
        content = (demo / f"tokenizer.{suffix}").read_bytes()
        (folder / f"demo.{suffix}").write_bytes(content)
    for index in range(n_spec):
        spec = SPEC.format(head=index % 4, kappa=f"{0.1 + index / 100:.2f}")
        (folder / "figspec" / f"figure{index}.yaml").write_text(spec, encoding="utf-8")


def median(command: Sequence[str], folder: Path, *, runs: int = RUNS, code: int = 0) -> float:
    """The CPU time of a process that ends with that exit code, the median of so many."""
    return statistics.median(_seconds(command, folder, code) for _ in range(runs))


def _seconds(command: Sequence[str], folder: Path, code: int = 0) -> float:
    before = cpu_seconds()
    run(command, folder, code=code)
    return cpu_seconds() - before


def run(command: Sequence[str], folder: Path, *, code: int = 0) -> None:
    """Runs a command, which has to end with that exit code, in a folder."""
    done = subprocess.run(
        command, cwd=folder, env=_environment(), stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode != code:
        raise subprocess.CalledProcessError(done.returncode, command)


def _environment() -> dict[str, str]:
    """With paperfig on the path, whatever folder the command is run in."""
    # With modules compiled beforehand, as an installed package has them.
    kept = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    return kept | {"PYTHONPATH": str(ROOT)}


def cpu_seconds() -> float:
    """The CPU time of all processes that this one has run and awaited."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
