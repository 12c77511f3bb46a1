"""Tokens as running text: words whole, in lines, each token in its place."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from paperfig.drawing.canvas import MIDDLE
from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import SPACES, Label, Run, covered_labels, shortened_label, width
from paperfig.values.tokens import Tokens

GOES_ON = "·"  # in the place of a token that goes on the character before it
LEAST = 0.3  # type sizes, of a token without a glyph
HIGH = 1.15  # type sizes, of a line of text at least
AIR = 0.6  # points, above and below glyphs that are taller
BOX = 1.6  # points beside the query, for the line around it
INSTEAD = "`map` with `labels: index`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A token as prose has it.

    Attributes:
        label: what is drawn, without white space around it.
        apart: whether a space stands before it.
        goes_on: whether its character is drawn at a token before it.
    """

    label: Label
    apart: bool
    goes_on: bool = False

    @property
    def begins(self) -> bool:
        """Whether a line may begin with it: after a space, or with a wide character."""
        first = self.label[0].text[0] if self.label else ""
        is_wide = bool(first) and unicodedata.east_asian_width(first) in "WF"
        return self.apart or (is_wide and unicodedata.category(first)[0] == "L")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A token in a line.

    Attributes:
        token: its place in the text, counted from 0.
        left: its left end, in points.
        wide: its width, likewise, without the space before it.
        label: what is drawn.
    """

    token: int
    left: float
    wide: float
    label: Label

    @property
    def right(self) -> float:
        """Its right end, in points."""
        return self.left + self.wide


Line = tuple[Placed, ...]


def written(tokens: Tokens, font: str | None) -> tuple[Written, ...]:
    """The tokens as prose has them.

    Raises:
        DrawingError: no font has a character.
    """
    shown = list(_shown(tokens))
    texts = [text.strip(" ") or text for text in shown]
    _, labels = covered_labels(texts, font, instead=INSTEAD)
    return tuple(
        Written(label=(Run(GOES_ON, faint=True),), apart=apart, goes_on=True)
        if text == GOES_ON != raw
        else Written(label=with_blanks(label, text), apart=apart)
        for label, text, raw, apart in zip(
            labels, texts, tokens.labels, _apart(tokens), strict=True
        )
    )


def edges_of(label: Iterable[Label], faces: Faces, size: float) -> tuple[float, float]:
    """How far a line of text reaches up from its middle, and down, in points."""
    above, below = faces.reach("".join(run.text for each in label for run in each), size)
    least = HIGH * size / 2
    return max(least, above - MIDDLE * size + AIR), max(least, below + MIDDLE * size + AIR)


def lines_of(
    text: Sequence[Written], faces: Faces, size: float, room: float, boxed: range = range(0)
) -> tuple[Line, ...]:
    """The lines of a text, none wider than a room: broken in a word only where it is wider.

    Args:
        text: its tokens.
        faces: that draw them.
        size: of type, in points.
        room: the width of a line, in points.
        boxed: the tokens that have a line around them, which touches no others.
    """
    space, lines, line = faces.width(" ", size), list[Line](), list[Placed]()
    beside = {boxed.start, boxed.stop} if boxed else set[int]()
    x = 0.0

    def before(token: int, *, apart: bool) -> float:
        return max(space * apart, BOX * (token in beside)) if line else 0.0

    for word in _words(text, faces, size, room):
        gaps = [before(word[0][0], apart=word[0][1].apart)]
        gaps += [BOX * (token in beside) for token, *_ in word[1:]]
        if line and x + sum(gaps) + sum(wide for *_, wide in word) > room:
            lines.append(tuple(line))
            line, x, gaps[0] = [], 0.0, 0.0
        for gap, (token, each, wide) in zip(gaps, word, strict=True):
            x += gap
            if line and x + wide > room:
                lines.append(tuple(line))
                line, x = [], 0.0
            label = shortened_label(each.label, faces, size, room)
            line.append(Placed(token=token, left=x, wide=wide, label=label))
            x += wide
    return (*lines, tuple(line))


def _words(
    text: Sequence[Written], faces: Faces, size: float, room: float
) -> Iterator[list[tuple[int, Written, float]]]:
    """Tokens that stay together, each with its place and its width."""
    number, of_word = -1, list[int]()
    for each in text:
        number += each.begins
        of_word.append(number)
    for _, tokens in groupby(range(len(text)), key=of_word.__getitem__):
        yield [
            (token, text[token], _wide(text[token].label, faces, size, room))
            for token in tokens
        ]


def _wide(label: Label, faces: Faces, size: float, room: float) -> float:
    return min(max(width(label, faces, size), LEAST * size), room)


def _shown(tokens: Tokens) -> Iterator[str]:
    """The tokens' strings; a character of several whole at the first, a dot at the others."""
    if tokens.text is None or tokens.offsets is None:
        yield from tokens.labels
        return
    done = 0
    for label, (begin, end) in zip(tokens.labels, tokens.offsets.tolist(), strict=True):
        new = tokens.text[max(begin, done) : end]
        is_part = "<" in label and label not in tokens.text[begin:end]
        yield (new or GOES_ON) if is_part and begin < end else label
        done = max(done, end)


def _apart(tokens: Tokens) -> list[bool]:
    """Whether a space stands before each token; before every one where nothing says."""
    labels = tokens.labels
    behind = [False, *(label.endswith(" ") for label in labels[:-1])]
    blank = [
        label.startswith(" ") or before for label, before in zip(labels, behind, strict=True)
    ]
    if tokens.text is None or tokens.offsets is None:
        return blank if any(blank) else [True] * len(labels)
    apart, done, after_name = [], 0, True
    for is_blank, (begin, end) in zip(blank, tokens.offsets.tolist(), strict=True):
        is_name = begin == end
        spaced = tokens.text[done:end][:1].isspace()
        apart.append(is_blank or spaced or is_name or after_name)
        done, after_name = max(done, end), is_name
    return apart


def with_blanks(label: Label, text: str) -> Label:
    """The label with blanks for the marks of spaces within it; of spaces alone as it is."""
    if not text.strip(" "):
        return label
    return tuple(Run(run.text.replace(SPACES[" "], " ")) if run.faint else run for run in label)
