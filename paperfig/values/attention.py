"""The attention of one layer as it is drawn, and other values over queries and keys.

A head that attends to the two last keys alike, in a sequence of three tokens:

>>> from paperfig.values.mask import MaskRule
>>> rule = MaskRule(window=2)
>>> mask = rule.allowed(3, 3)
>>> tokens = Tokens(labels=("The", " lamp", " went"))
>>> attention = AttentionMap(
...     site=Site(layer=4),
...     heads=(11,),
...     n_head=12,
...     queries=tokens,
...     keys=tokens,
...     weights=(mask / mask.sum(axis=1, keepdims=True)).astype(np.float32)[None],
...     mask=mask,
...     shown=Setting(mask=rule),
...     trained=Setting(mask=MaskRule()),
... )
>>> attention.labels, attention.is_intervention
(('L4H11',), True)
>>> attention.weights[0].tolist()
[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float32

from paperfig.values.model import Setting
from paperfig.values.site import HeadRef, Site
from paperfig.values.tokens import Tokens

ROW_SUM_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadMap:
    """Whose map it is, over which queries and keys: all but the numbers that it shows.

    Attributes:
        site: which attention of the model.
        heads: the heads shown, counted from 0, one for each map; with ``mean``, the heads
            that the single map averages.
        n_head: how many heads the layer has; None where the single map is of a head, or of
            heads, that nothing says.
        mean: whether there is one map, the mean of ``heads``.
        queries: the tokens of the rows.
        keys: the tokens of the columns.
        mask: True where the query may attend to the key; carried, never inferred.
        shown: mask, κ (one value for each of ``heads``) and transport of this map; None
            where nothing says what made it.
        trained: the same, as the checkpoint was trained; None where that is not said.
        variant: the label of the figure's `Variant` that it is of.
    """

    site: Site
    heads: tuple[int, ...]
    n_head: int | None
    mean: bool = False
    queries: Tokens
    keys: Tokens
    mask: Bool[np.ndarray, "query key"]
    shown: Setting | None = None
    trained: Setting | None = None
    variant: str = ""

    @property
    def layer(self) -> int:
        """The layer, counted from 0."""
        return self.site.layer

    @property
    def refs(self) -> tuple[HeadRef, ...]:
        """A reference to each of ``heads``; none where nothing says which these are."""
        known = () if self.n_head is None else self.heads
        return tuple(HeadRef(self.site, head) for head in known)

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each map: ``L4H11``, ``L4 mean``, or what is known of it."""
        if self.mean:
            return (f"{self.site} mean".strip(),)
        return tuple(map(str, self.refs)) or (str(self.site) or "map",)

    @property
    def is_intervention(self) -> bool:
        """Whether what is shown differs from what was trained."""
        return self.trained is not None and self.shown != self.trained

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many maps there are, how many queries and how many keys."""
        maps = 1 if self.mean else len(self.heads)
        return maps, len(self.queries), len(self.keys)

    @property
    def key_weights(self) -> Float32[np.ndarray, "map query key"] | None:
        """The weights as shares of what goes to keys; None where no map of weights is kept."""
        return None

    def _check_shapes(self, *arrays: tuple[str, np.ndarray | None, tuple[int, ...]]) -> None:
        """Those of arrays, and of the mask, against what is right."""
        for name, array, right in (*arrays, ("mask has", self.mask, self.shape[1:])):
            if array is not None and array.shape != right:
                raise ValueError(f"{name} shape {array.shape}; {right} is right")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttentionMap(HeadMap):
    """Attention weights with all that a reader must know of them.

    Attributes:
        weights: in [0, 1]; exactly 0 where masked; a row sums to 1 less what goes to the
            learned sink, or to 0 where the query has no key at all.
        scores: before the softmax and before κ, in nats (−KL, or scaled logits); NaN
            where masked. None where nothing that is drawn needs them.
        learned_sink: the weight that goes to no key, in a model that learns such a place.
        shown: mask, κ (one value for each of ``heads``) and transport of this map.
        trained: the same, as the checkpoint was trained.

    Raises:
        ValueError: an array does not fit the others, a weight is not finite, is outside
            [0, 1] or stands on a masked cell, or a row's sum is off by more than 1e-5.
    """

    weights: Float32[np.ndarray, "map query key"]
    scores: Float32[np.ndarray, "map query key"] | None = None
    learned_sink: Float32[np.ndarray, "map query"] | None = None
    shown: Setting
    trained: Setting

    def __post_init__(self) -> None:
        self._check_shapes(
            ("weights have", self.weights, self.shape),
            ("scores have", self.scores, self.shape),
            ("learned_sink has", self.learned_sink, self.shape[:2]),
        )
        self._check_weights()

    def _check_weights(self) -> None:
        weights = self.weights
        if not np.isfinite(weights).all() or weights.min() < 0 or weights.max() > 1 + 1e-5:
            raise ValueError("weights must be finite and within 0 and 1")
        if weights[:, ~self.mask].any():
            raise ValueError("a masked key has weight; masked weights are exactly 0")
        sums = weights.sum(axis=2, dtype=np.float64)
        if self.learned_sink is not None:
            sums += self.learned_sink
        worst = np.abs(sums - self.mask.any(axis=1)).max()
        if worst > ROW_SUM_TOLERANCE:
            raise ValueError(f"a row's sum is off by {worst:.2g}; at most 1e-5 is right")

    @property
    def key_weights(self) -> Float32[np.ndarray, "map query key"]:
        """The weights as shares of what goes to keys: rows sum to 1, or to 0 without any."""
        if self.learned_sink is None:
            return self.weights
        sums = self.weights.sum(axis=2, keepdims=True)
        shares: np.ndarray = np.zeros_like(self.weights)
        np.divide(self.weights, sums, out=shares, where=sums > 0)
        return shares

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignedMap(HeadMap):
    """Values of either sign over queries and keys: relevances, gradients, differences.

    A query that is for its own key and against the one before:

    >>> tokens = Tokens(labels=("The", " lamp"))
    >>> signed = SignedMap(
    ...     site=Site(layer=0, is_known=False),
    ...     heads=(0,),
    ...     n_head=None,
    ...     queries=tokens,
    ...     keys=tokens,
    ...     values=np.array([[[0.5, 0.0], [-0.25, 0.75]]], dtype=np.float32),
    ...     mask=np.array([[True, False], [True, True]]),
    ... )
    >>> signed.labels, signed.shape
    (('map',), (1, 2, 2))

    Attributes:
        values: finite; exactly 0 where masked.
        mask: True where there is a value; ``shown`` has its rule, where that is known.

    Raises:
        ValueError: an array does not fit the others, or a value is not finite or is masked.
    """

    values: Float32[np.ndarray, "map query key"]

    def __post_init__(self) -> None:
        self._check_shapes(("values have", self.values, self.shape))
        if not np.isfinite(self.values).all() or self.values[:, ~self.mask].any():
            raise ValueError("values are finite, and exactly 0 where masked")
