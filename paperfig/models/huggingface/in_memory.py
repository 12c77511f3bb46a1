"""A model of transformers that a program holds, asked once, as an attention source.

It is run by its own forward, where it lies, with an attention function that sees what each
layer calls it with (`calls.py`). Nothing is assumed of a layer: mask, scale, caps, biases and
sinks are those of the call.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.models.as_found import as_found, device_of
from paperfig.models.asked_once import ModelInMemory
from paperfig.models.external.submodules import near_attention
from paperfig.models.huggingface.asked_model import AskedModel
from paperfig.models.huggingface.calls import (
    AttentionCall,
    LastLayerReached,
    observing,
    routed,
)
from paperfig.models.huggingface.pretrained import quiet
from paperfig.models.recorded.masks import rule_of
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting
from paperfig.values.site import Stack

_KNOWN = {"s_aux", "position_bias"}


def observed_model(
    model: Any,
    rows: Mapping[str, Int64[np.ndarray, " token"]],
    *,
    attention: str = "self",
    name: str | None = None,
    step: int | None = None,
    layer: int | None = None,
) -> ModelInMemory:
    """Runs a model of transformers on one sequence, up to the layer; it is left as found.

    Args:
        model: a ``PreTrainedModel``.
        rows: what its forward takes, one row each: ``input_ids``, ``attention_mask`` …
        attention: which of its own.
        name: of the model.
        step: of its training.
        layer: which one is kept; each, where that is left out.

    Raises:
        AttentionError: it has no such attention or takes no such ids, or a layer's does not
            go through transformers' attention functions.
    """
    asked = AskedModel(model, attention)
    rows = asked.rows(rows)
    seen = _Seen(asked, layer)
    given = {key: torch.from_numpy(row)[None].to(device_of(model)) for key, row in rows.items()}
    with as_found(model), quiet(), routed(model), observing(seen.see):
        model(**given, **asked.switched_off)
    if not seen.numbers:
        where = type(model).__name__
        what = "it calls none of transformers' attention functions"
        raise AttentionError(where, what, _by_name(model))
    return _source(asked, seen, rows, name=name, step=step)


class _Seen:
    """What was seen of the layers asked for.

    Attributes:
        numbers: those of the layers that the model reached.
        calls: what each layer that is kept called attention with.
    """

    def __init__(self, asked: AskedModel, layer: int | None) -> None:
        self._asked, self._layer = asked, layer
        self.numbers: list[int] = []
        self.calls: dict[int, AttentionCall] = {}

    def see(self, call: AttentionCall) -> None:
        """Keeps a layer that is asked for, and stops where no more is wanted.

        Raises:
            AttentionError: something of which nothing is known here enters its weights.
        """
        unknown = [name for name in call.options if name not in _KNOWN]
        if unknown:
            where = type(self._asked.model).__name__
            what = f"its attention uses {', '.join(unknown)}, which is not supported"
            raise AttentionError(where, what, _by_name(self._asked.model))
        if self._asked.stack_of(call.module) != self._asked.stack:
            return
        number = getattr(call.module, "layer_idx", None)
        number = len(self.numbers) if number is None else int(number)
        if number in self.numbers:
            what = "the model calls its attention more than once"
            raise AttentionError(f"layer {number}", what, "once in a pass is supported")
        self.numbers.append(number)
        if self._layer in (None, number):
            self.calls[number] = call
        if number == self._layer and self._asked.n_layer is not None:
            raise LastLayerReached


def _source(
    asked: AskedModel,
    seen: _Seen,
    rows: Mapping[str, Int64[np.ndarray, " token"]],
    *,
    name: str | None,
    step: int | None,
) -> ModelInMemory:
    """What was seen, with what the model says of itself."""
    layers = {number: _layer(number, call, asked.stack) for number, call in seen.calls.items()}
    another = next(iter(layers.values()), LayerFacts(head_dims=(), trained=_UNKNOWN))
    count = max(asked.n_layer or 0, 1 + max(seen.numbers))
    returned = {number: layers[number].there for number in sorted(layers)}
    facts = ModelFacts(
        name=name or asked.title,
        is_named=name is not None,
        family=asked.model.config.model_type,
        architecture=asked.title,
        layers=tuple(layers.get(number, another) for number in range(count)),
        shown=tuple(returned) or tuple(sorted(seen.numbers)),
        vocab_size=asked.n_rows or 0,
        context=asked.context,
        dtype=str(asked.model.dtype).removeprefix("torch."),
        step=step,
    )
    encoded, decoded = rows["input_ids"], rows.get("decoder_input_ids")
    return ModelInMemory(
        facts,
        lambda number: seen.calls[number].inputs(returned[number]),
        returned,
        encoded if decoded is None or asked.stack == "encoder" else decoded,
        key_ids=encoded if asked.stack == "cross" else None,
        rows=asked.n_rows,
    )


_UNKNOWN = Setting(mask=MaskRule())


def _layer(number: int, call: AttentionCall, stack: Stack) -> LayerFacts:
    """What a call tells of its layer.

    Raises:
        AttentionError: its heads have different masks.
    """
    allowed = call.allowed[0]
    if (allowed != allowed[:1]).any():
        what = "each of its heads has a mask of its own"
        raise AttentionError(f"layer {number}", what, "one for all heads is supported")
    biased = call.options.get("position_bias") is not None and call.bias is not None
    return LayerFacts(
        head_dims=(call.query.shape[-1],) * call.n_head,
        trained=Setting(
            mask=rule_of(allowed[0].cpu().numpy()),
            distance_bias="learned" if biased else None,
        ),
        stack=stack,
    )


def _by_name(model: Any) -> str:
    """What is right where a model's own attention is not seen."""
    near = near_attention(model)
    if near is None:
        return "a model with attention is right"
    return f'`attention="{near}"`, where these submodules return weights, is right'
