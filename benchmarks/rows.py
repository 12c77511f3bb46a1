"""The rows that the benchmarks print: a number of ours, the opponent's, and the goal."""

from collections.abc import Iterable
from dataclasses import dataclass

_SIZES = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1))
_HEAD = ("", "paperfig", "opponent", "ratio", "goal", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison.

    Attributes:
        what: what is measured.
        ours: our number, with its unit.
        theirs: the opponent's.
        ratio: theirs by ours.
        goal: what the design asks for.
        reached: whether it is; None where nothing is asked.
    """

    what: str
    ours: str
    theirs: str = ""
    ratio: str = ""
    goal: str = ""
    reached: bool | None = None


def versus(
    what: str, ours: float, theirs: float, unit: str, *, at_least: float | None = None
) -> Row:
    """How many times less ours is."""
    ratio = theirs / ours if ours else float("inf")
    return Row(
        what=what,
        ours=said(ours, unit),
        theirs=said(theirs, unit),
        ratio=f"{ratio:.3g}×",
        goal="" if at_least is None else f"≥ {at_least:g}×",
        reached=None if at_least is None else ratio >= at_least,
    )


def limited(what: str, ours: float, theirs: float | None, unit: str, *, at_most: float) -> Row:
    """Whether ours keeps to a limit."""
    return Row(
        what=what,
        ours=said(ours, unit),
        theirs="" if theirs is None else said(theirs, unit),
        goal=f"≤ {said(at_most, unit)}",
        reached=ours <= at_most,
    )


def said(number: float, unit: str) -> str:
    """A number in its unit: seconds as ms, bytes as kB or MB, shares as %."""
    if unit == "s":
        return f"{1e3 * number:,.3g} ms" if number < 0.9995 else f"{number:.3g} s"
    if unit == "B":
        unit, size = next(one for one in _SIZES if number >= 0.9995 * one[1] or one[1] == 1)
        return f"{number / size:.3g} {unit}"
    if unit == "%":
        return f"{100 * number:.2g} %"
    return f"{number:.2g}"


def table(title: str, rows: Iterable[Row]) -> str:
    """The rows below one another."""
    marks = {None: "", True: "reached", False: "NOT REACHED"}
    cells = [
        (row.what, row.ours, row.theirs, row.ratio, row.goal, marks[row.reached])
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(_HEAD, *cells, strict=True)]
    lines = []
    for line in (_HEAD, *cells):
        first, *others = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        *numbers, last = others
        right = "  ".join(cell.strip().rjust(len(cell)) for cell in numbers)
        lines.append(f"  {first}  {right}  {last}".rstrip())
    return "\n".join([title, *lines])
