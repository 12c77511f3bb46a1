"""Plain scalars of YAML: what is read the same by every YAML, and what is not.

YAML 1.1 (https://yaml.org/type/) and the core schema of YAML 1.2 read some plain scalars
differently: ``no`` is false or a text, ``010`` is 8 or 10, ``1e-1`` is a text or 0.1.
Whatever is not read alike by both is a `Surprise`, which says what may have been meant.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_MAX_DIGITS = 30
_GREATEST_WHOLE = 2**53
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False}
_TRUTH["FALSE"] = False
_NULL = {"", "~", "null", "Null", "NULL"}
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d*)")
_FLOAT = re.compile(r"([-+]?\d+\.\d*|\.\d+)([eE][-+]\d+)?")
_EXPONENT = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_SEXAGESIMAL = re.compile(r"[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?")
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_./]([A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(([Tt]|\s+)\d\d?:\d\d(:\d\d)?.*)?")

Plain = int | float | bool


@dataclass(frozen=True, slots=True)
class Surprise:
    """A plain scalar that not every YAML reads alike, or none as a value.

    Attributes:
        text: its characters, as they are written.
        what: what is wrong with it.
        meant: the number or truth value that is meant, if one is.
    """

    text: str
    what: str
    meant: Plain | None = None


def _truth(text: str) -> bool:
    return text.lower() in {"y", "yes", "on"}


def _number(text: str) -> int | float | None:
    value = float(text)
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < _GREATEST_WHOLE else value


def _decimal(text: str) -> int:
    return int(text.replace("_", ""))


def _without_underscores(text: str) -> int | float | None:
    return _number(text.replace("_", ""))


def _nothing(_text: str) -> None:
    return None


_SURPRISES: tuple[tuple[re.Pattern[str], str, Callable[[str], Plain | None]], ...] = (
    (re.compile(r"y|n|yes|no|on|off", re.I), "is true or false in YAML 1.1", _truth),
    (re.compile(r"[-+]?0[\d_]+"), "begins with 0, which is octal in YAML 1.1", _decimal),
    (re.compile(r"[-+]?0[box][\da-fA-F_]+"), "is not a decimal number", _nothing),
    (_EXPONENT, "is a text in YAML 1.1", _number),
    (_SEXAGESIMAL, "is a number to base 60 in YAML 1.1", _nothing),
    (
        re.compile(r"[-+]?\d[\d_]*(\.[\d_]*)?"),
        "holds an underscore",
        _without_underscores,
    ),
    (re.compile(r"[-+]?\.(inf|nan)", re.I), "is not a finite number", _nothing),
    (_DATE, "is a date in YAML 1.1", _nothing),
)


def read_scalar(text: str) -> str | Plain | Surprise:
    """The value of a plain (unquoted) scalar: a truth value, a number, else the text."""
    if text in _TRUTH:
        return _TRUTH[text]
    if text in _NULL:
        return Surprise(text, "is empty")
    is_integer = _INTEGER.fullmatch(text) is not None
    if is_integer or _FLOAT.fullmatch(text):
        return _read_number(text, is_integer=is_integer)
    for pattern, what, meant in _SURPRISES:
        if pattern.fullmatch(text):
            return Surprise(text, what, meant(text))
    return text


def write_scalar(value: str | Plain) -> str:
    """The scalar that every YAML reads as this value: plain where it can be, else in quotes."""
    if isinstance(value, str):
        is_plain = _PLAIN_TEXT.fullmatch(value) and read_scalar(value) == value
        return value if is_plain else in_quotes(value)
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    point, sign = "" if "." in mantissa else ".0", "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{point}e{sign}{exponent}"


def write_flow(value: Any) -> str:
    """A value on one line of YAML; a `Surprise` in it as it was written."""
    if isinstance(value, Mapping):
        entries = (f"{key}: {write_flow(entry)}" for key, entry in value.items())
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(write_flow, value))}]"
    return value.text if isinstance(value, Surprise) else write_scalar(value)


def is_empty(value: object) -> bool:
    """Whether a scalar is no value at all: nothing, ``~`` or ``null``."""
    return isinstance(value, Surprise) and value.text in _NULL


def in_quotes(text: str) -> str:
    """As JSON, which YAML's double quotes take, but for what YAML calls unprintable."""
    written = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", written)


def _read_number(text: str, *, is_integer: bool) -> int | float | Surprise:
    if len(text) > _MAX_DIGITS:
        return Surprise(text, f"is a number of more than {_MAX_DIGITS} characters")
    number: int | float = int(text) if is_integer else float(text)
    return number if math.isfinite(number) else Surprise(text, "is too large a number")
