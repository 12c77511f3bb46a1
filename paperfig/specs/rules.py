"""Rules between the keys of a spec: what one key asks of another.

The tables here also enter the JSON Schema for editors. Rules read plain data that may
still hold wrong values; about those they say nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from paperfig.kinds import keys_of_positions
from paperfig.specs.nodes import KeyPath
from paperfig.specs.not_built import is_built
from paperfig.specs.shape import either, keys_at, nearest, phrase_at
from paperfig.values.bounds import outside


class Complaint(NamedTuple):
    """What is wrong under a key, and what would be right there.

    Attributes:
        of_key: whether the key itself is out of place, rather than its value.
    """

    keys: KeyPath
    what: str
    remedy: str
    of_key: bool = False


_OF_WEIGHTS = ("family", "config", "state", "ignore", "code", "adapter", "trained")
"""Keys that say how a model's weights are read: of attention itself there is nothing to say."""

# Of these keys of a mapping exactly one is given.
ONE_OF: Mapping[str, tuple[str, ...]] = {
    "checkpoint": ("path", "recorded", "hub"),
    "excerpt": ("text", "dataset", "random", "ids", "segments"),
    "tokenizer": ("name", "base"),
}
# None of them is needed where this key is given.
ALONE: Mapping[str, str] = {"checkpoint": "adapter"}
# Of each of these groups at most one.
AT_MOST_ONE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "checkpoint": (
        *(("adapter", key) for key in ("hub", "family", "config")),
        *(("recorded", key) for key in _OF_WEIGHTS),
    ),
    "excerpt": (("start", "row", "rows", "find", "count"), ("row", "rows", "join")),
    "tokenizer": (("base", "alphabet"),),
}
# A key, and the keys that it goes with: one of them is given.
GOES_WITH: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "checkpoint": {
        "revision": ("hub",),
        "code": ("adapter", "family"),
        "sha256": ("path", "recorded"),
        "name_latex": ("name",),
    },
    "tokenizer": {"base": ("vocabulary",), "vocabulary": ("base",), "size": ("name",)},
    "excerpt": {
        **dict.fromkeys(
            ("config", "split", "field", "start", "row", "rows", "find", "join", "clean"),
            ("dataset",),
        ),
        **dict.fromkeys(("nth", "before"), ("find",)),
        "name": ("text", "dataset", "ids"),
        "repeat": ("random",),
        "seed": ("random", "count"),
        "count": ("dataset", "random"),
        "bos": ("text", "dataset", "random"),
    },
}


def complaints(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Every rule that a spec breaks."""
    for name in ONE_OF:
        if isinstance(data.get(name), Mapping):
            yield from _companions(name, data[name])
    yield from _text(data)
    yield from _heads(data)
    style, excerpt, caption = (_mapping(data, key) for key in ("style", "excerpt", "caption"))
    yield from _limits(style)
    yield from _positions(data)
    yield from _labels(style, excerpt)
    yield from _rows(excerpt)
    yield from _variables(_mapping(caption, "vars"))


def _text(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """An excerpt: of every figure but those of attention whose tokens are recorded with it."""
    is_recorded = "recorded" in _mapping(data, "checkpoint")
    if not is_recorded and "excerpt" not in data:
        yield Complaint(("excerpt",), "missing", f"{phrase_at(('excerpt',))} is right")
    for key in ("excerpt", "tokenizer") if is_recorded else ():
        if key in data:
            what = "given beside checkpoint.recorded, whose file has the tokens"
            yield Complaint((key,), what, "leave it out", of_key=True)


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _companions(name: str, mapping: Mapping[str, Any]) -> Iterator[Complaint]:
    given = [key for key in ONE_OF[name] if key in mapping]
    strange = [key for key in mapping if key not in keys_at((name,))]
    misspelt = any(nearest(key, ONE_OF[name]) for key in strange)
    if not given and not misspelt and ALONE.get(name) not in mapping:
        choices = [key for key in ONE_OF[name] if is_built((name, key))]
        right = "exactly one is right" if len(choices) > 1 else "give it"
        yield Complaint((name,), f"{either(choices)} is missing", right)
    yield from _only_first(name, given)
    for group in AT_MOST_ONE.get(name, ()):
        yield from _only_first(name, [key for key in group if key in mapping])
    for key, partners in GOES_WITH[name].items():
        if key in mapping and not any(partner in mapping for partner in partners):
            what = f"goes with {either(partners)}, which is not given"
            others = [other for other in ONE_OF[name] if other != key]
            in_place = f"give that, or {either(others)} in place of {key}"
            right = in_place if given == [key] else "leave it out"
            yield Complaint((name, key), what, right, of_key=True)


def _only_first(name: str, given: list[str]) -> Iterator[Complaint]:
    for key in given[1:]:
        yield Complaint((name, key), f"given beside {given[0]}", "keep one", of_key=True)


def _heads(data: Mapping[str, Any]) -> Iterator[Complaint]:
    head = data.get("head")
    heads = head if isinstance(head, list) else [head]
    references = [entry for entry in heads if isinstance(entry, str) and entry[:1] == "L"]
    if references and "layer" in data:
        what = f"given beside head: {references[0]}, which names its layer"
        yield Complaint(("layer",), what, "leave layer out", of_key=True)
    if references and any(_is_whole(entry) for entry in heads):
        what = "mixes numbers and references"
        yield Complaint(("head",), what, "all as 3, or all as L0H3, is right")
    for index, entry in enumerate(heads):
        if (_is_whole(entry) or isinstance(entry, str)) and entry in heads[:index]:
            yield Complaint(("head", index), f"{entry} again", "each head once is right")


def _limits(style: Mapping[str, Any]) -> Iterator[Complaint]:
    limits = style.get("limits")
    if not _is_pair(limits):
        return
    low, high = limits
    is_relative = style.get("scale") == "relative"
    for index, end in enumerate(limits):
        if end > 1 and not is_relative:
            what, right = f"{end} is out of range", "a number from 0 to 1 is right"
            yield Complaint(("style", "limits", index), what, right)
    if low >= high:
        what = f"[{low}, {high}] does not rise"
        yield Complaint(("style", "limits"), what, "[a, b] with a below b is right")
    elif is_relative and not 0 < low < 1 < high:
        what = f"[{low}, {high}] is not around 1, as a relative scale is"
        yield Complaint(("style", "limits"), what, "such as [0.25, 4] is right")
    elif style.get("scale") == "log" and low <= 0:
        what = f"begin at {low}, which a log scale does not show"
        yield Complaint(("style", "limits"), what, "a lower limit above 0 is right")


def _is_pair(value: Any) -> TypeGuard[list[float]]:
    return (
        isinstance(value, list)
        and len(value) == 2  # noqa: PLR2004 - that is what a pair is
        and all(isinstance(end, int | float) and not isinstance(end, bool) for end in value)
    )


def _positions(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Positions among the excerpt's tokens that are none, as far as the spec tells."""
    excerpt = _mapping(data, "excerpt")
    spans = _mapping(excerpt, "spans")
    for keys, position in _every_position(data):
        is_name = isinstance(position, str) and position in spans and keys[0] != "excerpt"
        is_phrase = isinstance(position, str | Mapping) and not is_name
        if is_phrase and several_excerpts(excerpt):
            what = "a phrase has no one place in several excerpts"
            yield Complaint(keys, what, "an index or [first, last] is right")
        if _counts_from_the_end(position) and "rows" in excerpt and "length" not in excerpt:
            what = "it counts from the end, which is not one place in rows of any length"
            yield Complaint(keys, what, "an index from 0, or `length` beside rows, is right")
        yield from _range(keys, position, excerpt.get("length"))


def several_excerpts(excerpt: Mapping[str, Any]) -> str | None:
    """The key by which an excerpt is several, where it is."""
    return next((key for key in ("count", "rows") if key in excerpt), None)


def _counts_from_the_end(position: Any) -> bool:
    ends = position if isinstance(position, list) else [position]
    return any(_is_whole(end) and end < 0 for end in ends)


def _every_position(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    for name, position in _mapping(_mapping(data, "excerpt"), "spans").items():
        yield ("excerpt", "spans", name), position
    hidden = _mapping(data, "mask").get("hide_keys")
    for index, position in enumerate(hidden if isinstance(hidden, list) else ()):
        yield ("mask", "hide_keys", index), position
    for key in keys_of_positions():
        yield (key,), data.get(key)
    style = _mapping(data, "style")
    marks = style.get("mark")
    for index, mark in enumerate(marks if isinstance(marks, list) else ()):
        yield from _of_both(("style", "mark", index), mark)
    zoom = style.get("zoom")
    is_position = not isinstance(zoom, Mapping) or "find" in zoom
    yield from [(("style", "zoom"), zoom)] if is_position else _of_both(("style", "zoom"), zoom)


def _of_both(keys: KeyPath, block: Any) -> Iterator[tuple[KeyPath, Any]]:
    """Of a mark or a window the position of its queries, and of its keys."""
    for key, position in block.items() if isinstance(block, Mapping) else ():
        yield (*keys, key), position


def _range(keys: KeyPath, position: Any, length: Any) -> Iterator[Complaint]:
    """An index or a range; an end that is negative counts from the last token."""
    ends = position if isinstance(position, list) else [position]
    if not all(map(_is_whole, ends)):
        return
    count = length if _is_whole(length) and length > 0 else None
    faults = [fault for end in ends if count and (fault := outside(end, count))]
    places = [end % count if count else end for end in ends]
    from_one_side = count or len({end < 0 for end in ends}) == 1
    if faults:
        yield Complaint(keys, *faults[-1])
    elif from_one_side and places != sorted(places):
        what = f"[{', '.join(map(str, ends))}] runs backwards"
        yield Complaint(keys, what, "[first, last] is right")


def _labels(style: Mapping[str, Any], excerpt: Mapping[str, Any]) -> Iterator[Complaint]:
    if style.get("labels") == "tokens" and several_excerpts(excerpt):
        what = "a position of several excerpts has no one token"
        yield Complaint(("style", "labels"), what, "auto, index or none is right")


def _rows(excerpt: Mapping[str, Any]) -> Iterator[Complaint]:
    """A range of rows that is none, or of one."""
    rows = excerpt.get("rows")
    if not _is_pair(rows) or not all(_is_whole(row) and row >= 0 for row in rows):
        return
    first, last = rows
    if first > last:
        what = f"[{first}, {last}] runs backwards"
        yield Complaint(("excerpt", "rows"), what, "[first, last] is right")
    elif first == last:
        what, right = "one row is one excerpt", f"`row: {first}` is right"
        yield Complaint(("excerpt", "rows"), what, right)


def _variables(names: Mapping[str, Any]) -> Iterator[Complaint]:
    for name in names:
        if not (name.isascii() and name.isidentifier()):
            what, right = "not a name for a template", "letters, digits and _ are right"
            yield Complaint(("caption", "vars", name), what, right, of_key=True)
