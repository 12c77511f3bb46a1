"""Token ids that a program holds, as an excerpt."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import prod
from numbers import Integral
from operator import itemgetter
from typing import Any

import numpy as np
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.excerpts.labels import readable, token_offsets
from paperfig.excerpts.tokenizers.restricted import UNKNOWN
from paperfig.excerpts.tokenizers.size import tables
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.tokens import Tokens

ROWS = (
    "attention_mask",
    "token_type_ids",
    "position_ids",
    "decoder_input_ids",
    "decoder_attention_mask",
)
"""What a model of transformers may be given beside ``input_ids``, a number a token."""

_UNKNOWN_IDS = ("unk_token_id", "unk_id", "_unk_id")
"""Attributes in which tokenizers, and the VFE projects' data sets, keep it."""


def first_sequence(batch: Any, *, where: str = "sample_batch") -> Int64[np.ndarray, " token"]:
    """The ids of the first sequence of a batch.

    Args:
        batch: token ids (batch, token) or (token,), an array, a tensor or a list; or a tuple
            whose first entry they are, or a mapping with ``input_ids``.
        where: what messages call it.

    Raises:
        AttentionError: it holds no token ids.
    """
    if isinstance(batch, Mapping):
        batch = batch.get("input_ids")
    while isinstance(batch, tuple | list) and batch and not isinstance(batch[0], Integral):
        batch = batch[0]
    ids = np.asarray(batch.cpu() if hasattr(batch, "cpu") else batch)
    if not np.issubdtype(ids.dtype, np.integer):
        raise AttentionError(where, f"its values are {ids.dtype}", "token ids are right")
    if not ids.ndim or not ids.size:
        right = "(batch, token) or (token,) is right"
        raise AttentionError(where, f"its shape is {ids.shape}", right)
    sequence: Int64[np.ndarray, " token"] = ids.reshape(-1, ids.shape[-1])[0].astype(np.int64)
    return sequence


def only_rows(ids: Any, *, where: str = "ids") -> Mapping[str, Int64[np.ndarray, " token"]]:
    """The rows of one sequence, under the names that transformers has for them.

    Args:
        ids: token ids, (token,) or (1, token), or a mapping with ``input_ids``, such as what
            a tokenizer returns, of which the entries that `ROWS` names count.
        where: what messages call it.

    Raises:
        AttentionError: it holds no token ids, or several sequences.
    """
    count = _sequences(ids.get("input_ids") if isinstance(ids, Mapping) else ids)
    if count > 1:
        what = f"it holds {count} sequences, and 1 is drawn"
        raise AttentionError(where, what, "(1, token) or (token,) is right")
    return first_rows(ids, where=where)


def first_rows(
    batch: Any, *, where: str = "sample_batch"
) -> Mapping[str, Int64[np.ndarray, " token"]]:
    """The same of the first sequence of a batch."""
    rows = {"input_ids": first_sequence(batch, where=where)}
    if isinstance(batch, Mapping):
        given = {key: batch[key] for key in ROWS if batch.get(key) is not None}
        rows |= {key: _row(value, key, len(rows["input_ids"])) for key, value in given.items()}
    return rows


def _sequences(ids: Any) -> int:
    """How many sequences there are, whatever axes stand before that of the tokens."""
    if isinstance(ids, tuple | list) and ids and not isinstance(ids[0], Integral):
        return sum(map(_sequences, ids))
    return prod(getattr(ids, "shape", ())[:-1])


def _row(given: Any, where: str, count: int) -> Int64[np.ndarray, " token"]:
    """What goes with each token of the first sequence; with a decoder's, as many as it has.

    Raises:
        AttentionError: it is no row, or not as long as the sequence.
    """
    array = np.asarray(given.cpu() if hasattr(given, "cpu") else given)
    row: Int64[np.ndarray, " token"] = np.atleast_2d(array)[0].astype(np.int64)
    if row.ndim > 1 or (len(row) != count and not where.startswith("decoder")):
        what = f"its shape is {array.shape} for {count} tokens"
        raise AttentionError(where, what, f"(1, {count}) is right")
    return row


def excerpt_of(
    ids: Int64[np.ndarray, " token"], tokenizer: Any, *, source: str | None = None
) -> Excerpt:
    """The ids with their labels and their text.

    Tokens that the tokenizer has no text for, such as those outside the restricted vocabulary
    of a loader's data set, are shown as UNK and counted.

    Args:
        ids: what the model is given.
        tokenizer: anything with ``decode(ids)``; of a tiktoken encoding exact bytes are shown.
            None, where there is none: the ids themselves are shown, and have no text.
        source: what captions call the text.
    """
    if tokenizer is None:
        tokens = Tokens(labels=tuple(map(str, ids.tolist())), ids=ids)
        return Excerpt(tokens=tokens, origin=Origin(kind="ids", tokenizer="none", name=source))
    origin = Origin(kind="ids", tokenizer=type(tokenizer).__name__, name=source)
    each = getattr(tokenizer, "decode_single_token_bytes", None)
    if each is not None:
        pieces = [each(int(index)) for index in ids]
        labels, text = tuple(map(readable, pieces)), readable(b"".join(pieces))
        offsets = np.array(token_offsets(pieces))
        tokens = Tokens(labels=labels, ids=ids, text=text, offsets=offsets)
        return Excerpt(tokens=tokens, origin=origin)
    lost = _unknown_ids(tokenizer)
    decoded = [str(tokenizer.decode([index])) for index in ids.tolist()]
    is_known = [
        bool(label) and index not in lost
        for label, index in zip(decoded, ids.tolist(), strict=True)
    ]
    labels = tuple(
        label if known else UNKNOWN for label, known in zip(decoded, is_known, strict=True)
    )
    tokens = Tokens(labels=labels, ids=ids, text=_text(ids.tolist(), is_known, tokenizer))
    return Excerpt(tokens=tokens, origin=origin, unknown=is_known.count(False))


def _unknown_ids(tokenizer: Any) -> set[int]:
    """The ids that a tokenizer says are of unknown tokens."""
    said = (getattr(tokenizer, name, None) for name in _UNKNOWN_IDS)
    return {index for index in said if type(index) is int}


def _text(ids: Sequence[int], is_known: Sequence[bool], tokenizer: Any) -> str:
    """What is known decoded together, and UNK as a word of its own between."""
    text = ""
    for known, run in groupby(zip(is_known, ids, strict=True), key=itemgetter(0)):
        if known:
            text += str(tokenizer.decode([index for _, index in run]))
            continue
        for _ in run:
            text += UNKNOWN if not text or text[-1].isspace() else f" {UNKNOWN}"
    return text


def check_tokenizer(tokenizer: Any, rows: int | None) -> None:
    """Refuses a tokenizer that cannot be the model's, by how many ids it has.

    Args:
        tokenizer: anything, which may tell how many.
        rows: of the model's token table, where it is known.

    Raises:
        AttentionError: it has another number of ids than the table has rows.
    """
    count, is_padded_freely = _count(tokenizer)
    if rows is None or count is None or rows in tables(count):
        return
    if is_padded_freely and rows > count:
        return
    raise AttentionError(
        "tokenizer",
        f"{type(tokenizer).__name__} has {count} ids, and the model's token table has {rows} "
        "rows",
        "the tokenizer that the model is trained with is right: of a restricted vocabulary the "
        "loader's data set",
    )


def _count(tokenizer: Any) -> tuple[int | None, bool]:
    """How many ids a tokenizer has, and whether tables for it are padded to any length.

    By the names that the common ones give it; those of transformers are padded as each
    model likes.
    """
    asked = getattr(tokenizer, "get_vocab_size", None)
    if callable(asked):
        return int(asked()), False
    told = getattr(tokenizer, "n_vocab", None)
    if type(told) is int:
        return told, False
    listed = getattr(tokenizer, "get_vocab", None)
    return (len(listed()), True) if callable(listed) else (None, False)
