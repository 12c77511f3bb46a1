"""The colour bar: thin, vector, with an arrow where values lie beyond the limits."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from paperfig.drawing.fonts import Faces
from paperfig.drawing.scale import Scale
from paperfig.drawing.sheet import DEPTH, HAIRLINE, RULE, SOFT, Point, Sheet

GAP = 7.0  # from the panels to the bar
WIDTH = 5.0
ARROW = 5.0
TICK = 1.5
PAD = 1.5
_SCALED = {  # the first that is no longer than the bar
    "linear": ("attention weight", "weight"),
    "sqrt": (
        "attention weight (square-root scale)",
        "weight (square-root scale)",
        "sqrt scale",
    ),
    "log": ("attention weight (log scale)", "weight (log scale)", "log scale"),
}
_SCORES = {
    "KL": ("KL divergence (nats)", "KL (nats)", "KL"),
    "divergence": ("divergence (nats)", "nats"),
    "logit": ("logit − maximum of its row", "logit − row maximum", "logit − max", "logit"),
}
BAR_TEXT = "0123456789.-−() attention weight square-root log scale KL divergence (nats) logit"


def bar_extent(scale: Scale, faces: Faces, label_size: float, title_size: float) -> float:
    """How far the bar reaches to the right of the panels, its gap and labels included."""
    widest = max(faces.width(_number(tick), label_size) for tick in scale.ticks())
    return GAP + WIDTH + TICK + PAD + widest + 2 * PAD + title_size


def bar_depth(label_size: float, title_size: float) -> float:
    """How far a lying bar reaches down, its ticks, labels and title included."""
    return WIDTH + TICK + PAD + 0.75 * label_size + PAD + title_size


def lying_bar_overhang(scale: Scale, faces: Faces, label_size: float, least: float) -> float:
    """How far the last label of a lying bar, at ``least`` so long, reaches beyond its end."""
    last = scale.ticks()[-1]
    short = (1 - float(scale.positions(np.array([last]))[0])) * (least - ARROW)
    return faces.width(_number(last), label_size) / 2 - short - ARROW * (scale.over > 0)


def draw_bar(
    sheet: Sheet,
    scale: Scale,
    colours: UInt8[np.ndarray, "level 3"],
    box: tuple[float, float, float],
    sizes: tuple[float, float],
) -> None:
    """Draws the bar upright.

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
        sheet.label(_number(tick), (x + TICK + PAD, y), label_size)
    at = (
        edge + bar_extent(scale, sheet.faces, *sizes) - DEPTH * title_size,
        (top + bottom) / 2,
    )
    title = _title(scale, sheet.faces, title_size, bottom - top)
    sheet.label(title, at, title_size, align="middle", upright=True, colour=SOFT)


def draw_lying_bar(
    sheet: Sheet,
    scale: Scale,
    colours: UInt8[np.ndarray, "level 3"],
    box: tuple[float, float, float],
    sizes: tuple[float, float],
) -> None:
    """Draws the bar from left to right, beneath the panels.

    Args:
        sheet: to draw on.
        scale: what the bar explains.
        colours: of the levels, lowest first.
        box: the bar's left and right end, arrows included, and its upper edge.
        sizes: of type, for tick labels and for the bar's title.
    """
    (left, right, top), (label_size, title_size) = box, sizes
    inner_left, inner_right = left + ARROW * (scale.under > 0), right - ARROW * (scale.over > 0)
    _draw_lying_colours(sheet, colours, top, (left, inner_left, inner_right, right))
    ticks, y = scale.ticks(), top + WIDTH
    places = (
        inner_left + (inner_right - inner_left) * scale.positions(np.array(ticks))
    ).tolist()
    sheet.strokes([[(x, y), (x, y + TICK)] for x in places], RULE, HAIRLINE)
    below = y + TICK + PAD + 0.375 * label_size
    for tick, x in zip(ticks, places, strict=True):
        sheet.label(_number(tick), (x, below), label_size, align="middle")
    at = (left + right) / 2, top + bar_depth(*sizes) - DEPTH * title_size
    title = _title(scale, sheet.faces, title_size, right - left)
    sheet.label(title, at, title_size, align="middle", colour=SOFT)


def _title(scale: Scale, faces: Faces, size: float, room: float) -> str:
    """The longest title that is no longer than the bar, else the shortest."""
    is_weight = scale.quantity == "weight"
    titles = _SCALED[scale.kind] if is_weight else _SCORES[scale.quantity]
    fitting = (title for title in titles if faces.width(title, size) <= room)
    return next(fitting, titles[-1])


def _number(tick: float) -> str:
    text = f"{tick:g}"
    return f"−{text[1:]}" if text.startswith("-") else text


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


def _draw_lying_colours(
    sheet: Sheet,
    colours: UInt8[np.ndarray, "level 3"],
    top: float,
    ends: tuple[float, float, float, float],
) -> None:
    """The same from left to right."""
    (left, first, last, right), bottom = ends, top + WIDTH
    middle, inside = top + WIDTH / 2, (first + last) / 2
    tip_right: Sequence[Point] = [(last, top), (right, middle), (last, bottom)]
    tip_left: Sequence[Point] = [(first, bottom), (left, middle), (first, top)]
    sheet.fill([*tip_right, (inside, bottom), (inside, top)], colours[-1])
    sheet.fill([*tip_left, (inside, top), (inside, bottom)], colours[0])
    levels = np.arange(len(colours), dtype=np.int16)[None]
    sheet.cells(levels, colours, (first, top, last - first, WIDTH))
    sheet.outline([*tip_right, *tip_left], RULE, HAIRLINE)
