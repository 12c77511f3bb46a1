"""Excerpts of text: a window of the tokens that a text, a row or a split makes."""

import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Integer

from paperfig.errors import ExcerptError
from paperfig.excerpts.cutting import blocks, check_characters
from paperfig.excerpts.joining import (
    blank_line_between,
    cleaned,
    not_blank,
    piece_after_piece,
    vfe_cleaner,
)
from paperfig.excerpts.run import TokenRun, special_tokens
from paperfig.excerpts.sources.format import Row
from paperfig.excerpts.sources.source import TextSource, open_source
from paperfig.excerpts.stream import PhraseMissing, StoredTokens, StreamTokens, TokenStream
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.progress import BYTES, Advance, working
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import Origin


class TextReader:
    """Reads windows of tokens of the text or data set that a spec names.

    Args:
        spec: an excerpt with ``text`` or ``dataset``.
        tokenizer: the model's; where its vocabulary is restricted, the whole one reads the
            text and ids are exchanged last.
        root: what relative paths start from.
        trained_on_clean: whether the model was trained on WikiText after the VFE projects'
            clean-up, which is then the default.

    Raises:
        ExcerptError: the data set is not there.
    """

    def __init__(
        self, spec: ExcerptSpec, tokenizer: Tokenizer, *, root: Path, trained_on_clean: bool
    ) -> None:
        self._spec, self._tokenizer = spec, tokenizer
        self._restriction = tokenizer.restriction
        self._base = self._restriction.base if self._restriction else tokenizer
        own = spec.text is not None
        self._source = _own_text(spec.text or "") if own else open_source(spec, root=root)
        trained_on = self._source.vfe and trained_on_clean
        self._clean = spec.clean or ("vfe" if trained_on else "none")
        cleaned_rows = self._source.vfe and self._clean == "vfe"
        join = spec.join or ("blank-line" if cleaned_rows else self._source.join)
        self._join = None if spec.row is not None else join
        has_text = self._source.ids is None
        self._special = special_tokens(spec, tokenizer, has_text=has_text)

    def read(self, length: int | None) -> TokenRun:
        """The window of ``length`` tokens, or fewer where the spec does not say how many.

        Args:
            length: special tokens around the text included; None for all tokens from the
                first on, and those.

        Raises:
            ExcerptError: the text is empty or too short, or the phrase is not in it.
        """
        with working(f"reading {self._where}", self._source.size, BYTES) as advance:
            first, stream = self._first_and_stream(advance)
            rest = stream.count() - first if length is None else self._special.left_of(length)
            length = max(1, rest)
            found = stream.window(first, length)
            if not found.ids or (self._spec.length is not None and len(found.ids) < length):
                raise ExcerptError(*self._too_short(first, length, stream.count()))
        has_text = self._source.ids is None or self._base.holds_spaces
        return self._run(found.ids, first, found.pieces if has_text else None)

    def sample(self, length: int, count: int, *, seed: int) -> list[TokenRun]:
        """``count`` windows of ``length`` tokens that do not overlap, in their order.

        Raises:
            ExcerptError: there are too few tokens, or an id of a file is none of them.
        """
        length = self._special.left_of(length)
        stream = StoredTokens(self._all_ids(), self._base, where=self._where)
        total = stream.count()
        if total < length:
            raise ExcerptError(*self._too_short(0, length, total))
        if total < count * length:
            raise ExcerptError(
                "excerpt.count",
                f"{count} excerpts of {length} tokens{self._beside()} do not fit into the "
                f"{total} of {self._where} without overlap",
                f"at most {total // length} is right",
            )
        return [
            self._run(stream.window(first, length).ids, first, None)
            for first in windows_apart(count, length, total, seed=seed)
        ]

    def _run(self, ids: Sequence[int], first: int, pieces: Sequence[bytes] | None) -> TokenRun:
        kept = self._restriction.of(ids) if self._restriction else ids
        return self._special.around(kept, pieces, self._origin(first))

    def _first_and_stream(self, advance: Advance) -> tuple[int, TokenStream | StoredTokens]:
        """The first token of the window, counted from 0, and what it is a window of."""
        first = self._spec.start or 0
        if self._source.ids is not None:
            return first, StoredTokens(self._source.ids(), self._base, where=self._where)
        documents, end = self._documents(advance)
        stream = TokenStream(documents, self._base, where=self._where, end=end)
        if self._spec.find is not None:
            first = self._first_of_phrase(stream, self._spec.find)
        return first, stream

    def _all_ids(self) -> Integer[np.ndarray, " token"]:
        """Every id there is; those of a text are made part by part."""
        if self._source.ids is not None:
            return self._source.ids()
        ids = array("i")
        with working(f"tokenising {self._where}", self._source.size, BYTES) as advance:
            documents, end = self._documents(advance)
            for document in documents:
                for block in blocks(document, self._base):
                    check_characters(block, self._where)
                    ids.extend(self._base.encode(block))
                ids.extend(end.ids)
        return np.array(ids)

    def _documents(self, advance: Advance) -> tuple[Iterable[Row], StreamTokens]:
        """The texts that are tokenised on their own, and what follows each."""
        rows, end = self._source.rows_told(advance), StreamTokens([], [])
        documents: Iterable[Row]
        if self._spec.row is not None:
            documents = [self._row(self._spec.row, rows)]
        elif self._join == "eos":
            documents, end = not_blank(rows), self._end_of_text()
        elif self._join == "blank-line":
            documents = [blank_line_between(rows)]
        else:
            documents = [piece_after_piece(rows)]
        if self._clean == "vfe":
            clean = vfe_cleaner(lambda: piece_after_piece(self._source.rows()))
            documents = cleaned(documents, clean)
        return documents, end

    def _row(self, number: int, rows: Iterator[Row]) -> Row:
        """The row's pieces; a blank one is refused."""
        for index, row in enumerate(rows):
            if index == number:
                pieces = list(row)
                if not "".join(pieces).strip():
                    raise ExcerptError("excerpt.row", *_empty_row(number, rows))
                return pieces
        count = sum(1 for _ in self._source.rows())
        raise ExcerptError(
            "excerpt.row",
            f"row {number} is beyond the {count} rows of {self._where}",
            f"0 to {count - 1} are right",
        )

    def _end_of_text(self) -> StreamTokens:
        token = self._base.eos
        if token is None:
            name = self._base.name
            raise ExcerptError(
                "excerpt.join", f"{name} has no end-of-text token", "`blank-line` or `none`"
            )
        return StreamTokens([token], [self._base.special[token].encode()])

    def _first_of_phrase(self, stream: TokenStream, phrase: str) -> int:
        """The first token of the window that shows a phrase, counted from 0."""
        nth, before = self._spec.nth or 1, self._spec.before or 0
        found = stream.find(phrase, nth)
        if isinstance(found, PhraseMissing):
            raise ExcerptError("excerpt.find", *self._not_found(phrase, nth, found))
        if before > found.token:
            raise ExcerptError(
                "excerpt.before",
                f"{before} tokens are more than stand before the phrase",
                f"at most {found.token} is right",
            )
        return found.token - before

    def _not_found(self, phrase: str, nth: int, missed: PhraseMissing) -> tuple[str, str]:
        searched = f"the {missed.searched:,} characters of {self._where}"
        if missed.hits:
            times = "once" if missed.hits == 1 else f"{missed.hits} times"
            return f"{phrase!r} stands {times} in {searched}", f"`nth` {nth} is too many"
        near = missed.nearest
        remedy = f"{near!r} does" if near else "a phrase just as the text has it is right"
        return f"{phrase!r} does not stand in {searched}", remedy

    def _too_short(self, first: int, length: int, count: int) -> tuple[str, str, str]:
        where = self._where
        if not count:
            return "excerpt", f"{where} is empty", "a text is right"
        if first >= count:
            what = f"{first} is beyond the {count} tokens of {where}"
            return "excerpt.start", what, f"at most {count - 1} is right"
        there = count - first
        what = f"{length} tokens{self._beside()} are more than the {there} of {where}"
        from_there = f" from token {first} on" if first else ""
        most = f"at most {there + len(self._special)} is right"
        return "excerpt.length", what + from_there, most

    def _beside(self) -> str:
        return f" beside {' '.join(self._special.names)}" if self._special else ""

    @property
    def _where(self) -> str:
        parts = [part for part in (self._source.config, self._source.split) if part]
        row = [f"row {self._spec.row}"] if self._spec.row is not None and parts else []
        about = f" ({', '.join(parts + row)})" if parts else ""
        return self._source.name + about

    def _origin(self, first: int) -> Origin:
        spec, source = self._spec, self._source
        own = spec.text is not None
        return Origin(
            kind="text" if own else "dataset",
            tokenizer=self._tokenizer.name,
            dataset=None if own else source.name,
            title=source.title,
            hub=source.hub,
            config=source.config,
            split=source.split,
            field=spec.field,
            revision=source.revision,
            row=spec.row,
            find=spec.find,
            start=first,
            join=self._join,
            clean=self._clean,
            bos=bool(spec.bos),
            assumed_pattern=self._tokenizer.assumed_pattern,
        )


def windows_apart(count: int, length: int, total: int, *, seed: int) -> list[int]:
    """Where windows begin that do not overlap: each such choice is as likely as another.

    Windows shrunk to one token each are ``count`` different places of those left, drawn as
    Bentley and Floyd (1987) do, from what Python promises to be the same everywhere.
    """
    generator = random.Random(seed)  # noqa: S311 - nothing here is secret
    places: set[int] = set()
    left = total - count * (length - 1)
    for last in range(left - count, left):
        place = int(generator.random() * (last + 1))
        places.add(last if place in places else place)
    return [place + index * (length - 1) for index, place in enumerate(sorted(places))]


def _own_text(text: str) -> TextSource:
    def rows() -> Iterator[Row]:
        """The text as the only row."""
        yield (text,)

    return TextSource(name="the text", rows=rows, join=None)


def _empty_row(number: int, later: Iterator[Row]) -> tuple[str, str]:
    """What is wrong with a blank row, and which is the next that is not blank."""
    rows = enumerate(later, start=number + 1)
    after = next((index for index, row in rows if "".join(row).strip()), None)
    remedy = "no later row has text" if after is None else f"the next row with text is {after}"
    return f"row {number} is empty", remedy
