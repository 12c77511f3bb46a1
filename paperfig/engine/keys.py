"""The keys of a spec, sorted by what they change: numbers, or the look and the caption."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

CODE = "checkpoint.code"
"""The key of code that is run, and the role of its files."""
_DRAWING_KEYS = (
    "style",
    "caption",
    "checkpoint.name",
    "checkpoint.name_latex",
    "excerpt.name",
)
_NOT_COMPUTED = (
    "figspec",
    *("checkpoint.path", "checkpoint.recorded", "checkpoint.config", CODE),
    "statistic.file",
    *_DRAWING_KEYS,
)
"""Keys that change no number: of a file it counts what it holds, and not where it lies."""


class Leaf(NamedTuple):
    """A key of the spec that holds no further keys.

    Attributes:
        key: dotted.
        value: as JSON can hold it.
        default: what holds where it is left out; None for nothing.
    """

    key: str
    value: Any
    default: Any

    @property
    def is_drawn(self) -> bool:
        """Whether it is set, and changes the look or the caption only."""
        return self.is_set and self._is_of(_DRAWING_KEYS)

    @property
    def is_computed(self) -> bool:
        """Whether it is set, and changes numbers."""
        return self.is_set and not self._is_of(_NOT_COMPUTED)

    @property
    def is_set(self) -> bool:
        """Whether the value is not the default."""
        return bool(self.value != self.default)

    def _is_of(self, keys: Iterable[str]) -> bool:
        """Whether it is one of the keys, or lies in the mapping under one."""
        return bool({self.key, self.key.split(".")[0]} & set(keys))


def leaves_of(model: BaseModel, prefix: str = "") -> Iterator[Leaf]:
    """Every key of a mapping of the spec, those that hold their default too."""
    for name, written, default in _fields(type(model)):
        key, value = f"{prefix}{written}", getattr(model, name)
        if isinstance(value, BaseModel):
            yield from leaves_of(value, f"{key}.")
        elif isinstance(value, Mapping):
            parts = _plain(value).items()
            yield from (Leaf(f"{key}.{part}", item, None) for part, item in parts)
        else:
            yield Leaf(key, _plain(value), default)


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, str, Any], ...]:
    """Each key of a mapping of the spec: its field, as it is written, and its default."""
    return tuple(
        (
            name,
            entry.alias or name,
            None if entry.is_required() else _plain(entry.get_default()),
        )
        for name, entry in model.model_fields.items()
    )


def _plain(value: Any) -> Any:
    """The value as JSON has it; a mapping of the spec has no value but its keys'."""
    return None if isinstance(value, BaseModel) else to_jsonable_python(value)
