r"""Text as LaTeX: pure ASCII, one line, the same for every engine.

Escaping is the only thing between a token ``\input{/etc/passwd}`` and the paper, so it
happens once, at the output of a template, to every string that is not `TeX`.
"""

import math
import unicodedata

import regex

from paperfig.captions.characters import (
    ACCENTS,
    BELOW,
    LETTERS,
    LIGATING,
    LIGATURE_BREAK,
    MARK_NAMES,
    MATHEMATICS,
    PUNCTUATION,
    SPECIALS,
)
from paperfig.values.numbers import shortest

_PLAIN = SPECIALS | LETTERS | PUNCTUATION | MATHEMATICS
# A letter with its accent, whole; else one character at a time.
_UNIT = regex.compile(r"[A-Za-z][\u0300-\u036f](?!\p{M})|.", regex.DOTALL)
_COMMENT = regex.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*|$)")
_BEFORE_PUNCTUATION = regex.compile(r"(?<!\s)\s++(?=[,.;:)])")
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
GREATEST_FIXED, _SMALLEST_FIXED = 1e6, 1e-4


class TeX(str):
    """A piece of LaTeX that is trusted, and so is not escaped again."""

    __slots__ = ()


def escape(text: str) -> TeX:
    r"""LaTeX that prints ``text``, as ASCII on one line.

    Plain characters, accents, Greek and common signs use the kernel's own commands. Any
    other character is ``\paperfigU{4E2D}{…}``: its glyph where engine and font have it,
    else its boxed number. What has no look of its own (line ends, controls, marks
    without a letter, lone surrogates, U+FFFD) is a boxed name, ``\paperfigmark{LF}``.
    Spaces at the edges, of lines too, and in runs are shown as visible spaces.
    """
    units = _UNIT.findall(text)
    neighbours = zip(["", *units], units, [*units[1:], ""], strict=False)
    return TeX("".join(_unit(before, unit, after) for before, unit, after in neighbours))


def joined_lines(tex: str) -> TeX:
    """A template's lines as one.

    A line end becomes a space, or nothing where punctuation begins the next line;
    comments go, with the line end and the white space that LaTeX skips after them.
    """
    tex = _COMMENT.sub(r"\1", tex)
    tex = _BEFORE_PUNCTUATION.sub(lambda blank: "" if "\n" in blank[0] else blank[0], tex)
    return TeX(" ".join(tex.split()))


def number(value: int | float) -> TeX:
    r"""A number for text or mathematics: ``1.0``, ``0.3``, ``\ensuremath{10^{-5}}``.

    At most six digits, the shortest form that says them, one decimal kept for whole
    floats.

    Raises:
        ValueError: the value is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} has no place in a caption")
    if isinstance(value, int):
        return TeX(value)
    if value and not _SMALLEST_FIXED <= abs(value) < GREATEST_FIXED:
        return plain_or_power(f"{value:.5e}")
    return TeX(shortest(value))


def plain_or_power(written: str) -> TeX:
    r"""A number as Python writes it: ``1.5e-05`` as \ensuremath{1.5 \times 10^{-5}}."""
    mantissa, _, exponent = written.partition("e")
    if not exponent:
        return TeX(written)
    digits = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    factor = {"1": "", "-1": "-"}.get(digits, rf"{digits} \times ")
    return TeX(rf"\ensuremath{{{factor}10^{{{int(exponent)}}}}}")


def _unit(before: str, unit: str, after: str) -> str:
    if unit == " ":
        inner = bool(before.strip() and after.strip())
        return " " if inner else r"\textvisiblespace{}"
    if unit in LIGATING and after in ("", unit):
        return _PLAIN.get(unit, unit).removesuffix("{}") + LIGATURE_BREAK
    if unit in _PLAIN:
        return _PLAIN[unit]
    if unit.isascii() and unit.isprintable():
        return unit
    return _accented(unit) or _special(before, unit)


def _accented(unit: str) -> str | None:
    r"""``\'{e}`` for é, one code point or two; None for anything else."""
    base, accent = (pair := unicodedata.normalize("NFD", unit))[0], pair[1:]
    composed = unicodedata.normalize("NFC", unit)
    if not base.isascii() or accent not in ACCENTS or len(composed) > 1:
        return None
    dotless = base in "ij" and accent not in BELOW
    return f"{ACCENTS[accent]}{{{chr(92) if dotless else ''}{base}}}"


def _special(before: str, unit: str) -> str:
    """A mark's boxed name, or a glyph that the engine may or may not have."""
    if len(unit) > 1:
        return unit[0] + _glyph(unit[1])
    category = unicodedata.category(unit)
    stray = before.isascii() or before.isspace() or not before.isprintable()
    if unit == "\ufffd" or category in _INVISIBLE or (category.startswith("M") and stray):
        return rf"\paperfigmark{{{MARK_NAMES.get(unit, f'U+{ord(unit):04X}')}}}"
    return _glyph(unit)


def _glyph(character: str) -> str:
    return rf"\paperfigU{{{ord(character):04X}}}{{U+{ord(character):04X}}}"
