"""What spares the next build work: digests of files, and the index of all that was read."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from paperfig.engine.plan import Plan
from paperfig.engine.project import Recorded, watched_paths
from paperfig.errors import OutputError
from paperfig.project.digests import Digests
from paperfig.project.fonts import Fonts
from paperfig.project.index import forget, write_index
from paperfig.project.output import writing
from paperfig.project.workspace import Workspace


class UpToDate(NamedTuple):
    """A project of which every figure is up to date, and could be verified.

    Attributes:
        plans: of all figures, as they stood before the build.
        recorded: its records.
        common: the files that figures/ holds once.
    """

    plans: Iterable[Plan]
    recorded: Recorded
    common: Iterable[Path]


class Caches:
    """No figure depends on a cache: one that cannot be written is told, and fails nothing.

    Attributes:
        fault: of the first that could not be written; None where all could.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.fault: OutputError | None = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Notes that a cache could not be written inside."""
        try:
            with writing(self._workspace.cache, self._workspace):
                yield
        except OutputError as error:
            remedy = "no figure depends on it, but the next build looks at every file again"
            self.fault = self.fault or OutputError(error.where, error.what, remedy)

    def forget(self) -> None:
        """Removes the index: until a build has succeeded, every file is looked at."""
        with self.writing():
            forget(os.fspath(self._workspace.root))

    def keep(self, digests: Digests, project: UpToDate | None) -> None:
        """Writes what was learned; where the project is up to date, its index too."""
        with self.writing():
            digests.save()
            if project is not None:
                self._write_index(digests, project)

    def _write_index(self, digests: Digests, project: UpToDate) -> None:
        """Writes what the next run compares with: the stat of every path when it was read."""
        workspace, recorded = self._workspace, project.recorded
        paths = {*watched_paths(workspace), *project.common, *Fonts(workspace).paths()}
        for plan in project.plans:
            paths |= {*plan.inputs.paths, *(path.parent for path in plan.inputs.paths)}
            paths.add(workspace.output(plan.named.name, "json"))
        for record in recorded.asked.values():
            paths |= {workspace.root / path for path in record.outputs}
        paths |= {workspace.output(name, "json") for name in recorded.left_over}
        for path in paths:
            digests.watch(path)
        root, unsettled = os.fspath(workspace.root), digests.unsettled()
        names = {os.fspath(path): os.path.relpath(path, root) for path in paths}
        stamps = {name: digests.stamps[path] for path, name in names.items()}
        fresh = {name: unsettled[path] for path, name in names.items() if path in unsettled}
        left_over = sorted(recorded.left_over)
        write_index(root, stamps, fresh, len(recorded.asked), left_over)
