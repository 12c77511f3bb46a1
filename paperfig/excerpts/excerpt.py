"""A spec's excerpt: the ids that the model is given, and the text behind them."""

from pathlib import Path

import numpy as np

from paperfig.errors import ExcerptError
from paperfig.excerpts.given import random_ids, random_length, read_ids
from paperfig.excerpts.labels import readable, token_labels
from paperfig.excerpts.reader import TextReader
from paperfig.excerpts.reading import Reading
from paperfig.excerpts.vocabulary import Tokenizer
from paperfig.spec.schema import ExcerptSpec
from paperfig.values.excerpt import Excerpt

DEFAULT_LENGTH = 128
MOST_TOKENS = 1 << 15
"""Where the model has no limit of its own: a head's weights then are 4 GiB."""


def read_excerpt(
    spec: ExcerptSpec,
    tokenizer: Tokenizer | None,
    *,
    root: Path,
    context: int | None,
    vocab_size: int,
    family: str,
) -> Excerpt:
    """The tokens that the spec asks for.

    Text is tokenised first and sliced then: the record with ``row``, else the stream that
    the rows of the split make, read only as far as needed. ``none`` joins rows by nothing;
    ``blank-line`` parts rows by a blank line and leaves blank rows out; ``eos`` tokenises
    each row that is not blank on its own and puts the end-of-text token behind it. Each
    file of a folder of .txt files is a row. WikiText's rows keep their line ends and are
    joined by ``none``, or by ``blank-line`` after the VFE clean-up; others by
    ``blank-line``.

    ``length`` counts all tokens, also the one that ``bos`` puts in front, which has no
    text. Where a window cuts a character, its bytes are shown as ``<E2 80>``. A vocabulary
    is restricted last: tokens outside it are UNK, and the text stays what it is.

    Args:
        spec: which text.
        tokenizer: None only for ``ids`` and ``random``, whose tokens are then shown by
            their ids and have no text.
        root: what relative paths start from.
        context: how many tokens the model takes at most; None for any number.
        vocab_size: how many ids the model knows.
        family: the model's family; those that begin with ``vfe`` were trained on WikiText
            after a clean-up, which is the default for them.

    Raises:
        ExcerptError: the text is not there, is too short, or does not fit the model.
    """
    _check_restriction(tokenizer, vocab_size)
    key, reading = _read(
        spec, tokenizer, root=root, limits=(context, vocab_size), family=family
    )
    _check_length(key, len(reading.ids), context)
    _check_vocabulary(reading, tokenizer, vocab_size)
    labels = token_labels(reading.ids, tokenizer) if tokenizer else map(str, reading.ids)
    return Excerpt(
        token_ids=np.asarray(reading.ids, dtype=np.int64),
        tokens=tuple(labels),
        text=None if reading.content is None else readable(reading.content),
        origin=reading.origin,
        unknown=_unknown(reading, tokenizer),
    )


def _read(
    spec: ExcerptSpec,
    tokenizer: Tokenizer | None,
    *,
    root: Path,
    limits: tuple[int | None, int],
    family: str,
) -> tuple[str, Reading]:
    """What the spec's form reads, with the key that an error names."""
    context, vocab_size = limits
    if spec.ids is not None:
        return "excerpt.ids", read_ids(spec, tokenizer, root=root, vocab_size=vocab_size)
    if spec.random is not None:
        _check_length("excerpt.random", random_length(spec), context)
        return "excerpt.random", random_ids(spec, tokenizer, vocab_size=vocab_size)
    if tokenizer is None:
        raise ExcerptError("tokenizer", "a text needs one", "only `ids` and `random` do not")
    default = DEFAULT_LENGTH if context is None else min(DEFAULT_LENGTH, context)
    length = default if spec.length is None else spec.length
    _check_length("excerpt.length", length, context)
    return "excerpt.length", TextReader(spec, tokenizer, root=root, family=family).read(length)


def _check_length(key: str, length: int, context: int | None) -> None:
    if context is None and length > MOST_TOKENS:
        raise ExcerptError(
            key,
            f"{length} tokens are more than a map can show",
            f"at most {MOST_TOKENS} is right",
        )
    if context is not None and length > context:
        raise ExcerptError(
            key,
            f"{length} tokens are more than the model's context of {context}",
            f"at most {context} is right",
        )


def _check_restriction(tokenizer: Tokenizer | None, vocab_size: int) -> None:
    """Refuses a vocabulary that was cut to another size than the model's."""
    if tokenizer and tokenizer.restriction and tokenizer.n_vocab != vocab_size:
        raise ExcerptError(
            "tokenizer.vocabulary.size",
            f"{tokenizer.n_vocab} is not the {vocab_size} of the model's vocabulary",
            f"{vocab_size} is right, if the model was trained on this data set",
        )


def _unknown(reading: Reading, tokenizer: Tokenizer | None) -> int:
    """How many tokens lie outside a restricted vocabulary."""
    restriction = tokenizer.restriction if tokenizer else None
    return list(reading.ids).count(restriction.unknown) if restriction else 0


def _check_vocabulary(reading: Reading, tokenizer: Tokenizer | None, vocab_size: int) -> None:
    """Refuses what a tokenizer makes and the model does not know."""
    for place, token_id in enumerate(reading.ids if tokenizer else ()):
        if tokenizer and token_id >= vocab_size:
            raise ExcerptError(
                "tokenizer",
                f"{tokenizer.name} makes id {token_id} of token {place}, and the model knows "
                f"0 to {vocab_size - 1}",
                "the tokenizer that the model was trained with is right",
            )
