"""A build or a check of many figures: planned, grouped, made, written, told."""

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paperfig.engine.executors import Submit, drawing
from paperfig.engine.figure import Made, build_figure
from paperfig.engine.manifest import common_files
from paperfig.engine.plan import Plan, plan_figure
from paperfig.errors import PaperfigError, RequestError
from paperfig.project.digests import Digests
from paperfig.project.fonts import Fonts
from paperfig.project.index import forget, write_index
from paperfig.project.output import sweep, write_group, writing
from paperfig.project.workspace import Workspace
from paperfig.specs.loader import load_specs
from paperfig.specs.schema import NamedSpec
from paperfig.values.record import FigureRecord

if TYPE_CHECKING:
    from paperfig.engine.group import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a build goes about it.

    Attributes:
        jobs: how many processes draw.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        compute: whether figures may be computed, or only redrawn.
        force: whether figures that are up to date are made too.
        keep_going: whether the other figures are made after one has failed.
        rehash: whether every file is read, whatever its times say.
        many: whether ``each`` may make more than 1,000 figures.
        allow_adapters: whether adapters' code may be run, whatever the trust file says.
    """

    jobs: int = 1
    device: str = "auto"
    compute: bool = True
    force: bool = False
    keep_going: bool = False
    rehash: bool = False
    many: bool = False
    allow_adapters: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A figure that was made, or that failed with ``error``."""

    plan: Plan
    record: FigureRecord | None = None
    seconds: float = 0.0
    error: PaperfigError | None = None


Tell = Callable[[Built], None]


def plan_build(root: Path, specs: Sequence[Path] | None, options: Options) -> list[Plan]:
    """The plans of the named figures (all of them where none is named), sorted by name.

    Raises:
        SpecError: the faults of all specs.
    """
    workspace = Workspace(root)
    digests = Digests(workspace, rehash=options.rehash)
    figures = _read_specs(workspace, specs, options, digests)
    return [plan_figure(named, workspace, digests, force=options.force) for named in figures]


def _read_specs(
    workspace: Workspace, specs: Sequence[Path] | None, options: Options, digests: Digests
) -> Sequence[NamedSpec]:
    for path in _watched(workspace):
        digests.watch(path)
    return load_specs(workspace.root, specs, many=options.many)


def _make_folders(workspace: Workspace) -> None:
    """Makes our own folders before the root is watched, which then has not changed by them."""
    with suppress(OSError):  # told by the first file that cannot be written there
        workspace.figures.mkdir(exist_ok=True)
        workspace.cache.mkdir(exist_ok=True)


def build(
    root: Path, specs: Sequence[Path] | None, options: Options, tell: Tell
) -> tuple[Plan | Built, ...]:
    """Makes what is not up to date.

    Args:
        root: the project's root.
        specs: spec files, folders or names; None for all.
        options: how.
        tell: called after each figure that was made or has failed.

    Returns:
        The plans that needed nothing, and what was made or has failed.
    """
    workspace = Workspace(root)
    with writing(workspace.cache, workspace):
        forget(os.fspath(root))
    sweep(workspace)
    digests = Digests(workspace, rehash=options.rehash)
    figures = _read_specs(workspace, specs, options, digests)
    _make_folders(workspace)
    plans = [plan_figure(named, workspace, digests, force=options.force) for named in figures]
    due = [plan for plan in plans if plan.action != "none"]
    results = _made(due, workspace, digests, options, tell)
    if not any(result.error for result in results):
        shared = common_files(workspace) if plans else {}
        _write(shared, workspace, digests)
        with writing(workspace.cache, workspace):
            digests.save()
            if specs is None and not any(plan.unverifiable for plan in plans):
                _remember(plans, results, shared, workspace, digests)
    return (*(plan for plan in plans if plan.action == "none"), *results)


def _watched(workspace: Workspace) -> set[Path]:
    """The folders that specs and templates are looked for in, and all that figspec/ holds."""
    figspec = workspace.root / "figspec"
    return {figspec, *figspec.rglob("*"), workspace.templates}


def _write(files: Mapping[Path, bytes], workspace: Workspace, digests: Digests) -> None:
    write_group(files, workspace)
    for path, content in files.items():
        digests.wrote(path, hashlib.sha256(content).hexdigest())


def _remember(
    plans: Iterable[Plan],
    results: Iterable[Built],
    shared: Iterable[Path],
    workspace: Workspace,
    digests: Digests,
) -> None:
    """Writes what the next run may trust: how every path that matters stood when read."""
    paths = {*_watched(workspace), *shared, *Fonts(workspace).paths()}
    records = {plan.named.name: plan.record for plan in plans}
    records |= {result.plan.named.name: result.record for result in results}
    for plan in plans:
        paths |= {*plan.inputs.files, *(path.parent for path in plan.inputs.files)}
        paths.add(workspace.output(plan.named.name, "json"))
    for record in records.values():
        paths |= {workspace.root / path for path in (record.outputs if record else ())}
    for path in paths:
        digests.watch(path)
    root, unsettled = os.fspath(workspace.root), digests.settled()
    names = {os.fspath(path): os.path.relpath(path, root) for path in paths}
    stamps = {name: digests.stamps[path] for path, name in names.items()}
    fresh = {name: unsettled[path] for path, name in names.items() if path in unsettled}
    write_index(root, stamps, fresh, len(records))


def _made(
    due: list[Plan], workspace: Workspace, digests: Digests, options: Options, tell: Tell
) -> list[Built]:
    results: list[Built] = []
    for result in _make(due, workspace, digests, options):
        tell(result)
        results.append(result)
        if result.error and not options.keep_going:
            break
    return results


def _make(
    due: list[Plan], workspace: Workspace, digests: Digests, options: Options
) -> Iterator[Built]:
    """Each figure, drawn behind while the next one is computed."""
    pending: deque[Callable[[], Built]] = deque()
    with drawing(len(due), options.jobs) as submit:
        for plan, group, device in _in_order(due, workspace, options):
            pending.append(
                _begin(plan, group, device, workspace, digests=digests, submit=submit)
            )
            while len(pending) > 4 * (options.jobs - 1):
                yield pending.popleft()()
        while pending:
            yield pending.popleft()()


def _begin(
    plan: Plan,
    group: "Group | PaperfigError | None",
    device: str,
    workspace: Workspace,
    *,
    digests: Digests,
    submit: Submit,
) -> Callable[[], Built]:
    """Starts a figure; what is returned awaits its end and writes it."""
    begun = time.monotonic()
    try:
        if isinstance(group, PaperfigError):
            raise group
        end = build_figure(plan, group, workspace, device=device, submit=submit)
    except PaperfigError as error:
        failed = Built(plan=plan, error=error)
        return lambda: failed
    return lambda: _end(plan, end, workspace, digests, begun)


def _end(
    plan: Plan, end: Callable[[], Made], workspace: Workspace, digests: Digests, begun: float
) -> Built:
    try:
        made = end()
        digests.check(plan.inputs.files)
        _write(made.files, workspace, digests)
    except PaperfigError as error:
        return Built(plan=plan, error=error)
    return Built(plan=plan, record=made.record, seconds=time.monotonic() - begun)


def _in_order(
    due: list[Plan], workspace: Workspace, options: Options
) -> "Iterator[tuple[Plan, Group | PaperfigError | None, str]]":
    """Faulty figures first, interrupted and redrawn ones, then group by group."""
    yield from ((plan, plan.fault, "") for plan in due if plan.fault)
    due = [plan for plan in due if not plan.fault]
    due.sort(key=lambda plan: plan.status != "interrupted")
    yield from ((plan, None, "") for plan in due if plan.action == "redraw")
    computed = [plan for plan in due if plan.action == "compute"]
    if not computed:
        return
    if not options.compute:
        yield from ((plan, _needs_computing(plan), "") for plan in computed)
        return
    from paperfig.engine.group import Group, Sources

    sources = Sources(workspace.root, options.device, allow_adapters=options.allow_adapters)
    for plans in _groups(computed):
        group = Group([plan.named.spec for plan in plans], sources)
        yield from ((plan, group, sources.device_name) for plan in plans)


def _groups(plans: Iterable[Plan]) -> list[list[Plan]]:
    """The plans that share a checkpoint, a tokenizer and an excerpt, by checkpoint."""
    checkpoints: dict[object, dict[object, list[Plan]]] = {}
    for plan in plans:
        spec = plan.named.spec
        excerpts = checkpoints.setdefault(spec.checkpoint, {})
        excerpts.setdefault((spec.tokenizer, spec.excerpt), []).append(plan)
    return [group for excerpts in checkpoints.values() for group in excerpts.values()]


def _needs_computing(plan: Plan) -> PaperfigError:
    return RequestError(
        plan.named.name, f"it needs computing ({plan.reason})", "build without --no-compute"
    )
