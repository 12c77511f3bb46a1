"""One YAML file as nodes: strictly read, limited in size, each value with its place."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from paperfig.specs.nodes import REFUSED, Fault, KeyPath, Node, Place, dotted, height, size
from paperfig.specs.scalars import Surprise, read_scalar

MAX_BYTES = 1 << 20
MAX_NODES = 10_000
MAX_DEPTH = 100

# libyaml's parser is ten times faster; PyYAML's own reads the same where it is missing.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# https://yaml.org/spec/1.2.2/#51-character-set, without the byte order mark.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Document:
    """What one file holds, as far as it can be read.

    Attributes:
        root: the file's mapping; None where a fault made the rest unreadable.
        faults: what is wrong with the file as YAML.
    """

    root: Node | None
    faults: tuple[Fault, ...] = ()


class _UnreadableError(Exception):
    """A fault after which the rest of the file cannot be read."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault)


def read_document(path: Path, file: str) -> Document:
    """The mapping in a YAML file; ``file`` is what messages call it."""
    start = Place(file, 1, 1)
    try:
        if path.is_fifo():  # which would be waited for
            return Document(None, (Fault(start, "cannot be read: no file but a pipe"),))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        return Document(None, (Fault(start, f"cannot be read: {reason}"),))
    if len(content) > MAX_BYTES:
        fault = Fault(start, "larger than 1 MiB", "a spec is a few lines")
        return Document(None, (fault,))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        fault = Fault(Place(file, line, column), "not UTF-8", "save the file as UTF-8")
        return Document(None, (fault,))
    return parse_document(text, file)


def parse_document(text: str, file: str, *, by_hand: bool = True) -> Document:
    """The mapping in a YAML text; ``file`` is what messages call it.

    Args:
        text: what is read.
        file: its name.
        by_hand: whether someone wrote it, whose characters count; else PyYAML did.
    """
    unprintable = _UNPRINTABLE.search(text)
    if unprintable is not None:
        start = unprintable.start()
        place = Place(file, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
        return Document(None, (Fault(place, "a control character", "remove it"),))
    reader = _Reader(text, file, by_hand=by_hand)
    try:
        return Document(reader.document(), tuple(reader.faults))
    except _UnreadableError as error:
        return Document(None, (*reader.faults, error.fault))
    except yaml.MarkedYAMLError as error:
        return Document(None, (*reader.faults, _syntax_fault(error, text, file)))


class _Reader:
    """Builds nodes from the parser's events, counting them as aliases are expanded."""

    def __init__(self, text: str, file: str, *, by_hand: bool) -> None:
        self._by_hand = by_hand
        self.faults: list[Fault] = []
        self._file = file
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_Loader))
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def document(self) -> Node:
        starts, root = 0, None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                starts += 1
                if starts > 1:
                    raise self._unreadable(event, "a second document", "one a file is right")
            elif isinstance(event, yaml.NodeEvent):
                if isinstance(event, yaml.ScalarEvent) and not event.value.strip():
                    break
                if not isinstance(event, yaml.MappingStartEvent):
                    raise self._unreadable(
                        event, "not a mapping", "`head: L0H2` is a right line"
                    )
                root = self._node(event, ())
        if root is None:
            fault = Fault(Place(self._file, 1, 1), "empty", "`paperfig new NAME` writes a spec")
            raise _UnreadableError(fault)
        return root

    def _node(self, event: Any, keys: KeyPath) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, len(keys))
        self._bound(event, 1, len(keys) + 1)
        if event.tag not in {None, "tag:yaml.org,2002:str"}:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._unreadable(event, f"the tag {tag}", "write the value without it")
        if isinstance(event, yaml.ScalarEvent):
            value, written = self._scalar(event, keys)
            node = Node(value, self._place(event), written=written)
        elif isinstance(event, yaml.SequenceStartEvent):
            entries = enumerate(self._until_end())
            items = [self._node(entry, (*keys, index)) for index, entry in entries]
            node = Node(items, self._place(event))
        else:
            node = self._mapping(event, keys)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, depth: int) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            what = f"*{event.anchor} names no value that is complete above it"
            raise self._unreadable(event, what, "write the value itself")
        self._bound(event, size(node), depth + height(node))
        return node

    def _bound(self, event: Any, nodes: int, depth: int) -> None:
        self._count += nodes
        if self._count > MAX_NODES:
            what = f"more than {MAX_NODES:,} values, aliases expanded"
            raise self._unreadable(event, what, "write fewer")
        if depth > MAX_DEPTH:
            raise self._unreadable(event, f"nested more than {MAX_DEPTH} deep", "nest less")

    def _mapping(self, event: Any, keys: KeyPath) -> Node:
        entries: dict[str, Node] = {}
        places: dict[str, Place] = {}
        for key_event in self._until_end():
            self._bound(key_event, 1, len(keys) + 1)
            key, place = self._key(key_event, keys), self._place(key_event)
            value = self._node(next(self._events), (*keys, key or key_event.value))
            if key in places:
                what = f"{dotted((*keys, key))}: given twice, first in line {places[key].line}"
                self.faults.append(Fault(place, what, "keep one"))
            elif key is not None:
                entries[key], places[key] = value, place
        return Node(entries, self._place(event), places)

    def _until_end(self) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def _key(self, event: Any, keys: KeyPath) -> str | None:
        """The key's text; None where it is refused, with a fault of its own."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self._unreadable(event, "a key that is not a text", "a plain word is right")
        if event.value == "<<" and event.implicit[0]:
            remedy = "put what specs share into figspec/defaults.yaml"
            self._refuse(event, "<<: a merge key, which is not read here", remedy)
            return None
        key, _ = self._scalar(event, keys)
        if isinstance(key, str):
            return key
        if key is not REFUSED:
            what = key.what if isinstance(key, Surprise) else "is a key that is not a text"
            remedy = f"write {json.dumps(event.value, ensure_ascii=False)} in quotes"
            self._refuse(event, f"{event.value} {what}", remedy)
        return None

    def _scalar(self, event: Any, keys: KeyPath) -> tuple[Any, str | None]:
        """The value, and its characters where they stand without quotes."""
        key, text = f"{dotted(keys)}: " if keys else "", event.value
        if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
            return self._refuse(event, f"{key}a character that is no text", "remove it"), None
        if event.tag is not None or not event.implicit[0]:
            return text, None
        return read_scalar(text), text if self._by_hand else None

    def _refuse(self, event: Any, what: str, remedy: str) -> Any:
        self.faults.append(Fault(self._place(event), what, remedy))
        return REFUSED

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _unreadable(self, event: Any, what: str, remedy: str) -> _UnreadableError:
        return _UnreadableError(Fault(self._place(event), what, remedy))


def _syntax_fault(error: yaml.MarkedYAMLError, text: str, file: str) -> Fault:
    """YAML's own complaint in one line, without its jargon where it is a common one."""
    mark = error.problem_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    lines = text.splitlines()
    sign = lines[line][column : column + 1] if line < len(lines) else ""
    place, problem = Place(file, line + 1, column + 1), error.problem or "unreadable"
    if "cannot start any token" in problem and sign == "\t":
        return Fault(place, "a tab in the indentation", "spaces are right")
    if "cannot start any token" in problem:
        return Fault(place, f"{sign} cannot start a text", "put the text in quotes")
    if problem == "could not find expected ':'" and error.context_mark is not None:
        start = error.context_mark
        place = Place(file, start.line + 1, start.column + 1)
        return Fault(place, "a line without a colon", "`key: value` is right")
    if problem.startswith("mapping values are not allowed"):
        remedy = "put a text that holds `: ` in quotes, and indent keys alike"
        return Fault(place, "a second `: ` in one line, or a key indented too far", remedy)
    return Fault(place, f"not YAML: {problem}", "close brackets and quotes, and indent alike")
