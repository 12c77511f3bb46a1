"""A layer whose attention a model scores at more than one of its beliefs, as V3 does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Float32

from paperfig.errors import AttentionError
from paperfig.models.inputs import LayerInputs
from paperfig.values.internals import HeadInternals

ENTRY = "entry"
"""The beliefs that enter a layer: those that are scored where nothing is said."""

CONVERGED = "converged"
"""The beliefs that a layer's step ends with."""

POINTS = (ENTRY, CONVERGED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScorePoints(LayerInputs):
    """What a layer's attention is made from at each of its score points.

    Attributes:
        points: by name; `ENTRY` is among them.
        remedy: how to have a point that is not.
    """

    points: Mapping[str, LayerInputs]
    remedy: str = ""

    def at(self, score_at: str | None) -> LayerInputs:
        """The inputs at one point.

        Raises:
            AttentionError: the point takes code that has not been run.
        """
        name = score_at or ENTRY
        if name not in self.points:
            raise AttentionError(
                "score_at",
                f"{name} takes the code of the model's project, which steps the beliefs",
                self.remedy,
            )
        return self.points[name]

    @property
    def has_scores(self) -> bool:
        """Whether there are scores, which is the same at every point."""
        return self._entry.has_scores

    @property
    def is_recomputed(self) -> bool:
        """Whether weights are made from the scores, likewise."""
        return self._entry.is_recomputed

    def scores(self, transport: str | None) -> Float[torch.Tensor, "head query key"] | None:
        """Those of the beliefs that enter the layer."""
        return self._entry.scores(transport)

    def own_weights(self) -> Float32[np.ndarray, "head query key"] | None:
        """The model's own of the beliefs that enter the layer."""
        return self._entry.own_weights()

    def internals(self) -> tuple[HeadInternals, ...]:
        """Of the beliefs that enter the layer."""
        return self._entry.internals()

    def of_heads(self, indices: Sequence[int]) -> "ScorePoints":
        """Those of some of the heads at every point."""
        chosen = {name: inputs.of_heads(indices) for name, inputs in self.points.items()}
        return replace(self, points=chosen)

    @property
    def _entry(self) -> LayerInputs:
        return self.points[ENTRY]
