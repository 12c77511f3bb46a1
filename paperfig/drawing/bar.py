"""The colour bar: thin, vector, with an arrow where values lie beyond the limits."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from paperfig.drawing.canvas import DEPTH, EDGE, HAIRLINE, RULE, SOFT, Canvas, Point
from paperfig.drawing.fonts import Faces
from paperfig.drawing.page import Page
from paperfig.drawing.scales.scale import Scale

GAP = 7.0  # from the panels to the bar
WIDTH = 5.0
LONGEST = 150.0
ARROW = 5.0
ABOVE = 5.0  # from the key's title to a lying bar
TICK = 1.5
PAD = 1.5
_SCALED = {  # the first that is no longer than the bar
    "linear": ("attention weight", "weight"),
    "sqrt": (
        "attention weight (square-root scale)",
        "weight (square-root scale)",
        "weight (√)",
    ),
    "log": ("attention weight (log scale)", "weight (log scale)", "weight (log)"),
    "relative": (
        "weight × number of allowed keys (log₂ scale)",
        "weight × allowed keys (log₂ scale)",
        "weight × keys (log₂)",
        "weight × keys",
    ),
}
_SCORES = {
    "KL": ("KL divergence (nats)", "KL (nats)", "KL"),
    "divergence": ("divergence (nats)", "nats"),
    "value": ("value",),
    "logit": ("logit − maximum of its row", "logit − row maximum", "logit − max", "logit"),
}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
BAR_TEXT = (
    "0123456789.-−/() attention weight square-root log scale √ KL divergence (nats) logit"
    "·⁻⁰¹²³⁴⁵⁶⁷⁸⁹ number of allowed keys × ₂"
)


def bar_text(scale: Scale) -> str:
    """All characters of a bar."""
    return BAR_TEXT + "".join(_titles(scale))


def bar_extent(scale: Scale, faces: Faces, label_size: float, title_size: float) -> float:
    """How far the bar reaches to the right of the panels, its gap and labels included."""
    widest = max(faces.width(_number(tick, scale), label_size) for tick in scale.ticks())
    return GAP + WIDTH + TICK + PAD + widest + 2 * PAD + title_size


def bar_depth(label_size: float, title_size: float) -> float:
    """How far a lying bar reaches down, its ticks, labels and title included."""
    return WIDTH + TICK + PAD + 0.75 * label_size + 2 * PAD + title_size


def bar_beneath(page: Page) -> float:
    """What a lying bar takes beneath the key's title, the space above it included."""
    return ABOVE + bar_depth(page.label_size, page.axis_size)


def lying_bar_overhang(scale: Scale, faces: Faces, label_size: float, least: float) -> float:
    """How far the last label of a lying bar, at ``least`` so long, reaches beyond its end."""
    last = scale.ticks()[-1]
    short = (1 - float(scale.positions(np.array([last]))[0])) * (least - ARROW)
    return faces.width(_number(last, scale), label_size) / 2 - short - ARROW * (scale.over > 0)


def draw_bar(
    canvas: Canvas,
    scale: Scale,
    colours: UInt8[np.ndarray, "level 3"],
    box: tuple[float, float, float],
    sizes: tuple[float, float],
    *,
    lying: bool = False,
) -> None:
    """Draws the bar: upright to the right of the panels, or lying beneath them.

    One longer than is good to read is cut: upright from its upper end, lying in the middle.

    Args:
        canvas: to draw on.
        scale: what the bar explains.
        colours: of the levels, lowest first.
        box: the right edge of the panels, and the bar's upper and lower end, arrows
            included, at the longest; of a lying bar its upper edge, and its left and right
            end.
        sizes: of type, for tick labels and for the bar's title.
        lying: whether it runs from left to right.
    """
    (edge, start, end), (label_size, title_size) = box, sizes
    spare = max(0.0, end - start - LONGEST)
    start, end = start + spare / 2 * lying, end - spare / (1 + lying)
    if lying:
        beyond = lying_bar_overhang(scale, canvas.faces, label_size, end - start)
        cut = max(0.0, end + beyond - (canvas.width - EDGE))
        start, end = start + cut, end - cut
        place = _Place(lying=True, low=start, high=end, near=edge)
        outer = edge + bar_depth(*sizes)
    else:
        place = _Place(lying=False, low=end, high=start, near=edge + GAP)
        outer = edge + bar_extent(scale, canvas.faces, *sizes)
    low, high = place.inner(scale)
    _draw_colours(canvas, colours, place, (low, high))
    far = place.near + WIDTH
    ticks = _ticks_apart(scale, abs(high - low), canvas.faces if lying else None, label_size)
    places = (low + (high - low) * scale.positions(np.array(ticks))).tolist()
    strokes = [[place.at(along, far), place.at(along, far + TICK)] for along in places]
    canvas.strokes(strokes, RULE, HAIRLINE)
    beyond = far + TICK + PAD + 0.375 * label_size * lying
    for tick, along in zip(ticks, places, strict=True):
        at = place.at(along, beyond)
        canvas.label(_number(tick, scale), at, label_size, align="middle" if lying else "left")
    title = canvas.faces.fitting(_titles(scale), title_size, end - start)
    at = place.at((start + end) / 2, outer - DEPTH * title_size)
    canvas.label(title, at, title_size, align="middle", upright=not lying, colour=SOFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a bar lies: ``along`` it from low to high, ``across`` it towards its title.

    Attributes:
        lying: whether ``along`` is x; else it is y.
        low: its end at the lowest level, arrow included.
        high: the other end.
        near: its side at the panels.
    """

    lying: bool
    low: float
    high: float
    near: float

    def at(self, along: float, across: float) -> Point:
        """A point on the canvas."""
        return (along, across) if self.lying else (across, along)

    def inner(self, scale: Scale) -> tuple[float, float]:
        """The ends of the levels, within the arrows."""
        arrow = math.copysign(ARROW, self.high - self.low)
        return self.low + arrow * (scale.under > 0), self.high - arrow * (scale.over > 0)


def _ticks_apart(scale: Scale, long: float, across: Faces | None, size: float) -> list[float]:
    """The limits, and of the scale's other ticks as many as have room: each how manyth can be.

    Args:
        scale: what the bar explains.
        long: the bar's length, in points.
        across: the faces of labels that stand side by side along the bar; else they are
            on top of each other.
        size: of type.
    """
    ticks = scale.ticks()
    wide = [
        across.width(_number(tick, scale), size) if across else 0.7 * size for tick in ticks
    ]
    half = [each / 2 for each in wide]
    places = (long * scale.positions(np.array(ticks))).tolist()
    last = len(ticks) - 1

    between = (0.4 if across else 0.1) * size

    def apart(one: int, other: int) -> bool:
        return bool(places[other] - places[one] >= half[one] + half[other] + between)

    for every in range(1, last):
        has_centre = scale.centre is None or scale.centre in ticks[::every]
        whole = last % every == 0 and has_centre
        if whole and all(apart(at, at + every) for at in range(0, last, every)):
            return ticks[::every]
    if not apart(0, last):
        return ticks[-1:]
    kept = [0]
    for index in range(1, last):
        if apart(kept[-1], index) and apart(index, last):
            kept.append(index)
    return [ticks[index] for index in (*kept, last)]


def _number(tick: float, scale: Scale) -> str:
    """A tick's label: ``0.5``, ``−0.5``, ``−2·10⁻⁵``; a power as ``10⁻²`` or ``1/4``."""
    if scale.kind == "relative" and tick < 1 and (1 / tick).is_integer():
        return f"1/{1 / tick:.0f}"
    if scale.kind == "log" and tick < 1 and math.log10(tick).is_integer():
        return f"10{str(round(math.log10(tick))).translate(_RAISED)}"
    digits, _, power = f"{tick / 10.0**scale.exponent:g}".partition("e")
    if power:
        factor = {"1": "", "-1": "-"}.get(digits, f"{digits}·")
        digits = f"{factor}10{str(int(power)).translate(_RAISED)}"
    return digits.replace("-", "−")


def _titles(scale: Scale) -> tuple[str, ...]:
    """What the bar's title may be, the longest first."""
    if scale.quantity == "weight":
        return _SCALED[scale.kind]
    unit = f" (10{str(scale.exponent).translate(_RAISED)})" if scale.exponent else ""
    titles = (scale.title,) if scale.title else _SCORES[scale.quantity]
    return tuple(f"{title}{unit}" for title in titles)


def _draw_colours(
    canvas: Canvas,
    colours: UInt8[np.ndarray, "level 3"],
    place: _Place,
    inner: tuple[float, float],
) -> None:
    """The levels between the inner ends, and arrows that reach to the outer ones."""
    (low, high), near, far = inner, place.near, place.near + WIDTH
    middle, inside = near + WIDTH / 2, (low + high) / 2
    upper = [place.at(high, near), place.at(place.high, middle), place.at(high, far)]
    lower = [place.at(low, far), place.at(place.low, middle), place.at(low, near)]
    across = [place.at(inside, far), place.at(inside, near)]
    # The arrows reach under the levels, so that no edge shows between them.
    canvas.fill([*upper, *across], colours[-1])
    canvas.fill([*lower, *reversed(across)], colours[0])
    levels = np.arange(len(colours), dtype=np.int16)
    if place.lying:
        canvas.cells(levels[None], colours, (low, near, high - low, WIDTH))
    else:
        canvas.cells(levels[::-1, None], colours, (near, high, WIDTH, low - high))
    canvas.outline(upper + lower, RULE, HAIRLINE)
