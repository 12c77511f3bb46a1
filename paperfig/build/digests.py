"""sha256 of files, read once: a cache by stat, as git's index does it."""

import hashlib
import json
import os
import stat
import time
from pathlib import Path

from paperfig.errors import RequestError

STALE_CLOCK_NS = 20_000_000
"""A file changed within 20 ms of its hashing may change again without a new time stamp
(Linux file times tick every 4 ms); such a digest is not kept (git's «racily clean»)."""


class Digests:
    """The sha256 of files, remembered by size, times and inode.

    Args:
        path: the cache's own file.
        rehash: whether what is remembered is distrusted.
    """

    def __init__(self, path: Path, *, rehash: bool = False) -> None:
        self._path = path
        self._known: dict[str, list[object]] = {} if rehash else _read(path)
        self._fresh: dict[str, list[object]] = {}

    def of_file(self, path: Path) -> str | None:
        """The file's sha256 in hexadecimal, or None where there is no such file.

        Raises:
            RequestError: it is there and cannot be read.
        """
        key = os.fspath(path)
        if key in self._fresh:
            return str(self._fresh[key][1])
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(path, error.strerror) from error
        if not stat.S_ISREG(status.st_mode):
            is_folder = stat.S_ISDIR(status.st_mode)
            raise _unreadable(path, "it is a folder" if is_folder else "it is no file")
        stamp = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        known = self._known.get(key)
        if known is not None and known[0] == stamp:
            self._fresh[key] = known
            return str(known[1])
        digest = _sha256(path)
        if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > STALE_CLOCK_NS:
            self._fresh[key] = [stamp, digest]
        return digest

    def save(self) -> None:
        """Writes what was learned; entries of vanished files go."""
        kept = {key: entry for key, entry in self._known.items() if os.path.exists(key)}  # noqa: PTH110
        content = json.dumps(kept | self._fresh, sort_keys=True)
        if content != json.dumps(self._known, sort_keys=True):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_suffix(f".{os.getpid()}")
            temporary.write_text(content, encoding="utf-8")
            temporary.replace(self._path)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error.strerror) from error


def _unreadable(path: Path, why: str | None) -> RequestError:
    return RequestError(path, f"cannot be read ({why})")


def _read(path: Path) -> dict[str, list[object]]:
    """What was remembered; a cache that cannot be read remembers nothing."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    entries = known.items() if isinstance(known, dict) else ()
    return {path: entry for path, entry in entries if _is_entry(entry)}


def _is_entry(entry: object) -> bool:
    """Whether it is a file's stamp and digest."""
    match entry:
        case [list(), str()]:
            return True
    return False


def digest_of(value: object) -> str:
    """The sha256 of a JSON value in canonical form."""
    content = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(content.encode("ascii")).hexdigest()
