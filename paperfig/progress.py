"""How far long work is, told to whoever listens; by default nobody does.

So Python, notebooks and the processes that draw stay silent, at the price of a call. The
command listens while it runs (`paperfig.commands.progress_display`).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

Item = TypeVar("Item")

Advance = Callable[[int], None]
"""What work calls with each amount that it has done."""

BYTES = "B"
"""The unit of what is read: a share of it says more than a count."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """Something that may take long.

    Attributes:
        what: what is being done, as the beginning of a sentence: ``loading demo/gpt.pt``.
        total: how much there is to do; None where nobody knows.
        unit: what is counted, in the plural: ``layers``; or `BYTES`.
        shows_itself: whether a library draws a bar of its own for it on a terminal.
    """

    what: str
    total: int | None = None
    unit: str = ""
    shows_itself: bool = False


@runtime_checkable
class Listener(Protocol):
    """What is told of long work; works may lie within each other."""

    def begin(self, work: Work) -> None:
        """The work begins."""

    def reached(self, work: Work, done: int) -> None:
        """So much of its total is done; never less than before."""

    def end(self, work: Work) -> None:
        """The work has ended, or failed."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Lets a listener hear of the work inside, in this thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def working(
    what: str, total: int | None = None, unit: str = "", *, shows_itself: bool = False
) -> Iterator[Advance]:
    """Tells of the work inside; what is given is to be called with each amount done.

    Args:
        what: as of `Work`; and so the others.
        total: of the unit.
        unit: what is counted.
        shows_itself: whether a library draws a bar of its own.

    Example:
        >>> with working("adding up", total=6) as advance:
        ...     for number in (1, 2, 3):
        ...         advance(number)
    """
    listener = _listener.get()
    if listener is None:
        yield _unheard
        return
    work, done = Work(what, total, unit, shows_itself), 0

    def advance(amount: int) -> None:
        """Tells that so much more is done."""
        nonlocal done
        done += amount
        listener.reached(work, done)

    listener.begin(work)
    try:
        yield advance
    finally:
        listener.end(work)


def tracked(items: Iterable[Item], what: str, total: int, unit: str) -> Iterator[Item]:
    """The items one by one, telling how many of them have been dealt with.

    Example:
        >>> list(tracked("abc", "spelling", 3, "letters"))
        ['a', 'b', 'c']
    """
    with working(what, total, unit) as advance:
        for item in items:
            yield item
            advance(1)


def _unheard(amount: int) -> None:
    """Tells nobody."""
