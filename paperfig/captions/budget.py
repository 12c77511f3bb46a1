"""What one template may cost: values that its operations look at, and seconds.

An operation in C is never interrupted, so what it will look at is counted before it begins.
Lists may share what they hold: sixty that each hold the one before twice are sixty lists, but
to compare two of them is 2**60 comparisons. Sizes are therefore counted as an operation meets
them, what is shared as often as it is reached.
"""

import math
import time
from collections.abc import Iterable
from typing import Any

from jinja2 import utils
from jinja2.exceptions import SecurityError

OUTPUT_LIMIT = 64 * 1024  # characters of a caption, and of any string within a template
TURN_LIMIT = 20_000  # turns of loops, calls and templates included
VALUE_LIMIT = 1_000_000
_CHARACTERS = 16  # of a text, that cost as much as one value
_COMPARED = 1024  # pairs of characters that cost as much
_BIT_LIMIT = 1024  # of whole numbers
_SECONDS = 1.5  # of the thread's own time; with the last operation fewer than two
_FEW_TURNS, _FEW_VALUES = 2_000, 50_000
"""Work of milliseconds: where it takes longer, that is the machine and not the template."""

_ATOMS = {int, float, bool, type(None)}
_SEQUENCES = (str, list, tuple)
_VIEWS = tuple(map(type, (vars().keys(), vars().values(), vars().items())))


class Namespace(utils.Namespace):
    """Jinja's namespace, which does not write out in a message what it holds."""

    def __repr__(self) -> str:
        return "a namespace"


_HOLDERS = (tuple, list, dict, Namespace, *_VIEWS)


class Budget:
    """What is left of a template's turns, values and time; `SecurityError` where nothing is."""

    def __init__(self) -> None:
        self._turns, self._values = TURN_LIMIT, VALUE_LIMIT
        self._end = time.thread_time() + _SECONDS

    def take_turn(self) -> None:
        """Takes off a turn of a loop, a call, or a template that is included."""
        self._turns -= 1
        if self._turns < 0:
            raise SecurityError(f"takes more than {TURN_LIMIT:,} turns of loops and calls")
        self._check_time()

    def look_at(self, *values: Any) -> None:
        """Takes off what an operation on these values may look at."""
        self._take(_size(values, {}))

    def look_for(self, text: str, sought: object) -> None:
        """Takes off what it may cost to compare a text's characters with those of another."""
        self._take(len(text) * len(sought) // _COMPARED if isinstance(sought, str) else 0)

    def _take(self, values: int) -> None:
        self._values -= values
        if self._values < 0:
            raise SecurityError(f"looks at more than {VALUE_LIMIT:,} values")
        self._check_time()

    def _check_time(self) -> None:
        few = self._turns > TURN_LIMIT - _FEW_TURNS and self._values > VALUE_LIMIT - _FEW_VALUES
        if not few and time.thread_time() > self._end:
            raise SecurityError("takes longer than two seconds")


def _size(value: Any, known: dict[int, tuple[int, Any]]) -> int:
    """How many values there are in one, each as often as it is reached.

    Args:
        value: what is counted.
        known: by their identity, values that were counted before, kept while that counts.
    """
    if isinstance(value, str):
        return 1 + len(value) // _CHARACTERS
    if isinstance(value, range):
        return 1 + len(value)
    if not isinstance(value, _HOLDERS):
        return 1
    if id(value) not in known:
        known[id(value)] = 1, value  # of what holds itself, which no comparison enters twice
        sizes = [1 if type(part) in _ATOMS else _size(part, known) for part in _parts(value)]
        known[id(value)] = 1 + sum(sizes), value
    return known[id(value)][0]


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return (*value, *value.values())
    if isinstance(value, Namespace):
        held: Iterable[Any] = object.__getattribute__(value, "__dict__").values()
        return held
    return tuple(value)


def is_small(sign: str, left: Any, right: Any) -> bool:
    """Whether ``left sign right`` stays below the limits."""
    both = (left, right)
    if any(isinstance(value, _SEQUENCES) for value in both):
        sizes = [len(each) if isinstance(each, _SEQUENCES) else int(each) for each in both]
        size = math.prod(sizes) if sign == "*" else sum(sizes)
        return size <= OUTPUT_LIMIT
    if all(isinstance(value, int) for value in both):
        bits = left.bit_length() * (max(right, 1) if sign == "**" else 1) + right.bit_length()
        return int(bits) <= _BIT_LIMIT
    return True
