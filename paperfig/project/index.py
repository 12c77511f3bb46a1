"""Whether anything was touched since the last build: stat calls, and nothing else.

Imported by the quickest path of the command: os, sys and json only.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence

from paperfig.project.files import write_atomically
from paperfig.project.revisions import COMPUTE_REVISION, DRAWING_REVISION
from paperfig.project.stamps import Stamp, content_digest, stamp_of

FIGSPEC = "figspec"
INDEX = os.path.join(".paperfig", "index.json")  # noqa: PTH118


def current_figures(root: str) -> tuple[int, list[str]] | None:
    """How many figures are up to date, and the names of what is left over.

    None where something must be looked at.
    """
    try:
        with open(os.path.join(root, INDEX), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            index = json.load(file)
        if index["made_by"] != _made_by():
            return None
        for path, stamp in index["paths"].items():
            if stamp_of(os.path.join(root, path)) != stamp:  # noqa: PTH118
                return None
        for path, digest in index["fresh"].items():
            if content_digest(os.path.join(root, path)) != digest:  # noqa: PTH118
                return None
        figures, left_over = index["figures"], index["left_over"]
        if type(figures) is not int or FIGSPEC not in index["paths"]:
            return None
        return figures, [str(name) for name in left_over]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def figures_are(count: int) -> str:
    """A number of figures as the subject of a sentence: ``2 figures are``."""
    return "1 figure is" if count == 1 else f"{count} figures are"


def is_left_over(name: str) -> str:
    """What is said of a figure that no spec asks for any more."""
    return f"{name}   left over   no spec asks for it; `paperfig build --prune` removes it"


def write_index(
    root: str,
    paths: Mapping[str, Stamp],
    fresh: Mapping[str, str],
    figures: int,
    left_over: Sequence[str],
) -> None:
    """Remembers the stamp of every path when the last build read or wrote it.

    Args:
        root: the project's root.
        paths: the stamp of each, by its path from the root or absolute; None of absent ones.
        fresh: the digest of those that may have changed since under the same stamp.
        figures: how many figures are up to date.
        left_over: the names of figures that no spec asks for any more.
    """
    content = {
        "made_by": _made_by(),
        "figures": figures,
        "left_over": list(left_over),
        "paths": {path: paths[path] for path in sorted(paths)},
        "fresh": {path: fresh[path] for path in sorted(fresh)},
    }
    write_atomically(os.path.join(root, INDEX), json.dumps(content).encode())  # noqa: PTH118


def forget(root: str) -> None:
    """Removes the index: until a build has succeeded, every file is looked at."""
    if os.path.isfile(os.path.join(root, INDEX)):  # noqa: PTH113, PTH118
        os.remove(os.path.join(root, INDEX))  # noqa: PTH107, PTH118


def _made_by() -> list[object]:
    return [COMPUTE_REVISION, DRAWING_REVISION, sys.version]
