"""What the model is given: token ids, their text, and where they are from.

>>> tokens = Tokens(labels=("The", " lamp"), ids=np.array([464, 20450]))
>>> origin = Origin(kind="text", tokenizer="gpt2")
>>> excerpt = Excerpt(tokens=tokens, text="The lamp", origin=origin)
>>> excerpt.token_ids.tolist(), excerpt.is_sampled
([464, 20450], False)
>>> sample = Sample(token_ids=np.array([[5, 1], [7, 2]]), origin=origin)
>>> len(sample.runs), sample.tokens.labels
(2, ('0', '1'))
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int64

from paperfig.values.tokens import Tokens, positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an excerpt is from, as far as a caption or a record must tell it.

    Attributes:
        kind: which of the excerpt's forms the spec used.
        dataset: the data set as the spec names it, else None.
        title: the name of the data set in the literature, where it has one (``WikiText-2``).
        name: what the authors call the text or its data set, where they say it.
        hub: the data set's name on the Hub; None for local files.
        revision: the commit of the Hub's data set that was read.
        row: the record that was read, counted from 0, where the excerpt is of one.
        start: offset of the first token in the split's stream (or in the row), from 0.
        join: how rows were joined into the stream (``none``, ``blank-line``, ``eos``).
        clean: the clean-up that the text went through (``none`` or ``vfe``).
        seed: of random ids, or of where several excerpts begin.
        repeat: how often a block of random ids is repeated, where it is.
        starts: of several excerpts of a data set, what ``start`` is of one.
        tokenizer: the tokenizer's name.
        assumed_pattern: whether a ``.tiktoken`` file left its pattern unsaid.
    """

    kind: Literal["text", "dataset", "random", "ids"]
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
    assumed_pattern: bool = False
    starts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excerpt:
    """A run of tokens.

    Attributes:
        tokens: as the model is given them, each with its id.
        text: the decoded text of all tokens together, character for character; None
            where the ids have no text (random ids without a tokenizer).
        unknown: how many tokens lie outside a restricted vocabulary.
        origin: where it is from.
    """

    tokens: Tokens
    text: str | None
    origin: Origin
    unknown: int = 0

    def __post_init__(self) -> None:
        if self.tokens.ids is None:
            raise ValueError("the tokens of an excerpt have ids")

    @property
    def token_ids(self) -> Int64[np.ndarray, " token"]:
        """The ids that the model is given."""
        assert self.tokens.ids is not None, "checked"
        return self.tokens.ids

    @property
    def runs(self) -> tuple[Int64[np.ndarray, " token"], ...]:
        """The ids of the only run of tokens."""
        return (self.token_ids,)

    @property
    def is_sampled(self) -> bool:
        """Whether there are several runs; here there is one."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Several runs of tokens of one length, drawn by a seed.

    Attributes:
        token_ids: the ids that the model is given, run by run.
        unknown: how many tokens of all runs lie outside a restricted vocabulary.
        origin: where they are from.
    """

    token_ids: Int64[np.ndarray, "run token"]
    origin: Origin
    unknown: int = 0

    @property
    def runs(self) -> tuple[Int64[np.ndarray, " token"], ...]:
        """The ids of each run."""
        return tuple(self.token_ids)

    @property
    def tokens(self) -> Tokens:
        """The positions, since each run has another token there."""
        return positions(self.token_ids.shape[1])

    @property
    def text(self) -> None:
        """None: there is no one text."""

    @property
    def is_sampled(self) -> bool:
        """Whether there are several runs; here there are."""
        return True
