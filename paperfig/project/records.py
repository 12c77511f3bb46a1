"""A figure's record as a file, and the differences between two sets of inputs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paperfig.project.digests import digest_of
from paperfig.values.codec import FormatError, as_json, decode
from paperfig.values.record import FigureRecord, InputFile, Inputs

FORMAT = 2
_DERIVED = ("compute_digest", "drawing_digest", "record_digest")
_CHANGED = "is not the record that was written"
_ABSENT = "unset"


def to_json(record: FigureRecord) -> bytes:
    """The record as sorted JSON with digests, the same bytes for the same record.

    ``compute_digest`` and ``drawing_digest`` are of the inputs; ``record_digest`` is of all
    that the record holds, and tells whether a hand has changed it.
    """
    content = as_json(record)
    derived = {"format": FORMAT} | _digests(record, content)
    whole = json.dumps(content | derived, sort_keys=True, indent=1, ensure_ascii=True)
    return (whole + "\n").encode()


def read_record(path: Path) -> FigureRecord | None:
    """The record, or None where there is none.

    Raises:
        FormatError: what is there cannot be read, is no record, is not as it was written, or
            is of another version's format; said as what the file is or does.
    """
    try:
        return _record(json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FormatError(f"cannot be read ({error.strerror})") from error
    except FormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError("is not a record") from error


def _record(content: Any) -> FigureRecord:
    if not isinstance(content, dict) or "format" not in content:
        raise FormatError("is not a record")
    if content["format"] != FORMAT:
        found = _shown(content["format"])[:20]
        raise FormatError(f"is a record of format {found}; this is format {FORMAT}")
    del content["format"]
    digests = {name: content.pop(name, None) for name in _DERIVED}
    if digest_of(content) != digests["record_digest"]:
        raise FormatError(_CHANGED)
    try:
        record = decode(FigureRecord, content)
    except FormatError as error:
        raise FormatError(f"is a record of another version ({error})") from error
    if _digests(record, content) != digests:
        raise FormatError(_CHANGED)
    return record


def _digests(record: FigureRecord, content: Any) -> dict[str, str]:
    return {
        "compute_digest": digest_of(record.compute.content),
        "drawing_digest": digest_of(record.drawing.content),
        "record_digest": digest_of(content),
    }


def values_path(record: FigureRecord, root: Path) -> Path | None:
    """Where the recorded values of a figure lie."""
    paths = [root / path for path in record.outputs if path.endswith(".npz")]
    return paths[0] if paths else None


def difference(old: Inputs, new: Inputs, defaults: Mapping[str, Any]) -> str:
    """What changed from one set of inputs to another, down to the key; empty for nothing.

    Args:
        old: as recorded.
        new: as they stand.
        defaults: what holds for a key that is left out.
    """
    changes = sorted([*_changed_keys(old, new, defaults), *_changed_files(old, new)])
    lines = [what for _, what in changes[:3]]
    if len(changes) > len(lines):
        lines.append(f"and {len(changes) - len(lines)} more")
    return ", ".join(lines)


def _changed_keys(
    old: Inputs, new: Inputs, defaults: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Each key with other values, and the words for it."""
    found = []
    for key in old.keys.keys() | new.keys.keys():
        pair = [inputs.keys.get(key) for inputs in (old, new)]
        if pair[0] != pair[1] and _as_read(pair[0]) != _as_read(pair[1]):
            before, after = (defaults.get(key) if one is None else one for one in pair)
            found.append((key, f"{key}: {_shown(before)} → {_shown(after)}"))
    return found


def _as_read(value: Any) -> Any:
    """The value as it is read from a record, where a tuple is a list."""
    return json.loads(json.dumps(value))


def _changed_files(old: Inputs, new: Inputs) -> list[tuple[str, str]]:
    """Each file with other content, and the words for it."""
    found = []
    for role in old.files.keys() | new.files.keys():
        before, after = old.files.get(role), new.files.get(role)
        if _content(before) != _content(after):
            path = (after or before or InputFile(path=role, sha256=None)).path
            found.append((f"file {path}", _change(before, after)))
    return found


def _content(file: InputFile | None) -> str | None:
    return None if file is None else file.sha256


def _change(before: InputFile | None, after: InputFile | None) -> str:
    if after is None or after.sha256 is None:
        gone = before or after
        assert gone is not None, "one of them is there"
        return f"{(after or gone).path} is gone"
    is_new = before is None or before.sha256 is None
    return f"{after.path} {'is new' if is_new else 'changed'}"


def _shown(value: Any) -> str:
    if value is None:
        return _ABSENT
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
