"""Files that commands write for the user to edit: folders, texts, a schema for editors."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from paperfig.commands.printing import as_json
from paperfig.errors import OutputError

SCHEMA = "figspec.schema.json"
"""The JSON Schema of a spec, beside figspec/."""


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(folder, f"cannot be made ({error.strerror})") from error


def write_text(path: Path, text: str) -> None:
    """Writes a file.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror})") from error


def append_line(path: Path, line: str) -> None:
    """Adds a last line to a text of whatever encoding, and leaves the others as they are.

    Raises:
        OutputError: it cannot be read or written.
    """
    try:
        content = path.read_bytes() if path.exists() else b""
        start = "" if not content or content.endswith(b"\n") else "\n"
        with path.open("ab") as file:
            file.write(f"{start}{line}\n".encode())
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror})") from error


def lay_schema(root: Path) -> Iterator[str]:
    """Lays the schema beside figspec/, or brings one of ours up to date; says so if it did.

    Raises:
        OutputError: it cannot be written.
    """
    from paperfig.specs.reference import json_schema

    path, text = root / SCHEMA, as_json(json_schema()) + "\n"
    is_new = not os.path.lexists(path)
    if is_new or (_is_ours(path) and path.read_text(encoding="utf-8") != text):
        write_text(path, text)
        yield f"{path} {'written' if is_new else 'brought up to date'}"


def schema_from(spec: Path, root: Path) -> str:
    """Where an editor finds the schema from a spec's file."""
    return Path(os.path.relpath(root / SCHEMA, spec.parent)).as_posix()


def _is_ours(path: Path) -> bool:
    """Whether the file is a schema that bears our comment."""
    from paperfig.specs.reference import MADE_BY_US

    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("$comment") == MADE_BY_US
