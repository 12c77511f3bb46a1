"""What a torch file's pickle says, without unpickling it.

A pickle is a program for a small stack machine, and two of its instructions call any
function by name: that is how a checkpoint runs code. Here the instructions that
``torch.save`` writes are interpreted by hand. A name is looked up in the tables of `names.py`
and nowhere else, nothing is imported, and what is built is plain Python, records of where
tensors lie, and placeholders for objects of any other class, which are not made.
"""

import pickletools
import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from paperfig.errors import CheckpointError
from paperfig.torchfile.archive import damaged
from paperfig.torchfile.names import (
    CALLS,
    STORAGES,
    UNTYPED,
    Name,
    NumpyType,
    Placeholder,
    Refused,
    StorageRecord,
    count_of,
    key_of,
    length_of,
    stands_for,
    text_of,
)

_LONGEST_NAME = 100
_MOST_READ_AGAIN = 16
"""How often calls may read what the pickle holds: the memo could make it any number."""


def interpret(pickle: bytes, where: str) -> Any:
    """The value that the pickle describes, with a TensorRecord for each tensor.

    Objects that are neither tensors nor plain values are Placeholders.

    Raises:
        CheckpointError: it asks for a function that would do something, or it is damaged.
    """
    machine = _Machine(where, budget=_MOST_READ_AGAIN * len(pickle))
    try:
        for opcode, argument, _ in pickletools.genops(pickle):
            machine.step(opcode.name, argument)
        return machine.stack.pop()
    except Refused as error:
        raise refusal(str(error), where) from error
    except (ValueError, IndexError, KeyError, TypeError, struct.error) as error:
        raise damaged(where, "its pickle makes no sense") from error


def refusal(what: str, where: str) -> CheckpointError:
    """The error of a file whose pickle asks for what is not given."""
    return CheckpointError(
        where,
        f"refused unread: its pickle asks for {_harmless(what)}",
        "save tensors and plain values only, such as model.state_dict()",
    )


class _Machine:
    """The stack machine, without its dangerous instructions."""

    def __init__(self, where: str, budget: int) -> None:
        self.where = where
        self.budget = budget
        self.stack: list[Any] = []
        self.outer: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        if name in _PUSHES:
            self.stack.append(argument)
        elif name in _INSTRUCTIONS:
            _INSTRUCTIONS[name](self, argument)
        elif name not in _IGNORED:
            raise Refused(f"the instruction {name}")

    def mark(self, _: None) -> None:
        self.outer.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.outer.pop()
        return items

    def tuple_since_mark(self, _: None) -> None:
        items = tuple(self.since_mark())
        self.stack.append(items)

    def top(self, count: int) -> tuple[Any, ...]:
        items = tuple(self.stack.pop() for _ in range(count))
        return items[::-1]

    def remember(self, index: int | None) -> None:
        self.memo[len(self.memo) if index is None else index] = self.stack[-1]

    def extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, Placeholder):
            return
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, set):
            target.update(key_of(item) for item in items)
        else:
            raise TypeError

    def assign(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, Placeholder):
            return
        if not isinstance(target, dict):
            raise TypeError
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[key_of(key)] = value

    def name(self, path: str) -> None:
        """Pushes what ``module.name`` stands for."""
        self.stack.append(stands_for(path))

    def stack_name(self, _: None) -> None:
        module, name = self.top(2)
        self.name(text_of(module) + "." + text_of(name))

    def call(self, _: None) -> None:
        function, arguments = self.top(2)
        if isinstance(function, Placeholder):
            self.stack.append(function)
            return
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise TypeError
        unmade = next((one for one in arguments if isinstance(one, Placeholder)), None)
        if unmade is not None:
            self.stack.append(unmade)
            return
        self.budget -= len(arguments) + sum(map(length_of, arguments))
        if self.budget < 0:
            raise ValueError
        self.stack.append(CALLS[function.path](*arguments))

    def set_state(self, _: None) -> None:
        """The two states that tensors' pickles set: a dict's attributes, a byte order."""
        target, state = self.top(2)
        if isinstance(target, NumpyType):
            target.order = {"<": "<", "|": "<", ">": ">"}[state[1]]
        elif not isinstance(target, Placeholder) and not (
            isinstance(target, dict) and isinstance(state, dict)
        ):
            raise TypeError
        self.stack.append(target)

    def unmade(self, _: bytes | bytearray, name: str) -> None:
        """Bytes: a numpy array's content, say."""
        self.stack.append(Placeholder(f"the instruction {name}"))

    def storage(self, _: None) -> None:
        kind, cls, key, _location, elements = self.stack.pop()
        if isinstance(cls, Placeholder):
            self.stack.append(cls)
            return
        if kind != "storage" or not isinstance(cls, Name):
            raise TypeError
        record = StorageRecord(
            text_of(key),
            "uint8" if cls.path == UNTYPED else STORAGES[cls.path],
            count_of(elements),
        )
        self.stack.append(record)


def _harmless(path: str) -> str:
    """A name as a message may show it, whatever the file made of it."""
    cut = path[:_LONGEST_NAME]
    return cut if cut.isprintable() else ascii(cut)


_IGNORED = ("PROTO", "FRAME", "STOP")
_PUSHES = (
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "BINUNICODE", "SHORT_BINUNICODE", "BINSTRING", "SHORT_BINSTRING",
)  # fmt: skip
_INSTRUCTIONS: Mapping[str, Callable[[_Machine, Any], None]] = {
    "NONE": lambda m, _: m.stack.append(None),
    "NEWTRUE": lambda m, _: m.stack.append(True),
    "NEWFALSE": lambda m, _: m.stack.append(False),
    "EMPTY_TUPLE": lambda m, _: m.stack.append(()),
    "EMPTY_LIST": lambda m, _: m.stack.append([]),
    "EMPTY_DICT": lambda m, _: m.stack.append({}),
    "EMPTY_SET": lambda m, _: m.stack.append(set()),
    "MARK": _Machine.mark,
    "TUPLE": _Machine.tuple_since_mark,
    "TUPLE1": lambda m, _: m.stack.append(m.top(1)),
    "TUPLE2": lambda m, _: m.stack.append(m.top(2)),
    "TUPLE3": lambda m, _: m.stack.append(m.top(3)),
    "APPEND": lambda m, _: m.extend(list(m.top(1))),
    "APPENDS": lambda m, _: m.extend(m.since_mark()),
    "ADDITEMS": lambda m, _: m.extend(m.since_mark()),
    "SETITEM": lambda m, _: m.assign(list(m.top(2))),
    "SETITEMS": lambda m, _: m.assign(m.since_mark()),
    "BINPUT": _Machine.remember,
    "LONG_BINPUT": _Machine.remember,
    "MEMOIZE": _Machine.remember,
    "BINGET": lambda m, index: m.stack.append(m.memo[index]),
    "LONG_BINGET": lambda m, index: m.stack.append(m.memo[index]),
    "GLOBAL": lambda m, path: m.name(path.replace(" ", ".")),
    "STACK_GLOBAL": _Machine.stack_name,
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.call,
    "BUILD": _Machine.set_state,
    "BINPERSID": _Machine.storage,
    **{
        name: partial(_Machine.unmade, name=name)
        for name in ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")
    },
}
