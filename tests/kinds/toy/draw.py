"""One head's weights, those below a bound left out."""

import numpy as np
from matplotlib.figure import Figure

from paperfig.drawing.canvas import Canvas
from paperfig.drawing.facts import drawn_facts
from paperfig.drawing.labels import fitting_axes
from paperfig.drawing.matrices.matrix import Colouring, Matrix, draw_matrix
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import palette
from paperfig.drawing.scales.weights import scale_of
from paperfig.drawing.titles import covering_faces
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData


def draw(
    data: FigureData, page: Page, *, least: float, margin: int
) -> tuple[Figure, DrawnFacts]:
    """The map as a square, with a margin of so many points."""
    (attention,) = data.maps
    weights = attention.weights[0]
    matrix = Matrix(
        values=np.where(weights < least, np.float32(0), weights),
        mask=attention.mask,
        reference=attention.labels[0],
        title=None,
    )
    side, scale = page.width - 2 * margin, scale_of(data.maps, page.style)
    canvas = Canvas(page.width, page.width, covering_faces("", [], page.style.font))
    colouring = Colouring(scale=scale, colours=palette(page.style.palette))
    draw_matrix(canvas, matrix, (float(margin), float(margin), side, side), colouring, page)
    return canvas.figure, drawn_facts(
        page,
        canvas,
        scale=scale,
        labels=fitting_axes(attention.queries, attention.keys, page, lambda *_: (side, side)),
        matrices=[matrix],
        marks=(),
    )
