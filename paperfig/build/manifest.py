"""What figures/ holds, derived from the records."""

import json
from importlib.resources import files
from pathlib import Path

from paperfig.build.digests import digest_of
from paperfig.build.record import read_record
from paperfig.build.workspace import Workspace

MANIFEST = "manifest.json"
STYLE = "paperfig.sty"


def common_files(workspace: Workspace) -> dict[Path, bytes]:
    """The files that figures/ holds once: the LaTeX package and the manifest."""
    return {
        workspace.figures / STYLE: style_file(),
        workspace.figures / MANIFEST: _manifest(workspace),
    }


def style_file() -> bytes:
    """The LaTeX package that floats and captions use."""
    return files("paperfig.captions").joinpath(STYLE).read_bytes()


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
