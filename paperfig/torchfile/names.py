"""What the names in a torch file's pickle stand for here: the whole list.

No name is looked up in a module. What torch would call, a function of this module
imitates, on plain values that it checks.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import PurePosixPath
from typing import Any

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


class Refused(Exception):  # noqa: N818
    """What the pickle asks for is understood and not given."""


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
class Name:
    """A class or function that the pickle names; never looked up in a module."""

    path: str


@dataclass(slots=True)
class NumpyType:
    """A numpy scalar's type; its byte order comes in a later instruction."""

    code: str
    order: str = "<"


def text_of(value: Any) -> str:
    """The value, which must be a string."""
    if not isinstance(value, str):
        raise TypeError
    return value


def count_of(value: Any) -> int:
    """The value, which must be a whole number from 0 on."""
    if type(value) is not int or value < 0:
        raise TypeError
    return value


def length_of(value: Any) -> int:
    """How much reading the value costs a call."""
    return len(value) if isinstance(value, str | bytes | list | tuple | set | dict) else 0


def key_of(value: Any) -> Any:
    """A dict's key: a plain value, since hashing a deep tuple can take for ever."""
    if not isinstance(value, str | int | float | bool | None):
        raise TypeError
    return value


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> TensorRecord:
    """The record of a tensor that lies within its storage and is no larger than it."""
    if not isinstance(storage, StorageRecord):
        raise TypeError
    size, stride = tuple(map(count_of, size)), tuple(map(count_of, stride))
    if len(size) != len(stride) or len(size) > _MOST_DIMENSIONS:
        raise ValueError
    last = count_of(offset) + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if prod(size) and max(prod(size), last + 1) > storage.elements:
        raise Refused(f"a tensor of {prod(size)} numbers where {storage.elements} are stored")
    return TensorRecord(storage, offset, size, stride)


def _parameter(tensor: Any, *_: Any) -> TensorRecord:
    if not isinstance(tensor, TensorRecord):
        raise TypeError
    return tensor


def _scalar(kind: Any, content: Any) -> int | float | bool:
    """The number that a numpy scalar holds."""
    if not isinstance(kind, NumpyType) or not isinstance(content, bytes):
        raise TypeError
    (number,) = struct.unpack(kind.order + _NUMPY_CODES[kind.code], content)
    return number  # type: ignore[no-any-return]


def _encoded(text: Any, encoding: Any) -> bytes:
    """A numpy scalar's bytes: how pickles of protocol 2 write them."""
    if encoding != "latin1" or len(text_of(text)) > _LONGEST_BYTES:
        raise Refused("_codecs.encode, of more than one number")
    return text_of(text).encode("latin1")


def _set(items: Any) -> set[Any]:
    return {key_of(item) for item in items}


def _path(*parts: Any) -> str:
    return str(PurePosixPath(*map(text_of, parts)))


_NUMPY_CODES = {
    "f2": "e", "f4": "f", "f8": "d", "b1": "?",
    "i1": "b", "i2": "h", "i4": "i", "i8": "q",
    "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
}  # fmt: skip
_PATHS = ("PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath", "Path")
CALLS: Mapping[str, Callable[..., Any]] = {
    "collections.OrderedDict": lambda: {},
    "builtins.set": _set,
    "__builtin__.set": _set,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": lambda size: tuple(map(count_of, size)),
    "torch.device": lambda kind, *index: ":".join(
        [text_of(kind), *map(str, map(count_of, index))]
    ),
    "numpy.dtype": lambda code, *_: NumpyType(text_of(code)),
    "numpy.core.multiarray.scalar": _scalar,
    "numpy._core.multiarray.scalar": _scalar,
    "_codecs.encode": _encoded,
    **{
        f"{module}.{name}": _path for module in ("pathlib", "pathlib._local") for name in _PATHS
    },
}
VALUES: Mapping[str, Any] = {
    **{storage: Name(storage) for storage in STORAGES},
    **{f"torch.{name}": f"torch.{name}" for name in STORAGES.values()},
}
