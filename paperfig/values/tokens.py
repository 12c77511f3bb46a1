r"""The tokens along one axis of a map.

>>> tokens = Tokens(labels=("The", " lamp", "\n"), spans={"lamp": (1, 1)})
>>> len(tokens), tokens.labels[1]
(3, ' lamp')
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from jaxtyping import Int64

CONTINUED = "\ud800"
"""Stands for the rest of a character that a token shares; no text has it, as it is none."""

BYTES = re.compile("(<[0-9A-F]{2}(?: [0-9A-F]{2})*>)")
"""What labels show of a token's bytes that are no whole character."""

Span = tuple[int, int]
"""The first and the last of neighbouring positions, counted from 0; both belong to it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tokens:
    r"""The tokens along one axis: the queries of a map, or its keys.

    Attributes:
        labels: one display string a token, decoded from the token's bytes: white space
            raw (`` the``, ``\n``), bytes that are no whole character as ``<F0 9F>``,
            special tokens by their name, unknown ones as ``UNK``; of several texts
            together the positions.
        ids: the ids that the model is given; None where a position has several.
        text: the decoded text of all tokens together, character for character, without the
            special tokens around it; None where the ids have no text, or there are several.
        offsets: where in the text each token lies: its first character, and the one behind
            its last; equal for one that is none of it. None where that is not known.
        segments: the segment of each token, in a model that is given several.
        spans: stretches that have a name.
        given: the strings that the tokens were given as, of which labels show a reading
            (`` the`` for ``Ġthe``); None where they came as ids, or not at all.

    Raises:
        ValueError: there is no token; ids, offsets, segments or given strings are not one
            for each; or a span lies beyond them.
    """

    labels: tuple[str, ...]
    ids: Int64[np.ndarray, " token"] | None = None
    text: str | None = None
    offsets: Int64[np.ndarray, "token 2"] | None = None
    segments: tuple[int, ...] | None = None
    spans: Mapping[str, Span] = field(default_factory=dict)
    given: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        count = len(self.labels)
        if not count:
            raise ValueError("an axis has at least one token")
        for name in ("ids", "offsets", "segments", "given"):
            values = getattr(self, name)
            if values is not None and len(values) != count:
                raise ValueError(f"{count} tokens for {len(values)} {name}; one each is right")
        for name, (first, last) in self.spans.items():
            if not 0 <= first <= last < count:
                raise ValueError(f"span {name!r} is [{first}, {last}] of {count} tokens")

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, span: Span) -> "Tokens":
        """A stretch of them as an axis of its own; of named spans what lies in it.

        Example:
            >>> tokens = Tokens(
            ...     labels=("The", " lamp", " went", "."),
            ...     text="The lamp went.",
            ...     offsets=np.array([[0, 3], [3, 8], [8, 13], [13, 14]]),
            ...     spans={"end": (2, 3)},
            ... )
            >>> part = tokens.part((1, 2))
            >>> part.labels, part.text, part.offsets.tolist(), dict(part.spans)
            ((' lamp', ' went'), ' lamp went', [[0, 5], [5, 10]], {'end': (1, 1)})
        """
        first, last = span
        kept = slice(first, last + 1)
        text, offsets = self.text, None if self.offsets is None else self.offsets[kept]
        if text is not None and offsets is not None:
            begin, end = int(offsets[:, 0].min()), int(offsets[:, 1].max())
            text, offsets = text[begin:end], offsets - begin
        cut = {name: within(ends, span) for name, ends in self.spans.items()}
        return Tokens(
            labels=self.labels[kept],
            ids=None if self.ids is None else self.ids[kept],
            text=None if offsets is None else text,
            offsets=offsets,
            segments=None if self.segments is None else self.segments[kept],
            spans={name: ends for name, ends in cut.items() if ends},
            given=None if self.given is None else self.given[kept],
        )

    @property
    def spelled(self) -> tuple[str, ...]:
        """The labels, but a character that several tokens share stands whole at the first.

        The others have `CONTINUED` in its place. Bytes remain where the text begins or ends
        within a character, and where it is not known what text the tokens make.

        Example:
            >>> tokens = Tokens(
            ...     labels=("a", " <E5 91>", "<A8>s"),
            ...     text="a 周s",
            ...     offsets=np.array([[0, 1], [1, 3], [2, 4]]),
            ... )
            >>> [label.replace(CONTINUED, "·") for label in tokens.spelled]
            ['a', ' 周', '·s']
        """
        if self.text is None or self.offsets is None:
            return self.labels
        shown, behind = list(self.labels), 0
        for place, (first, last) in enumerate(self.offsets.tolist()):
            if first < last and BYTES.search(self.labels[place]):
                rest = CONTINUED if first < behind else ""
                shown[place] = rest + self.text[max(first, behind) : last]
            behind = max(behind, last)
        return tuple(shown)

    @property
    def identities(self) -> Int64[np.ndarray, " token"] | None:
        """Numbers that are equal where tokens are: by them repetitions are found.

        The ids; without them, for each string as it was given the place where it stands
        first. Labels would not do, since those of two tokens may be equal: ``the`` and
        ``##the`` both show ``the``. None where neither is known: positions have none.

        Example:
            >>> tokens = Tokens(labels=("the", "the", "the"), given=("the", "##the", "the"))
            >>> tokens.identities.tolist(), positions(3).identities
            ([0, 1, 0], None)
        """
        if self.ids is not None or self.given is None:
            return self.ids
        first: dict[str, int] = {}
        places = [first.setdefault(string, at) for at, string in enumerate(self.given)]
        return np.array(places, dtype=np.int64)


def within(span: Span, other: Span) -> Span | None:
    """What of a span lies in another, counted from that one's first; None for nothing.

    >>> within((2, 6), (4, 9)), within((0, 3), (4, 9))
    ((0, 2), None)
    """
    first, last = max(span[0], other[0]), min(span[1], other[1])
    return (first - other[0], last - other[0]) if first <= last else None


def positions(count: int, spans: Mapping[str, Span] = MappingProxyType({})) -> Tokens:
    """An axis of which only the positions are known, counted from 0."""
    return Tokens(labels=tuple(map(str, range(count))), spans=dict(spans))


def same_tokens(queries: Tokens, keys: Tokens) -> bool:
    """Whether two axes are of the same text: then a query has a key of its own."""
    return queries is keys or (
        queries.labels == keys.labels
        and queries.given == keys.given
        and _equal(queries.ids, keys.ids)
    )


def _equal(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.array_equal(one, other))
