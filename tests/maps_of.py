"""Maps that the package computes, of inputs or of a model's layer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from paperfig.maps.softmax import attention_map
from paperfig.models.source import AttentionSource, LayerInputs
from paperfig.values.attention import AttentionMap
from paperfig.values.model import Setting


def map_of(
    inputs: LayerInputs,
    shown: Setting,
    *,
    tokens: int | Sequence[object],
    heads: int | tuple[int, ...] = 1,
    **changes: Any,
) -> AttentionMap:
    """The map of inputs, in layer 0 and as trained if nothing else is said.

    Args:
        inputs: what the layer's attention is made from.
        shown: mask, κ and transport; also as trained, if ``trained`` is not given.
        tokens: display strings, or how many there are.
        heads: how many heads the layer has, all of them shown; or which are, and then
            ``n_head`` says how many there are.
        changes: anything else that the computation takes.
    """
    names = ("x",) * tokens if isinstance(tokens, int) else tuple(map(str, tokens))
    which = tuple(range(heads)) if isinstance(heads, int) else heads
    facts: dict[str, Any] = {"layer": 0, "n_head": len(which), "trained": shown}
    return attention_map(inputs, tokens=names, heads=which, shown=shown, **facts | changes)


def layer_of(
    source: AttentionSource,
    ids: np.ndarray,
    layer: int = 0,
    *,
    keep_scores: bool = True,
    **changed: Any,
) -> AttentionMap:
    """All heads of a model's layer, as trained but for what of its setting is changed."""
    facts = source.facts.layers[layer]
    heads = tuple(range(facts.n_head))
    return map_of(
        source.layer_inputs(ids, {layer: heads})[layer],
        replace(facts.trained, **changed),
        tokens=ids.tolist(),
        layer=layer,
        heads=len(heads),
        trained=facts.trained,
        keep_scores=keep_scores,
    )
