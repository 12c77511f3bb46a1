"""What is left over under figures/: the files of figures that no spec asks for any more.

Nothing else is ever removed: only what a sound record names, where paperfig itself would put
it, with the bytes that the record has of it.
"""

import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from paperfig.project.files import sha256_of
from paperfig.project.index import FIGSPEC
from paperfig.project.output import writing
from paperfig.project.records import read_record
from paperfig.project.workspace import Workspace
from paperfig.values.codec import FormatError
from paperfig.values.record import FigureRecord


def left_over(workspace: Workspace, made: Iterable[Path]) -> dict[str, FigureRecord]:
    """By name, the sound records that stand in their places and are none of these.

    Args:
        workspace: the project.
        made: the records of the figures that specs ask for. Where a disk takes no notice of
            capitals, one of them may stand under another name too.
    """
    paths = set(made)
    same = {_identity(path) for path in paths}
    found = {}
    for path in sorted(workspace.figures.rglob("*.json")):
        if path not in paths and _is_file(path) and _identity(path) not in same:
            record = _own_record(path, workspace)
            if record is not None:
                found[record.name] = record
    return found


def remove(record: FigureRecord, workspace: Workspace) -> list[str]:
    """Removes the files of a figure, its record last, and folders that are empty then.

    Returns:
        The files that were removed, from the root.

    Raises:
        OutputError: one cannot be removed.
    """
    files = [
        workspace.root / path
        for path, digest in record.outputs.items()
        if _is_as_built(workspace.root / path, digest)
    ]
    files.append(workspace.output(record.name, "json"))
    for path in files:
        with writing(path, workspace):
            path.unlink()
    for folder in (workspace.figures, workspace.values):
        for path in files:
            _remove_empty(path.parent, folder)
    return [workspace.relative(path) for path in files]


def _own_record(path: Path, workspace: Workspace) -> FigureRecord | None:
    """The record, where it is sound, of a spec, and names only its own figure's files."""
    with suppress(FormatError):
        record = read_record(path)
        if record is not None and record.spec.startswith(f"{FIGSPEC}/"):
            ours = set(_own_files(record, workspace))
            if path == workspace.output(record.name, "json") and ours.issuperset(
                record.outputs
            ):
                return record
    return None


def _own_files(record: FigureRecord, workspace: Workspace) -> Iterator[str]:
    """The recorded files that lie where files of that name are written."""
    values = workspace.relative(workspace.large_values(record.name))
    beside = workspace.relative(workspace.output(record.name, ""))
    for path in record.outputs:
        if path == values or (path.startswith(beside) and "/" not in path[len(beside) :]):
            yield path


def _is_as_built(path: Path, digest: str) -> bool:
    with suppress(OSError):
        return _is_file(path) and sha256_of(path) == digest
    return False


def _is_file(path: Path) -> bool:
    """Whether it is a file, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _remove_empty(folder: Path, top: Path) -> None:
    """Removes the folder and those above it below ``top``, as long as they are empty."""
    while top in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
