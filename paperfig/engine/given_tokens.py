"""The tokens that attention was computed on, as people hold them: strings, or ids."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.excerpts.cutting import check_characters
from paperfig.excerpts.in_memory import excerpt_of
from paperfig.excerpts.spelling import spelled
from paperfig.excerpts.tokenizers.restricted import UNKNOWN
from paperfig.models.recorded.numbers import array_of, whole
from paperfig.values.tokens import Tokens, positions

_FORMS = ("tokenizer", "text")
_BATCH = 2
"""The axes of a batch of ids: sequence and token."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spelling:
    """How tokens are told.

    Attributes:
        tokenizer: of ids: anything with ``decode(ids)``; None to show the ids themselves.
        tokens_as: of strings: whether they are spelled as a tokenizer does, or are text.
        batch: which sequence of a batch of ids.

    Raises:
        AttentionError: it is none.
    """

    tokenizer: Any = None
    tokens_as: Any = "tokenizer"
    batch: Any = None

    def __post_init__(self) -> None:
        if str(self.tokens_as) not in _FORMS:
            right = "`tokenizer` or `text` is right"
            raise AttentionError("tokens_as", f"it is {self.tokens_as!r:.60}", right)
        if self.tokenizer is not None and not hasattr(self.tokenizer, "decode"):
            what = f"it is of type {type(self.tokenizer).__name__}"
            right = "an object with `decode(ids)` is right"
            raise AttentionError("tokenizer", what, right)

    def tokens(self, given: Any, where: str, count: int) -> Tokens:
        """The tokens of an axis; its positions where none are given.

        Args:
            given: strings or ids, one for each; ids also as a batch, or under ``input_ids``.
            where: what they are called: ``tokens`` or ``key_tokens``.
            count: how many positions the axis has.

        Raises:
            PaperfigError: they are of no form that is known.
        """
        if given is None:
            return positions(count)
        if isinstance(given, Mapping):
            if given.get("input_ids") is None:
                names = ", ".join(map(str, given))
                raise AttentionError(where, f"it has {names}", "`input_ids` is right")
            given = given["input_ids"]
        if not _are_numbers(given):
            return spelled(given, self.tokens_as, where=where)
        ids = self._sequence(given, where)
        try:
            return excerpt_of(ids, self.tokenizer).tokens
        except (LookupError, ValueError, OverflowError, TypeError) as error:
            name = type(self.tokenizer).__name__
            what = f"ids {ids.min()} to {ids.max()}, not all of which {name} decodes"
            raise AttentionError(where, what, "the tokenizer of these ids is right") from error

    def _sequence(self, given: Any, where: str) -> Int64[np.ndarray, " token"]:
        """The ids of one sequence.

        Raises:
            AttentionError: they are no ids, or those of several of which nothing says which.
        """
        array, dtype = array_of(given, where)
        if array.dtype.kind not in "iu":
            raise AttentionError(where, f"its values are {dtype}", "token ids are right")
        if array.ndim not in (1, _BATCH) or not array.size:
            right = "(token,) or (1, token) is right"
            raise AttentionError(where, f"its shape is {array.shape}", right)
        if array.min() < 0 or array.max() > np.iinfo(np.int64).max:
            outside = array.min() if array.min() < 0 else array.max()
            raise AttentionError(where, f"the id {outside} is none", "ids from 0 are right")
        several = np.atleast_2d(array.astype(np.int64))
        at = 0 if self.batch is None or len(several) == 1 else whole("batch", self.batch)
        if at >= len(several) or (self.batch is None and len(several) > 1):
            what = f"{len(several)} sequences, of which nothing says which is shown"
            raise AttentionError(where, what, f"`batch=0` (to {len(several) - 1}) is right")
        sequence: np.ndarray = several[at]
        return sequence


def _are_numbers(given: Any) -> bool:
    """Whether what was given are numbers, and not texts."""
    first = given
    while isinstance(first, tuple | list) and first:
        first = first[0]
    if isinstance(first, bool | int):
        return True
    kind = getattr(first, "dtype", None)
    return kind is not None and ("int" in str(kind) or "bool" in str(kind))


def check_count(tokens: Tokens, where: str, count: int) -> None:
    """Nothing where they are as many as the axis has.

    Raises:
        AttentionError: they are not.
    """
    if len(tokens) != count:
        axis = "keys" if where == "key_tokens" else "queries"
        what = f"{len(tokens)} for {count} {axis}"
        raise AttentionError(where, what, "one for each is right")


def unknown_among(tokens: Tokens) -> int:
    """How many of the ids are of no token that their tokenizer knows: they are shown as UNK.

    Where each token's bytes are known, as offsets tell, none is.
    """
    is_decoded = tokens.ids is not None and tokens.offsets is None
    return tokens.labels.count(UNKNOWN) if is_decoded else 0


def with_text(tokens: Tokens, text: str | None) -> Tokens:
    """The tokens with a text of which nothing says where each of them lies.

    Raises:
        AttentionError: they are not known themselves.
    """
    if text is None or text == tokens.text:
        return tokens
    if tokens.given is None and tokens.ids is None:
        raise AttentionError("text", "its tokens are not known", "give the tokens too")
    return replace(tokens, text=text, offsets=None)


def checked_text(given: Any, where: str) -> str | None:
    """A text, or None.

    Raises:
        PaperfigError: it is another thing, is empty, or holds half a character.
    """
    if given is None:
        return None
    if not isinstance(given, str) or not given:
        raise AttentionError(where, f"it is {given!r:.60}", "a text is right")
    check_characters(given, where)
    return str(given)
