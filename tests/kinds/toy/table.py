"""How many keys of each query reach the bound."""

from paperfig.statistics.tables import Table
from paperfig.values.figure import FigureData


def table(data: FigureData, *, least: float, **_: object) -> Table:
    """The column ``kept``."""
    kept = (data.maps[0].weights[0] >= least).sum(axis=1)
    return {"kept": tuple(map(float, kept))}
