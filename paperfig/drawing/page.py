"""The page that a figure is drawn on: a venue's widths and type sizes."""

import math
import re
from dataclasses import dataclass, replace
from typing import Literal

from paperfig.errors import DrawingError
from paperfig.kinds.kind import CAPTION_LENGTH
from paperfig.specs.style import StyleSpec
from paperfig.specs.venues import PT_PER_INCH, VENUES, Venue

POINT = 72 / PT_PER_INCH  # a TeX point in points of the page (72 to the inch)
PT_PER_UNIT = {
    "in": PT_PER_INCH,
    "pt": 1.0,
    "bp": PT_PER_INCH / 72,
    "cm": PT_PER_INCH / 2.54,
    "mm": PT_PER_INCH / 25.4,
}
SMALLEST = 5.0  # points of the page; nobody reads smaller type
LARGEST_PAGE_PT = 1445.4  # 20 inches
_CHARACTER = 0.48  # type sizes a character, on average
_LINE = 1.2  # type sizes from line to line
_AROUND_CAPTION_PT = 20.0
_OF_WINDOW = 160  # characters that tell of one and quote its queries and keys


_LENGTH = re.compile(r"([\d.]*) ?([a-z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page, and the style that the figure is drawn in.

    Attributes:
        width_pt: the exact width in TeX points.
        height_pt: the exact height, or None where the content decides.
        column_pt: the width of the venue's column in TeX points.
        label_size: the largest size of labels at the axes, in points of 1/72 inch.
        title_size: the size of panel titles, likewise.
        tallest: the height that the text block has for a figure above its caption, likewise.
        style: the rest of the style.
    """

    width_pt: float
    height_pt: float | None
    column_pt: float
    label_size: float
    title_size: float
    tallest: float
    style: StyleSpec

    @property
    def axis_size(self) -> float:
        """The size of the titles of axes and colour bars: between labels and panel titles."""
        return (self.label_size + self.title_size) / 2

    @property
    def width(self) -> float:
        """The width in points of 1/72 inch, in which all drawing is done."""
        return self.width_pt * POINT

    @property
    def height(self) -> float | None:
        """The height in points of 1/72 inch, if it is given."""
        return None if self.height_pt is None else self.height_pt * POINT

    def with_indices(self) -> "Page":
        """The same with indices at the axes, if anything."""
        shown = "none" if self.style.labels == "none" else "index"
        return replace(self, style=self.style.model_copy(update={"labels": shown}))


def page_of(style: StyleSpec, caption_length: int = CAPTION_LENGTH) -> Page:
    """The page that a style asks for.

    Args:
        style: with its venue, width, height and size of type.
        caption_length: how many characters the figure's caption has at most.

    Raises:
        DrawingError: its width or height is no length, or none that a page can have.
    """
    venue = VENUES[style.venue]
    label_pt = style.font_size or venue.label_pt
    label_size = max(label_pt * POINT, SMALLEST)  # 5 of TeX's points are a little less
    width_pt = _length_pt(style.width, "width", venue)
    length = caption_length + (0 if style.zoom is None else _OF_WINDOW)
    return Page(
        width_pt=width_pt,
        height_pt=None if style.height is None else _length_pt(style.height, "height", venue),
        column_pt=venue.column_pt,
        label_size=label_size,
        title_size=label_size * venue.title_pt / venue.label_pt,
        tallest=(venue.text_pt - _caption_pt(width_pt, venue, length)) * POINT,
        style=style,
    )


def _caption_pt(width_pt: float, venue: Venue, length: int) -> float:
    """How tall a caption is at most, the space above and below it included."""
    wide = venue.page_pt if width_pt > venue.column_pt else venue.column_pt
    lines = math.ceil(_CHARACTER * length * venue.caption_pt / wide)
    return lines * _LINE * venue.caption_pt + _AROUND_CAPTION_PT


def _length_pt(text: str, key: Literal["width", "height"], venue: Venue) -> float:
    match = _LENGTH.fullmatch(text)
    units = PT_PER_UNIT | {"column": venue.column_pt, "page": venue.page_pt}
    if match is None or match[2] not in units:
        remedy = 'column, page, "0.48 column", 3.25in or 240pt is right'
        raise DrawingError(f"style.{key}", f"{text!r} is no length", remedy)
    points = float(match[1] or 1) * units[match[2]]
    if not 0 < points <= LARGEST_PAGE_PT:
        what, remedy = f"{text!r} is {points:g} pt", "more than 0 and at most 20in is right"
        raise DrawingError(f"style.{key}", what, remedy)
    return points
