"""What must be done for each figure, and why."""

from dataclasses import dataclass, replace
from typing import Literal

from paperfig.engine.inputs import Inputs, gather
from paperfig.errors import PaperfigError, RequestError
from paperfig.project.digests import Digests
from paperfig.project.fonts import Fonts
from paperfig.project.records import difference, read_record, values_path
from paperfig.project.workspace import CACHE, Workspace
from paperfig.specs.schema import NamedSpec
from paperfig.values.record import FigureRecord

Status = Literal["new", "stale", "interrupted", "current"]
Action = Literal["none", "redraw", "compute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One figure as it stands.

    Attributes:
        named: its spec.
        inputs: what it depends on now; an absent file stands as it was recorded.
        record: what was recorded, or None.
        status: how the files under figures/ stand to that.
        reason: why it is not current, down to the key; empty where it is.
        action: what a build has to do.
        unverifiable: inputs that are absent here, so that a change could not be seen.
        fault: why it cannot be planned: a template, say, that is not there.
    """

    named: NamedSpec
    inputs: Inputs
    record: FigureRecord | None
    status: Status
    reason: str
    action: Action
    unverifiable: tuple[str, ...] = ()
    fault: PaperfigError | None = None


def plan_figure(
    named: NamedSpec, workspace: Workspace, digests: Digests, *, force: bool = False
) -> Plan:
    """The plan of one figure; nothing is loaded or written.

    Args:
        named: the figure's spec.
        workspace: the project.
        digests: of the files.
        force: whether the figure is computed anew whatever its state.
    """
    path = workspace.output(named.name, "json")
    digests.watch(path)
    record = read_record(path)
    try:
        return _planned(named, record, workspace, digests, force=force)
    except PaperfigError as error:
        return _faulty(named, record, error)
    except OSError as error:  # a path that is too long, say, or may not be looked into
        unreadable = RequestError(error.filename, f"cannot be read ({error.strerror})")
        return _faulty(named, record, unreadable)


def _planned(
    named: NamedSpec,
    record: FigureRecord | None,
    workspace: Workspace,
    digests: Digests,
    *,
    force: bool,
) -> Plan:
    inputs = gather(named, workspace, digests)
    for path in inputs.files:
        digests.watch(path)
        digests.watch(path.parent)
    unverifiable = _absent(inputs, record)
    if record is not None and unverifiable:
        recorded = {key: record.compute[key] for key in unverifiable}
        inputs = replace(inputs, compute={**inputs.compute, **recorded})
    status, reason, action = _judge(inputs, record, workspace, digests)
    if force:
        action = "compute"
        reason = reason or "forced"
    return Plan(
        named=named,
        inputs=inputs,
        record=record,
        status=status,
        reason=reason,
        action=action,
        unverifiable=tuple(key.removeprefix("file ") for key in unverifiable),
    )


def _faulty(named: NamedSpec, record: FigureRecord | None, error: PaperfigError) -> Plan:
    """The plan of a figure whose spec names what cannot be used: it fails when it is built."""
    return Plan(
        named=named,
        inputs=Inputs(compute={}, drawing={}, files=()),
        record=record,
        status="new" if record is None else "stale",
        reason=str(error),
        action="compute",
        fault=error,
    )


def _absent(inputs: Inputs, record: FigureRecord | None) -> tuple[str, ...]:
    """Recorded inputs that are not here now: a change of them could not be seen."""
    if record is None:
        return ()
    missing = [key for key, value in inputs.compute.items() if value is None]
    if not inputs.has_text:
        missing += [key for key in record.compute if key not in inputs.compute]
    return tuple(key for key in missing if record.compute.get(key) is not None)


def _judge(
    inputs: Inputs, record: FigureRecord | None, workspace: Workspace, digests: Digests
) -> tuple[Status, str, Action]:
    if record is None:
        return "new", "no record of it", "compute"
    computed = difference(record.compute, inputs.compute)
    damage = dict(_damage(record, workspace, digests))
    values = values_path(record, workspace.root)
    recallable = values is not None and workspace.relative(values) not in damage
    if computed or not recallable:
        action: Action = "compute"
    else:
        action = "redraw"
    drawn = [difference(record.drawing, inputs.drawing)]
    drawn += [f"the font {name} changed" for name in Fonts(workspace).changed(record, digests)]
    broken = {path: what for path, what in damage.items() if not path.startswith(CACHE)}
    if broken:
        path, what = next(iter(broken.items()))
        return "interrupted", f"{path} {what}", action
    reason = ", ".join(filter(None, [computed, *drawn]))
    return ("stale", reason, action) if reason else ("current", "", "none")


def _damage(
    record: FigureRecord, workspace: Workspace, digests: Digests
) -> list[tuple[str, str]]:
    """Outputs that are not the bytes that the record names."""
    found = []
    for path, recorded in record.outputs.items():
        digest = digests.of_file(workspace.root / path)
        if digest is None:
            found.append((path, "is missing"))
        elif digest != recorded:
            found.append((path, "is not what was built"))
    return found
