"""The facts on the numbers that a kind draws besides its maps."""

from collections.abc import Iterator

import numpy as np

from paperfig.values.figure import FigureData
from paperfig.values.named_statistics import NUMBERS, span_in, title_of


def row_means(data: FigureData) -> dict[str, float | None]:
    """The mean of each column of the table over the queries that have the number."""
    of_rows = {name: one for name, one in data.table.items() if one.axes == ("query",)}
    columns = {name: column.values for name, column in of_rows.items()}
    known = {name: column[~np.isnan(column)] for name, column in columns.items()}
    return {name: float(rows.mean()) if rows.size else None for name, rows in known.items()}


def numbers_of_heads(data: FigureData) -> Iterator[dict[str, object]]:
    """What each column of the table that is of heads is called, and its ends."""
    for name, column in data.table.items():
        if column.axes in {("head",), ("head", "quantile")}:
            is_spread = column.axes[1:] == ("quantile",)
            middle = column.values[..., column.values.shape[-1] // 2]
            values = middle if is_spread else column.values
            low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
            yield {
                "name": name,
                "title": title_of(name),
                "span": span_in(name),
                "given": span_in(name) is None and name not in NUMBERS,
                "low": float(values[low]),
                "lowest": data.statistics[low].head,
                "high": float(values[high]),
                "highest": data.statistics[high].head,
                "spread": is_spread,
                "missing": int(np.isnan(values).sum()),
            }
