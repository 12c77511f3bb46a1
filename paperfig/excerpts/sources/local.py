"""Data sets on disk: one file, a folder of files with or without splits, a saved folder.

Which files there are and how they part into splits is found here; what reads them, by the
registry.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.format import TextFormat, visible
from paperfig.excerpts.sources.registry import (
    COMPRESSED,
    FOLDER_FORMATS,
    TEXT_FORMATS,
    folder_format,
    suffix_of,
    text_format,
)

_READ = " ".join(TEXT_FORMATS)
SPLITS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
"""The words that name a split, and the split."""

_PACKED = (COMPRESSED, ".parquet")
_WORDS = re.compile(r"[-._]")
_SAVED_SPLIT = "state.json"
_SAVED_SPLITS = "dataset_dict.json"
"""What `datasets` writes into a saved folder of splits; each split's folder has the other."""

_SAVED_AGAIN = "what save_to_disk() writes is right"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSplit:
    """The files of one split, in the order in which they are read.

    Attributes:
        files: all of one format; of a saved folder the file that stands for it.
        format: how they are read.
        split: the split's name, None where there are no splits.
    """

    files: tuple[Path, ...]
    format: TextFormat
    split: str | None

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that the rows depend on."""
        return self.format.inputs(self.files)

    @property
    def size(self) -> int | None:
        """About how many bytes of text there are; None of compressed files."""
        if any(file.suffix in _PACKED for file in self.inputs):
            return None
        return sum(file.stat().st_size for file in self.inputs)

    @property
    def is_one_text(self) -> bool:
        """Whether it is a single text, without rows to be joined."""
        return self.format.one_text and len(self.files) == 1


def find_split(path: Path, split: str | None, where: str) -> LocalSplit:
    """The files of a split.

    A folder's splits are its sub-folders or its files named after a split (``train``;
    ``validation``, ``valid``, ``val`` or ``dev``; ``test``; also as one word of a name, as
    in ``wiki.valid.txt``); without any, its files are one data set. Files are taken in the
    order of their names, and hidden ones are none.

    Args:
        path: a file, a folder of files, or a folder that `datasets` saved.
        split: the split that is asked for; None for the only one.
        where: what errors call the data set.

    Raises:
        ExcerptError: nothing is there, or not this split.
    """
    name, files = _choose(_by_split(path, where), split, where)
    marker = files[0].name
    if path.is_dir() and marker in FOLDER_FORMATS:
        return LocalSplit(files=tuple(files), format=folder_format(marker), split=name)
    return LocalSplit(
        files=tuple(files), format=text_format(_one_suffix(files, where)), split=name
    )


def has_splits(path: Path) -> bool:
    """Whether the files of a folder are parted into splits."""
    if not path.is_dir() or _marker(path) is not None:
        return False
    return (path / _SAVED_SPLITS).is_file() or None not in _named_splits(path)


def _by_split(path: Path, where: str) -> dict[str | None, list[Path]]:
    """The files of each split, or all under None."""
    if path.is_file():
        return {None: [path]}
    if not path.is_dir():
        raise ExcerptError(where, "there is no such file or folder", _what_exists(path.parent))
    marker = _marker(path)
    if marker is not None:
        return {None: [marker]}
    return _saved_splits(path) if (path / _SAVED_SPLITS).is_file() else _named_splits(path)


def _marker(folder: Path) -> Path | None:
    """The file that stands for a folder of one data set; None in any other folder."""
    files = (folder / name for name in FOLDER_FORMATS)
    return next((file for file in files if file.is_file()), None)


def _saved_splits(folder: Path) -> dict[str | None, list[Path]]:
    """What stands for each split of a saved folder."""
    file = folder / _SAVED_SPLITS
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ExcerptError(file, f"it is not JSON ({error})", _SAVED_AGAIN) from error
    names = content.get("splits") if isinstance(content, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ExcerptError(file, "it holds no list of splits", _SAVED_AGAIN)
    return {name: [folder / name / _SAVED_SPLIT] for name in names}


def _named_splits(folder: Path) -> dict[str | None, list[Path]]:
    """The data files of a folder by split, or all under None."""
    entries = visible(folder.iterdir())
    by_split: dict[str | None, list[Path]] = {}
    for entry in entries:
        if entry.is_dir() and entry.name in SPLITS:
            files = filter(is_text, visible(entry.iterdir()))
            by_split.setdefault(SPLITS[entry.name], []).extend(files)
        elif is_text(entry) and (name := _split_in(entry.stem)):
            by_split.setdefault(name, []).append(entry)
    return by_split or {None: list(filter(is_text, entries))}


def is_text(file: Path) -> bool:
    """Whether the file's name ends as that of a registered format of texts."""
    return suffix_of(file) in TEXT_FORMATS


def _split_in(stem: str) -> str | None:
    named = [SPLITS[word] for word in _WORDS.split(stem) if word in SPLITS]
    return named[0] if named else None


def _choose(
    by_split: Mapping[str | None, list[Path]], split: str | None, where: str
) -> tuple[str | None, list[Path]]:
    """The split that is asked for, or the only one."""
    names = [name for name in by_split if name is not None]
    wanted = SPLITS.get(split, split) if split is not None else None
    if split in by_split:
        wanted = split
    if wanted is None and len(by_split) == 1:
        wanted = next(iter(by_split))
    if wanted not in by_split:
        raise _no_split(split, names, where)
    if not by_split[wanted]:
        raise ExcerptError(where, "it holds no data file", f"{_READ} are read")
    return wanted, by_split[wanted]


def _no_split(split: str | None, names: Sequence[str], where: str) -> ExcerptError:
    if not names:
        return ExcerptError("excerpt.split", f"{where} has no splits", "leave it out")
    what = "no split is named" if split is None else f"there is no split {split!r}"
    return ExcerptError("excerpt.split", f"{what} of {where}", f"it has {', '.join(names)}")


def _one_suffix(files: Sequence[Path], where: str) -> str:
    suffixes = sorted({suffix_of(file) for file in files})
    if len(suffixes) > 1 or suffixes[0] not in TEXT_FORMATS:
        raise ExcerptError(
            where,
            f"its files are {' and '.join(suffixes)}",
            f"one of {_READ} is right",
        )
    return suffixes[0]


def _what_exists(folder: Path) -> str:
    if not folder.is_dir():
        return f"there is no folder {folder.name} either"
    names = [entry.name for entry in visible(folder.iterdir())]
    return f"{folder.name} holds {', '.join(names[:12]) or 'nothing'}"
