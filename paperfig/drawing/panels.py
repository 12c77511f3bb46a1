"""Matrices over queries and keys as small multiples: what surrounds them, and the panels."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from paperfig.drawing.axes import PAD, TICK, draw_axis_titles, draw_labels, words_of
from paperfig.drawing.canvas import Canvas
from paperfig.drawing.grid import BETWEEN, Grid, Margins, aspect_of
from paperfig.drawing.labels import MapLabels
from paperfig.drawing.matrix import Colouring, Matrix, draw_matrix
from paperfig.drawing.page import Page
from paperfig.drawing.titles import Forms, covering_faces, draw_title, has_room, titles_of
from paperfig.values.tokens import Span


def margins_around(
    matrices: Sequence[Matrix],
    page: Page,
    labels: tuple[float, float],
    *,
    right: float,
    below: float = 0.0,
) -> Margins:
    """The room for titles, labels and axis titles, in points.

    Args:
        matrices: those of the panels.
        page: what they are drawn on.
        labels: the width of the query labels, and how far the key labels reach down.
        right: the room to the right of the panels.
        below: what stands beneath the key's title.
    """
    extent, reach = labels
    titled = any(matrix.title for matrix in matrices)
    title = 1.25 * page.title_size + PAD if titled else 0.0
    return Margins(
        left=page.axis_size + 2 * PAD + extent + TICK + PAD,
        right=right,
        top=title or 0.45 * page.label_size,
        bottom=TICK + PAD + reach + PAD + page.axis_size + below,
        between=BETWEEN,
        above=title + BETWEEN / 2,
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
    choices = range(min(map(len, forms)))
    fitting = (
        choice
        for choice in choices
        if all(has_room(form[choice], side, faces, page.title_size) for form in forms)
    )
    choice = next(fitting, choices[-1])
    return tuple(
        replace(matrix, title=form[choice])
        for matrix, form in zip(matrices, forms, strict=True)
    )


def draw_panels(
    panels: Sequence[tuple[Matrix, Colouring]],
    grid: Grid,
    labels: MapLabels,
    page: Page,
    *,
    marks: Sequence[tuple[Span, Span]],
    fixed: str,
    below: float = 0.0,
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
    """
    titles = [matrix.title for matrix, _ in panels]
    faces = covering_faces(fixed + words_of(labels), titles, page.style.font)
    canvas = Canvas(page.width, grid.height, faces)
    for index, (matrix, colouring) in enumerate(panels):
        box, (queries, keys) = grid.box(index), grid.is_outer(index)
        draw_matrix(canvas, matrix, box, colouring, page, marks=marks)
        draw_labels(canvas, labels, box, matrix.mask.shape, queries=queries, keys=keys)
        draw_title(canvas, matrix.title, box, page.title_size)
    draw_axis_titles(canvas, grid, page.axis_size, below)
    return canvas
