"""The text as a block: each token in a box, in lines, so that its ends show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paperfig.drawing.canvas import SOFT, Canvas, rectangle
from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import SMALLEST, Label, shortened_label, width

PAD = 0.22  # type sizes at each end of a box
SPACE = 0.28  # type sizes for the space that begins most tokens
HIGH = 1.4  # type sizes
APART = 0.6  # points from box to box
BETWEEN = 1.6  # points from line to line
LEAST = 0.5  # type sizes, of a box whose token is empty
_TINTS = np.array([[243, 243, 240], [228, 229, 226]], dtype=np.uint8)
_FEW = 32  # tokens up to which every 5th is numbered, else every 10th


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBox:
    """A token's place.

    Attributes:
        line: counted from the top.
        left: its left end, in points.
        wide: its width, likewise.
        text: what is drawn.
        indent: from its left end to the text.
    """

    line: int
    left: float
    wide: float
    text: Label
    indent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """All tokens of a text in lines.

    Attributes:
        boxes: one a token.
        size: of type, in points.
        every: each how manyth token has its index above it.
    """

    boxes: tuple[TokenBox, ...]
    size: float
    every: int

    @property
    def pitch(self) -> float:
        """From line to line, in points: indices, boxes and what is between."""
        return SMALLEST + HIGH * self.size + BETWEEN

    @property
    def height(self) -> float:
        """Of all lines, in points."""
        return (self.boxes[-1].line + 1) * self.pitch - BETWEEN


def has_space(token: str) -> bool:
    """Whether a token begins with a space that a box shows as blank."""
    return token.startswith(" ") and token.strip(" ") != ""


def text_block(
    tokens: Sequence[str], labels: Sequence[Label], faces: Faces, size: float, room: float
) -> TextBlock:
    """The block that fills lines of a width.

    Args:
        tokens: the excerpt's display strings.
        labels: what is drawn of each, without the space of `has_space`.
        faces: that draw them.
        size: of type, in points.
        room: the width of a line, in points.
    """
    boxes: list[TokenBox] = []
    line, left, most = 0, 0.0, room - (2 * PAD + SPACE) * size
    for token, label in zip(tokens, labels, strict=True):
        text = shortened_label(label, faces, size, most)
        indent = (PAD + SPACE * has_space(token)) * size
        wide = max(indent + width(text, faces, size) + PAD * size, LEAST * size)
        if left > 0 and left + wide > room:
            line, left = line + 1, 0.0
        boxes.append(TokenBox(line=line, left=left, wide=wide, text=text, indent=indent))
        left += wide + APART
    return TextBlock(boxes=tuple(boxes), size=size, every=5 if len(boxes) <= _FEW else 10)


def draw_text_block(canvas: Canvas, block: TextBlock, corner: tuple[float, float]) -> None:
    """The block from its upper left corner on, with the index of each few tokens."""
    left, top = corner
    high = HIGH * block.size
    for index, box in enumerate(block.boxes):
        x, y = left + box.left, top + box.line * block.pitch + SMALLEST
        canvas.fill(rectangle(x, y, box.wide, high), _TINTS[index % 2])
        canvas.label(box.text, (x + box.indent, y + high / 2), block.size)
        if index % block.every == 0:
            canvas.label(str(index), (x, y - SMALLEST / 2), SMALLEST, colour=SOFT)
