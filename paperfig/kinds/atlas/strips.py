"""Beside each row of an atlas of numbers: a tick a head, and their mean as a dot."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from paperfig.drawing.canvas import EDGE, HAIRLINE, RULE, SOFT, Canvas
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.scales.scale import Scale
from paperfig.kinds.atlas.layout import Layout
from paperfig.values.site import Site

STRIP_TEXT = "by layer 0123456789.−"
_GAP = 9.0
_GRID = "#e3e3e3"
_GRID_LINE = 0.35
_TICK_LINE = 0.4
_TALLEST_TICK = 5.0
_RADIUS, _HALO = 1.6, 0.6
_BELOW = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strips:
    """How strips look: their axis, the colour of dots, the size of type."""

    scale: Scale
    colour: UInt8[np.ndarray, "3"]
    size: float


def strips_extent(size: float) -> float:
    """How far their axis and its labels reach below the last row."""
    return _BELOW + TICK + PAD + size


def draw_strips(
    canvas: Canvas, layout: Layout, of_layer: Mapping[Site, Sequence[float]], strips: Strips
) -> None:
    """A strip a row, all on the axis below them, from the colours' lower end to the upper."""
    scale, size = strips.scale, strips.size
    ends = [f"{end:g}".replace("-", "−") for end in (scale.low, scale.high)]
    left = layout.right + _GAP
    right = canvas.width - EDGE - canvas.faces.width(ends[1], size) / 2
    ticks, means = [], []
    for layer, values in of_layer.items():
        _, top, _, tall = layout.box(layer, 0)
        middle, half = top + tall / 2, min(0.3 * tall, _TALLEST_TICK)
        canvas.strokes([[(left, middle), (right, middle)]], _GRID, _GRID_LINE)
        known = np.array([value for value in values if not math.isnan(value)])
        places = (left + (right - left) * scale.positions(known)).tolist()
        ticks += [[(at, middle - half), (at, middle + half)] for at in places]
        if places:
            mean = float(scale.positions(known.mean(keepdims=True))[0])
            means.append((left + (right - left) * mean, middle))
    canvas.strokes(ticks, SOFT, _TICK_LINE)
    canvas.discs(means, _RADIUS + _HALO, "#ffffff")
    red, green, blue = strips.colour.tolist()
    canvas.discs(means, _RADIUS, f"#{red:02x}{green:02x}{blue:02x}")
    bottom = layout.bottom + _BELOW
    axis = [[(left, bottom), (right, bottom)]]
    axis += [[(at, bottom), (at, bottom + TICK)] for at in (left, right)]
    canvas.strokes(axis, RULE, HAIRLINE)
    for x, text in zip((left, right), ends, strict=True):
        canvas.label(text, (x, bottom + TICK + PAD / 2 + size / 2), size, align="middle")
    title = canvas.faces.fitting(("by layer", "layer"), size, right - left)
    above = layout.top - PAD / 2 - size / 2
    canvas.label(title, ((left + right) / 2, above), size, align="middle")
