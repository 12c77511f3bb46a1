"""The scale of values of either sign, around 0."""

from collections.abc import Sequence

import numpy as np

from paperfig.drawing.scales.limits import automatic_limit, drawn_values, rounded_maximum
from paperfig.drawing.scales.scale import Rule, Scale
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec
from paperfig.values.attention import SignedMap

_LEAST_VALUE = float(np.finfo(np.float32).smallest_subnormal)
_GREATEST_VALUE = float(np.finfo(np.float32).max)


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
    values = drawn_values([(each.values, each.mask) for each in maps])
    rule: Rule = "given" if isinstance(style.limits, tuple) else style.limits
    if isinstance(style.limits, tuple):
        low, high = _given_around_zero(style.limits)
    else:
        sizes = [(np.abs(each.values), each.mask) for each in maps]
        high = automatic_limit(sizes) if rule == "auto" else rounded_maximum(np.abs(values))
        low = -high
    scale = Scale(kind="diverging", low=low, high=high, rule=rule, quantity="value")
    return scale.counting(values)


def _given_around_zero(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = limits
    around, far = low <= 0 <= high, max(-low, high)
    if not (around and _LEAST_VALUE <= far <= _GREATEST_VALUE):
        right = "1.4e-45 to 3.4e38 from 0 to the farther" if around else "lower <= 0 <= upper"
        what = f"[{low:g}, {high:g}] on a scale that diverges from 0"
        raise DrawingError("style.limits", what, f"{right} is right")
    return low + 0.0, high + 0.0  # 0 has no sign
