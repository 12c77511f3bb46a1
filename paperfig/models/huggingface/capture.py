"""Queries and keys out of a Hugging Face folder's model, held against its config.json.

What is known of a layer before it runs is compared with what it calls attention with.
Transformers is imported here and in `pretrained.py`, which only a folder leads to, and in
`calls.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from paperfig.errors import CheckpointError
from paperfig.models.dot_product import DotProductInputs
from paperfig.models.huggingface.calls import AttentionCall, LastLayerReached, observing
from paperfig.progress import Advance
from paperfig.values.model import LayerFacts


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

    def see(self, call: AttentionCall) -> None:
        """Keeps a layer that is wanted, and stops after the last of them.

        Raises:
            CheckpointError: the layer is not what is known of it.
        """
        layer = call.module.layer_idx
        self._check_options(layer, call)
        self._check_mask(layer, call)
        if layer in self.wanted:
            self._check_heads(layer, call)
            self.found[layer] = call.inputs(self.wanted[layer])
        self.advance(1)
        if layer == max(self.wanted):
            raise LastLayerReached

    def _check_options(self, layer: int, call: AttentionCall) -> None:
        """Nothing where the layer's weights depend on nothing that is not known here."""
        if call.options:
            raise CheckpointError(
                self.where,
                f"layer {layer} uses {', '.join(call.options)}",
                "such a model is not built yet",
            )

    def _check_heads(self, layer: int, call: AttentionCall) -> None:
        """Nothing where the layer has the heads that are known of it."""
        dims = self.layers[layer].head_dims
        d = call.query.shape[-1]
        if dims != (d,) * call.n_head:
            raise CheckpointError(
                self.where,
                f"config.json says {len(dims)} heads of {dims[0]} in layer {layer}",
                f"it has {call.n_head} of {d}",
            )

    def _check_mask(self, layer: int, call: AttentionCall) -> None:
        """Nothing where the layer lets a query attend to the keys that are known of it."""
        rule, allowed = self.layers[layer].trained.mask, call.allowed
        expected = torch.from_numpy(rule.allowed(*allowed.shape[-2:])).to(allowed.device)
        if call.bias is not None or not (allowed == expected).all():
            causal = "causal" if rule.causal else "open to later keys"
            window = "" if rule.window is None else f" with a window of {rule.window}"
            raise CheckpointError(
                self.where,
                f"the mask of layer {layer} is not {causal}{window}",
                "such a model is not built yet",
            )


@contextmanager
def capturing(capture: Capture) -> Iterator[None]:
    """Lets the forward pass inside fill ``capture``, and stop when that is done.

    Raises:
        CheckpointError: a layer wanted did not call the registered function.
    """
    with observing(capture.see):
        yield
    for layer in capture.wanted:
        if layer not in capture.found:
            raise CheckpointError(
                capture.where,
                f"the attention of layer {layer} does not go through transformers' "
                "attention functions",
                "such a model is not built yet",
            )
