"""The lines of a trend: a head each, the few that change most in colour and by name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from paperfig.values.figure import FigureData

NAMED = 6


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
