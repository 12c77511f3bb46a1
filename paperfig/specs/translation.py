"""Pydantic's errors as complaints in the project's words."""

import json
from collections.abc import Collection, Iterable, Iterator

from pydantic_core import ErrorDetails

from paperfig.specs.nodes import KeyPath, Node, child, is_inside
from paperfig.specs.remedies import Remedies
from paperfig.specs.rules import Complaint
from paperfig.specs.shape import kind_of, phrase_at

_SHOWN = 40
_RANGE = {"greater_than", "greater_than_equal", "less_than_equal", "finite_number"}
_EMPTY = {"string_too_short", "too_short"}
_ENTRIES = {"missing", "too_long", "too_short"}
_UNREADABLE = {"string_pattern_mismatch"}
_CHOICE = {"literal_error"}


def translated(
    errors: Iterable[ErrorDetails],
    node: Node,
    closed: Collection[KeyPath],
    remedies: Remedies | None,
) -> Iterator[Complaint]:
    """One complaint a key: of a union's branches, the one that says most.

    Args:
        errors: what pydantic says.
        node: the data that it was given, with their places.
        closed: keys that have a fault of their own already, whatever is inside.
        remedies: what may be right instead; None where nobody asks.

    A whole key that is missing is not reported here: what is required depends on the kind.
    """
    found: dict[KeyPath, ErrorDetails] = {}
    for error in errors:
        keys = _keys_of(error, node)
        if keys not in found or _rank(error) < _rank(found[keys]):
            found[keys] = error
    for keys, error in found.items():
        deeper = any(other != keys and other[: len(keys)] == keys for other in found)
        required = len(keys) == 1 and error["type"] == "missing"
        if not (deeper or required or is_inside(keys, closed)):
            yield _complaint(keys, error, remedies)


def _keys_of(error: ErrorDetails, node: Node) -> KeyPath:
    """The keys that lead to the value, without pydantic's names for a union's branches."""
    *way, last = error["loc"]
    keys: KeyPath = ()
    for key in (*way, last):
        inner = child(node, key)
        if inner is not None:
            keys, node = (*keys, key), inner
    is_absent = error["type"] == "missing" and isinstance(last, str)
    return (*keys, last) if is_absent else keys


def _rank(error: ErrorDetails) -> int:
    ranks = (_RANGE | _EMPTY | _ENTRIES, _UNREADABLE, _CHOICE)
    return next(
        (rank for rank, types in enumerate(ranks) if error["type"] in types), len(ranks)
    )


def _complaint(keys: KeyPath, error: ErrorDetails, remedies: Remedies | None) -> Complaint:
    if error["type"] == "extra_forbidden":
        remedy = "" if remedies is None else remedies.of_unknown_key(keys)
        return Complaint(keys, "unknown key", remedy, of_key=True)
    right = f"{phrase_at(keys)} is right"
    if error["type"] == "missing" and isinstance(error["loc"][-1], str):
        return Complaint(keys, "missing", right)
    remedy = "" if remedies is None else remedies.of_value(keys)
    return Complaint(keys, f"{_shown(error)} {_fact(error)}", remedy or right)


def _fact(error: ErrorDetails) -> str:
    kind, value = error["type"], error["input"]
    if kind in _EMPTY and not value:
        return "is empty"
    if kind in _RANGE:
        return "is out of range"
    if kind in _UNREADABLE:
        return "cannot be read"
    if kind in _CHOICE and isinstance(value, str):
        return "is not a choice"
    if kind in _ENTRIES and isinstance(value, list | dict):
        return f"has {len(value)} entries" if len(value) != 1 else "has 1 entry"
    return f"is {kind_of(value)}"


def _shown(error: ErrorDetails) -> str:
    text = json.dumps(error["input"], ensure_ascii=False, default=lambda _: "…")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
