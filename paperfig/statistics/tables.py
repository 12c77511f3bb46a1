"""A figure's values with its statistics, and those it draws; a line of `TABLES` a kind."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from paperfig.statistics.means import mean_over_excerpts
from paperfig.statistics.measures import normalised_entropy
from paperfig.statistics.rows import (
    divergences,
    logits_below_maximum,
    row_deviations,
    row_entropies,
    score_deviations,
)
from paperfig.statistics.summary import summarise
from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.model import ModelFacts
from paperfig.values.variant import Variant

Table = Mapping[str, NamedArray]


def measured(
    kind: str,
    maps: Sequence[Iterable[AttentionMap]],
    *,
    excerpt: Excerpt | Sample,
    model: ModelFacts,
) -> FigureData:
    """A figure's values: the mean of its maps, the statistics of each head, and the table.

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
    data = FigureData(
        kind=kind,
        variants=(Variant(model=model, excerpt=excerpt),),
        maps=means,
        statistics=tuple(statistics),
    )
    return with_table(data)


def with_table(data: FigureData) -> FigureData:
    """The figure with the numbers that its kind draws, if it draws any."""
    return replace(data, table=TABLES[data.kind](data)) if data.kind in TABLES else data


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


def _of_context(data: FigureData) -> Table:
    """For each query: of the mean of the heads, and of the matrix of scores."""
    (attention,) = data.maps
    mean, mask = mean_weights(attention), attention.mask
    columns = {
        "row_deviation": row_deviations(mean),
        "normalised_entropy": row_entropies(mean, mask),
        "score_deviation": score_deviations(shown_scores(attention), mask),
    }
    return {name: NamedArray(values=rows, axes=("query",)) for name, rows in columns.items()}


TABLES: Mapping[str, Callable[[FigureData], Table]] = {"context": _of_context}
