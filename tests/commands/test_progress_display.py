"""What long work looks like on a terminal, on a dumb one, in a log, and beside results."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from paperfig.commands.printing import say, show_status
from paperfig.commands.progress_display import ProgressDisplay
from paperfig.progress import BYTES, Work


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Iterator[Clock]:
    """And nothing is left on the last line."""
    yield Clock()
    show_status("")


FIGURES = Work("making figures", 100, "figures")
COUNTING = Work("counting the vocabulary of train", 200, BYTES)


def looked(display: ProgressDisplay, clock: Clock, seconds: Sequence[float]) -> None:
    """Lets it look at the clock at each of these seconds."""
    for second in seconds:
        clock.seconds = 100.0 + second
        display.look()


def test_a_log_gets_a_line_in_ten_seconds(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is done, how much of it, and for how long."""
    display = ProgressDisplay(on_terminal=False, clock=clock)
    display.begin(COUNTING)
    display.reached(COUNTING, 76)

    looked(display, clock, [0.1, 0.6, 5, 9.9])
    assert capsys.readouterr() == ("", "")
    looked(display, clock, [12, 12.1, 15, 20, 21.9])
    assert capsys.readouterr() == ("", "counting the vocabulary of train: 38 %, 12 s\n")
    display.reached(COUNTING, 200)
    looked(display, clock, [22])
    assert capsys.readouterr() == ("", "counting the vocabulary of train: 100 %, 22 s\n")
    display.end(COUNTING)
    looked(display, clock, [40, 60])
    assert capsys.readouterr() == ("", "")


def test_a_log_that_has_lines_gets_no_others(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """A figure that is told of every few seconds is no silence."""
    display = ProgressDisplay(on_terminal=False, clock=clock)
    display.begin(FIGURES)
    for second in range(0, 60, 6):
        looked(display, clock, [second])
        say("made")
    looked(display, clock, [60, 69.9])
    assert capsys.readouterr() == ("made\n" * 10, "")


def test_work_within_work(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """A line holds all that has lasted; what has just begun only where nothing else has."""
    display = ProgressDisplay(on_terminal=False, clock=clock)
    one = Work("attention of layer 5", 1, "excerpts")
    layers, weights = Work("layer by layer", 6, "layers"), Work("reading weights")
    display.begin(FIGURES)
    display.reached(FIGURES, 3)
    display.begin(one)
    clock.seconds += 3
    display.begin(layers)
    display.reached(layers, 2)
    clock.seconds += 6.9
    display.begin(weights)
    looked(display, clock, [10])
    whole = "making figures: 3 of 100 figures, attention of layer 5, "
    assert capsys.readouterr().err == f"{whole}layer by layer: 2 of 6 layers, 7 s\n"

    for work in (weights, layers, one, FIGURES):
        display.end(work)
    looked(display, clock, [21])
    hashing = Work("hashing weights.bin", None, BYTES)
    display.begin(hashing)
    display.reached(hashing, 3_200_000)
    looked(display, clock, [21.1])
    assert capsys.readouterr().err == "hashing weights.bin: 3 MB, 0 s\n"


class Terminal:
    """What a terminal was sent."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.sent = ""

    def write(self, text: str) -> None:
        self.sent += text

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        raise OSError("a terminal that does not tell its width")

    def taken(self) -> str:
        """What was sent since this was asked last."""
        sent, self.sent = self.sent, ""
        return sent


def in_place_of_stderr(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal; to be asked for by the test itself, since pytest sets stderr before it."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def test_a_terminal_gets_a_bar_after_half_a_second(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is drawn over itself, gives way to lines, and is gone with the work."""
    terminal = in_place_of_stderr(monkeypatch)
    display = ProgressDisplay(on_terminal=True, clock=clock)
    display.begin(FIGURES)
    looked(display, clock, [0.1, 0.4])
    assert terminal.taken() == ""
    display.reached(FIGURES, 25)
    looked(display, clock, [0.5])
    bar = "making figures:  25%|████▊              | 25/100 [00:00<00:01, 50.00 figures/s]"
    assert terminal.taken() == f"\r\033[K{bar}"
    looked(display, clock, [0.5])
    assert terminal.taken() == ""
    say("made")
    assert terminal.taken() == "\r\033[K"
    looked(display, clock, [0.5])
    assert terminal.taken() == f"\r\033[K{bar}"
    display.end(FIGURES)
    looked(display, clock, [0.6])
    assert terminal.taken() == "\r\033[K"


def test_a_bar_says_what_it_is_part_of(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as that fits into the line; what has no measure shows the time."""
    terminal = in_place_of_stderr(monkeypatch)
    display = ProgressDisplay(on_terminal=True, clock=clock)
    loading = Work("loading models/tiny.pt")
    display.begin(FIGURES)
    display.begin(loading)
    looked(display, clock, [2])
    assert terminal.taken() == "\r\033[Kloading models/tiny.pt: 00:02"
    display.end(loading)
    short = Work("layer by layer", 4, "layers")
    display.begin(short)
    looked(display, clock, [3])
    sent = terminal.taken()
    assert sent.startswith("\r\033[Klayer by layer:   0%|")
    assert len(sent) <= len("\r\033[K") + 80
    display.end(short)


def test_the_bar_of_a_library_is_left_alone(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two would write over each other."""
    terminal = in_place_of_stderr(monkeypatch)
    display = ProgressDisplay(on_terminal=True, clock=clock)
    display.begin(FIGURES)
    looked(display, clock, [1])
    assert terminal.taken() != ""
    display.begin(Work("downloading someone/texts", shows_itself=True))
    looked(display, clock, [1.1, 5])
    assert terminal.taken() == "\r\033[K"


def test_a_bar_in_any_encoding(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of characters that the terminal has."""
    terminal = in_place_of_stderr(monkeypatch)
    terminal.encoding = "ascii"
    display = ProgressDisplay(on_terminal=True, clock=clock)
    display.begin(FIGURES)
    display.reached(FIGURES, 50)
    looked(display, clock, [1])
    assert terminal.taken().isascii()


SLOW = """
import sys, time
import paperfig.commands.progress_display as display
from paperfig.commands.printing import accept_any_terminal, say
from paperfig.progress import working

display.SOON, display.LONG, display._EVERY = 0.02, 0.05, 0.01
accept_any_terminal()
early = "tqdm" in sys.modules
with display.progress_shown(), working("counting", 4, "sheep") as advance:
    advance(1)
    time.sleep(0.2)
    say(f'{{"tqdm": {str(early).lower()}}}')
"""


def slow(**environment: str) -> tuple[str, str]:
    """Stdout, a pipe, and stderr, a terminal, of work that lasts long."""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", SLOW],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TQDM_DISABLE": "", **environment},
        text=True,
        check=True,
    )
    os.close(theirs)
    sent = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux says so at the end of a terminal
            break
        if not part:
            break
        sent += part
    os.close(ours)
    return done.stdout, sent.decode()


def test_a_real_terminal_and_a_pipe() -> None:
    """The bar is on the terminal only, and in the end it is gone; tqdm comes with it."""
    out, shown = slow(TERM="xterm")
    assert out == '{"tqdm": false}\n'
    assert "\r\033[Kcounting:  25%|" in shown
    assert shown.endswith("\r\033[K")
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("environment", "said"),
    [({"TERM": "dumb"}, "counting: 1 of 4 sheep, 0 s"), ({"TQDM_DISABLE": "1"}, "")],
    ids=["dumb", "disabled"],
)
def test_a_terminal_without_bars(environment: dict[str, str], said: str) -> None:
    """A dumb one gets lines, as a log does, and TQDM_DISABLE silences all of it."""
    out, shown = slow(**{"TERM": "xterm", **environment})
    assert out == '{"tqdm": false}\n'
    assert "\033" not in shown
    assert set(shown.splitlines()) == ({said} if said else set())


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", "2> >(:)"])
def test_a_stderr_that_takes_nothing(closed: str, tmp_path: Path) -> None:
    """Closed by the shell, full, or a pipe that ends: the result is there all the same."""
    (tmp_path / "slow.py").write_text(SLOW)
    done = subprocess.run(
        ["/bin/bash", "-c", f'"{sys.executable}" slow.py {closed}'],
        cwd=tmp_path,
        env={**os.environ, "TQDM_DISABLE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ('{"tqdm": false}\n', "")
