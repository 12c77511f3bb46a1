"""What the names in a torch file's pickle stand for here.

No name is looked up in a module. What torch would call for tensors and plain values, a
function of this module imitates, on values that it checks; any other object is a placeholder
of which only the name is kept.
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

UNTYPED = "torch.storage.UntypedStorage"
"""The storage of types that have no class of their own: it counts bytes."""

_UNTYPED = {
    "float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1,
    "float8_e8m0fnu": 1, "uint16": 2, "uint32": 4, "uint64": 8, "complex32": 4,
}  # fmt: skip
"""These types, with the bytes of an element."""

_LONGEST_BYTES = 16
_LONGEST_KEY = 16
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


@dataclass(frozen=True, slots=True, eq=False)
class Placeholder:
    """An object that the pickle describes and that is not made: what it asks for, by name."""

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
    """A dict's key: a plain value or a few, since hashing a deep tuple can take for ever."""
    parts = value if isinstance(value, tuple) else (value,)
    plain = (isinstance(part, str | int | float | bool | Placeholder | None) for part in parts)
    if len(parts) > _LONGEST_KEY or not all(plain):
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


def _typed_tensor(
    storage: Any,
    offset: Any,
    size: Any,
    stride: Any,
    _gradient: Any,
    _hooks: Any,
    dtype: Any,
    *_: Any,
) -> TensorRecord:
    """The record of a tensor in a storage that counts bytes."""
    name = text_of(dtype).removeprefix("torch.")
    if not isinstance(storage, StorageRecord) or name not in _UNTYPED:
        raise Refused(f"a tensor of {name}")
    elements = storage.elements // _UNTYPED[name]
    return _tensor(StorageRecord(storage.key, name, elements), offset, size, stride)


def _bytearray(content: Any = b"") -> Placeholder:
    """Bytes are none of ours; a number of them to allocate is no content."""
    if not isinstance(content, bytes | Placeholder):
        raise Refused("__builtin__.bytearray")
    return Placeholder("__builtin__.bytearray")


def _counted(counts: Any = None) -> dict[Any, Any]:
    return dict(counts) if isinstance(counts, dict) else {}


def _complex(real: Any, imaginary: Any) -> complex:
    if not isinstance(real, float) or not isinstance(imaginary, float):
        raise TypeError
    return complex(real, imaginary)


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


def _encoded(text: Any, encoding: Any) -> bytes | Placeholder:
    """A numpy scalar's bytes: as pickles of protocol 2 write them; longer ones are not made."""
    if encoding != "latin1" or len(text_of(text)) > _LONGEST_BYTES:
        return Placeholder("_codecs.encode, of more than one number")
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
_BUILTINS = ("builtins", "__builtin__")
_PATHS = ("PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath", "Path")
CALLS: Mapping[str, Callable[..., Any]] = {
    "collections.OrderedDict": lambda: {},
    "collections.Counter": _counted,
    **{f"{module}.set": _set for module in _BUILTINS},
    **{f"{module}.frozenset": _set for module in _BUILTINS},
    **{f"{module}.complex": _complex for module in _BUILTINS},
    **{f"{module}.bytearray": _bytearray for module in _BUILTINS},
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v3": _typed_tensor,
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
    **{storage: Name(storage) for storage in (*STORAGES, UNTYPED)},
    **{f"torch.{name}": f"torch.{name}" for name in (*STORAGES.values(), *_UNTYPED)},
}
_ACTING = (
    *_BUILTINS, "posix", "nt", "os", "sys", "subprocess", "importlib", "runpy", "shutil",
    "socket", "ctypes", "pty", "code", "webbrowser", "pickle", "_pickle",
)  # fmt: skip
"""Modules whose functions do something: no honest file asks for them."""

_DATA = (
    "list", "dict", "tuple", "object", "range", "xrange", "slice", "int", "float", "str",
    "bool", "getattr",
)  # fmt: skip
"""Python's own names that stand for values: its types, and ``getattr``, by which some of its
versions pickle the members of an enumeration."""


def stands_for(path: str) -> Any:
    """What ``module.name`` stands for.

    Raises:
        Refused: it is a function that would do something.
    """
    if path in VALUES or path in CALLS:
        return VALUES.get(path, Name(path))
    module, _, name = path.rpartition(".")
    if module.partition(".")[0] in _ACTING and name not in _DATA:
        raise Refused(path)
    return Placeholder(path)
