"""Text files and line JSON: UTF-8, read line by line."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.format import (
    Record,
    Row,
    TextFormat,
    rows_of_records,
    rows_of_texts,
)

_LONG = 1 << 20
"""Lines up to so many characters are read at once."""


def _whole_text(file: Path) -> Iterator[Row]:
    """The file as its only row, in lines that keep their ends; long ones in parts."""
    yield _lines(file, _LONG)


def _json_records(files: Sequence[Path]) -> Iterator[Record]:
    for file in files:
        for number, line in enumerate(_lines(file), start=1):
            if line.strip():
                yield _json_record(file, number, line)


def _json_record(file: Path, number: int, line: str) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ExcerptError(file, f"line {number} is not JSON ({error})") from None
    if not isinstance(record, dict):
        raise ExcerptError(
            file, f"line {number} is a {type(record).__name__}", "an object a line is right"
        )
    return record


def _lines(file: Path, most: int = -1) -> Iterator[str]:
    """The lines of a file, ``most`` characters of each at a time."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            while line := stream.readline(most):
                yield line
    except UnicodeDecodeError:
        raise _not_utf8(file) from None
    except OSError as error:
        raise ExcerptError(file, f"it cannot be read ({error.strerror})") from error


def _not_utf8(file: Path) -> ExcerptError:
    content = file.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError as error:
        place = f"byte {content[error.start]:#04x} at {error.start}"
        return ExcerptError(file, f"it is not UTF-8 text ({place})", "a UTF-8 file is right")
    raise AssertionError("the same bytes were refused before")


TXT = TextFormat(rows=rows_of_texts(_whole_text), one_text=True)
JSONL = TextFormat(rows=rows_of_records(_json_records))
