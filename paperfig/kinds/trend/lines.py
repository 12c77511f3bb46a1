"""The lines of a trend: a head each, the few that change most in colour and by name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from paperfig.values.figure import FigureData

NAMED = 6
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's, told apart by every colour vision; in grey the markers tell."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One head over the steps of its training.

    Attributes:
        name: the head's.
        values: its number at each step, NaN where there is none.
        low: the lower end of its interval, likewise.
        high: the upper end.
        rank: its place among those in colour; None for the others.
    """

    name: str
    values: Float64[np.ndarray, " step"]
    low: Float64[np.ndarray, " step"]
    high: Float64[np.ndarray, " step"]
    rank: int | None


def lines_of(data: FigureData, statistic: str) -> tuple[Sequence[float], tuple[Line, ...]]:
    """The steps in their order, and a line a head in the order of the model."""
    count = len(data.variants)
    steps = data.table["step"].values
    order = np.argsort(steps)
    columns = [
        data.table[name].values.reshape(count, -1)[order] for name in (statistic, "low", "high")
    ]
    names = [entry.head for entry in data.statistics[: len(data.statistics) // count]]
    ranks = {head: rank for rank, head in enumerate(sorted(_most_changed(columns[0])))}
    lines = tuple(
        Line(name=name, values=value, low=low, high=high, rank=ranks.get(head))
        for head, (name, value, low, high) in enumerate(
            zip(names, *(column.T for column in columns), strict=True)
        )
    )
    return steps[order].tolist(), lines


def _most_changed(values: Float64[np.ndarray, "step head"]) -> list[int]:
    """The heads in colour: all of a few, else those whose number has the widest range."""
    known = np.where(np.isnan(values), -np.inf, values).max(axis=0)
    least = np.where(np.isnan(values), np.inf, values).min(axis=0)
    spans = np.where(known >= least, known - least, -1.0)
    found: list[int] = np.argsort(-spans, kind="stable")[:NAMED].tolist()
    return found


def spread(wanted: Sequence[float], apart: float) -> list[float]:
    """Places as near to those wanted as their distance allows, in the same order.

    >>> spread([1.0, 1.0, 9.0], 2.0)
    [0.0, 2.0, 9.0]
    """
    groups: list[tuple[list[int], float]] = []
    for index in sorted(range(len(wanted)), key=lambda one: wanted[one]):
        groups.append(([index], wanted[index]))
        while len(groups) > 1 and _overlap(groups[-2], groups[-1], apart):
            (members, middle), (others, other) = groups.pop(-2), groups.pop()
            count = len(members) + len(others)
            mean = (middle * len(members) + other * len(others)) / count
            groups.append((members + others, mean))
    places = dict[int, float]()
    for members, middle in groups:
        for rank, index in enumerate(members):
            places[index] = middle + (rank - (len(members) - 1) / 2) * apart
    return [places[index] for index in range(len(wanted))]


def _overlap(
    above: tuple[list[int], float], below: tuple[list[int], float], apart: float
) -> bool:
    reach = (len(above[0]) + len(below[0])) / 2 * apart
    return below[1] - above[1] < reach - 1e-9
