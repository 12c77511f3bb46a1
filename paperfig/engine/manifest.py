"""The files that figures/ holds once: the list of figures, and the LaTeX package."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from paperfig.captions.package import latex_package
from paperfig.engine.shared_floats import shared_floats
from paperfig.project.digests import digest_of
from paperfig.project.workspace import Workspace
from paperfig.values.record import FigureRecord

MANIFEST = "manifest.json"
STYLE = "paperfig.sty"


def common_files(
    workspace: Workspace, records: Mapping[str, FigureRecord]
) -> dict[Path, bytes]:
    """The files that figures/ holds once: the LaTeX package, the manifest, shared floats.

    There are none where there is nothing to list, and no list.

    Args:
        workspace: the project.
        records: of the figures that its specs ask for.
    """
    manifest = workspace.figures / MANIFEST
    if not records and not manifest.exists():
        return {}
    package = latex_package().encode("ascii")
    once = {workspace.figures / STYLE: package, manifest: _listing(_entries(records))}
    return once | dict(shared_floats(workspace, records))


def stale_common_files(
    workspace: Workspace,
    records: Mapping[str, FigureRecord],
    listed: Collection[str],
) -> Iterator[tuple[str, str]]:
    """The path of each such file that is not as it would be written, and what is wrong.

    Args:
        workspace: the project.
        records: of the figures that its specs ask for.
        listed: names that may be there as well, as the last build found them: of figures that
            are left over, or whose records are damaged.
    """
    for path, content in common_files(workspace, records).items():
        found = _bytes_of(path)
        entries = _listed(found) if path.name == MANIFEST else {}
        kept = {name: entry for name, entry in entries.items() if name in listed}
        if found not in (content, _listing(_entries(records) | kept)):
            what = "is missing" if found is None else "is not what a build writes"
            yield workspace.relative(path), what


def _bytes_of(path: Path) -> bytes | None:
    """What a file holds, or None where it cannot be read."""
    with suppress(OSError):
        return path.read_bytes()
    return None


def _listed(manifest: bytes | None) -> dict[str, Any]:
    """The entries of a manifest; none where it cannot be understood."""
    try:
        figures = json.loads(manifest or b"")["figures"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}
    return figures if isinstance(figures, dict) else {}


def _entries(records: Mapping[str, FigureRecord]) -> dict[str, Any]:
    return {
        name: {
            "kind": record.kind,
            "spec": record.spec,
            "compute_digest": digest_of(record.compute.content),
            "drawing_digest": digest_of(record.drawing.content),
            "outputs": record.outputs,
        }
        for name, record in records.items()
    }


def _listing(entries: Mapping[str, Any]) -> bytes:
    content = {"format": 1, "figures": entries}
    return (json.dumps(content, sort_keys=True, indent=1) + "\n").encode("ascii")
