"""What stands on a drawn page."""

from matplotlib.figure import Figure
from matplotlib.text import Text


def texts_of(figure: Figure) -> list[str]:
    """All text of a figure, in the order of drawing."""
    return [artist.get_text() for artist in figure.artists if isinstance(artist, Text)]
