"""Queries and keys out of any Hugging Face model that routes its attention.

Transformers lets a program register an attention function of its own. It is called with
queries and keys as attention uses them (after rotation and normalisation), so that one
function serves every family that calls it, and nothing of a model is rewritten here.
Transformers is imported here and in `pretrained.py`, which only a folder leads to.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from paperfig.errors import CheckpointError
from paperfig.models.source import DotProductInputs

IMPLEMENTATION = "paperfig"
"""The name that the attention function is registered under."""

_NOT_BUILT = ("softcap", "s_aux", "position_bias", "sliding_window")


class Enough(Exception):  # noqa: N818
    """The last layer wanted was reached: the rest of the model has nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What one forward pass is to keep, and what it kept.

    Attributes:
        where: what messages call the checkpoint.
        wanted: the heads wanted in each layer wanted.
        found: the inputs of these heads, filled layer by layer.
    """

    where: str
    wanted: Mapping[int, Sequence[int]]
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
    except Enough:
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
    """Makes the attention function known to transformers, with the mask it expects."""
    fused = ALL_ATTENTION_FUNCTIONS["sdpa"]

    def attention(
        module: Any,
        query: Float[torch.Tensor, "batch head query d"],
        key: Float[torch.Tensor, "batch key_head key d"],
        value: Float[torch.Tensor, "batch key_head key v"],
        attention_mask: torch.Tensor | None,
        *,
        scaling: float | None = None,
        dropout: float = 0.0,  # noqa: ARG001  (never applied: weights are those of eval mode)
        **options: Any,
    ) -> Any:
        capture, layer = _CURRENT.get(), module.layer_idx
        if layer in capture.wanted:
            _check_plain(capture.where, layer, module, attention_mask, options)
            capture.found[layer] = _inputs(query, key, scaling, capture.wanted[layer])
        if layer == max(capture.wanted):
            raise Enough
        return fused(module, query, key, value, attention_mask, scaling=scaling, **options)

    ALL_ATTENTION_FUNCTIONS.register(IMPLEMENTATION, attention)
    ALL_MASK_ATTENTION_FUNCTIONS.register(IMPLEMENTATION, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])


def _check_plain(
    where: str, layer: int, module: Any, mask: torch.Tensor | None, options: Mapping[str, Any]
) -> None:
    """Nothing where the layer is causal dot-product attention and no more than that."""
    more = [name for name in _NOT_BUILT if options.get(name) is not None]
    if mask is not None or not module.is_causal:
        more.append("a mask that is not the causal one")
    if more:
        raise CheckpointError(
            where, f"layer {layer} uses {', '.join(more)}", "such a model is not built yet"
        )


def _inputs(
    query: Float[torch.Tensor, "1 head query d"],
    key: Float[torch.Tensor, "1 key_head key d"],
    scaling: float | None,
    heads: Sequence[int],
) -> DotProductInputs:
    """The inputs of the heads; grouped queries share a key head, repeated here."""
    shared_by = query.shape[1] // key.shape[1]
    return DotProductInputs(
        queries=query[0, list(heads)].float(),
        keys=key[0, [head // shared_by for head in heads]].float(),
        scale=query.shape[-1] ** -0.5 if scaling is None else float(scaling),
    )
