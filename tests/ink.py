"""Where the ink of a drawn page lies, and what of it is where it should not be."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float64
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from paperfig.drawing.cells import Cells
from paperfig.drawing.underpainting import MASKED

SMALLEST, MARGIN = 5.0, 1.0
"""The least size of type, and what is free on all four sides of a page, in points."""

TOUCH = 0.25
"""How far boxes may reach into each other, in points: curves do not fill their boxes."""

_ROUNDING = 0.01
_PALE = 0.85  # of all three colours, in lines of a chart's grid, which lie behind texts

Bounds = tuple[float, float, float, float]
"""Left, bottom, right and top, in points from the page's lower left corner."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ink:
    """What is drawn of one artist.

    Attributes:
        bounds: of its ink, lines by their width.
        name: the text that is written, or what kind of thing it is.
        size: of type, in points; 0 where it is no text.
        strokes: the segments of lines that are no grid's, from x, y to x, y.
        area: what is filled.
        cells: the grid of cells, where it is one.
    """

    bounds: Bounds
    name: str
    size: float = 0.0
    strokes: Float64[np.ndarray, "segment 4"] | None = None
    area: Path | None = None
    cells: Cells | None = None


def ink_of(figure: Figure) -> list[Ink]:
    """All ink of a figure, in the order of drawing."""
    return [*map(_ink, filter(_is_seen, figure.artists)), *_bands(figure)]


def faults(figure: Figure) -> list[str]:
    """What is wrong on a page, by the texts that it concerns."""
    inks, page = ink_of(figure), (72 * figure.get_size_inches()).tolist()
    texts = [one for one in inks if one.size]
    others = [one for one in inks if not one.size]
    found = [
        f"{one.name!r} is {one.size:.2f} pt" for one in texts if one.size < SMALLEST - _ROUNDING
    ]
    found += [f"{one.name!r} {off}" for one in inks for off in _off_page(one, page)]
    for at, one in enumerate(texts):
        found += [
            f"{one.name!r} lies on {other.name!r}"
            for other in texts[at + 1 :]
            if _meet(one.bounds, other.bounds)
        ]
        under = (other.name for other in others if _hides(other, one))
        found += [f"{one.name!r} lies on {name}" for name in under]
    return found


def _is_seen(artist: object) -> bool:
    return not (isinstance(artist, Text) and not artist.get_text().strip())


def _ink(artist: object) -> Ink:
    if isinstance(artist, Text):
        return _written(artist)
    if isinstance(artist, Cells):
        left, top, wide, high = artist.box
        bounds = left, top - high, left + wide, top
        return Ink(bounds=bounds, name=f"{artist.levels.shape} cells", cells=artist)
    assert isinstance(artist, PathPatch), artist
    return _shape(artist)


def _written(text: Text) -> Ink:
    path = _outline(text.get_text(), tuple(text.get_fontfamily()))
    left, bottom, right, top = (text.get_size() * edge for edge in path)
    x, y = (text.get_transform().transform(text.get_position()) * _unit(text)).tolist()
    bounds = (
        (x - top, y + left, x - bottom, y + right)
        if text.get_rotation()
        else (x + left, y + bottom, x + right, y + top)
    )
    return Ink(bounds=bounds, name=text.get_text(), size=float(text.get_size()))


@lru_cache(maxsize=8192)
def _outline(text: str, families: tuple[str, ...]) -> Bounds:
    """The bounds of a text's glyphs at size 1, from its baseline's beginning."""
    path = TextPath((0, 0), text, size=100, prop=FontProperties(family=list(families)))
    return tuple((path.get_extents().extents / 100).tolist())


def _shape(patch: PathPatch) -> Ink:
    path = patch.get_transform().transform_path(patch.get_path())
    path = Path(path.vertices * _unit(patch), path.codes)
    is_filled, is_pale = patch.get_facecolor()[3] > 0, min(patch.get_edgecolor()[:3]) > _PALE
    half = float(patch.get_linewidth()) / 2
    left, bottom, right, top = path.get_extents().extents.tolist()
    return Ink(
        bounds=(left - half, bottom - half, right + half, top + half),
        name="an area" if is_filled else f"a line of {patch.get_linewidth():g} pt",
        strokes=None if is_filled or is_pale else _segments(path),
        area=path if is_filled else None,
    )


def _bands(figure: Figure) -> Iterator[Ink]:
    """Of what seaborn draws: intervals around lines."""
    for axes in figure.axes:
        for band in axes.findobj(PolyCollection):
            whole = Path.make_compound_path(*band.get_paths())
            points = band.get_transform().transform_path(whole).vertices * _unit(band)
            bounds = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
            yield Ink(bounds=bounds, name="a band")


def _unit(artist: Text | PathPatch | PolyCollection) -> float:
    """Points of 1/72 inch a dot of the figure."""
    figure = artist.get_figure(root=True)
    assert figure is not None
    return 72 / figure.dpi


def _segments(path: Path) -> Float64[np.ndarray, "segment 4"]:
    codes = path.codes if path.codes is not None else np.array([Path.LINETO])
    points = path.vertices
    joined = np.broadcast_to(codes, len(points))[1:] != Path.MOVETO
    return np.concatenate([points[:-1], points[1:]], axis=1)[joined]


def _off_page(one: Ink, page: list[float]) -> Iterator[str]:
    left, bottom, right, top = one.bounds
    ends = {
        "left": left,
        "below": bottom,
        "right": page[0] - right,
        "above": page[1] - top,
    }
    for side, free in ends.items():
        if free < MARGIN - _ROUNDING:
            yield f"has {free:.2f} pt {side}"


def _meet(one: Bounds, other: Bounds) -> bool:
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > TOUCH
        and min(one[3], other[3]) - max(one[1], other[1]) > TOUCH
    )


def _less(bounds: Bounds) -> Bbox:
    """A box without its rim."""
    left, bottom, right, top = bounds
    return Bbox.from_extents(left + TOUCH, bottom + TOUCH, right - TOUCH, top - TOUCH)


def _within(inner: Bounds, outer: Bounds) -> bool:
    return (
        inner[0] >= outer[0] - TOUCH
        and inner[1] >= outer[1] - TOUCH
        and inner[2] <= outer[2] + TOUCH
        and inner[3] <= outer[3] + TOUCH
    )


def _hides(other: Ink, text: Ink) -> bool:
    """Whether cells, an area or a line are where a text is.

    A text may stand on bare paper of a map, or wholly on an area.
    """
    if not _meet(text.bounds, other.bounds) or other.name == "a band":
        return False
    if other.cells is not None:
        return bool(_cells_under(other.cells, text.bounds).any())
    if other.area is not None:
        is_on = other.area.intersects_bbox(_less(text.bounds), filled=True)
        return bool(is_on) and not _within(text.bounds, other.bounds)
    return other.strokes is not None and bool(_crosses(other.strokes, text.bounds).any())


def _cells_under(cells: Cells, bounds: Bounds) -> Bool[np.ndarray, "row column"]:
    """True for each cell that is there and beneath a text."""
    left, top, wide, high = cells.box
    rows, columns = cells.levels.shape
    across, down = wide / columns, high / rows
    start, end = (bounds[0] + TOUCH - left) / across, (bounds[2] - TOUCH - left) / across
    first, last = (top - bounds[3] + TOUCH) / down, (top - bounds[1] - TOUCH) / down
    under = cells.levels[
        max(0, int(np.floor(first))) : int(np.ceil(last)),
        max(0, int(np.floor(start))) : int(np.ceil(end)),
    ]
    return np.asarray(under != MASKED)


def _crosses(
    strokes: Float64[np.ndarray, "segment 4"], bounds: Bounds
) -> Bool[np.ndarray, " segment"]:
    """True for each segment that passes through a box, less its rim (Liang and Barsky)."""
    start, step = strokes[:, :2], strokes[:, 2:] - strokes[:, :2]
    low = np.array(bounds[:2]) + TOUCH - start
    high = np.array(bounds[2:]) - TOUCH - start
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = low / step, high / step
    still = step == 0
    inside = (low < 0) & (high > 0)
    enter = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, other))
    leave = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, other))
    begin, end = enter.max(axis=1).clip(0, None), leave.min(axis=1).clip(None, 1)
    return np.asarray(begin < end)
