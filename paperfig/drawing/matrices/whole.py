"""A whole map in small, to the left of panels that show a part of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.colors import to_rgb

from paperfig.drawing.bar import ABOVE, bar_depth, draw_bar
from paperfig.drawing.canvas import DEPTH, EDGE, SOFT, Box, Canvas, Point, rectangle
from paperfig.drawing.grid import Grid, Margins, aspect_of
from paperfig.drawing.labels import MapLabels, fitting_axes
from paperfig.drawing.matrices.axes import PAD, TICK, draw_labels, reach_of
from paperfig.drawing.matrices.marks import (
    HALO,
    LINE,
    block_in,
    draw_outline,
    room_for,
    standing_out,
)
from paperfig.drawing.matrices.matrix import Colouring, Matrix, draw_matrix
from paperfig.drawing.matrices.titled import with_fitting_titles
from paperfig.drawing.matrices.window import Window
from paperfig.drawing.page import Page
from paperfig.drawing.titles import draw_title
from paperfig.errors import DrawingError
from paperfig.values.tokens import Span, Tokens

LEAST = 20.0  # points of its width
WEDGE = 13.0  # from the whole map to its parts
RAY, ROOT = 0.5, 1.6  # the wedge's edges, and its rows at the edge of the whole map
TINT = 0.1  # of the wedge
NOTE_TEXT = "right: tokens queries keys 0123456789–, ×"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Whole:
    """A map with its labels, beside which a part is drawn large.

    Attributes:
        matrix: all of it.
        colouring: as that of its parts.
        window: the part.
        axes: its tokens.
        marks: its outlined blocks.
        page: what it is drawn on.
        has_bar: whether the colour bar lies beneath it.
    """

    matrix: Matrix
    colouring: Colouring
    window: Window
    axes: tuple[Tokens, Tokens]
    marks: Sequence[tuple[Span, Span]]
    page: Page
    has_bar: bool

    @property
    def colour(self) -> str:
        """That of the frames."""
        return standing_out(self.colouring.colours)[0]

    @property
    def text(self) -> str:
        """All text of it but its title."""
        return NOTE_TEXT

    def beside(self, margins: Margins, columns: int) -> Margins:
        """The margins of panels to the right of it; it says query in their place.

        Args:
            margins: of panels that stand alone.
            columns: how many stand in a row; beside one the map is half as wide as that.
        """
        own = margins.left - self.page.axis_size - PAD
        taken = 2 * EDGE + self._before + WEDGE + own + margins.right
        free = self.page.width - taken - margins.before(columns - 1)
        whole = self._before + max(free, 0.0) / (columns + 2) + WEDGE
        return replace(margins, left=own + whole, whole=whole)

    def fits(self, grid: Grid, below: float) -> Grid:
        """The grid on a page that is also tall enough for it, above what stands below all.

        Raises:
            DrawingError: it would be too small.
        """
        (_, _, wide, _), (_, _, _, end) = self.box(grid), self._places(grid)
        if wide < LEAST:
            what = f"it leaves {max(wide, 0.0):.1f} pt for the whole map"
            fewer = ", or fewer panels in a row" if grid.columns > 1 else ""
            right = f"{LEAST:g} pt at least is right: a wider page{fewer}"
            raise DrawingError("style.zoom", what, right)
        return replace(grid, height=max(grid.height, float(np.ceil(100 * (end + below)) / 100)))

    def draw(self, canvas: Canvas, grid: Grid) -> None:
        """The map beside the grid, framed where its parts are, and the wedge to them."""
        box, page = self.box(grid), self.page
        left, top, wide, high = box
        shape, size = self.matrix.mask.shape, page.axis_size
        self._draw_wedge(canvas, grid, box)
        draw_matrix(canvas, self.matrix, box, self.colouring, page, marks=self.marks)
        block = block_in(box, shape, self.window.queries, self.window.keys)
        draw_outline(canvas, block, box, self.colour)
        draw_labels(canvas, self._labels(wide, high), box, shape, queries=True, keys=True)
        (named,) = with_fitting_titles([self.matrix], wide, page)
        above = room_for(page.style.mark)
        draw_title(canvas, named.title, (left, top - above, wide, high), page.title_size)
        at = grid.left - grid.margins.left + size / 2, top + high / 2
        canvas.label("query", at, size, align="middle", upright=True, colour=SOFT)
        key, note, bar, _ = self._places(grid)
        canvas.label("key", (left + wide / 2, key), size, align="middle", colour=SOFT)
        forms = _notes(self.window)
        text = canvas.faces.fitting(forms, page.label_size, wide + self._before)
        half = canvas.faces.width(text, page.label_size) / 2
        at = min(left + wide / 2, left + wide - half), note
        canvas.label(text, at, page.label_size, align="middle", colour=self.colour)
        if self.has_bar:
            sizes = page.label_size, page.axis_size
            place = bar, left, left + wide
            scale, colours = self.colouring.scale, self.colouring.colours
            draw_bar(canvas, scale, colours, place, sizes, lying=True)

    def frame(self, canvas: Canvas, box: Box) -> None:
        """The frame of a panel that shows the part."""
        canvas.outline(rectangle(*box), self.colour, LINE)

    @property
    def _before(self) -> float:
        """From the page's left edge to the map."""
        extent = self._labels(LEAST, LEAST).queries.extent
        return self.page.axis_size + 2 * PAD + extent + TICK + PAD

    def _labels(self, wide: float, high: float) -> MapLabels:
        """Indices at its axes, if any; how far they run does not depend on its size."""
        return fitting_axes(*self.axes, self.page.with_indices(), lambda *_: (wide, high))

    def box(self, grid: Grid) -> Box:
        """Where the map stands beside the panels."""
        left = grid.left - grid.margins.left + self._before
        wide = grid.margins.whole - self._before - WEDGE
        return left, grid.top, wide, wide * aspect_of(self.matrix.mask.shape, wide)

    def _places(self, grid: Grid) -> tuple[float, float, float, float]:
        """How far down stand the key's title, the note and the bar; and where all ends."""
        page = self.page
        _, top, _, high = self.box(grid)
        reach = reach_of(self._labels(LEAST, LEAST).keys)
        under = top + high + TICK + PAD + reach + PAD + page.axis_size
        note = under + PAD + 0.5 * page.label_size
        bar = note + DEPTH * page.label_size + ABOVE
        end = bar + bar_depth(page.label_size, page.axis_size) if self.has_bar else bar - ABOVE
        return under - DEPTH * page.axis_size, note, bar, end + EDGE

    def _draw_wedge(self, canvas: Canvas, grid: Grid, box: Box) -> None:
        left, _, wide, _ = box
        _, upper, _, tall = block_in(
            box, self.matrix.mask.shape, self.window.queries, self.window.keys
        )
        near, far = left + wide + ROOT / 2 + HALO, left + wide + WEDGE - PAD
        ends: list[Point] = [(far, grid.top), (far, grid.bottom)]
        starts: list[Point] = [(near, upper), (near, upper + tall)]
        tint = 255 * (1 - TINT * (1 - np.array(to_rgb(self.colour))))
        canvas.fill([*starts, *reversed(ends)], tint.round().astype(np.uint8))
        canvas.strokes([[starts[0], ends[0]], [starts[1], ends[1]]], self.colour, RAY)
        canvas.strokes([ends], self.colour, LINE)
        canvas.strokes([starts], self.colour, ROOT)


def _notes(window: Window) -> tuple[str, ...]:
    """What says where the window is, the longest first."""
    queries, keys = window.queries, window.keys
    if queries == keys:
        said, short = _ends(queries, "token ", "tokens "), _ends(queries)
    else:
        rows, columns = _ends(queries, "query ", "queries "), _ends(keys, "key ", "keys ")
        said, short = f"{rows}, {columns}", f"{_ends(queries)} × {_ends(keys)}"
    return f"right: {said}", said, short


def _ends(span: Span, one: str = "", many: str = "") -> str:
    first, last = span
    return f"{one}{first}" if first == last else f"{many}{first}–{last}"
