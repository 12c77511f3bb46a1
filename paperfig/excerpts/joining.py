"""Rows made into a stream of text."""

from collections.abc import Iterable, Iterator

from paperfig.excerpts.sources.records import Row

BLANK_LINE = "\n\n"


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


def _first_and_rest(begin: list[str], rest: Iterator[str]) -> Iterator[str]:
    yield from begin
    yield from rest
