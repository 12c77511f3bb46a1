"""Text files, JSON in lines or as an array, and CSV: UTF-8, also compressed by gzip.

All are read line by line but an array, which is read whole.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.format import (
    Record,
    Row,
    TextFormat,
    rows_of_records,
    rows_of_texts,
)
from paperfig.excerpts.sources.registry import COMPRESSED

_LONG = 1 << 20
"""Lines up to so many characters are read at once."""

_LARGEST_CELL = 1 << 30


def _whole_text(file: Path) -> Iterator[Row]:
    """The file as its only row, in lines that keep their ends; long ones in parts."""
    yield _lines(file, _LONG)


def _line_records(files: Sequence[Path]) -> Iterator[Record]:
    for file in files:
        yield from _records_of_lines(file, _lines(file))


def _json_records(files: Sequence[Path]) -> Iterator[Record]:
    """The objects of an array, or of lines."""
    for file in files:
        begin = next((line for line in _lines(file) if line.strip()), "")
        if begin.lstrip().startswith("["):
            yield from _array(file, "".join(_lines(file)))
        else:
            yield from _records_of_lines(file, _lines(file))


def _records_of_lines(file: Path, lines: Iterable[str]) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _record(file, f"line {number}", _parsed(file, f"line {number}", line))


def _array(file: Path, content: str) -> Iterator[Record]:
    entries = _parsed(file, "the array", content)
    for number, entry in enumerate(entries):
        yield _record(file, f"entry {number}", entry)


def _parsed(file: Path, place: str, content: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        is_array = content.lstrip().startswith("[") and place == "line 1"
        remedy = "an array is read from a .json file" if is_array else ""
        raise ExcerptError(file, f"{place} is not JSON ({error})", remedy) from None


def _record(file: Path, place: str, entry: Any) -> Record:
    if not isinstance(entry, dict):
        what = "an object a line is right" if place.startswith("line") else "objects are right"
        raise ExcerptError(file, f"{place} is a {type(entry).__name__}", what)
    return entry


def _csv_records(files: Sequence[Path]) -> Iterator[Record]:
    """The rows below the first, which names the fields."""
    csv.field_size_limit(_LARGEST_CELL)
    for file in files:
        rows = csv.reader(_lines(file), strict=True)
        try:
            names = next(rows, [])
            for row in filter(None, rows):
                yield _named(file, rows.line_num, names, row)
        except csv.Error as error:
            place = f"line {rows.line_num}"
            raise ExcerptError(file, f"{place} is not CSV ({error})") from None


def _named(file: Path, line: int, names: Sequence[str], row: Sequence[str]) -> Record:
    if len(row) != len(names):
        raise ExcerptError(
            file,
            f"line {line} ends a row of {len(row)} cells, and the first names {len(names)}",
            "commas part cells, and quotes enclose a cell that holds one",
        )
    return dict(zip(names, row, strict=True))


def _lines(file: Path, most: int = -1) -> Iterator[str]:
    """The lines of a file, ``most`` characters of each at a time."""
    try:
        with _opened(file) as stream:
            while line := stream.readline(most):
                yield line
    except UnicodeDecodeError:
        raise _not_utf8(file) from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExcerptError(file, f"it cannot be read ({reason})") from error


def _opened(file: Path) -> TextIOWrapper:
    opened = gzip.open if file.suffix == COMPRESSED else open
    return TextIOWrapper(opened(file, "rb"), encoding="utf-8-sig", newline="")


def _not_utf8(file: Path) -> ExcerptError:
    content = file.read_bytes()
    content = gzip.decompress(content) if file.suffix == COMPRESSED else content
    try:
        content.decode()
    except UnicodeDecodeError as error:
        place = f"byte {content[error.start]:#04x} at {error.start}"
        return ExcerptError(file, f"it is not UTF-8 text ({place})", "a UTF-8 file is right")
    raise AssertionError("the same bytes were refused before")


TXT = TextFormat(rows=rows_of_texts(_whole_text), one_text=True)
JSONL = TextFormat(rows=rows_of_records(_line_records))
JSON = TextFormat(rows=rows_of_records(_json_records))
CSV = TextFormat(rows=rows_of_records(_csv_records))
