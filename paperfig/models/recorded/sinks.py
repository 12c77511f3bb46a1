"""What goes to a learned sink, as people hold it: weights on a single key."""

from collections.abc import Mapping
from typing import Any

from paperfig.errors import AttentionError
from paperfig.models.recorded.arrays import Layers, are_layers, layers_of
from paperfig.models.recorded.numbers import array_of, is_whole

_NAME = "learned_sink"


def is_sink(given: Any) -> bool | None:
    """Whether what a row lacks goes to a sink; None where an array says what does."""
    said = given.item() if getattr(given, "ndim", None) == 0 else given
    if said is None or isinstance(said, bool):
        return bool(said)
    return None


def sink_of(given: Any, *, layer: Any, axes: Any, batch: Any) -> Layers:
    """What was given, on a single key.

    Args:
        given: in the form of the weights without their axis of keys.
        layer: which of several layers, or the number of the only one.
        axes: the names of the weights' axes.
        batch: which sequence of a batch.

    Raises:
        AttentionError: its shape or type is another.
    """
    if isinstance(axes, str):
        axes = f"{axes.replace('key', '')} key"
    return layers_of(_on_a_key(given), where=_NAME, layer=layer, axes=axes, batch=batch)


def _on_a_key(given: Any) -> Any:
    if isinstance(given, Mapping) and given and all(map(is_whole, given)):
        return {number: _on_a_key(one) for number, one in given.items()}
    if isinstance(given, tuple | list) and are_layers(given):
        return tuple(map(_on_a_key, given))
    array = given if hasattr(given, "ndim") else array_of(given, _NAME)[0]
    if not array.ndim:
        right = "True, or an array (head, query), is right"
        raise AttentionError(_NAME, f"it is {given!r:.60}", right)
    return array[..., None]
