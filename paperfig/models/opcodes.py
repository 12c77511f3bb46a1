"""What a torch file's pickle says, without unpickling it.

A pickle is a program for a small stack machine, and two of its instructions call any
function by name: that is how a checkpoint runs code. Here the instructions that
``torch.save`` writes for tensors and plain values are interpreted by hand. A name is
looked up in this module's two tables and nowhere else, nothing is imported, and what is
built is plain Python and records of where tensors lie.
"""

import pickletools
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import PurePosixPath
from typing import Any

from paperfig.errors import CheckpointError
from paperfig.models.archive import damaged

STORAGES = {
    "torch.FloatStorage": "float32",
    "torch.DoubleStorage": "float64",
    "torch.HalfStorage": "float16",
    "torch.BFloat16Storage": "bfloat16",
    "torch.LongStorage": "int64",
    "torch.IntStorage": "int32",
    "torch.ShortStorage": "int16",
    "torch.CharStorage": "int8",
    "torch.ByteStorage": "uint8",
    "torch.BoolStorage": "bool",
    "torch.ComplexFloatStorage": "complex64",
    "torch.ComplexDoubleStorage": "complex128",
}
"""The storage classes of torch's pickles, with the type of their elements."""

_LONGEST_BYTES = 16
_MOST_DIMENSIONS = 64
_MOST_READ_AGAIN = 16
"""How often calls may read what the pickle holds: the memo could make it any number."""


@dataclass(frozen=True, slots=True)
class StorageRecord:
    """A storage that the file holds under ``key``."""

    key: str
    dtype: str
    elements: int


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """A tensor as a view of a storage; offset and stride count elements."""

    storage: StorageRecord
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    """A class or function that the pickle names; never looked up in a module."""

    path: str


@dataclass(slots=True)
class _NumpyType:
    """A numpy scalar's type; its byte order comes in a later instruction."""

    code: str
    order: str = "<"


def interpret(pickle: bytes, where: str) -> Any:
    """The value that the pickle describes, with a TensorRecord for each tensor.

    Raises:
        CheckpointError: it names or builds anything but tensors and plain values, or it
            is damaged.
    """
    machine = _Machine(where, budget=_MOST_READ_AGAIN * len(pickle))
    try:
        for opcode, argument, _ in pickletools.genops(pickle):
            machine.step(opcode.name, argument)
        return machine.stack.pop()
    except (ValueError, IndexError, KeyError, TypeError, struct.error) as error:
        raise damaged(where, "its pickle makes no sense") from error


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
            raise self.refusal(f"the instruction {name}")

    def refusal(self, what: str) -> CheckpointError:
        return CheckpointError(
            self.where,
            f"refused unread: its pickle asks for {what}",
            "save tensors and plain values only, such as model.state_dict()",
        )

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
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, set):
            target.update(_key(item) for item in items)
        else:
            raise TypeError

    def assign(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise TypeError
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_key(key)] = value

    def name(self, path: str) -> None:
        """Pushes what ``module.name`` stands for, if it is on our list."""
        if path not in _CALLS and path not in _VALUES:
            raise self.refusal(path)
        self.stack.append(_VALUES.get(path, _Name(path)))

    def stack_name(self, _: None) -> None:
        module, name = self.top(2)
        self.name(_text(module) + "." + _text(name))

    def call(self, _: None) -> None:
        function, arguments = self.top(2)
        if not isinstance(function, _Name) or not isinstance(arguments, tuple):
            raise TypeError
        self.budget -= len(arguments) + sum(map(_length, arguments))
        if self.budget < 0:
            raise ValueError
        self.stack.append(_CALLS[function.path](*arguments))

    def set_state(self, _: None) -> None:
        """The two states that tensors' pickles set: a dict's attributes, a byte order."""
        target, state = self.top(2)
        if isinstance(target, _NumpyType):
            target.order = {"<": "<", "|": "<", ">": ">"}[state[1]]
        elif not (isinstance(target, dict) and isinstance(state, dict)):
            raise TypeError
        self.stack.append(target)

    def storage(self, _: None) -> None:
        kind, cls, key, _location, elements = self.stack.pop()
        if kind != "storage" or not isinstance(cls, _Name):
            raise TypeError
        record = StorageRecord(_text(key), STORAGES[cls.path], _count(elements))
        self.stack.append(record)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes | list | tuple | set | dict) else 0


def _key(value: Any) -> Any:
    """A dict's key: a plain value, since hashing a deep tuple can take for ever."""
    if not isinstance(value, str | int | float | bool | None):
        raise TypeError
    return value


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> TensorRecord:
    """The record of a tensor that lies within its storage and is no larger than it."""
    if not isinstance(storage, StorageRecord):
        raise TypeError
    size, stride = tuple(map(_count, size)), tuple(map(_count, stride))
    if len(size) != len(stride) or len(size) > _MOST_DIMENSIONS:
        raise ValueError
    last = _count(offset) + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if prod(size) and (last >= storage.elements or prod(size) > storage.elements):
        raise ValueError
    return TensorRecord(storage, offset, size, stride)


def _parameter(tensor: Any, *_: Any) -> TensorRecord:
    if not isinstance(tensor, TensorRecord):
        raise TypeError
    return tensor


def _scalar(kind: Any, content: Any) -> int | float | bool:
    """The number that a numpy scalar holds."""
    if not isinstance(kind, _NumpyType) or not isinstance(content, bytes):
        raise TypeError
    (number,) = struct.unpack(kind.order + _NUMPY_CODES[kind.code], content)
    return number  # type: ignore[no-any-return]


def _encoded(text: Any, encoding: Any) -> bytes:
    """A numpy scalar's bytes: how pickles of protocol 2 write them."""
    if encoding != "latin1" or len(_text(text)) > _LONGEST_BYTES:
        raise ValueError
    return _text(text).encode("latin1")


def _set(items: Any) -> set[Any]:
    return {_key(item) for item in items}


def _path(*parts: Any) -> str:
    return str(PurePosixPath(*map(_text, parts)))


_NUMPY_CODES = {
    "f2": "e", "f4": "f", "f8": "d", "b1": "?",
    "i1": "b", "i2": "h", "i4": "i", "i8": "q",
    "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
}  # fmt: skip
_PATHS = ("PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath", "Path")
_CALLS: Mapping[str, Callable[..., Any]] = {
    "collections.OrderedDict": lambda: {},
    "builtins.set": _set,
    "__builtin__.set": _set,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": lambda size: tuple(map(_count, size)),
    "torch.device": lambda kind, *index: ":".join([_text(kind), *map(str, map(_count, index))]),
    "numpy.dtype": lambda code, *_: _NumpyType(_text(code)),
    "numpy.core.multiarray.scalar": _scalar,
    "numpy._core.multiarray.scalar": _scalar,
    "_codecs.encode": _encoded,
    **{
        f"{module}.{name}": _path for module in ("pathlib", "pathlib._local") for name in _PATHS
    },
}
_VALUES: Mapping[str, Any] = {
    **{storage: _Name(storage) for storage in STORAGES},
    **{f"torch.{name}": f"torch.{name}" for name in STORAGES.values()},
}
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
    "BUILD": _Machine.set_state,
    "BINPERSID": _Machine.storage,
}
