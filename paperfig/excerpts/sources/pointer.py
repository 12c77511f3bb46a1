"""Files that are not there: what a clone without Git LFS leaves in their place."""

from pathlib import Path

from paperfig.errors import ExcerptError

_BEGIN = b"version https://git-lfs.github.com/spec/"


def refuse_pointer(file: Path, where: str) -> None:
    """Refuses the few lines that stand for a file which was not fetched.

    Args:
        file: what is about to be read; one that is not there is no pointer.
        where: what an error calls it.

    Raises:
        ExcerptError: it is a pointer of Git LFS.
    """
    if not file.is_file():
        return
    with file.open("rb") as stream:
        begin = stream.read(len(_BEGIN))
    if begin == _BEGIN:
        raise ExcerptError(where, "it is a Git LFS pointer, not the file", "git lfs pull")
