"""The canvas of a figure: text, lines and cells in points from its upper left corner."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Int16, UInt8
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from paperfig.drawing.cells import Cells, CellsForm
from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import Label, Run, width

INK = "#1c1c1c"
SOFT = "#5a5a5a"  # axis titles
FAINT = "#767676"  # stand-ins for white space
RULE = "#9a9a9a"  # frames and ticks
HAIRLINE = 0.4
EDGE = 1.0 + HAIRLINE / 2  # what stands at the edge of a page leaves 1 pt of it bare

# From the baseline to the middle of lower-case letters and figures, in type sizes.
MIDDLE = 0.3
# From that middle to below all descenders, with a little air.
DEPTH = 0.6

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left and upper edge, width and height."""


class Canvas:
    """A figure of exact size, and what is drawn on it.

    Lengths are in points of 1/72 inch; x runs to the right, y down from the upper edge.
    """

    def __init__(self, width: float, height: float, faces: Faces) -> None:
        self.width, self.height, self.faces = width, height, faces
        self.figure = Figure(figsize=(width / 72, height / 72), frameon=False)
        points = Affine2D().scale(1, -1).translate(0, height).scale(1 / 72)
        self._transform = points + self.figure.dpi_scale_trans

    def label(
        self,
        label: Label | str,
        at: Point,
        size: float,
        *,
        align: Literal["left", "middle", "right"] = "left",
        upright: bool = False,
        colour: str = INK,
    ) -> None:
        """A line of text whose middle height is at a point.

        Args:
            label: runs of text, or one text; never read as mathematics.
            at: where the text begins, has its middle or ends, by ``align``.
            size: of type, in points.
            align: see ``at``.
            upright: whether it runs from bottom to top.
            colour: of runs that are not faint.
        """
        runs = (Run(label),) if isinstance(label, str) else label
        back = {"left": 0.0, "middle": 0.5, "right": 1.0}[align]
        along = -back * width(runs, self.faces, size)
        x, y = at
        for run in runs:
            faces = run.faces(self.faces)
            place = (
                (x + MIDDLE * size, y - along) if upright else (x + along, y + MIDDLE * size)
            )
            text = Text(
                *place,
                run.text,
                color=FAINT if run.faint else colour,
                fontproperties=FontProperties(family=list(faces.families), size=size),
                rotation=90 if upright else 0,
                rotation_mode="anchor",
                verticalalignment="baseline",
                parse_math=False,
                transform=self._transform,
            )
            self._add(text)
            along += faces.width(run.text, size)

    def inside(self, middle: float, long: float, *, upright: bool = False) -> float:
        """The middle nearest to one where what is so long leaves the page's margins bare."""
        most = self.height if upright else self.width
        return min(max(middle, EDGE + long / 2), most - EDGE - long / 2)

    def strokes(self, lines: Sequence[Sequence[Point]], colour: str, linewidth: float) -> None:
        """Open lines in one stroke."""
        if lines:
            path = Path.make_compound_path(*(Path(np.array(line)) for line in lines))
            self._path(path, edgecolor=colour, facecolor="none", linewidth=linewidth)

    def outline(self, corners: Sequence[Point], colour: str, linewidth: float) -> None:
        """A closed line around a shape."""
        path = Path(np.array([*corners, corners[0]]), closed=True)
        self._path(path, edgecolor=colour, facecolor="none", linewidth=linewidth)

    def fill(self, corners: Sequence[Point], colour: UInt8[np.ndarray, "3"]) -> None:
        """A filled shape."""
        path = Path(np.array([*corners, corners[0]]), closed=True)
        rgb = (colour / 255).tolist()
        self._path(path, facecolor=rgb, edgecolor="none", linewidth=0)

    def discs(self, centres: Sequence[Point], radius: float, colour: str) -> None:
        """Filled circles of one size in one colour."""
        if centres:
            circles = (Path.circle(centre, radius) for centre in centres)
            path = Path.make_compound_path(*circles)
            self._path(path, facecolor=colour, edgecolor="none", linewidth=0)

    def cells(
        self,
        levels: Int16[np.ndarray, "row column"],
        colours: UInt8[np.ndarray, "level 3"],
        box: Box,
        form: CellsForm = "vector",
    ) -> None:
        """Cells in a box, as shapes or as an image."""
        left, top, wide, high = box
        self._add(Cells(levels, colours, (left, self.height - top, wide, high), form))

    def _path(self, path: Path, **look: object) -> None:
        patch = PathPatch(path, transform=self._transform, joinstyle="miter", **look)
        patch.set_snap(False)
        self._add(patch)

    def _add(self, artist: Artist) -> None:
        artist.set_zorder(len(self.figure.artists))  # in the order of drawing
        self.figure.add_artist(artist)


def rectangle(left: float, top: float, wide: float, high: float) -> list[Point]:
    """The corners of a rectangle."""
    right, bottom = left + wide, top + high
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
