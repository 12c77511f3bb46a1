"""How far the variants are apart: the largest gain and loss, and what cannot be compared."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from paperfig.kinds.compare.differences import Difference, differences
from paperfig.statistics.tables import Table
from paperfig.values.figure import FigureData, NamedArray


class _Change(NamedTuple):
    """The largest gain or loss of all: how much, in which variant and map, and where."""

    change: float
    variant: float
    head: float
    query: float
    key: float


_NONE = _Change(*[float("nan")] * len(_Change._fields))


def table(data: FigureData, **_: object) -> Table:
    """The largest gain and the largest loss, and how many cells are one-sided.

    The columns ``change``, ``variant``, ``head``, ``query`` and ``key`` have an entry for the
    gain and one for the loss, NaN where nothing grows, or shrinks; ``head`` counts the maps of
    a variant. ``one_sided`` counts the cells that a later variant's mask allows and the
    first's does not, or the other way round.
    """
    found = differences(data)
    labels = [variant.label for variant in data.variants]
    extremes = [_largest(found, labels, sign) for sign in (1, -1)]
    one_sided = [float(sum(one.one_sided.sum() for one in found))]
    columns = {
        name: NamedArray(values=np.array(column, dtype=np.float64), axes=("extreme",))
        for name, column in zip(_Change._fields, zip(*extremes, strict=True), strict=True)
    }
    return columns | {"one_sided": NamedArray(values=np.array(one_sided), axes=("count",))}


def _largest(found: Sequence[Difference], labels: Sequence[str], sign: int) -> _Change:
    """The largest change of one sign; the first of equals."""
    largest, before = _NONE, dict.fromkeys(labels, 0)
    for one in found:
        values, label = sign * one.signed.values, one.signed.variant
        head, query, key = np.unravel_index(int(values.argmax()), values.shape)
        change = float(values[head, query, key])
        if change > 0 and not change <= sign * largest.change:
            at = before[label] + int(head)
            place = (labels.index(label), at, int(query), int(key))
            largest = _Change(sign * change, *map(float, place))
        before[label] += len(values)
    return largest
