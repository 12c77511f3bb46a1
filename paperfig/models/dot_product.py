"""Dot-product attention: the inputs of every family with queries and keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float

from paperfig.models.inputs import LayerInputs, float64
from paperfig.values.internals import HeadProjections


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DotProductInputs(LayerInputs):
    """What dot-product attention is made from: scores = scale · q·k (+ cap) + bias.

    Attributes:
        queries: after position encoding and any normalisation.
        keys: the same, already repeated so that there is one for each query head.
        scale: the factor before the soft cap.
        bias: added to the scaled scores, or None; never holds the mask.
        soft_cap: scores become ``cap · tanh(scores / cap)``, or None.
        sinks: the logit of each head's learned sink, or None.
    """

    queries: Float[torch.Tensor, "head query d"]
    keys: Float[torch.Tensor, "head key d"]
    scale: float
    bias: Float[torch.Tensor, "head query key"] | None = None
    soft_cap: float | None = None
    sinks: Float[torch.Tensor, " head"] | None = None

    def scores(
        self,
        transport: str | None,  # noqa: ARG002 - nothing is transported
    ) -> Float[torch.Tensor, "head query key"]:
        """Scaled dot products in float32, capped, with their bias."""
        scores = self.queries.float() @ self.keys.float().mT * self.scale
        if self.soft_cap is not None:
            scores = self.soft_cap * torch.tanh(scores / self.soft_cap)
        return scores if self.bias is None else scores + self.bias.float()

    def learned_sink(self) -> Float[torch.Tensor, " head"] | None:
        """The logit of each head's learned sink."""
        return self.sinks

    def internals(self) -> tuple[HeadProjections, ...]:
        """Queries and keys of each head."""
        return tuple(
            HeadProjections(queries=float64(queries), keys=float64(keys))
            for queries, keys in zip(self.queries, self.keys, strict=True)
        )

    def of_heads(self, indices: Sequence[int]) -> "DotProductInputs":
        """The inputs of some of the heads, by their index among those here."""
        chosen = list(indices)
        return replace(
            self,
            queries=self.queries[chosen],
            keys=self.keys[chosen],
            bias=None if self.bias is None else self.bias[chosen],
            sinks=None if self.sinks is None else self.sinks[chosen],
        )
