"""What a model of the user's own reports of its attention: the weights themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32

from paperfig.models.inputs import DECLARE_MASK, LayerInputs
from paperfig.values.internals import HeadUnknown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportedInputs(LayerInputs):
    """What a model of the user's own says of one layer's attention.

    Attributes:
        weights: as the model gave them; a masked key may have a weight of up to 1e-6.
        divergence: KL in nats, or None where the model gives none.
        converged: the weights at a layer's converged beliefs, in a model that scores at
            these as well as at those that enter it.
        mask_remedy: how the user says another mask than the one that is known.
    """

    weights: Float32[np.ndarray, "head query key"]
    divergence: Float32[np.ndarray, "head query key"] | None = None
    converged: Float32[np.ndarray, "head query key"] | None = None
    mask_remedy: str = DECLARE_MASK

    @property
    def has_scores(self) -> bool:
        """Whether the model gives its KL."""
        return self.divergence is not None

    @property
    def is_recomputed(self) -> bool:
        """The model's own weights are shown."""
        return False

    def scores(
        self,
        transport: str | None,  # noqa: ARG002 - as the model computed it
    ) -> Float[torch.Tensor, "head query key"] | None:
        """−KL where the model gives it, in float64."""
        return None if self.divergence is None else torch.from_numpy(-self.divergence).double()

    def own_weights(self, score_at: str | None) -> Float32[np.ndarray, "head query key"]:
        """The weights at the beliefs that are scored."""
        if score_at != "converged":
            return self.weights
        assert self.converged is not None, "a model with one score point is refused before"
        return self.converged

    def internals(self) -> tuple[HeadUnknown, ...]:
        """Of each head only the scores are known."""
        return (HeadUnknown(),) * len(self.weights)

    def of_heads(self, indices: Sequence[int]) -> "ReportedInputs":
        """Those of some of the heads, by their index among those here."""
        chosen = list(indices)
        return ReportedInputs(
            weights=self.weights[chosen],
            divergence=None if self.divergence is None else self.divergence[chosen],
            converged=None if self.converged is None else self.converged[chosen],
            mask_remedy=self.mask_remedy,
        )
