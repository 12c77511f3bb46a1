"""The data of YAML files, each value with the file, line and column that it stands at."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from paperfig.errors import RequestError
from paperfig.specs.scalars import Surprise

KeyPath = tuple[str | int, ...]
"""The keys and indices that lead to a value: ``("mask", "hide_keys", 0)``."""


class Place(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Fault(NamedTuple):
    """What is wrong at a place, and what would be right there."""

    place: Place
    what: str
    remedy: str = ""

    def error(self) -> RequestError:
        """The fault as one line of an error."""
        return RequestError(self.place, self.what, self.remedy)


class Refused:
    """Stands in the data for a value that was refused; its fault is reported already."""


REFUSED = Refused()


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value of a file: a mapping, a list or a scalar.

    Attributes:
        value: mappings and lists hold nodes.
        place: where the value starts.
        keys: for a mapping, the place of each of its keys.
        written: of a scalar without quotes its characters, as they are in the file.
    """

    value: "dict[str, Node] | list[Node] | str | int | float | bool | Surprise | Refused"
    place: Place
    keys: Mapping[str, Place] = field(default_factory=dict)
    written: str | None = None

    @property
    def entries(self) -> "dict[str, Node]":
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def with_entry(self, key: str, node: "Node", place: Place) -> "Node":
        """The mapping with one entry added or replaced."""
        return Node({**self.entries, key: node}, self.place, {**self.keys, key: place})

    def with_value(self, value: Any) -> "Node":
        """Another value at the same place."""
        return Node(value, self.place, self.keys, self.written)

    def without(self, key: str) -> "Node":
        """The mapping without one of its keys."""
        entries = {name: node for name, node in self.entries.items() if name != key}
        return Node(entries, self.place, self.keys)


def child(node: Node, key: str | int) -> Node | None:
    """The value under a key or an index, or None where there is none."""
    if isinstance(node.value, dict):
        return node.value.get(str(key))
    if isinstance(node.value, list) and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None


def dotted(keys: Iterable[str | int]) -> str:
    """The keys as messages name them: ``mask.hide_keys.0``."""
    return ".".join(str(key) for key in keys)


def place_of(node: Node, keys: KeyPath, *, of_key: bool = False) -> Place:
    """The place of the value at ``keys``, or of its key; else of the deepest mapping there."""
    place = node.place
    for key in keys:
        inner = child(node, key)
        if inner is None:
            return node.place
        place, node = node.keys.get(str(key), inner.place), inner
    return place if of_key else node.place


def plain(node: Node) -> Any:
    """The data alone: dicts, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain(entry) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain(entry) for entry in node.value]
    return node.value


def refused(node: Node) -> list[KeyPath]:
    """The keys that lead to each value that was refused."""
    return [keys for keys, scalar in scalars(node) if scalar.value is REFUSED]


def scalars(node: Node, keys: KeyPath = ()) -> Iterator[tuple[KeyPath, Node]]:
    """Every scalar, with the keys that lead to it."""
    value = node.value
    if not isinstance(value, dict | list):
        yield keys, node
    for key, entry in enumerate(value) if isinstance(value, list) else node.entries.items():
        yield from scalars(entry, (*keys, key))


def is_inside(keys: KeyPath, closed: Collection[KeyPath]) -> bool:
    """Whether ``keys`` or what they lie in is among those closed."""
    return any(keys[:depth] in closed for depth in range(1, len(keys) + 1))


def value_at(node: Node, keys: KeyPath) -> Any:
    """The plain value at keys; None where there is none."""
    found: Node | None = node
    for key in keys:
        found = None if found is None else child(found, key)
    return None if found is None else plain(found)


def with_value_at(node: Node, keys: KeyPath, value: Any) -> Node:
    """The data with a plain value at keys, in mappings that are made where there are none."""
    if not keys:
        return _as_node(value, node.place)
    first, *rest = keys
    inner = child(node, first) or Node({}, node.place)
    changed = with_value_at(inner, tuple(rest), value)
    if isinstance(node.value, list) and isinstance(first, int):
        return node.with_value([*node.value[:first], changed, *node.value[first + 1 :]])
    base = node if isinstance(node.value, dict) else Node({}, node.place)
    return base.with_entry(str(first), changed, node.keys.get(str(first), node.place))


def without_at(node: Node, keys: KeyPath) -> Node:
    """The data without the key at the end of keys."""
    *way, last = keys
    holder = value_at(node, tuple(way))
    rest = {key: value for key, value in holder.items() if key != last}
    return with_value_at(node, tuple(way), rest)


def _as_node(value: Any, place: Place) -> Node:
    if isinstance(value, dict):
        entries = {key: _as_node(entry, place) for key, entry in value.items()}
        return Node(entries, place, dict.fromkeys(entries, place))
    if isinstance(value, list):
        return Node([_as_node(entry, place) for entry in value], place)
    return Node(value, place)


def size(node: Node) -> int:
    """How many nodes there are, this one counted."""
    entries = node.value if isinstance(node.value, list) else node.entries.values()
    return 1 + sum(size(entry) for entry in entries)


def height(node: Node) -> int:
    """How many levels deep the node is; 1 for a scalar."""
    entries = node.value if isinstance(node.value, list) else node.entries.values()
    return 1 + max((height(entry) for entry in entries), default=0)
