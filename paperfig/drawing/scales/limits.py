"""Where scales end: at the largest value, or where most lie below, rounded up."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float, Float64

from paperfig.drawing.scales.scale import NOISE

PERCENTILE = 99.5
FEWEST_KEYS = 8  # rows with fewer keys have large weights by necessity
_SHARE_ENDS = (0.1, 0.2, 0.5, 1.0)
_OUTSTANDING = 2  # times the percentile: maxima beyond that would leave all else pale
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)

Panels = Sequence[tuple[Float[np.ndarray, "... query key"], Bool[np.ndarray, "query key"]]]
"""Values, and where there are any."""


def end_of_numbers(values: Float64[np.ndarray, " value"], *, is_share: bool) -> float:
    """Where a scale from 0 of numbers of heads ends, NaN where there are none.

    At the smallest of 0.1, 0.2, 0.5 and 1 that holds all shares; at the largest of other
    numbers, whatever their sign, rounded up.
    """
    far = float(np.nan_to_num(np.abs(values)).max(initial=0.0))
    if not is_share:
        return rounded_up(far)
    return next((end for end in _SHARE_ENDS if far <= end * (1 + NOISE)), 1.0)


def automatic_limit(panels: Panels, rounded: Callable[[float], float] | None = None) -> float:
    """Where a scale from 0 ends that nobody gave an end: one for all panels, rounded up.

    At the maximum; where that is more than twice the 99.5th percentile of the rows with at
    least 8 values, at the percentile.
    """
    most, counted = (
        float(drawn_values(panels).max(initial=0.0)),
        drawn_values(panels, FEWEST_KEYS),
    )
    usual = float(np.percentile(counted, PERCENTILE)) if counted.size else 0.0
    return (rounded or rounded_up)(usual if 0 < usual < most / _OUTSTANDING else most)


def rounded_up(value: float) -> float:
    """The smallest number of one or two round digits that is not below a value.

    >>> rounded_up(0.781), rounded_up(0.0031), rounded_up(101.0), rounded_up(0.0)
    (0.8, 0.004, 120.0, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    rounded = (float(f"{factor * power:.2g}") for factor in _ROUND)
    return next(number for number in rounded if number >= value * (1 - NOISE))


def drawn_values(panels: Panels, fewest: int = 0) -> Float64[np.ndarray, " value"]:
    """All values of the rows that have at least so many."""
    rows = [(values, mask & (mask.sum(axis=1) >= fewest)[:, None]) for values, mask in panels]
    every = np.concatenate([values[:, kept].ravel() for values, kept in rows])
    return every.astype(np.float64)


def rounded_maximum(values: Float64[np.ndarray, " value"]) -> float:
    """The largest value from 0 on, rounded up."""
    return rounded_up(float(values.max(initial=0.0)))
