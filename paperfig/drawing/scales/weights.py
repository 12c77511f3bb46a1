"""The scale of weights: from 0, or as multiples of uniform ones, around 1."""

import math
from collections.abc import Sequence

from paperfig.drawing.scales.limits import (
    Panels,
    automatic_limit,
    drawn_values,
    rounded_maximum,
)
from paperfig.drawing.scales.scale import NOISE, Rule, Scale, relative_to_uniform
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec, WeightScale
from paperfig.values.attention import AttentionMap

LOG_FLOOR = 1e-4


def scale_of(maps: Sequence[AttentionMap], style: StyleSpec) -> Scale:
    """The scale of maps that are drawn whole, as `weight_scale` gives it."""
    return weight_scale([(each.weights, each.mask) for each in maps], style)


def weight_scale(panels: Panels, style: StyleSpec, *, usual: WeightScale = "linear") -> Scale:
    """The scale of all weights drawn that a style asks for; ``usual`` where it names none.

    ``limits: auto`` ends as `automatic_limit` says, ``full`` at the maximum, rounded up.

    Raises:
        DrawingError: given limits that no scale can have.
    """
    if style.scale == "relative":
        return relative_scale(panels, style)
    # A softmax may miss 1 by its rounding, and no weight is more than 1.
    panels = [(values.clip(max=1.0), mask) for values, mask in panels]
    weights, kind = drawn_values(panels), style.scale or usual
    if isinstance(style.limits, tuple):
        low, high = _given(style.limits, kind)
        rule: Rule = "given"
    else:
        rule = style.limits
        low = LOG_FLOOR if kind == "log" else 0.0
        high = automatic_limit(panels) if rule == "auto" else rounded_maximum(weights)
        if high <= low:
            high = 10 * low
    return Scale(kind=kind, low=low, high=high, rule=rule).counting(weights)


def relative_scale(panels: Panels, style: StyleSpec) -> Scale:
    """The scale of weights as multiples of uniform ones, around 1.

    Its limits are as far from 1 in log2 unless they are given, at a power of two, 2 at least:
    the maximum, or what `automatic_limit` says. Weights of 0 lie below it.

    Raises:
        DrawingError: given limits that are not around 1.
    """
    ratios = [(relative_to_uniform(values, mask), mask) for values, mask in panels]
    drawn = drawn_values(ratios)
    if isinstance(style.limits, tuple):
        low, high = style.limits
        if not 0 < low < 1 < high:
            what = f"[{low:g}, {high:g}] on a relative scale"
            raise DrawingError("style.limits", what, "0 < lower < 1 < upper is right")
    else:
        is_full = style.limits == "full"
        most = float(drawn.max(initial=0.0))
        high = power_of_two(most) if is_full else automatic_limit(ratios, power_of_two)
        low = 1 / high
    rule: Rule = "given" if isinstance(style.limits, tuple) else style.limits
    return Scale(kind="relative", low=low, high=high, rule=rule).counting(drawn)


def power_of_two(value: float) -> float:
    """The smallest power of two, from 2 on, that is not below a value.

    >>> power_of_two(0.0), power_of_two(4.0), power_of_two(4.1)
    (2.0, 4.0, 8.0)
    """
    return 2.0 ** max(1, math.ceil(math.log2(max(value * (1 - NOISE), 1.0))))


def _given(limits: tuple[float, float], kind: WeightScale) -> tuple[float, float]:
    low, high = limits
    if not (0 <= low < high < math.inf) or (kind == "log" and low == 0):
        right = "0 < lower < upper" if kind == "log" else "0 <= lower < upper"
        what = f"[{low:g}, {high:g}] on a {kind} scale"
        raise DrawingError("style.limits", what, f"{right} is right")
    return low, high
