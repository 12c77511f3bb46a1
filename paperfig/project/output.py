"""Files under figures/: all or nothing, and only where bytes change."""

import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

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
    changed = {path: content for path, content in files.items() if not _holds(path, content)}
    folder = workspace.temporary / f"{platform.node()}.{os.getpid()}"
    try:
        staged = {}
        for index, (path, content) in enumerate(changed.items()):
            staged[path] = folder / f"{index}-{path.name}"
            with writing(path, workspace):
                _stage(path, content, staged[path])
        for path, temporary in staged.items():
            with writing(path, workspace):
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
