"""What the model is given: token ids, their text, and where they are from.

>>> tokens = Tokens(labels=("The", " lamp"), ids=np.array([464, 20450]), text="The lamp")
>>> origin = Origin(kind="text", tokenizer="gpt2")
>>> excerpt = Excerpt(tokens=tokens, origin=origin)
>>> excerpt.token_ids.tolist(), excerpt.text, excerpt.is_sampled
([464, 20450], 'The lamp', False)
>>> sample = Sample(token_ids=np.array([[5, 1], [7, 2]]), origin=origin)
>>> len(sample.runs), sample.tokens.labels
(2, ('0', '1'))
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Int64

from paperfig.values.tokens import Span, Tokens, positions

NO_TOKEN = -1
"""Fills up the ids of a run that is shorter than others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an excerpt is from, as far as a caption or a record must tell it.

    Attributes:
        kind: which of the excerpt's forms the spec used; ``given`` with attention that was
            computed elsewhere.
        dataset: the data set as the spec names it, else None.
        title: the name of the data set in the literature, where it has one (``WikiText-2``).
        name: what the authors call the text or its data set, where they say it.
        hub: the data set's name on the Hub; None for local files.
        config: the data set's configuration.
        split: its split.
        field: the column that holds the text, where the spec names it.
        revision: the commit of the Hub's data set that was read.
        row: the record that was read, counted from 0, where the excerpt is of one.
        find: the phrase that was looked for.
        start: offset of the first token in the split's stream (or in the row), from 0.
        join: how rows were joined into the stream (``none``, ``blank-line``, ``eos``).
        clean: the clean-up that the text went through (``none`` or ``vfe``).
        seed: of random ids, or of where several excerpts begin.
        repeat: how often a block of random ids is repeated, where it is.
        bos: whether a token that begins a text was asked for in front.
        special_tokens: the names of the tokens that were put around the text, in order.
        starts: of several excerpts of a data set, what ``start`` is of one.
        rows: of excerpts that are a row each, the number of each row, from 0.
        row_range: the first and the last row that were asked for; None where all were.
        blank_rows: how many of those asked for have no text, and are none of ``rows``.
        tokenizer: the tokenizer's name.
        assumed_pattern: whether a ``.tiktoken`` file left its pattern unsaid.
    """

    kind: Literal["text", "dataset", "random", "ids", "given"]
    tokenizer: str
    dataset: str | None = None
    title: str | None = None
    name: str | None = None
    hub: str | None = None
    config: str | None = None
    split: str | None = None
    field: str | None = None
    revision: str | None = None
    row: int | None = None
    find: str | None = None
    start: int | None = None
    join: str | None = None
    clean: str = "none"
    seed: int | None = None
    repeat: int | None = None
    bos: bool = False
    special_tokens: tuple[str, ...] = ()
    assumed_pattern: bool = False
    starts: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    row_range: tuple[int, int] | None = None
    blank_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excerpt:
    """A run of tokens.

    Attributes:
        tokens: as the model is given them, each with its id where that is known, and their
            text if they have one.
        key_tokens: the tokens of the keys, where they are of another text.
        unknown: how many tokens lie outside a restricted vocabulary.
        origin: where it is from.
    """

    tokens: Tokens
    origin: Origin
    unknown: int = 0
    key_tokens: Tokens | None = None

    @property
    def token_ids(self) -> Int64[np.ndarray, " token"] | None:
        """The ids that the model is given; None where the attention was given without."""
        return self.tokens.ids

    @property
    def keys(self) -> Tokens:
        """The tokens of the keys."""
        return self.tokens if self.key_tokens is None else self.key_tokens

    @property
    def text(self) -> str | None:
        """The decoded text of all tokens; None where the ids have none."""
        return self.tokens.text

    @property
    def runs(self) -> tuple[Int64[np.ndarray, " token"], ...]:
        """The ids of the only run of tokens; without, numbers that are equal where tokens are.

        All are different where nothing is known of the tokens.
        """
        known = self.tokens.identities
        return (np.arange(len(self.tokens)) if known is None else known,)

    @property
    def lengths(self) -> tuple[int, ...]:
        """How many tokens the only run has."""
        return (len(self.tokens),)

    @property
    def common_keys(self) -> Tokens:
        """The keys that positions are counted among: those of the only run."""
        return self.keys

    def axes(self, run: int) -> tuple[Tokens, Tokens]:  # noqa: ARG002 - there is one
        """The tokens of the queries of a run, and of its keys."""
        return self.tokens, self.keys

    @property
    def is_sampled(self) -> bool:
        """Whether there are several runs; here there is one."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Several runs of tokens, drawn by a seed or each a row of a data set.

    Rows may be of unlike lengths:

    >>> sample = Sample(
    ...     token_ids=np.array([[5, 1, 4], [7, 2, NO_TOKEN]]),
    ...     origin=Origin(kind="dataset", tokenizer="gpt2", rows=(0, 1)),
    ... )
    >>> [run.tolist() for run in sample.runs], len(sample.tokens), len(sample.common_keys)
    ([[5, 1, 4], [7, 2]], 3, 2)

    Attributes:
        token_ids: the ids that the model is given, run by run; `NO_TOKEN` behind the last of
            one that is shorter than the longest.
        unknown: how many tokens of all runs lie outside a restricted vocabulary.
        origin: where they are from.
        spans: stretches of every run that have a name.
    """

    token_ids: Int64[np.ndarray, "run token"]
    origin: Origin
    unknown: int = 0
    spans: Mapping[str, Span] = field(default_factory=dict)

    @property
    def runs(self) -> tuple[Int64[np.ndarray, " _"], ...]:
        """The ids of each run."""
        return tuple(
            ids[:length] for ids, length in zip(self.token_ids, self.lengths, strict=True)
        )

    @property
    def lengths(self) -> tuple[int, ...]:
        """How many tokens each run has."""
        lengths: list[int] = (self.token_ids != NO_TOKEN).sum(axis=1).tolist()
        return tuple(lengths)

    @property
    def tokens(self) -> Tokens:
        """The positions of the longest run, since each has another token there."""
        return positions(self.token_ids.shape[1], self.spans)

    @property
    def common_keys(self) -> Tokens:
        """The positions that every run has."""
        return positions(min(self.lengths), self.spans)

    def axes(self, run: int) -> tuple[Tokens, Tokens]:
        """The positions of a run, as queries and as keys."""
        places = positions(self.lengths[run], self.spans)
        return places, places

    @property
    def keys(self) -> Tokens:
        """The tokens of the keys: the same positions."""
        return self.tokens

    @property
    def text(self) -> None:
        """None: there is no one text."""

    @property
    def is_sampled(self) -> bool:
        """Whether there are several runs; here there are."""
        return True
