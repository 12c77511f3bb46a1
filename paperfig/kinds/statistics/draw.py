"""The kind ``statistics``: numbers of heads by layer, or one number over queries."""

from typing import Any

from matplotlib.figure import Figure

from paperfig.drawing.page import Page
from paperfig.kinds.statistics.layers import draw_layers
from paperfig.kinds.statistics.queries import draw_queries
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData


def draw(
    data: FigureData,
    page: Page,
    *,
    statistic: Any,  # noqa: ARG001 - the table has its numbers
    over: str,
) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    return draw_layers(data, page) if over == "layers" else draw_queries(data, page)
