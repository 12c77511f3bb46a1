"""The folders of a project."""

import os
from dataclasses import dataclass
from pathlib import Path

FIGURES = "figures"
TEMPLATES = "templates"
CACHE = ".paperfig"
PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where a project keeps what.

    Attributes:
        root: the folder that holds figspec/; every path in a record is relative to it.
        folder: where figures go, from the root.
    """

    root: Path
    folder: str = FIGURES

    @property
    def figures(self) -> Path:
        """What is made, to be committed."""
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

    def relative(self, path: Path) -> str:
        """The path as records name it: from the root, with forward slashes.

        What the package brings is named from the package, wherever it is installed.
        """
        if path.is_relative_to(PACKAGE):
            return path.relative_to(PACKAGE.parent).as_posix()
        return Path(os.path.relpath(path, self.root)).as_posix()

    def is_ours(self, path: Path) -> bool:
        """Whether the package brings the file."""
        return path.is_relative_to(PACKAGE)

    def output(self, name: str, suffix: str) -> Path:
        """The file of a figure: ``figures/NAME.SUFFIX``."""
        return self.figures / f"{name}.{suffix}"

    def large_values(self, name: str) -> Path:
        """Where the values of a figure lie that are too large to commit."""
        return self.cache / "values" / f"{name}.npz"
