"""Merged nodes as a `FigureSpec`, or every fault that keeps them from being one."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from paperfig.spec.kinds import KINDS, is_built, kinds_with, not_built
from paperfig.spec.nodes import (
    REFUSED,
    Fault,
    Keys,
    Node,
    child,
    dotted,
    place_of,
    plain,
    refused,
)
from paperfig.spec.rules import Complaint, complaints
from paperfig.spec.schema import FigureSpec
from paperfig.spec.shape import either, keys_at, phrase_at

_SHOWN = 40
_TYPE_WORDS: Mapping[type, str] = {
    bool: "a truth value",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a mapping",
}
_RANGE = {"greater_than", "greater_than_equal", "less_than_equal", "finite_number"}
_EMPTY = {"string_too_short", "too_short"}
_ENTRIES = {"missing", "too_long"}
_UNREADABLE = {"string_pattern_mismatch"}
_CHOICE = {"literal_error"}


def check(node: Node) -> tuple[FigureSpec | None, tuple[Fault, ...]]:
    """The spec in a merged and expanded mapping, or all its faults, each with its place."""
    data = plain(node)
    closed = refused(node)
    found = list(_unbuilt(data))
    if all(complaint.keys != ("figure",) for complaint in found):
        spec, wrong = _validated(data, node)
        found += [*_of_kind(data), *complaints(data), *wrong]
        if spec is not None and not found and not closed:
            return spec, ()
    return None, tuple(_fault(node, complaint) for complaint in _first_of_each(found, closed))


def _fault(node: Node, complaint: Complaint) -> Fault:
    place = place_of(node, complaint.keys, of_key=complaint.of_key)
    return Fault(place, f"{dotted(complaint.keys)}: {complaint.what}", complaint.remedy)


def _first_of_each(found: Iterable[Complaint], closed: Iterable[Keys]) -> list[Complaint]:
    """One complaint a key, the first; none about or inside what has a fault of its own."""
    kept: dict[Keys, Complaint] = {}
    silent = set(closed)
    for complaint in found:
        if all(
            complaint.keys[:depth] not in silent for depth in range(len(complaint.keys) + 1)
        ):
            kept.setdefault(complaint.keys, complaint)
            silent |= {complaint.keys} if complaint.of_key else set()
    return list(kept.values())


def _unbuilt(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for keys, value in not_built(data):
        if is_built(keys):
            shown = "a list" if isinstance(value, list) else value
            yield Complaint(keys, f"{shown} is not built yet", f"{phrase_at(keys)} is right")
        else:
            yield Complaint(keys, "not built yet", "leave it out", of_key=True)


def _of_kind(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Keys of other kinds, and keys that this kind cannot do without."""
    kind = data.get("figure", "map")
    row = KINDS.get(kind) if isinstance(kind, str) else None
    if row is None:
        return
    for key in data:
        if key not in row.allowed and kinds_with(key):
            others = kinds_with(key)
            built = (
                ""
                if any(is_built(("figure",), other) for other in others)
                else ", not built yet"
            )
            what = f"not a key of {kind} but of {either(others)}{built}"
            yield Complaint((key,), what, "leave it out", of_key=True)
    meant = {_nearest(key, row.allowed) for key in data if key not in row.allowed}
    for key in row.required:
        if key not in data and key not in meant:
            yield Complaint((key,), "missing", f"{phrase_at((key,))} is right")


def _validated(
    data: Mapping[str, Any], node: Node
) -> tuple[FigureSpec | None, list[Complaint]]:
    try:
        return FigureSpec.model_validate(data, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, list(_translated(error.errors(include_url=False), node))


def _translated(errors: Iterable[ErrorDetails], node: Node) -> Iterator[Complaint]:
    """One complaint a key: of a union's branches, the one that says most."""
    found: dict[Keys, ErrorDetails] = {}
    for error in errors:
        keys = _keys_of(error, node)
        if keys not in found or _rank(error) < _rank(found[keys]):
            found[keys] = error
    for keys, error in found.items():
        deeper = any(other != keys and other[: len(keys)] == keys for other in found)
        if (
            not deeper
            and error["input"] is not REFUSED
            and (len(keys) > 1 or error["type"] != "missing")
        ):
            yield _complaint(keys, error)


def _keys_of(error: ErrorDetails, node: Node) -> Keys:
    """The keys that lead to the value, without pydantic's names for a union's branches."""
    *way, last = error["loc"]
    keys: Keys = ()
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


def _complaint(keys: Keys, error: ErrorDetails) -> Complaint:
    if error["type"] == "extra_forbidden":
        return _unknown(keys)
    right = f"{phrase_at(keys)} is right"
    if error["type"] == "missing" and isinstance(error["loc"][-1], str):
        return Complaint(keys, "missing", right)
    return Complaint(keys, f"{_shown(error)} {_fact(error)}", right)


def _unknown(keys: Keys) -> Complaint:
    known = keys_at(keys[:-1])
    nearest = _nearest(str(keys[-1]), known)
    remedy = f"did you mean {nearest}?" if nearest else f"known are {', '.join(known)}"
    return Complaint(keys, "unknown key", remedy, of_key=True)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, list(known), 1)), None)


def _fact(error: ErrorDetails) -> str:
    kind, value = error["type"], error["input"]
    if kind in _EMPTY:
        return "is empty"
    if kind in _RANGE:
        return "is out of range"
    if kind in _UNREADABLE:
        return "cannot be read"
    if kind in _CHOICE and isinstance(value, str):
        return "is not a choice"
    if kind in _ENTRIES and isinstance(value, list):
        return f"has {len(value)} entries" if len(value) != 1 else "has 1 entry"
    return f"is {_TYPE_WORDS.get(type(value), 'not right')}"


def _shown(error: ErrorDetails) -> str:
    text = json.dumps(error["input"], ensure_ascii=False, default=lambda _: "…")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
