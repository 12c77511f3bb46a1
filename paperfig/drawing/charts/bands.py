"""Bands around lines: intervals that are computed already, as seaborn draws them."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.text import Text

from paperfig.drawing.canvas import Canvas, Point

TINT = 0.18  # of a line's colour, the rest is white


def draw_band(
    canvas: Canvas, lower: Sequence[Point], upper: Sequence[Point], colour: str
) -> None:
    """Fills what lies between two lines over the same places, in a tint of a colour.

    Args:
        canvas: to draw on; what is drawn later lies above.
        lower: points of the one line, from the left.
        upper: those of the other.
        colour: of the line that the band is of, as ``#rrggbb``.
    """
    import seaborn as sns  # late: it loads pandas and pyplot

    points = [*lower, *upper]
    sns.lineplot(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        errorbar=("pi", 100),  # from the least to the greatest at each place
        ax=_axes(canvas),
        color=tinted(colour),
        linewidth=0,
        err_kws={"alpha": 1, "linewidth": 0},
    )


def tinted(colour: str, share: float = TINT) -> str:
    """A colour mixed with white.

    >>> tinted("#0072b2", 0.5)
    '#80b9d9'
    """
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{int(share * part + (1 - share) * 255 + 0.5):02x}" for part in parts)


def _axes(canvas: Canvas) -> Axes:
    """Axes over the whole canvas in its points, of which nothing is seen."""
    axes = canvas.figure.add_axes((0, 0, 1, 1), zorder=len(canvas.figure.artists) - 0.5)
    axes.set(xlim=(0, canvas.width), ylim=(canvas.height, 0), autoscale_on=False)
    axes.set_axis_off()
    for text in axes.findobj(Text):  # whose faces would be taken for the figure's
        text.set_fontfamily(list(canvas.faces.families))
    return axes
