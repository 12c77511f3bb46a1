"""A figure's record as a file, and what differs between two."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperfig.errors import OutputError
from paperfig.project.digests import digest_of
from paperfig.project.environment import computing_versions, drawing_versions
from paperfig.project.fonts import Fonts
from paperfig.project.workspace import Workspace
from paperfig.values.codec import as_json
from paperfig.values.figure import FigureData
from paperfig.values.record import FigureRecord

if TYPE_CHECKING:
    from paperfig.engine.plan import Plan

FORMAT = 1
_ABSENT = "unset"
_TYPES = (
    dict.fromkeys(("name", "kind", "spec"), str)
    | {"statistics": list}
    | dict.fromkeys(("compute", "drawing", "fonts", "outputs", "facts", "environment"), dict)
)
"""What a record's file holds under each key, beside its format and digests."""


def to_json(record: FigureRecord) -> bytes:
    """The record as sorted JSON with both digests, the same bytes for the same record."""
    content = asdict(record) | {
        "format": FORMAT,
        "compute_digest": digest_of(record.compute),
        "drawing_digest": digest_of(record.drawing),
    }
    return (json.dumps(content, sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode()


def read_record(path: Path) -> FigureRecord | None:
    """The record, or None where there is none.

    Raises:
        OutputError: the file is no record, or of another version's format.
    """
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, RecursionError) as error:
        raise OutputError(path, "not a record", "delete it and build again") from error
    except OSError as error:
        raise OutputError(path, f"cannot be read ({error.strerror})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise OutputError(path, f"not a record of format {FORMAT}", "delete it and build again")
    for derived in ("format", "compute_digest", "drawing_digest"):
        content.pop(derived, None)
    if {key: type(value) for key, value in content.items()} != _TYPES or not (
        content["environment"].keys() >= {"compute", "drawing"}
    ):
        raise OutputError(path, "not a record", "delete it and build again")
    return FigureRecord(**content | {"statistics": tuple(content["statistics"])})


def make_record(
    plan: "Plan",
    data: FigureData,
    files: Mapping[Path, bytes],
    *,
    fonts: Iterable[Path],
    workspace: Workspace,
    device: str,
) -> FigureRecord:
    """The record of what was made; a redrawn figure keeps how its numbers were computed."""
    old = plan.record if plan.action == "redraw" else None
    return FigureRecord(
        name=plan.named.name,
        kind=data.kind,
        spec=plan.named.file,
        compute=plan.inputs.compute,
        drawing=plan.inputs.drawing,
        fonts=Fonts(workspace).remember(fonts),
        outputs={
            workspace.relative(path): hashlib.sha256(content).hexdigest()
            for path, content in files.items()
        },
        facts=_facts(data),
        statistics=tuple(map(as_json, data.statistics)),
        environment={
            "compute": old.environment["compute"] if old else computing_versions(device),
            "drawing": drawing_versions(),
        },
    )


def values_path(record: FigureRecord, root: Path) -> Path | None:
    """Where the recorded values of a figure lie."""
    paths = [root / path for path in record.outputs if path.endswith(".npz")]
    return paths[0] if paths else None


def _facts(data: FigureData) -> dict[str, Any]:
    excerpt = data.excerpt
    ids = hashlib.sha256(excerpt.token_ids.astype("<i8").tobytes()).hexdigest()
    settings = ("layer", "heads", "mean", "is_intervention")
    return {
        "model": asdict(data.model),
        "excerpt": asdict(excerpt.origin)
        | {"tokens": len(excerpt.tokens), "token_ids_sha256": ids}
        | {"text": excerpt.text, "unknown": excerpt.unknown},
        "maps": [
            {name: getattr(attention, name) for name in settings}
            | {"shown": asdict(attention.shown), "trained": asdict(attention.trained)}
            for attention in data.maps
        ],
    }


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What changed from one set of inputs to another, down to the key; empty for nothing."""
    old, new = (json.loads(json.dumps(inputs)) for inputs in (old, new))
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    said = [_change(key, old.get(key), new.get(key)) for key in changed[:3]]
    if len(changed) > len(said):
        said.append(f"and {len(changed) - len(said)} more")
    return ", ".join(said)


def _change(key: str, old: Any, new: Any) -> str:
    kind, _, name = key.partition(" ")
    if kind != "file":
        return f"{key}: {_shown(old)} → {_shown(new)}"
    if old is None or new is None:
        return f"{name} is {'new' if old is None else 'gone'}"
    return f"{name} changed"


def _shown(value: Any) -> str:
    if value is None:
        return _ABSENT
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
