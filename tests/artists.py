"""What stands on a drawn page."""

from matplotlib.figure import Figure
from matplotlib.text import Text

from paperfig.drawing.cells import Cells


def texts_of(figure: Figure) -> list[str]:
    """All text of a figure, in the order of drawing."""
    return [artist.get_text() for artist in figure.artists if isinstance(artist, Text)]


def boxes_of(figure: Figure) -> list[tuple[float, float, float, float]]:
    """Left, bottom, width and height of each panel and of the colour bar, in points."""
    return [
        (left, top - height, width, height)
        for artist in figure.artists
        if isinstance(artist, Cells)
        for left, top, width, height in [artist.box]
    ]
