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
    """What one argument of a command names.

    Attributes:
        paths: spec files.
        figure: the one figure that is wanted, of whichever of them makes it; None for all.
    """

    paths: tuple[Path, ...]
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


def root_or_folder() -> Path:
    """The project's root, or the working folder where there is no project."""
    try:
        return find_root(Path.cwd())
    except RequestError:
        return Path.cwd()


def spec_files(folder: Path) -> list[Path]:
    """The spec files in a folder and below, sorted; hidden files and defaults left out.

    A link that leads nowhere is one too: it is an error when it is read, not passed over.
    So is a folder below that may not be looked into. None where there is no folder.

    Raises:
        RequestError: the folder itself may not be.
    """
    unreadable: list[Path] = []
    if not folder.exists():
        return []

    def note(error: OSError) -> None:
        unreadable.append(Path(error.filename))
        if unreadable[-1] == folder:
            raise RequestError(folder.name, f"cannot be read ({error.strerror})") from error

    names = (Path(at, name) for at, _, names in os.walk(folder, onerror=note) for name in names)
    specs = [path for path in names if path.suffix in _SUFFIXES and path.name != DEFAULTS]
    return sorted(path for path in specs + unreadable if not _is_hidden(path, folder))


def figure_name(path: Path, root: Path) -> str:
    """The name of a spec file's figure: its path below figspec/ without the suffix."""
    below = path.relative_to(root / FOLDER)
    return (below.with_suffix("") if below.suffix in _SUFFIXES else below).as_posix()


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
        return [Selection(tuple(files))]
    return [_found(root, Path(argument), files) for argument in wanted]


def unknown_figure(argument: object, names: Iterable[str]) -> RequestError:
    """The error for an argument that names no figure, with the nearest name."""
    nearest = difflib.get_close_matches(str(argument), list(names), 1)
    remedy = f"did you mean {nearest[0]}?" if nearest else "`paperfig new NAME` writes a spec"
    return RequestError(argument, "no such spec file or figure", remedy)


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _found(root: Path, argument: Path, files: Sequence[Path]) -> Selection:
    inside = tuple(_inside(argument.resolve(), files))
    if inside:
        return Selection(inside)
    wanted, names = argument.as_posix(), [figure_name(path, root) for path in files]
    named = list(zip(files, names, strict=True))
    exact = tuple(path for path, name in named if name == wanted)
    if exact:
        return Selection(exact)
    labelled = tuple(path for path, name in named if wanted.startswith(f"{name}-"))
    if labelled:
        return Selection(labelled, wanted)
    if os.path.exists(argument):  # noqa: PTH110 - Path.exists raises where a name is too long
        raise RequestError(argument, "no spec of this project", "a file in figspec/ is right")
    raise unknown_figure(wanted, [*names, *(str(path.relative_to(root)) for path in files)])


def _inside(path: Path, files: Sequence[Path]) -> Iterator[Path]:
    """The spec files that are ``path`` or lie in it."""
    for file in files:
        whole = file.resolve()
        if whole == path or path in whole.parents:
            yield file
