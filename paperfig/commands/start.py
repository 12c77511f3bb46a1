"""A project's first files, and a figure's first spec."""

import os
from collections.abc import Iterator
from pathlib import Path

import yaml

from paperfig.captions.render import latex_package
from paperfig.commands.shorthand import Shorthand, checked
from paperfig.engine.manifest import STYLE
from paperfig.errors import OutputError, RequestError
from paperfig.project.workspace import CACHE, FIGURES, TEMPLATES
from paperfig.specs.starter import starter_spec

IGNORED = f"/{CACHE}/"


def init(folder: Path, *, paper: Path | None = None) -> Iterator[str]:
    """Lays out a project; what is there already is left as it is.

    Args:
        folder: the project's root.
        paper: the folder of main.tex, which gets the LaTeX package.

    Yields:
        A line for each thing that was made.
    """
    for name in ("figspec", FIGURES, TEMPLATES):
        if not (folder / name).is_dir():
            _make_folder(folder / name)
            yield f"{folder / name}/ made"
    ignore = folder / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    if IGNORED not in lines:
        _write(ignore, "\n".join([*lines, IGNORED]) + "\n")
        yield f"{ignore} ignores {CACHE}/"
    if paper is not None:
        yield lay_style(paper, folder / FIGURES)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(folder, f"cannot be made ({error.strerror})") from error


def lay_style(paper: Path, figures: Path) -> str:
    """Puts the LaTeX package beside main.tex, knowing where the figures lie from there.

    Raises:
        RequestError: the paper's folder does not exist.
    """
    if not paper.is_dir():
        raise RequestError("--paper", f"{paper} is no folder", "name the folder of main.tex")
    path = Path(os.path.relpath(figures.resolve(), paper.resolve())).as_posix()
    _write(paper / STYLE, latex_package(path))
    return f"{paper / STYLE} written; in main.tex: \\usepackage{{paperfig}}"


def new_spec(root: Path, name: str, shorthand: Shorthand) -> Path:
    """Writes the spec of a new figure: what the options say, and an example for the rest.

    Raises:
        RequestError: the name is no figure's name, there is such a spec, or the options
            are no spec.
    """
    said = shorthand.mapping(root)
    text = starter_spec(name, **said)
    checked(yaml.safe_load(text))
    path = root / "figspec" / f"{name}.yaml"
    if path.exists():
        raise RequestError(name, f"{path.relative_to(root)} exists", "choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, text)
    return path.relative_to(root)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror})") from error
