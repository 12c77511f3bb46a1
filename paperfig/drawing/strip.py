"""The text as a strip of tokens: wrapped lines of chips, so that each token's ends show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import SMALLEST, Label, shortened_label, width
from paperfig.drawing.sheet import SOFT, Sheet, rectangle

PAD = 0.22  # type sizes at each end of a chip
SPACE = 0.28  # type sizes for the space that begins most tokens
HIGH = 1.4  # type sizes
APART = 0.6  # points from chip to chip
BETWEEN = 1.6  # points from line to line
LEAST = 0.5  # type sizes, of a chip whose token is empty
_TINTS = np.array([[243, 243, 240], [228, 229, 226]], dtype=np.uint8)
_FEW = 32  # tokens up to which every 5th is numbered, else every 10th


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A token's place: its line from the top, its left end and its width, in points."""

    line: int
    left: float
    wide: float
    text: Label
    indent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """All tokens in lines.

    Attributes:
        chips: one a token.
        size: of type, in points.
        every: each how manyth token has its index above it.
    """

    chips: tuple[Chip, ...]
    size: float
    every: int

    @property
    def pitch(self) -> float:
        """From line to line, in points: indices, chips and what is between."""
        return SMALLEST + HIGH * self.size + BETWEEN

    @property
    def height(self) -> float:
        """Of all lines, in points."""
        return (self.chips[-1].line + 1) * self.pitch - BETWEEN


def has_space(token: str) -> bool:
    """Whether a token begins with a space that a chip shows as blank."""
    return token.startswith(" ") and token.strip(" ") != ""


def strip_of(
    tokens: Sequence[str], labels: Sequence[Label], faces: Faces, size: float, room: float
) -> Strip:
    """The strip that fills lines of a width.

    Args:
        tokens: the excerpt's display strings.
        labels: what is drawn of each, without the space of `has_space`.
        faces: that draw them.
        size: of type, in points.
        room: the width of a line, in points.
    """
    chips: list[Chip] = []
    line, left, most = 0, 0.0, room - (2 * PAD + SPACE) * size
    for token, label in zip(tokens, labels, strict=True):
        text = shortened_label(label, faces, size, most)
        indent = (PAD + SPACE * has_space(token)) * size
        wide = max(indent + width(text, faces, size) + PAD * size, LEAST * size)
        if left > 0 and left + wide > room:
            line, left = line + 1, 0.0
        chips.append(Chip(line=line, left=left, wide=wide, text=text, indent=indent))
        left += wide + APART
    return Strip(chips=tuple(chips), size=size, every=5 if len(chips) <= _FEW else 10)


def draw_strip(sheet: Sheet, strip: Strip, corner: tuple[float, float]) -> None:
    """The strip from its upper left corner on, with the index of each few tokens."""
    left, top = corner
    high = HIGH * strip.size
    for index, chip in enumerate(strip.chips):
        x, y = left + chip.left, top + chip.line * strip.pitch + SMALLEST
        sheet.fill(rectangle(x, y, chip.wide, high), _TINTS[index % 2])
        sheet.label(chip.text, (x + chip.indent, y + high / 2), strip.size)
        if index % strip.every == 0:
            sheet.label(str(index), (x, y - SMALLEST / 2), SMALLEST, colour=SOFT)
