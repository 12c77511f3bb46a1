"""One number of each head at each step, with its interval."""

import numpy as np

from paperfig.errors import AttentionError, DrawingError
from paperfig.kinds.trend.steps import steps_of
from paperfig.statistics.heads import numbers_of_heads
from paperfig.statistics.tables import Table
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.scores import HeadScores


def table(data: FigureData, *, statistic: str | HeadScores, drawn: int | None = None) -> Table:
    """The columns of a trend.

    The statistic's own has the number of each head of each checkpoint; ``low`` and ``high``
    are the ends of its 95 % interval over excerpts, NaN without any; ``step`` is the step of
    each checkpoint, and ``named`` whether that is from its name.

    Raises:
        DrawingError: a checkpoint has no step, or other heads than the first.
        AttentionError: no head has the number, or it is of a file, which has no steps.
    """
    if not isinstance(statistic, str):
        what = f"{statistic.file} has one score a head, and none for each step"
        raise AttentionError("statistic", what, "the name of a number is right")
    steps = steps_of(data.variants)
    _check_heads(data)
    if drawn is not None and drawn not in {step for step, _ in steps}:
        listed = ", ".join(str(step) for step, _ in sorted(steps))
        raise DrawingError("drawn", f"no checkpoint is of step {drawn}", f"steps are {listed}")
    ends = [head.intervals.get(statistic, (None, None)) for head in data.statistics]
    columns = {
        f"{name}": np.array([np.nan if end is None else end for end in several])
        for name, several in zip(("low", "high"), zip(*ends, strict=True), strict=True)
    }
    columns |= {"step": np.array([step for step, _ in steps], dtype=np.float64)}
    columns |= {"named": np.array([float(named) for _, named in steps])}
    return {
        name: NamedArray(values=values, axes=("checkpoint",))
        for name, values in columns.items()
    } | dict(numbers_of_heads(data, statistic))


def _check_heads(data: FigureData) -> None:
    """Nothing where each checkpoint has the heads of the first."""
    count = len(data.variants)
    heads = [entry.head for entry in data.statistics]
    several = [
        heads[index * len(heads) // count :][: len(heads) // count] for index in range(count)
    ]
    if len(heads) % count or any(one != several[0] for one in several):
        what, right = "not all of them have the same heads", "name heads that all of them have"
        raise DrawingError("checkpoints", what, right)
