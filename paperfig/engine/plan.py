"""What must be done for each figure, and why."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from paperfig.engine.inputs import FigureInputs, gather
from paperfig.engine.variants import Variants, variants_of
from paperfig.errors import PaperfigError, RequestError
from paperfig.project.digests import Digests
from paperfig.project.fonts import Fonts
from paperfig.project.records import difference, read_record, values_path
from paperfig.project.workspace import CACHE, Workspace
from paperfig.specs.schema import NamedSpec
from paperfig.values.codec import FormatError
from paperfig.values.record import FigureRecord, Inputs

Status = Literal["new", "stale", "interrupted", "damaged", "current"]
Action = Literal["none", "redraw", "compute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The state of one figure, and what a build has to do about it.

    Attributes:
        named: its spec.
        variants: what it sets side by side; none where it cannot be planned.
        inputs: what it depends on now; of a file that is absent, what was recorded.
        record: what was recorded, or None.
        status: whether the files under figures/ are what these inputs give.
        reason: why it is not current, down to the key; empty where it is.
        action: what a build has to do.
        unverifiable: inputs that are absent here, so that a change could not be seen.
        fault: why it cannot be planned: a template, say, that is not there.
    """

    named: NamedSpec
    variants: Variants = field(default_factory=dict)
    inputs: FigureInputs
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
    record, damage = None, ""
    try:
        record = read_record(path)
    except FormatError as error:
        damage = f"{workspace.relative(path)} {error}"
    try:
        return _planned(named, record, workspace, digests, force=force, damage=damage)
    except PaperfigError as error:
        return _faulty(named, record, error)
    except OSError as error:  # a path that is too long, say, or may not be looked into
        where = workspace.relative(Path(error.filename))
        unreadable = RequestError(where, f"cannot be read ({error.strerror})")
        return _faulty(named, record, unreadable)


def _planned(
    named: NamedSpec,
    record: FigureRecord | None,
    workspace: Workspace,
    digests: Digests,
    *,
    force: bool,
    damage: str,
) -> Plan:
    variants = variants_of(named.spec, workspace.root, record)
    inputs = gather(named, variants, workspace, digests)
    for path in inputs.paths:
        digests.watch(path)
        digests.watch(path.parent)
    status: Status = "damaged"
    action: Action = "compute"
    reason, unverifiable = damage, dict[str, str]()
    if not damage:
        inputs, unverifiable = _absent_as_recorded(inputs, record)
        status, reason, action = _state_of(inputs, record, workspace, digests)
    if force:
        action, reason = "compute", reason or "forced"
    return Plan(
        named=named,
        variants=variants,
        inputs=inputs,
        record=record,
        status=status,
        reason=reason,
        action=action,
        unverifiable=tuple(unverifiable.values()),
    )


def _faulty(named: NamedSpec, record: FigureRecord | None, error: PaperfigError) -> Plan:
    """The plan of a figure whose spec names what cannot be used: it fails when it is built."""
    return Plan(
        named=named,
        inputs=FigureInputs(),
        record=record,
        status="new" if record is None else "stale",
        reason=str(error),
        action="compute",
        fault=error,
    )


def _absent_as_recorded(
    inputs: FigureInputs, record: FigureRecord | None
) -> tuple[FigureInputs, dict[str, str]]:
    """The inputs, absent ones as they were recorded; and what these are called.

    A change of what is not here now could not be seen. What another path is named for is no
    longer what was recorded.
    """
    if record is None:
        return inputs, {}
    now, then = inputs.compute, record.compute
    keys = {
        key: then.keys[key]
        for key, value in now.keys.items()
        if value is None and then.keys.get(key) is not None
    }
    files = {
        role: file
        for role, file in then.files.items()
        if file.sha256 is not None
        and (
            (inputs.is_gone(role) and role not in now.files)
            or (role in now.files and now.files[role] == replace(file, sha256=None))
        )
    }
    called = dict.fromkeys(keys) | {role: file.path for role, file in files.items()}
    compute = Inputs(keys={**now.keys, **keys}, files={**now.files, **files})
    absent = {name: path or name for name, path in called.items()}
    return replace(inputs, compute=compute), absent


def _state_of(
    inputs: FigureInputs, record: FigureRecord | None, workspace: Workspace, digests: Digests
) -> tuple[Status, str, Action]:
    if record is None:
        return "new", "no record of it", "compute"
    computed = difference(record.compute, inputs.compute, inputs.defaults)
    damage = dict(_damaged_outputs(record, workspace, digests))
    values = values_path(record, workspace.root)
    recallable = values is not None and workspace.relative(values) not in damage
    if computed or not recallable:
        action: Action = "compute"
    else:
        action = "redraw"
    drawn = [difference(record.drawing, inputs.drawing, inputs.defaults)]
    drawn += [f"the font {name} changed" for name in Fonts(workspace).changed(record, digests)]
    broken = {path: what for path, what in damage.items() if not path.startswith(CACHE)}
    if broken:
        path, what = next(iter(broken.items()))
        return "interrupted", f"{path} {what}", action
    reason = ", ".join(filter(None, [computed, *drawn]))
    return ("stale", reason, action) if reason else ("current", "", "none")


def _damaged_outputs(
    record: FigureRecord, workspace: Workspace, digests: Digests
) -> list[tuple[str, str]]:
    """Outputs that are not the bytes that the record names."""
    found = []
    for path, recorded in record.outputs.items():
        try:
            digest = digests.of_file(workspace.root / path)
        except RequestError as error:
            found.append((path, error.what))
            continue
        if digest is None:
            found.append((path, "is missing"))
        elif digest != recorded:
            found.append((path, "is not what was built"))
    return found
