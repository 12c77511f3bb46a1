"""The variants of a figure: which there are, and their values side by side."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from paperfig.kinds import kind_named
from paperfig.specs.schema import FigureSpec
from paperfig.values.record import FigureRecord

if TYPE_CHECKING:
    from paperfig.engine.group import Group
    from paperfig.values.figure import FigureData

Variants = Mapping[str, FigureSpec]
"""By label, the whole spec of each variant; a figure that compares nothing has one, ``""``."""


def variants_of(spec: FigureSpec, root: Path, record: FigureRecord | None = None) -> Variants:
    """What a figure sets side by side.

    Args:
        spec: the figure's.
        root: the project's.
        record: of the figure: checkpoints that it names are known where they are not here.

    Raises:
        PaperfigError: what the spec names is not there.
    """
    find = kind_named(spec.figure).variants
    if find is None:
        return {"": spec}
    files = {} if record is None else record.compute.files
    found: Variants = find(spec, root, [file.path for file in files.values()])
    return found


class SideBySide:
    """The values of a figure, computed variant by variant, in whatever order models come by.

    Args:
        spec: the figure's.
        variants: what it sets side by side.
        root: the folder that paths in the spec start from.

    Attributes:
        seconds: how long it took so far.
    """

    def __init__(self, spec: FigureSpec, variants: Variants, root: Path = Path()) -> None:
        self._spec, self._variants, self._root = spec, variants, root
        self._found: dict[str, FigureData] = {}
        self.seconds = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether every variant is computed."""
        return len(self._found) == len(self._variants)

    def compute(self, label: str, group: "Group") -> None:
        """Computes a variant.

        Raises:
            PaperfigError: it asks for what is not there.
        """
        started = time.monotonic()
        self._found[label] = _labelled(group.measured(self._variants[label]), label)
        self.seconds += time.monotonic() - started

    def values(self) -> "FigureData":
        """All of them, in the order of the spec, with what the kind computes of them.

        Raises:
            AttentionError: a number that the kind shows is not there.
        """
        several = [self._found[label] for label in self._variants]
        joined = replace(
            several[0],
            variants=tuple(variant for data in several for variant in data.variants),
            maps=tuple(each for data in several for each in data.maps),
            reduced=tuple(each for data in several for each in data.reduced),
            statistics=tuple(entry for data in several for entry in data.statistics),
        )
        from paperfig.statistics.scores_file import with_scores
        from paperfig.statistics.tables import with_table

        own = with_scores(self._spec.own, root=self._root)
        return with_table(joined, kind_named(self._spec.figure), own)


def _labelled(data: "FigureData", label: str) -> "FigureData":
    (variant,) = data.variants
    return replace(
        data,
        variants=(replace(variant, label=label),),
        maps=tuple(replace(each, variant=label) for each in data.maps),
        reduced=tuple(replace(each, variant=label) for each in data.reduced),
    )
