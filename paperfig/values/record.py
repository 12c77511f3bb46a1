"""The record of a figure: what went in, what came out, and on what it was made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRecord:
    """All that decides whether a figure is up to date, and what a reader may ask later.

    Attributes:
        name: the figure's name.
        kind: its kind.
        spec: the spec's file, relative to the project's root.
        compute: what the numbers depend on, by dotted key (files by sha256).
        drawing: what the look and the caption depend on besides.
        fonts: the sha256 of each font file that the look depends on, by file name.
        outputs: the sha256 of each file written, by path relative to the root.
        facts: the model, the excerpt and the settings, as they were computed.
        statistics: one entry a drawn head.
        environment: versions and device; they make nothing stale.
    """

    name: str
    kind: str
    spec: str
    compute: Mapping[str, Any]
    drawing: Mapping[str, Any]
    fonts: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    statistics: tuple[Mapping[str, Any], ...] = ()
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
