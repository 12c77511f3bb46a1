"""Rows of a data set that are excerpts on their own: one, or several."""

from collections.abc import Iterator
from typing import Literal

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.format import Row
from paperfig.kinds.fields import MOST_EXCERPTS

RowsAsked = Literal["all"] | tuple[int, int]
"""All rows, or the first and the last of a range, both included."""


def only_row(number: int, rows: Iterator[Row], *, where: str) -> Row:
    """The pieces of one row.

    Raises:
        ExcerptError: it is blank, or beyond the last.
    """
    _, row = next(rows_asked((number, number), rows, key="excerpt.row", where=where))
    pieces = list(row)
    if is_blank(pieces):
        later = enumerate(rows, start=number + 1)
        after = next((index for index, row in later if not is_blank(row)), None)
        next_one = f"the next row with text is {after}"
        remedy = "no later row has text" if after is None else next_one
        raise ExcerptError("excerpt.row", f"row {number} is empty", remedy)
    return pieces


def rows_asked(
    asked: RowsAsked, rows: Iterator[Row], *, key: str, where: str
) -> Iterator[tuple[int, Row]]:
    """The rows that are asked for with their numbers, each to be read before the next.

    Args:
        asked: which.
        rows: all of them.
        key: what an error names.
        where: what it calls the data set.

    Raises:
        ExcerptError: a row of the range is beyond the last.
    """
    first, last = (0, None) if asked == "all" else asked
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > first:
            yield count - 1, row
        if count - 1 == last:
            return
    if last is not None:
        beyond = max(first, count)
        what = f"row {beyond} is beyond the {count} rows of {where}"
        raise ExcerptError(key, what, f"0 to {count - 1} are right")


def is_blank(row: Row) -> bool:
    """Whether nothing of a row is anything but white space."""
    return not any(piece.strip() for piece in row)


def check_several(found: list[int], *, where: str) -> None:
    """Nothing where there are several rows with text, and no more than can be shown.

    Args:
        found: the number of each, of one more than there may be at most.
        where: what an error calls the data set.

    Raises:
        ExcerptError: there are fewer, or more.
    """
    if not found:
        what, right = f"none of these rows of {where} has text", "rows with text are right"
        raise ExcerptError("excerpt.rows", what, right)
    if len(found) == 1:
        what = f"of these rows of {where} only row {found[0]} has text"
        raise ExcerptError("excerpt.rows", what, f"`row: {found[0]}` is right")
    if len(found) > MOST_EXCERPTS:
        what = f"{where} has more than {MOST_EXCERPTS} rows with text"
        right = f"[first, last] of {MOST_EXCERPTS} at most is right"
        raise ExcerptError("excerpt.rows", what, right)
