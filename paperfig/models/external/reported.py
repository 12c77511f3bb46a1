"""What a model of the user's own reports of its attention: the weights themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32

from paperfig.models.external.report import Report
from paperfig.models.inputs import DECLARE_MASK, LayerInputs
from paperfig.models.score_points import CONVERGED, ENTRY, ScorePoints
from paperfig.values.internals import HeadUnknown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportedInputs(LayerInputs):
    """What a model of the user's own says of one layer's attention.

    Attributes:
        weights: as the model gave them; a masked key may have a weight of up to 1e-6.
        divergence: KL in nats, or None where the model gives none.
        bias: what the model adds to −KL/τ and is no mask, or None where nothing is known.
        mask_remedy: how the user says another mask than the one that is known.
    """

    weights: Float32[np.ndarray, "head query key"]
    divergence: Float32[np.ndarray, "head query key"] | None = None
    bias: Float[torch.Tensor, "head query key"] | None = None
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

    def logit_bias(self) -> Float[torch.Tensor, "head query key"] | None:
        """What is known to be added to the logits."""
        return self.bias

    def own_weights(self) -> Float32[np.ndarray, "head query key"]:
        """The weights as the model gave them."""
        return self.weights

    def internals(self) -> tuple[HeadUnknown, ...]:
        """Of each head only the scores are known."""
        return (HeadUnknown(),) * len(self.weights)

    def of_heads(self, indices: Sequence[int]) -> "ReportedInputs":
        """Those of some of the heads, by their index among those here."""
        chosen = list(indices)
        return ReportedInputs(
            weights=self.weights[chosen],
            divergence=None if self.divergence is None else self.divergence[chosen],
            bias=None if self.bias is None else self.bias[chosen],
            mask_remedy=self.mask_remedy,
        )


def reported_inputs(
    report: Report, index: int, *, has_scores: bool = True, mask_remedy: str = DECLARE_MASK
) -> ReportedInputs | ScorePoints:
    """What a report says of one layer, at each point that the model scores.

    Args:
        report: of the whole model.
        index: which of the layers that it returned.
        has_scores: whether the divergences count, where it gives some.
        mask_remedy: how the user says another mask.
    """
    divergence = report.divergence if has_scores else None
    entry = ReportedInputs(
        weights=report.weights[index],
        divergence=None if divergence is None else divergence[index],
        mask_remedy=mask_remedy,
    )
    if report.converged is None:
        return entry
    converged = ReportedInputs(weights=report.converged[index], mask_remedy=mask_remedy)
    return ScorePoints(points={ENTRY: entry, CONVERGED: converged})
