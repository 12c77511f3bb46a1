"""Weights as lengths: bars, and strokes of different width."""

import numpy as np
from jaxtyping import Float

from paperfig.drawing.scales.limits import rounded_up
from paperfig.drawing.scales.scale import Rule, Scale
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec


def scale_of_lengths(weights: Float[np.ndarray, "..."], style: StyleSpec) -> Scale:
    """The scale of weights that are drawn as lengths or strokes: linear, from 0.

    Raises:
        DrawingError: limits that begin elsewhere.
    """
    low, high = style.limits if isinstance(style.limits, tuple) else (0.0, 0.0)
    if low:
        what = f"[{low:g}, {high:g}] for lengths, which begin at 0"
        raise DrawingError("style.limits", what, f"[0, {high:g}] is right")
    rule: Rule = "given" if isinstance(style.limits, tuple) else style.limits
    high = high or rounded_up(float(weights.max(initial=0.0)))
    return Scale(kind="linear", low=0.0, high=high, rule=rule).counting(weights.ravel())
