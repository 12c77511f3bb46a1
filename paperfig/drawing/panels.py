"""Matrices over queries and keys as small multiples: what surrounds them, and the panels."""

from collections.abc import Sequence
from dataclasses import replace

from paperfig.drawing.axes import PAD, TICK, draw_axis_titles, draw_labels, words_of
from paperfig.drawing.canvas import Canvas
from paperfig.drawing.grid import BETWEEN, Grid, Margins, aspect_of
from paperfig.drawing.labels import MapLabels
from paperfig.drawing.matrix import Colouring, Matrix, draw_matrix
from paperfig.drawing.page import Page
from paperfig.drawing.titles import covering_faces, draw_title, has_room
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
    title = 1.25 * page.label_size + PAD if titled else 0.0
    return Margins(
        left=page.title_size + 2 * PAD + extent + TICK + PAD,
        right=right,
        top=title or 0.45 * page.label_size,
        bottom=TICK + PAD + reach + PAD + page.title_size + below,
        between=BETWEEN,
        above=title + BETWEEN / 2,
        aspect=aspect_of(*matrices[0].mask.shape),
    )


def with_fitting_titles(
    matrices: Sequence[Matrix], side: float, page: Page
) -> tuple[Matrix, ...]:
    """The matrices with titles that fit above panels so wide: all whole, else all in short."""
    titles = [matrix.title for matrix in matrices if matrix.title]
    faces = covering_faces("", titles, page.style.font)
    if all(has_room(title, side, faces, page.label_size) for title in titles):
        return tuple(matrices)
    return tuple(replace(matrix, title=matrix.brief or matrix.title) for matrix in matrices)


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
        draw_title(canvas, matrix.title, box, page.label_size)
    draw_axis_titles(canvas, grid, page.title_size, below)
    return canvas
