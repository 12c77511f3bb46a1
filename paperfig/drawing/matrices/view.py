"""What panels show of maps: all of them, or a window, beside the whole of one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from paperfig.drawing.canvas import EDGE, Box, Canvas
from paperfig.drawing.grid import Grid, Margins, aspect_of
from paperfig.drawing.matrices.brackets import Brackets, brackets_of
from paperfig.drawing.matrices.marks import room_for
from paperfig.drawing.matrices.matrix import Colouring, Matrix
from paperfig.drawing.matrices.whole import Whole
from paperfig.drawing.matrices.window import Window, window_of
from paperfig.drawing.page import Page
from paperfig.drawing.scales.scale import Scale
from paperfig.values.tokens import Span, Tokens


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A window of maps, and the whole of one beside it unless the window is all.

    Attributes:
        window: which cells the panels show.
        whole: the map to the left of the panels, if there is one.
        axes: the tokens of the panels' rows and columns.
        marks: outlined blocks of the panels, counted from the window's first cell.
        brackets: the named stretches of the axes.
        page: what it is drawn on.
    """

    window: Window
    whole: Whole | None
    axes: tuple[Tokens, Tokens]
    marks: tuple[tuple[Span, Span], ...]
    brackets: Brackets
    page: Page

    @property
    def has_bar(self) -> bool:
        """Whether the colour bar lies beneath the whole map."""
        return self.whole is not None and self.whole.has_bar

    @property
    def text(self) -> str:
        """All text of brackets, and of the whole map but its title."""
        return self.brackets.text + (self.whole.text if self.whole else "")

    def margins(self, alone: Margins, columns: int) -> Margins:
        """Those of so many panels in a row, made of what they are without what it adds."""
        around = self.brackets.around(alone, self.page.width)
        if self.whole:
            around = self.whole.beside(around, columns)
        free = self.page.width - around.left - around.right - around.before(columns - 1)
        long = min(free / columns, self.page.height or self.page.tallest)
        return replace(around, aspect=aspect_of(self.window.shape, long))

    def grid(self, alone: Grid) -> Grid:
        """The grid on a page that is also tall enough for the whole map."""
        return self.whole.fits(alone, self.legend) if self.whole else alone

    def lettered(self, grid: Grid) -> "View":
        """With letters at brackets whose names have no room there; else the same."""
        brackets = self.brackets.lettered(grid, self.window.shape)
        return self if brackets is self.brackets else replace(self, brackets=brackets)

    def counting(self, scale: Scale, matrices: Sequence[Matrix]) -> Scale:
        """A scale of the cells that are drawn: the window's, and of the whole map all."""
        if not self.whole:
            return scale
        masks = (
            one.mask
            if one.reference == self.whole.matrix.reference
            else self.window.within(one.mask)
            for one in matrices
        )
        drawn = [
            scale.measured(one.values, one.mask)[cells]
            for one, cells in zip(matrices, masks, strict=True)
        ]
        return scale.counting(np.concatenate(drawn))

    def draw(self, canvas: Canvas, grid: Grid) -> None:
        """The whole map beside the panels."""
        if self.whole:
            self.whole.draw(canvas, grid)

    def draw_around(self, canvas: Canvas, grid: Grid, panel: int) -> None:
        """The brackets at a panel, and the frame of one that shows a part."""
        marks = room_for(self.page.style.mark)
        self.brackets.draw(canvas, grid, panel, self.window.shape, marks)
        if self.whole:
            self.whole.frame(canvas, grid.box(panel))

    def beneath_title(self, grid: Grid, panel: int) -> Box:
        """A panel with the brackets above it: what its title stands on."""
        left, top, wide, high = grid.box(panel)
        above = self.above if grid.is_at_rim(panel)[0] else room_for(self.page.style.mark)
        return left, top - above, wide, high + above

    @property
    def above(self) -> float:
        """From the first row of panels to its titles."""
        return self.brackets.above + room_for(self.page.style.mark)

    @property
    def legend(self) -> float:
        """How tall the legend of the brackets is."""
        return self.brackets.beneath(self.page.width)

    def draw_legend(self, canvas: Canvas, grid: Grid) -> None:
        """The legend of the brackets, at the foot of the page."""
        top = grid.height - EDGE - self.legend
        self.brackets.draw_legend(canvas, self.page.width / 2, top, self.page.width)


def view_of(
    matrix: Matrix,
    colouring: Colouring,
    axes: tuple[Tokens, Tokens],
    page: Page,
    *,
    marks: tuple[tuple[Span, Span], ...],
    has_bar: bool = False,
) -> View:
    """The view that a style asks for.

    Args:
        matrix: the map that stands whole beside a window.
        colouring: its colours.
        axes: its tokens.
        page: with the style.
        marks: outlined blocks of it.
        has_bar: whether the colour bar lies beneath it.

    Raises:
        ExcerptError: the window is not within the map.
        DrawingError: it is all of it.
    """
    window, whole = window_of(page.style, *axes), None
    if not window.is_whole:
        whole = Whole(
            matrix=matrix,
            colouring=colouring,
            window=window,
            axes=axes,
            marks=marks,
            page=page,
            has_bar=has_bar,
        )
    queries, keys = window.axes(*axes)
    return View(
        window=window,
        whole=whole,
        axes=(queries, keys),
        marks=window.blocks(marks),
        brackets=brackets_of(queries, keys, page),
        page=page,
    )
