r"""The bytes behind a token, in the three families of vocabulary whose strings say them.

>>> byte_level("Ġthe"), sentence_piece("▁the"), sentence_piece("<0xE2>"), word_piece("##ing")
(b' the', b' the', b'\xe2', b'ing')
"""

import re

from paperfig.excerpts.tokenizers.vocabulary import N_BYTES

BYTE_TOKEN = re.compile(r"<0x([0-9A-F]{2})>")
"""One byte of a character that a sentencepiece vocabulary lacks."""

SPACE = "▁"
"""The space of sentencepiece (U+2581)."""

CONTINUES = "##"
"""What begins the pieces of WordPiece that go on a word."""


def _letters() -> dict[str, int]:
    """The byte behind each letter of GPT-2's alphabet (``bytes_to_unicode`` there).

    A byte that prints in Latin-1 is its own letter; the others, in order, are the letters
    from U+0100 on.
    """
    prints = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, N_BYTES)]
    others = [byte for byte in range(N_BYTES) if byte not in prints]
    own = {chr(byte): byte for byte in prints}
    return own | {chr(N_BYTES + place): byte for place, byte in enumerate(others)}


BYTE_OF_LETTER = _letters()


def byte_level(token: str) -> bytes:
    """Of byte-level BPE, spelled in GPT-2's alphabet.

    Raises:
        KeyError: a letter is none of it.
    """
    return bytes(BYTE_OF_LETTER[letter] for letter in token)


def sentence_piece(token: str) -> bytes:
    """Of sentencepiece: ``▁`` is a space, ``<0xE2>`` a byte."""
    byte = BYTE_TOKEN.fullmatch(token)
    return bytes([int(byte[1], 16)]) if byte else token.replace(SPACE, " ").encode()


def word_piece(token: str) -> bytes:
    """Of WordPiece: without the ``##`` of what goes on a word."""
    return (token.removeprefix(CONTINUES) or token).encode()
