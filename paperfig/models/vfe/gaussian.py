"""Attention between Gaussian beliefs: the inputs of every VFE family."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Float32

from paperfig.divergences.beliefs import Beliefs
from paperfig.divergences.divergence import CovarianceForm, gaussian_divergence
from paperfig.models.inputs import LayerInputs, float64
from paperfig.values.internals import HeadBeliefs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GaussianInputs(LayerInputs):
    """What a VFE layer's attention is made from: scores = −D_α(q_i ‖ Ω_ij q_j).

    Attributes:
        heads: the beliefs of each head asked for.
        covariance_form: ``full``; ``diagonal``, where the transported covariance is cut to
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
    covariance_form: CovarianceForm
    alibi_slope: float = 0.0
    bias: Float[torch.Tensor, "head query key"] | None = None
    order: float = 1.0
    ridge: float = 1e-6
    caps: tuple[float, ...] | None = None
    own: Float[torch.Tensor, "head query key"] | None = None

    def scores(self, transport: str | None) -> Float[torch.Tensor, "head query key"]:
        """−D of all pairs of beliefs in float64; Ω is ``exact`` where nothing is said."""
        divergences = torch.stack(
            [
                gaussian_divergence(
                    head,
                    covariance_form=self.covariance_form,
                    transport=transport or "exact",
                    order=self.order,
                    ridge=self.ridge,
                )
                for head in self.heads
            ]
        )
        if self.caps is not None:
            most = divergences.new_tensor(self.caps)[:, None, None]
            divergences = divergences.minimum(most)
        return divergences.neg_()

    def logit_bias(self) -> Float[torch.Tensor, "head query key"] | None:
        """ALiBi and the log-prior together, in float64."""
        bias = None if self.bias is None else self.bias.double()
        if not self.alibi_slope:
            return bias
        mean = self.heads[0].mean
        position = torch.arange(len(mean), device=mean.device, dtype=torch.float64)
        alibi = self.alibi_slope * (position[:, None] - position)
        return alibi.expand(len(self.heads), -1, -1) if bias is None else alibi + bias

    def own_weights(self) -> Float32[np.ndarray, "head query key"] | None:
        """The weights that a running model made of these beliefs."""
        return None if self.own is None else self.own.float().cpu().numpy()

    def internals(self) -> tuple[HeadBeliefs, ...]:
        """The beliefs of each head, and what is added to its logits."""
        bias = self.logit_bias()
        return tuple(
            HeadBeliefs(
                mean=float64(head.mean),
                covariance=float64(head.covariance),
                frame=float64(_coordinates(head)),
                bias=None if bias is None or not bias[index].any() else float64(bias[index]),
            )
            for index, head in enumerate(self.heads)
        )

    def of_heads(self, indices: Sequence[int]) -> "GaussianInputs":
        """The inputs of some of the heads, by their index among those here."""
        chosen = list(indices)
        return replace(
            self,
            heads=tuple(self.heads[index] for index in chosen),
            bias=None if self.bias is None else self.bias[chosen],
            caps=None if self.caps is None else tuple(self.caps[index] for index in chosen),
            own=None if self.own is None else self.own[chosen],
        )


def _coordinates(head: Beliefs) -> Float[torch.Tensor, "token coordinate"]:
    """Those of a token's frame; of both factors side by side, where it has two."""
    if head.right_frame is None:
        return head.frame
    return torch.cat([head.frame, head.right_frame], dim=1)
