"""The cases of trends: fixed numbers of heads at steps, and every word of their captions."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from captions.caption_figures import attention, figure
from revisions.told import Told, told

from paperfig.kinds import KINDS
from paperfig.statistics.summary import summarise
from paperfig.values.attention import HeadMap
from paperfig.values.excerpt import Origin, Sample
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.reduced import ReducedMap
from paperfig.values.statistics import HeadStatistics

_KIND = KINDS["trend"]
NUMBERS = np.array([[0.1, 0.2], [0.3, 0.25], [0.9, 0.15]])


def trend_value(
    steps: Sequence[int],
    numbers: np.ndarray,
    *,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
    named: Sequence[bool] = (),
    statistic: str = "previous",
    **changes: Any,
) -> FigureData:
    """A figure of numbers, (step, head), of a layer's heads at these steps.

    Args:
        steps: of the checkpoints.
        numbers: what is drawn; NaN where there is none.
        low: the lower ends of their intervals; none of None.
        high: the upper ends.
        named: for each step, whether it is from a name.
        statistic: what the numbers are.
        changes: all else as `figure` takes it.
    """
    heads = tuple(range(numbers.shape[1]))
    shown = attention(6, heads=heads, n_head=max(12, len(heads)), kappa=None)
    one = figure(shown, kind=_KIND.name, **changes)
    kept = {field.name: getattr(shown, field.name) for field in fields(HeadMap)}
    entries = summarise(shown, [shown], [np.arange(6)])
    variants, reduced, statistics = [], [], list[HeadStatistics]()
    for index, step in enumerate(steps):
        label = f"step-{step}" if named and named[index] else f"model {index}"
        variants.append(replace(one.variants[0], label=label))
        reduced.append(ReducedMap(**kept | {"variant": label}))
        for head, entry in enumerate(entries):
            number = numbers[index, head]
            told_of = {statistic: None if np.isnan(number) else float(number)}
            if low is not None and high is not None:
                ends = float(low[index, head]), float(high[index, head])
                told_of |= {"intervals": {statistic: ends}}
            statistics.append(replace(entry, **told_of))
        model = one.variants[0].model
        said = None if named and named[index] else step
        variants[-1] = replace(variants[-1], model=replace(model, step=said))
    data = replace(
        one,
        maps=(),
        reduced=tuple(reduced),
        variants=tuple(variants),
        statistics=tuple(statistics),
    )
    assert _KIND.table is not None
    table: dict[str, NamedArray] = dict(_KIND.table(data, statistic=statistic))
    return replace(data, table=table)


def _told(
    steps: Sequence[int] = (5, 50, 500),
    numbers: np.ndarray = NUMBERS,
    *,
    drawn: int | None = None,
    **changes: Any,
) -> Told:
    own = {"statistic": changes.get("statistic", "previous"), "drawn": drawn}
    drawing = {key: changes.pop(key) for key in ("scale", "panels") if key in changes}
    data = trend_value(steps, numbers, **changes)
    return told(data=data, own=own, **{"panels": ("L0H0", "L0H1")} | drawing)


TOLD: dict[str, Told] = {
    "trend": _told(scale="log"),
    "trend, names": _told(named=(True, True, True), is_named=False, architecture="GPT"),
    "trend, some names": _told(named=(True, False, False), drawn=50),
    "trend, unknown model": _told(is_named=False),
    "trend, intervals": _told(
        low=NUMBERS - 0.1,
        high=NUMBERS + 0.1,
        panels=("L0H1",),
        sample=Sample(
            token_ids=np.arange(18).reshape(3, 6),
            origin=Origin(kind="random", tokenizer="gpt2", seed=3),
        ),
    ),
}
"""What a caption says of a trend."""
