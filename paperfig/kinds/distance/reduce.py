"""What a ``distance`` keeps of a layer's heads: their mean weights by distance, and no map."""

from collections.abc import Iterable
from dataclasses import fields

import numpy as np
from jaxtyping import Float64, Int64

from paperfig.errors import DrawingError
from paperfig.kinds.distance.places import Places, places_of
from paperfig.statistics.sampling import estimate
from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.reduced import ReducedMap
from paperfig.values.tokens import same_tokens


def reduce(mean: HeadMap, runs: Iterable[AttentionMap], *, n_shown: int) -> ReducedMap:  # noqa: ARG001 - as each kind is asked
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
    found = [_means(each, places.within(each.mask)) for each in runs]
    of_runs, counts = (np.stack(arrays) for arrays in zip(*found, strict=True))
    kept = {field.name: getattr(mean, field.name) for field in fields(HeadMap)}
    curves = np.stack([_curves(of_runs[:, head], counts) for head in range(mean.shape[0])])
    return ReducedMap(**kept, curves=curves)


def _means(
    attention: AttentionMap, places: Places
) -> tuple[Float64[np.ndarray, "head place"], Int64[np.ndarray, " place"]]:
    """The mean of each head on one excerpt, and over how many cells each is."""
    weights = attention.key_weights.astype(np.float64)
    return np.stack([places.means(one) for one in weights]), places.counts


def _curves(
    of_runs: Float64[np.ndarray, "run place"], counts: Int64[np.ndarray, "run place"]
) -> Float64[np.ndarray, "number place"]:
    """Mean, lower and upper end at each place; no ends where there are too few excerpts."""
    found = [
        estimate(values.tolist(), queries.tolist())
        for values, queries in zip(of_runs.T, counts.T, strict=True)
    ]
    none = (float("nan"),) * 2
    return np.array([(one.value, *(one.interval or none)) for one in found]).T
