"""Matrices over queries and keys as small multiples: what surrounds them, and the panels."""

from collections.abc import Sequence
from dataclasses import dataclass

from paperfig.drawing.canvas import Canvas
from paperfig.drawing.grid import BETWEEN, Grid, Margins
from paperfig.drawing.labels import MapLabels
from paperfig.drawing.matrices.axes import PAD, TICK, draw_axis_titles, draw_labels, words_of
from paperfig.drawing.matrices.marks import room_for
from paperfig.drawing.matrices.matrix import CORNER_TEXT, Colouring, Matrix, draw_matrix
from paperfig.drawing.matrices.titled import in_one_form
from paperfig.drawing.matrices.view import View
from paperfig.drawing.page import Page
from paperfig.drawing.titles import Forms, covering_faces, draw_title

MANY_COLUMNS, CLOSE = 8, 3.5  # more panels in a row than those stand so close, in points


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Titles that stand once at the edges of a grid, and not above each panel.

    Attributes:
        columns: what may stand above each column.
        rows: what may stand beside each row.
    """

    columns: tuple[Forms, ...]
    rows: tuple[Forms, ...]


def margins_around(
    matrices: Sequence[Matrix],
    page: Page,
    labels: tuple[float, float],
    *,
    right: float,
    below: float = 0.0,
    edges: Edges | None = None,
    columns: int = 1,
) -> Margins:
    """The room for titles, labels and axis titles, in points.

    Args:
        matrices: those of the panels.
        page: what they are drawn on.
        labels: the width of the query labels, and how far the key labels reach down.
        right: the room to the right of the panels.
        below: what stands beneath the key's title.
        edges: the titles at the edges, if that is where they stand.
        columns: how many panels stand in a row, where that is known.
    """
    extent, reach = labels
    titled = edges is None and any(matrix.title for matrix in matrices)
    marked = room_for(page.style.mark)
    title = 1.25 * page.title_size + PAD + marked
    rows = page.title_size + 2 * PAD if edges else 0.0
    between = BETWEEN if columns <= MANY_COLUMNS else CLOSE
    return Margins(
        left=rows + page.axis_size + 2 * PAD + extent + TICK + PAD,
        right=max(right, marked),
        top=title if titled or edges else max(0.45 * page.label_size, marked),
        bottom=TICK + PAD + reach + PAD + page.axis_size + below,
        between=between,
        above=title + BETWEEN / 2 if titled else between,
        rows=rows,
    )


def draw_panels(
    panels: Sequence[tuple[Matrix, Colouring]],
    grid: Grid,
    labels: MapLabels,
    page: Page,
    *,
    view: View,
    fixed: str,
    below: float = 0.0,
    edges: Edges | None = None,
) -> Canvas:
    """A canvas with the panels, their labels and titles, and the titles of the axes.

    Args:
        panels: each one's matrix and its colours; of a window only its cells are drawn.
        grid: where they stand.
        labels: those of the outer panels.
        page: what they are drawn on.
        view: what the panels show of the matrices.
        fixed: all other text of the figure.
        below: what stands beneath the key's title, in points.
        edges: the titles at the edges, if that is where they stand.
    """
    titles = [matrix.title for matrix, _ in panels]
    if edges:
        titles += [title for forms in (*edges.columns, *edges.rows) for title in forms]
    fixed += CORNER_TEXT + words_of(labels) + view.text
    canvas = Canvas(page.width, grid.height, covering_faces(fixed, titles, page.style.font))
    view.draw(canvas, grid)
    for index, (matrix, colouring) in enumerate(panels):
        box, (queries, keys) = grid.box(index), grid.is_outer(index)
        draw_matrix(canvas, matrix, box, colouring, page, window=view.window, marks=view.marks)
        view.draw_around(canvas, grid, index)
        draw_labels(canvas, labels, box, view.window.shape, queries=queries, keys=keys)
        draw_title(canvas, matrix.title, view.beneath_title(grid, index), page.title_size)
    if edges:
        _draw_edges(canvas, edges, grid, view, page.title_size)
    draw_axis_titles(canvas, grid, page.axis_size, below + view.legend)
    view.draw_legend(canvas, grid)
    return canvas


def _draw_edges(canvas: Canvas, edges: Edges, grid: Grid, view: View, size: float) -> None:
    """The columns' titles above the first row, and each row's at the page's left edge."""
    spare = (grid.margins.between - BETWEEN) / 2
    across = in_one_form(canvas.faces, edges.columns, grid.wide + spare, size)
    down = in_one_form(canvas.faces, edges.rows, grid.tall + spare, size)
    for column, title in enumerate(across):
        left, top, wide, high = grid.place(column)
        draw_title(canvas, title, (left, top - view.above, wide, high), size)
    x = grid.left - grid.margins.left + grid.margins.whole + size / 2
    for row, title in enumerate(down):
        _, top, _, high = grid.place(row * grid.columns)
        canvas.label(title, (x, top + high / 2), size, align="middle", upright=True)
