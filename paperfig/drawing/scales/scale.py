"""From values to colour levels: one scale for all panels of a figure."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float64, Int16, UInt8

from paperfig.drawing.charts.ticks import decade_ticks, even_ticks, octave_ticks
from paperfig.drawing.palettes import LEVELS, diverging_palette, palette, zero_level
from paperfig.drawing.underpainting import MASKED
from paperfig.specs.style import WeightScale

NOISE = 1e-6  # relative: float32 has a weight of 0.8 as 0.80000001
READABLE = 165  # the level of a sequential palette that is dark enough, and not too dark
_LEAST_RATIO = float(np.finfo(np.float64).tiny)  # 0 has no logarithm
_LEAST_PLAIN, _MOST_PLAIN = 1e-3, 1e4
ScaleKind = WeightScale | Literal["diverging"]
"""How the way from limit to limit is divided."""

Rule = Literal["auto", "full", "given"]
"""Where limits are from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How weights become levels of the palette.

    Attributes:
        kind: how the way from the lower to the upper limit is divided; ``diverging`` evenly,
            and it goes through 0, where its colours have their neutral one; ``relative`` in
            its log2, through 1, of weights times the number of keys that their query may
            attend to.
        low: the weight of the lowest level.
        high: the weight of the highest level.
        rule: where the limits are from.
        over: how many drawn weights lie above the limits.
        under: how many lie below.
        n_cells: how many weights are drawn.
        quantity: what is drawn: weights, KL, other divergences, logits or any values.
        title: what the bar says of it, where that does not follow.
    """

    kind: ScaleKind
    low: float
    high: float
    rule: Rule
    over: int = 0
    under: int = 0
    n_cells: int = 0
    quantity: Literal["weight", "KL", "divergence", "logit", "value"] = "weight"
    title: str = ""

    def counting(self, drawn: Float[np.ndarray, " value"]) -> "Scale":
        """The same of these values as it has them: so many, and so many beyond its limits."""
        slack_below, slack_above = (NOISE * abs(end) for end in (self.low, self.high))
        return replace(
            self,
            over=int((drawn > self.high + slack_above).sum()),
            under=int((drawn < self.low - slack_below).sum()),
            n_cells=drawn.size,
        )

    def measured(
        self, values: Float[np.ndarray, "query key"], mask: Bool[np.ndarray, "query key"]
    ) -> Float64[np.ndarray, "query key"]:
        """The values of a map as the scale has them, which may be a ratio."""
        if self.kind == "relative":
            return relative_to_uniform(values.astype(np.float64), mask)
        # A softmax may miss 1 by its rounding, and no weight is more than 1.
        most = 1.0 if self.quantity == "weight" else math.inf
        return np.asarray(values.astype(np.float64).clip(max=most))

    @property
    def centre(self) -> float | None:
        """The value from which its colours diverge, if they do."""
        return {"diverging": 0.0, "relative": 1.0}.get(self.kind)

    def colours(self, name: str | None) -> UInt8[np.ndarray, "level 3"]:
        """The colours of its levels, in the palette of that name."""
        if self.centre is None:
            return palette(name)
        low, high = self._bent(np.array([self.low, self.high])).tolist()
        return diverging_palette(name, (low, high))

    def line_colour(self, name: str | None) -> UInt8[np.ndarray, "3"]:
        """That of a line beside what has its colours: not too dark, and of one hue."""
        return np.asarray(palette(name if self.centre is None else None)[READABLE])

    def _bent(self, values: Float64[np.ndarray, "*value"]) -> Float64[np.ndarray, "*value"]:
        """Values as equal steps of colour have them."""
        bends = {"sqrt": np.sqrt, "log": np.log, "relative": np.log2}
        return np.asarray(bends.get(self.kind, np.positive)(values))

    def positions(self, weights: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
        """Where weights lie between the limits: 0 the lower, 1 the upper."""
        low, high = self._bent(np.array([self.low, self.high]))
        return np.asarray((self._bent(weights.clip(self.low, self.high)) - low) / (high - low))

    def levels(
        self, weights: Float[np.ndarray, "query key"], mask: Bool[np.ndarray, "query key"]
    ) -> Int16[np.ndarray, "query key"]:
        """The level of each cell, and `MASKED` where there is none.

        On a scale that diverges what is equally far from its centre is so many levels away.
        """
        values = self.measured(weights, mask)
        if self.kind == "relative":
            values = values.clip(min=_LEAST_RATIO)
        if self.centre is None:
            steps = np.floor(LEVELS * self.positions(values))
        else:
            low, high = self._bent(np.array([self.low, self.high])).tolist()
            away = self._bent(values)
            sizes = np.abs(away).clip(max=high - low)
            whole = np.floor(LEVELS * sizes / (high - low) + 0.5)
            steps = zero_level((low, high)) + np.sign(away) * whole
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
        if self.kind == "relative":
            return octave_ticks(self.low, self.high)
        if self.kind == "sqrt" and self.low == 0:
            return [0.0, *(float(f"{part * self.high:.1g}") for part in (0.1, 0.4)), self.high]
        return even_ticks(self.low, self.high)


def relative_to_uniform(
    weights: Float[np.ndarray, "*head query key"], mask: Bool[np.ndarray, "query key"]
) -> Float[np.ndarray, "*head query key"]:
    """How many times what uniform attention would give: times the number of allowed keys.

    >>> mask = np.tri(2, dtype=bool)
    >>> relative_to_uniform(np.array([[1.0, 0.0], [0.75, 0.25]]), mask).tolist()
    [[1.0, 0.0], [1.5, 0.5]]
    """
    return np.asarray(weights * mask.sum(axis=1, keepdims=True))
