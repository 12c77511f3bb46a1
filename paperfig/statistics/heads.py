"""One number of every head of a figure, for kinds that draw these."""

import numpy as np

from paperfig.errors import AttentionError
from paperfig.statistics.tables import Table
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.named_statistics import number_of, span_in


def numbers_of_heads(data: FigureData, *names: str) -> Table:
    """A column for each name, with the number of each head; NaN where no query has it.

    Raises:
        AttentionError: no head has it at all.
    """
    columns = {}
    for name in names:
        found = [number_of(head, name) for head in data.statistics]
        if all(number is None for number in found):
            raise AttentionError("statistic", *_why_none(data, name))
        values = np.array([np.nan if number is None else number for number in found])
        columns[name] = NamedArray(values=values, axes=("head",))
    return columns


def _why_none(data: FigureData, name: str) -> tuple[str, str]:
    """Why no head has a number, and what would be right."""
    if span_in(name) is not None:
        return f"no span that {name} could be of", "`excerpt.spans` gives names to stretches"
    missing = data.statistics[0].not_testable if data.statistics else ()
    reasons = (one for one in missing if one.startswith(f"{name} ("))
    what = next(reasons, f"no query here has what {name} asks for")
    return what, "another number or text is right"
