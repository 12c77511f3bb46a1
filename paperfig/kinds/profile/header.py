"""What stands above a profile's text: its heads, the scale, the query of another text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from paperfig.drawing.canvas import SOFT, Canvas, rectangle
from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import Label, shortened_label, width
from paperfig.errors import DrawingError
from paperfig.kinds.profile.prose import edges_of
from paperfig.values.numbers import shortest

HIGHLIGHT = "#d55e00"
BOXED = 0.8  # points, the line around the query
SWATCH = 4.6
AFTER_SWATCH = 2.4
BETWEEN = 9.0  # points from name to name
PITCH = 1.35  # type sizes, of a line of the header
BELOW = 3.0
HEADER_TEXT = "0123456789. full height = weight query lines left out tokens …"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Header:
    """What it says.

    Attributes:
        names: of the heads; None for each that is not named.
        colours: of their bars.
        full: the weight of a bar's full height; None where that is not said.
        query: of another text than the keys', as it is drawn; else None.
    """

    names: Sequence[str | None]
    colours: UInt8[np.ndarray, "head 3"]
    full: float | None
    query: Label | None

    def _named(self, faces: Faces, size: float) -> list[float]:
        """How far each name runs, its swatch included."""
        return [SWATCH + AFTER_SWATCH + faces.width(name, size) for name in self.names if name]

    def _scales(self) -> tuple[str, ...]:
        """What may be said of the scale, the longest first."""
        if self.full is None:
            return ()
        high = shortest(self.full)
        return f"full height = weight {high}", f"full = {high}"

    def lines(self, faces: Faces, size: float, room: float) -> int:
        """How many lines it takes: the scale's own where the names leave it no room."""
        names = self._named(faces, size)
        wide = sum(names) + BETWEEN * max(0, len(names) - 1)
        if wide > room:
            what = f"the heads' names are {wide:.0f} pt wide, of {room:.0f}"
            raise DrawingError("style.titles", what, "fewer heads, or a wider page, is right")
        scale = faces.width(self._scales()[-1], size) if self.full is not None else 0.0
        is_one = not (names and scale) or wide + BETWEEN + scale <= room
        first = bool(names or scale) if is_one else 2
        return int(first) + (self.query is not None)

    def height(self, faces: Faces, size: float, room: float) -> float:
        """In points, with the room beneath it."""
        count = self.lines(faces, size, room)
        return count * self._pitch(faces, size) + BELOW * (count > 0)

    def _pitch(self, faces: Faces, size: float) -> float:
        """From line to line, in points: at least what the box around a query takes."""
        box = 2 * max(edges_of([self.query], faces, size)) + BOXED if self.query else 0.0
        return max(PITCH * size, box)

    def draw(self, canvas: Canvas, edge: float, size: float) -> None:
        """From the upper left corner on.

        Args:
            canvas: to draw on.
            edge: the margin left and right, and above.
            size: of type.
        """
        faces, right = canvas.faces, canvas.width - edge
        pitch = self._pitch(faces, size)
        x, y = edge, edge + pitch / 2
        for name, colour in zip(self.names, self.colours, strict=True):
            if name:
                canvas.fill(rectangle(x, y - SWATCH / 2, SWATCH, SWATCH), colour)
                x += SWATCH + AFTER_SWATCH
                canvas.label(name, (x, y), size)
                x += faces.width(name, size) + BETWEEN
        if scales := self._scales():
            beside = faces.width(scales[-1], size) <= right - x
            y += 0 if beside else pitch
            scale = faces.fitting(scales, size, right - x if beside else right - edge)
            canvas.label(scale, (right, y), size, align="right", colour=SOFT)
        if self.query is not None:
            self._draw_query(canvas, (edge, y + pitch * bool(x > edge or scales)), size)

    def _draw_query(self, canvas: Canvas, at: tuple[float, float], size: float) -> None:
        assert self.query is not None, "it is of another text"
        (x, y), room = at, canvas.width - 2 * at[0]
        canvas.label("query", (x, y), size, colour=SOFT)
        x += canvas.faces.width("query", size) + 0.6 * size
        label = shortened_label(self.query, canvas.faces, size, room - x)
        canvas.label(label, (x, y), size)
        edges = edges_of([label], canvas.faces, size)
        draw_box(canvas, (x, width(label, canvas.faces, size)), y, edges)


def draw_box(
    canvas: Canvas, ends: tuple[float, float], middle: float, edges: tuple[float, float]
) -> None:
    """The line around a query.

    Args:
        canvas: to draw on.
        ends: its left end and its width.
        middle: of its text.
        edges: how far the text reaches up from there, and down.
    """
    (left, wide), (up, down) = ends, edges
    box = left - BOXED, middle - up, wide + 2 * BOXED, up + down
    canvas.outline(rectangle(*box), HIGHLIGHT, BOXED)
