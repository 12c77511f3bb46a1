"""Where the panels of lines stand: in rows, the tokens at the outer sides of each row."""

import math
from dataclasses import dataclass

from paperfig.drawing.canvas import EDGE, Box
from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.grid import asked_columns
from paperfig.drawing.labels import PITCH as LABEL_PITCH
from paperfig.drawing.labels import MapLabels, Room, fitting_axes
from paperfig.drawing.matrices.axes import PAD, TICK
from paperfig.drawing.page import SMALLEST, Page
from paperfig.errors import DrawingError
from paperfig.values.tokens import Tokens

PITCH = 1.18  # type sizes, from token to token
TALLEST = 300.0  # points, of a panel
LEAST_WIDE, MOST_WIDE = 34.0, 150.0  # points, of a panel
GAP = 6.0  # from panel to panel
BETWEEN_ROWS = 6.0
TITLE = 1.5  # type sizes, of the line of titles
LEGEND = 2.2  # type sizes, of the legend beneath


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands, in points from the upper left corner.

    Attributes:
        boxes: of the panels, in reading order.
        columns: how many panels stand in a full row.
        pitch: from token to token.
        labels: of queries and keys.
        legend: the middle of the legend's line; None without one.
        height: of the page.
    """

    boxes: tuple[Box, ...]
    columns: int
    pitch: float
    labels: MapLabels
    legend: float | None
    height: float

    def is_outer(self, panel: int) -> tuple[bool, bool]:
        """Whether a panel is the first of its row, and the last."""
        last = panel % self.columns == self.columns - 1 or panel == len(self.boxes) - 1
        return panel % self.columns == 0, last

    def at(self, panel: int, token: int) -> float:
        """The height at which a token stands."""
        return self.boxes[panel][1] + (token + 0.5) * self.pitch


def layout_of(count: int, group: int, queries: Tokens, keys: Tokens, page: Page) -> Layout:
    """The layout of so many panels.

    Args:
        count: how many panels there are.
        group: how many stand in a row where they fit; 0 for any number.
        queries: the tokens on the left.
        keys: those on the right.
        page: to fill.

    Raises:
        DrawingError: there are too many tokens, or the page leaves no room for panels.
    """
    legend = LEGEND * page.label_size if page.style.has_bar else 0.0
    plain, _ = faces_for(["query key"], page.style.font)
    columns = _columns(count, group, page, *_sides(plain, page, 0.0, 0.0))
    rows, labels = 0, None
    while labels is None or rows != math.ceil(count / columns):
        # Labels of a smaller type, in more rows, may leave room for more panels in each.
        rows = math.ceil(count / columns)
        room = _room(rows, legend, page)
        _check(max(len(queries), len(keys)), room, page)
        labels = fitting_axes(queries, keys, page, _as_labels_ask(room))
        sides = _sides(plain, page, labels.queries.extent, labels.keys.extent)
        columns = min(columns, _columns(count, group, page, *sides))
    pitch = _pitch(labels, max(len(queries), len(keys)), room, page)
    tall = pitch * max(len(queries), len(keys))
    boxes = _boxes(count, columns, sides, page, tall)
    bottom = boxes[-1][1] + tall + EDGE
    return Layout(
        boxes=boxes,
        columns=columns,
        pitch=pitch,
        labels=labels,
        legend=bottom + legend / 2 if legend else None,
        height=math.ceil(100 * (bottom + legend)) / 100,
    )


def _sides(faces: Faces, page: Page, queries: float, keys: float) -> tuple[float, float]:
    """The room left and right of the panels, where labels run as far as these."""
    beside = EDGE + TICK + PAD
    widest = [faces.width(word, page.axis_size) for word in ("query", "key")]
    return beside + max(queries, widest[0]), beside + max(keys, widest[1])


def _columns(count: int, group: int, page: Page, left: float, right: float) -> int:
    """How many panels stand in a row: full rows, or one row a group where that fits.

    Raises:
        DrawingError: the page leaves no room for a panel, or for so many as the style asks for.
    """
    free = page.width - left - right
    if free < LEAST_WIDE:
        what = f"{page.style.width!r} leaves {max(free, 0):.0f} pt for each panel"
        raise DrawingError("style.width", what, f"{LEAST_WIDE:g} pt at least is right")
    if page.style.columns is not None:
        return asked_columns(
            page.style.columns,
            range(1, count + 1),
            lambda columns: (free + GAP) / columns - GAP,
            LEAST_WIDE,
        )
    most = int((free + GAP) / (LEAST_WIDE + GAP))
    if 1 < group <= most:
        return group
    return math.ceil(count / math.ceil(count / most))


def _room(rows: int, legend: float, page: Page) -> float:
    """How tall the panels of a row may be."""
    budget = page.height or page.tallest
    around = 2 * EDGE + legend + rows * TITLE * page.title_size + (rows - 1) * BETWEEN_ROWS
    return min(TALLEST, (budget - around) / rows)


def _as_labels_ask(room: float) -> Room:
    """What labels take for the side of a map: they ask for a smaller pitch than lines."""
    side = room * LABEL_PITCH / SMALLEST / PITCH
    return lambda *_: (side, side)


def _check(count: int, room: float, page: Page) -> None:
    """Nothing where so many tokens fit.

    Raises:
        DrawingError: they do not.
    """
    most = max(0, int(room / (PITCH * SMALLEST)))
    if count > most:
        what = f"{count} tokens as lines are {count * PITCH * SMALLEST:.0f} pt high"
        where = "style.height" if page.height else "excerpt"
        right = f"at most {most} in {room:.0f} pt, or `figure: map`, is right"
        raise DrawingError(where, what, right)


def _pitch(labels: MapLabels, count: int, room: float, page: Page) -> float:
    """From token to token, for the larger of the two types."""
    shown = [each for each in (labels.queries, labels.keys) if each.kind == "tokens"]
    wanted = [max(PITCH * each.size, each.pitch) for each in shown]
    return min(max(wanted, default=PITCH * page.label_size), room / count)


def _boxes(
    count: int, columns: int, sides: tuple[float, float], page: Page, tall: float
) -> tuple[Box, ...]:
    left, right = sides
    free = page.width - left - right - (columns - 1) * GAP
    wide = min(free / columns, MOST_WIDE)
    start = left + (free - columns * wide) / 2
    down = tall + BETWEEN_ROWS + TITLE * page.title_size
    top = EDGE + TITLE * page.title_size
    return tuple(
        (start + panel % columns * (wide + GAP), top + panel // columns * down, wide, tall)
        for panel in range(count)
    )
