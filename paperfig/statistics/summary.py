"""All numbers about each head, as the record, `paperfig show` and the interface give them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int64

from paperfig.progress import tracked
from paperfig.statistics.classes import MIN_EXCERPTS, classify, target_keys, target_keys_across
from paperfig.statistics.measures import (
    confidence,
    effective_keys,
    legacy_label,
    normalised_entropy,
    row_std,
    sink_mass,
    variability,
)
from paperfig.statistics.positions import (
    Mask,
    Offsets,
    TargetWeight,
    Weights,
    distance,
    offset_weight,
    pooled,
    span_keys,
    weight_on,
)
from paperfig.statistics.sampling import UNKNOWN, Estimate, estimate
from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.statistics import HeadStatistics
from paperfig.values.tokens import same_tokens

_NONE = float("nan")
_FIELDS = {"self": "self_"}

_NUMBERS = {entry.name.removesuffix("_") for entry in fields(HeadStatistics)}

SHARE = "share({})"
"""What the weight on a named span of keys is called."""

Number = float | int | str | None


def summarise(
    mean: HeadMap,
    maps: Iterable[AttentionMap],
    runs: Sequence[Int64[np.ndarray, " _"] | None] = (None,),
) -> tuple[HeadStatistics, ...]:
    """One entry for each head drawn, over one excerpt or several.

    Args:
        mean: of the maps, as `mean_or_longest` gives it; without weights of excerpts of unlike
            lengths, which then cannot show what moves with the text.
        maps: the same heads' on each excerpt, under the same rule; each is looked at once, and
            without ``mean`` twice.
        runs: each excerpt's token ids; None for one without induction and duplicate scores.
    """
    means = mean.key_weights
    across = not same_tokens(mean.queries, mean.keys)
    of_heads: list[list[_Measured]] = [[] for _ in range(mean.shape[0])]
    offsets: list[int | None] = [None for _ in of_heads]
    if not across:
        each = ((it.key_weights, it.mask) for it in maps)
        offsets = _offsets(each if means is None else [(means, mean.mask)])
    for attention, ids in zip(maps, runs, strict=True):
        mask = attention.mask
        places = target_keys_across(*mask.shape) if across else target_keys(len(mask), ids)
        spans = {
            SHARE.format(name): span_keys(mask, span) for name, span in mean.keys.spans.items()
        }
        targets = {**places, **spans}
        sinks = attention.learned_sink
        for place, weights in enumerate(attention.key_weights):
            numbers = _numbers(weights, mask, across=across, offset=offsets[place])
            numbers["content"] = (
                _NONE if means is None else variability(weights, mask, means[place], len(runs))
            )
            if sinks is not None:
                numbers["learned_sink"] = sink_mass(sinks[place], mask)
            measured = _Measured(
                targets={
                    name: weight_on(weights, mask, keys) for name, keys in targets.items()
                },
                numbers=numbers,
                rows=_rows(mask),
                row_std=_NONE if across else row_std(weights),
            )
            of_heads[place].append(measured)
    names = zip(mean.labels, _kappas(mean), strict=True)
    heads = zip(names, offsets, of_heads, strict=True)
    return tuple(
        HeadStatistics(head=label, kappa=kappa, offset=offset, **_entry(measured, mean.mask))
        for (label, kappa), offset, measured in tracked(
            heads, "statistics", len(of_heads), "heads"
        )
    )


def _offsets(
    maps: Iterable[tuple[Float32[np.ndarray, "map _ _"], Mask]],
) -> list[int | None]:
    """The strongest distance of each head, over all maps."""
    of_heads: list[Offsets] = []
    for of_map, mask in maps:
        of_heads = of_heads or [Offsets() for _ in of_map]
        for offsets, weights in zip(of_heads, of_map, strict=True):
            offsets.add(weights, mask)
    return [offsets.strongest() for offsets in of_heads]


def rounded(value: float | None) -> float | None:
    """The value to 1e-6, as JSON can hold it: None for NaN."""
    return None if value is None or np.isnan(value) else round(float(value), 6)


def _kappas(attention: HeadMap) -> tuple[float | None, ...]:
    """κ of each map; None where there is none, or the heads averaged have several."""
    shown = attention.shown
    kappas = (shown and shown.kappa) or (None,) * len(attention.heads)
    if attention.mean:
        return (kappas[0] if len(set(kappas)) == 1 else None,)
    return kappas


class _Measured(NamedTuple):
    """One head on one excerpt: what is pooled over excerpts.

    Attributes:
        targets: the attention on each target, named spans among them.
        numbers: means over rows.
        rows: how many rows these are over.
        row_std: the VFE scripts' number, which is one over all rows.
    """

    targets: Mapping[str, TargetWeight]
    numbers: Mapping[str, float]
    rows: int
    row_std: float


def _numbers(
    weights: Weights, mask: Mask, *, across: bool, offset: int | None
) -> dict[str, float]:
    """Means over the rows of one head on one excerpt."""
    return {
        "normalised_entropy": normalised_entropy(weights, mask),
        "effective_keys": effective_keys(weights, mask),
        "confidence": confidence(weights, mask),
        "distance": _NONE if across else distance(weights, mask),
        "offset_weight": _NONE if offset is None else offset_weight(weights, mask, offset),
    }


def _entry(measured: Sequence[_Measured], mask: Mask) -> dict[str, Any]:
    """The numbers of one head."""
    numbers = dict(_estimates(measured))
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
    values = {name: rounded(number.value) for name, number in numbers.items()}
    shares = {name: values.pop(name) for name in [*values] if name not in _NUMBERS}
    return {
        **{_FIELDS.get(name, name): value for name, value in values.items()},
        "named": shares,
        "induction_queries": found["induction"].queries,
        "duplicate_queries": found["duplicate"].queries,
        "class_": kind.name,
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


def _estimates(measured: Sequence[_Measured]) -> Iterator[tuple[str, Estimate]]:
    """Each number, pooled over the queries that it is a mean over."""
    for name in measured[0].numbers:
        values = [each.numbers[name] for each in measured]
        rows = [0 if np.isnan(each.numbers[name]) else each.rows for each in measured]
        yield name, estimate(values, rows)
    for name in measured[0].targets:
        targets = [each.targets[name] for each in measured]
        weights, queries = [each.weight for each in targets], [each.queries for each in targets]
        yield name, estimate(weights, queries)
    values = [each.row_std for each in measured]
    yield "row_std", estimate(values, [int(not np.isnan(value)) for value in values])


def _rows(mask: Mask) -> int:
    return int((mask.sum(axis=1) > 1).sum())
