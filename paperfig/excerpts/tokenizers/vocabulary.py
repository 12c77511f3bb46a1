"""The tokenizer that this room works with, and the two that need no file.

A tokenizer here is a value: ids, the exact bytes behind each, and the way from text to
ids. Special tokens that are typed in a text are text; only ``special_tokens``, ``bos``,
``join: eos`` and ``ids`` put one in.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from paperfig.errors import ExcerptError

N_BYTES = 256
N_CODE_POINTS = sys.maxunicode + 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tokenizer:
    """The way from text to token ids and back to bytes.

    Attributes:
        name: what a record calls it.
        n_vocab: one more than the largest id.
        encode: the ids of a text, none put around them; raises ExcerptError where the text
            has none.
        token_bytes: the exact bytes of one id; raises KeyError for an id that is no token.
        special: the name of each special token.
        prefix: the ids that it puts before a text of its own ([CLS], <s>).
        suffix: those that it puts behind one ([SEP], </s>).
        bos: the id that begins a text, if there is one.
        eos: the id that ends a text, if there is one.
        assumed_pattern: whether a ``.tiktoken`` file left its pattern unsaid.
        spans: where each token of ``encode(text)`` lies in the text, as characters, for a
            tokenizer whose tokens need not hold the text (it may normalise); None for one
            whose tokens' bytes always make up the text.
        holds_spaces: whether white space belongs to tokens (WordPiece drops it).
        restriction: what restricts the ids, where not every token is kept.
    """

    name: str
    n_vocab: int
    encode: Callable[[str], list[int]]
    token_bytes: Callable[[int], bytes]
    special: Mapping[int, str]
    prefix: tuple[int, ...] = ()
    suffix: tuple[int, ...] = ()
    bos: int | None = None
    eos: int | None = None
    assumed_pattern: bool = False
    spans: Callable[[str], list[tuple[int, int]]] | None = None
    holds_spaces: bool = True
    restriction: "Restriction | None" = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Restriction:
    """How a vocabulary was cut down.

    Attributes:
        base: the tokenizer that reads the text.
        new_ids: the new id of each of its tokens that was kept.
        unknown: the new id of all the others.
    """

    base: Tokenizer
    new_ids: Mapping[int, int]
    unknown: int

    def of(self, ids: Iterable[int]) -> list[int]:
        """The new ids of the base's."""
        return [self.new_ids.get(token_id, self.unknown) for token_id in ids]


def bytes_tokenizer() -> Tokenizer:
    """The 256 bytes of UTF-8, each its own id."""
    return Tokenizer(
        name="bytes",
        n_vocab=N_BYTES,
        encode=lambda text: list(text.encode()),
        token_bytes=_entry([bytes([byte]) for byte in range(N_BYTES)]),
        special={},
    )


def characters_tokenizer(
    alphabet: Sequence[str], where: str = "tokenizer.alphabet"
) -> Tokenizer:
    """The characters of an alphabet, each its place in it, counted from 0.

    Args:
        alphabet: the characters.
        where: what an error calls it.

    Raises:
        ExcerptError: the alphabet is empty or repeats a character.
    """
    repeated = [letter for letter in dict.fromkeys(alphabet) if alphabet.count(letter) > 1]
    if repeated or not alphabet:
        what = f"{repeated[0]!r} stands there more than once" if repeated else "it is empty"
        raise ExcerptError(where, what, "each character once is right")
    return Tokenizer(
        name="characters",
        n_vocab=len(alphabet),
        encode=_encoder(alphabet, where),
        token_bytes=_entry([letter.encode() for letter in alphabet]),
        special={},
    )


def code_points_tokenizer() -> Tokenizer:
    """Every character, its Unicode code point for an id: a base to be restricted."""
    return Tokenizer(
        name="characters",
        n_vocab=N_CODE_POINTS,
        encode=lambda text: list(map(ord, text)),
        token_bytes=lambda token_id: chr(token_id).encode(),
        special={},
    )


def _entry(table: Sequence[bytes]) -> Callable[[int], bytes]:
    def token_bytes(token_id: int) -> bytes:
        """The entry of the table; negative ids are none."""
        if not 0 <= token_id < len(table):
            raise KeyError(token_id)
        return table[token_id]

    return token_bytes


def _encoder(alphabet: Sequence[str], where: str) -> Callable[[str], list[int]]:
    place = {letter: index for index, letter in enumerate(alphabet)}

    def encode(text: str) -> list[int]:
        """The place of each character."""
        try:
            return [place[letter] for letter in text]
        except KeyError as error:
            letter = error.args[0]
            raise ExcerptError(
                where,
                f"the text's {letter!r} (U+{ord(letter):04X}) is not in it",
                "one with every character of the text is right "
                f"({''.join(alphabet)!r} was given)",
            ) from None

    return encode
