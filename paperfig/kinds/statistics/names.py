"""Which heads stand out, and where their names have room."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64

from paperfig.drawing.canvas import SOFT, Canvas, Point
from paperfig.drawing.page import SMALLEST
from paperfig.kinds.statistics.plot import Plot

MOST = 2
_TIMES_MEDIAN = 3
_SHARP_WHERE_LOW = ("normalised_entropy", "effective_keys")
_AWAY = 2.4
_DOT = 1.6

_Rectangle = tuple[float, float, float, float]


def named_heads(name: str, values: Float64[np.ndarray, " head"]) -> list[int]:
    """The two heads that stand out most, by their places: the lowest of entropies.

    Of other numbers the largest, where they are more than three times the median.
    """
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")].tolist()
    if name in _SHARP_WHERE_LOW:
        return order[:MOST] if len(order) > MOST else []
    bound = _TIMES_MEDIAN * float(np.median(values[known])) if order else 0.0
    return [index for index in order[::-1][:MOST] if values[index] > bound > 0]


def draw_names(
    canvas: Canvas, plot: Plot, dots: Sequence[Point], names: Mapping[int, str]
) -> None:
    """Each name above or below its dot, where it covers no dot and no other name."""
    taken: list[_Rectangle] = [
        (x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in dots if not np.isnan(y)
    ]
    for index, name in names.items():
        x, y = dots[index]
        half = canvas.faces.width(name, SMALLEST) / 2
        middle = min(max(x, plot.left + half), plot.right - half)
        for side in (-1, 1):
            at = y + side * (_AWAY + SMALLEST / 2)
            box = (middle - half, at - SMALLEST / 2, middle + half, at + SMALLEST / 2)
            inside = plot.top <= box[1] and box[3] <= plot.bottom
            if inside and not any(_overlap(box, other) for other in taken):
                canvas.label(name, (middle, at), SMALLEST, align="middle", colour=SOFT)
                taken.append(box)
                break


def _overlap(one: _Rectangle, other: _Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
