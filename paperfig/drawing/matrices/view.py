"""What panels show of maps: all of them, or a window, beside the whole of one."""

from dataclasses import dataclass, replace

from paperfig.drawing.canvas import Box, Canvas
from paperfig.drawing.grid import Grid, Margins, aspect_of
from paperfig.drawing.labels import fitting_axes
from paperfig.drawing.matrices.whole import Whole
from paperfig.drawing.matrices.window import Window, window_of
from paperfig.drawing.matrix import Colouring, Matrix
from paperfig.drawing.page import Page
from paperfig.values.tokens import Span, Tokens


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A window of maps, and the whole of one beside it unless the window is all.

    Attributes:
        window: which cells the panels show.
        whole: the map to the left of the panels, if there is one.
        axes: the tokens of the panels' rows and columns.
        marks: outlined blocks of the panels, counted from the window's first cell.
    """

    window: Window
    whole: Whole | None
    axes: tuple[Tokens, Tokens]
    marks: tuple[tuple[Span, Span], ...]

    @property
    def has_bar(self) -> bool:
        """Whether the colour bar lies beneath the whole map."""
        return self.whole is not None and self.whole.has_bar

    @property
    def text(self) -> str:
        """All text of the whole map but its title."""
        return self.whole.text if self.whole else ""

    def margins(self, alone: Margins, columns: int) -> Margins:
        """Those of so many panels in a row, made of what they are without a whole map."""
        if not self.whole:
            return alone
        around = replace(alone, aspect=aspect_of(*self.window.shape))
        return self.whole.beside(around, columns)

    def grid(self, alone: Grid) -> Grid:
        """The grid on a page that is also tall enough for the whole map."""
        return self.whole.fits(alone) if self.whole else alone

    def draw(self, canvas: Canvas, grid: Grid) -> None:
        """The whole map beside the panels."""
        if self.whole:
            self.whole.draw(canvas, grid)

    def frame(self, canvas: Canvas, box: Box) -> None:
        """The frame of a panel that shows a part."""
        if self.whole:
            self.whole.frame(canvas, box)


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
        shown = "none" if page.style.labels == "none" else "index"
        style = page.style.model_copy(update={"labels": shown})
        side = page.width / 4  # about what it will be; it decides how dense labels stand
        whole = Whole(
            matrix=matrix,
            colouring=colouring,
            window=window,
            labels=fitting_axes(*axes, replace(page, style=style), lambda *_: (side, side)),
            marks=marks,
            page=page,
            has_bar=has_bar,
        )
    return View(window=window, whole=whole, axes=window.axes(*axes), marks=window.blocks(marks))
