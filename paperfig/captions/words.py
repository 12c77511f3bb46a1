"""The filters of caption templates that write English: lists, ordinals, rounded numbers."""

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

from paperfig.captions.latex import GREATEST_FIXED, TeX, escape, number, plain_or_power

LISTED_IN_A_ROW = 4
"""Of more numbers in a row than these the ends are named."""

_MOST_DIGITS = 7
_LEAST_PERCENT, _MOST_PERCENT = 0.01, 99
_SPACED = frozenset(":;!?\u00ab\u00bb")
_ORDINAL_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def latex(value: Any) -> TeX:
    """LaTeX for a value that a template prints: a text, escaped, or a number.

    Raises:
        TypeError: the value is neither.
    """
    if isinstance(value, TeX):
        return value
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    shown = value if value is None or isinstance(value, bool) else _kind_of(value)
    raise TypeError(f"{shown} is neither text nor number, and cannot be printed")


def listed(items: Iterable[Any], last: str = "and") -> TeX:
    """``0``, ``0 and 1``, ``0, 1 and 3``."""
    *firsts, final = (latex(item) for item in items)
    return TeX(f"{', '.join(firsts)} {last} {final}" if firsts else final)


def ranged(numbers: Sequence[int]) -> TeX:
    """``0, 1 and 3``, and of more in a row their ends: ``0 to 11``."""
    in_a_row = list(range(numbers[0], numbers[0] + len(numbers)))
    if len(numbers) > LISTED_IN_A_ROW and list(numbers) == in_a_row:
        return TeX(f"{numbers[0]} to {numbers[-1]}")
    return listed(numbers)


def capital(text: str) -> TeX:
    """The text with its first letter as a capital."""
    written = latex(text)
    return TeX(written[:1].upper() + written[1:])


def ordinal(count: int) -> TeX:
    """``1st``, ``2nd``, ``11th``."""
    teens = 10 < index(count) % 100 < 20  # noqa: PLR2004
    ending = "th" if teens else _ORDINAL_ENDINGS.get(count % 10, "th")
    return TeX(f"{count}{ending}")


def exact(value: int | float) -> TeX:
    """The number with all its digits, without a decimal where it is whole."""
    if float(value).is_integer() and abs(value) < GREATEST_FIXED:
        return number(int(value))
    return number(value) if float(f"{value:g}") == value else plain_or_power(repr(value))


def percent(share: float) -> TeX:
    r"""``0.43\%``, ``12\%``: two digits, and neither 0 nor 100 where it is not."""
    percentage = 100 * share
    if 0 < percentage < _LEAST_PERCENT:
        return TeX(rf"less than {_LEAST_PERCENT}\%")
    if _MOST_PERCENT < percentage < 100:  # noqa: PLR2004 - all of it
        return TeX(rf"more than {_MOST_PERCENT}\%")
    return TeX(rf"{percentage:.2g}\%" if percentage < 100 else r"100\%")  # noqa: PLR2004


def verbatim(text: str) -> TeX:
    r"""LaTeX that prints a text of others as it is, in a paper in French too.

    babel-french spaces these marks out in all engines, in LuaTeX and XeTeX whatever their
    category; its ``\NoAutoSpacing`` ends that for a group.
    """
    written = latex(text)
    if _SPACED.isdisjoint(text):
        return written
    return TeX(rf"{{\ifdefined\NoAutoSpacing\NoAutoSpacing\fi {written}}}")


def significant(value: int | float, digits: int = 3) -> TeX:
    """The number rounded to so many digits, without a decimal where it is whole.

    What is below 1 keeps as many as say so: 0.99996, of which weights may well be larger.
    """
    enough = (n for n in range(digits, _MOST_DIGITS) if abs(float(f"{value:.{n}g}")) < 1)
    rounded = float(f"{value:.{next(enough, digits)}g}")
    return number(int(rounded) if rounded.is_integer() else rounded)


def _kind_of(value: object) -> str:
    """What a value is, in a word; written out it may have no end."""
    if isinstance(value, list | tuple):
        return "a list"
    return "a mapping" if isinstance(value, dict) else f"a {type(value).__name__.lower()}"
