"""Token ids that a program holds, as an excerpt."""

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.excerpts.labels import readable, token_offsets
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.tokens import Tokens


def first_sequence(batch: Any) -> Int64[np.ndarray, " token"]:
    """The ids of the first sequence of a batch.

    Args:
        batch: token ids (batch, token) or (token,), an array, a tensor or a list; or a tuple
            whose first entry they are, or a mapping with ``input_ids``.

    Raises:
        AttentionError: it holds no token ids.
    """
    if isinstance(batch, Mapping):
        batch = batch.get("input_ids")
    while isinstance(batch, tuple | list) and batch and not isinstance(batch[0], Integral):
        batch = batch[0]
    ids = np.asarray(batch.cpu() if hasattr(batch, "cpu") else batch)
    if not np.issubdtype(ids.dtype, np.integer):
        raise AttentionError(
            "sample_batch", f"its values are {ids.dtype}", "token ids are right"
        )
    if not ids.ndim or not ids.size:
        raise AttentionError(
            "sample_batch", f"its shape is {ids.shape}", "(batch, token) or (token,) is right"
        )
    sequence: Int64[np.ndarray, " token"] = ids.reshape(-1, ids.shape[-1])[0].astype(np.int64)
    return sequence


def excerpt_of(ids: Int64[np.ndarray, " token"], tokenizer: Any) -> Excerpt:
    """The ids with their labels and their text.

    Args:
        ids: what the model is given.
        tokenizer: anything with ``decode(ids)``; of a tiktoken encoding exact bytes are shown.
    """
    each = getattr(tokenizer, "decode_single_token_bytes", None)
    origin = Origin(kind="ids", tokenizer=type(tokenizer).__name__)
    if each is not None:
        pieces = [each(int(index)) for index in ids]
        labels, text = tuple(map(readable, pieces)), readable(b"".join(pieces))
        offsets = np.array(token_offsets(pieces))
        tokens = Tokens(labels=labels, ids=ids, text=text, offsets=offsets)
    else:
        labels = tuple(str(tokenizer.decode([int(index)])) for index in ids)
        text = str(tokenizer.decode([int(index) for index in ids]))
        tokens = Tokens(labels=labels, ids=ids, text=text)
    return Excerpt(tokens=tokens, origin=origin)
