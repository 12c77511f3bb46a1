"""Queries and keys out of any Hugging Face model that routes its attention.

Transformers lets a program register an attention function of its own. It is called with
queries and keys as attention uses them (after rotation and normalisation), so that one
function serves every family that calls it, and nothing of a model is rewritten here. What
is known of a layer before it runs is held against what it calls the function with.
Transformers is imported here and in `pretrained.py`, which only a folder leads to.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Bool, Float
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from paperfig.errors import CheckpointError
from paperfig.models.dot_product import DotProductInputs
from paperfig.progress import Advance
from paperfig.values.model import LayerFacts

IMPLEMENTATION = "paperfig"
"""The name that the attention function is registered under."""

_KNOWN = ("is_causal", "position_ids", "sliding_window", "use_cache")
"""Options of an attention call that need no look: causality and window are in the mask,
positions in queries and keys. Any other (``s_aux``, ``position_bias``) may change weights."""


class LastLayerReached(Exception):  # noqa: N818
    """The last layer wanted was reached: the rest of the model has nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What one forward pass is to keep, and what it kept.

    Attributes:
        where: what messages call the checkpoint.
        layers: what is known of each layer.
        wanted: the heads wanted in each layer wanted.
        advance: called once for each layer that is reached.
        found: the inputs of these heads, filled layer by layer.
    """

    where: str
    layers: Sequence[LayerFacts]
    wanted: Mapping[int, Sequence[int]]
    advance: Advance
    found: dict[int, DotProductInputs] = field(default_factory=dict)


_CURRENT: ContextVar[Capture] = ContextVar("capture")


@contextmanager
def capturing(capture: Capture) -> Iterator[None]:
    """Lets the forward pass inside fill ``capture``, and stop when that is done.

    Raises:
        CheckpointError: a layer wanted did not call the registered function.
    """
    token = _CURRENT.set(capture)
    try:
        yield
    except LastLayerReached:
        pass
    finally:
        _CURRENT.reset(token)
    for layer in capture.wanted:
        if layer not in capture.found:
            raise CheckpointError(
                capture.where,
                f"the attention of layer {layer} does not go through transformers' "
                "attention functions",
                "such a model is not built yet",
            )


def register() -> None:
    """Makes the attention function known to transformers, with the mask that it expects."""
    ALL_ATTENTION_FUNCTIONS.register(IMPLEMENTATION, _attention)
    ALL_MASK_ATTENTION_FUNCTIONS.register(IMPLEMENTATION, _mask)


def _mask(*sizes: Any, **options: Any) -> Bool[torch.Tensor, "1 _ query key"] | None:
    """The keys that each query may attend to; None only where that is plain causality.

    The function of transformers that this asks says None of a mask that hides nothing, too.
    """
    options["allow_is_bidirectional_skip"] = False
    mask: torch.Tensor | None = ALL_MASK_ATTENTION_FUNCTIONS["sdpa"](*sizes, **options)
    return mask


def _attention(
    module: Any,
    query: Float[torch.Tensor, "1 head query d"],
    key: Float[torch.Tensor, "1 key_head key d"],
    value: Float[torch.Tensor, "1 key_head key v"],
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,  # noqa: ARG001  (never applied: weights are those of eval mode)
    softcap: float | None = None,
    **options: Any,
) -> Any:
    """What a model calls in place of its own attention, layer by layer."""
    capture, layer = _CURRENT.get(), module.layer_idx
    scale = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
    _check_options(capture.where, layer, options)
    allowed = _allowed(attention_mask, module, query)
    _check_mask(capture, layer, allowed)
    if layer in capture.wanted:
        _check_heads(capture, layer, query)
        capture.found[layer] = _inputs(query, key, scale, softcap, capture.wanted[layer])
    capture.advance(1)
    if layer == max(capture.wanted):
        raise LastLayerReached
    if softcap is not None:
        return _capped(query, key, value, allowed, scale=scale, cap=softcap), None
    fused = ALL_ATTENTION_FUNCTIONS["sdpa"]
    return fused(module, query, key, value, attention_mask, scaling=scale)


def _allowed(
    mask: torch.Tensor | None, module: Any, query: Float[torch.Tensor, "1 head query d"]
) -> torch.Tensor:
    """The mask (batch, head, query, key) of a layer, also where it goes without saying."""
    if mask is not None:
        return mask
    length = query.shape[2]
    every = torch.ones(1, 1, length, length, dtype=torch.bool, device=query.device)
    return every.tril() if module.is_causal else every


def _capped(
    query: Float[torch.Tensor, "1 head query d"],
    key: Float[torch.Tensor, "1 key_head key d"],
    value: Float[torch.Tensor, "1 key_head key v"],
    allowed: Bool[torch.Tensor, "1 _ query key"],
    *,
    scale: float,
    cap: float,
) -> Float[torch.Tensor, "1 query head v"]:
    """What attention with capped scores makes of the values: no fused kernel caps them."""
    shared_by = query.shape[1] // key.shape[1]
    key, value = (each.repeat_interleave(shared_by, dim=1) for each in (key, value))
    scores = cap * torch.tanh(query @ key.mT * scale / cap)
    weights = scores.masked_fill(~allowed, -torch.inf).softmax(-1)
    return (weights @ value).transpose(1, 2)


def _check_options(where: str, layer: int, options: Mapping[str, Any]) -> None:
    """Nothing where the layer's weights depend on nothing that is not known here."""
    more = [name for name in options if name not in _KNOWN and options[name] is not None]
    if more:
        raise CheckpointError(
            where, f"layer {layer} uses {', '.join(more)}", "such a model is not built yet"
        )


def _check_heads(
    capture: Capture, layer: int, query: Float[torch.Tensor, "1 head query d"]
) -> None:
    """Nothing where the layer has the heads that are known of it."""
    dims = capture.layers[layer].head_dims
    _, n_head, _, d = query.shape
    if dims != (d,) * n_head:
        raise CheckpointError(
            capture.where,
            f"config.json says {len(dims)} heads of {dims[0]} in layer {layer}",
            f"it has {n_head} of {d}",
        )


def _check_mask(capture: Capture, layer: int, allowed: torch.Tensor) -> None:
    """Nothing where the layer lets a query attend to the keys that are known of it."""
    rule = capture.layers[layer].trained.mask
    expected = torch.from_numpy(rule.allowed(*allowed.shape[-2:])).to(allowed.device)
    if allowed.dtype != torch.bool or not (allowed == expected).all():
        causal = "causal" if rule.causal else "open to later keys"
        window = "" if rule.window is None else f" with a window of {rule.window}"
        raise CheckpointError(
            capture.where,
            f"the mask of layer {layer} is not {causal}{window}",
            "such a model is not built yet",
        )


def _inputs(
    query: Float[torch.Tensor, "1 head query d"],
    key: Float[torch.Tensor, "1 key_head key d"],
    scale: float,
    soft_cap: float | None,
    heads: Sequence[int],
) -> DotProductInputs:
    """The inputs of the heads; grouped queries share a key head, repeated here."""
    shared_by = query.shape[1] // key.shape[1]
    return DotProductInputs(
        queries=query[0, list(heads)].float(),
        keys=key[0, [head // shared_by for head in heads]].float(),
        scale=scale,
        soft_cap=soft_cap,
    )
