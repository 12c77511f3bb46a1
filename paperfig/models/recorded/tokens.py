"""Tokens in a file of attention: all that is known of them, not their strings alone."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from paperfig.errors import CheckpointError
from paperfig.models.recorded.numbers import array_of
from paperfig.values.codec import FormatError, decode, encode
from paperfig.values.tokens import Tokens

AXES = {"query": "tokens", "key": "key_tokens"}
"""Under which name the tokens of an axis are written, and what they are."""


def written(tokens: Tokens, axis: str) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """The texts and the arrays of the tokens of an axis, as a file holds them."""
    content, arrays = encode(tokens)
    texts = {axis: json.dumps(content, sort_keys=True)}
    return texts, {f"{axis}.{name}": array for name, array in arrays.items()}


def tokens_of(read: Mapping[str, Any], axis: str, where: str) -> Tokens | None:
    """The tokens of an axis, as `written` gives them, if they are there.

    Raises:
        CheckpointError: they are written otherwise.
    """
    arrays = {
        key.partition(".")[2]: array_of(value, key)[0]
        for key, value in read.items()
        if key.startswith(f"{axis}.")
    }
    if axis not in read and not arrays:
        return None
    try:
        tokens = decode(Tokens, json.loads(read.get(axis, "")), arrays)
        _check_offsets(tokens)
        "".join((*tokens.labels, *(tokens.given or ()), tokens.text or "")).encode()
    except (FormatError, ValueError, TypeError, RecursionError) as error:
        what = f"its tokens under {axis} cannot be read"
        raise CheckpointError(where, what, "write them under tokens") from error
    return tokens


def _check_offsets(tokens: Tokens) -> None:
    """Nothing where each token lies in the text, if it is known where it does."""
    if tokens.offsets is None:
        return
    first, behind = tokens.offsets.T
    if ((first < 0) | (behind < first) | (behind > len(tokens.text or ""))).any():
        raise ValueError("a token lies outside its text")
