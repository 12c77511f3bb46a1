"""Plain scalars of YAML: what is read the same by every YAML, and what is refused.

YAML 1.1 (https://yaml.org/type/) and the core schema of YAML 1.2 read some plain scalars
differently: ``no`` is false or a text, ``010`` is 8 or 10, ``1e-1`` is a text or 0.1.
Whatever is not read alike by both is refused, with the two ways to write what was meant.
"""

import json
import math
import re
from collections.abc import Callable

_MAX_DIGITS = 30
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False}
_TRUTH["FALSE"] = False
_NULL = {"", "~", "null", "Null", "NULL"}
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d*)")
_FLOAT = re.compile(r"([-+]?\d+\.\d*|\.\d+)([eE][-+]\d+)?")
_EXPONENT = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_SEXAGESIMAL = re.compile(r"[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(([Tt]|\s+)\d\d?:\d\d(:\d\d)?.*)?")


def _quoted(text: str) -> str:
    return f"write {json.dumps(text, ensure_ascii=False)} in quotes"


def _truth(text: str) -> str:
    return f"{_quoted(text)}, or true or false"


def _number(text: str) -> str:
    value = float(text)
    plain = f"{value:.12f}".rstrip("0")
    if not math.isfinite(value) or float(plain) != value:
        return "write the number with a dot and a signed exponent, such as 1.0e-20"
    return f"write {plain}0" if plain.endswith(".") else f"write {plain}"


def _decimal(text: str) -> str:
    digits = text.lstrip("+-0") or "0"
    return f"write {digits}, or {json.dumps(text, ensure_ascii=False)} in quotes for a text"


def _no_underscores(text: str) -> str:
    return f"write {text.replace('_', '')}"


_SURPRISES: tuple[tuple[re.Pattern[str], str, Callable[[str], str]], ...] = (
    (re.compile(r"y|n|yes|no|on|off", re.I), "is true or false in YAML 1.1", _truth),
    (re.compile(r"[-+]?0[\d_]+"), "begins with 0, which is octal in YAML 1.1", _decimal),
    (re.compile(r"[-+]?0[box][\da-fA-F_]+"), "is not a decimal number", _quoted),
    (_EXPONENT, "is a text in YAML 1.1", _number),
    (_SEXAGESIMAL, "is a number to base 60 in YAML 1.1", _quoted),
    (re.compile(r"[-+]?\d[\d_]*(\.[\d_]*)?"), "holds an underscore", _no_underscores),
    (re.compile(r"[-+]?\.(inf|nan)", re.I), "is not a finite number", _quoted),
    (_DATE, "is a date in YAML 1.1", _quoted),
)


class SurpriseError(ValueError):
    """A plain scalar that is refused.

    Attributes:
        what: what is wrong with it.
        remedy: how to write what was meant.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(what, remedy)


def read_scalar(text: str) -> str | int | float | bool:
    """The value of a plain (unquoted) scalar: a truth value, a number, else the text.

    Raises:
        SurpriseError: the scalar is empty, or not every YAML reads it alike.
    """
    if text in _TRUTH:
        return _TRUTH[text]
    if text in _NULL:
        raise SurpriseError("is empty", "give a value, or leave the key out")
    is_integer = _INTEGER.fullmatch(text) is not None
    if is_integer or _FLOAT.fullmatch(text):
        return _read_number(text, is_integer=is_integer)
    for pattern, what, remedy in _SURPRISES:
        if pattern.fullmatch(text):
            raise SurpriseError(what, remedy(text))
    return text


def _read_number(text: str, *, is_integer: bool) -> int | float:
    if len(text) > _MAX_DIGITS:
        raise SurpriseError(
            "is too long a number", f"at most {_MAX_DIGITS} characters are read"
        )
    number: int | float = int(text) if is_integer else float(text)
    if not math.isfinite(number):
        raise SurpriseError("is too large a number", "a finite one is right")
    return number
