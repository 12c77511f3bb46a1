"""What a ``distance`` keeps of a layer's heads: their mean weights by distance, and no map."""

from collections.abc import Iterable
from dataclasses import fields

import numpy as np
from jaxtyping import Float64

from paperfig.errors import DrawingError
from paperfig.kinds.distance.places import Places, places_of
from paperfig.statistics.sampling import estimate
from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.reduced import ReducedMap
from paperfig.values.tokens import same_tokens


def reduce(mean: AttentionMap, runs: Iterable[AttentionMap], *, n_shown: int) -> ReducedMap:  # noqa: ARG001 - as each kind is asked
    """Of each head the mean weight at each distance, and the ends of its interval.

    Over queries that have two keys or more; of weights as shares of what goes to keys.

    Raises:
        DrawingError: queries and keys are of two texts.
        ExcerptError: no query has two keys.
    """
    if not same_tokens(mean.queries, mean.keys):
        what = "queries and keys are of two texts, between which there is no distance"
        raise DrawingError("figure", what, "`map` is right")
    places = places_of(mean.mask)
    of_runs = np.stack([_means(each, places) for each in runs])
    kept = {field.name: getattr(mean, field.name) for field in fields(HeadMap)}
    curves = np.stack([_curves(of_runs[:, head], places) for head in range(mean.shape[0])])
    return ReducedMap(**kept, curves=curves)


def _means(attention: AttentionMap, places: Places) -> Float64[np.ndarray, "head place"]:
    weights = attention.key_weights.astype(np.float64)
    return np.stack([places.means(one) for one in weights])


def _curves(
    of_runs: Float64[np.ndarray, "run place"], places: Places
) -> Float64[np.ndarray, "number place"]:
    """Mean, lower and upper end at each place; no ends where there are too few excerpts."""
    found = [
        estimate(values.tolist(), [int(count)] * len(values))
        for values, count in zip(of_runs.T, places.counts, strict=True)
    ]
    none = (float("nan"),) * 2
    return np.array([(one.value, *(one.interval or none)) for one in found]).T
