"""The stages of a figure, in order; the only module that knows every one of them.

spec → excerpt → source → maps → statistics → figure → PDF → facts → caption → record.
What imports torch is imported where it is needed: a figure of which only the look
changed is redrawn from its values without it.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from paperfig import __version__
from paperfig.engine.inputs import vocabulary_revision
from paperfig.engine.plan import Plan
from paperfig.errors import OutputError
from paperfig.project.digests import digest_of
from paperfig.project.records import make_record, to_json, values_path
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import FigureSpec
from paperfig.values.figure import FigureData, from_npz, to_npz
from paperfig.values.record import FigureRecord

if TYPE_CHECKING:
    from paperfig.engine.group import Group

LARGE_VALUES = 5_000_000
"""Bytes of NAME.npz beyond which it is kept out of figures/ (design, §4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that picture and caption need: small, and free of torch, so that it can travel."""

    name: str
    spec: FigureSpec
    data: FigureData
    templates: Path
    provenance: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Picture and caption.

    Attributes:
        files: by suffix.
        fonts: the font files that the picture depends on.
    """

    files: Mapping[str, bytes]
    fonts: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A figure's new files by path, and its record, to be written last."""

    files: Mapping[Path, bytes]
    record: FigureRecord


def build_figure(
    plan: Plan,
    group: "Group | None",
    workspace: Workspace,
    *,
    device: str,
    submit: Callable[[Job], "Future[Finished]"],
) -> Callable[[], Made]:
    """One figure from its spec to the bytes of its files; what is drawn behind is awaited.

    Args:
        plan: what is to be done.
        group: where the numbers come from, or None where they are recalled.
        workspace: the project.
        device: what computes, for the record.
        submit: runs `draw_and_caption`, here or in a worker.
    """
    data = figure_values(plan, group, workspace)
    plan = as_read(plan, data, workspace)
    finished = submit(job_of(plan, data, workspace))
    return lambda: assemble(plan, data, finished.result(), workspace, device)


def figure_values(plan: Plan, group: "Group | None", workspace: Workspace) -> FigureData:
    """Spec → excerpt → source → maps; or the recorded values, where only the look changed."""
    spec = plan.named.spec
    data = recall(plan, workspace) if group is None else group.values(spec)
    model = replace(data.model, name=model_name(spec))
    return replace(data, variants=(replace(data.variants[0], model=model),))


def as_read(plan: Plan, data: FigureData, workspace: Workspace) -> Plan:
    """The plan with the revisions that were read: a Hub's data set may be new in the cache."""
    counted = vocabulary_revision(plan.named.spec, workspace.root)
    revisions = {"excerpt.revision": data.excerpt.origin.revision} | {
        key: revision for key, revision in counted.items() if revision is not None
    }
    return replace(
        plan, inputs=replace(plan.inputs, compute={**plan.inputs.compute, **revisions})
    )


def job_of(plan: Plan, data: FigureData, workspace: Workspace) -> Job:
    """What the next stage needs, wherever it runs."""
    return Job(
        name=plan.named.name,
        spec=plan.named.spec,
        data=data,
        templates=workspace.templates,
        provenance=_provenance(plan, data),
    )


def draw_and_caption(job: Job) -> Finished:
    """Figure → PDF → facts → caption: the files by suffix, made without torch."""
    from paperfig.captions.render import render_caption
    from paperfig.drawing.render import render

    drawn = render(job.data, job.spec.style, provenance=job.provenance)
    caption = render_caption(
        job.data, drawn.facts, job.spec.caption, name=job.name, templates=job.templates
    )
    pictures = {"pdf": drawn.pdf, "svg": drawn.svg, "png": drawn.png}
    captions = {"caption.tex": caption.text, "tex": caption.float}
    return Finished(
        files={suffix: content for suffix, content in pictures.items() if content is not None}
        | {suffix: text.encode("ascii") for suffix, text in captions.items()},
        fonts=drawn.fonts,
    )


def assemble(
    plan: Plan, data: FigureData, finished: Finished, workspace: Workspace, device: str
) -> Made:
    """The figure's files and its record; nothing is written yet."""
    name, values = plan.named.name, to_npz(data)
    is_large = len(values) > LARGE_VALUES
    path = workspace.large_values(name) if is_large else workspace.output(name, "npz")
    files = {
        workspace.output(name, suffix): content for suffix, content in finished.files.items()
    }
    files[path] = values
    record = make_record(
        plan, data, files, fonts=finished.fonts, workspace=workspace, device=device
    )
    return Made(files=files | {workspace.output(name, "json"): to_json(record)}, record=record)


def recall(plan: Plan, workspace: Workspace) -> FigureData:
    """The values of a figure as they were recorded.

    Raises:
        OutputError: they are gone, or are not the recorded bytes' form.
    """
    path = values_path(plan.record, workspace.root) if plan.record else None
    try:
        if path is not None:
            return from_npz(path.read_bytes())
    except (FileNotFoundError, ValueError):
        pass
    raise OutputError(plan.named.name, "its recorded values are gone", "build it again")


def model_name(spec: FigureSpec) -> str:
    """What the caption calls the model: as the spec says, else the file's stem."""
    checkpoint = spec.checkpoint
    return checkpoint.name or Path(checkpoint.path or "").stem or str(checkpoint.adapter)


def _provenance(plan: Plan, data: FigureData) -> Mapping[str, str] | None:
    """What the PDF carries: digests of inputs; never of outputs, which hold it."""
    named, inputs = plan.named, plan.inputs
    digests = {
        "figure": named.name,
        "compute": digest_of(inputs.compute),
        "drawing": digest_of(inputs.drawing),
        "paperfig": __version__,
    }
    match named.spec.style.provenance:
        case "none":
            return None
        case "digests":
            return digests
        case "full":
            files = {
                key.removeprefix("file "): str(digest)
                for key, digest in inputs.compute.items()
                if key.startswith("file ")
            }
            return digests | files | {"spec": named.file, "model": data.model.name}
