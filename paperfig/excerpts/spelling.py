"""Tokens that a program holds as strings, read as their tokenizer spells them.

What `convert_ids_to_tokens`, `tokenize` or `to_str_tokens` give does not say which tokenizer
it is from; the whole list mostly does. The rule, on all strings that are no special token;
the first that holds is taken:

* **byte-level BPE** (GPT-2, RoBERTa, Llama 3, Qwen): every string is of GPT-2's alphabet of
  bytes, which has no white space (runs of blanks, which some models add, aside); and ``Ġ`` or
  ``Ċ`` is among them, or else letters beyond ASCII whose bytes are UTF-8 without control
  characters (``Ã©`` for é).
* **sentencepiece** (Llama, T5, Gemma, XLM-R): ``▁`` or a byte (``<0xE2>``) is among them, and
  no string has a space.
* **WordPiece** (BERT): a string that is not the first begins with ``##`` and goes on with
  another sign, or ``[CLS]`` or ``[SEP]`` is there; and no string has white space.
* **plain text** otherwise, as it stands.

Text of which the rule would make something else (words in Maltese, without spaces, with
``Ġ`` and no letter beyond the alphabet; a list of headings that begin with ``##``) is read
literally as ``"text"``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Literal

import numpy as np

from paperfig.errors import AttentionError
from paperfig.excerpts.cutting import check_characters
from paperfig.excerpts.labels import readable, token_offsets
from paperfig.excerpts.tokenizers.pieces import (
    BYTE_OF_LETTER,
    BYTE_TOKEN,
    CONTINUES,
    SPACE,
    byte_level,
    sentence_piece,
    word_piece,
)
from paperfig.values.tokens import Tokens

Form = Literal["byte-level", "sentencepiece", "wordpiece", "plain"]

_RIGHT = "a list with one string for each token is right"
_SPECIAL = re.compile(
    r"<\|[^|\s]+\|>|<｜[^｜\s]+｜>|</s>"
    r"|<(s|pad|bos|eos|cls|sep|start_of_turn|end_of_turn)>|\[(cls|sep|pad|bos|eos)\]",
    re.IGNORECASE,
)
"""Names of tokens that no text spells. A token for a part of a text that is unknown or hidden
(``[UNK]``, ``<mask>``) is none of them: it stands where that part stood."""

_OF_BERT = {"[CLS]", "[SEP]"}
_BLANKS = re.compile(r"\s{2,}")
_WHITE_SPACE = re.compile(r"\s")
_GOES_ON = re.compile(rf"{CONTINUES}[^#]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_BYTES_OF: Mapping[Form, Callable[[str], bytes]] = {
    "byte-level": byte_level,
    "sentencepiece": sentence_piece,
    "wordpiece": word_piece,
    "plain": str.encode,
}


def spelled(
    strings: object,
    spelling: Literal["tokenizer", "text"] = "tokenizer",
    *,
    where: str = "tokens",
) -> Tokens:
    """The tokens that strings stand for.

    Special tokens show their names and, at the beginning and the end, are none of the text.
    The space that sentencepiece puts in front of a text is none of it; between WordPiece's
    words there is one. Of plain strings without any white space it is not known whether
    there was some between them: then there is no text, unless the spelling is ``text``.

    Example:
        >>> tokens = spelled(["[CLS]", "play", "##ing", "cards", "[SEP]"])
        >>> tokens.labels, tokens.text
        (('[CLS]', 'play', 'ing', 'cards', '[SEP]'), 'playing cards')
        >>> spelled(["ĠâĢ", "ľ", "sent", "âĢĿ"]).labels
        (' <E2 80>', '<9C>', 'sent', '”')
        >>> spelled(["Ġ", "is", " G"], "text").text
        'Ġis G'

    Args:
        strings: a sequence (or an array) of strings, one a token.
        spelling: ``tokenizer`` as tokenizers give them, by the module's rule; ``text`` as
            they stand.
        where: what an error calls them.

    Raises:
        AttentionError: they are no sequence of strings, or there is none.
        ExcerptError: one holds half a character.
    """
    given = _checked(strings, where)
    if spelling == "text":
        pieces = [string.encode() for string in given]
        return _tokens(given, pieces, labels=given, parted=[False] * len(given))
    special = [_SPECIAL.fullmatch(string) is not None for string in given]
    form = spelling_of(given)
    pieces = [
        string.encode() if is_name or _BLANKS.fullmatch(string) else _BYTES_OF[form](string)
        for string, is_name in zip(given, special, strict=True)
    ]
    labels = tuple(map(readable, pieces))
    begin, end = _edges(special)
    body = given[begin:end]
    if form == "plain" and len(body) > 1 and not any(map(_WHITE_SPACE.search, body)):
        return Tokens(labels=labels, given=given)
    of_text = [piece if begin <= at < end else b"" for at, piece in enumerate(pieces)]
    if form == "sentencepiece" and body:
        of_text[begin] = of_text[begin].removeprefix(b" ")
    parted = [
        form == "wordpiece" and begin < at < end and not _goes_on(word)
        for at, word in enumerate(given)
    ]
    return _tokens(given, of_text, labels=labels, parted=parted)


def spelling_of(strings: Sequence[str]) -> Form:
    """Which spelling a list of tokens is in, by the module's rule.

    Example:
        >>> spelling_of(["The", "Ġcat"]), spelling_of(["The", " Ġgantija"])
        ('byte-level', 'plain')
    """
    words = [word for word in strings if not _SPECIAL.fullmatch(word)]
    joined = "".join(word for word in words if not _BLANKS.fullmatch(word))
    if _is_byte_level(joined):
        return "byte-level"
    if " " not in joined and (SPACE in joined or any(map(BYTE_TOKEN.fullmatch, words))):
        return "sentencepiece"
    is_bert = not _OF_BERT.isdisjoint(strings) or any(map(_GOES_ON.match, words[1:]))
    return "wordpiece" if is_bert and not _WHITE_SPACE.search("".join(words)) else "plain"


def _is_byte_level(joined: str) -> bool:
    """Whether a text is one in GPT-2's alphabet of bytes, and more than plain ASCII."""
    if not BYTE_OF_LETTER.keys() >= set(joined):
        return False
    if "Ġ" in joined or "Ċ" in joined:
        return True
    try:
        text = byte_level(joined).decode()
    except UnicodeDecodeError:
        return False
    return not (joined.isascii() or _CONTROL.search(text))


def _goes_on(word: str) -> bool:
    """Whether a piece of WordPiece goes on the word before it."""
    return word.startswith(CONTINUES) and word != CONTINUES


def _edges(special: Sequence[bool]) -> tuple[int, int]:
    """Where the text begins among the special tokens around it, and where it has ended."""
    of_text = [at for at, is_special in enumerate(special) if not is_special]
    return (of_text[0], of_text[-1] + 1) if of_text else (0, 0)


def _tokens(
    given: tuple[str, ...],
    pieces: Sequence[bytes],
    *,
    labels: tuple[str, ...],
    parted: Sequence[bool],
) -> Tokens:
    """Tokens with the text of their bytes, and where they lie in it.

    Args:
        given: their strings.
        pieces: what each holds of the text.
        labels: what each shows.
        parted: whether a space that no token holds stands before each.
    """
    spaces = [b" " if is_parted else b"" for is_parted in parted]
    parts = list(chain.from_iterable(zip(spaces, pieces, strict=True)))
    text = readable(b"".join(parts))
    return Tokens(
        labels=labels,
        text=text or None,
        offsets=np.array(token_offsets(parts)[1::2], dtype=np.int64) if text else None,
        given=given,
    )


def _checked(strings: object, where: str) -> tuple[str, ...]:
    """The strings, if that is what they are."""
    if isinstance(strings, str | bytes):
        what = "one string" if isinstance(strings, str) else "bytes"
        raise AttentionError(where, f"it is {what}, {strings!r:.40}", _RIGHT)
    if not isinstance(strings, Sequence | np.ndarray):
        raise AttentionError(where, f"it is of type {type(strings).__name__}", _RIGHT)
    if isinstance(strings, np.ndarray) and strings.ndim != 1:
        raise AttentionError(where, f"it is an array of {strings.ndim} axes", _RIGHT)
    if not len(strings):
        raise AttentionError(where, "it is empty", _RIGHT)
    for place, string in enumerate(strings):
        if not isinstance(string, str):
            what = f"token {place} is {string!r:.40}, of type {type(string).__name__}"
            raise AttentionError(where, what, "strings are right, or ids with `tokenizer`")
        check_characters(string, f"{where}: token {place}")
    return tuple(map(str, strings))
