"""Scalars as their keys want them: a text, a number, a truth value.

YAML tells them apart by their looks alone, and a commit's `58899e0` looks like a number. What
was written is kept, so that where only a text is wanted it is the text; and a number in quotes
is a number where only that is wanted. What stays open is a fault, with the ways to write it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from paperfig.specs.nodes import REFUSED, KeyPath, Node
from paperfig.specs.remedies import right_at
from paperfig.specs.rules import Complaint
from paperfig.specs.scalars import Surprise, in_quotes, is_empty, read_scalar, write_scalar
from paperfig.specs.shape import Schema, fits, forms_at, keys_at, kind_of


class Read(NamedTuple):
    """A value as its key wants it, and what is wrong with the scalars that are refused."""

    node: Node
    complaints: tuple[Complaint, ...] = ()


def as_wanted(node: Node, keys: KeyPath = ()) -> Read:
    """What stands at ``keys`` with its scalars read as their keys want them.

    A scalar with a complaint is refused, so that nothing else is said of it.
    """
    if isinstance(node.value, dict):
        return _mapping(node, keys)
    if isinstance(node.value, list):
        entries = [as_wanted(entry, (*keys, index)) for index, entry in enumerate(node.value)]
        complaints = tuple(told for entry in entries for told in entry.complaints)
        return Read(node.with_value([entry.node for entry in entries]), complaints)
    if node.value is REFUSED:
        return Read(node)
    return _scalar(node, keys)


def _mapping(node: Node, keys: KeyPath) -> Read:
    entries, complaints = dict(node.entries), list[Complaint]()
    for key, entry in node.entries.items():
        inner = (*keys, key)
        if is_empty(entry.value) and forms_at(inner):
            stray = [
                name
                for name in _not_indented(node, inner)
                if entries[name].value is not REFUSED
            ]
            entries |= {name: node.entries[name].with_value(REFUSED) for name in (key, *stray)}
            complaints.append(_empty(inner, stray))
        elif entries[key] is entry:
            entries[key], told = as_wanted(entry, inner)
            complaints += told
    return Read(node.with_value(entries), tuple(complaints))


def _not_indented(node: Node, keys: KeyPath) -> list[str]:
    """The keys of a mapping that belong to an empty one among them, and stand beside it."""
    known, inside = keys_at(keys[:-1]), keys_at(keys)
    return [name for name in node.entries if name in inside and name not in known]


def _empty(keys: KeyPath, stray: Sequence[str]) -> Complaint:
    remedy = (
        f"indent {', '.join(stray)} below it" if stray else "give a value, or leave the key out"
    )
    return Complaint(keys, "is empty", remedy)


def _scalar(node: Node, keys: KeyPath) -> Read:
    forms, value, written = forms_at(keys), node.value, node.written
    if not forms or (not isinstance(value, Surprise) and _fits(forms, value)):
        return Read(node)
    if written is None:
        return Read(node.with_value(_number_in_quotes(value, forms)))
    meant = value.meant if isinstance(value, Surprise) else _whole(value)
    is_text = _fits(forms, written)
    if (
        is_text
        and not isinstance(value if meant is None else meant, bool)
        and _only_texts(forms)
    ):
        return Read(node.with_value(written))
    ways = [f"write {write_scalar(meant)}"] if meant is not None and _fits(forms, meant) else []
    ways += [f"{'' if ways else 'write '}{in_quotes(written)} in quotes"] if is_text else []
    if not isinstance(value, Surprise) and (
        not ways or (meant is None and not _only_texts(forms))
    ):
        return Read(node)
    what = value.what if isinstance(value, Surprise) else f"is {kind_of(value)}"
    remedy = ", or ".join(ways) if ways else right_at(keys)
    complaint = Complaint(keys, f"{written} {what}".strip(), remedy)
    return Read(node.with_value(REFUSED), (complaint,))


def _fits(forms: Sequence[Schema], value: Any) -> bool:
    return any(fits(form, value) for form in forms)


def _only_texts(forms: Sequence[Schema]) -> bool:
    """Whether a scalar at a key can be nothing but a text."""
    return {form.get("type", "object") for form in forms} <= {"string", "object"}


def _whole(value: Any) -> int | None:
    """The whole number that a number with a point is."""
    return int(value) if isinstance(value, float) and value.is_integer() else None


def _number_in_quotes(value: Any, forms: Sequence[Schema]) -> Any:
    """The number that a text in quotes is, where only that is right; else the text."""
    number = read_scalar(value) if isinstance(value, str) else value
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    return number if is_number and _fits(forms, number) else value
