"""The files that figures/ holds once: the list of figures, and the LaTeX package."""

import json
from contextlib import suppress
from pathlib import Path

from paperfig.captions.render import latex_package
from paperfig.project.digests import digest_of
from paperfig.project.records import read_record
from paperfig.project.workspace import Workspace
from paperfig.values.codec import FormatError
from paperfig.values.record import FigureRecord

MANIFEST = "manifest.json"
STYLE = "paperfig.sty"


def common_files(workspace: Workspace) -> dict[Path, bytes]:
    """The files that figures/ holds once: the LaTeX package and the manifest."""
    return {
        workspace.figures / STYLE: latex_package().encode("ascii"),
        workspace.figures / MANIFEST: _manifest(workspace),
    }


def _sound_record(path: Path) -> FigureRecord | None:
    """The record, or None where the file is none: it is not ours, or its figure is faulty."""
    with suppress(FormatError):
        return read_record(path)
    return None


def _manifest(workspace: Workspace) -> bytes:
    entries = {}
    for path in sorted(workspace.figures.rglob("*.json")):
        record = None if path == workspace.figures / MANIFEST else _sound_record(path)
        if record is not None:
            entries[record.name] = {
                "kind": record.kind,
                "spec": record.spec,
                "compute_digest": digest_of(record.compute.content),
                "drawing_digest": digest_of(record.drawing.content),
                "outputs": record.outputs,
            }
    content = {"format": 1, "figures": entries}
    return (json.dumps(content, sort_keys=True, indent=1) + "\n").encode("ascii")
