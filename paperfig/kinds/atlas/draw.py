"""The kind ``atlas``: every head of every layer in small, as thumbnails."""

from matplotlib.figure import Figure

from paperfig.drawing.page import Page
from paperfig.errors import DrawingError
from paperfig.kinds.atlas.thumbnails import draw_thumbnails
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Rows are layers, from the top; columns are heads.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    if page.style.mark:
        what = "an atlas has no place for an outlined cell"
        raise DrawingError("style.mark", what, "leave it out")
    return draw_thumbnails(data, page)
