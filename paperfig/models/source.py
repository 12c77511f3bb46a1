"""What every model family gives: its facts, and what a layer's attention is made from.

A family is one module with a reader that returns an `AttentionSource`, and one line in
`paperfig/models/checkpoint.py`. A source computes as trained and only up to the last
layer asked for; the weights themselves, with mask and κ, are made in ``attention/``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64

from paperfig.values.model import ModelFacts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DotProductInputs:
    """What dot-product attention is made from: scores = scale · q·k (+ cap) + bias.

    Attributes:
        queries: after position encoding and any normalisation.
        keys: the same, already repeated so that there is one for each query head.
        scale: the factor before the soft cap.
        bias: added to the scaled scores, or None; never holds the mask.
        soft_cap: scores become ``cap · tanh(scores / cap)``, or None.
    """

    queries: Float[torch.Tensor, "head query d"]
    keys: Float[torch.Tensor, "head key d"]
    scale: float
    bias: Float[torch.Tensor, "head query key"] | None = None
    soft_cap: float | None = None

    def of_heads(self, places: Sequence[int]) -> "DotProductInputs":
        """The inputs of some of the heads, by their place among those here."""
        chosen = list(places)
        return replace(
            self,
            queries=self.queries[chosen],
            keys=self.keys[chosen],
            bias=None if self.bias is None else self.bias[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beliefs:
    """One head's Gaussian belief of each token, with the token's gauge frame.

    Attributes:
        mean: μ.
        spread: the covariance Σ, or its diagonal σ² where the model keeps no more.
        frame: the coordinates φ of each token's frame.
        generators: the Lie algebra basis G in this head's representation;
            the frame is exp(Σ_a φ_a G_a).
    """

    mean: Float[torch.Tensor, "token d"]
    spread: Float[torch.Tensor, "token d d"] | Float[torch.Tensor, "token d"]
    frame: Float[torch.Tensor, "token generator"]
    generators: Float[torch.Tensor, "generator d d"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GaussianInputs:
    """What a VFE layer's attention is made from: scores = −D_α(q_i ‖ Ω_ij q_j).

    Attributes:
        heads: one entry a head asked for.
        spread: ``full`` covariance; ``diagonal`` with the transported covariance cut to
            its diagonal; ``diagonal-untransported`` (the ``local`` pattern).
        alibi_slope: added to the logits as slope · (i − j), after the division by κ.
        bias: added likewise, or None; never holds the mask.
        order: Rényi's α of the divergence; 1 is KL.
        ridge: the multiple of I that a full covariance gets.
        caps: the most that each head's divergence may be, or None.
        own: the weights that the model itself made of them, where they are to be held
            against those made here; None where it is not run.
    """

    heads: tuple[Beliefs, ...]
    spread: Literal["full", "diagonal", "diagonal-untransported"]
    alibi_slope: float = 0.0
    bias: Float[torch.Tensor, "head query key"] | None = None
    order: float = 1.0
    ridge: float = 1e-6
    caps: tuple[float, ...] | None = None
    own: Float[torch.Tensor, "head query key"] | None = None

    def of_heads(self, places: Sequence[int]) -> "GaussianInputs":
        """The inputs of some of the heads, by their place among those here."""
        return replace(
            self,
            heads=tuple(self.heads[place] for place in places),
            bias=None if self.bias is None else self.bias[list(places)],
            caps=None if self.caps is None else tuple(self.caps[place] for place in places),
            own=None if self.own is None else self.own[list(places)],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GivenInputs:
    """What a model of the user's own says of its attention: the weights themselves.

    Attributes:
        weights: as the model gave them; a masked key may have a weight of up to 1e-6.
        divergence: KL in nats, or None where the model gives none.
        converged: the weights at a layer's converged beliefs, in a model that scores at
            these as well as at those that enter it.
    """

    weights: Float32[np.ndarray, "head query key"]
    divergence: Float32[np.ndarray, "head query key"] | None = None
    converged: Float32[np.ndarray, "head query key"] | None = None

    def of_heads(self, places: Sequence[int]) -> "GivenInputs":
        """Those of some of the heads, by their place among those here."""
        chosen = list(places)
        return GivenInputs(
            weights=self.weights[chosen],
            divergence=None if self.divergence is None else self.divergence[chosen],
            converged=None if self.converged is None else self.converged[chosen],
        )


LayerInputs = DotProductInputs | GaussianInputs | GivenInputs


@runtime_checkable
class AttentionSource(Protocol):
    """A loaded checkpoint that can show what its attention is made from."""

    facts: ModelFacts

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, LayerInputs]:
        """For each layer wanted, the inputs of the heads wanted there, in that order.

        One forward pass, in eval mode, without gradients, stopped at the last layer
        wanted. The ids are already known to fit vocabulary and context.
        """
