"""The numbers of a head by the names that specs give them, and what figures call them.

>>> NUMBERS["sink"]
NumberName(title='weight on the first token', is_share=True)
>>> span_in("share(needle)"), title_of("share(needle)")
('needle', 'weight on needle')
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from paperfig.values.statistics import HeadStatistics

SHARE = r"^share\(.+\)$"
"""What the weight on a named span is called."""

_UNDERSCORED = ("self",)  # which Python keeps for itself


class NumberName(NamedTuple):
    """What figures call a number of a head.

    Attributes:
        title: at axes and in captions.
        is_share: whether it is from 0 to 1.
    """

    title: str
    is_share: bool = True


NUMBERS: Mapping[str, NumberName] = {
    "normalised_entropy": NumberName("normalised entropy"),
    "effective_keys": NumberName("effective keys", is_share=False),
    "confidence": NumberName("largest weight"),
    "distance": NumberName("distance over that of uniform weights", is_share=False),
    "offset_weight": NumberName("weight at the strongest offset"),
    "content": NumberName("content dependence"),
    "self": NumberName("weight on the own token"),
    "previous": NumberName("weight on the previous token"),
    "recent": NumberName("weight on recent tokens"),
    "sink": NumberName("weight on the first token"),
    "induction": NumberName("induction score"),
    "duplicate": NumberName("weight on duplicates"),
    "row_std": NumberName("row deviation"),
    "learned_sink": NumberName("weight on the learned sink"),
}
"""Each number of `HeadStatistics` that there is of every head, as `paperfig show` has it."""


def span_in(name: str) -> str | None:
    """The span of ``share(SPAN)``; None of another name."""
    return name[len("share(") : -1] if re.fullmatch(SHARE, name) else None


def title_of(name: str) -> str:
    """What figures call a number; what is no name of ours is its own."""
    span = span_in(name)
    if span is not None:
        return f"weight on {span}"
    return NUMBERS[name].title if name in NUMBERS else name


def is_share(name: str) -> bool:
    """Whether a number is from 0 to 1."""
    return span_in(name) is not None or (name in NUMBERS and NUMBERS[name].is_share)


def number_of(head: HeadStatistics, name: str) -> float | None:
    """A head's number; None where no query has it, or there is no such span."""
    if span_in(name) is not None:
        return head.named.get(name)
    number: float | None = getattr(head, f"{name}_" if name in _UNDERSCORED else name)
    return number
