"""Excerpts of text: a window of the tokens that a text, a row or a split makes."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from paperfig.excerpts.rows import RowsAsked, check_several, is_blank, only_row, rows_asked
from paperfig.excerpts.run import TokenRun, special_tokens
from paperfig.excerpts.sources.format import Row
from paperfig.excerpts.sources.source import TextSource, open_source
from paperfig.excerpts.stream import PhraseMissing, StoredTokens, StreamTokens, TokenStream
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.excerpts.windows import windows_apart
from paperfig.kinds.fields import MOST_EXCERPTS
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
        self._clean_up = (
            vfe_cleaner(lambda: piece_after_piece(self._source.rows()))
            if self._clean == "vfe"
            else None
        )
        cleaned_rows = self._source.vfe and self._clean == "vfe"
        join = spec.join or ("blank-line" if cleaned_rows else self._source.join)
        self._join = join if spec.row is None and spec.rows is None else None
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
        return self._run(found.ids, found.pieces if has_text else None, self._origin(first))

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
            self._run(stream.window(first, length).ids, None, self._origin(first))
            for first in windows_apart(count, length, total, seed=seed)
        ]

    def rows(self, asked: RowsAsked, length: int | None) -> list[TokenRun]:
        """A run for each row with text of those that are asked for, in their order.

        Args:
            asked: which rows.
            length: of each, as in `read`; None for whole rows.

        Raises:
            ExcerptError: a row is too short or not there, or fewer than two have text.
        """
        own = None if length is None else self._special.left_of(length)
        found: dict[int, Sequence[int]] = {}
        seen = 0
        with working(f"reading {self._where}", self._source.size, BYTES) as advance:
            rows = self._source.rows_told(advance)
            for number, row in rows_asked(asked, rows, key="excerpt.rows", where=self._where):
                seen += 1
                if ids := self._ids_of_row(row, own):
                    found[number] = ids
                if len(found) > MOST_EXCERPTS:
                    break
        check_several([*found], where=self._where)
        self._check_shortest(found, own)
        read = replace(
            self._origin(0),
            row_range=None if asked == "all" else asked,
            blank_rows=seen - len(found),
        )
        return [self._run(ids, None, replace(read, row=at)) for at, ids in found.items()]

    def _ids_of_row(self, row: Row, length: int | None) -> Sequence[int]:
        """The first tokens of a row's text, or all; none of a blank one."""
        (pieces,) = map(list, self._cleaned([row]))
        if is_blank(pieces):
            return []
        stream = TokenStream([pieces], self._base, where=self._where)
        return stream.window(0, stream.count() if length is None else length).ids

    def _check_shortest(self, found: Mapping[int, Sequence[int]], length: int | None) -> None:
        """Nothing where each row has so many tokens."""
        shortest = min(found, key=lambda number: len(found[number]))
        there = len(found[shortest])
        if length is not None and there < length:
            of_row = f"the {there} of row {shortest} of {self._where}"
            what = f"{length} tokens{self._beside()} are more than {of_row}"
            most = f"at most {there + len(self._special)} is right"
            raise ExcerptError("excerpt.length", what, most)

    def _run(
        self, ids: Sequence[int], pieces: Sequence[bytes] | None, origin: Origin
    ) -> TokenRun:
        kept = self._restriction.of(ids) if self._restriction else ids
        return self._special.around(kept, pieces, origin)

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
            documents = [only_row(self._spec.row, rows, where=self._where)]
        elif self._join == "eos":
            documents, end = not_blank(rows), self._end_of_text()
        elif self._join == "blank-line":
            documents = [blank_line_between(rows)]
        else:
            documents = [piece_after_piece(rows)]
        return self._cleaned(documents), end

    def _cleaned(self, documents: Iterable[Row]) -> Iterable[Row]:
        """The documents, after the clean-up that is asked for."""
        return cleaned(documents, self._clean_up) if self._clean_up else documents

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


def _own_text(text: str) -> TextSource:
    def rows() -> Iterator[Row]:
        """The text as the only row."""
        yield (text,)

    return TextSource(name="the text", rows=rows, join=None)
