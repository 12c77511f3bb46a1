"""Data sets on disk: one file, a folder of files with or without splits, a saved folder."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.records import Row, field_texts

SUFFIXES = (".txt", ".jsonl", ".parquet", ".arrow")
_SPLITS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
_WORDS = re.compile(r"[-._]")
_SAVED_ONE, _SAVED_MANY = "state.json", "dataset_dict.json"
_SAVED_AGAIN = "what save_to_disk() writes is right"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFiles:
    """The files of one split, in the order in which they are read.

    Attributes:
        files: all of one kind; those of a saved folder as a digest needs them.
        kind: their suffix, or ``saved`` for a folder that `datasets` wrote.
        folder: the saved folder.
        split: the split's name, None where there are no splits.
    """

    files: tuple[Path, ...]
    kind: str
    folder: Path
    split: str | None


def find_files(path: Path, split: str | None, where: str) -> LocalFiles:
    """The files of a split.

    A folder's splits are its sub-folders or its files named after a split (``train``;
    ``validation``, ``valid``, ``val`` or ``dev``; ``test``; also as one word of a name, as
    in ``wiki.valid.txt``); without any, its files are one data set. Files are taken in the
    order of their names.

    Raises:
        ExcerptError: nothing is there, or not this split.
    """
    if path.is_file():
        chosen = _choose({None: [path]}, split, where)
    elif not path.is_dir():
        raise ExcerptError(where, "there is no such file or folder", _what_exists(path.parent))
    elif (path / _SAVED_ONE).is_file():
        return _saved(path, _choose({None: [path]}, split, where)[0])
    elif (path / _SAVED_MANY).is_file():
        chosen = _choose(_saved_splits(path), split, where)
        return _saved(chosen[1][0], chosen[0])
    else:
        chosen = _choose(_splits(path), split, where)
    files = tuple(chosen[1])
    return LocalFiles(files=files, kind=_one_kind(files, where), folder=path, split=chosen[0])


def has_splits(path: Path) -> bool:
    """Whether the files of a folder are parted into splits."""
    if not path.is_dir() or (path / _SAVED_ONE).is_file():
        return False
    return (path / _SAVED_MANY).is_file() or None not in _splits(path)


def read_rows(found: LocalFiles, field: str | None, where: str) -> Iterator[Row]:
    """The rows of the files, read as they are asked for.

    A ``.txt`` file is one row, given line by line with its line ends kept; any other file
    has a row for each record.

    Raises:
        ExcerptError: a file is not of its kind, not UTF-8, or lacks the field.
    """
    if found.kind == ".txt":
        if field is not None:
            raise ExcerptError("excerpt.field", "a .txt file has no fields", "leave it out")
        yield from (_lines(file) for file in found.files)
    elif found.kind == ".jsonl":
        lines = chain.from_iterable(map(_json_records, found.files))
        yield from ((text,) for text in field_texts(lines, field, where))
    else:
        try:
            records = _READERS[found.kind](found)
            yield from ((text,) for text in field_texts(records, field, where))
        except (OSError, ValueError) as error:
            raise ExcerptError(where, f"it cannot be read ({error})") from error


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            yield from stream
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


def _json_records(file: Path) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ExcerptError(file, f"line {number} is not JSON ({error})") from None
        if not isinstance(record, dict):
            raise ExcerptError(
                file, f"line {number} is a {type(record).__name__}", "an object a line is right"
            )
        yield record


def _parquet_records(found: LocalFiles) -> Iterator[Mapping[str, Any]]:
    import datasets  # a second to import

    files = {"rows": [str(file) for file in found.files]}
    verbosity = datasets.logging.get_verbosity()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # what is logged is raised too
    try:
        yield from datasets.load_dataset(
            "parquet", data_files=files, split="rows", streaming=True
        )
    finally:
        datasets.logging.set_verbosity(verbosity)


def arrow_records(files: Sequence[Path]) -> Iterator[Mapping[str, Any]]:
    """The records of Arrow files, mapped into memory."""
    import datasets

    for file in files:
        yield from datasets.Dataset.from_file(str(file))


def _saved_records(found: LocalFiles) -> Iterator[Mapping[str, Any]]:
    import datasets

    yield from datasets.load_from_disk(str(found.folder))


_READERS: Mapping[str, Callable[[LocalFiles], Iterator[Mapping[str, Any]]]] = {
    ".parquet": _parquet_records,
    ".arrow": lambda found: arrow_records(found.files),
    "saved": _saved_records,
}


def _saved_splits(folder: Path) -> dict[str | None, list[Path]]:
    """The folders of the splits in a saved folder."""
    file = folder / _SAVED_MANY
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ExcerptError(file, f"it is not JSON ({error})", _SAVED_AGAIN) from error
    names = content.get("splits") if isinstance(content, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ExcerptError(file, "it holds no list of splits", _SAVED_AGAIN)
    return {name: [folder / name] for name in names}


def _saved(folder: Path, split: str | None) -> LocalFiles:
    files = (folder / _SAVED_ONE, *sorted(folder.glob("*.arrow")))
    return LocalFiles(files=files, kind="saved", folder=folder, split=split)


def _splits(folder: Path) -> dict[str | None, list[Path]]:
    """The data files of a folder by split, or all under None."""
    entries = sorted(folder.iterdir())
    by_split: dict[str | None, list[Path]] = {}
    for entry in entries:
        if entry.is_dir() and entry.name in _SPLITS:
            files = [file for file in sorted(entry.iterdir()) if file.suffix in SUFFIXES]
            by_split.setdefault(_SPLITS[entry.name], []).extend(files)
        elif entry.suffix in SUFFIXES and (name := _split_in(entry.stem)):
            by_split.setdefault(name, []).append(entry)
    return by_split or {None: [file for file in entries if file.suffix in SUFFIXES]}


def _split_in(stem: str) -> str | None:
    named = [_SPLITS[word] for word in _WORDS.split(stem) if word in _SPLITS]
    return named[0] if named else None


def _choose(
    by_split: Mapping[str | None, list[Path]], split: str | None, where: str
) -> tuple[str | None, list[Path]]:
    """The split that is asked for, or the only one."""
    names = [name for name in by_split if name is not None]
    wanted = _SPLITS.get(split, split) if split is not None else None
    if split in by_split:
        wanted = split
    if wanted is None and len(by_split) == 1:
        wanted = next(iter(by_split))
    if wanted not in by_split:
        raise _no_split(split, names, where)
    if not by_split[wanted]:
        raise ExcerptError(where, "it holds no data file", f"{' '.join(SUFFIXES)} are read")
    return wanted, by_split[wanted]


def _no_split(split: str | None, names: Sequence[str], where: str) -> ExcerptError:
    if not names:
        return ExcerptError("excerpt.split", f"{where} has no splits", "leave it out")
    what = "no split is named" if split is None else f"there is no split {split!r}"
    return ExcerptError("excerpt.split", f"{what} of {where}", f"it has {', '.join(names)}")


def _one_kind(files: Sequence[Path], where: str) -> str:
    kinds = sorted({file.suffix for file in files})
    if len(kinds) > 1 or kinds[0] not in SUFFIXES:
        raise ExcerptError(
            where,
            f"its files are {' and '.join(kinds)}",
            f"one of {' '.join(SUFFIXES)} is right",
        )
    return kinds[0]


def _what_exists(folder: Path) -> str:
    if not folder.is_dir():
        return f"there is no folder {folder.name} either"
    names = [entry.name for entry in sorted(folder.iterdir()) if not entry.name.startswith(".")]
    return f"{folder.name} holds {', '.join(names[:12]) or 'nothing'}"
