"""The attention of one layer on one excerpt, as it will be drawn."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float32

from paperfig.values.model import Setting

ROW_SUM_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttentionMap:
    """Attention weights with all that a reader must know of them.

    Attributes:
        weights: in [0, 1]; exactly 0 where masked; a row sums to 1, or to 0 where the
            query has no key at all.
        scores: before the softmax and before κ, in nats (−KL, or scaled logits); NaN
            where masked. None where nothing that is drawn needs them.
        mask: True where the query may attend to the key; carried, never inferred.
        tokens: display strings, one a position.
        layer: counted from 0.
        heads: the heads shown, counted from 0, one for each of ``weights``; with
            ``mean``, the heads that the single map averages.
        n_head: how many heads the layer has.
        mean: whether ``weights`` holds one map, the mean of ``heads``.
        shown: mask, κ (one value for each of ``heads``) and transport of this map.
        trained: the same, as the checkpoint was trained.

    Raises:
        ValueError: an array does not fit the others, a weight is not finite, is outside
            [0, 1] or stands on a masked cell, or a row's sum is off by more than 1e-5.
    """

    weights: Float32[np.ndarray, "map query key"]
    scores: Float32[np.ndarray, "map query key"] | None = None
    mask: Bool[np.ndarray, "query key"]
    tokens: tuple[str, ...]
    layer: int
    heads: tuple[int, ...]
    n_head: int
    mean: bool = False
    shown: Setting
    trained: Setting

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_weights()

    def _check_shapes(self) -> None:
        maps, length = 1 if self.mean else len(self.heads), len(self.tokens)
        expected = (maps, length, length)
        for name, array in (("weights", self.weights), ("scores", self.scores)):
            if array is not None and array.shape != expected:
                raise ValueError(f"{name} have shape {array.shape}; {expected} is right")
        if self.mask.shape != expected[1:]:
            raise ValueError(f"mask has shape {self.mask.shape}; {expected[1:]} is right")

    def _check_weights(self) -> None:
        weights = self.weights
        if not np.isfinite(weights).all() or weights.min() < 0 or weights.max() > 1 + 1e-5:
            raise ValueError("weights must be finite and within 0 and 1")
        if weights[:, ~self.mask].any():
            raise ValueError("a masked key has weight; masked weights are exactly 0")
        wanted = self.mask.any(axis=1)
        worst = np.abs(weights.sum(axis=2, dtype=np.float64) - wanted).max()
        if worst > ROW_SUM_TOLERANCE:
            raise ValueError(f"a row's sum is off by {worst:.2g}; at most 1e-5 is right")

    @property
    def is_intervention(self) -> bool:
        """Whether what is shown differs from what was trained."""
        return self.shown != self.trained

    @property
    def is_divergence(self) -> bool:
        """Whether scores are −KL, or −Rényi's divergence, rather than scaled dot products."""
        return self.trained.kappa is not None

    @property
    def quantity(self) -> Literal["KL", "divergence", "logit"]:
        """What scores are, the first two with their sign turned."""
        if not self.is_divergence:
            return "logit"
        return "KL" if self.trained.order is None else "divergence"

    @property
    def labels(self) -> tuple[str, ...]:
        """A reference for each of ``weights``: ``L4H11``, or ``L4 mean``."""
        if self.mean:
            return (f"L{self.layer} mean",)
        return tuple(f"L{self.layer}H{head}" for head in self.heads)
