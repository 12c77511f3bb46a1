"""A run of token ids as it was read, and whether the model can take it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperfig.errors import ExcerptError
from paperfig.excerpts.labels import token_labels
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import Origin

MOST_TOKENS = 1 << 15
"""Where the model has no limit of its own: a head's weights then are 4 GiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRun:
    """Ids that follow one another, with their text and origin.

    Attributes:
        ids: all of them, special tokens around the text included.
        pieces: the bytes of the text that each stands for, of those put around it none; None
            where the ids have no text.
        origin: where they are from.
    """

    ids: Sequence[int]
    pieces: Sequence[bytes] | None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialTokens:
    """The tokens that are put around a text, and are none of it.

    Attributes:
        before: the ids of those in front.
        behind: the ids of those that close it.
        names: what each is called, in their order.
    """

    before: tuple[int, ...] = ()
    behind: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.before) + len(self.behind)

    def left_of(self, length: int) -> int:
        """How many tokens of ``length`` are the text's.

        Raises:
            ExcerptError: none.
        """
        if length <= len(self):
            raise ExcerptError(
                "excerpt.length",
                f"{length} leaves no token for the text beside {' '.join(self.names)}",
                f"at least {len(self) + 1} is right",
            )
        return length - len(self)

    def around(
        self, ids: Sequence[int], pieces: Sequence[bytes] | None, origin: Origin
    ) -> TokenRun:
        """The run of a text's own ids, their bytes (None where they have no text) and these."""
        return TokenRun(
            ids=[*self.before, *ids, *self.behind],
            pieces=None
            if pieces is None
            else [*(b"" for _ in self.before), *pieces, *(b"" for _ in self.behind)],
            origin=replace(origin, special_tokens=self.names),
        )


def special_tokens(
    spec: ExcerptSpec, tokenizer: Tokenizer | None, *, has_text: bool
) -> SpecialTokens:
    """What ``special_tokens`` and ``bos`` put around a text.

    ``bos`` is one token in front: BOS, else the end-of-text token; none more where the
    tokenizer puts it there by itself, and where ``bos`` is false not that one either.

    Args:
        spec: the excerpt's.
        tokenizer: the model's, or None.
        has_text: whether the tokens are made of a text, around which the tokenizer then puts
            its own where the spec says nothing.

    Raises:
        ExcerptError: they are asked for, and there is no tokenizer, or it has none.
    """
    word = spec.special_tokens or ("tokenizer" if has_text else "none")
    if tokenizer is None:
        for key, is_asked in (("bos", spec.bos), ("special_tokens", word == "tokenizer")):
            if is_asked:
                raise ExcerptError(f"excerpt.{key}", "it needs a tokenizer", "leave it out")
        return SpecialTokens()
    before, behind = (tokenizer.prefix, tokenizer.suffix) if word == "tokenizer" else ((), ())
    begin = tokenizer.bos if tokenizer.bos is not None else tokenizer.eos
    if spec.bos is False:
        before = tuple(token for token in before if token != begin)
    elif spec.bos and begin not in before:
        before = (_begin_of_text(begin, tokenizer), *before)
    names = token_labels((*before, *behind), tokenizer)
    return SpecialTokens(before=before, behind=behind, names=names)


def _begin_of_text(begin: int | None, tokenizer: Tokenizer) -> int:
    if begin is None:
        raise ExcerptError(
            "excerpt.bos", f"{tokenizer.name} has no BOS or end-of-text token", "leave it out"
        )
    return begin


def check_length(key: str, length: int, context: int | None, *, row: int | None = None) -> None:
    """Refuses more tokens than the model takes, or than a map can show.

    Args:
        key: what the error names.
        length: how many tokens.
        context: how many the model takes at most; None for any number.
        row: which of several rows they are of.

    Raises:
        ExcerptError: there are more.
    """
    told = f"{length} tokens{'' if row is None else f' of row {row}'}"
    if context is None and length > MOST_TOKENS:
        raise ExcerptError(
            key,
            f"{told} are more than a map can show",
            f"at most {MOST_TOKENS} is right",
        )
    if context is not None and length > context:
        raise ExcerptError(
            key,
            f"{told} are more than the model's context of {context}",
            f"at most {context} is right",
        )
