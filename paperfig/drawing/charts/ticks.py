"""Where ticks stand from limit to limit: round numbers, both limits among them."""

import math
from collections.abc import Sequence

_FEWEST_STEPS, _MOST_STEPS = 3, 5  # from tick to tick

_MOST_OCTAVES = 3  # to either side of 1, of which each has a tick


def decade_ticks(low: float, high: float) -> list[float]:
    """Powers of ten between the limits; where there is none, 2 and 5 of them."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    decades = _between([10.0**power for power in powers], low, high)
    parts = [round(part * 10.0**power, 12) for power in powers for part in (2, 5)]
    return [low, *(decades or _between(parts, low, high)), high]


def octave_ticks(low: float, high: float) -> list[float]:
    """Powers of two between the limits, 1 among them: each, or where there are many each n-th.

    >>> octave_ticks(0.25, 4.0), octave_ticks(1 / 32, 32.0)
    ([0.25, 0.5, 1.0, 2.0, 4.0], [0.03125, 0.125, 1.0, 8.0, 32.0])
    """
    first, last = math.ceil(math.log2(low)), math.floor(math.log2(high))
    farthest = max(-first, last)
    step = 1 if farthest <= _MOST_OCTAVES else math.ceil(farthest / 2)
    powers = [2.0**power for power in range(first, last + 1) if power % step == 0]
    return [low, *_between(powers, low, high), high]


def even_ticks(low: float, high: float) -> list[float]:
    """Even steps of a round size from limit to limit, else its multiples between them."""
    span = high - low
    power = 10.0 ** math.floor(math.log10(span))
    steps = [round(part * power, 12) for part in (0.2, 0.25, 0.3, 0.5, 1, 2, 2.5)]
    even = [step for step in steps if _divides(step, span) and _divides(step, low)]
    if fitting := [step for step in even if _FEWEST_STEPS <= round(span / step) <= _MOST_STEPS]:
        count = round(span / max(fitting))
        return [round(low + index * span / count, 12) for index in range(count + 1)]
    step = max(step for step in steps if span / step >= _FEWEST_STEPS)
    first, last = math.floor(low / step), math.ceil(high / step)
    multiples = [round(index * step, 12) for index in range(first, last + 1)]
    return [low, *_between(multiples, low + step / 3, high - step / 3), high]


def _divides(step: float, number: float) -> bool:
    return abs(number / step - round(number / step)) < 1e-9  # noqa: PLR2004 - rounding


def _between(numbers: Sequence[float], low: float, high: float) -> list[float]:
    return [number for number in numbers if low < number < high]
