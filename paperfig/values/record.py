"""The record of a figure: what it was made of, what was written, and with which versions.

>>> file = InputFile(path="demo/gauge.pt", sha256="6c1f…")
>>> Inputs(keys={"head": "L0H2", "kappa": None}, files={"checkpoint": file}).content
{'keys': {'head': 'L0H2'}, 'files': {'checkpoint': '6c1f…'}}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that a figure depends on, as it was read.

    Attributes:
        path: from the project's root; it may change without a change of the figure.
        sha256: of its content; None where it is absent.
    """

    path: str
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a figure depends on.

    Attributes:
        keys: by dotted key of the spec, the values that are not the key's default; and
            what else is no file: a revision, the figure's name.
        files: by what each is to the figure: ``checkpoint``, ``excerpt/train.txt`` …
    """

    keys: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, InputFile] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        """What is digested: a change of it is a change of the figure. No path is in it."""
        files = {role: file.sha256 for role, file in self.files.items() if file.sha256}
        keys = {key: value for key, value in self.keys.items() if value is not None}
        return {"keys": keys, "files": files}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRecord:
    """All that decides whether a figure is up to date, and what a reader may ask later.

    Attributes:
        name: the figure's name.
        kind: its kind.
        spec: the spec's file, relative to the project's root.
        compute: what the numbers depend on.
        drawing: what the look and the caption depend on besides.
        fonts: the sha256 of each font file that the look depends on, by file name.
        outputs: the sha256 of each file written, by path relative to the root.
        facts: the model, the excerpt and the settings, as they were computed.
        drawn: what the drawing decided: scale, limits, labels, the form of cells …
        statistics: one entry a drawn head, by the names of docs/show.md.
        environment: versions and device; they make nothing stale.
    """

    name: str
    kind: str
    spec: str
    compute: Inputs
    drawing: Inputs
    fonts: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    drawn: Mapping[str, Any] = field(default_factory=dict)
    statistics: tuple[Mapping[str, Any], ...] = ()
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
