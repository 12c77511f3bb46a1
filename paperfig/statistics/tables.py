"""The values of a figure with the statistics of its heads, and what kinds' tables hold."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float64

from paperfig.kinds import check_signed
from paperfig.kinds.kind import Kind
from paperfig.statistics.means import mean_or_longest, mean_over_excerpts
from paperfig.statistics.measures import normalised_entropy
from paperfig.statistics.rows import divergences, logits_below_maximum
from paperfig.statistics.summary import summarise
from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.model import ModelFacts
from paperfig.values.reduced import ReducedMap
from paperfig.values.statistics import HeadStatistics
from paperfig.values.variant import Variant

Table = Mapping[str, NamedArray]
"""Numbers that a kind draws beside its maps: columns by name."""


def measured(
    kind: Kind,
    maps: Iterable[Iterable[AttentionMap]],
    *,
    excerpt: Excerpt | Sample,
    model: ModelFacts,
    reduce: Callable[..., ReducedMap] | None = None,
) -> FigureData:
    """The values of a figure: the mean of each map over excerpts, and each head's numbers.

    Args:
        kind: the figure's.
        maps: for each map of the figure, the same on each run of the excerpt; each of them
            is asked for twice, and by ``reduce`` perhaps once more.
        excerpt: what the model was given.
        model: what the checkpoint says of itself.
        reduce: what is kept of a map, as `Kind.reduce` gives it: one whole map at a time is
            then in memory. None to keep them as they are.
    """
    statistics = list[HeadStatistics]()
    whole, reduced = list[AttentionMap](), list[ReducedMap]()
    for runs in maps:
        shown: HeadMap
        if reduce is None:
            shown = mean_over_excerpts(runs)
            whole.append(shown)
        else:
            shown = mean_or_longest(runs, excerpt.lengths)
            reduced.append(reduce(shown, runs))
        statistics += summarise(shown, runs, excerpt.runs)
    return FigureData(
        kind=kind.name,
        variants=(Variant(model=model, excerpt=excerpt),),
        maps=tuple(whole),
        reduced=tuple(reduced),
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
