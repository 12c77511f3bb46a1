"""The axes of a chart: steps from the left, evenly or by their logarithm; numbers upwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from paperfig.drawing.scales.limits import rounded_up

LOGARITHMIC = 30  # times the first step, from which the last one is too far
_ROUND_SHARES = (0.1, 0.2, 0.5, 1.0)
_STEPS = (1, 2, 2.5, 5, 10)
_MOST_TICKS = 6

Number = int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A line of numbers.

    Attributes:
        low: the number at its beginning.
        high: that at its end.
        ticks: those that are labelled.
        minor: those that only have a tick.
        logarithmic: whether equal factors are equally far.
    """

    low: Number
    high: Number
    ticks: tuple[Number, ...]
    minor: tuple[Number, ...] = ()
    logarithmic: bool = False

    def position(self, number: Number) -> float:
        """Where a number lies: 0 at the beginning, 1 at the end."""
        bend = math.log if self.logarithmic else float
        low, high = bend(self.low), bend(self.high)
        return (bend(number) - low) / (high - low)


def axis_of_steps(steps: Sequence[Number], far: Number = LOGARITHMIC) -> Axis:
    """From the first step to the last; by their logarithm where these are far apart.

    Args:
        steps: to be shown.
        far: the factor between first and last from which they are.

    >>> axis_of_steps([10.0, 100.0, 2000.0]).ticks, axis_of_steps([0.0, 250.0, 500.0]).ticks
    ((10, 100, 1000), (0.0, 100.0, 200.0, 300.0, 400.0, 500.0))
    """
    low, high = min(steps), max(steps)
    if low > 0 and high / low >= far:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        decades = [10**power for power in powers]
        parts = [part * power for power in decades for part in range(2, 10)]
        return Axis(
            low=low,
            high=high,
            ticks=tuple(power for power in decades if low <= power <= high),
            minor=tuple(part for part in parts if low <= part <= high),
            logarithmic=True,
        )
    step = _even_step(high - low)
    first, last = math.ceil(low / step), math.floor(high / step)
    ticks = (round(index * step, 12) for index in range(first, last + 1))
    return Axis(low=low, high=high, ticks=tuple(ticks))


def axis_of_numbers(numbers: Sequence[Number], *, is_share: bool) -> Axis:
    """From 0 to the smallest round number that holds all; to 0 where all are below it.

    >>> axis_of_numbers([0.03, 0.41], is_share=True).ticks
    (0.0, 0.25, 0.5)
    """
    most, least = max(*numbers, 0.0), min(*numbers, 0.0)
    shares = [end for end in _ROUND_SHARES if most <= end] if is_share else []
    high = (shares[0] if shares else rounded_up(most)) if most > 0 else 0.0
    low = -rounded_up(-least) if least < 0 else 0.0
    high = high if high > low else 1.0
    middle = (low + high) / 2 if low == 0 or high == 0 else 0.0
    return Axis(low=low, high=high, ticks=(low, middle, high))


def _even_step(span: Number) -> float:
    """The smallest round step of which at most so many make up a span."""
    power = 10.0 ** math.floor(math.log10(span / _MOST_TICKS))
    return next(part * power for part in _STEPS if span / (part * power) <= _MOST_TICKS)
