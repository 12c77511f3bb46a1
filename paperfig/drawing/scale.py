"""From values to colour levels: one scale for all panels of a figure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float64, Int16

from paperfig.drawing.charts.ticks import decade_ticks, even_ticks
from paperfig.drawing.palettes import LEVELS, zero_level
from paperfig.drawing.underpainting import MASKED
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec
from paperfig.values.attention import AttentionMap, SignedMap

LOG_FLOOR = 1e-4
PERCENTILE = 99.5
FARTHEST_LOGIT, LOGIT_PERCENTILE = 8.0, 90.0  # nats below a row's maximum: e⁻⁸ of its weight
FEWEST_KEYS = 8  # rows with fewer keys have large weights by necessity
_SHARE_ENDS = (0.1, 0.2, 0.5, 1.0)
_OUTSTANDING = 2  # times the percentile: maxima beyond that would leave all else pale
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_LEAST_VALUE = float(np.finfo(np.float32).smallest_subnormal)
_GREATEST_VALUE = float(np.finfo(np.float32).max)
_LEAST_PLAIN, _MOST_PLAIN = 1e-3, 1e4
_NOISE = 1e-6  # relative: float32 has a weight of 0.8 as 0.80000001

Panels = Sequence[tuple[Float[np.ndarray, "... query key"], Bool[np.ndarray, "query key"]]]
"""Values, and where there are any."""

WeightScale = Literal["linear", "sqrt", "log"]
"""How the way from the least weight to the greatest is divided."""

Rule = Literal["auto", "full", "given"]
"""Where limits are from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How weights become levels of the palette.

    Attributes:
        kind: how the way from the lower to the upper limit is divided; ``diverging`` evenly,
            and it goes through 0, where its colours have their neutral one.
        low: the weight of the lowest level.
        high: the weight of the highest level.
        rule: where the limits are from.
        over: how many drawn weights lie above the limits.
        under: how many lie below.
        n_cells: how many weights are drawn.
        quantity: what is drawn: weights, KL, other divergences, logits or any values.
        title: what the bar says of it, where that does not follow.
    """

    kind: Literal["linear", "sqrt", "log", "diverging"]
    low: float
    high: float
    rule: Rule
    over: int = 0
    under: int = 0
    n_cells: int = 0
    quantity: Literal["weight", "KL", "divergence", "logit", "value"] = "weight"
    title: str = ""

    def positions(self, weights: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
        """Where weights lie between the limits: 0 the lower, 1 the upper."""
        inside = weights.clip(self.low, self.high)
        bend = {"sqrt": np.sqrt, "log": np.log}.get(self.kind, np.positive)
        low, high = bend(self.low), bend(self.high)
        return np.asarray((bend(inside) - low) / (high - low))

    def levels(
        self, weights: Float[np.ndarray, "query key"], mask: Bool[np.ndarray, "query key"]
    ) -> Int16[np.ndarray, "query key"]:
        """The level of each cell, and `MASKED` where there is none.

        On a diverging scale values of one size are equally far from the level of 0.
        """
        values = weights.astype(np.float64)
        if self.kind == "diverging":
            sizes = np.abs(values).clip(max=self.high - self.low)
            away = np.floor(LEVELS * sizes / (self.high - self.low) + 0.5)
            steps = zero_level((self.low, self.high)) + np.sign(values) * away
        else:
            steps = np.floor(LEVELS * self.positions(values))
        return np.where(mask, steps.clip(0, LEVELS - 1), MASKED).astype(np.int16)

    @property
    def exponent(self) -> int:
        """The power of ten that the labels of values leave out, where they are far from 1."""
        farthest = max(abs(self.low), abs(self.high))
        if self.quantity != "value" or _LEAST_PLAIN <= farthest < _MOST_PLAIN:
            return 0
        return math.floor(math.log10(farthest))

    def ticks(self) -> list[float]:
        """Both limits and a few round weights between them, ascending."""
        if self.kind == "diverging":
            far = max(-self.low, self.high)
            halves = {end / 2 for end in (self.low, self.high) if abs(end) == far}
            return sorted({self.low, 0.0, self.high} | halves)
        if self.kind == "log":
            return decade_ticks(self.low, self.high)
        if self.kind == "sqrt" and self.low == 0:
            return [0.0, *(float(f"{part * self.high:.1g}") for part in (0.1, 0.4)), self.high]
        return even_ticks(self.low, self.high)


def scale_of(maps: Sequence[AttentionMap], style: StyleSpec) -> Scale:
    """The scale of maps that are drawn whole, as `weight_scale` gives it."""
    return weight_scale([(each.weights, each.mask) for each in maps], style)


def weight_scale(panels: Panels, style: StyleSpec, *, usual: WeightScale = "linear") -> Scale:
    """The scale of all weights drawn that a style asks for; ``usual`` where it names none.

    ``limits: auto`` ends as `automatic_limit` says, ``full`` at the maximum, rounded up.

    Raises:
        DrawingError: given limits that no scale can have.
    """
    # A softmax may miss 1 by its rounding, and no weight is more than 1.
    panels = [(values.clip(max=1.0), mask) for values, mask in panels]
    weights, kind = _drawn(panels), style.scale or usual
    if isinstance(style.limits, tuple):
        low, high = _given(style.limits, kind)
        rule: Rule = "given"
    else:
        rule = style.limits
        low = LOG_FLOOR if kind == "log" else 0.0
        high = automatic_limit(panels) if rule == "auto" else _rounded_maximum(weights)
        if high <= low:
            high = 10 * low
    return Scale(
        kind=kind,
        low=low,
        high=high,
        rule=rule,
        over=int((weights > high * (1 + _NOISE)).sum()),
        under=int((weights < low * (1 - _NOISE)).sum()),
        n_cells=weights.size,
    )


def score_scale(
    scores: Sequence[Float64[np.ndarray, "query key"]],
    quantity: Literal["KL", "divergence", "logit"],
    style: StyleSpec,
) -> Scale:
    """The scale of scores, NaN where masked; the style's ``scale`` is the weights' own.

    From 0 upwards for KL, as far as `automatic_limit` says, and downwards for logits, which
    are less their row's maximum: to 8 nats, or the 90th percentile where that is less. With
    ``limits: full`` to the farthest. All rounded up.
    """
    panels = [(np.abs(one)[None], ~np.isnan(one)) for one in scores]
    away, is_full = _drawn(panels), style.limits == "full"
    if quantity == "logit" and not is_full:
        usual = float(np.percentile(away, LOGIT_PERCENTILE)) if away.size else 0.0
        far = rounded_up(min(usual, FARTHEST_LOGIT))
    else:
        far = _rounded_maximum(away) if is_full else automatic_limit(panels)
    beyond = int((away > far * (1 + _NOISE)).sum())
    return Scale(
        kind="linear",
        low=-far if quantity == "logit" else 0.0,
        high=0.0 if quantity == "logit" else far,
        rule="full" if is_full else "auto",
        over=0 if quantity == "logit" else beyond,
        under=beyond if quantity == "logit" else 0,
        n_cells=away.size,
        quantity=quantity,
    )


def signed_scale(maps: Sequence[SignedMap], style: StyleSpec) -> Scale:
    """The diverging scale of values of either sign, over all that is drawn.

    From −a to a unless limits are given, with a for the values without their sign what
    `automatic_limit` says, or with ``limits: full`` the largest, rounded up.

    Raises:
        DrawingError: a scale that is not linear, or limits that do not hold 0.
    """
    if style.scale not in (None, "linear"):
        what = f"{style.scale} has no place for values below 0"
        raise DrawingError("style.scale", what, "linear is right")
    values = _drawn([(each.values, each.mask) for each in maps])
    rule: Rule = "given" if isinstance(style.limits, tuple) else style.limits
    if isinstance(style.limits, tuple):
        low, high = _given_around_zero(style.limits)
    else:
        sizes = [(np.abs(each.values), each.mask) for each in maps]
        high = automatic_limit(sizes) if rule == "auto" else _rounded_maximum(np.abs(values))
        low = -high
    return Scale(
        kind="diverging",
        low=low,
        high=high,
        rule=rule,
        over=int((values > high * (1 + _NOISE)).sum()),
        under=int((values < low * (1 + _NOISE)).sum()),
        n_cells=values.size,
        quantity="value",
    )


def end_of_numbers(values: Float64[np.ndarray, " value"], *, is_share: bool) -> float:
    """Where a scale from 0 of numbers of heads ends, NaN where there are none.

    At the smallest of 0.1, 0.2, 0.5 and 1 that holds all shares; at the largest of other
    numbers, whatever their sign, rounded up.
    """
    far = float(np.nan_to_num(np.abs(values)).max(initial=0.0))
    if not is_share:
        return rounded_up(far)
    return next((end for end in _SHARE_ENDS if far <= end * (1 + _NOISE)), 1.0)


def automatic_limit(panels: Panels) -> float:
    """Where a scale from 0 ends that nobody gave an end: one for all panels, rounded up.

    At the maximum; where that is more than twice the 99.5th percentile of the rows with at
    least 8 values, at the percentile.
    """
    most, counted = float(_drawn(panels).max(initial=0.0)), _drawn(panels, FEWEST_KEYS)
    usual = float(np.percentile(counted, PERCENTILE)) if counted.size else 0.0
    return rounded_up(usual if 0 < usual < most / _OUTSTANDING else most)


def rounded_up(value: float) -> float:
    """The smallest number of one or two round digits that is not below a value.

    >>> rounded_up(0.781), rounded_up(0.0031), rounded_up(101.0), rounded_up(0.0)
    (0.8, 0.004, 120.0, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    rounded = (float(f"{factor * power:.2g}") for factor in _ROUND)
    return next(number for number in rounded if number >= value * (1 - _NOISE))


def _drawn(panels: Panels, fewest: int = 0) -> Float64[np.ndarray, " value"]:
    """All values of the rows that have at least so many."""
    rows = [(values, mask & (mask.sum(axis=1) >= fewest)[:, None]) for values, mask in panels]
    every = np.concatenate([values[:, kept].ravel() for values, kept in rows])
    return every.astype(np.float64)


def _rounded_maximum(values: Float64[np.ndarray, " value"]) -> float:
    return rounded_up(float(values.max(initial=0.0)))


def _given(limits: tuple[float, float], kind: WeightScale) -> tuple[float, float]:
    low, high = limits
    if not (0 <= low < high < math.inf) or (kind == "log" and low == 0):
        right = "0 < lower < upper" if kind == "log" else "0 <= lower < upper"
        what = f"[{low:g}, {high:g}] on a {kind} scale"
        raise DrawingError("style.limits", what, f"{right} is right")
    return low, high


def _given_around_zero(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = limits
    around, far = low <= 0 <= high, max(-low, high)
    if not (around and _LEAST_VALUE <= far <= _GREATEST_VALUE):
        right = "1.4e-45 to 3.4e38 from 0 to the farther" if around else "lower <= 0 <= upper"
        what = f"[{low:g}, {high:g}] on a scale that diverges from 0"
        raise DrawingError("style.limits", what, f"{right} is right")
    return low + 0.0, high + 0.0  # 0 has no sign
