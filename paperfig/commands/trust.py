"""`paperfig trust`: lets the code that a project's specs name be run without being asked."""

import argparse
import os
from pathlib import Path

from paperfig.commands.new_files import make_folder, write_text
from paperfig.commands.printing import say
from paperfig.errors import RequestError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project's root."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="the project's root, which holds figspec/"
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes the project into the user's trust file, and says what was done.

    Raises:
        RequestError: it is no folder, or one whose path is not one line.
        PaperfigError: the trust file cannot be read or written.
    """
    from paperfig.models.external.trust import trust_file, trusted

    folder: Path = arguments.folder
    project, path = os.fspath(folder.resolve()), trust_file()
    if not folder.is_dir():
        raise RequestError("DIR", f"{folder} is no folder", "name the project's root")
    if project != project.strip() or not project.isprintable():
        raise RequestError("DIR", f"{project!r} is not one line", "rename the folder")
    lines = trusted()
    if project in lines:
        say(f"{project} is trusted already, by {path}")
        return 0
    if not path.parent.is_dir():
        make_folder(path.parent)
    write_text(path, "\n".join([*lines, project]) + "\n")
    say(f"{project} is trusted from now on, by {path}: the code that its specs name is run")
    return 0
