"""What a format of local files is: how its rows of text, or its token ids, are read.

A new format is a module beside this one, with a `TextFormat` or a `TokenFormat` in it, and a
line of the tables in registry.py::

    def _lines(file: Path) -> Iterator[Row]:
        for line in file.read_text(encoding="utf-8").splitlines():
            yield (line,)


    LINES = TextFormat(rows=rows_of_texts(_lines))
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperfig.errors import ExcerptError

if TYPE_CHECKING:  # which files there are is known without numpy
    import numpy  # noqa: ICN001 - the name by which it is found when types are checked

Row = Iterable[str]
"""One text of a data set, in pieces that together are the text."""

Record = Mapping[str, Any]
"""One entry of a file that has fields, by their names."""

ReadRows = Callable[[Sequence[Path], str | None, str], Iterator[Row]]
"""From files, the field that the spec names (or None) and what errors call the data set."""

DEFAULT_FIELD = "text"


def _nothing_beside(_path: Path) -> tuple[Path, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """What every format says.

    Attributes:
        beside: which other files one file cannot be read without.
    """

    beside: Callable[[Path], tuple[Path, ...]] = _nothing_beside

    def inputs(self, files: Iterable[Path]) -> tuple[Path, ...]:
        """The files with those beside them: where one changes, so does what is read."""
        return tuple(path for file in files for path in (file, *self.beside(file)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat(FileFormat):
    """Files that hold rows of text.

    Attributes:
        rows: reads the rows of files, in order and only as far as they are asked for.
        one_text: whether a single file is one text, which has no rows to be joined.
    """

    rows: ReadRows
    one_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFormat(FileFormat):
    """Files that hold the ids of a text tokenised before.

    Attributes:
        read: a file's ids, mapped (what is not used is never read from disk), given its path
            and what errors call it.
    """

    read: Callable[[Path, str], "numpy.ndarray"]

    def ids(self, path: Path, where: str) -> "numpy.ndarray":
        """The ids of a file.

        Raises:
            ExcerptError: it, or what must lie beside it, is not there, is damaged, or holds
                anything but one row of ids.
        """
        for file in self.inputs([path]):
            if not file.is_file():
                name = where + file.name.removeprefix(path.name)
                remedy = "a path from the project's root"
                raise ExcerptError(name, "there is no such file", remedy)
        return self.read(path, where)


def rows_of_texts(read: Callable[[Path], Iterable[Row]]) -> ReadRows:
    """The rows of files without fields.

    Args:
        read: the rows of one file.
    """

    def rows(files: Sequence[Path], field: str | None, _where: str) -> Iterator[Row]:
        """The rows of every file; a field is refused."""
        if field is not None:
            what = f"a {files[0].suffix} file has no fields"
            raise ExcerptError("excerpt.field", what, "leave it out")
        for file in files:
            yield from read(file)

    return rows


def rows_of_records(read: Callable[[Sequence[Path]], Iterable[Record]]) -> ReadRows:
    """The rows of files with fields, one for each record.

    Args:
        read: the records of all files; its ValueError or OSError means that one of them
            cannot be read.
    """

    def rows(files: Sequence[Path], field: str | None, where: str) -> Iterator[Row]:
        """The chosen field of every record."""
        try:
            yield from ((text,) for text in _field_texts(read(files), field, where))
        except (OSError, ValueError) as error:
            raise ExcerptError(where, f"it cannot be read ({error})") from error

    return rows


def _field_texts(records: Iterable[Record], field: str | None, where: str) -> Iterator[str]:
    """The text of each record: of the field, else of ``text``, else of the only text field."""
    name = field
    for number, record in enumerate(records):
        if name is None:
            name = _only_field(record, where)
        if name not in record:
            raise ExcerptError(
                "excerpt.field",
                f"row {number} of {where} has no field {name!r}",
                f"its fields are {', '.join(record)}",
            )
        text = record[name]
        if not isinstance(text, str):
            raise ExcerptError(
                "excerpt.field",
                f"field {name!r} of row {number} of {where} is a {type(text).__name__}",
                f"a text is right; text fields are {', '.join(_text_fields(record)) or 'none'}",
            )
        yield text


def _only_field(record: Record, where: str) -> str:
    names = _text_fields(record)
    if DEFAULT_FIELD in record or len(names) == 1:
        return DEFAULT_FIELD if DEFAULT_FIELD in record else names[0]
    raise ExcerptError(
        "excerpt.field",
        f"{where} has no field 'text'",
        f"say which of its text fields is meant: {', '.join(names) or 'there is none'}",
    )


def _text_fields(record: Record) -> list[str]:
    return [name for name, value in record.items() if isinstance(value, str)]
