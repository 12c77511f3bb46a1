"""The text as a block: each token on a tint, in lines that end where words do."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from paperfig.drawing.canvas import MIDDLE, SOFT, Canvas, rectangle
from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import Label, shortened_label, width
from paperfig.drawing.matrices.axes import PAD as PAD_OF_LABELS
from paperfig.drawing.matrices.axes import TICK

PAD = 0.2  # type sizes at each end of a token
WORDS = 0.22  # type sizes from word to word, besides what is between tokens
HIGH = 1.35  # type sizes, of a token's tint at least
AIR = 0.4  # points, above and below glyphs that are taller
APART = 0.7  # points from token to token
BETWEEN = 1.6  # points from line to line
LEAST = 0.5  # type sizes, of a token that shows nothing
HANGING = TICK + PAD_OF_LABELS  # points from an index to its line, as at the maps
FEWEST_LINES = 6  # that a block is cut to where there is no room for all
_TINT = np.array([240, 240, 237], dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBox:
    """A token's place.

    Attributes:
        line: counted from the top.
        left: its left end, in points.
        wide: its width, likewise.
        text: what is drawn in its middle.
    """

    line: int
    left: float
    wide: float
    text: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """The tokens of a text in lines, the first ones or all.

    Attributes:
        boxes: one a token.
        size: of type, in points.
        room: the width of a line, in points.
        high: the height of a token's tint, likewise.
        more: how many tokens there are that have no box.
    """

    boxes: tuple[TokenBox, ...]
    size: float
    room: float
    high: float
    more: int = 0

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.boxes[-1].line + 1

    @property
    def pitch(self) -> float:
        """From line to line, in points."""
        return self.high + BETWEEN

    @property
    def height(self) -> float:
        """Of all lines, in points."""
        return self.lines * self.pitch - BETWEEN

    @property
    def rest(self) -> str:
        """What follows the last box: how many tokens more there are."""
        return f"… {self.more} more token{'s' * (self.more != 1)}" if self.more else ""

    def in_short(self, faces: Faces) -> "TextBlock":
        """The block's first lines, and how many tokens follow."""
        cut = self
        while len(cut.boxes) > 1 and (cut.lines > FEWEST_LINES or not cut._has_room(faces)):
            cut = replace(cut, boxes=cut.boxes[:-1], more=cut.more + 1)
        return cut

    def _has_room(self, faces: Faces) -> bool:
        last = self.boxes[-1]
        return self.indent(last) + faces.width(self.rest, self.size) <= self.room

    def indent(self, box: TokenBox) -> float:
        """Where another word would begin on a box's line."""
        return box.left + box.wide + APART + WORDS * self.size


def has_space(token: str) -> bool:
    """Whether a token begins with a space, which is shown as the gap before a word."""
    return token.startswith(" ") and token.strip(" ") != ""


def text_block(
    tokens: Sequence[str], labels: Sequence[Label], faces: Faces, size: float, room: float
) -> TextBlock:
    """The block that fills lines of a width; a line is broken within no word that fits it.

    Args:
        tokens: the excerpt's tokens as they are spelled.
        labels: what is drawn of each, without the space of `has_space`.
        faces: that draw them.
        size: of type, in points.
        room: the width of a line, in points.
    """
    boxes: list[TokenBox] = []
    line, left = 0, 0.0
    for word in _words(tokens):
        texts = [shortened_label(labels[at], faces, size, room - 2 * PAD * size) for at in word]
        wide = [max(width(one, faces, size) + 2 * PAD * size, LEAST * size) for one in texts]
        left += WORDS * size * (left > 0)
        if left > 0 and left + math.fsum(wide) + APART * (len(wide) - 1) > room:
            line, left = line + 1, 0.0
        for text, one in zip(texts, wide, strict=True):
            if left > 0 and left + one > room:
                line, left = line + 1, 0.0
            boxes.append(TokenBox(line=line, left=left, wide=one, text=text))
            left += one + APART
    high = _height(labels, faces, size)
    return TextBlock(boxes=tuple(boxes), size=size, room=room, high=high)


def _height(labels: Sequence[Label], faces: Faces, size: float) -> float:
    """Of a token's tint, which holds every glyph of the text about its middle."""
    above, below = faces.reach("".join(run.text for label in labels for run in label), size)
    reach = max(above - MIDDLE * size, below + MIDDLE * size) + AIR
    return max(HIGH * size, 2 * reach)


def _words(tokens: Sequence[str]) -> Iterator[list[int]]:
    """The tokens of each word: one begins with a space, or after white space."""
    word: list[int] = []
    for index, token in enumerate(tokens):
        if word and (token[:1].isspace() or tokens[index - 1][-1:].isspace()):
            yield word
            word = []
        word.append(index)
    yield word


def draw_text_block(canvas: Canvas, block: TextBlock, corner: tuple[float, float]) -> None:
    """The block from its upper left corner on, left of each line its first token's index."""
    left, top = corner
    high, lines = block.high, set[int]()
    for index, box in enumerate(block.boxes):
        x, y = left + box.left, top + box.line * block.pitch
        canvas.fill(rectangle(x, y, box.wide, high), _TINT)
        middle = x + box.wide / 2, y + high / 2
        canvas.label(box.text, middle, block.size, align="middle")
        if box.line not in lines:
            lines.add(box.line)
            at = left - HANGING, y + high / 2
            canvas.label(str(index), at, block.size, align="right", colour=SOFT)
    if block.more:
        last = block.boxes[-1]
        at = left + block.indent(last), top + last.line * block.pitch + high / 2
        canvas.label(block.rest, at, block.size, colour=SOFT)
