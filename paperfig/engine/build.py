"""A build of many figures: each is planned, grouped with others, made, written, reported."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from paperfig.engine.caches import Caches, UpToDate
from paperfig.engine.computing import computed_in
from paperfig.engine.executors import Submit
from paperfig.engine.figure import FigureFiles, RecordedValues, build_figure, recorded_values
from paperfig.engine.manifest import common_files
from paperfig.engine.options import Options
from paperfig.engine.plan import Plan, plan_figure
from paperfig.engine.project import Asked, Recorded, read_records, read_specs
from paperfig.engine.session import Session
from paperfig.engine.shared_floats import common_limits
from paperfig.engine.variants import SideBySide
from paperfig.errors import OutputError, PaperfigError, RequestError
from paperfig.progress import tracked
from paperfig.project.digests import Digests
from paperfig.project.fonts import Fonts
from paperfig.project.left_over import remove
from paperfig.project.output import sweep, write_group
from paperfig.project.workspace import Workspace
from paperfig.specs.loader import FaultyFile
from paperfig.values.codec import FormatError
from paperfig.values.record import FigureRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureResult:
    """What became of one figure: its record and the time it took, or the error that it met."""

    plan: Plan
    record: FigureRecord | None = None
    seconds: float = 0.0
    error: PaperfigError | None = None


OnResult = Callable[[FigureResult], None]
OnFault = Callable[[PaperfigError], None]
Origin = SideBySide | RecordedValues | PaperfigError
"""The numbers of a figure; or why there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What became of a build.

    Attributes:
        figures: the plans that needed nothing, and what was made or has failed.
        faulty: the specs that were left out.
        removed: by the name of each figure that was left over, its files, from the root.
        fault: why the common files of figures/ were not written; None where they were.
        limits: by the file of each spec whose figures' colours end at unlike values, the
            limits that would hold all of them.
    """

    figures: Sequence[Plan | FigureResult]
    faulty: Sequence[FaultyFile]
    removed: Mapping[str, Sequence[str]]
    fault: OutputError | None
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether anything that was asked for is not there."""
        results = (result for result in self.figures if isinstance(result, FigureResult))
        failed = any(result.error for result in results)
        return failed or bool(self.faulty) or self.fault is not None


def build(
    root: Path,
    specs: Sequence[Path] | None,
    options: Options,
    on_result: OnResult,
    on_fault: OnFault,
) -> BuildResult:
    """Makes what is not up to date.

    Args:
        root: the project's root.
        specs: spec files, folders or names; None for all.
        options: how.
        on_result: called after each figure that was made or has failed.
        on_fault: called with faults that are no figure's: of specs that are left out, of a
            cache or of the common files of figures/, that cannot be written.

    Raises:
        RequestError: the request is wrong; a faulty spec without ``keep_going`` is one.
    """
    workspace, caches = Workspace(root), Caches(Workspace(root))
    caches.forget()
    sweep(workspace)
    digests = Digests(workspace, rehash=options.rehash)
    asked = read_specs(workspace, specs, options, digests)
    if asked.wanted.error is not None:
        if not options.keep_going:
            raise asked.wanted.error
        on_fault(asked.wanted.error)
    _make_folders(workspace)
    figures = asked.wanted.figures
    plans = [plan_figure(named, workspace, digests, force=options.force) for named in figures]
    due = [plan for plan in plans if plan.action != "none"]
    with Session(workspace, options.device, allow_adapters=options.allow_adapters) as session:
        run = _Build(workspace, session, digests, caches, options)
        results = run.make(due, on_result)
    built = run.finish(asked, plans, results)
    for fault in filter(None, (built.fault, caches.fault)):
        on_fault(fault)
    return built


class _Build:
    """The figures of one build, from their plans to their files.

    Args:
        workspace: the project.
        session: where they are computed and drawn.
        digests: of the files, as the build first saw them.
        caches: where faults of caches are noted.
        options: how.
    """

    def __init__(
        self,
        workspace: Workspace,
        session: Session,
        digests: Digests,
        caches: Caches,
        options: Options,
    ) -> None:
        self._workspace, self._session = workspace, session
        self._digests, self._caches, self._options = digests, caches, options

    def make(self, due: Sequence[Plan], on_result: OnResult) -> list[FigureResult]:
        """Makes the figures; after a failure no more, unless ``keep_going`` is set."""
        results: list[FigureResult] = []
        for result in tracked(self._results(due), "making figures", len(due), "figures"):
            on_result(result)
            results.append(result)
            if result.error and not self._options.keep_going:
                break
        return results

    def finish(
        self, asked: Asked, plans: Sequence[Plan], results: Sequence[FigureResult]
    ) -> BuildResult:
        """Removes what is left over, where it is to be, and writes the common files."""
        errors = [result.error for result in results if result.error]
        known = {plan.named.name: plan.record for plan in plans}
        known |= {one.plan.named.name: one.record for one in results if not one.error}
        recorded = read_records(self._workspace, asked.whole, known)
        common, removed, fault = common_files(self._workspace, recorded.asked), {}, None
        try:
            if not any(isinstance(error, OutputError) for error in errors):
                _write(common, self._workspace, self._digests)
            if self._options.prune and not errors:
                left_over = recorded.left_over.items()
                removed = {name: remove(one, self._workspace) for name, one in left_over}
                recorded = Recorded(recorded.asked, {})
        except OutputError as error:
            fault = error
        built = BuildResult(
            figures=(*(plan for plan in plans if plan.action == "none"), *results),
            faulty=asked.wanted.faulty,
            removed=removed,
            fault=fault,
            limits=common_limits(recorded.asked),
        )
        if not built.failed:
            verified = not any(plan.unverifiable for plan in plans)
            whole = verified and asked.wanted is asked.whole
            index = UpToDate(plans, recorded, common) if whole else None
            self._caches.keep(self._digests, index)
        return built

    def _results(self, due: Sequence[Plan]) -> Iterator[FigureResult]:
        """Each figure, drawn in the background while the next one is computed."""
        pending: deque[Callable[[], FigureResult]] = deque()
        jobs = self._options.jobs
        submit = self._session.drawing(len(due), jobs)
        for plan, origin in self._in_order(due):
            pending.append(self._start(plan, origin, submit))
            while len(pending) > 4 * (jobs - 1):
                yield pending.popleft()()
        while pending:
            yield pending.popleft()()

    def _start(self, plan: Plan, origin: Origin, submit: Submit) -> Callable[[], FigureResult]:
        """Starts a figure; the function returned waits for its drawing and writes its files."""
        started = time.monotonic()
        try:
            if isinstance(origin, PaperfigError):
                raise origin
            started -= origin.seconds
            device = "" if plan.action == "redraw" else self._session.device_name
            finish = build_figure(plan, origin, self._workspace, device=device, submit=submit)
        except PaperfigError as error:
            failed = FigureResult(plan=plan, error=error)
            return lambda: failed
        return lambda: self._finish(plan, finish, started)

    def _finish(
        self, plan: Plan, finish: Callable[[], FigureFiles], started: float
    ) -> FigureResult:
        try:
            made = finish()
            self._digests.check_unchanged(plan.inputs.paths)
            with self._caches.writing():
                Fonts(self._workspace).remember(made.fonts)
            _write(made.files, self._workspace, self._digests)
        except PaperfigError as error:
            return FigureResult(plan=plan, error=error)
        return FigureResult(plan=plan, record=made.record, seconds=time.monotonic() - started)

    def _in_order(self, due: Sequence[Plan]) -> Iterator[tuple[Plan, Origin]]:
        """Faulty figures first, interrupted and redrawn ones, then group by group."""
        yield from ((plan, plan.fault) for plan in due if plan.fault)
        sound = [plan for plan in due if not plan.fault]
        sound.sort(key=lambda plan: plan.status != "interrupted")
        computed = [plan for plan in sound if plan.action == "compute"]
        for plan in sound:
            if plan.action == "redraw":
                assert plan.record is not None, "what is redrawn is recorded"
                try:
                    values = recorded_values(plan.record, self._workspace)
                except (FormatError, OSError) as error:
                    computed.append(_computed_instead(plan, error))
                else:
                    yield plan, values
        if not self._options.compute:
            yield from ((plan, _needs_computing(plan)) for plan in computed)
            return
        if computed:
            self._session.check_device()
        yield from computed_in(self._session, computed, self._digests)


def _computed_instead(plan: Plan, error: FormatError | OSError) -> Plan:
    """The plan of a figure whose recorded values cannot be read."""
    why = error.strerror if isinstance(error, OSError) else error
    reason = f"{plan.reason}, its values cannot be read: {why}"
    return replace(plan, action="compute", reason=reason)


def _needs_computing(plan: Plan) -> PaperfigError:
    return RequestError(
        plan.named.where, f"it needs computing ({plan.reason})", "build without --no-compute"
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
