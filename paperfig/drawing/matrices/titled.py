"""Matrices with what stands above them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from paperfig.drawing.fonts import Faces
from paperfig.drawing.matrices.matrix import Matrix
from paperfig.drawing.page import Page
from paperfig.drawing.titles import Forms, covering_faces, has_room, titles_of


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
    titles = zip(matrices, in_one_form(faces, forms, side, page.title_size), strict=True)
    return tuple(replace(matrix, title=title) for matrix, title in titles)


def in_one_form(
    faces: Faces, titles: Sequence[Forms], room: float, size: float
) -> tuple[str, ...]:
    """The titles in the longest form that has room for all, else in the shortest."""
    forms = list(zip(*titles, strict=False))
    fitting = (form for form in forms if all(has_room(one, room, faces, size) for one in form))
    return next(fitting, forms[-1])
