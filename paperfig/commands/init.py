"""`paperfig init`: lays out a project; what is there already is left as it is."""

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from paperfig.commands.arguments import add_new_spec
from paperfig.commands.new_files import (
    append_line,
    lay_schema,
    make_folder,
    schema_from,
    write_text,
)
from paperfig.commands.printing import say
from paperfig.errors import RequestError
from paperfig.project.index import FIGSPEC
from paperfig.project.workspace import CACHE, FIGURES, TEMPLATES

_FIRST = "attention"
"""The figure of a new project."""

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
"""The names that GNU make looks for, in its order."""

_MAKEFILE = f"""\
# make figures    draws what is not up to date, with captions, into {FIGURES}/
# make check      says what is not up to date, and why; writes nothing
# make clean      removes the working caches; {FIGURES}/ stays
#   PAPERFIG=…    the command, where it is not on the PATH

PAPERFIG ?= paperfig

.PHONY: figures check clean

figures:
	@$(PAPERFIG) build

check:
	@$(PAPERFIG) check

clean:
	rm -rf {CACHE}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project's root, the folder of main.tex, and what is known of the first figure."""
    parser.add_argument(
        "folder", nargs="?", default=".", type=Path, metavar="DIR", help="the project's folder"
    )
    parser.add_argument(
        "--paper", type=Path, metavar="DIR", help="the paper's folder: gets paperfig.sty"
    )
    add_new_spec(parser)


def run(arguments: argparse.Namespace) -> int:
    """Lays out the project and says a line for each thing that was made, and what is next.

    Raises:
        RequestError: the paper's folder does not exist, or the options are no spec; nothing
            is made then.
    """
    root, paper = arguments.folder, arguments.paper
    if paper is not None and not paper.is_dir() and paper.resolve() != root.resolve():
        raise RequestError("--paper", f"{paper} is no folder", "name the folder of main.tex")
    first = _first_spec(root, arguments)
    for line in (*_folders(root), *_first_files(root, first), *_files(root)):
        say(line)
    if paper is not None:
        say(_package(paper, root / FIGURES))
    if first is not None:
        say(_next(root, has_checkpoint=arguments.checkpoint is not None))
    return 0


def _first_spec(root: Path, arguments: argparse.Namespace) -> str | None:
    """The text of the first figure's spec; None where the project has specs.

    Raises:
        RequestError: the options are no spec, or the project has one.
    """
    from paperfig.commands.spec_options import WHERE, new_spec, says_something
    from paperfig.specs.select import spec_files

    if not spec_files(root / FIGSPEC):
        path = root / FIGSPEC / f"{_FIRST}.yaml"
        return new_spec(_FIRST, vars(arguments), path=path, root=root.resolve())
    if says_something(vars(arguments)):
        what = f"{root / FIGSPEC} holds specs already"
        raise RequestError(WHERE, what, "`paperfig new NAME` takes them")
    return None


def _folders(root: Path) -> Iterator[str]:
    for name in (FIGSPEC, FIGURES, TEMPLATES):
        if not (root / name).is_dir():
            make_folder(root / name)
            yield f"{root / name}/ made"


def _first_files(root: Path, first: str | None) -> Iterator[str]:
    """A new project's specs."""
    from paperfig.specs.select import DEFAULTS
    from paperfig.specs.starter import starter_defaults

    if first is None:
        return
    defaults = root / FIGSPEC / DEFAULTS
    yield from _written(defaults, starter_defaults(schema=schema_from(defaults, root)))
    yield from _written(root / FIGSPEC / f"{_FIRST}.yaml", first)


def _files(root: Path) -> Iterator[str]:
    """What lies beside figspec/."""
    yield from lay_schema(root)
    if _makefile(root) is None:
        yield from _written(root / _MAKEFILES[-1], _MAKEFILE)
    ignore = root / ".gitignore"
    lines = ignore.read_bytes().split() if ignore.exists() else []
    if not {line.strip(b"/") for line in lines} & {CACHE.encode()}:
        append_line(ignore, f"/{CACHE}/")
        yield f"{ignore} ignores {CACHE}/"


def _makefile(root: Path) -> Path | None:
    """The file that `make` reads in the project."""
    found = (root / name for name in _MAKEFILES)
    return next((path for path in found if os.path.lexists(path)), None)


def _written(path: Path, text: str) -> Iterator[str]:
    """Writes a file where there is none."""
    if not os.path.lexists(path):
        write_text(path, text)
        yield f"{path} written"


def _next(root: Path, *, has_checkpoint: bool) -> str:
    """What leads to the first figure."""
    enter = "" if root == Path() else f"cd {shlex.quote(str(root))} && "
    then = f"{enter}{_build(root)}"
    spec = root / FIGSPEC / f"{_FIRST}.yaml"
    return f"next: {then if has_checkpoint else f'name your checkpoint in {spec}, then {then}'}"


def _build(root: Path) -> str:
    """The line that draws the figures: that of our Makefile, if the project has it."""
    makefile = _makefile(root)
    is_ours = makefile is not None and makefile.read_bytes() == _MAKEFILE.encode()
    on_path = shutil.which("paperfig") is not None
    command = "paperfig" if on_path else f"{shlex.quote(sys.executable)} -m paperfig"
    if not is_ours:
        return f"{command} build"
    return "make figures" if on_path else f"make figures PAPERFIG={shlex.quote(command)}"


def _package(paper: Path, figures: Path) -> str:
    """Puts the LaTeX package beside main.tex, knowing where the figures lie from there."""
    from paperfig.captions.package import latex_package
    from paperfig.engine.manifest import STYLE

    path = Path(os.path.relpath(figures.resolve(), paper.resolve())).as_posix()
    write_text(paper / STYLE, latex_package(path))
    return f"{paper / STYLE} written; in main.tex: \\usepackage{{paperfig}}"
