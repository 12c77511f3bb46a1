"""The record of a figure that was made."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from paperfig.project.environment import computing_versions, drawing_versions
from paperfig.project.fonts import digests_of_fonts
from paperfig.project.workspace import Workspace
from paperfig.values.attention import HeadMap
from paperfig.values.codec import as_json
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.record import FigureRecord, Inputs
from paperfig.values.variant import Variant


def make_record(
    name: str,
    spec: str,
    data: FigureData,
    files: Mapping[Path, bytes],
    *,
    inputs: tuple[Inputs, Inputs],
    drawn: DrawnFacts,
    fonts: Iterable[Path],
    workspace: Workspace,
    device: str,
    computed_with: Mapping[str, str] | None = None,
) -> FigureRecord:
    """The record of what was made.

    Args:
        name: the figure's.
        spec: the file that asks for it.
        data: its values.
        files: its files, by path.
        inputs: what its numbers depend on, and its look.
        drawn: what the drawing decided.
        fonts: the font files that it depends on.
        workspace: the project.
        device: what computed.
        computed_with: how recalled numbers were computed; None where they are new.
    """
    compute, drawing = inputs
    return FigureRecord(
        name=name,
        kind=data.kind,
        spec=spec,
        compute=compute,
        drawing=drawing,
        fonts=digests_of_fonts(fonts),
        outputs={
            workspace.relative(path): hashlib.sha256(content).hexdigest()
            for path, content in files.items()
        },
        facts=_facts(data),
        drawn=as_json(drawn),
        statistics=tuple(map(as_json, data.statistics)),
        environment={
            "compute": computed_with or computing_versions(device),
            "drawing": drawing_versions(),
        },
    )


def _facts(data: FigureData) -> dict[str, Any]:
    """Model and excerpt, those of the first variant where there are several; and the maps."""
    first, *others = data.variants
    of_each = {variant.label: _variant_facts(variant) for variant in data.variants}
    maps = {"maps": tuple(map(_map_facts, data.shown))}
    told = {"variants": of_each} if others else {}
    facts: dict[str, Any] = as_json(of_each[first.label] | maps | told)
    return facts


def _variant_facts(variant: Variant) -> dict[str, Any]:
    excerpt = variant.excerpt
    is_known = excerpt.token_ids is not None
    ids = b"".join(run.astype("<i8").tobytes() for run in excerpt.runs)
    digest = hashlib.sha256(ids).hexdigest() if is_known else None
    shortest, longest = min(excerpt.lengths), max(excerpt.lengths)
    counted = {"tokens": longest, "shortest": shortest, "token_ids_sha256": digest}
    read = {"text": excerpt.text, "unknown": excerpt.unknown, "count": len(excerpt.runs)}
    spans = {"spans": excerpt.tokens.spans}
    of_excerpt = as_json(excerpt.origin) | counted | read | spans
    return {"model": variant.model, "excerpt": of_excerpt}


def _map_facts(attention: HeadMap) -> dict[str, Any]:
    names = ("layer", "heads", "labels", "mean", "is_intervention", "shown", "trained")
    variant = {"variant": attention.variant} if attention.variant else {}
    return variant | {name: getattr(attention, name) for name in names}
