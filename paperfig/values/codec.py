"""Values as JSON and arrays, and back, by the types of their fields.

A field is written under its name, without the underscore that keeps it apart from a word of
Python's. An array is kept apart under its place in the value.

>>> from paperfig.values.site import HeadRef, Site
>>> content, arrays = encode(HeadRef(Site(4), 11))
>>> content
{'site': {'layer': 4, 'stack': 'decoder', 'is_known': True}, 'head': 11}
>>> decode(HeadRef, content)
HeadRef(site=Site(layer=4, stack='decoder', is_known=True), head=11)
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:  # a record holds no array and is read without numpy
    import numpy  # noqa: ICN001 - the name by which it is found when types are checked

Value = TypeVar("Value")

_ARRAY = "array"


class FormatError(ValueError):
    """What was read is not what its type says."""


def encode(value: Any) -> tuple[Any, dict[str, "numpy.ndarray"]]:
    """The value as JSON can hold it, and its arrays by the names that stand there for them.

    Args:
        value: of dataclasses, mappings, tuples, arrays and what JSON knows.
    """
    arrays: dict[str, numpy.ndarray] = {}
    return _encoded(value, "", arrays), arrays


def as_json(value: Any) -> Any:
    """A value without arrays as JSON can hold it."""
    content, arrays = encode(value)
    assert not arrays, "arrays have no place in JSON"
    return content


def decode(
    kind: type[Value], content: Any, arrays: Mapping[str, "numpy.ndarray"] | None = None
) -> Value:
    """The value of a type that `encode` made the content of.

    Args:
        kind: a dataclass.
        content: what was read.
        arrays: by the names that the content has in their place.

    Raises:
        FormatError: the content is not of that type.
    """
    value: Value = _Decoder(arrays or {}).value(kind, content, "")
    return value


def _encoded(value: Any, path: str, arrays: dict[str, "numpy.ndarray"]) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        value = {_name(field): getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: _encoded(item, f"{path}.{key}", arrays) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_encoded(item, f"{path}.{at}", arrays) for at, item in enumerate(value)]
    if hasattr(value, "__array__"):
        return {_ARRAY: _kept(value, path.removeprefix("."), arrays)}
    return value


def _kept(array: "numpy.ndarray", name: str, arrays: dict[str, "numpy.ndarray"]) -> str:
    """The name that the array is kept under; one that several fields hold is kept once."""
    same = (known for known, other in arrays.items() if other is array)
    name = next(same, name)
    arrays[name] = array
    return name


class _Decoder:
    """From content to values.

    Args:
        arrays: by name.
    """

    def __init__(self, arrays: Mapping[str, "numpy.ndarray"]) -> None:
        self._arrays = arrays
        self._readers = {
            Union: self._union,
            UnionType: self._union,
            Literal: _one_of,
            tuple: self._tuple,
            Mapping: self._mapping,
        }

    def value(self, kind: Any, content: Any, where: str) -> Any:
        """The content as a value of a type."""
        if kind is Any:
            return content
        if is_dataclass(kind):
            return self._dataclass(kind, content, where)
        if hasattr(kind, "array_type"):
            return self._array(kind, content, where)
        return self._readers.get(get_origin(kind), _plain)(kind, content, where)

    def _dataclass(self, kind: Any, content: Any, where: str) -> Any:
        content = _of_type(Mapping, "a mapping", content, where)
        known, hints = {_name(field): field for field in fields(kind)}, _hints(kind)
        for name in sorted(content.keys() - known.keys()):
            raise _fault(where, f"{kind.__name__} has no {name}")
        for name in sorted(known.keys() - content.keys()):
            if not _has_default(known[name]):
                raise _fault(where, f"it lacks {name}")
        values = {
            known[name].name: self.value(hints[known[name].name], item, _within(where, name))
            for name, item in content.items()
        }
        try:
            return kind(**values)
        except FormatError:
            raise
        except ValueError as error:
            raise _fault(where, str(error)) from error

    def _union(self, kind: Any, content: Any, where: str) -> Any:
        """The first type that the content is of; None is none of the others."""
        options = [option for option in get_args(kind) if option is not NoneType]
        if content is None and len(options) < len(get_args(kind)):
            return None
        faults = []
        for option in options:
            try:
                return self.value(option, content, where)
            except FormatError as fault:
                faults.append(fault)
        raise faults[-1]

    def _tuple(self, kind: Any, content: Any, where: str) -> Any:
        content = _of_type(list, "a list", content, where)
        types = get_args(kind)
        if types[-1] is Ellipsis:
            types = types[:1] * len(content)
        if len(types) != len(content):
            raise _fault(where, f"{len(content)} entries; {len(types)} are expected")
        pairs = enumerate(zip(types, content, strict=True))
        return tuple(self.value(one, item, _within(where, at)) for at, (one, item) in pairs)

    def _mapping(self, kind: Any, content: Any, where: str) -> Any:
        content = _of_type(Mapping, "a mapping", content, where)
        _, item_type = get_args(kind)
        return {
            key: self.value(item_type, item, _within(where, key))
            for key, item in content.items()
        }

    def _array(self, kind: Any, content: Any, where: str) -> Any:
        named = _of_type(Mapping, "an array", content, where).get(_ARRAY)
        if named not in self._arrays:
            raise _fault(where, f"there is no array {named}")
        array = self._arrays[named]
        if not isinstance(array, kind):
            raise _fault(where, f"the array is {array.dtype} of shape {array.shape}")
        return array


def _one_of(kind: Any, content: Any, where: str) -> Any:
    options = get_args(kind)
    if content not in options:
        raise _fault(where, f"{content!r:.60} is not {' or '.join(map(str, options))}")
    return content


def _plain(kind: Any, content: Any, where: str) -> Any:
    """A text, a number, true or false."""
    if kind is float and type(content) is int:
        return float(content)
    if type(content) is not kind:
        raise _fault(where, f"{content!r:.60} is no {kind.__name__}")
    return content


def _of_type(kind: Any, word: str, content: Any, where: str) -> Any:
    if not isinstance(content, kind):
        raise _fault(where, f"{content!r:.60} is not {word}")
    return content


def _within(where: str, part: object) -> str:
    return f"{where}.{part}" if where else str(part)


def _fault(where: str, what: str) -> FormatError:
    return FormatError(f"{where}: {what}" if where else what)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _name(field: "Field[Any]") -> str:
    return field.name.removesuffix("_")


def _has_default(field: "Field[Any]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING
