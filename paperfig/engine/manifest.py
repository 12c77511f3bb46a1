"""What figures/ holds, derived from the records."""

import json
from pathlib import Path

from paperfig.captions.render import latex_package
from paperfig.project.digests import digest_of
from paperfig.project.records import read_record
from paperfig.project.workspace import Workspace

MANIFEST = "manifest.json"
STYLE = "paperfig.sty"


def common_files(workspace: Workspace) -> dict[Path, bytes]:
    """The files that figures/ holds once: the LaTeX package and the manifest."""
    return {
        workspace.figures / STYLE: latex_package().encode("ascii"),
        workspace.figures / MANIFEST: _manifest(workspace),
    }


def _manifest(workspace: Workspace) -> bytes:
    entries = {}
    for path in sorted(workspace.figures.rglob("*.json")):
        record = None if path == workspace.figures / MANIFEST else read_record(path)
        if record is not None:
            entries[record.name] = {
                "kind": record.kind,
                "spec": record.spec,
                "compute_digest": digest_of(record.compute),
                "drawing_digest": digest_of(record.drawing),
                "outputs": record.outputs,
            }
    content = {"format": 1, "figures": entries}
    return (json.dumps(content, sort_keys=True, indent=1) + "\n").encode("ascii")
