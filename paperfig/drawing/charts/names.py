"""The names of a chart's lines, each at the end of its own; and the lines' colours."""

from collections.abc import Sequence

from paperfig.drawing.canvas import EDGE, HAIRLINE, Canvas, Point
from paperfig.drawing.charts.chart import APART, LEADER, Chart
from paperfig.drawing.matrices.axes import PAD

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's, told apart by every colour vision; in grey the markers tell."""

OTHERS = "#d0d0d0"
"""Of lines that have no name."""


def draw_names(
    canvas: Canvas,
    chart: Chart,
    ends: Sequence[tuple[str, Point, str]],
    size: float,
    *,
    key: float = 0.0,
) -> list[Point]:
    """Each name beside its line's end, moved where another stands; where the keys have room.

    Args:
        canvas: to draw on.
        chart: whose lines they are.
        ends: of each line its name, its end and its colour.
        size: of type.
        key: the room for a key between leader and name, in points.
    """
    left, _, wide, _ = chart.box
    x = left + wide + LEADER
    _, top, _, high = chart.box
    wanted = spread([y for _, (_, y), _ in ends], APART * size)
    places = lowered(raised(wanted, top + high, APART * size), EDGE + size / 2, APART * size)
    for (name, end, colour), y in zip(ends, places, strict=True):
        canvas.strokes([[end, (x - PAD / 2, y)]], colour, HAIRLINE)
        canvas.label(name, (x + key, y), size, colour=colour)
    return [(x, y) for y in places]


def spread(wanted: Sequence[float], apart: float) -> list[float]:
    """Places as near to those wanted as their distance allows, in the same order.

    >>> spread([1.0, 1.0, 9.0], 2.0)
    [0.0, 2.0, 9.0]
    """
    groups: list[tuple[list[int], float]] = []
    for index in sorted(range(len(wanted)), key=lambda one: wanted[one]):
        groups.append(([index], wanted[index]))
        while len(groups) > 1 and _overlap(groups[-2], groups[-1], apart):
            (members, middle), (others, other) = groups.pop(-2), groups.pop()
            count = len(members) + len(others)
            mean = (middle * len(members) + other * len(others)) / count
            groups.append((members + others, mean))
    places = dict[int, float]()
    for members, middle in groups:
        for rank, index in enumerate(members):
            places[index] = middle + (rank - (len(members) - 1) / 2) * apart
    return [places[index] for index in range(len(wanted))]


def raised(places: Sequence[float], lowest: float, apart: float) -> list[float]:
    """The places, those raised that are below the lowest or would touch one that was raised.

    >>> raised([1.0, 8.0, 10.0], 9.0, 2.0)
    [1.0, 7.0, 9.0]
    """
    found = dict[int, float]()
    for index in sorted(range(len(places)), key=lambda one: -places[one]):
        found[index] = min(places[index], lowest)
        lowest = found[index] - apart
    return [found[index] for index in range(len(places))]


def lowered(places: Sequence[float], highest: float, apart: float) -> list[float]:
    """The places, those lowered that are above the highest or would touch one that was lowered.

    >>> lowered([-1.0, 0.5, 8.0], 1.0, 2.0)
    [1.0, 3.0, 8.0]
    """
    return [-place for place in raised([-place for place in places], -highest, apart)]


def _overlap(
    above: tuple[list[int], float], below: tuple[list[int], float], apart: float
) -> bool:
    reach = (len(above[0]) + len(below[0])) / 2 * apart
    return below[1] - above[1] < reach - 1e-9
