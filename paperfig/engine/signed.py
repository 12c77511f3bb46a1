"""Values of either sign over queries and keys that were computed elsewhere, as a figure's."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from paperfig.engine.given import given_excerpt, given_mask
from paperfig.errors import AttentionError
from paperfig.kinds import DEFAULT
from paperfig.models.recorded.given import GivenArrays
from paperfig.models.recorded.masks import rule_for
from paperfig.values.attention import SignedMap
from paperfig.values.figure import FigureData
from paperfig.values.model import Setting
from paperfig.values.variant import Variant


def signed_values(
    values: Any,
    *,
    mean: bool = False,
    mask: Any = None,
    causal: bool | None = None,
    name: str | None = None,
    source: str | None = None,
    layer: int | None = None,
    head: Any = None,
    axes: str | None = None,
    batch: int | None = None,
    **tokens: Any,
) -> FigureData:
    """What a map of them shows.

    Args:
        values: in any form that `paperfig.draw` takes.
        mean: whether the mean of the heads is shown.
        mask: True where there is a value; an array, or a mapping as in a spec.
        causal: whether there is none of a key after its query.
        name: the model's.
        source: where they were computed.
        layer: which of several, else the number of the only one.
        head: which heads, or their numbers.
        axes: the names of an array's axes.
        batch: which sequence of a batch.
        tokens: as `given_excerpt` takes them.

    Raises:
        AttentionError: they are not finite, there are several layers, or the mask hides one.
    """
    arrays = GivenArrays(values, layer=layer, head=head, axes=axes, batch=batch)
    excerpt = given_excerpt(arrays.shape, **tokens)
    if len(arrays.layers) > 1:
        there = f"layers are {arrays.layers[0]} to {arrays.layers[-1]}"
        raise AttentionError("layer", "nothing is said", there)
    given = arrays.of_layer("weights", 0)
    assert given is not None, "they are given under that name"
    rule = rule_for(given, mask=given_mask(mask, excerpt.keys), causal=causal)
    allowed = rule.allowed(*arrays.shape)
    _check_values(given, allowed)
    shown = given.mean(axis=0, keepdims=True) if mean else given
    (number,) = arrays.layers
    model = arrays.facts("values", {number: rule}, name=name, origin=source)
    signed = SignedMap(
        site=model.site(number),
        heads=arrays.heads,
        n_head=model.layers[number].n_head if arrays.knows_heads else None,
        mean=mean,
        queries=excerpt.tokens,
        keys=excerpt.keys,
        values=shown.astype(np.float32),
        mask=allowed,
        shown=Setting(mask=rule),
    )
    variant = Variant(model=model, excerpt=excerpt)
    return FigureData(kind=DEFAULT.name, variants=(variant,), maps=(), signed=(signed,))


def _check_values(
    values: Float64[np.ndarray, "head query key"], allowed: Bool[np.ndarray, "query key"]
) -> None:
    """Nothing where all are numbers that float32 holds, and 0 where the mask hides a key."""
    broken = ~(np.abs(values) <= np.finfo(np.float32).max)
    hidden = (values != 0) & ~allowed
    for at, right in (
        (broken, "finite numbers are right, up to 3.4e38"),
        (hidden, "the mask hides that key: 0, or a mask that allows it, is right"),
    ):
        if at.any():
            head, query, key = np.argwhere(at)[0].tolist()
            value = values[head, query, key]
            what = f"that of head {head}, query {query} and key {key} is {value:g}"
            raise AttentionError("values", what, right)
