"""Whether two folders of figures are the same: ``python tests/compare_figures.py OLD NEW``.

Pictures, captions and floats are compared byte for byte; values array by array, by their
places in the figure and not by how a format of the file names or shares them. What differs is
said, a line each, then how many figures are the same; the exit code is 0 where all are.
Records are left out: they tell versions, digests and the machine.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

BYTES = (".pdf", ".svg", ".png", ".caption.tex", ".tex")
VALUES = ".npz"

# Up to format 2 of the values an array's name was not its place, and ids were the figure's.
PLACES = (
    (r"(weights|scores|mask)_(\d+)", r"maps.\2.\1"),
    (r"table_(\w+)", r"table.\1.values"),
    (r"token_ids", r"variants.0.excerpt.ids"),
    (r"(variants\.\d+\.excerpt)\.(tokens\.ids|token_ids)", r"\1.ids"),
)


def main(folders: list[str]) -> int:
    """Compares; 1 where something differs or there is nothing to compare."""
    if len(folders) != 2:
        sys.stderr.write("usage: python tests/compare_figures.py OLD NEW\n")
        return 2
    old, new = map(Path, folders)
    files = sorted({*names(old), *names(new)})
    figures = {figure_of(name) for name in files}
    lines = {name: list(differences(old / name, new / name)) for name in files}
    differing = {figure_of(name) for name, found in lines.items() if found}
    for name, found in lines.items():
        sys.stdout.writelines(f"{name}: {line}\n" for line in found)
    if differing or not figures:
        sys.stdout.write(f"not the same: {len(differing)} of {len(figures)} figures\n")
        return 1
    sys.stdout.write(f"the same: {len(figures)} figures\n")
    return 0


def names(folder: Path) -> Iterator[str]:
    """The files of figures in a folder and below."""
    for path in folder.rglob("*"):
        if path.name.endswith((*BYTES, VALUES)):
            yield path.relative_to(folder).as_posix()


def figure_of(name: str) -> str:
    """The figure that a file is of."""
    ending = next(ending for ending in (*BYTES, VALUES) if name.endswith(ending))
    return name.removesuffix(ending)


def differences(old: Path, new: Path) -> Iterator[str]:
    """What differs in a file; nothing where it is the same."""
    if not (old.is_file() and new.is_file()):
        yield "only in the new folder" if new.is_file() else "only in the old folder"
    elif old.suffix == VALUES:
        yield from differing_arrays(arrays_of(old), arrays_of(new))
    elif old.read_bytes() != new.read_bytes():
        yield "other bytes"


def differing_arrays(
    old: Mapping[str, np.ndarray], new: Mapping[str, np.ndarray]
) -> Iterator[str]:
    """Each array that is not in both, or has other values."""
    for place in sorted(old.keys() | new.keys()):
        if place not in old or place not in new:
            yield f"{place} only in the {'old' if place in old else 'new'} folder"
            continue
        before, after = old[place], new[place]
        if (before.dtype, before.shape) != (after.dtype, after.shape):
            yield f"{place} was {described(before)} and is {described(after)}"
        elif not np.array_equal(before, after, equal_nan=before.dtype.kind == "f"):
            yield f"{place} has other values in {np.sum(before != after)} of {before.size}"


def described(array: np.ndarray) -> str:
    """An array's type and shape."""
    return f"{array.dtype} {array.shape}"


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a figure's values by their places in it."""
    with np.load(path, allow_pickle=False) as archive:
        kept = {name: archive[name] for name in archive.files}
    facts = json.loads(kept.pop("facts").tobytes())
    shared = {place: name for place, name in references(facts.get("figure")) if name in kept}
    # an axis tells its tokens, which most often are the excerpt's: these are not counted again
    places = dict(zip(kept, kept, strict=True)) | {
        place: name for place, name in shared.items() if not place.endswith(".ids")
    }
    return {renamed(place): kept[name] for place, name in places.items()}


def references(content: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Each place of a figure that an array has, and the array's name in the file."""
    entries = {}
    if isinstance(content, dict):
        entries = content
    elif isinstance(content, list):
        entries = dict(enumerate(content))
    if entries.keys() == {"array"}:
        yield place, entries["array"]
        return
    for key, item in entries.items():
        yield from references(item, f"{place}.{key}" if place else str(key))


def renamed(name: str) -> str:
    """An array's place, whichever format the name is of."""
    for pattern, place in PLACES:
        if found := re.fullmatch(pattern, name):
            return found.expand(place)
    return name


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
