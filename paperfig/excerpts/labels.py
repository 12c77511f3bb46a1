"""What tokens stand for, in bytes and as text to be read.

Every byte is shown, and no mark ever stands for a lost one.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from paperfig.excerpts.tokenizers.vocabulary import Tokenizer

# Python's surrogateescape puts the byte b of an undecodable run at U+DC00 + b.
_ESCAPED = re.compile("[\udc80-\udcff]+")
_UNIT = re.compile(f"{_ESCAPED.pattern}|.", re.DOTALL)


def readable(content: bytes) -> str:
    r"""The bytes as UTF-8 text; bytes that are no whole character as ``<E2 80>``.

    Example:
        >>> readable("é".encode() + b"\xe2\x80")
        'é<E2 80>'
    """
    return _ESCAPED.sub(_as_hex, content.decode("utf-8", "surrogateescape"))


def token_offsets(pieces: Iterable[bytes]) -> list[tuple[int, int]]:
    r"""Where each token lies in the text that `readable` makes of all of them together.

    As characters: the first, and the one behind the last. Tokens that share a character have
    it both; one without bytes has an empty place.

    Example:
        >>> token_offsets([b"a", b" \xc3", b"\xa9", b""])
        [(0, 1), (1, 3), (2, 3), (3, 3)]
    """
    several = list(pieces)
    begins, ends, length = [], [], 0
    for unit in _UNIT.findall(b"".join(several).decode("utf-8", "surrogateescape")):
        is_escaped = _ESCAPED.fullmatch(unit) is not None
        n_bytes = len(unit) if is_escaped else len(unit.encode())
        begins += [length] * n_bytes
        length += len(_ESCAPED.sub(_as_hex, unit))
        ends += [length] * n_bytes
    edges = pairwise(accumulate(map(len, several), initial=0))
    begins.append(length)
    return [(begins[a], ends[b - 1] if b > a else begins[a]) for a, b in edges]


def token_labels(ids: Iterable[int], tokenizer: Tokenizer) -> tuple[str, ...]:
    """The display string of each token, from its bytes; a special token's is its name.

    White space is left raw. A character that is spread over several tokens shows each of
    them its own bytes: 🤗 in GPT-2 is `` <F0 9F>``, ``<A4>``, ``<97>``.

    Raises:
        KeyError: an id that is no token.
    """
    special = tokenizer.special
    return tuple(
        special[token_id] if token_id in special else readable(tokenizer.token_bytes(token_id))
        for token_id in ids
    )


def source_bytes(tokenizer: Tokenizer, text: str, ids: Sequence[int]) -> list[bytes]:
    """The bytes of ``text`` that each token stands for; together they are the text.

    They are the tokens' own bytes wherever those make up the text. They do not where a
    tokenizer put a space in front (it is taken off again), lowers the case, or drops white
    space, which then belongs to the token behind it.
    """
    pieces = [tokenizer.token_bytes(token_id) for token_id in ids]
    joined, content = b"".join(pieces), text.encode()
    if joined == content or tokenizer.spans is None:
        return pieces
    if joined == b" " + content:
        return [pieces[0][1:], *pieces[1:]]
    ends = [0]
    for _, end in tokenizer.spans(text):
        ends.append(max(ends[-1], end))
    return [text[a:b].encode() for a, b in pairwise(ends)]


def _as_hex(run: re.Match[str]) -> str:
    return "<" + " ".join(f"{ord(escaped) - 0xDC00:02X}" for escaped in run[0]) + ">"
