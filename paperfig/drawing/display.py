"""A figure for a notebook: pictures on white, and the size that they are shown in."""

from matplotlib.figure import Figure

from paperfig.drawing.page import POINT
from paperfig.drawing.pdf import on_white, png_bytes, svg_bytes
from paperfig.values.drawn import DrawnFacts

PIXELS_PER_INCH = 96
"""Of a page in a browser, whatever the screen has."""

SHARPNESS = 2
"""Pixels of the PNG for each that is shown: as many as fine screens have."""


def shown_png(figure: Figure) -> bytes:
    """The figure at twice the size that it is shown in."""
    return png_bytes(figure, dpi=SHARPNESS * PIXELS_PER_INCH)


def shown_svg(figure: Figure) -> bytes:
    """The figure on white, in dark themes too, without what only a file of its own needs."""
    with on_white(figure):
        svg = svg_bytes(figure)
    return svg[svg.index(b"<svg") :]


def shown_size(drawn: DrawnFacts) -> dict[str, int]:
    """Width and height of the paper, in pixels of a page in a browser."""
    pixels = POINT / 72 * PIXELS_PER_INCH
    return {"width": round(drawn.width_pt * pixels), "height": round(drawn.height_pt * pixels)}
