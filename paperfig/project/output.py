"""Files under figures/: all or nothing, and only where bytes change."""

import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from paperfig.errors import OutputError
from paperfig.project.workspace import Workspace

_HALF_WRITTEN = re.compile(
    rf".+\.(?:json|npy)\.(?:{re.escape(platform.node())}\.)?(?P<process>\d+)(?:\.\d+)?"
)
"""What `write_atomically` calls a cache until it is whole."""


def write_group(files: Mapping[Path, bytes], workspace: Workspace) -> None:
    """Writes the files of one figure, the record (the last one) renamed last.

    All are written to a temporary folder first, so that a full disk leaves the earlier
    ones as they were. A file whose bytes would not change is not touched.

    Raises:
        OutputError: a file cannot be written.
    """
    folder = workspace.temporary / f"{platform.node()}.{os.getpid()}"
    try:
        _replace(files, folder, workspace)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_beside(files: Mapping[Path, bytes], folder: Path) -> None:
    """Writes files into a folder of the user's, all or none; nothing else is left there.

    They are staged in the folder itself: it may lie on another disk than the project.

    Raises:
        OutputError: there is no such folder, or a file cannot be written.
    """
    first, here = next(iter(files)), Workspace(Path.cwd())
    if not folder.is_dir():
        what = f"there is no folder {here.relative(folder)}"
        raise OutputError(here.relative(first), what, "one that exists is right")
    with writing(first, here):
        check_writable(first)
    with TemporaryDirectory(prefix=".paperfig-", dir=folder) as staging:
        _replace(files, Path(staging), here)


def _replace(files: Mapping[Path, bytes], folder: Path, workspace: Workspace) -> None:
    """Replaces the files whose bytes change by what is first written to a folder."""
    changed = {path: content for path, content in files.items() if not _holds(path, content)}
    staged = {}
    for index, (path, content) in enumerate(changed.items()):
        staged[path] = folder / f"{index}-{path.name}"
        with writing(path, workspace):
            _stage(path, content, staged[path])
    for path, temporary in staged.items():
        with writing(path, workspace):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)


@contextmanager
def writing(path: Path, workspace: Workspace) -> Iterator[None]:
    """Says in one line which file cannot be written: the system's word, else ``path``.

    Raises:
        OutputError: a write inside failed.
    """
    try:
        yield
    except OSError as error:
        where = workspace.relative(Path(error.filename2 or error.filename or path))
        raise OutputError(where, f"cannot be written ({error.strerror})") from error


def sweep(workspace: Workspace) -> None:
    """Removes what interrupted builds of this machine left in .paperfig/.

    On a network disk another machine's build may be running: its folder stays.
    """
    for folder in workspace.temporary.glob(f"{platform.node()}.*"):
        if not _is_running(folder.suffix.removeprefix(".")):
            shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        for path in list(workspace.cache.rglob("*.*")):
            half = _HALF_WRITTEN.fullmatch(path.name)
            if half and not _is_running(half["process"]):
                path.unlink()


def _stage(path: Path, content: bytes, temporary: Path) -> None:
    check_writable(path)
    temporary.parent.mkdir(parents=True, exist_ok=True)
    temporary.write_bytes(content)


def check_writable(path: Path) -> None:
    """Refuses a target that cannot be replaced, before anything is renamed.

    Raises:
        IsADirectoryError: it is a folder.
        PermissionError: its folder is read-only.
    """
    if path.is_dir():
        raise IsADirectoryError(21, os.strerror(21), os.fspath(path))
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied", os.fspath(path))


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:  # absent, or what cannot be read, which is replaced
        return False


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
