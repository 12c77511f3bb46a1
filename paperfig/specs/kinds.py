"""Which keys each figure kind takes, and what of the spec is not built yet.

A new kind is one row of `KINDS`; building a key means to delete its row of `NOT_BUILT`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paperfig.specs.nodes import Keys
from paperfig.specs.schema import FigureSpec

_EVERY_KIND = tuple(FigureSpec.model_fields)
_ONE_EXCERPT = ("figspec", "checkpoint", "excerpt")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """One figure kind.

    Attributes:
        shows: what the figure shows, for the reference.
        required: keys that each spec of the kind gives.
        allowed: all keys that it may give.
        head: the heads shown where the spec names none.
        one_layer: whether it shows the heads of one layer, each of them on its own.
        scores: whether it shows scores.
        sweeps: keys that may be a list, of which each value is shown.
        averages: whether it shows the mean over several excerpts, or statistics over them.
    """

    shows: str
    required: tuple[str, ...] = _ONE_EXCERPT
    allowed: tuple[str, ...] = _EVERY_KIND
    head: str | None = None
    one_layer: bool = False
    scores: bool = False
    sweeps: tuple[str, ...] = ()
    averages: bool = False


_ONE_HEAD = (*_ONE_EXCERPT, "head")

KINDS: Mapping[str, KindRow] = {
    "map": KindRow(
        shows="The weights of one head, or of several as small multiples on one scale.",
        required=_ONE_HEAD,
        averages=True,
    ),
    "context": KindRow(
        shows="The tokens, every head, their mean with each row's uniformity, the KL matrix.",
        head="all",
        one_layer=True,
        scores=True,
    ),
    "scores": KindRow(
        shows="KL, or logits less their row's maximum, beside weights; several κ as a sweep.",
        required=_ONE_HEAD,
        scores=True,
        sweeps=("kappa",),
    ),
    "atlas": KindRow(shows="All heads of all layers.", averages=True),
    "profile": KindRow(shows="One query's keys over the text.", required=_ONE_HEAD),
    "lines": KindRow(shows="Queries and keys joined by lines.", required=_ONE_HEAD),
    "statistics": KindRow(shows="Statistics of each head by layer.", averages=True),
    "compare": KindRow(
        shows="Variants on one scale.",
        required=(*_ONE_HEAD, "variants"),
        allowed=(*_EVERY_KIND, "variants"),
    ),
    "trend": KindRow(
        shows="A statistic over training steps.",
        required=("figspec", "checkpoints", "excerpt"),
        allowed=(*(key for key in _EVERY_KIND if key != "checkpoint"), "checkpoints"),
        averages=True,
    ),
}

# A row: the key, and the value that is not built: a type for any value of that type.
NOT_BUILT: tuple[tuple[Keys, object], ...] = (
    *((("figure",), kind) for kind in KINDS if kind not in {"map", "context", "scores"}),
    (("checkpoint", "hub"), object),
    (("checkpoint", "revision"), object),
    (("excerpt", "segments"), object),
    (("excerpt", "target"), object),
    (("attention",), "cross"),
    (("attention",), "encoder"),
    (("precision",), "native"),
    (("style", "zoom"), object),
)


def is_built(keys: Keys, value: object = object) -> bool:
    """Whether a key works, or with ``value``, whether that value of it does."""
    return not any(
        keys == row and (wanted is object or value == wanted or _has_type(value, wanted))
        for row, wanted in NOT_BUILT
    )


def not_built(data: Mapping[str, Any]) -> Iterator[tuple[Keys, object]]:
    """The keys given in a spec that are not built, each with the value at fault."""
    for keys in dict.fromkeys(row for row, _ in NOT_BUILT):
        value: Any = data
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None and not is_built(keys, value):
            yield keys, value


def kinds_that_sweep(key: str) -> tuple[str, ...]:
    """The kinds that take a list of a key's values, to show each."""
    return tuple(kind for kind, row in KINDS.items() if key in row.sweeps)


def kinds_that_average() -> tuple[str, ...]:
    """The kinds that take several excerpts, as far as they are built."""
    return tuple(
        kind for kind, row in KINDS.items() if row.averages and is_built(("figure",), kind)
    )


def kinds_with(key: str) -> tuple[str, ...]:
    """The kinds that take a key."""
    return tuple(kind for kind, row in KINDS.items() if key in row.allowed)


def _has_type(value: object, wanted: object) -> bool:
    return isinstance(wanted, type) and isinstance(value, wanted)
