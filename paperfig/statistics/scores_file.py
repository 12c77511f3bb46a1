"""Files with a score of the authors' own for each head."""

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from paperfig.errors import AttentionError
from paperfig.kinds.fields import ScoresFile
from paperfig.specs.schema import FigureSpec
from paperfig.values.named_statistics import NUMBERS, span_in
from paperfig.values.scores import HeadScores
from paperfig.values.site import HeadRef, Site

COLUMNS = ("layer", "head", "value")
_RIGHT = "a .csv file from the project's root is right"


def scores_files(spec: FigureSpec, *, root: Path) -> tuple[Path, ...]:
    """Every file that a key of the figure's kind names."""
    return tuple(root / one.file for value in spec.own.values() for one in _named(value))


def with_scores(own: Mapping[str, Any], *, root: Path) -> dict[str, Any]:
    """The values of a kind's own keys, with scores in the place of their files.

    Raises:
        AttentionError: a file cannot be read, or is not what it should be.
    """
    return {key: _read(value, root) for key, value in own.items()}


def read_scores(path: Path, *, name: str, file: str) -> HeadScores:
    """The scores in a file of comma-separated values, whose first line names the columns.

    Args:
        path: of the file.
        name: what the score is called.
        file: what messages call the file.

    Raises:
        AttentionError: it cannot be read, lacks a column, or a row is no layer, head and
            number, or of a head that was there before; or a number of ours has the name.
    """
    if name in NUMBERS or span_in(name) is not None:
        what = f"{name} is what one of paperfig's own numbers is called"
        raise AttentionError("statistic.name", what, "another name is right")
    values: dict[tuple[int, int], float] = {}
    for line, row in _rows(path, file):
        layer, head = (_whole(row, key, f"{file}:{line}") for key in ("layer", "head"))
        if (layer, head) in values:
            ref = HeadRef(Site(layer), head)
            raise AttentionError(f"{file}:{line}", f"{ref} again", "one row a head is right")
        values[layer, head] = _number(row, f"{file}:{line}")
    return HeadScores(name=name, file=file, values=values)


def _rows(path: Path, file: str) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """Each row with its line, by column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            rows = csv.DictReader(opened, strict=True)
            columns = [(column or "").strip() for column in rows.fieldnames or ()]
            if missing := [column for column in COLUMNS if column not in columns]:
                what = f"the column {missing[0]} is missing"
                raise AttentionError(file, what, f"{', '.join(COLUMNS)} are right")
            rows.fieldnames = columns
            for row in rows:
                yield rows.line_num, row
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise AttentionError(
            file, what, "a .csv file from the project's root is right"
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise AttentionError(file, "it is no .csv file in UTF-8", ", ".join(COLUMNS)) from error


def _whole(row: Mapping[str, str | None], column: str, where: str) -> int:
    text = (row[column] or "").strip()
    if not (text.isascii() and text.isdigit()):
        raise AttentionError(where, f"{column} is {text!r}", "a whole number from 0 is right")
    return int(text)


def _number(row: Mapping[str, str | None], where: str) -> float:
    text = (row["value"] or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise AttentionError(where, f"value is {text!r}", "a finite number is right")
    return value


def _named(value: object) -> Iterator[ScoresFile]:
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, ScoresFile):
            yield one


def _read(value: Any, root: Path) -> Any:
    if isinstance(value, tuple):
        return tuple(_read(one, root) for one in value)
    if isinstance(value, ScoresFile):
        return read_scores(root / value.file, name=value.name, file=value.file)
    return value
