"""All numbers about each head, as the record, `paperfig show` and the interface give them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from paperfig.statistics.classes import MIN_EXCERPTS, classify, target_keys
from paperfig.statistics.means import mean_over_excerpts
from paperfig.statistics.measures import (
    confidence,
    effective_keys,
    legacy_label,
    normalised_entropy,
    row_std,
    variability,
)
from paperfig.statistics.positions import (
    Ids,
    Mask,
    Weights,
    aimed,
    distance,
    offset_weight,
    pooled,
    strongest_offset,
)
from paperfig.statistics.sampling import UNKNOWN, Estimate, estimate
from paperfig.values.attention import AttentionMap

Number = float | int | str | None

Entry = Mapping[str, Any]
"""The numbers of one head by name, as JSON can hold them: None for what no query can give."""

_OF_ROWS = {
    "normalised_entropy": normalised_entropy,
    "effective_keys": effective_keys,
    "confidence": confidence,
    "distance": distance,
}


def summarise(
    maps: Sequence[AttentionMap], runs: Sequence[Ids | None] = (None,)
) -> tuple[Entry, ...]:
    """One entry for each head drawn, over one excerpt or several.

    Args:
        maps: the same heads' on each excerpt, with the same mask.
        runs: each excerpt's token ids; None for one without induction and duplicate scores.
    """
    first, mean = maps[0], mean_over_excerpts(maps)
    of_heads: list[list[_Measured]] = [[] for _ in first.weights]
    for attention, ids in zip(maps, runs, strict=True):
        targets = target_keys(len(first.mask), ids)
        for place, weights in enumerate(attention.weights):
            of_heads[place].append(_Measured(weights, attention.mask, targets))
    return tuple(
        {"head": label, "kappa": kappa} | _entry(measured, mean.weights[place], first.mask)
        for place, (label, kappa, measured) in enumerate(
            zip(first.labels, _kappas(first), of_heads, strict=True)
        )
    )


def rounded(value: float | None) -> float | None:
    """The value to 1e-6, as JSON can hold it: None for NaN."""
    return None if value is None or np.isnan(value) else round(float(value), 6)


def _kappas(attention: AttentionMap) -> tuple[float | None, ...]:
    """κ of each map; None where there is none, or the heads averaged have several."""
    kappas = attention.shown.kappa or (None,) * len(attention.heads)
    if attention.mean:
        return (kappas[0] if len(set(kappas)) == 1 else None,)
    return kappas


class _Measured:
    """One head on one excerpt: what is pooled over excerpts.

    Attributes:
        weights: of the head.
        targets: the attention on each target.
        numbers: means over rows.
    """

    def __init__(self, weights: Weights, mask: Mask, targets: Mapping[str, Mask]) -> None:
        self.weights = weights
        self.targets = {name: aimed(weights, mask, keys) for name, keys in targets.items()}
        self.numbers = {name: measure(weights, mask) for name, measure in _OF_ROWS.items()}


def _entry(measured: Sequence[_Measured], mean: Weights, mask: Mask) -> dict[str, Any]:
    """The numbers of one head."""
    offset = strongest_offset(mean, mask)
    numbers = dict(_estimates(measured, mean, mask, offset))
    found = {
        name: pooled([each.targets[name] for each in measured]) for name in measured[0].targets
    }
    kind = classify(
        numbers["normalised_entropy"].value,
        found,
        content=numbers["content"].value,
        excerpts=len(measured),
    )
    if len(measured) < MIN_EXCERPTS:
        numbers["content"] = UNKNOWN
    return {
        **{name: rounded(number.value) for name, number in numbers.items()},
        "induction_queries": found["induction"].queries,
        "duplicate_queries": found["duplicate"].queries,
        "offset": offset,
        "class": kind.name,
        "class_score": rounded(kind.score),
        "not_testable": kind.not_testable,
        "row_std_label": legacy_label(numbers["row_std"].value),
        "rows": _rows(mask),
        "rows_without_key": int((~mask.any(axis=1)).sum()),
        "excerpts": len(measured),
        "intervals": {
            name: tuple(map(rounded, number.interval))
            for name, number in numbers.items()
            if number.interval is not None
        },
    }


def _estimates(
    measured: Sequence[_Measured], mean: Weights, mask: Mask, offset: int | None
) -> Iterator[tuple[str, Estimate]]:
    """Each number, pooled over the queries that it is a mean over."""
    rows = [_rows(mask)] * len(measured)
    maps = [each.weights for each in measured]
    for name in _OF_ROWS:
        yield name, estimate([each.numbers[name] for each in measured], rows)
    for name in measured[0].targets:
        targets = [each.targets[name] for each in measured]
        weights, queries = [each.weight for each in targets], [each.queries for each in targets]
        yield name, estimate(weights, queries)
    at = [] if offset is None else [offset_weight(one, mask, offset) for one in maps]
    yield "offset_weight", estimate(at, rows) if at else UNKNOWN
    yield "content", estimate(variability(maps, mask, mean), rows)
    yield "row_std", estimate([row_std(one) for one in maps], [int(len(mask) > 1)] * len(maps))


def _rows(mask: Mask) -> int:
    return int((mask.sum(axis=1) > 1).sum())
