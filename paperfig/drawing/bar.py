"""The colour bar: thin, vector, with an arrow where weights lie beyond the limits."""

import numpy as np
from jaxtyping import UInt8

from paperfig.drawing.fonts import Faces
from paperfig.drawing.scale import Scale
from paperfig.drawing.sheet import DEPTH, HAIRLINE, RULE, SOFT, Sheet

GAP = 7.0  # from the panels to the bar
WIDTH = 5.0
ARROW = 5.0
TICK = 1.5
PAD = 1.5
TITLES = {  # the first that is no longer than the bar
    "linear": ("attention weight", "weight"),
    "sqrt": (
        "attention weight (square-root scale)",
        "weight (square-root scale)",
        "sqrt scale",
    ),
    "log": ("attention weight (log scale)", "weight (log scale)", "log scale"),
}


def bar_extent(scale: Scale, faces: Faces, label_size: float, title_size: float) -> float:
    """How far the bar reaches to the right of the panels, its gap and labels included."""
    widest = max(faces.width(f"{tick:g}", label_size) for tick in scale.ticks())
    return GAP + WIDTH + TICK + PAD + widest + 2 * PAD + title_size


def draw_bar(
    sheet: Sheet,
    scale: Scale,
    colours: UInt8[np.ndarray, "level 3"],
    box: tuple[float, float, float],
    sizes: tuple[float, float],
) -> None:
    """Draws the bar.

    Args:
        sheet: to draw on.
        scale: what the bar explains.
        colours: of the levels, lowest first.
        box: the right edge of the panels, and the bar's upper and lower end, arrows
            included.
        sizes: of type, for tick labels and for the bar's title.
    """
    (edge, top, bottom), (label_size, title_size) = box, sizes
    left, upper = edge + GAP, top + ARROW * (scale.over > 0)
    lower = bottom - ARROW * (scale.under > 0)
    _draw_colours(sheet, colours, left, (top, upper, lower, bottom))
    ticks, x = scale.ticks(), left + WIDTH
    heights = (lower - (lower - upper) * scale.positions(np.array(ticks))).tolist()
    sheet.strokes([[(x, y), (x + TICK, y)] for y in heights], RULE, HAIRLINE)
    for tick, y in zip(ticks, heights, strict=True):
        sheet.label(f"{tick:g}", (x + TICK + PAD, y), label_size)
    at = (
        edge + bar_extent(scale, sheet.faces, *sizes) - DEPTH * title_size,
        (top + bottom) / 2,
    )
    titles = TITLES[scale.kind]
    fitting = (
        title for title in titles if sheet.faces.width(title, title_size) <= bottom - top
    )
    title = next(fitting, titles[-1])
    sheet.label(title, at, title_size, align="middle", upright=True, colour=SOFT)


def _draw_colours(
    sheet: Sheet,
    colours: UInt8[np.ndarray, "level 3"],
    left: float,
    heights: tuple[float, float, float, float],
) -> None:
    """The levels between ``upper`` and ``lower``, and arrows that reach to the ends."""
    (top, upper, lower, bottom), right = heights, left + WIDTH
    middle, inside = left + WIDTH / 2, (upper + lower) / 2
    tip_up = [(left, upper), (middle, top), (right, upper)]
    tip_down = [(right, lower), (middle, bottom), (left, lower)]
    # The arrows reach under the levels, so that no edge shows between them.
    sheet.fill([*tip_up, (right, inside), (left, inside)], colours[-1])
    sheet.fill([*tip_down, (left, inside), (right, inside)], colours[0])
    levels = np.arange(len(colours) - 1, -1, -1, dtype=np.int16)[:, None]
    sheet.cells(levels, colours, (left, upper, WIDTH, lower - upper))
    sheet.outline(tip_up + tip_down, RULE, HAIRLINE)
