"""What a command shows of long work while it runs, on stderr.

On a terminal a bar on the last line, which is gone when the work is done; elsewhere, as in a
log, a plain line where there has been none for ten seconds. Nothing where TQDM_DISABLE is set,
which silences the bars of the libraries as well.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from paperfig.commands.printing import complain, lines_written, show_status
from paperfig.progress import BYTES, Work, listening

SOON = 0.5
"""Seconds after which a terminal shows work, or whatever there is after such a silence."""

LONG = 10.0
"""Seconds without a word after which a log is given a line."""

_EVERY = 0.1  # seconds from one look at the clock to the next
_BAR = 45  # columns that a bar needs besides the words before it
_COLUMNS = 80  # where a terminal does not say how many it has


@dataclass(slots=True)
class _Running:
    """Work that has begun, at some second of the clock."""

    work: Work
    begun: float
    done: int = 0


class ProgressDisplay:
    """Shows the work that it is told of, whenever it is made to look at the clock.

    Args:
        on_terminal: whether what is shown can be taken back.
        clock: the time in seconds.
    """

    def __init__(
        self, *, on_terminal: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_terminal, self._clock = on_terminal, clock
        self._changing = threading.Lock()
        self._running: dict[Work, _Running] = {}
        self._lines, self._quiet_since = lines_written(), clock()

    def begin(self, work: Work) -> None:
        """The work begins."""
        with self._changing:
            self._running[work] = _Running(work, self._clock())

    def reached(self, work: Work, done: int) -> None:
        """So much of it is done."""
        self._running[work].done = done

    def end(self, work: Work) -> None:
        """The work has ended."""
        with self._changing:
            del self._running[work]

    def look(self) -> None:
        """Shows what is under way, if it is time to."""
        now = self._clock()
        if lines_written() != self._lines:
            self._lines, self._quiet_since = lines_written(), now
        quiet = now - self._quiet_since
        with self._changing:
            under_way = list(self._running.values())
        lasting = [running for running in under_way if now - running.begun >= SOON]
        if not self._on_terminal:
            if under_way and quiet >= LONG:
                complain(_line(lasting or under_way, now))
                self._lines, self._quiet_since = lines_written(), now
            return
        shown = lasting or (under_way if quiet >= SOON else [])
        has_own_bar = any(running.work.shows_itself for running in under_way)
        show_status("" if has_own_bar or not shown else _bar(shown, now, columns=_columns()))


@contextmanager
def progress_shown() -> Iterator[None]:
    """Shows the work inside, and takes back what it showed."""
    if os.environ.get("TQDM_DISABLE", "0") not in ("", "0"):
        yield
        return
    on_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    display, ended = ProgressDisplay(on_terminal=on_terminal), threading.Event()
    thread = threading.Thread(target=_look_often, args=(display, ended), daemon=True)
    thread.start()
    try:
        with listening(display):
            yield
    finally:
        ended.set()
        thread.join()
        show_status("")


def _look_often(display: ProgressDisplay, ended: threading.Event) -> None:
    while not ended.wait(_EVERY):
        try:
            display.look()
        except OSError:  # nothing can be shown there, and the work goes on
            return


def _line(under_way: Sequence[_Running], now: float) -> str:
    """``making figures: 3 of 100, counting the vocabulary of train: 38 %, 12 s``."""
    return f"{', '.join(map(_told, under_way))}, {now - under_way[-1].begun:.0f} s"


def _told(running: _Running) -> str:
    amount = _amount(running.work, running.done)
    return f"{running.work.what}: {amount}" if amount else running.work.what


def _amount(work: Work, done: int) -> str:
    """How much is done; nothing where that says nothing."""
    of_bytes, total = work.unit == BYTES, work.total
    if total is None:
        amount = f"{done / 1e6:,.0f} MB" if of_bytes else f"{done:,} {work.unit}"
        return amount if done else ""
    if of_bytes:
        return f"{100 * done // max(done, total, 1)} %"
    return f"{done} of {total} {work.unit}" if total > 1 else ""


def _bar(under_way: Sequence[_Running], now: float, *, columns: int) -> str:
    """The bar of the innermost work, behind as many words on those around it as fit."""
    from tqdm import tqdm

    *outer, inner = under_way
    work, done = inner.work, inner.done
    prefix = work.what
    for running in reversed(outer):
        longer = f"{_told(running)}, {prefix}"
        if len(longer) > columns - _BAR:
            break
        prefix = longer
    shown: str = tqdm.format_meter(
        n=done,
        total=None if work.total is None else max(done, work.total),
        elapsed=now - inner.begun,
        ncols=columns - 1,
        prefix=prefix,
        unit=work.unit if work.unit == BYTES else f" {work.unit}",
        unit_scale=work.unit == BYTES,
        ascii=not _has_blocks(),
        bar_format=None if _amount(work, done) else "{desc}: {elapsed}",
    )
    return shown


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _COLUMNS
    except (OSError, ValueError):
        return _COLUMNS


def _has_blocks() -> bool:
    """Whether stderr can show the characters that bars are made of."""
    try:
        "▏█".encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
