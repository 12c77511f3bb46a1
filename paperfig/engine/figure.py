"""The stages of a figure, in order; the only module that knows every one of them.

spec → excerpt → source → maps → statistics → figure → PDF → facts → caption → record.
What imports torch is imported where it is needed: a figure of which only the look
changed is redrawn from its values without it.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from paperfig import __version__
from paperfig.engine.inputs import vocabulary_revision
from paperfig.engine.plan import Plan
from paperfig.engine.record import make_record
from paperfig.engine.variants import SideBySide, Variants
from paperfig.excerpts.sources.source import hub_config
from paperfig.kinds import kind_named
from paperfig.project.digests import digest_of
from paperfig.project.records import to_json, values_path
from paperfig.project.told_once import told_apart, told_once
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.specs.style import CaptionSpec, StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData, from_npz, to_npz
from paperfig.values.record import FigureRecord, Inputs
from paperfig.values.variant import Variant

LARGE_VALUES = 5_000_000
"""Bytes of NAME.npz beyond which it is kept out of figures/, which is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingJob:
    """All that drawing and captioning need: small and free of torch, to be sent to a worker.

    Attributes:
        name: the figure's, for its label and its files.
        data: what is drawn.
        style: how.
        caption: what the caption is to say.
        own: the values of the keys that only the figure's kind takes.
        templates: the project's folder of caption templates.
        provenance: what the PDF carries of its origin, or None for nothing.
    """

    name: str
    data: FigureData
    style: StyleSpec
    caption: CaptionSpec
    own: Mapping[str, Any]
    templates: Path
    provenance: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFiles:
    """A picture and its caption.

    Attributes:
        files: the bytes of each file, by its suffix (``pdf``, ``caption.tex``).
        drawn: what the drawing decided.
        fonts: the font files that the picture depends on.
    """

    files: Mapping[str, bytes]
    drawn: DrawnFacts
    fonts: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFiles:
    """What a figure is written as.

    Attributes:
        files: the bytes of each file by its path; the record's file comes last.
        record: what that one holds.
        fonts: the font files that the picture depends on.
    """

    files: Mapping[Path, bytes]
    record: FigureRecord
    fonts: tuple[Path, ...]


def build_figure(
    plan: Plan,
    origin: "SideBySide | RecordedValues",
    workspace: Workspace,
    *,
    device: str,
    submit: Callable[[DrawingJob], "Future[DrawnFiles]"],
) -> Callable[[], FigureFiles]:
    """One figure from its spec to the bytes of its files.

    The drawing may run in the background: the function returned waits for it.

    Args:
        plan: what is to be done.
        origin: the numbers, computed or recorded.
        workspace: the project.
        device: what computes, for the record.
        submit: runs `draw_and_caption`, here or in a worker.
    """
    data = figure_values(origin, plan.variants)
    inputs = inputs_with_revisions(plan, data, workspace)
    provenance = _provenance(plan.named, data, inputs)
    finished = submit(drawing_job(plan.named, data, workspace, provenance=provenance))
    old = plan.record if plan.action == "redraw" else None
    return lambda: assemble(
        plan.named,
        data,
        finished.result(),
        inputs=inputs,
        workspace=workspace,
        device=device,
        computed_with=old.environment["compute"] if old else None,
    )


def figure_values(origin: "SideBySide | RecordedValues", variants: Variants) -> FigureData:
    """The values computed, or the recorded ones where only the look changed.

    Args:
        origin: either of these.
        variants: which give model and text of each their names.
    """
    data = origin.values()
    named = (_named(variant, variants[variant.label]) for variant in data.variants)
    return replace(data, variants=tuple(named))


def _named(variant: Variant, spec: FigureSpec) -> Variant:
    """The variant with the names that the spec gives to model and text."""
    checkpoint, model, excerpt = spec.checkpoint, variant.model, variant.excerpt
    of_file = Path(checkpoint.path or checkpoint.recorded or "").stem or str(checkpoint.adapter)
    name = checkpoint.name or (model.name if model.is_named else of_file)
    return replace(
        variant,
        model=replace(
            model,
            name=name,
            is_named=model.is_named or checkpoint.name is not None,
            name_latex=checkpoint.name_latex,
        ),
        excerpt=replace(excerpt, origin=replace(excerpt.origin, name=spec.excerpt.name)),
    )


def inputs_with_revisions(
    plan: Plan, data: FigureData, workspace: Workspace
) -> tuple[Inputs, Inputs]:
    """What numbers and appearance depend on, with the revisions of the data that were read.

    A Hub's data set may have been fetched, or renewed in the cache, since it was planned.
    """
    compute = plan.inputs.compute
    keys = told_apart(compute.keys, plan.variants)
    for variant in data.variants:
        spec = plan.variants[variant.label]
        keys[variant.label] |= _revisions(spec, variant, workspace.root)
    return replace(compute, keys=told_once(keys)), plan.inputs.drawing


def _revisions(spec: FigureSpec, variant: Variant, root: Path) -> dict[str, Any]:
    config = {"excerpt.config": hub_config(spec.excerpt, root=root)}
    on_hub = config | vocabulary_revision(spec, root)
    revision = {"excerpt.revision": variant.excerpt.origin.revision}
    return revision | {key: read for key, read in on_hub.items() if read is not None}


def drawing_job(
    named: NamedSpec,
    data: FigureData,
    workspace: Workspace,
    *,
    provenance: Mapping[str, str] | None = None,
) -> DrawingJob:
    """What the next stage needs, wherever it runs."""
    return DrawingJob(
        name=named.name,
        data=data,
        style=named.spec.style,
        caption=named.spec.caption,
        own=named.spec.own,
        templates=workspace.templates,
        provenance=provenance,
    )


def draw_and_caption(job: DrawingJob) -> DrawnFiles:
    """Figure → PDF → facts → caption: the files by suffix, made without torch."""
    from paperfig.captions.render import render_caption
    from paperfig.drawing.render import render

    draw = partial(kind_named(job.data.kind).draw, **job.own)
    more = job.caption.own_length(job.data.excerpt.text)
    drawn = render(draw, job.data, job.style, provenance=job.provenance, more_caption=more)
    caption = render_caption(
        job.data,
        drawn.facts,
        job.caption,
        name=job.name,
        templates=job.templates,
        own=job.own,
    )
    pictures = {"pdf": drawn.pdf, "svg": drawn.svg, "png": drawn.png}
    captions = {"caption.tex": caption.text, "tex": caption.float}
    return DrawnFiles(
        files={suffix: content for suffix, content in pictures.items() if content is not None}
        | {suffix: text.encode("ascii") for suffix, text in captions.items()},
        drawn=drawn.facts,
        fonts=drawn.fonts,
    )


def assemble(
    named: NamedSpec,
    data: FigureData,
    finished: DrawnFiles,
    *,
    inputs: tuple[Inputs, Inputs],
    workspace: Workspace,
    device: str,
    computed_with: Mapping[str, str] | None = None,
) -> FigureFiles:
    """The figure's files and its record; nothing is written here."""
    name, values = named.name, to_npz(data)
    is_large = len(values) > LARGE_VALUES
    path = workspace.large_values(name) if is_large else workspace.output(name, "npz")
    files = {
        workspace.output(name, suffix): content for suffix, content in finished.files.items()
    }
    files[path] = values
    record = make_record(
        name,
        named.file,
        data,
        files,
        inputs=inputs,
        drawn=finished.drawn,
        fonts=finished.fonts,
        workspace=workspace,
        device=device,
        computed_with=computed_with,
    )
    files |= {workspace.output(name, "json"): to_json(record)}
    return FigureFiles(files=files, record=record, fonts=finished.fonts)


@dataclass(frozen=True, slots=True)
class RecordedValues:
    """The values of a figure of which only the look has changed, which took no time."""

    data: FigureData
    seconds: float = 0.0

    def values(self) -> FigureData:
        """What was recorded, whatever the look."""
        return self.data


def recorded_values(record: FigureRecord, workspace: Workspace) -> RecordedValues:
    """The values of a figure as they were recorded.

    Raises:
        FormatError: they are another version's.
        OSError: they cannot be read.
    """
    path = values_path(record, workspace.root)
    assert path is not None, "a record names its values"
    return RecordedValues(from_npz(path.read_bytes()))


def _provenance(
    named: NamedSpec, data: FigureData, inputs: tuple[Inputs, Inputs]
) -> Mapping[str, str] | None:
    """What the PDF carries: digests of inputs; never of outputs, which hold it."""
    compute, drawing = inputs
    digests = {
        "figure": named.name,
        "compute": digest_of(compute.content),
        "drawing": digest_of(drawing.content),
        "paperfig": __version__,
    }
    match named.spec.style.provenance:
        case "none":
            return None
        case "digests":
            return digests
        case "full":
            files = {file.path: str(file.sha256) for file in compute.files.values()}
            return digests | files | {"spec": named.file, "model": data.model.name}
