"""How a path stands: what stat says of it and, where it changed just now, what it holds.

Imported by the quickest path of the command: os and time only.
"""

import os
import time

from paperfig.project.files import sha256_of

TICK_NS = 20_000_000
"""Linux stamps files every 4 ms: what changed within 20 ms of being looked at may change again
without a new stamp (git's «racily clean»), so that its content is remembered besides."""

Stamp = list[int] | None
"""Size, times of modification and change in ns, inode; None where nothing is there."""


def stamp_of(path: str) -> Stamp:
    """How the path stands now."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def is_fresh(stamp: Stamp) -> bool:
    """Whether what stands like this may change now without standing otherwise."""
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
