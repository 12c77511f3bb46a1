"""A text's tokens, read only as far as they are needed and exactly as the whole text's.

A byte-pair tokenizer may join characters across any place where a reader happens to stop.
So a prefix is cut at a place where tokens nearly always part, and its tokens count only once
the encoding of a longer prefix begins with the very same ones. Where there is no such place,
those count that both begin with and that end far before either. Else more is read, to the end
of the text if need be.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, takewhile

import numpy as np
from jaxtyping import Integer

from paperfig.errors import ExcerptError
from paperfig.excerpts.cutting import AHEAD, borders, check_characters
from paperfig.excerpts.labels import source_bytes
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.values.positions import as_it_stands

FIRST_READ = 1024
_CHARACTERS_A_TOKEN = 5


@dataclass(frozen=True, slots=True)
class PhraseFound:
    """A phrase that is there.

    Attributes:
        token: the token of the stream that holds its first character, counted from 0.
    """

    token: int


@dataclass(frozen=True, slots=True)
class PhraseMissing:
    """A phrase that is not there.

    Attributes:
        hits: how often it is there, where more were asked for.
        searched: how many characters were searched.
        nearest: what comes nearest: the phrase in other case or white space.
    """

    hits: int
    searched: int
    nearest: str | None


@dataclass(frozen=True, slots=True)
class StreamTokens:
    """Tokens that follow one another.

    Attributes:
        ids: the id of each.
        pieces: the bytes of the text that each stands for.
    """

    ids: list[int]
    pieces: list[bytes]

    def __getitem__(self, part: slice) -> "StreamTokens":
        return StreamTokens(self.ids[part], self.pieces[part])

    def __add__(self, other: "StreamTokens") -> "StreamTokens":
        return StreamTokens(self.ids + other.ids, self.pieces + other.pieces)


class TokenStream:
    """Documents one after the other, tokenised as far as asked.

    Args:
        documents: each an iterable of pieces of text, read once.
        tokenizer: what gives the ids; every document is tokenised on its own.
        where: what an error calls the text.
        end: tokens that follow each document (``join: eos``).
    """

    def __init__(
        self,
        documents: Iterable[Iterable[str]],
        tokenizer: Tokenizer,
        *,
        where: str,
        end: StreamTokens | None = None,
    ) -> None:
        self._documents = (_Document(pieces, tokenizer, where) for pieces in documents)
        self._end = end or StreamTokens([], [])
        self._current = next(self._documents, None)
        self._read = StreamTokens([], [])

    def window(self, first: int, length: int) -> StreamTokens:
        """The tokens from ``first`` on, ``length`` of them, or as many as there are."""
        need = first + length
        while self._current and len(self._read.ids) < need:
            known = self._current.tokens(need - len(self._read.ids))
            if not self._current.finished:
                return (self._read + known)[first:need]
            self._close(known)
        return self._read[first:need]

    def count(self) -> int:
        """How many tokens there are; reads to the end."""
        while self._current:
            self._close(self._current.all_tokens())
        return len(self._read.ids)

    def find(self, phrase: str, nth: int = 1) -> PhraseFound | PhraseMissing:
        """The token that holds the first character of the phrase, found the nth time.

        Hits do not overlap, and a hit lies within one document. A phrase that is missed
        costs no tokenisation, and leaves the stream at its end.
        """
        hits, searched, nearest = 0, 0, None
        passed: list[_Document] = []
        while self._current:
            positions = self._current.find(phrase, nth - hits)
            if len(positions) == nth - hits:
                for document in passed:
                    self._read = self._read + document.all_tokens() + self._end
                return PhraseFound(len(self._read.ids) + self._current.token_at(positions[-1]))
            hits += len(positions)
            searched += len(self._current.text)
            nearest = nearest or as_it_stands(phrase, self._current.text)
            passed.append(self._current)
            self._current = next(self._documents, None)
        return PhraseMissing(hits, searched, nearest)

    def _close(self, known: StreamTokens) -> None:
        self._read = self._read + known + self._end
        self._current = next(self._documents, None)


class StoredTokens:
    """Ids that are there already, as a stream of tokens.

    Args:
        ids: all of them, ``(token,)``.
        tokenizer: that of the file, which knows their bytes.
        where: what an error calls them.
    """

    def __init__(
        self, ids: Integer[np.ndarray, " token"], tokenizer: Tokenizer, *, where: str
    ) -> None:
        self._ids, self._tokenizer, self._where = ids, tokenizer, where

    def window(self, first: int, length: int) -> StreamTokens:
        """The tokens from ``first`` on, ``length`` of them, or as many as there are."""
        ids = [int(token_id) for token_id in self._ids[first : first + length]]
        return StreamTokens(ids, list(self._pieces(ids, first)))

    def count(self) -> int:
        """How many tokens there are."""
        return len(self._ids)

    def _pieces(self, ids: Iterable[int], first: int) -> Iterator[bytes]:
        for place, token_id in enumerate(ids, start=first):
            try:
                yield self._tokenizer.token_bytes(token_id)
            except (KeyError, OverflowError):
                raise ExcerptError(
                    self._where,
                    f"its token {place} has id {token_id}, which is no token of "
                    f"{self._tokenizer.name}",
                    "name the tokenizer that wrote the file",
                ) from None


class _Document:
    """One text, read as far as asked."""

    def __init__(self, pieces: Iterable[str], tokenizer: Tokenizer, where: str) -> None:
        self._pieces: Iterator[str] = iter(pieces)
        self._tokenizer, self._where = tokenizer, where
        self._known = StreamTokens([], [])
        self._all_read = False
        self.text = ""
        self.finished = False

    def tokens(self, need: int) -> StreamTokens:
        """The document's first tokens, ``need`` at least, or all that there are."""
        size = FIRST_READ + _CHARACTERS_A_TOKEN * need
        while len(self._known.ids) < need and not self.finished:
            self._read_to(size + AHEAD)
            if self._all_read and len(self.text) <= size + AHEAD:
                return self.all_tokens()
            self._encode_prefix(size, need)
            size *= 2
        return self._known

    def all_tokens(self) -> StreamTokens:
        """Every token of the document."""
        while not self._all_read:
            self._read_to(2 * len(self.text) + FIRST_READ)
        if not self.finished:
            self._know(self.text, self._tokenizer.encode(self.text))
            self.finished = True
        return self._known

    def find(self, phrase: str, nth: int) -> list[int]:
        """Where the phrase begins, at most ``nth`` places; reads no further than it must."""
        positions: list[int] = []
        begin = 0
        while len(positions) < nth:
            position = self.text.find(phrase, begin)
            if position >= 0:
                positions.append(position)
                begin = position + len(phrase)
            elif self._all_read:
                break
            else:
                begin = max(begin, len(self.text) - len(phrase) + 1)
                self._read_to(2 * len(self.text) + FIRST_READ)
        return positions

    def token_at(self, position: int) -> int:
        """The token that holds the character at ``position``."""
        offset, need = len(self.text[:position].encode()), 1 + position // _CHARACTERS_A_TOKEN
        while True:
            known = self.tokens(need)
            ends = list(accumulate(map(len, known.pieces)))
            if self.finished or ends[-1] > offset:
                return bisect_right(ends, offset)
            need = 2 * max(need, len(known.ids))

    def _encode_prefix(self, size: int, need: int) -> None:
        """Learns the tokens of about ``size`` characters, if they are certain."""
        cuts = borders(self.text, size)
        ids = self._tokenizer.encode(self.text[: cuts[-1]]) if cuts else []
        longer = self._tokenizer.encode(self.text[: size + AHEAD])
        if len(ids) < need:
            self._known = self._before_border(size, longer)
        elif longer[: len(ids)] == ids:
            self._know(self.text[: cuts[-1]], ids)

    def _before_border(self, size: int, longer: list[int]) -> StreamTokens:
        """The first tokens of a text without a border, as a line of blanks or one long word.

        They are those that ``size`` characters and ``longer`` ones begin with alike and that
        end far before either: none where the tokens' bytes are not the text's.
        """
        shorter = self._tokenizer.encode(self.text[:size])
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(shorter, longer, strict=False))
        same = [token_id for token_id, _ in alike]
        content = self.text[: max(0, size - AHEAD)].encode()
        pieces = list(map(self._tokenizer.token_bytes, same))
        put_in_front = content and not content.startswith(b" ")
        if put_in_front and pieces and pieces[0].startswith(b" "):
            pieces[0] = pieces[0][1:]  # a space that the tokenizer put in front
        known = bisect_right(list(accumulate(map(len, pieces))), len(content))
        if not content.startswith(b"".join(pieces[:known])):
            return StreamTokens([], [])
        return StreamTokens(same[:known], pieces[:known])

    def _know(self, text: str, ids: list[int]) -> None:
        self._known = StreamTokens(ids, source_bytes(self._tokenizer, text, ids))

    def _read_to(self, size: int) -> None:
        pieces, length = [self.text], len(self.text)
        while length < size and not self._all_read:
            piece = next(self._pieces, None)
            if piece is None:
                self._all_read = True
            else:
                pieces.append(piece)
                length += len(piece)
        self.text = "".join(pieces)
        check_characters("".join(pieces[1:]), self._where)
