"""The spec files of a project, and those that the arguments of a command name."""

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from paperfig.errors import RequestError
from paperfig.specs.expand import NAME

FOLDER = "figspec"
DEFAULTS = "defaults.yaml"
_SUFFIXES = (".yaml", ".yml")


# manifest.json lists the figures; NAME.caption.tex is NAME's caption, not another figure;
# a defaults.yml would be taken for defaults.yaml by whoever wrote it.
_TAKEN_NAMES = ("manifest", "defaults")
_TAKEN_ENDING = ".caption"


class Selection(NamedTuple):
    """A spec file, and the one figure of it that is wanted; None for all."""

    path: Path
    figure: str | None = None


def find_root(start: Path) -> Path:
    """The project's root: the nearest folder upward from ``start`` that holds figspec/.

    Raises:
        RequestError: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FOLDER).is_dir():
            return folder
    raise RequestError(start, "no figspec/ folder here or above", "`paperfig init` makes one")


def spec_files(folder: Path) -> list[Path]:
    """The spec files in a folder and below, sorted; hidden files and defaults left out.

    A link that leads nowhere is one too: it is an error when it is read, not passed over.
    """
    found = (path for path in folder.rglob("*") if path.suffix in _SUFFIXES)
    return sorted(path for path in found if _is_spec(path, folder))


def figure_name(path: Path, root: Path) -> str:
    """The name of a spec file's figure: its path below figspec/ without the suffix."""
    return path.relative_to(root / FOLDER).with_suffix("").as_posix()


def name_faults(name: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a figure's name, each with what would be right."""
    for part in name.split("/"):
        if not NAME.fullmatch(part):
            right = "letters and digits, then also . _ and -, are right"
            yield f"{part!r} is no name for a figure", right
    if name.rpartition("/")[2] in _TAKEN_NAMES or name.endswith(_TAKEN_ENDING):
        yield f"the name {name} is taken by paperfig's own files", "choose another"


def select(root: Path, wanted: Sequence[Path] | None) -> list[Selection]:
    """The spec files that are wanted: all, or those in files, folders or by figure name.

    Args:
        root: the project's root.
        wanted: files and folders relative to the working folder, or names of figures.

    Raises:
        RequestError: an argument names no spec of the project.
    """
    files = spec_files(root / FOLDER)
    if wanted is None:
        return [Selection(path) for path in files]
    chosen: list[Selection] = []
    for argument in wanted:
        chosen += _found(root, Path(argument), files)
    whole = {selection.path for selection in chosen if selection.figure is None}
    return [
        selection
        for selection in dict.fromkeys(chosen)
        if selection.figure is None or selection.path not in whole
    ]


def unknown_figure(argument: object, names: Iterable[str]) -> RequestError:
    """The error for an argument that names no figure, with the nearest name."""
    nearest = difflib.get_close_matches(str(argument), list(names), 1)
    remedy = f"did you mean {nearest[0]}?" if nearest else "`paperfig new NAME` writes a spec"
    return RequestError(argument, "no such spec file or figure", remedy)


def _is_spec(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not path.is_dir() and not hidden and path.name != DEFAULTS


def _found(root: Path, argument: Path, files: Sequence[Path]) -> list[Selection]:
    inside = list(_inside(argument.resolve(), files))
    if inside:
        return [Selection(path) for path in inside]
    wanted, names = argument.as_posix(), [figure_name(path, root) for path in files]
    exact = [path for path, name in zip(files, names, strict=True) if name == wanted]
    if exact:
        return [Selection(path) for path in exact]
    labelled = [
        path for path, name in zip(files, names, strict=True) if wanted.startswith(f"{name}-")
    ]
    if labelled:
        return [Selection(path, wanted) for path in labelled]
    if os.path.exists(argument):  # noqa: PTH110 - Path.exists raises where a name is too long
        raise RequestError(argument, "no spec of this project", "a file in figspec/ is right")
    raise unknown_figure(wanted, [*names, *(str(path.relative_to(root)) for path in files)])


def _inside(path: Path, files: Sequence[Path]) -> Iterator[Path]:
    """The spec files that are ``path`` or lie in it."""
    for file in files:
        whole = file.resolve()
        if whole == path or path in whole.parents:
            yield file
