"""What would be right in the place of a fault; each is tried before it is said."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from paperfig.specs.field_words import (
    COUNTED_FROM_0,
    EXAMPLES,
    KEY_WORDS,
    MEMBER_OF_MAPPING,
    NOTES,
    OF_NEGATIVE,
    OF_NO_KEY,
    VALUE_WORDS,
)
from paperfig.specs.nodes import (
    KeyPath,
    Node,
    dotted,
    is_inside,
    value_at,
    with_value_at,
    without_at,
)
from paperfig.specs.not_built import is_built
from paperfig.specs.rules import Complaint
from paperfig.specs.scalars import Surprise, is_empty, read_scalar, write_flow
from paperfig.specs.shape import either, fits, forms_at, keys_at, mappings, nearest, phrase_at

_LONGEST = 60
_MOST_WAYS = 2
_MISSPELT = 0.8  # as alike a word of another mapping has to be
_WITHOUT_COLON = re.compile(r"(\w+)(?: *[:=]| ) *(.+)")


@lru_cache(maxsize=1024)
def meant_by(keys: KeyPath) -> tuple[KeyPath, ...]:
    """The keys that an unknown one may stand for, the likeliest first."""
    word, beside = str(keys[-1]), keys_at(keys[:-1])
    near = nearest(word, [key for key in beside if key != word])
    meant = [KEY_WORDS[word]] if word in KEY_WORDS else []
    meant += [(*home, word) for home in mappings() if word in keys_at(home)]
    meant += [(*keys[:-1], near)] if near else []
    for home in mappings():
        near = nearest(word, keys_at(home), _MISSPELT)
        meant += [(*home, near)] if near else []
    return tuple(dict.fromkeys(other for other in meant if other != keys and is_built(other)))


def right_at(keys: KeyPath) -> str:
    """What is right for a key, with an example where it is a mapping."""
    example = EXAMPLES.get(tuple(0 if isinstance(key, int) else key for key in keys))
    return f"{phrase_at(keys)} is right" + (f", such as {example}" if example else "")


class Remedies:
    """Changes of one spec, each tried on the whole of it.

    Args:
        node: the spec.
        faults_of: what is wrong with a spec, for one that is changed.
    """

    def __init__(self, node: Node, faults_of: Callable[[Node], Iterable[Complaint]]) -> None:
        path = value_at(node, ("checkpoint",))
        whole = {"path": path} if isinstance(path, str) else path
        self._node = node if path is whole else with_value_at(node, ("checkpoint",), whole)
        self._faults_of = faults_of

    def of_unknown_key(self, keys: KeyPath) -> str:
        """What an unknown key may have been meant for."""
        word, value = str(keys[-1]), value_at(self._node, keys)
        if len(keys) == 1 and word in OF_NO_KEY:
            return OF_NO_KEY[word]
        if is_empty(value):
            for inner in self._without_colon(word, keys[:-1], instead=keys):
                return f"a colon and a blank are missing, as in {{{write_flow(inner)[1:-1]}}}"
        meant = meant_by(keys)
        for other in meant:
            for put in (value, [value]):
                if self._helps(other, put, instead=keys):
                    return _said(keys, other, put, is_changed=put is not value)
        for target, put in self._layers_as_heads(value) if ("layer",) in meant else ():
            if self._helps(target, put, instead=keys):
                return f"heads of several layers are {_nested(target, put)}"
        if meant:
            beside = meant[0][:-1] == keys[:-1]
            named = str(meant[0][-1]) if beside else dotted(meant[0])
            return f"did you mean {named}? {phrase_at(meant[0])} is right there"
        known = [key for key in keys_at(keys[:-1]) if key != word]
        return f"known are {', '.join(known)}"

    def of_value(self, keys: KeyPath) -> str:
        """What a value that is not right may have been meant for; empty where nothing helps."""
        value = value_at(self._node, keys)
        word = VALUE_WORDS.get(keys, {}).get(value) if isinstance(value, str | bool) else None
        if word is not None and not is_built(keys, word):
            return f"it is {word} here, not built yet; {phrase_at(keys)} is right"
        put = [value] if word is None else word
        if self._helps(keys, put):
            return f"write {write_flow(put)}"
        for target, put in self._layers_as_heads(value) if keys == ("layer",) else ():
            if self._helps(target, put, instead=keys):
                return f"heads of several layers are {_nested(target, put)}"
        if any(form.get("type") == "object" for form in forms_at(keys)):
            return self._of_mapping(keys, value)
        is_negative = isinstance(value, int | float) and value < 0
        note = OF_NEGATIVE if is_negative and keys in COUNTED_FROM_0 else NOTES.get(keys)
        return f"{phrase_at(keys)} is right ({note})" if note else ""

    def _of_mapping(self, keys: KeyPath, value: Any) -> str:
        ways = [way for way in self._mappings_of(keys, value) if self._helps(keys, way)]
        if 0 < len(ways) <= _MOST_WAYS:
            return f"write {either(dict.fromkeys(map(write_flow, ways)))}"
        return right_at(keys)

    def _mappings_of(self, keys: KeyPath, value: Any) -> Iterator[dict[str, Any]]:
        """Mappings that a value may have been meant for that stands in the place of one."""
        members = keys_at(keys)
        if isinstance(value, list | dict):
            return
        if isinstance(value, str):
            yield from self._without_colon(value, keys)
            if value in members:
                yield {value: True}
        texts = MEMBER_OF_MAPPING.get(keys, ())
        choices = [member for member in members if _is_chosen((*keys, member), value)]
        free = [
            text for text in texts[: None if " " not in str(value) else 1] if text in members
        ]
        free = free if isinstance(value, str) else []
        yield from ({member: value} for member in (choices or free))

    def _without_colon(
        self, text: str, keys: KeyPath, instead: KeyPath | None = None
    ) -> Iterator[dict[str, Any]]:
        """The entry that a text is without its colon, or without the blank after it."""
        parts = _WITHOUT_COLON.fullmatch(text)
        if parts is not None and parts[1] in keys_at(keys):
            read = read_scalar(parts[2])
            value = read.text if isinstance(read, Surprise) else read
            if self._helps((*keys, parts[1]), value, instead=instead):
                yield {parts[1]: value}

    def _layers_as_heads(self, layers: Any) -> Iterator[tuple[KeyPath, list[str]]]:
        """Several layers and the spec's heads as references."""
        head = value_at(self._node, ("head",))
        heads = head if isinstance(head, list) else [head]
        numbers = [*layers, *heads] if isinstance(layers, list) else []
        if numbers and all(isinstance(number, int) for number in numbers):
            yield ("head",), [f"L{layer}H{one}" for layer in layers for one in heads]

    def _helps(self, keys: KeyPath, value: Any, instead: KeyPath | None = None) -> bool:
        """Whether a value at a key is right there, and nothing new is wrong elsewhere."""
        changed = self._node if instead is None else without_at(self._node, instead)
        faults = _places(self._faults_of(with_value_at(changed, keys, value)))
        return not any(is_inside(place, {keys}) for place in faults) and faults <= self._faults

    @cached_property
    def _faults(self) -> set[KeyPath]:
        return _places(self._faults_of(self._node))


def _places(faults: Iterable[Complaint]) -> set[KeyPath]:
    return {fault.keys for fault in faults}


def _is_chosen(keys: KeyPath, value: Any) -> bool:
    """Whether a value is one of a key's choices, or of its form; any text is not."""
    bounded = ("enum", "const", "pattern", "minimum", "exclusiveMinimum")
    return any(
        fits(form, value) and any(map(form.__contains__, bounded)) for form in forms_at(keys)
    )


def _said(keys: KeyPath, meant: KeyPath, value: Any, *, is_changed: bool) -> str:
    beside = meant[:-1] == keys[:-1]
    if beside and not is_changed:
        return f"did you mean {meant[-1]}?"
    written = _nested(meant[-1:] if beside else meant, value)
    return f"write {written}" if len(written) <= _LONGEST else f"its key is {dotted(meant)}"


def _nested(keys: KeyPath, value: Any) -> str:
    """``style: {width: page}``, to be pasted."""
    first, *rest = keys
    for key in reversed(rest):
        value = {key: value}
    return f"{first}: {write_flow(value)}"
