"""The values of a figure with the statistics of its heads, and what kinds' tables hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float64

from paperfig.kinds import check_signed
from paperfig.kinds.kind import Kind
from paperfig.statistics.means import mean_over_excerpts
from paperfig.statistics.measures import normalised_entropy
from paperfig.statistics.rows import divergences, logits_below_maximum
from paperfig.statistics.summary import summarise
from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.model import ModelFacts
from paperfig.values.variant import Variant

Table = Mapping[str, NamedArray]
"""Numbers that a kind draws beside its maps: columns by name."""


def measured(
    kind: str,
    maps: Sequence[Iterable[AttentionMap]],
    *,
    excerpt: Excerpt | Sample,
    model: ModelFacts,
) -> FigureData:
    """The values of a figure: the mean of each map over excerpts, and each head's numbers.

    Args:
        kind: the figure's.
        maps: for each map of the figure, the same on each run of the excerpt; each of them
            is asked for twice.
        excerpt: what the model was given.
        model: what the checkpoint says of itself.
    """
    means = tuple(map(mean_over_excerpts, maps))
    statistics = (
        entry
        for mean, runs in zip(means, maps, strict=True)
        for entry in summarise(mean, runs, excerpt.runs)
    )
    return FigureData(
        kind=kind,
        variants=(Variant(model=model, excerpt=excerpt),),
        maps=means,
        statistics=tuple(statistics),
    )


def with_table(data: FigureData, kind: Kind, own: Mapping[str, Any]) -> FigureData:
    """The figure with the numbers that its kind draws, if it draws any.

    Args:
        data: the figure's values.
        kind: the figure's.
        own: the values of the keys that only this kind takes, by name.

    Raises:
        DrawingError: the values are signed, and the kind shows attention only.
    """
    if data.signed:
        check_signed(kind.name)
    table = kind.table
    return data if table is None else replace(data, table=table(data, **own))


def shown_scores(attention: AttentionMap) -> Float64[np.ndarray, "query key"]:
    """The one matrix of scores of all heads, NaN where masked.

    KL is added up over the heads: it is the KL of their product. Logits of several heads
    have no such sum: those of `score_heads` are shown, less their row's maximum.
    """
    if attention.is_divergence:
        total: np.ndarray = divergences(attention).sum(axis=0)
        return total
    (head,) = score_heads(attention)
    return np.asarray(logits_below_maximum(attention)[attention.heads.index(head)])


def score_heads(attention: AttentionMap) -> tuple[int, ...]:
    """The heads that `shown_scores` shows: all for KL, the sharpest one for logits.

    The sharpest has the lowest mean normalised entropy; the first of equals.
    """
    if attention.is_divergence:
        return attention.heads
    means = [normalised_entropy(one, attention.mask) for one in attention.weights]
    return (attention.heads[int(np.argmin(means))],)


def mean_weights(attention: AttentionMap) -> Float64[np.ndarray, "query key"]:
    """The mean of the heads' weights."""
    mean: np.ndarray = attention.weights.mean(axis=0, dtype=np.float64)
    return mean
