"""`paperfig init`: lays out a project; what is there already is left as it is."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from paperfig.commands.new_files import make_folder, write_text
from paperfig.commands.printing import say
from paperfig.errors import RequestError
from paperfig.project.workspace import CACHE, FIGURES, TEMPLATES

_IGNORED = f"/{CACHE}/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project's root, and the folder of main.tex, which gets the LaTeX package."""
    parser.add_argument("folder", nargs="?", default=".", type=Path, metavar="DIR")
    parser.add_argument(
        "--paper", type=Path, metavar="DIR", help="the paper's folder: gets paperfig.sty"
    )


def run(arguments: argparse.Namespace) -> int:
    """Lays out the project and says a line for each thing that was made."""
    for line in _project(arguments.folder):
        say(line)
    if arguments.paper is not None:
        say(_package(arguments.paper, arguments.folder / FIGURES))
    return 0


def _project(root: Path) -> Iterator[str]:
    for name in ("figspec", FIGURES, TEMPLATES):
        if not (root / name).is_dir():
            make_folder(root / name)
            yield f"{root / name}/ made"
    ignore = root / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    if _IGNORED not in lines:
        write_text(ignore, "\n".join([*lines, _IGNORED]) + "\n")
        yield f"{ignore} ignores {CACHE}/"


def _package(paper: Path, figures: Path) -> str:
    """Puts the LaTeX package beside main.tex, knowing where the figures lie from there.

    Raises:
        RequestError: the paper's folder does not exist.
    """
    from paperfig.captions.package import latex_package
    from paperfig.engine.manifest import STYLE

    if not paper.is_dir():
        raise RequestError("--paper", f"{paper} is no folder", "name the folder of main.tex")
    path = Path(os.path.relpath(figures.resolve(), paper.resolve())).as_posix()
    write_text(paper / STYLE, latex_package(path))
    return f"{paper / STYLE} written; in main.tex: \\usepackage{{paperfig}}"
