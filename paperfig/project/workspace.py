"""The folders of a project."""

import os
from dataclasses import dataclass
from pathlib import Path

from paperfig.project.index import FIGSPEC

FIGURES = "figures"
TEMPLATES = "templates"
CACHE = ".paperfig"
PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one project, and the files in them.

    Attributes:
        root: the folder that holds figspec/; every path in a record is relative to it.
        folder: where figures go, from the root.
    """

    root: Path
    folder: str = FIGURES

    @property
    def figspec(self) -> Path:
        """The spec files."""
        return self.root / FIGSPEC

    @property
    def figures(self) -> Path:
        """Figures, captions and records, to be committed."""
        return self.root / self.folder

    @property
    def templates(self) -> Path:
        """The user's own caption templates."""
        return self.root / TEMPLATES

    @property
    def cache(self) -> Path:
        """Working caches, never committed."""
        return self.root / CACHE

    @property
    def temporary(self) -> Path:
        """Where files are written before they are renamed into place."""
        return self.cache / "tmp"

    @property
    def values(self) -> Path:
        """Where values lie that are too large to commit."""
        return self.cache / "values"

    def relative(self, path: Path) -> str:
        """The path as records name it: from the root, with forward slashes.

        A file of the package is named from the package, wherever that is installed.
        """
        if path.is_relative_to(PACKAGE):
            return path.relative_to(PACKAGE.parent).as_posix()
        return Path(os.path.relpath(path, self.root)).as_posix()

    def is_ours(self, path: Path) -> bool:
        """Whether the file is one of the package's own."""
        return path.is_relative_to(PACKAGE)

    def output(self, name: str, suffix: str) -> Path:
        """The file of a figure: ``figures/NAME.SUFFIX``."""
        return self.figures / f"{name}.{suffix}"

    def large_values(self, name: str) -> Path:
        """Where the values of a figure lie that are too large to commit."""
        return self.values / f"{name}.npz"
