"""From weights to colour levels: one scale for all panels of a figure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float64, Int16

from paperfig.drawing.palettes import LEVELS
from paperfig.drawing.underpainting import MASKED
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec
from paperfig.values.attention import AttentionMap

LOG_FLOOR = 1e-4
PERCENTILE = 99.5
FEWEST_KEYS = 8  # rows with fewer keys have large weights by necessity
FEWEST_QUERIES = 16  # below, the limit is the maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How weights become levels of the palette.

    Attributes:
        kind: how the way from the lower to the upper limit is divided.
        low: the weight of the lowest level.
        high: the weight of the highest level.
        rule: where the limits are from.
        over: how many drawn weights lie above the limits.
        under: how many lie below.
        quantity: what is drawn: weights, KL, other divergences or logits.
    """

    kind: Literal["linear", "sqrt", "log"]
    low: float
    high: float
    rule: Literal["auto", "full", "given"]
    over: int = 0
    under: int = 0
    quantity: Literal["weight", "KL", "divergence", "logit"] = "weight"

    def positions(self, weights: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
        """Where weights lie between the limits: 0 the lower, 1 the upper."""
        inside = weights.clip(self.low, self.high)
        bend = {"linear": np.positive, "sqrt": np.sqrt, "log": np.log}[self.kind]
        low, high = bend(self.low), bend(self.high)
        return np.asarray((bend(inside) - low) / (high - low))

    def levels(
        self, weights: Float[np.ndarray, "query key"], mask: Bool[np.ndarray, "query key"]
    ) -> Int16[np.ndarray, "query key"]:
        """The level of each cell, and `MASKED` where there is none."""
        steps = np.floor(LEVELS * self.positions(weights.astype(np.float64)))
        return np.where(mask, steps.clip(0, LEVELS - 1), MASKED).astype(np.int16)

    def ticks(self) -> list[float]:
        """Two to five round weights within the limits, ascending."""
        if self.kind == "log":
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.log10(self.high) + 1e-9
            ticks = [10.0**power for power in range(first, math.floor(last) + 1)]
            return ticks if len(ticks) > 1 else [self.low, self.high]
        if self.kind == "sqrt" and self.low == 0:
            top = _round_below(self.high)
            return [0.0, _round_below(top / 3.9), top]
        return _even_ticks(self.low, self.high)


def scale_of(maps: Sequence[AttentionMap], style: StyleSpec) -> Scale:
    """The scale that a style asks for, over all that is drawn.

    ``limits: auto`` is 0 to the 99.5th percentile of allowed weights in rows with at least
    8 allowed keys; the maximum below 16 queries, or where no row has as many keys.

    Raises:
        DrawingError: given limits that no scale can have.
    """
    drawn = np.concatenate([entry.weights[:, entry.mask].ravel() for entry in maps])
    weights = drawn.astype(np.float64)
    if isinstance(style.limits, tuple):
        low, high = _given(style)
        rule: Literal["auto", "full", "given"] = "given"
    else:
        rule = style.limits
        low = LOG_FLOOR if style.scale == "log" else 0.0
        high = _percentile(maps) if rule == "auto" else 0.0
        high = high or float(weights.max(initial=0.0)) or 1.0
        if high <= low:
            high = 10 * low
    return Scale(
        kind=style.scale,
        low=low,
        high=high,
        rule=rule,
        over=int((weights > high).sum()),
        under=int((weights < low).sum()),
    )


def score_scale(
    scores: Sequence[Float64[np.ndarray, "query key"]],
    quantity: Literal["KL", "divergence", "logit"],
    style: StyleSpec,
) -> Scale:
    """The scale of scores, NaN where masked; the style's ``scale`` is the weights' own.

    From 0 to the 99.5th percentile of KL, and from the 0.5th of logits, which are less
    their row's maximum, to 0; to the farthest of them with ``limits: full`` or below 16
    queries.
    """
    drawn = np.concatenate([one[~np.isnan(one)] for one in scores])
    is_full = style.limits == "full" or len(scores[0]) < FEWEST_QUERIES
    away = np.abs(drawn)
    far = float(np.percentile(away, 100 if is_full else PERCENTILE)) if away.size else 0.0
    far = far or float(away.max(initial=0.0)) or 1.0
    beyond = int((away > far).sum())
    return Scale(
        kind="linear",
        low=-far if quantity == "logit" else 0.0,
        high=0.0 if quantity == "logit" else far,
        rule="full" if style.limits == "full" else "auto",
        over=0 if quantity == "logit" else beyond,
        under=beyond if quantity == "logit" else 0,
        quantity=quantity,
    )


def _given(style: StyleSpec) -> tuple[float, float]:
    assert isinstance(style.limits, tuple)
    low, high = style.limits
    if not (0 <= low < high < math.inf) or (style.scale == "log" and low == 0):
        raise DrawingError(
            "style.limits",
            f"[{low:g}, {high:g}] on a {style.scale} scale",
            "0 < lower < upper is right"
            if style.scale == "log"
            else "0 <= lower < upper is right",
        )
    return low, high


def _percentile(maps: Sequence[AttentionMap]) -> float:
    """The 99.5th percentile of the rows that count; 0 where none does."""
    if len(maps[0].queries) < FEWEST_QUERIES:
        return 0.0
    counted = []
    for entry in maps:
        rows = entry.mask.sum(axis=1) >= FEWEST_KEYS
        counted.append(entry.weights[:, entry.mask & rows[:, None]].ravel())
    weights = np.concatenate(counted).astype(np.float64)
    return float(np.percentile(weights, PERCENTILE)) if weights.size else 0.0


def _even_ticks(low: float, high: float) -> list[float]:
    """Multiples of the smallest round step that makes at most three steps."""
    power = 10.0 ** math.floor(math.log10((high - low) / 4))
    steps = [power * factor for factor in (1, 2, 2.5, 5, 10, 20)]
    step = next(step for step in steps if high / step - low / step < 4 - 1e-9)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def _round_below(number: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above ``number``."""
    power = 10.0 ** math.floor(math.log10(number) + 1e-9)
    factor = max(factor for factor in (1, 2, 5) if factor * power <= number * (1 + 1e-9))
    return round(factor * power, 12)
