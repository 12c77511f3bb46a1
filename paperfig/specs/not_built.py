"""What of the spec is not built yet; building a key means to delete its row of `NOT_BUILT`."""

from collections.abc import Iterator, Mapping
from typing import Any

from paperfig.kinds import ANNOUNCED
from paperfig.specs.nodes import Keys

# A row: the key, and the value that is not built: a type for any value of that type.
NOT_BUILT: tuple[tuple[Keys, object], ...] = (
    *((("figure",), kind) for kind in ANNOUNCED),
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


def _has_type(value: object, wanted: object) -> bool:
    return isinstance(wanted, type) and isinstance(value, wanted)
