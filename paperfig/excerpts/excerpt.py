"""A spec's excerpt: the ids that the model is given, and the text behind them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from paperfig.errors import ExcerptError
from paperfig.excerpts.ids import random_ids, random_length, read_ids
from paperfig.excerpts.labels import readable, token_labels, token_offsets
from paperfig.excerpts.reader import TextReader
from paperfig.excerpts.run import TokenRun, check_length
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import NO_TOKEN, Excerpt, Sample
from paperfig.values.positions import span_of
from paperfig.values.tokens import Span, Tokens

DEFAULT_LENGTH = 128


def read_excerpt(
    spec: ExcerptSpec,
    tokenizer: Tokenizer | None,
    *,
    root: Path,
    context: int | None,
    vocab_size: int,
    trained_on_clean: bool,
) -> Excerpt | Sample:
    """The tokens that the spec asks for, one run of them or several.

    Text is tokenised first and sliced then: the record with ``row``, else the stream that
    the rows of the split make, read only as far as needed. ``none`` joins rows by nothing;
    ``blank-line`` parts rows by a blank line and leaves blank rows out; ``eos`` tokenises
    each row that is not blank on its own and puts the end-of-text token behind it. Each
    file of a folder of .txt files is a row. WikiText's rows keep their line ends and are
    joined by ``none``, or by ``blank-line`` after the VFE clean-up; others by
    ``blank-line``.

    Without ``length`` a ``text`` and a ``row`` are whole, and of a stream 128 tokens are
    taken, or fewer where it or the context ends. Around a text stand the special tokens that
    the tokenizer puts there, which have no text: ``length`` counts them, and cuts none of
    them off. Where a window cuts a character, its bytes are shown as ``<E2 80>``. A vocabulary
    is restricted last: tokens outside it are UNK, and the text stays what it is.

    With ``count`` the stream is read to its end, and windows are drawn from it that share
    no token; or random ids are drawn so many times. With ``rows`` each row that has text is
    an excerpt, as it is with ``row``; they may be of unlike lengths.

    Example:
        >>> from paperfig.excerpts.tokenizers.vocabulary import bytes_tokenizer
        >>> excerpt = read_excerpt(
        ...     ExcerptSpec(text="At the weir, the keeper waits.", find="weir", length=4),
        ...     bytes_tokenizer(),
        ...     root=Path(),
        ...     context=64,
        ...     vocab_size=256,
        ...     trained_on_clean=False,
        ... )
        >>> excerpt.text, excerpt.tokens.labels, excerpt.token_ids.tolist()
        ('weir', ('w', 'e', 'i', 'r'), [119, 101, 105, 114])

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
    key, runs = _read(
        spec, tokenizer, root=root, limits=limits, trained_on_clean=trained_on_clean
    )
    for run in runs:
        check_length(key, len(run.ids), context, row=run.origin.row if spec.rows else None)
        if tokenizer is not None:
            run.check_vocabulary(tokenizer, vocab_size)
    if spec.count is not None or spec.rows is not None:
        sample = _sample(runs, spec, tokenizer)
        return replace(sample, spans=_spans(spec, sample.common_keys))
    (run,) = runs
    tokens = _tokens(run, tokenizer)
    return Excerpt(
        tokens=replace(tokens, spans=_spans(spec, tokens)),
        origin=run.origin,
        unknown=run.count_unknown(tokenizer),
    )


def _tokens(run: TokenRun, tokenizer: Tokenizer | None) -> Tokens:
    labels = token_labels(run.ids, tokenizer) if tokenizer else map(str, run.ids)
    pieces = run.pieces
    return Tokens(
        labels=tuple(labels),
        ids=np.asarray(run.ids, dtype=np.int64),
        text=None if pieces is None else readable(b"".join(pieces)),
        offsets=None if pieces is None else np.array(token_offsets(pieces)),
    )


def _spans(spec: ExcerptSpec, tokens: Tokens) -> dict[str, Span]:
    """The stretches that the spec names."""
    return {
        name: span_of(position, tokens, where=f"excerpt.spans.{name}")
        for name, position in spec.spans.items()
    }


def _sample(runs: Sequence[TokenRun], spec: ExcerptSpec, tokenizer: Tokenizer | None) -> Sample:
    """The runs together: rows as they are named, windows and draws by their seed."""
    of_each = [run.origin for run in runs]
    ids = np.full((len(runs), max(len(run.ids) for run in runs)), NO_TOKEN, dtype=np.int64)
    for place, run in enumerate(runs):
        ids[place, : len(run.ids)] = run.ids
    rows = tuple(origin.row for origin in of_each if origin.row is not None)
    starts = tuple(origin.start for origin in of_each if origin.start is not None)
    origin = replace(
        of_each[0],
        start=None,
        row=None,
        rows=rows,
        starts=() if rows else starts,
        seed=None if rows else spec.seed or 0,
    )
    unknown = sum(run.count_unknown(tokenizer) for run in runs)
    return Sample(token_ids=ids, origin=origin, unknown=unknown)


def _read(
    spec: ExcerptSpec,
    tokenizer: Tokenizer | None,
    *,
    root: Path,
    limits: tuple[int | None, int],
    trained_on_clean: bool,
) -> tuple[str, Sequence[TokenRun]]:
    """The key that an error about the length names, and the runs that the spec asks for."""
    context, vocab_size = limits
    if spec.ids is not None:
        return "excerpt.ids", [read_ids(spec, tokenizer, root=root, vocab_size=vocab_size)]
    if spec.random is not None:
        check_length("excerpt.random", random_length(spec, tokenizer), context)
        drawn = random_ids(spec, tokenizer, vocab_size=vocab_size)
        return "excerpt.random", list(islice(drawn, spec.count or 1))
    if tokenizer is None:
        raise ExcerptError("tokenizer", "a text needs one", "only `ids` and `random` do not")
    default = DEFAULT_LENGTH if context is None else min(DEFAULT_LENGTH, context)
    length = default if spec.length is None else spec.length
    check_length("excerpt.length", length, context)
    reader = TextReader(spec, tokenizer, root=root, trained_on_clean=trained_on_clean)
    if spec.count is not None:
        return "excerpt.length", reader.sample(length, spec.count, seed=spec.seed or 0)
    if spec.rows is not None:
        key = "excerpt.rows" if spec.length is None else "excerpt.length"
        return key, reader.rows(spec.rows, spec.length)
    is_whole = spec.length is None and (spec.text is not None or spec.row is not None)
    return "excerpt.length", [reader.read(None if is_whole else length)]


def _check_restriction(tokenizer: Tokenizer | None, vocab_size: int) -> None:
    """Refuses a vocabulary that was cut to another size than the model's."""
    if tokenizer and tokenizer.restriction and tokenizer.n_vocab != vocab_size:
        raise ExcerptError(
            "tokenizer.vocabulary.size",
            f"{tokenizer.n_vocab} is not the {vocab_size} of the model's vocabulary",
            f"{vocab_size} is right, if the model was trained on this data set",
        )
