"""The sha256 of files, each read once: remembered by what stat says, as git's index does."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from paperfig.errors import InputError, RequestError
from paperfig.project.files import read_cache, sha256_of, write_atomically
from paperfig.project.stamps import Stamp, content_digest, is_fresh, stamp_of
from paperfig.project.workspace import Workspace

_DIGEST = re.compile("[0-9a-f]{64}")


class Digests:
    """The sha256 of files, and the stamp of each path when this build first looked at it.

    The first look counts for the whole build. A path whose stamp is another one at the end
    has changed under the build: neither a figure nor the index may call it what was read.

    Args:
        workspace: the project, whose cache holds digests by size, times and inode.
        rehash: whether every file is read, whatever is remembered.
    """

    def __init__(self, workspace: Workspace, *, rehash: bool = False) -> None:
        self._workspace, self._path = workspace, workspace.cache / "digests.json"
        self._known: dict[str, list[object]] = {} if rehash else _read(self._path)
        self._found: dict[str, str | None] = {}
        self.stamps: dict[str, Stamp] = {}
        self.fresh: dict[str, str | None] = {}

    def of_file(self, path: Path) -> str | None:
        """The file's sha256 in hexadecimal, or None where there is no such file.

        Raises:
            RequestError: it is there and cannot be read.
            InputError: it changed while it was read.
        """
        key = os.fspath(path)
        if key not in self._found:
            self._found[key] = self._digest(path, key)
        return self._found[key]

    def _digest(self, path: Path, key: str) -> str | None:
        self._check_is_file(path)
        self.watch(path)
        stamp = self.stamps[key]
        if stamp is None:
            return None
        known = self._known.get(key)
        if known is not None and known[0] == stamp:
            return str(known[1])
        digest = self.fresh.get(key) or self._sha256(path)
        self.check_unchanged([path])
        if key not in self.fresh:
            self._known[key] = [stamp, digest]
        return digest

    def _check_is_file(self, path: Path) -> None:
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):  # no path of any disk
            return
        except OSError as error:
            raise self._unreadable(path, error.strerror) from error
        if not stat.S_ISREG(mode):
            is_folder = stat.S_ISDIR(mode)
            raise self._unreadable(path, "it is a folder" if is_folder else "it is no file")

    def _sha256(self, path: Path) -> str:
        try:
            return sha256_of(path)
        except OSError as error:
            raise self._unreadable(path, error.strerror) from error

    def _unreadable(self, path: Path, why: str | None) -> RequestError:
        return RequestError(self._workspace.relative(path), f"cannot be read ({why})")

    def watch(self, path: Path) -> None:
        """Notes the stamp of a path before it is read; of one just written, its content too."""
        key = os.fspath(path)
        if key not in self.stamps:
            stamp = stamp_of(key)
            if is_fresh(stamp):
                self.fresh[key] = content_digest(key)
            self.stamps[key] = stamp

    def identity(self, paths: Iterable[Path]) -> tuple[object, ...]:
        """What these paths were at the first look: never equal where one has changed since."""
        keys = [os.fspath(path) for path in paths]
        for key in keys:
            self.watch(Path(key))
        return tuple((key, self.stamps[key], self.fresh.get(key)) for key in keys)

    def wrote(self, path: Path, digest: str) -> None:
        """Notes a file that this build has written, with what it holds."""
        key = os.fspath(path)
        self.stamps[key], self._found[key] = stamp_of(key), digest
        self.fresh[key] = digest

    def check_unchanged(self, paths: Iterable[Path]) -> None:
        """Nothing where these paths are what they were at the first look.

        Raises:
            InputError: one of them has changed.
        """
        for path in paths:
            key = os.fspath(path)
            if key in self.stamps and not self._is_unchanged(key):
                where = self._workspace.relative(path)
                raise InputError(where, "changed while it was read", "build again")

    def _is_unchanged(self, key: str) -> bool:
        fresh = self.fresh.get(key)
        same = stamp_of(key) == self.stamps[key]
        return same and (fresh is None or content_digest(key) == fresh)

    def unsettled(self) -> dict[str, str]:
        """The digests of paths that may still change without a change of their stamp.

        A path that was written too recently and by now is old enough is read once more:
        from here on every change shows. One that holds something else is kept in the list.
        """
        noted = {key: digest or "" for key, digest in self.fresh.items()}
        return {
            key: digest
            for key, digest in noted.items()
            if is_fresh(self.stamps[key]) or content_digest(key) != digest
        }

    def save(self) -> None:
        """Writes what was learned; entries of vanished files go."""
        kept = {key: entry for key, entry in self._known.items() if os.path.exists(key)}  # noqa: PTH110
        content = json.dumps(kept, sort_keys=True)
        if content != json.dumps(_read(self._path), sort_keys=True):
            write_atomically(self._path, content.encode())


def _read(path: Path) -> dict[str, list[object]]:
    """What was remembered."""
    return {name: entry for name, entry in read_cache(path).items() if _is_entry(entry)}


def _is_entry(entry: object) -> bool:
    """Whether it is a file's stamp and digest."""
    match entry:
        case [list(), str(digest)]:
            return bool(_DIGEST.fullmatch(digest))
    return False


def digest_of(value: object) -> str:
    """The sha256 of a JSON value in canonical form."""
    content = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(content.encode("ascii")).hexdigest()
