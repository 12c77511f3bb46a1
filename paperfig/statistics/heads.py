"""One number of every head of a figure, for kinds that draw these."""

from collections.abc import Sequence

import numpy as np

from paperfig.errors import AttentionError
from paperfig.statistics.tables import Table
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.named_statistics import number_of, span_in
from paperfig.values.scores import HeadScores
from paperfig.values.site import HeadRef, Site
from paperfig.values.statistics import HeadStatistics

_BY_ENTROPY = ("uniform", "mixed")  # classes that are scored by their entropy


def numbers_of_heads(data: FigureData, *statistics: str | HeadScores) -> Table:
    """A column for each, with the number of each head; NaN where no query has it.

    Args:
        data: of the heads.
        statistics: names of our numbers, or scores of the authors' own.

    Raises:
        AttentionError: no head has a number at all, or scores are not of these heads.
    """
    names = [str(statistic) for statistic in statistics]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise AttentionError("statistic", f"{twice} is named twice", "once is right")
    found = [
        _measured(data, statistic) if isinstance(statistic, str) else _given(data, statistic)
        for statistic in statistics
    ]
    columns = zip(names, found, strict=True)
    return {
        name: NamedArray(values=np.array(column, dtype=np.float64), axes=("head",))
        for name, column in columns
    }


def in_words(numbers: HeadStatistics, what: str) -> tuple[str, ...]:
    """A head's numbers as a panel bears them, a line each; none of a head without them.

    Args:
        numbers: of the head.
        what: ``entropy``, ``class`` or ``row_std``.
    """
    if what == "class":
        if numbers.class_ is None or numbers.class_score is None:
            return ()
        entropy = "H " if numbers.class_ in _BY_ENTROPY else ""
        return numbers.class_, f"{entropy}{numbers.class_score:.2f}"
    number, written = {
        "entropy": (numbers.normalised_entropy, "H {:.2f}"),
        "row_std": (numbers.row_std, "row std {:.3f}"),
    }[what]
    return () if number is None else (written.format(number),)


def _measured(data: FigureData, name: str) -> list[float]:
    found = [number_of(head, name) for head in data.statistics]
    if all(number is None for number in found):
        raise AttentionError("statistic", *_why_none(data, name))
    return [np.nan if number is None else number for number in found]


def _why_none(data: FigureData, name: str) -> tuple[str, str]:
    """Why no head has a number, and what would be right."""
    if span_in(name) is not None:
        return f"no span that {name} could be of", "`excerpt.spans` gives names to stretches"
    missing = data.statistics[0].not_testable if data.statistics else ()
    reasons = (one for one in missing if one.startswith(f"{name} ("))
    what = next(reasons, f"no query here has what {name} asks for")
    return what, "another number or text is right"


def _given(data: FigureData, scores: HeadScores) -> list[float]:
    """The score of each head shown; every row is of a head that the model has."""
    shown = [(each.layer, head) for each in data.one_of_heads for head in each.heads]
    absent = [head for head in shown if head not in scores.values]
    if absent:
        what = f"{_counted(len(absent))} without a row, {_ref(absent[0])} the first"
        raise AttentionError(scores.file, what, "one for each head that is shown is right")
    layers = [] if data.model.computed_elsewhere else [one.n_head for one in data.model.layers]
    for layer, head in scores.values if layers else ():
        if layer >= len(layers) or head >= layers[layer]:
            what = f"{_ref((layer, head))} is no head of the model"
            raise AttentionError(scores.file, what, "a row for each of its heads is right")
    return [scores.values[head] for head in shown]


def _counted(count: int) -> str:
    return f"{count} head{'s are' if count > 1 else ' is'}"


def _ref(head: Sequence[int]) -> str:
    layer, number = head
    return str(HeadRef(Site(layer), number))
