"""How a project stands: what its specs ask for, and what its records say is there."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from paperfig.engine.manifest import stale_common_files
from paperfig.engine.options import Options
from paperfig.engine.plan import Plan, plan_figure
from paperfig.errors import RequestError, SpecError
from paperfig.project.digests import Digests
from paperfig.project.left_over import left_over
from paperfig.project.records import read_record
from paperfig.project.workspace import Workspace
from paperfig.specs.loader import SpecFiles, Specs
from paperfig.values.codec import FormatError
from paperfig.values.record import FigureRecord


class Asked(NamedTuple):
    """What is asked for.

    Attributes:
        wanted: by the command.
        whole: by all specs of the project.
    """

    wanted: Specs
    whole: Specs


class Recorded(NamedTuple):
    """Sound records by the names of their figures.

    Attributes:
        asked: of figures that a spec asks for, or may once it is mended.
        left_over: of figures that were made from a spec, and that none asks for any more.
    """

    asked: Mapping[str, FigureRecord]
    left_over: Mapping[str, FigureRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectState:
    """What `paperfig check` says.

    Attributes:
        plans: of the wanted figures, sorted by name.
        fault: what is wrong with wanted specs; None where nothing is.
        left_over: the names of figures that no spec asks for.
        stale_files: what is wrong with the common files of figures/, by their paths.
    """

    plans: Sequence[Plan]
    fault: SpecError | None
    left_over: Sequence[str]
    stale_files: Mapping[str, str]


def project_state(root: Path, specs: Sequence[Path] | None, options: Options) -> ProjectState:
    """How the named figures stand; where none is named all, and the rest of figures/ too.

    Raises:
        RequestError: the request is wrong.
    """
    workspace = Workspace(root)
    digests = Digests(workspace, rehash=options.rehash)
    asked = read_specs(workspace, specs, options, digests)
    figures = asked.wanted.figures
    plans = [plan_figure(named, workspace, digests, force=options.force) for named in figures]
    if specs is not None:
        return ProjectState(plans=plans, fault=asked.wanted.error, left_over=(), stale_files={})
    known = {plan.named.name: plan.record for plan in plans}
    recorded = read_records(workspace, asked.whole, known)
    listed = (known.keys() | recorded.left_over.keys()) - recorded.asked.keys()
    return ProjectState(
        plans=plans,
        fault=asked.wanted.error,
        left_over=sorted(recorded.left_over),
        stale_files=dict(stale_common_files(workspace, recorded.asked, listed)),
    )


def read_specs(
    workspace: Workspace, specs: Sequence[Path] | None, options: Options, digests: Digests
) -> Asked:
    """The specs of the named figures and of all, in files watched from before they are read.

    Raises:
        RequestError: an argument names no spec, or what is asked for does not go together.
    """
    for path in watched_paths(workspace):
        digests.watch(path)
    files = SpecFiles(workspace.root, many=options.many)
    whole = files.select(None)
    asked = Asked(whole if specs is None else files.select(specs), whole)
    if options.prune:
        _check_prune(specs, whole)
    return asked


def _check_prune(specs: Sequence[Path] | None, whole: Specs) -> None:
    """Only where every spec is known is it known which files none of them asks for."""
    if specs is not None:
        what = f"given beside {specs[0]}; it is about what no spec asks for"
        raise RequestError("--prune", what, "give it without one")
    if whole.error is not None:
        what = "a faulty spec may be what asks for a figure, so nothing is made or removed"
        fault = RequestError("--prune", what, "correct it, or build without --prune")
        raise SpecError([*whole.error.faults, fault])


def watched_paths(workspace: Workspace) -> set[Path]:
    """The folders that specs and templates are looked for in, and all that figspec/ holds."""
    return {workspace.figspec, *workspace.figspec.rglob("*"), workspace.templates}


def read_records(
    workspace: Workspace, whole: Specs, known: Mapping[str, FigureRecord | None]
) -> Recorded:
    """The sound records of a project.

    Args:
        workspace: the project.
        whole: all that its specs ask for.
        known: records that are read already, by their figures' names.
    """
    made = {named.name: workspace.output(named.name, "json") for named in whole.figures}
    found = {name: known[name] if name in known else _sound(made[name]) for name in made}
    asked = {name: one for name, one in found.items() if one is not None and one.name == name}
    others = left_over(workspace, made.values())
    may_be = {name for name in others if whole.may_make(name)}
    return Recorded(
        asked | {name: others[name] for name in may_be},
        {name: record for name, record in others.items() if name not in may_be},
    )


def _sound(path: Path) -> FigureRecord | None:
    """The record; None where there is none, or a damaged one: its figure's own fault."""
    with suppress(FormatError):
        return read_record(path)
    return None
