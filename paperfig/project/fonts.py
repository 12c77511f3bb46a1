"""Font files as inputs: records hold their digests, this machine where they are."""

import json
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from paperfig.project.digests import Digests
from paperfig.project.files import read_cache, sha256_of, write_atomically
from paperfig.project.output import writing
from paperfig.project.stamps import stamp_of
from paperfig.project.workspace import Workspace
from paperfig.values.record import FigureRecord


def digests_of_fonts(fonts: Iterable[Path]) -> dict[str, str]:
    """The sha256 of each file by its name, as a record holds it."""
    paths = sorted(set(fonts))
    return {path.name: _digest(path, tuple(stamp_of(str(path)) or ())) for path in paths}


@lru_cache(maxsize=64)
def _digest(path: Path, stamp: tuple[int, ...]) -> str:  # noqa: ARG001 - by which it is kept
    """The sha256 of a face that stands like this: large files, read once each."""
    return sha256_of(path)


class Fonts:
    """Where this project's figures found their fonts on this machine.

    A record holds names and digests only, as a path would describe the machine. A font that
    is not found here cannot have changed here.

    Args:
        workspace: the project.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._path = workspace.cache / "fonts.json"

    def remember(self, fonts: Iterable[Path]) -> None:
        """Keeps where these files lie, for `changed`."""
        known = self._known()
        found = known | {path.name: str(path) for path in fonts}
        if found != known:
            with writing(self._path, self._workspace):
                write_atomically(self._path, json.dumps(found, sort_keys=True).encode())

    def changed(self, record: FigureRecord, digests: Digests) -> Iterator[str]:
        """The fonts of a figure whose files have other bytes now."""
        known = self._known()
        for name, recorded in record.fonts.items():
            digest = digests.of_file(Path(known[name])) if name in known else None
            if digest not in (None, recorded):
                yield name

    def paths(self) -> set[Path]:
        """Every font file that a figure of this project has used here."""
        return set(map(Path, self._known().values()))

    def _known(self) -> dict[str, str]:
        known = read_cache(self._path)
        return {name: path for name, path in known.items() if _is_font_file(path)}


def _is_font_file(path: object) -> bool:
    """Whether it is the absolute path of a file that can be read here."""
    return (
        isinstance(path, str)
        and os.path.isabs(path)  # noqa: PTH117
        and os.path.isfile(path)  # noqa: PTH113
        and os.access(path, os.R_OK)
    )
