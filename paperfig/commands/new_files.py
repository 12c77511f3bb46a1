"""Writing the files and folders that `init` and `new` leave for the user."""

from pathlib import Path

from paperfig.errors import OutputError


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(folder, f"cannot be made ({error.strerror})") from error


def write_text(path: Path, text: str) -> None:
    """Writes a file.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror})") from error
