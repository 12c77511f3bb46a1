"""How many keys of each query reach the bound."""

import numpy as np

from paperfig.statistics.tables import Table
from paperfig.values.figure import FigureData, NamedArray


def table(data: FigureData, *, least: float, **_: object) -> Table:
    """The column ``kept``."""
    kept = (data.maps[0].weights[0] >= least).sum(axis=1)
    return {"kept": NamedArray(values=kept.astype(np.float64), axes=("query",))}
