"""Rows made into a stream of text: joined, and where it is asked for cleaned."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from paperfig.excerpts.sources.format import Row

BLANK_LINE = "\n\n"
_UNKNOWN = "<unk>"
_SPACES = re.compile(r"[ \t]+")
_UNEVEN_SPACES = re.compile(r"[ \t]{2,}|\t")
_JOINED_MARKS = ((" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."))


def piece_after_piece(rows: Iterable[Row]) -> Iterator[str]:
    """The pieces of the rows, joined by nothing."""
    return (piece for row in rows for piece in row)


def blank_line_between(rows: Iterable[Row]) -> Iterator[str]:
    """The pieces of the rows that are not blank, a blank line between rows."""
    for number, row in enumerate(not_blank(rows)):
        if number:
            yield BLANK_LINE
        yield from row


def not_blank(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows that hold more than white space, each to be read before the next."""
    for row in rows:
        pieces = iter(row)
        begin: list[str] = []
        for piece in pieces:
            begin.append(piece)
            if piece.strip():
                yield _first_and_rest(begin, pieces)
                break


def vfe_cleaner(pieces: Callable[[], Iterable[str]]) -> Callable[[str], str]:
    """What cleans one piece (a row, or a line) of a text as the VFE projects do.

    Their rule works on a whole split: ``<unk>`` is deleted, and if there was one anywhere,
    each run of spaces and tabs becomes one space; then `` @-@ ``, `` @,@ `` and `` @.@ ``
    become ``-``, ``,`` and ``.``. (``transformer/data.py`` of VFE-Sim,
    ``transformer/data/datasets.py`` of V1_Transformer.) Only a piece with a run of spaces
    and no ``<unk>`` of its own depends on the rest, so only then is the rest looked at.

    Args:
        pieces: gives the split's pieces from the start, each time it is called.
    """

    @cache
    def anywhere() -> bool:
        """Whether the split holds <unk> at all."""
        return any(_UNKNOWN in piece for piece in pieces())

    def clean(piece: str) -> str:
        """The piece, cleaned."""
        if _UNKNOWN in piece or (_UNEVEN_SPACES.search(piece) and anywhere()):
            piece = _SPACES.sub(" ", piece.replace(_UNKNOWN, ""))
        for mark, bare in _JOINED_MARKS:
            piece = piece.replace(mark, bare)
        return piece

    return clean


def cleaned(
    rows: Iterable[Iterable[str]], clean: Callable[[str], str]
) -> Iterator[Iterable[str]]:
    """The rows with each of their pieces cleaned."""
    return (map(clean, row) for row in rows)


def _first_and_rest(begin: list[str], rest: Iterator[str]) -> Iterator[str]:
    yield from begin
    yield from rest
