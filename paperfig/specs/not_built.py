"""Keys and values of the spec that are unsupported: known, so that a message can say so.

To support one is to delete its row of `NOT_BUILT`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from paperfig.specs.nodes import KeyPath

# A row: the key, and the value of it that is unsupported; `object` for any.
NOT_BUILT: tuple[tuple[KeyPath, object], ...] = (
    (("checkpoint", "hub"), object),
    (("checkpoint", "revision"), object),
    (("excerpt", "segments"), object),
    (("excerpt", "target"), object),
    (("attention",), "cross"),
    (("attention",), "encoder"),
    (("precision",), "native"),
)

INSTEAD: Mapping[KeyPath, str] = {
    ("checkpoint", "hub"): "download the model's folder and give it as `path`",
}
"""What to do until a key is supported, where leaving it out is not enough."""


def is_built(keys: KeyPath, value: object = object) -> bool:
    """Whether a key is supported, or with ``value``, whether that value of it is."""
    return not any(
        keys == row and (wanted is object or value == wanted) for row, wanted in NOT_BUILT
    )


def not_built(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, object]]:
    """The keys of a spec that are unsupported, each with the value at fault."""
    for keys in dict.fromkeys(row for row, _ in NOT_BUILT):
        value: Any = data
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None and not is_built(keys, value):
            yield keys, value
