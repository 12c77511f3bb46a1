"""All numbers about each head, as the record, `paperfig show` and the interface give them."""

from collections.abc import Mapping

import numpy as np

from paperfig.statistics.classes import classify, targets
from paperfig.statistics.measures import (
    confidence,
    effective_keys,
    legacy_label,
    normalised_entropy,
    row_std,
)
from paperfig.statistics.positions import Aimed, Ids, Mask, Weights, distance, strongest_offset
from paperfig.values.attention import AttentionMap

Number = float | int | str | None | tuple[str, ...]


def summarise(
    attention: AttentionMap, token_ids: Ids | None = None
) -> tuple[Mapping[str, Number], ...]:
    """One entry for each map drawn; a number that no row can give is None.

    Args:
        attention: the maps.
        token_ids: the excerpt's, without which there are no induction and duplicate scores.
    """
    return tuple(
        {"head": label} | summary(weights, attention.mask, token_ids)
        for label, weights in zip(attention.labels, attention.weights, strict=True)
    )


def summary(weights: Weights, mask: Mask, token_ids: Ids | None = None) -> dict[str, Number]:
    """The numbers of one map, rounded to 1e-6."""
    deviation = row_std(weights)
    found = targets(weights, mask, token_ids)
    kind = classify(weights, mask, found)
    return {
        "normalised_entropy": rounded(normalised_entropy(weights, mask)),
        "effective_keys": rounded(effective_keys(weights, mask)),
        "confidence": rounded(confidence(weights, mask)),
        **_positions(weights, mask, found),
        "class": kind.name,
        "class_score": rounded(kind.score),
        "not_testable": kind.not_testable,
        "row_std": rounded(deviation),
        "row_std_label": legacy_label(deviation),
        "rows": int((mask.sum(axis=1) > 1).sum()),
        "rows_without_key": int((~mask.any(axis=1)).sum()),
    }


def rounded(value: float | None) -> float | None:
    """The value to 1e-6, as JSON can hold it: None for NaN."""
    return None if value is None or np.isnan(value) else round(float(value), 6)


def _positions(weights: Weights, mask: Mask, found: Mapping[str, Aimed]) -> dict[str, Number]:
    offset = strongest_offset(weights, mask)
    numbers: dict[str, Number] = {
        name: rounded(found[name].weight)
        for name in ("self", "previous", "sink", "induction", "duplicate")
    }
    return numbers | {
        "induction_queries": found["induction"].queries,
        "duplicate_queries": found["duplicate"].queries,
        "offset": None if offset is None else offset[0],
        "offset_weight": None if offset is None else rounded(offset[1]),
        "distance": rounded(distance(weights, mask)),
    }
