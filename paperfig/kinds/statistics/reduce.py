"""What a figure of statistics keeps of a layer's heads: no map, only how numbers are spread."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np

from paperfig.errors import DrawingError
from paperfig.statistics.queries import check_counted, numbers_of_queries
from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.reduced import ReducedMap

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_ROWS = 60
"""Heads of which each has a row."""


def reduce(
    mean: HeadMap, runs: Iterable[AttentionMap], *, n_shown: int, **own: Any
) -> ReducedMap:
    """The quantiles over the queries of all excerpts, where these are shown.

    Raises:
        AttentionError: the number is none of single queries.
        DrawingError: there are more heads than rows, or more than one number.
    """
    kept = {field.name: getattr(mean, field.name) for field in fields(HeadMap)}
    if own["over"] == "layers":
        return ReducedMap(**kept)
    if n_shown > MOST_ROWS:
        what, remedy = f"{n_shown} heads have no room for a row each", "`layers` is right"
        raise DrawingError("over", what, f"{MOST_ROWS} at most, or {remedy}")
    (name,) = names_of(own["statistic"])[:1]
    if names_of(own["statistic"])[1:]:
        what = "one number is shown over queries"
        raise DrawingError("statistic", what, "one is right, or `over: layers`")
    check_counted(mean.mask)
    rows = np.concatenate([numbers_of_queries(str(name), each) for each in runs], axis=1)
    return ReducedMap(**kept, quantiles=np.nanquantile(rows, QUANTILES, axis=1).T)


def names_of(statistic: Any) -> tuple[Any, ...]:
    """One or several as several."""
    return statistic if isinstance(statistic, tuple) else (statistic,)
