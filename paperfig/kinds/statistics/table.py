"""The numbers of each head that a figure of statistics draws."""

from typing import Any

import numpy as np

from paperfig.kinds.statistics.reduce import names_of
from paperfig.statistics.heads import numbers_of_heads
from paperfig.statistics.tables import Table
from paperfig.values.figure import FigureData, NamedArray


def table(data: FigureData, *, statistic: Any, over: str) -> Table:
    """A column for each statistic, by its name; over queries its quantiles in each head."""
    names = names_of(statistic)
    if over == "layers":
        return numbers_of_heads(data, *names)
    quantiles = [each.quantiles for each in data.reduced if each.quantiles is not None]
    spread = NamedArray(values=np.concatenate(quantiles), axes=("head", "quantile"))
    return {str(names[0]): spread}
