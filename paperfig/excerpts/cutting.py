"""Where a text can be cut so that the tokens of its parts are the tokens of the whole.

A byte-pair tokenizer may join characters across any place. It seldom does before a space and a
letter, or before an ideographic mark: a text is cut there, and only where the tokens on both
sides are seen to be the same as without the cut.
"""

import re
from collections.abc import Iterable, Iterator

from paperfig.errors import ExcerptError
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer

AHEAD = 1024
"""How many characters on a side of a cut are looked at."""

MOST_CHARACTERS = 1 << 20
"""About how long a part is."""

_BORDER = re.compile(r"(?<=\S)(?= \w)|(?<=[^\W_])(?=[。，、；：！？])")
_BORDER_WITHIN = 4096
_MOST_TRIES = 16


def borders(text: str, end: int) -> list[int]:
    """Places where tokens nearly always part, in the 4,096 characters before ``end``."""
    begin = max(0, end - _BORDER_WITHIN)
    return [border.start() for border in _BORDER.finditer(text, begin, end)]


def blocks(
    pieces: Iterable[str], tokenizer: Tokenizer, size: int = MOST_CHARACTERS
) -> Iterator[str]:
    """A text in parts of about ``size`` characters whose tokens together are the whole's.

    A tokenizer that may normalise gets the whole text at once.
    """
    pending: list[str] = []
    length, limit = 0, size
    for piece in pieces:
        pending.append(piece)
        length += len(piece)
        if length >= limit and tokenizer.spans is None:
            text = "".join(pending)
            cut = _last_cut(text, tokenizer)
            if cut:
                yield text[:cut]
            pending, length = [text[cut:]], len(text) - cut
            limit = size + length
    yield "".join(pending)


def check_characters(text: str, where: str) -> None:
    """Refuses text that UTF-8 cannot hold.

    Raises:
        ExcerptError: it holds half a character.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ExcerptError(
            where,
            f"it holds half a character (U+{ord(text[error.start]):04X}, a lone surrogate)",
            "text that UTF-8 can hold is right",
        ) from None


def _last_cut(text: str, tokenizer: Tokenizer) -> int:
    """The last place where tokens part for certain; 0 if none is found."""
    for cut in borders(text, len(text) - AHEAD)[: -1 - _MOST_TRIES : -1]:
        before, behind = text[max(0, cut - AHEAD) : cut], text[cut : cut + AHEAD]
        parted = tokenizer.encode(before) + tokenizer.encode(behind)
        if tokenizer.encode(before + behind) == parted:
            return cut
    return 0
