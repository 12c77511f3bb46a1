"""What a form of excerpt reads, before it is held against the model."""

from collections.abc import Sequence
from dataclasses import dataclass

from paperfig.errors import ExcerptError
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Ids with their text and origin.

    Attributes:
        ids: all of them, the one that ``bos`` puts in front included.
        content: the bytes that the tokens stand for, without that one; None where the ids
            have no text.
        origin: where they are from.
    """

    ids: Sequence[int]
    content: bytes | None
    origin: Origin


def tokens_in_front(spec: ExcerptSpec, tokenizer: Tokenizer | None) -> list[int]:
    """The one token that ``bos`` asks for: BOS, else the end-of-text token; or none.

    Raises:
        ExcerptError: the tokenizer has neither, or there is none.
    """
    if not spec.bos:
        return []
    if tokenizer is None:
        raise ExcerptError("excerpt.bos", "it needs a tokenizer", "leave it out")
    token = tokenizer.bos if tokenizer.bos is not None else tokenizer.eos
    if token is None:
        raise ExcerptError(
            "excerpt.bos", f"{tokenizer.name} has no BOS or end-of-text token", "leave it out"
        )
    return [token]
