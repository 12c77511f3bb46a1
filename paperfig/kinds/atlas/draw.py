"""The kind ``atlas``: every head of every layer in small, as a thumbnail or as a number."""

from matplotlib.figure import Figure

from paperfig.drawing.page import Page
from paperfig.errors import DrawingError
from paperfig.kinds.atlas.rectangles import draw_rectangles
from paperfig.kinds.atlas.thumbnails import draw_thumbnails
from paperfig.kinds.fields import ScoresFile
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData


def draw(
    data: FigureData, page: Page, *, statistic: str | ScoresFile | None, order: str
) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Rows are layers, from the top; columns are heads, from the left.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    if statistic is not None and page.style.annotate not in (None, "none"):
        what = "rectangles of `statistic` have no triangle to bear it"
        raise DrawingError("style.annotate", what, "none is right")
    if statistic is None:
        return draw_thumbnails(data, page)
    return draw_rectangles(data, page, by_value=order == "value")
