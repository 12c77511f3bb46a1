"""The numbers that a ``profile`` draws."""

import numpy as np
from jaxtyping import Float64

from paperfig.errors import AttentionError
from paperfig.statistics.tables import Table
from paperfig.values.attention import AttentionMap
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.positions import Position, span_of


def table(data: FigureData, *, query: Position, **_: object) -> Table:
    """The column ``weights``: of each head, what the query gives to each key.

    Of several queries it is their mean.

    Raises:
        ExcerptError: the query is not among the tokens.
        AttentionError: it has no key.
    """
    rows = np.concatenate([_rows_of(each, query) for each in data.maps])
    return {"weights": NamedArray(values=rows, axes=("head", "key"))}


def _rows_of(attention: AttentionMap, query: Position) -> Float64[np.ndarray, "head key"]:
    first, last = span_of(query, attention.queries, where="query")
    rows = slice(first, last + 1)
    if alone := np.flatnonzero(~attention.mask[rows].any(axis=1)).tolist():
        what = f"token {first + alone[0]} has no key at all under this mask"
        raise AttentionError("query", what, "a query that has a key is right")
    return np.asarray(attention.weights[:, rows].mean(axis=1, dtype=np.float64))
