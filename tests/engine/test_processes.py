"""The processes of a build: nothing of the working folder is imported, none is left over."""

import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from paperfig.engine.figure import DrawingJob

Command = Callable[..., tuple[int, str, str]]
Process = Callable[..., subprocess.CompletedProcess[str]]

PLANTED = (
    "secrets", "numpy", "signal", "socket", "threading", "pickle", "queue", "torch", "yaml",
    "matplotlib", "multiprocessing", "jinja2", "pydantic", "random", "json", "tempfile",
)  # fmt: skip
PLANT = "open('{trace}', 'a').write(__name__ + '\\n')\n"
ENDED = "rain: the process that drew it has ended; memory may be short: lower -j"
MANY = "each: {head: [L0H0, L0H1, L0H2, L1H0, L1H1, L1H2]}\n"


@pytest.fixture
def many(gpt_project: Path) -> Path:
    """The project with six figures, which are drawn by workers."""
    path = gpt_project / "figspec" / "rain.yaml"
    path.write_text(path.read_text().replace("head: L1H2\n", "") + MANY)
    return gpt_project


def test_nothing_of_the_working_folder_is_imported(many: Path, process: Process) -> None:
    """Sixteen modules under names of the libraries lie there; none of them runs."""
    trace = many / "trace"
    for name in PLANTED:
        (many / f"{name}.py").write_text(PLANT.format(trace=trace))
    (many / "paperfig").mkdir()
    (many / "paperfig" / "build.py").write_text(PLANT.format(trace=trace))

    built = process(many, "build", "-j", "2")

    assert (built.returncode, built.stderr) == (0, "")
    assert built.stdout.splitlines()[-1] == "6 made, 0 up to date"
    assert not trace.exists()


def children(process: int) -> Iterator[int]:
    """Every process below one, the farthest first."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    for child in map(int, listed.read_text().split() if listed.exists() else ()):
        yield from children(child)
        yield child


def is_running(process: int) -> bool:
    """Whether it is there and no zombie."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return re.sub(r".*\)", "", status).split()[0] != "Z"


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the project of eighteen figures lies, once a test has built it."""
    return tmp_path_factory.mktemp("drawn") / "project"


@pytest.fixture
def redrawing(many: Path, command: Command, drawn: Path) -> Path:
    """The project with its figures to be drawn anew.

    It has three times as many, of which most are left when the first is drawn, however long
    the test then waits for its turn.
    """
    if not drawn.exists():
        for name in ("snow", "thaw"):
            shutil.copy(many / "figspec" / "rain.yaml", many / "figspec" / f"{name}.yaml")
        assert command(many, "build", "-j", "1")[0] == 0
        (many / "figspec" / "defaults.yaml").write_text("style: {venue: icml}\n")
        shutil.copytree(many, drawn)
    return Path(shutil.copytree(drawn, many, dirs_exist_ok=True))


def started(folder: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """A build whose workers have been started, and the processes below it."""
    build = subprocess.Popen(
        [sys.executable, "-m", "paperfig", "build", "-j", "2"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert build.stdout is not None
    build.stdout.readline()  # the first figure has been drawn
    return build, list(children(build.pid))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, -signal.SIGTERM),
        (signal.SIGHUP, -signal.SIGHUP),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
    ids=["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"],
)
def test_no_process_outlives_the_build(redrawing: Path, number: int, code: int) -> None:
    """However it ends: a shell says 143 for SIGTERM; what was finished stays finished."""
    before = (redrawing / "figures" / "rain-L0H0.json").read_bytes()
    build, below = started(redrawing)
    assert len(below) >= 3, "a helper and two workers"
    sent = time.monotonic()
    build.send_signal(number)
    _, said = build.communicate(timeout=20)

    assert build.returncode == code
    assert said == ("interrupted\n" if number == signal.SIGINT else "")
    while any(map(is_running, below)) and time.monotonic() - sent < 20:
        time.sleep(0.02)
    assert [child for child in below if is_running(child)] == []
    assert (redrawing / "figures" / "rain-L0H0.json").read_bytes() != before


@pytest.fixture
def job(many: Path, command: Command) -> "DrawingJob":
    """The drawing of the first of the six."""
    from paperfig.engine.figure import DrawingJob
    from paperfig.specs.loader import load_specs
    from paperfig.values.figure import from_npz

    assert command(many, "build", "rain-L0H0")[0] == 0
    (named,) = load_specs(many, [Path("rain-L0H0")])
    return DrawingJob(
        name="rain",
        data=from_npz((many / "figures" / "rain-L0H0.npz").read_bytes()),
        style=named.spec.style,
        caption=named.spec.caption,
        own={},
        templates=many / "templates",
        provenance=None,
    )


def workers() -> list[int]:
    """The processes below this one that have none below them."""
    return [child for child in children(os.getpid()) if not list(children(child))]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_that_is_killed_fails_its_own_figure(job: "DrawingJob") -> None:
    """The others are drawn by those that are left."""
    from paperfig.engine.executors import drawing
    from paperfig.errors import DrawingError

    with drawing(4, 2) as submit:
        first = submit(job).result()
        os.kill(workers()[0], signal.SIGKILL)
        ends = [submit(job) for _ in range(4)]
        failed = [end.exception() for end in ends if end.exception() is not None]
        drawn = [end.result() for end in ends if end.exception() is None]

    assert [str(error) for error in failed] == [ENDED]
    assert isinstance(failed[0], DrawingError)
    assert len(drawn) == 3
    assert all(pickle.dumps(one) == pickle.dumps(first) for one in drawn)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_without_a_worker_every_figure_fails(job: "DrawingJob") -> None:
    """None waits for ever, however many are left to draw."""
    from paperfig.engine.executors import drawing

    with drawing(6, 2) as submit:
        submit(job).result()
        for worker in workers():
            os.kill(worker, signal.SIGKILL)
        ends = [submit(job) for _ in range(6)]

        assert [str(end.exception(timeout=20)) for end in ends] == [ENDED] * 6


def test_a_fault_in_a_worker_is_the_figures_own(many: Path, command: Command) -> None:
    """It comes back from the worker as it was raised there."""
    path = many / "figspec" / "rain.yaml"
    path.write_text(path.read_text() + "caption: {template: ours}\n")
    (many / "templates").mkdir()
    (many / "templates" / "ours.tex.j2").write_text("\\VAR{epoch}")

    code, _, error = command(many, "build", "-j", "2", "--keep-going")

    assert code == 1
    assert len(error.splitlines()) == 6
    assert error.startswith(
        "figspec/rain.yaml: rain-L0H0: templates/ours.tex.j2:1: there is no fact 'epoch'; "
        "facts are "
    )
