"""A spec's excerpt: the ids that the model is given, and the text behind them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from paperfig.errors import ExcerptError
from paperfig.excerpts.ids import random_ids, random_length, read_ids
from paperfig.excerpts.labels import readable, token_labels
from paperfig.excerpts.reader import TextReader
from paperfig.excerpts.reading import Reading
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import Excerpt, Sample

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
    trained_on_clean: bool,
) -> Excerpt | Sample:
    """The tokens that the spec asks for, one run of them or with ``count`` several.

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

    With ``count`` the stream is read to its end, and windows are drawn from it that share
    no token; or random ids are drawn so many times.

    Args:
        spec: which text.
        tokenizer: None only for ``ids`` and ``random``, whose tokens are then shown by
            their ids and have no text.
        root: what relative paths start from.
        context: how many tokens the model takes at most; None for any number.
        vocab_size: how many ids the model knows.
        trained_on_clean: whether the model was trained on WikiText after the VFE projects'
            clean-up, which is then the default.

    Raises:
        ExcerptError: the text is not there, is too short, or does not fit the model.
    """
    _check_restriction(tokenizer, vocab_size)
    limits = (context, vocab_size)
    key, readings = _read(
        spec, tokenizer, root=root, limits=limits, trained_on_clean=trained_on_clean
    )
    _check_length(key, len(readings[0].ids), context)
    for reading in readings:
        _check_vocabulary(reading, tokenizer, vocab_size)
    if spec.count is not None:
        return _sample(readings, spec.seed or 0, tokenizer)
    (reading,) = readings
    labels = token_labels(reading.ids, tokenizer) if tokenizer else map(str, reading.ids)
    return Excerpt(
        token_ids=np.asarray(reading.ids, dtype=np.int64),
        tokens=tuple(labels),
        text=None if reading.content is None else readable(reading.content),
        origin=reading.origin,
        unknown=_unknown(reading, tokenizer),
    )


def _sample(readings: Sequence[Reading], seed: int, tokenizer: Tokenizer | None) -> Sample:
    origin = readings[0].origin
    starts = (reading.origin.start for reading in readings)
    return Sample(
        token_ids=np.array([reading.ids for reading in readings], dtype=np.int64),
        origin=replace(
            origin,
            start=None,
            seed=seed,
            starts=tuple(start for start in starts if start is not None),
        ),
        unknown=sum(_unknown(reading, tokenizer) for reading in readings),
    )


def _read(
    spec: ExcerptSpec,
    tokenizer: Tokenizer | None,
    *,
    root: Path,
    limits: tuple[int | None, int],
    trained_on_clean: bool,
) -> tuple[str, Sequence[Reading]]:
    """What the spec's form reads, run by run, with the key that an error names."""
    context, vocab_size = limits
    if spec.ids is not None:
        return "excerpt.ids", [read_ids(spec, tokenizer, root=root, vocab_size=vocab_size)]
    if spec.random is not None:
        _check_length("excerpt.random", random_length(spec), context)
        drawn = random_ids(spec, tokenizer, vocab_size=vocab_size)
        return "excerpt.random", list(islice(drawn, spec.count or 1))
    if tokenizer is None:
        raise ExcerptError("tokenizer", "a text needs one", "only `ids` and `random` do not")
    default = DEFAULT_LENGTH if context is None else min(DEFAULT_LENGTH, context)
    length = default if spec.length is None else spec.length
    _check_length("excerpt.length", length, context)
    reader = TextReader(spec, tokenizer, root=root, trained_on_clean=trained_on_clean)
    if spec.count is not None:
        return "excerpt.length", reader.sample(length, spec.count, seed=spec.seed or 0)
    return "excerpt.length", [reader.read(length)]


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
