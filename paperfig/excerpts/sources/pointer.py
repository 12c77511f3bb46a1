"""Files that are not there: what a clone without Git LFS leaves in their place."""

from pathlib import Path

from paperfig.errors import ExcerptError
from paperfig.project.files import LFS_POINTER, is_lfs_pointer


def refuse_pointer(file: Path, where: str) -> None:
    """Refuses the few lines that stand for a file which was not fetched.

    Args:
        file: what is about to be read; one that is not there is no pointer.
        where: what an error calls it.

    Raises:
        ExcerptError: it is a pointer of Git LFS.
    """
    if file.is_file() and is_lfs_pointer(file):
        raise ExcerptError(where, *LFS_POINTER)
