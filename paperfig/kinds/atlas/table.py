"""The number of each head that an atlas draws in place of thumbnails."""

from paperfig.statistics.heads import numbers_of_heads
from paperfig.statistics.tables import Table
from paperfig.values.figure import FigureData
from paperfig.values.scores import HeadScores


def table(data: FigureData, *, statistic: str | HeadScores | None, **_: object) -> Table:
    """A column of them, by the statistic's name; nothing of thumbnails."""
    return {} if statistic is None else numbers_of_heads(data, statistic)
