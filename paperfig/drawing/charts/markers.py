"""Markers of lines: a shape for each colour, so that lines are told apart in grey as well."""

import math

import numpy as np

from paperfig.drawing.canvas import Canvas, Point

RADIUS = 1.5  # of the disc, in points
_CORNERS = ((24, 0.0), (4, 45.0), (3, 0.0), (4, 0.0), (3, 180.0), (5, 0.0))
"""Of the shapes: how many, and by how many degrees they are turned."""


def draw_marker(canvas: Canvas, centre: Point, rank: int, colour: str) -> None:
    """The shape of a line that is the ``rank``-th of those with a colour."""
    rgb = np.array(list(bytes.fromhex(colour[1:])), dtype=np.uint8)
    canvas.fill(_corners_around(centre, *_CORNERS[rank]), rgb)


def _corners_around(centre: Point, count: int, turn: float) -> list[Point]:
    """The corners of a regular polygon; all have about the area of the disc."""
    angles = [math.radians(turn + 360 * index / count) for index in range(count)]
    full = (
        count / 2 * math.sin(2 * math.pi / count)
    )  # of one whose corners are 1 from its middle
    far = RADIUS * math.sqrt(math.pi / full)
    x, y = centre
    return [(x + far * math.sin(angle), y - far * math.cos(angle)) for angle in angles]
