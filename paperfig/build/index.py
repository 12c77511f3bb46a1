"""Whether anything was touched since the last build: stat calls, and nothing else.

Imported by the quickest path of the command: os, sys and json only.
"""

import json
import os
import sys
import time
from collections.abc import Iterable

from paperfig.build.revisions import COMPUTE_REVISION, DRAWING_REVISION

INDEX = os.path.join(".paperfig", "index.json")  # noqa: PTH118
TICK_NS = 20_000_000
"""Linux stamps files every 4 ms; what changed within 20 ms of the index may change again
without a new stamp, and is not trusted."""


def current_figures(root: str) -> int | None:
    """How many figures are up to date, or None where something must be looked at."""
    try:
        with open(os.path.join(root, INDEX), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            index = json.load(file)
        if index["made_by"] != _made_by():
            return None
        newest = index["written_ns"] - TICK_NS
        for path, stamp in index["paths"].items():
            if _stamp(os.path.join(root, path)) != stamp:  # noqa: PTH118
                return None
            if stamp is not None and max(stamp[1], stamp[2]) > newest:
                return None
        return int(index["figures"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def figures_are(count: int) -> str:
    """A count of figures as a sentence's subject."""
    return "1 figure is" if count == 1 else f"{count} figures are"


def write_index(root: str, paths: Iterable[str], figures: int) -> None:
    """Remembers how every path stands that the last build looked at.

    Args:
        root: the project's root.
        paths: relative to it, or absolute; absent ones count, as absent.
        figures: how many figures are up to date.
    """
    time.sleep(2 * TICK_NS / 1e9)
    content = {
        "made_by": _made_by(),
        "figures": figures,
        "paths": {path: _stamp(os.path.join(root, path)) for path in sorted(set(paths))},  # noqa: PTH118
        "written_ns": time.time_ns(),
    }
    target = os.path.join(root, INDEX)  # noqa: PTH118
    os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
    temporary = f"{target}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(content, file)
    os.replace(temporary, target)  # noqa: PTH105


def forget(root: str) -> None:
    """Distrusts the index until the next build has ended well."""
    if os.path.exists(os.path.join(root, INDEX)):  # noqa: PTH110, PTH118
        os.remove(os.path.join(root, INDEX))  # noqa: PTH107, PTH118


def _made_by() -> list[object]:
    return [COMPUTE_REVISION, DRAWING_REVISION, sys.version]


def _stamp(path: str) -> list[int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
