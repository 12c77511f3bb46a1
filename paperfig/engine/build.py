"""A build of many figures: each is planned, grouped with others, made, written, reported."""

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paperfig.engine.executors import Submit
from paperfig.engine.figure import FigureFiles, build_figure
from paperfig.engine.manifest import common_files
from paperfig.engine.options import Options
from paperfig.engine.plan import Plan, plan_figure, read_specs, watched_paths
from paperfig.engine.session import Session
from paperfig.errors import PaperfigError, RequestError
from paperfig.progress import tracked
from paperfig.project.digests import Digests
from paperfig.project.fonts import Fonts
from paperfig.project.index import forget, write_index
from paperfig.project.output import sweep, write_group, writing
from paperfig.project.workspace import Workspace
from paperfig.values.record import FigureRecord

if TYPE_CHECKING:
    from paperfig.engine.group import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What became of one figure: its record and the time it took, or the error that it met."""

    plan: Plan
    record: FigureRecord | None = None
    seconds: float = 0.0
    error: PaperfigError | None = None


OnResult = Callable[[BuildResult], None]


def build(
    root: Path, specs: Sequence[Path] | None, options: Options, on_result: OnResult
) -> tuple[Plan | BuildResult, ...]:
    """Makes what is not up to date.

    Args:
        root: the project's root.
        specs: spec files, folders or names; None for all.
        options: how.
        on_result: called after each figure that was made or has failed.

    Returns:
        The plans that needed nothing, and what was made or has failed.
    """
    workspace = Workspace(root)
    with writing(workspace.cache, workspace):
        forget(os.fspath(root))
    sweep(workspace)
    digests = Digests(workspace, rehash=options.rehash)
    figures = read_specs(workspace, specs, options, digests)
    _make_folders(workspace)
    plans = [plan_figure(named, workspace, digests, force=options.force) for named in figures]
    due = [plan for plan in plans if plan.action != "none"]
    with Session(workspace, options.device, allow_adapters=options.allow_adapters) as session:
        results = _Build(workspace, session, digests, options).make(due, on_result)
    if not any(result.error for result in results):
        shared = common_files(workspace) if plans else {}
        _write(shared, workspace, digests)
        with writing(workspace.cache, workspace):
            digests.save()
            if specs is None and not any(plan.unverifiable for plan in plans):
                records = {plan.named.name: plan.record for plan in plans}
                records |= {result.plan.named.name: result.record for result in results}
                _write_index(plans, records, shared, workspace, digests)
    return (*(plan for plan in plans if plan.action == "none"), *results)


class _Build:
    """The figures of one build, from their plans to their files.

    Args:
        workspace: the project.
        session: where they are computed and drawn.
        digests: of the files, as the build first saw them.
        options: how.
    """

    def __init__(
        self, workspace: Workspace, session: Session, digests: Digests, options: Options
    ) -> None:
        self._workspace, self._session = workspace, session
        self._digests, self._options = digests, options

    def make(self, due: Sequence[Plan], on_result: OnResult) -> list[BuildResult]:
        """Makes the figures; after a failure no more, unless ``keep_going`` is set."""
        results: list[BuildResult] = []
        for result in tracked(self._results(due), "making figures", len(due), "figures"):
            on_result(result)
            results.append(result)
            if result.error and not self._options.keep_going:
                break
        return results

    def _results(self, due: Sequence[Plan]) -> Iterator[BuildResult]:
        """Each figure, drawn in the background while the next one is computed."""
        pending: deque[Callable[[], BuildResult]] = deque()
        jobs = self._options.jobs
        submit = self._session.drawing(len(due), jobs)
        for plan, group in self._in_order(due):
            pending.append(self._start(plan, group, submit))
            while len(pending) > 4 * (jobs - 1):
                yield pending.popleft()()
        while pending:
            yield pending.popleft()()

    def _start(
        self, plan: Plan, group: "Group | PaperfigError | None", submit: Submit
    ) -> Callable[[], BuildResult]:
        """Starts a figure; the function returned waits for its drawing and writes its files."""
        started = time.monotonic()
        try:
            if isinstance(group, PaperfigError):
                raise group
            device = "" if group is None else self._session.device_name
            finish = build_figure(plan, group, self._workspace, device=device, submit=submit)
        except PaperfigError as error:
            failed = BuildResult(plan=plan, error=error)
            return lambda: failed
        return lambda: self._finish(plan, finish, started)

    def _finish(
        self, plan: Plan, finish: Callable[[], FigureFiles], started: float
    ) -> BuildResult:
        try:
            made = finish()
            self._digests.check_unchanged(plan.inputs.paths)
            Fonts(self._workspace).remember(made.fonts)
            _write(made.files, self._workspace, self._digests)
        except PaperfigError as error:
            return BuildResult(plan=plan, error=error)
        return BuildResult(plan=plan, record=made.record, seconds=time.monotonic() - started)

    def _in_order(
        self, due: Sequence[Plan]
    ) -> "Iterator[tuple[Plan, Group | PaperfigError | None]]":
        """Faulty figures first, interrupted and redrawn ones, then group by group."""
        yield from ((plan, plan.fault) for plan in due if plan.fault)
        sound = [plan for plan in due if not plan.fault]
        sound.sort(key=lambda plan: plan.status != "interrupted")
        yield from ((plan, None) for plan in sound if plan.action == "redraw")
        computed = [plan for plan in sound if plan.action == "compute"]
        if not self._options.compute:
            yield from ((plan, _needs_computing(plan)) for plan in computed)
            return
        if computed:
            self._session.check_device()
        for plans in _groups(computed):
            group = self._group(plans)
            yield from ((plan, group) for plan in plans)

    def _group(self, plans: Sequence[Plan]) -> "Group | PaperfigError":
        """Where the figures' numbers come from; or why there are none, of each of them."""
        try:
            return self._session.group([plan.named.spec for plan in plans], self._digests)
        except PaperfigError as error:
            return error


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


def _make_folders(workspace: Workspace) -> None:
    """Makes our own folders before the root is watched, which then has not changed by them."""
    with suppress(OSError):  # the first file that cannot be written there says so
        workspace.figures.mkdir(exist_ok=True)
        workspace.cache.mkdir(exist_ok=True)


def _write(files: Mapping[Path, bytes], workspace: Workspace, digests: Digests) -> None:
    write_group(files, workspace)
    for path, content in files.items():
        digests.wrote(path, hashlib.sha256(content).hexdigest())


def _write_index(
    plans: Iterable[Plan],
    records: Mapping[str, FigureRecord | None],
    shared: Iterable[Path],
    workspace: Workspace,
    digests: Digests,
) -> None:
    """Writes what the next run compares with: the stat of every path when it was read."""
    paths = {*watched_paths(workspace), *shared, *Fonts(workspace).paths()}
    for plan in plans:
        paths |= {*plan.inputs.paths, *(path.parent for path in plan.inputs.paths)}
        paths.add(workspace.output(plan.named.name, "json"))
    for record in records.values():
        paths |= {workspace.root / path for path in (record.outputs if record else ())}
    for path in paths:
        digests.watch(path)
    root, unsettled = os.fspath(workspace.root), digests.unsettled()
    names = {os.fspath(path): os.path.relpath(path, root) for path in paths}
    stamps = {name: digests.stamps[path] for path, name in names.items()}
    fresh = {name: unsettled[path] for path, name in names.items() if path in unsettled}
    write_index(root, stamps, fresh, len(records))
