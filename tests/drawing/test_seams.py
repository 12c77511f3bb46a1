"""No seam in any figure: between neighbouring cells of any kind nothing shows through."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import pytest
from jaxtyping import Bool, Int16, UInt8
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from revisions.compared import compared
from revisions.heads import fixed_map
from revisions.pictures import scored
from values_of import as_kind, figure_value, map_value, random_figure

from paperfig.drawing import cells
from paperfig.drawing.cells import Cells
from paperfig.drawing.pdf import pdf_bytes
from paperfig.drawing.render import Drawing, draw_figure
from paperfig.drawing.underpainting import MASKED
from paperfig.kinds import KINDS, kind_named
from paperfig.specs.style import StyleSpec
from paperfig.values.figure import FigureData

Draw = Callable[[bytes, int], UInt8[np.ndarray, "row column 3"]]

GREYS = np.repeat(np.linspace(96, 104, 255).round().astype(np.uint8)[:, None], 3, axis=1)
GREYS[0] = 255
OFF, OFF_IN_BAR = 5, 8  # from the middle of the greys; MuPDF rounds at each step of a bar
RIM = 1.5  # pixels, which the edge of a panel may share with the paper

_of_scores = figure_value(scored(24, heads=3))
FIGURES: Mapping[str, tuple[FigureData, StyleSpec, Mapping[str, object]]] = {
    "map": (random_figure(40, heads=3), StyleSpec(venue="icml"), {}),
    "map, two texts": (
        figure_value(map_value(np.full((2, 14, 33), 1 / 33), np.ones((14, 33), dtype=bool))),
        StyleSpec(venue="acl"),
        {},
    ),
    "map, zoomed": (
        random_figure(48, heads=2),
        StyleSpec(venue="ieee", width="page", zoom=(9, 27)),
        {},
    ),
    "context": (as_kind(_of_scores, "context"), StyleSpec(venue="neurips"), {}),
    "scores": (as_kind(_of_scores, "scores"), StyleSpec(venue="aps"), {}),
    "atlas": (
        as_kind(random_figure(60, heads=5, layers=3), "atlas"),
        StyleSpec(),
        {"statistic": None, "order": "model"},
    ),
    "atlas, a number": (
        as_kind(random_figure(12, heads=8, layers=4), "atlas", statistic="sink"),
        StyleSpec(venue="icml"),
        {"statistic": "sink", "order": "model"},
    ),
    "compare": (
        compared(*([fixed_map(30, heads=1, start=50 * at)] for at in range(3))),
        StyleSpec(venue="icml", width="page"),
        {},
    ),
}
PROGRAMS = [
    *(("poppler", dpi) for dpi in (72, 150, 300)),
    *(("mupdf", dpi) for dpi in (72, 150, 300)),
    *(("ghostscript", dpi) for dpi in (72, 150, 300)),
]


def drawn(name: str) -> Drawing:
    """A figure with nothing on it but cells and areas; cells of noise in near-equal greys."""
    data, style, own = FIGURES[name]
    made = draw_figure(partial(kind_named(data.kind).draw, **own), data, style)
    random = np.random.default_rng(0)
    for artist in list(made.figure.artists):
        if isinstance(artist, Cells):
            artist.levels, artist.colours = noise(artist.levels, random), GREYS
        elif not isinstance(artist, PathPatch) or not artist.get_facecolor()[3]:
            artist.remove()
    return made


def noise(
    levels: Int16[np.ndarray, "row column"], random: np.random.Generator
) -> Int16[np.ndarray, "row column"]:
    """Any level in each cell that there is, in few of them the lowest, which is white."""
    if 1 in levels.shape:  # a colour bar
        return levels.clip(1)
    any_ = random.integers(1, 255, levels.shape) * (random.random(levels.shape) > 0.03)
    return np.where(levels == MASKED, MASKED, any_).astype(np.int16)


def leaks(figure: Figure, pixels: UInt8[np.ndarray, "row column 3"], dpi: int) -> int:
    """How many pixels well inside cells, without a white or masked neighbour, are no grey."""
    found, tested, maps = 0, 0, 0
    for grid in (one for one in figure.artists if isinstance(one, Cells)):
        inside = _inside(grid, figure, pixels.shape[:2], dpi)
        most = OFF_IN_BAR if 1 in grid.levels.shape else OFF
        away = np.abs(pixels[inside].astype(int) - 100) > most
        found += int(away.any(axis=1).sum())
        tested, maps = tested + int(inside.sum()), maps + (1 not in grid.levels.shape)
    assert tested > 0.1 * pixels.shape[0] * pixels.shape[1] or not maps
    return found


def _inside(
    grid: Cells, figure: Figure, shape: tuple[int, ...], dpi: int
) -> Bool[np.ndarray, "row column"]:
    (left, top, wide, high), levels = grid.box, grid.levels
    height = 72 * float(figure.get_size_inches()[1])
    rows, columns = levels.shape
    across, off_x = _cells_along(shape[1], dpi, left, wide, columns)
    down, off_y = _cells_along(shape[0], dpi, height - top, high, rows)
    padded = np.pad(levels, 1, constant_values=1)
    lowest = np.minimum.reduce(
        [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    )
    return np.asarray((lowest >= 1)[np.ix_(down, across)] & ~off_x & ~off_y[:, None])


def _cells_along(
    count: int, dpi: int, start: float, long: float, cells: int
) -> tuple[np.ndarray, np.ndarray]:
    """Of so many pixels the cell that each is in, and whether it is off them or at an edge."""
    at, unit = (np.arange(count) + 0.5) * 72 / dpi, RIM * 72 / dpi
    place = ((at - start) / long * cells).astype(int).clip(0, cells - 1)
    return place, (at < start + unit) | (at > start + long - unit)


def areas(figure: Figure, shape: tuple[int, ...], dpi: int) -> Iterator[tuple[np.ndarray, ...]]:
    """The pixels inside of each rectangle with its colour."""
    height = 72 * float(figure.get_size_inches()[1])
    for patch in (one for one in figure.artists if isinstance(one, PathPatch)):
        path = patch.get_transform().transform_path(patch.get_path())
        left, bottom, right, top = (path.get_extents().extents * 72 / figure.dpi).tolist()
        if len(path.vertices) != len("abcda"):  # not a rectangle
            continue
        _, off_x = _cells_along(shape[1], dpi, left, right - left, 1)
        _, off_y = _cells_along(shape[0], dpi, height - top, top - bottom, 1)
        yield ~off_x & ~off_y[:, None], np.round(255 * np.array(patch.get_facecolor()[:3]))


@pytest.fixture(scope="module")
def figures() -> Callable[[str], tuple[Figure, bytes]]:
    """Each figure and its PDF, drawn once."""
    made: dict[str, tuple[Figure, bytes]] = {}

    def get(name: str) -> tuple[Figure, bytes]:
        if name not in made:
            drawing = drawn(name)
            made[name] = drawing.figure, drawing.written(pdf_bytes)
        return made[name]

    return get


@pytest.mark.parametrize(("program", "dpi"), PROGRAMS)
@pytest.mark.parametrize("name", FIGURES)
def test_no_seam_shows(
    name: str,
    program: str,
    dpi: int,
    figures: Callable[[str], tuple[Figure, bytes]],
    request: pytest.FixtureRequest,
) -> None:
    """Neither paper nor a lower level between cells, nor paper within an area."""
    figure, pdf = figures(name)
    draw: Draw = request.getfixturevalue(program)
    pixels = draw(pdf, dpi)

    assert leaks(figure, pixels, dpi) == 0
    if name == "atlas, a number":
        seen = list(areas(figure, pixels.shape, dpi))
        assert len(seen) >= 32
        assert all(np.abs(pixels[at] - colour).max() <= 1 for at, colour in seen)


def test_every_kind_with_cells_is_drawn() -> None:
    """Others have lines, bars and dots only."""
    without = {"profile", "lines", "statistics", "distance", "trend"}

    assert {name.partition(",")[0] for name in FIGURES} == set(KINDS) - without


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "atlas, a number"])
def test_seams_would_be_seen(name: str, poppler: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of cells that are painted side by side, and not under one another."""

    def side_by_side(grid: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        for level in np.unique(grid[grid != MASKED]).tolist():
            rows, columns = np.nonzero(grid == level)
            yield level, np.stack([columns, rows, 0 * rows + 1, 0 * rows + 1], axis=1)

    monkeypatch.setattr(cells, "level_rectangles", side_by_side)
    drawing = drawn(name)
    pixels = poppler(drawing.written(pdf_bytes), 150)

    assert leaks(drawing.figure, pixels, 150) > 100
