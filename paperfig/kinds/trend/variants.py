"""The checkpoints of a training: each that a spec lists, or that its patterns find."""

import os
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from paperfig.errors import CheckpointError
from paperfig.specs.schema import CheckpointSpec, FigureSpec
from paperfig.values.natural_order import natural_order


def variants(spec: FigureSpec, root: Path, known: Sequence[str] = ()) -> dict[str, FigureSpec]:
    """By the checkpoint's name, the spec as it is of each; sorted as numbers are in names.

    A name is the path from the folder that all of them lie in, without the file's suffix: it
    stays where the whole folder is moved.

    Args:
        spec: the figure's.
        root: the project's, from which paths start.
        known: what patterns found when the figure was recorded. One that finds nothing now, of
            a folder that is not here, stands for these.

    Raises:
        CheckpointError: a pattern finds nothing, or there is one checkpoint only.
    """
    given: Any = dict(spec)["checkpoints"]
    several = given if isinstance(given, tuple) else (given,)
    found = {path: one for entry in several for path, one in _found(entry, root, known)}
    if len(found) < 2:  # noqa: PLR2004 - from one to another
        what, right = f"{', '.join(found)} is all that there is", "two at the least are right"
        raise CheckpointError("checkpoints", what, right)
    paths = sorted(found, key=natural_order)
    return {
        label: spec.model_copy(update={"checkpoints": None, "checkpoint": found[path]})
        for label, path in zip(_labels(paths, root), paths, strict=True)
    }


def _found(
    entry: CheckpointSpec, root: Path, known: Sequence[str]
) -> Iterable[tuple[str, CheckpointSpec]]:
    """The checkpoints of one entry by their paths from the root."""
    path = entry.path or entry.recorded
    if path is None or not has_magic(path):
        return [(path or str(entry.adapter), entry)]
    name = "path" if entry.path else "recorded"
    pattern = Path(path).expanduser().as_posix()
    there = [Path(one).as_posix() for one in glob(pattern, root_dir=root)]  # noqa: PTH207
    there = there or [one for one in known if fnmatchcase(one, pattern)]
    if not there:
        raise CheckpointError("checkpoints", f"{path} finds nothing", "is the folder there?")
    return [(one, entry.model_copy(update={name: one})) for one in there]


def _labels(paths: Sequence[str], root: Path) -> list[str]:
    """What tells the checkpoints apart: the paths less their common folder and suffix."""
    whole = [Path(os.path.normpath(root / Path(path).expanduser())) for path in paths]
    folder = os.path.commonpath([path.parent for path in whole])
    below = [path.relative_to(folder) for path in whole]
    bare = [path.with_suffix("").as_posix() for path in below]
    return bare if len(set(bare)) == len(bare) else [path.as_posix() for path in below]
