"""The text that a caption quotes, cut by a stated rule.

- ``plain``: edge white space dropped, each run that holds a line end turned into " / ",
  at most ``limit`` characters cut back to a word's end; nothing else changes.
- ``exact``: every character, from the first, up to ``limit``.
- ``readable``: as ``plain``, with WikiText's ``@-@`` and spaced punctuation undone.

A character that a reader sees (a grapheme cluster) is never cut; one of more than eight
code points ends the quote.
"""

from dataclasses import dataclass
from typing import Literal

import regex

QuoteStyle = Literal["plain", "exact", "readable"]
CLUSTER_LIMIT = 8  # code points; a family emoji has 7, "z" may carry 100,000 accents
LINE_BREAK = " / "

_CLUSTER = regex.compile(r"\X")
_LINE_END = regex.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
# WikiText's own spacing: https://huggingface.co/datasets/Salesforce/wikitext
_WIKITEXT = (
    (regex.compile(r" @([-,.])@ "), r"\1"),
    (regex.compile(r" ([,.;:!?%)\]])(?!\S)"), r"\1"),
    (regex.compile(r"(?<!\S)([(\[]) "), r"\1"),
    (regex.compile(r"(?<!\S)\" ([^\"]*) \"(?!\w)"), r'"\1"'),
    (regex.compile(r" (['’])(?=\w)"), r"\1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What is quoted.

    Attributes:
        text: the characters quoted, unescaped; empty where nothing is quoted.
        omitted: whether text follows that is not quoted.
        edited: whether WikiText's marks or spacing were undone in what is quoted.
    """

    text: str
    omitted: bool
    edited: bool = False


def quote(text: str, *, limit: int, style: QuoteStyle) -> Quote:
    """At most ``limit`` characters (code points) of ``text`` from its start; 0 quotes none."""
    if limit == 0:
        return Quote(text="", omitted=bool(text))
    if style == "exact":
        kept = _prefix(text, limit)
        return Quote(text=kept, omitted=kept != text)
    flowing = _LINE_END.sub(LINE_BREAK, text.strip())
    source = _undo_wikitext(flowing) if style == "readable" else flowing
    kept = _whole_words(source, _prefix(source, limit))
    return Quote(text=kept, omitted=kept != source, edited=not flowing.startswith(kept))


def _prefix(text: str, limit: int) -> str:
    """The clusters that fit into ``limit`` code points, up to one that is too long."""
    end = 0
    for cluster in _CLUSTER.finditer(text):
        if cluster.end() > limit or cluster.end() - cluster.start() > CLUSTER_LIMIT:
            break
        end = cluster.end()
    return text[:end]


def _whole_words(text: str, kept: str) -> str:
    """``kept`` cut back to where a word of ``text`` ends, if it holds such an end."""
    if kept == text:
        return kept
    if not text[len(kept)].isspace():
        words = regex.match(r"(?s).*\S(?=\s)", kept)
        kept = words[0] if words else kept
    return kept.rstrip().removesuffix(LINE_BREAK.rstrip())


def _undo_wikitext(text: str) -> str:
    for pattern, plain in _WIKITEXT:
        text = pattern.sub(plain, text)
    return text
