"""The floats that hold all figures of a spec with ``each``, out of records and captions."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path, PurePosixPath

from paperfig.captions.shared_float import Part, shared_float
from paperfig.project.index import FIGSPEC
from paperfig.project.workspace import Workspace
from paperfig.specs.venues import VENUES
from paperfig.values.natural_order import natural_order
from paperfig.values.record import FigureRecord

_ALT = re.compile(r"\\includegraphics\[alt=\{(.*)\}\]\{")


def shared_floats(
    workspace: Workspace, records: Mapping[str, FigureRecord]
) -> Iterator[tuple[Path, bytes]]:
    """The file ``figures/STEM.tex`` of each spec that makes several figures, and its content.

    None of a spec of which a caption cannot be read: that figure is built anew.
    """
    for stem, family in _families(records).items():
        with suppress(OSError, UnicodeDecodeError):
            parts = [_part(record, workspace) for record in family]
            venue = VENUES[family[0].drawing.keys.get("style.venue", next(iter(VENUES)))]
            float_ = shared_float(
                stem,
                parts,
                column_pt=venue.column_pt,
                page_pt=venue.page_pt,
                text_pt=venue.text_pt,
            )
            yield workspace.output(stem, "tex"), float_.encode("ascii")


def common_limits(records: Mapping[str, FigureRecord]) -> Mapping[str, tuple[float, float]]:
    """By a spec's file, the limits that would hold all its colours, where they differ now.

    Figures on scales of two sorts have none.
    """
    found = {}
    for family in _families(records).values():
        limits = {tuple(record.drawn["limits"]) for record in family}
        scales = {record.drawn["scale"] for record in family}
        if len(limits) > 1 and len(scales) == 1:
            low, high = zip(*limits, strict=True)
            found[family[0].spec] = (min(low), max(high))
    return found


def _families(records: Mapping[str, FigureRecord]) -> Mapping[str, list[FigureRecord]]:
    """By what their names begin with, the figures that one spec makes, if several."""
    ordered = sorted(
        records.values(), key=lambda record: (record.spec, natural_order(record.name))
    )
    found = {}
    for spec, family in groupby(ordered, key=lambda record: record.spec):
        stem = PurePosixPath(spec).relative_to(FIGSPEC).with_suffix("").as_posix()
        members = [record for record in family if record.name.startswith(f"{stem}-")]
        if len(members) > 1:
            found[stem] = members
    return found


def _part(record: FigureRecord, workspace: Workspace) -> Part:
    caption, own_float = (
        workspace.output(record.name, suffix).read_text("ascii")
        for suffix in ("caption.tex", "tex")
    )
    alt = _ALT.search(own_float)
    return Part(
        name=record.name,
        caption=caption.removesuffix("%\n"),
        width_pt=record.drawn["width_pt"],
        height_pt=record.drawn["height_pt"],
        alt=alt[1] if alt else "",
    )
