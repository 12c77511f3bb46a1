"""Scores of the authors' own that a figure's kind shows: their files, and what these hold."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from paperfig.kinds.fields import ScoresFile
from paperfig.specs.schema import FigureSpec


def scores_files(spec: FigureSpec, *, root: Path) -> tuple[Path, ...]:
    """Every file that a key of the figure's kind names."""
    return tuple(root / one.file for value in spec.own.values() for one in _named(value))


def with_scores(own: Mapping[str, Any], *, root: Path) -> dict[str, Any]:
    """The values of a kind's own keys, with scores in the place of their files.

    Raises:
        AttentionError: a file cannot be read, or is not what it should be.
    """
    return {key: _read(value, root) for key, value in own.items()}


def _named(value: object) -> Iterator[ScoresFile]:
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, ScoresFile):
            yield one


def _read(value: Any, root: Path) -> Any:
    if isinstance(value, tuple):
        return tuple(_read(one, root) for one in value)
    if isinstance(value, ScoresFile):
        from paperfig.statistics.scores_file import read_scores

        return read_scores(root / value.file, name=value.name, file=value.file)
    return value
