"""What a file holds as a sha256, and a file that is written whole or not at all.

Imported by the quickest path of the command: os and _thread only.
"""

import os
from _thread import get_ident

TYPE_CHECKING = False  # as in typing, whose import would cost the quick path time
if TYPE_CHECKING:
    from typing import Any

_PART = 1 << 20  # bytes that are read at once
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
LFS_POINTER = "a Git LFS pointer, not the file", "`git lfs pull` fetches it"
"""What messages say of one, and what helps."""


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The sha256 of a file's bytes, as 64 hexadecimal digits.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    import hashlib

    from paperfig.progress import BYTES, working

    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        what, size = f"hashing {os.path.basename(path)}", os.fstat(file.fileno()).st_size  # noqa: PTH119
        with working(what, size, BYTES) as advance:
            while part := file.read(_PART):
                digest.update(part)
                advance(len(part))
    return digest.hexdigest()


def is_lfs_pointer(path: str | os.PathLike[str]) -> bool:
    """Whether a file is what Git leaves in the place of a large one that was not fetched.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read(len(_LFS_POINTER)) == _LFS_POINTER


def read_cache(path: str | os.PathLike[str]) -> "dict[str, Any]":
    """The mapping in a cache of ours; one that is absent or damaged holds nothing."""
    import json

    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            known = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes a file whole or not at all, and its folder where there is none.

    What is written goes beside the file first: whoever reads finds the old bytes or the new.
    An empty folder in the file's place gives way.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    target = os.fspath(path)
    os.makedirs(os.path.dirname(target) or os.curdir, exist_ok=True)  # noqa: PTH103, PTH120
    if os.path.isdir(target):  # noqa: PTH112
        os.rmdir(target)  # noqa: PTH106
    temporary = f"{target}.{os.uname().nodename}.{os.getpid()}.{get_ident()}"
    try:
        with open(temporary, "wb") as file:  # noqa: PTH123
            file.write(content)
        os.replace(temporary, target)  # noqa: PTH105
    except OSError:
        if os.path.exists(temporary):  # noqa: PTH110
            os.remove(temporary)  # noqa: PTH107
        raise
