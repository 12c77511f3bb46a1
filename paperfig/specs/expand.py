"""Defaults beneath a spec, and one figure for each combination of its ``each``."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from pathlib import PurePosixPath
from typing import NamedTuple

from paperfig.specs.nodes import Fault, KeyPath, Node, Place, dotted, place_of, refused, scalars
from paperfig.specs.scalars import Surprise, is_empty

MAX_FIGURES = 1000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MERGED_BY_KEY = ("style", "caption", "variants")


class ExpandedSpec(NamedTuple):
    """The spec of one figure of a file, merged, and its label (None without ``each``)."""

    label: str | None
    node: Node


class _Change(NamedTuple):
    """One key that ``each`` sets, dotted as it is written there."""

    key: str
    place: Place
    value: Node


class _ExpansionError(Exception):
    def __init__(self, place: Place, what: str, remedy: str) -> None:
        self.fault = Fault(place, what, remedy)
        super().__init__(what)


def merge(beneath: Node, above: Node) -> Node:
    """``above`` laid over ``beneath``: some mappings by key, everything else whole."""
    merged = beneath
    for key, value in above.entries.items():
        old = beneath.entries.get(key)
        both = old is not None and isinstance(old.value, dict) and isinstance(value.value, dict)
        if key in _MERGED_BY_KEY and both and old is not None:
            value = _laid_over(old, value)  # noqa: PLW2901 - the merged value takes its place
        merged = merged.with_entry(key, value, above.keys[key])
    return Node(merged.value, above.place, merged.keys)


def expand(spec: Node, *, many: bool) -> tuple[tuple[ExpandedSpec, ...], tuple[Fault, ...]]:
    """Every figure that a merged spec asks for, and what is wrong with its ``each``.

    An ``each`` that holds a refused value, which has its own fault, gives no figure.

    Args:
        spec: a whole spec, with or without ``each``.
        many: whether more than 1,000 figures are allowed.
    """
    each = spec.entries.get("each")
    if each is None:
        return (ExpandedSpec(None, spec),), ()
    if refused(each):
        return (), ()
    if empty := [keys for keys, scalar in scalars(each, ("each",)) if is_empty(scalar.value)]:
        return (), tuple(_empty(spec, keys) for keys in empty)
    variants: dict[str, Node] = {}
    faults: list[Fault] = []
    base = spec.without("each")
    try:
        for label, place, changes in _combinations(each, spec.keys["each"], many=many):
            try:
                variants[_checked(label, place, variants)] = _changed(base, changes)
            except _ExpansionError as error:
                faults.append(error.fault)
    except _ExpansionError as error:
        faults.append(error.fault)
    return tuple(ExpandedSpec(label, node) for label, node in variants.items()), tuple(faults)


def _combinations(
    each: Node, place: Place, *, many: bool
) -> Iterator[tuple[str, Place, Sequence[_Change]]]:
    values = each.entries.values()
    lists = [node.value for node in values if isinstance(node.value, list)]
    mappings = [node for node in values if isinstance(node.value, dict)]
    if not values or max(len(lists), len(mappings)) < len(values):
        right = "{key: [values]} or {label: {key: value}} throughout is right"
        raise _ExpansionError(each.place, "each: neither lists nor named changes", right)
    count = prod(len(entries) for entries in lists) if lists else len(mappings)
    if count == 0:
        raise _ExpansionError(each.place, "each: an empty list", "at least one value is right")
    if count > MAX_FIGURES and not many:
        what = f"each: {count:,} figures"
        raise _ExpansionError(place, what, f"at most {MAX_FIGURES:,} without --many is right")
    return _named(each) if mappings else _product(each)


def _named(each: Node) -> Iterator[tuple[str, Place, Sequence[_Change]]]:
    for label, node in each.entries.items():
        changes = [_Change(key, node.keys[key], value) for key, value in node.entries.items()]
        yield label, each.keys[label], changes


def _product(each: Node) -> Iterator[tuple[str, Place, Sequence[_Change]]]:
    lists = [
        [_Change(key, each.keys[key], value) for value in node.value]
        for key, node in each.entries.items()
        if isinstance(node.value, list)
    ]
    for changes in product(*lists):
        label = "-".join(_label(change) for change in changes)
        yield label, changes[-1].value.place, changes


def _label(change: _Change) -> str:
    """The value as part of a name; a number after its key: ``kappa-0.3``."""
    value = change.value.value
    entries = value if isinstance(value, list) else [change.value]
    parts = [_as_written(entry.value) for entry in entries]
    if not all(isinstance(part, str | int | float) for part in parts):
        what = f"each: {change.key}: a value that gives no name"
        raise _ExpansionError(change.value.place, what, "{label: {key: value}} is right")
    words = [_word(part) for part in parts]
    if not all(isinstance(part, str) for part in parts):
        words.insert(0, change.key.rpartition(".")[2])
    return "-".join(words)


def _as_written(value: object) -> object:
    return value.text if isinstance(value, Surprise) else value


def _empty(spec: Node, keys: KeyPath) -> Fault:
    return Fault(
        place_of(spec, keys), f"{dotted(keys)}: is empty", "give a value, or leave it out"
    )


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    text = PurePosixPath(text).stem if "/" in text else text
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")


def _checked(label: str, place: Place, taken: dict[str, Node]) -> str:
    if not NAME.fullmatch(label):
        right = "letters, digits, . _ and - are right"
        raise _ExpansionError(place, f"each: {label!r} is no name for a figure", right)
    if label in taken:
        right = "{label: {key: value}} gives names of your own"
        raise _ExpansionError(place, f"each: the label {label} a second time", right)
    return label


def _changed(base: Node, changes: Sequence[_Change]) -> Node:
    for change in changes:
        keys = change.key.split(".")
        if len(keys) == 1:
            single = {change.key: change.value}
            base = merge(base, Node(single, base.place, {change.key: change.place}))
        else:
            base = _set(base, keys, change)
    return base


def _set(node: Node, keys: Sequence[str], change: _Change) -> Node:
    first, *rest = keys
    if not rest:
        return node.with_entry(first, change.value, change.place)
    inner = node.entries.get(first, Node({}, change.place))
    if first == "checkpoint" and isinstance(inner.value, str):
        inner = Node({"path": inner}, inner.place, {"path": inner.place})
    if not isinstance(inner.value, dict):
        what = f"each: {change.key}: {first} is no mapping in this spec"
        raise _ExpansionError(change.place, what, f"vary {first} as a whole")
    place = node.keys.get(first, change.place)
    return node.with_entry(first, _set(inner, rest, change), place)


def _laid_over(beneath: Node, above: Node) -> Node:
    keys = {**beneath.keys, **above.keys}
    return Node({**beneath.entries, **above.entries}, above.place, keys)
