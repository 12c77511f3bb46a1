"""The committed table: what each case gave, by revision."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paperfig.project.revisions import COMPUTE_REVISION, DRAWING_REVISION

TABLE = Path(__file__).parents[1] / "revisions.json"
PRESENT = {"compute": str(COMPUTE_REVISION), "drawing": str(DRAWING_REVISION)}
CLOSE = 1e-6
SCORES_CLOSE = 1e-5
"""Scores may be any size, and processors round float32 otherwise: by 2e-6 after a layer."""
_DIGITS = 7


def recorded(kind: str) -> Mapping[str, Any]:
    """The cases of the present revision: of ``compute``, or of ``drawing``."""
    rows: Mapping[str, Any] = json.loads(TABLE.read_text("utf-8"))[kind].get(PRESENT[kind], {})
    return rows


def write(cases: Mapping[str, Mapping[str, Any]]) -> None:
    """Puts these in the place of the present revisions' rows; the others stay."""
    table = json.loads(TABLE.read_text("utf-8"))
    for kind, values in cases.items():
        table[kind][PRESENT[kind]] = {name: plain(value) for name, value in values.items()}
    TABLE.write_text(_a_line_a_case(table), encoding="utf-8")


def plain(value: Any) -> Any:
    """The value as JSON has it: numbers to seven digits, None for NaN."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, _DIGITS)
    return value


def moved(before: Any, now: Any, where: str = "") -> Iterator[str]:
    """Where two plain values differ: numbers by more than rounding does, all else at all."""
    if isinstance(before, Mapping) and isinstance(now, Mapping) and before.keys() == now.keys():
        for key, value in now.items():
            yield from moved(before[key], value, f"{where}.{key}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from moved(one, other, f"{where}[{place}]")
    elif not _same(before, now, SCORES_CLOSE if ".scores[" in where else CLOSE):
        yield f"{where}: {before!r} is now {now!r}"


def _same(before: Any, now: Any, close: float) -> bool:
    if _is_number(before) and _is_number(now):
        return math.isclose(before, now, rel_tol=close, abs_tol=close)
    return bool(before == now) and isinstance(before, bool) == isinstance(now, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _a_line_a_case(table: Mapping[str, Any]) -> str:
    """JSON that a reviewer can read the changes of."""
    kinds = []
    for kind, revisions in table.items():
        rows = []
        for revision, cases in revisions.items():
            lines = [
                f"   {json.dumps(name, ensure_ascii=False)}: "
                f"{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
                for name, value in cases.items()
            ]
            rows.append(f'  "{revision}": {{\n' + ",\n".join(lines) + "\n  }")
        kinds.append(f' "{kind}": {{\n' + ",\n".join(rows) + "\n }")
    return "{\n" + ",\n".join(kinds) + "\n}\n"
