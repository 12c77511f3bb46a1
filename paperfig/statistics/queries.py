"""A number of each query of each head, for kinds that show how it is spread."""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Bool, Float, Float64

from paperfig.errors import AttentionError
from paperfig.statistics.positions import previous_keys, self_keys, sink_keys
from paperfig.statistics.rows import entropies, row_entropies
from paperfig.values.attention import AttentionMap
from paperfig.values.tokens import same_tokens

FEWEST_KEYS = 8
"""Keys of a query that counts: of few keys every number is large or small by necessity."""

Weights = Float[np.ndarray, "query key"]
Mask = Bool[np.ndarray, "query key"]
Rows = Float64[np.ndarray, " query"]

_OF_ROWS: Mapping[str, Callable[[Weights, Mask], Rows]] = {
    "normalised_entropy": row_entropies,
    "effective_keys": lambda weights, _: np.exp(entropies(weights)),
    "confidence": lambda weights, _: weights.max(axis=1).astype(np.float64),
}
_TARGETS: Mapping[str, Callable[[int], Mask]] = {
    "self": self_keys,
    "previous": previous_keys,
    "sink": sink_keys,
}


def numbers_of_queries(name: str, attention: AttentionMap) -> Float64[np.ndarray, "map query"]:
    """The number of each query of each map; NaN of a query with fewer than 8 keys.

    Args:
        name: one of `paperfig.values.named_statistics.NUMBERS`.
        attention: the heads' map on one excerpt.

    Raises:
        AttentionError: it is no number of single queries, or of queries of another text.
    """
    counted, mask = counted_queries(attention.mask), attention.mask
    if name in _OF_ROWS:
        rows = [_OF_ROWS[name](weights, mask) for weights in attention.key_weights]
    elif name in _TARGETS and same_tokens(attention.queries, attention.keys):
        asked = mask & _TARGETS[name](len(mask))
        weights = np.where(asked, attention.key_weights, 0).sum(axis=2, dtype=np.float64)
        rows = list(np.where(asked.any(axis=1), weights, np.nan))
    else:
        *first, last = (*_OF_ROWS, *_TARGETS)
        what = f"{name} is no number of a single query"
        raise AttentionError("statistic", what, f"{', '.join(first)} or {last} is right")
    return np.where(counted, np.stack(rows), np.nan)


def check_counted(mask: Mask) -> None:
    """Nothing where a query counts.

    Raises:
        AttentionError: none has enough keys.
    """
    if not counted_queries(mask).any():
        what = f"no query has {FEWEST_KEYS} keys"
        raise AttentionError("over", what, "a longer text, or `over: layers`")


def counted_queries(mask: Mask) -> Bool[np.ndarray, " query"]:
    """Which queries have so many keys that they count."""
    return np.asarray(mask.sum(axis=1) >= FEWEST_KEYS)
