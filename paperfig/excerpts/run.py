"""A run of token ids as it was read, and whether the model can take it."""

from collections.abc import Sequence
from dataclasses import dataclass

from paperfig.errors import ExcerptError
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import Origin

MOST_TOKENS = 1 << 15
"""Where the model has no limit of its own: a head's weights then are 4 GiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRun:
    """Ids that follow one another, with their text and origin.

    Attributes:
        ids: all of them, the one that ``bos`` puts in front included.
        text_bytes: what the tokens stand for, without that one; None where the ids have no
            text.
        origin: where they are from.
    """

    ids: Sequence[int]
    text_bytes: bytes | None
    origin: Origin

    def check_vocabulary(self, tokenizer: Tokenizer, vocab_size: int) -> None:
        """Refuses what a tokenizer makes and the model does not know.

        Raises:
            ExcerptError: an id is none of the model's ``vocab_size``.
        """
        for place, token_id in enumerate(self.ids):
            if token_id >= vocab_size:
                raise ExcerptError(
                    "tokenizer",
                    f"{tokenizer.name} makes id {token_id} of token {place}, and the model "
                    f"knows 0 to {vocab_size - 1}",
                    "the tokenizer that the model was trained with is right",
                )

    def count_unknown(self, tokenizer: Tokenizer | None) -> int:
        """How many tokens lie outside a restricted vocabulary."""
        restriction = tokenizer.restriction if tokenizer else None
        return list(self.ids).count(restriction.unknown) if restriction else 0


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


def check_length(key: str, length: int, context: int | None) -> None:
    """Refuses more tokens than the model takes, or than a map can show.

    Args:
        key: what the error names.
        length: how many tokens.
        context: how many the model takes at most; None for any number.

    Raises:
        ExcerptError: there are more.
    """
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
