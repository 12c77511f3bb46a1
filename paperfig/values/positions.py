r"""Positions among tokens: an index, a range, a phrase of their text, or a span's name.

>>> import numpy as np
>>> tokens = Tokens(
...     labels=("[CLS]", "A", " day", ".", "[SEP]"),
...     text="A day.",
...     offsets=np.array([[0, 0], [0, 1], [1, 5], [5, 6], [6, 6]]),
...     spans={"ends": (3, 4)},
... )
>>> [span_of(it, tokens, where="mark") for it in (-1, (1, 2), "day", "ends")]
[(4, 4), (1, 2), (2, 2), (3, 4)]
"""

import json
import re
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np

from paperfig.errors import ExcerptError
from paperfig.values.bounds import outside
from paperfig.values.tokens import Span, Tokens

_QUOTED = 40
_LISTED = 5


@runtime_checkable
class Phrase(Protocol):
    """A phrase of the text, and which of its occurrences."""

    @property
    def find(self) -> str:
        """Its characters, just as the text has them."""

    @property
    def nth(self) -> int | None:
        """Which occurrence, counted from 1; None for the only one."""


Position = int | tuple[int, int] | str | Phrase
"""An index, −1 for the last; the first and the last of a range; a phrase, or a span's name."""


def span_of(position: Position, tokens: Tokens, *, where: str) -> Span:
    """The tokens that a position means.

    A phrase means every token that holds a character of it, white space at its edges left
    out; occurrences do not overlap. A text that is a span's name means the span, and is an
    error where it also stands outside of it, as whole words.

    Args:
        position: as a spec says it.
        tokens: those that are counted, with their text.
        where: what an error calls the position.

    Raises:
        ExcerptError: it lies beyond the tokens, runs backwards, or does not say which.
    """
    match position:
        case int():
            return _range((position, position), len(tokens), where)
        case tuple():
            return _range(position, len(tokens), where)
        case str():
            return _named(position, tokens, where)
    return _found(position.find, position.nth, tokens, where)


def as_it_stands(phrase: str, text: str) -> str | None:
    """The first place of the phrase in any case and white space, as the text has it."""
    words = [re.escape(word) for word in phrase.split()]
    hit = re.search(r"\s+".join(words), text, re.IGNORECASE) if words else None
    return hit[0] if hit else None


def _range(ends: tuple[int, int], count: int, where: str) -> Span:
    for index in ends:
        if fault := outside(index, count):
            raise ExcerptError(where, *fault)
    first, last = (index % count for index in ends)
    if first > last:
        what = f"[{ends[0]}, {ends[1]}] runs backwards"
        raise ExcerptError(where, what, "[first, last] is right")
    return first, last


def _named(name: str, tokens: Tokens, where: str) -> Span:
    span = tokens.spans.get(name)
    if span is None:
        return _found(name, None, tokens, where)
    words = _hits(name, tokens, rf"(?<!\w){re.escape(name)}(?!\w)")
    others = [(first, last) for first, last in words if first < span[0] or last > span[1]]
    if others:
        raise ExcerptError(
            where,
            f"{name!r} is the span {list(span)}, and a phrase of the text at {_at(others)}",
            f"`{{find: {_written(name)}}}` is the phrase; another name is right for the span",
        )
    return span


def _found(phrase: str, nth: int | None, tokens: Tokens, where: str) -> Span:
    """The tokens of the only occurrence, or of the nth."""
    if tokens.text is None or tokens.offsets is None:
        what = f"{phrase!r} has no place, as it is not known what text these tokens make"
        raise ExcerptError(where, what, "an index or [first, last] is right")
    hits = _hits(phrase, tokens, re.escape(phrase))
    if not hits:
        raise ExcerptError(where, *_missing(phrase, tokens.text, tokens))
    if nth is None and len(hits) > 1:
        raise ExcerptError(
            where,
            f"{phrase!r} stands {len(hits)} times in the excerpt, at {_at(hits)}",
            f"`{{find: {_written(phrase)}, nth: 1}}` is the first",
        )
    if nth is not None and nth > len(hits):
        times = "once" if len(hits) == 1 else f"{len(hits)} times"
        what = f"{phrase!r} stands {times} in the excerpt, at {_at(hits)}"
        raise ExcerptError(where, what, f"`nth` {nth} is too many")
    return hits[(nth or 1) - 1]


def _hits(phrase: str, tokens: Tokens, pattern: str) -> list[Span]:
    """The tokens of each occurrence that the pattern finds."""
    if tokens.text is None or tokens.offsets is None:
        return []
    begins, ends = tokens.offsets.T
    bare = phrase.strip() or phrase
    hits = []
    for match in re.finditer(pattern, tokens.text):
        begin = match.start() + phrase.index(bare)
        covered = np.flatnonzero((begins < begin + len(bare)) & (ends > begin))
        if covered.size:
            hits.append((int(covered[0]), int(covered[-1])))
    return hits


def _missing(phrase: str, text: str, tokens: Tokens) -> tuple[str, str]:
    begin = text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
    what = f"{phrase!r} does not stand in the excerpt, which begins {begin!r}"
    near = as_it_stands(phrase, text)
    names = f", or a span's name ({', '.join(tokens.spans)})," if tokens.spans else ""
    return (
        what,
        f"{near!r} does" if near else f"a phrase just as the text has it{names} is right",
    )


def _written(phrase: str) -> str:
    """As a spec has it, blanks at its edges and all."""
    return json.dumps(phrase, ensure_ascii=False)


def _at(hits: list[Span]) -> str:
    places = [str(first) for first, _ in islice(hits, _LISTED)]
    more = " …" if len(hits) > _LISTED else ""
    return f"token{'s' if len(hits) > 1 else ''} {', '.join(places)}{more}"
