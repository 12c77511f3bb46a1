"""Matrices over queries and keys as small multiples: what surrounds them, and the panels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from paperfig.drawing.axes import PAD, TICK, draw_axis_titles, draw_labels, words_of
from paperfig.drawing.canvas import Canvas
from paperfig.drawing.fonts import Faces
from paperfig.drawing.grid import BETWEEN, Grid, Margins, aspect_of
from paperfig.drawing.labels import MapLabels
from paperfig.drawing.marks import room_for
from paperfig.drawing.matrix import CORNER_TEXT, Colouring, Matrix, draw_matrix
from paperfig.drawing.page import Page
from paperfig.drawing.titles import Forms, covering_faces, draw_title, has_room, titles_of
from paperfig.values.tokens import Span

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
    title = 1.25 * page.title_size + PAD
    rows = page.title_size + 2 * PAD if edges else 0.0
    between = BETWEEN if columns <= MANY_COLUMNS else CLOSE
    return Margins(
        left=rows + page.axis_size + 2 * PAD + extent + TICK + PAD,
        right=max(right, room_for(page.style.mark)),
        top=title if titled or edges else 0.45 * page.label_size,
        bottom=TICK + PAD + reach + PAD + page.axis_size + below,
        between=between,
        above=title + BETWEEN / 2 if titled else between,
        rows=rows,
        aspect=aspect_of(*matrices[0].mask.shape),
    )


def titled(
    matrices: Iterable[Matrix], forms: Sequence[Forms], asked: bool | Sequence[str] | None
) -> tuple[Matrix, ...]:
    """The matrices with what may stand above them, or with the titles that the style asks for.

    Raises:
        DrawingError: a list of titles that is not one for each.
    """
    titles = titles_of([form[0] for form in forms], asked)
    own = not isinstance(asked, bool | None)
    return tuple(
        replace(matrix, title=title, shorter=() if own or title is None else form[1:])
        for matrix, title, form in zip(matrices, titles, forms, strict=True)
    )


def with_fitting_titles(
    matrices: Sequence[Matrix], side: float, page: Page
) -> tuple[Matrix, ...]:
    """The matrices with titles that fit above panels so wide: all in one form, the longest."""
    forms = [(matrix.title, *matrix.shorter) for matrix in matrices if matrix.title]
    if not forms:
        return tuple(matrices)
    faces = covering_faces("", [title for form in forms for title in form], page.style.font)
    titles = zip(matrices, _in_one_form(faces, forms, side, page.title_size), strict=True)
    return tuple(replace(matrix, title=title) for matrix, title in titles)


def draw_panels(
    panels: Sequence[tuple[Matrix, Colouring]],
    grid: Grid,
    labels: MapLabels,
    page: Page,
    *,
    marks: Sequence[tuple[Span, Span]],
    fixed: str,
    below: float = 0.0,
    edges: Edges | None = None,
) -> Canvas:
    """A canvas with the panels, their labels and titles, and the titles of the axes.

    Args:
        panels: each one's matrix and its colours.
        grid: where they stand.
        labels: those of the outer panels.
        page: what they are drawn on.
        marks: outlined in every panel.
        fixed: all other text of the figure.
        below: what stands beneath the key's title, in points.
        edges: the titles at the edges, if that is where they stand.
    """
    titles = [matrix.title for matrix, _ in panels]
    if edges:
        titles += [title for forms in (*edges.columns, *edges.rows) for title in forms]
    faces = covering_faces(fixed + CORNER_TEXT + words_of(labels), titles, page.style.font)
    canvas = Canvas(page.width, grid.height, faces)
    for index, (matrix, colouring) in enumerate(panels):
        box, (queries, keys) = grid.box(index), grid.is_outer(index)
        draw_matrix(canvas, matrix, box, colouring, page, marks=marks)
        draw_labels(canvas, labels, box, matrix.mask.shape, queries=queries, keys=keys)
        draw_title(canvas, matrix.title, box, page.title_size)
    if edges:
        _draw_edges(canvas, edges, grid, page.title_size)
    draw_axis_titles(canvas, grid, page.axis_size, below)
    return canvas


def _draw_edges(canvas: Canvas, edges: Edges, grid: Grid, size: float) -> None:
    """The columns' titles above the first row, and each row's at the page's left edge."""
    spare = (grid.margins.between - BETWEEN) / 2
    across = _in_one_form(canvas.faces, edges.columns, grid.wide + spare, size)
    down = _in_one_form(canvas.faces, edges.rows, grid.tall + spare, size)
    for column, title in enumerate(across):
        draw_title(canvas, title, grid.place(column), size)
    x = grid.left - grid.margins.left + size / 2
    for row, title in enumerate(down):
        _, top, _, high = grid.place(row * grid.columns)
        canvas.label(title, (x, top + high / 2), size, align="middle", upright=True)


def _in_one_form(
    faces: Faces, titles: Sequence[Forms], room: float, size: float
) -> tuple[str, ...]:
    """The titles in the longest form that has room for all, else in the shortest."""
    forms = list(zip(*titles, strict=False))
    fitting = (form for form in forms if all(has_room(one, room, faces, size) for one in form))
    return next(fitting, forms[-1])
