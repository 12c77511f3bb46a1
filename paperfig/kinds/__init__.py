"""The figure kinds: a folder each, registered by its line here."""

from collections.abc import Mapping
from importlib import import_module

from paperfig.errors import DrawingError
from paperfig.kinds.fields import Position
from paperfig.kinds.kind import Kind

_FOLDERS = (
    "map",
    "context",
    "scores",
    "atlas",
    "statistics",
    "compare",
    "trend",
    "profile",
    "lines",
    "distance",
)

KINDS: Mapping[str, Kind] = {
    name: import_module(f"{__name__}.{name}.kind").KIND for name in _FOLDERS
}
"""Every kind by its name, in the order of the reference."""

DEFAULT = next(iter(KINDS.values()))
"""The kind of a spec that names none: the first."""


def kind_named(name: str) -> Kind:
    """The kind of that name.

    Raises:
        DrawingError: there is none.
    """
    if name not in KINDS:
        *first, last = KINDS
        remedy = f"{', '.join(first)} or {last} is right"
        raise DrawingError("figure", f"there is no kind {name}", remedy)
    return KINDS[name]


def check_signed(name: str) -> None:
    """Nothing where figures of a kind show values of either sign.

    Raises:
        DrawingError: they show attention only.
    """
    if not kind_named(name).signed:
        shown = " or ".join(kind.name for kind in KINDS.values() if kind.signed)
        raise DrawingError("figure", f"no {name} is of signed values", f"{shown} is right")


def kinds_with(key: str) -> tuple[str, ...]:
    """The kinds of which a key is one of their own."""
    built = {name: [own.name for own in kind.keys] for name, kind in KINDS.items()}
    return tuple(name for name, keys in built.items() if key in keys)


def keys_of_positions() -> tuple[str, ...]:
    """The keys of which each is one kind's own, and whose values are positions."""
    own = (key for kind in KINDS.values() for key in kind.keys if key.type == Position)
    return tuple(key.name for key in own)


def kinds_that_take(said: str) -> tuple[str, ...]:
    """The kinds that take a key or a value of the style; none where every kind does."""
    return tuple(name for name, kind in KINDS.items() if said in kind.takes)


def takes(name: str, key: str, value: object) -> bool:
    """Whether the kind of that name takes a key of the style, with that value."""
    limited = (said for said in (key, f"{key}: {value}") if kinds_that_take(said))
    return all(said in KINDS[name].takes for said in limited)


def kinds_that_sweep(key: str) -> tuple[str, ...]:
    """The kinds that take a list of a key's values, to show each."""
    return tuple(name for name, kind in KINDS.items() if key in kind.sweeps)


def kinds_that_pool() -> tuple[str, ...]:
    """The kinds that take excerpts of unlike lengths, whatever their keys say."""
    return tuple(name for name, kind in KINDS.items() if kind.pools is True)


def kinds_that_average() -> tuple[str, ...]:
    """The kinds that take several excerpts."""
    return tuple(name for name, kind in KINDS.items() if kind.averages)
