"""The stamp of a path: what stat says of it; and its digest, where it was just written.

Imported by the quickest path of the command: os and time only.
"""

import os
import time

from paperfig.project.files import sha256_of

TICK_NS = 20_000_000
"""Linux gives a file its time in steps of 4 ms: one that changed within 20 ms of being looked
at may change again under the same stamp ("racily clean" in git), so that its content is
remembered too."""

Stamp = list[int] | None
"""Size, times of modification and change in ns, inode; None where nothing is there."""


def stamp_of(path: str) -> Stamp:
    """The stamp of the path now."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):  # nothing is there, or no disk has such a path
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def is_fresh(stamp: Stamp) -> bool:
    """Whether a path with this stamp may still change under the same stamp."""
    return stamp is not None and time.time_ns() - max(stamp[1], stamp[2]) < TICK_NS


def content_digest(path: str) -> str | None:
    """The sha256 of a file, or of a folder's names; None where nothing can be read."""
    try:
        if os.path.isdir(path):  # noqa: PTH112
            import hashlib

            names = "\0".join(sorted(os.listdir(path)))  # noqa: PTH208
            return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
        return sha256_of(path)
    except OSError:
        return None
