"""Cells: each in its place, in its colour, and nothing between them."""

import io
import zlib

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.drawing import cells
from paperfig.drawing.canvas import Canvas
from paperfig.drawing.fonts import BUNDLED, Faces
from paperfig.drawing.pdf import pdf_bytes, png_bytes, settings, svg_bytes
from paperfig.drawing.underpainting import MASKED, level_rectangles

GREYS = np.repeat(np.arange(255, dtype=np.uint8)[::-1, None], 3, axis=1)
# Level 0 is blank, 1 light, 2 dark; a mask leaves the upper right free.
PICTURE = ("+...", "#+..", "+##.", "###+")
LEVEL_OF = {".": MASKED, "_": 0, "+": 127, "#": 254}
levels_grid = st.integers(1, 7).flatmap(
    lambda rows: st.integers(1, 7).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(-1, 5), min_size=columns, max_size=columns),
            min_size=rows,
            max_size=rows,
        )
    )
)


def canvas_of(levels, colours=GREYS, side=144.0):
    """A canvas with nothing but cells on it, from edge to edge."""
    canvas = Canvas(side, side, Faces(BUNDLED))
    canvas.cells(np.asarray(levels, dtype=np.int16), colours, (0.0, 0.0, side, side))
    return canvas


def pdf_of(levels, colours=GREYS, side=144.0):
    """The same as a PDF."""
    with settings():
        return pdf_bytes(canvas_of(levels, colours, side).figure)


def picture_of(pixels):
    """The picture that pixels show at the centres of four by four cells."""
    height, width = pixels.shape[:2]
    middles = [(2 * index + 1) / 8 for index in range(4)]
    shades = {0: "#", 127: "+", 255: "."}
    return tuple(
        "".join(shades[int(pixels[int(y * height), int(x * width), 0])] for x in middles)
        for y in middles
    )


def levels_of(weights, mask, high):
    """Levels on a linear scale."""
    steps = np.floor(255 * weights / high).clip(0, 254)
    return np.where(mask, steps, MASKED).astype(np.int16)


def test_a_pdf_shows_each_cell_in_its_place(poppler):
    """Rows run down, columns to the right, masked cells are paper."""
    levels = [[LEVEL_OF[cell] for cell in row] for row in PICTURE]

    assert picture_of(poppler(pdf_of(levels), 72)) == PICTURE


def test_agg_shows_each_cell_in_its_place():
    """The public path, which PNG takes, shows the same picture."""
    levels = [[LEVEL_OF[cell] for cell in row] for row in PICTURE]
    with settings():
        png = png_bytes(canvas_of(levels).figure)
    pixels = np.round(255 * matplotlib.image.imread(io.BytesIO(png))).astype(int)

    assert picture_of(pixels) == PICTURE


def test_svg_has_one_path_a_level():
    """An SVG holds one path for each level that occurs."""
    levels = [[LEVEL_OF[cell] for cell in row] for row in PICTURE]
    with settings():
        svg = svg_bytes(canvas_of(levels).figure).decode()

    assert svg.count("<path") == 2


@given(levels_grid)
def test_painting_in_order_gives_the_levels(grid):
    """What is painted last on each cell is its own level, and masked cells stay bare."""
    levels = np.array(grid, dtype=np.int16)
    painted = np.full(levels.shape, MASKED)
    order = []
    for level, rectangles in level_rectangles(levels):
        order.append(level)
        for x, y, width, height in rectangles.tolist():
            painted[y : y + height, x : x + width] = level

    assert painted.tolist() == levels.tolist()
    assert order == sorted(set(levels[levels != MASKED].tolist()))


@given(levels_grid)
def test_below_each_corner_lies_the_lowest_of_its_cells(grid):
    """Of cells that meet, the lowest is painted under all others that are drawn."""
    levels = np.array(grid, dtype=np.int16)
    covered = {}
    for level, rectangles in level_rectangles(levels):
        cover = covered[level] = np.zeros(levels.shape, dtype=bool)
        for x, y, width, height in rectangles.tolist():
            cover[y : y + height, x : x + width] = True
    for rows, columns in ((1, 2), (2, 1), (2, 2)):
        for row in range(levels.shape[0] - rows + 1):
            for column in range(levels.shape[1] - columns + 1):
                part = slice(row, row + rows), slice(column, column + columns)
                drawn = levels[part] != MASKED
                if drawn.any():
                    assert covered[levels[part][drawn].min()][part][drawn].all()


@pytest.fixture
def near_greys(causal_map):
    """A map of near-equal greys above a lowest level of white, and its greys."""
    weights, mask = causal_map(128)
    levels = levels_of(weights[0], mask, weights.max())
    random = np.random.default_rng(1)
    noisy = np.where(
        random.random(levels.shape) < 0.5, random.integers(1, 255, levels.shape), 0
    )
    levels = np.where(mask, np.maximum(levels, noisy), MASKED).astype(np.int16)
    levels[64:, :64] = noisy[64:, :64].clip(1)  # a block with no lowest level at all
    greys = np.repeat(np.linspace(96, 104, 255).round().astype(np.uint8)[:, None], 3, axis=1)
    greys[0] = 255
    return levels, greys


def leaks(pixels, levels):
    """How many pixels well inside cells without a lowest or masked neighbour are no grey."""
    height = pixels.shape[0]
    size = len(levels)
    padded = np.pad(levels, 1, constant_values=1)
    lowest = np.minimum.reduce(
        [padded[i : i + size, j : j + size] for i in range(3) for j in range(3)]
    )
    at = (np.arange(height) + 0.5) * size / height
    cell = at.astype(int)
    inside = (lowest >= 1)[np.ix_(cell, cell)]
    inside[[0, -1]] = inside[:, [0, -1]] = False
    tested = pixels[inside].astype(int)
    assert len(tested) > 0.2 * height * height
    return int((np.abs(tested - 100) > 5).any(axis=1).sum())


@pytest.mark.parametrize("dpi", [72, 150, 300])
def test_no_pixel_leaks_in_poppler(near_greys, poppler, dpi):
    """Neither the page nor a contrasting lowest level shows between the cells."""
    levels, greys = near_greys

    assert leaks(poppler(pdf_of(levels, greys, 234.0), dpi), levels) == 0


def test_no_pixel_leaks_in_mupdf(near_greys, mupdf):
    """The same in MuPDF, at 150 dpi."""
    levels, greys = near_greys

    assert leaks(mupdf(pdf_of(levels, greys, 234.0), 150), levels) == 0


def test_side_by_side_cells_would_leak(near_greys, poppler, monkeypatch):
    """The leak test sees the seams of cells that are not painted under one another."""
    levels, greys = near_greys

    def side_by_side(grid):
        for level in np.unique(grid[grid != MASKED]).tolist():
            rows, columns = np.nonzero(grid == level)
            yield level, np.stack([columns, rows, 0 * rows + 1, 0 * rows + 1], axis=1)

    monkeypatch.setattr(cells, "level_rectangles", side_by_side)

    assert leaks(poppler(pdf_of(levels, greys, 234.0), 150), levels) > 1000


def test_operators_and_paths_give_the_same_pixels(causal_map, poppler, monkeypatch):
    """Without access to the PDF's stream, paths draw the same picture."""
    weights, mask = causal_map(48)
    levels = levels_of(weights[0], mask, 0.5)
    by_operators = pdf_of(levels, side=150.0)  # no edge lies where poppler samples
    monkeypatch.setattr(cells, "pdf_writer", lambda _: None)
    by_paths = pdf_of(levels, side=150.0)

    assert by_operators != by_paths
    difference = np.abs(poppler(by_operators, 150).astype(int) - poppler(by_paths, 150))
    assert difference.max() <= 1


def test_a_constant_map_is_one_colour(poppler):
    """At 300 % no line shows between 64 × 64 equal cells."""
    pixels = poppler(pdf_of(np.full((64, 64), 100)), 216)

    assert np.unique(pixels[1:-1, 1:-1]).tolist() == [154]


def test_outer_cells_are_as_large_as_inner_ones(poppler):
    """Rows and columns of a 5 × 5 map are equal, within 0.1 pt."""
    levels = 50 * np.add.outer(np.arange(5), np.arange(5)) % 255
    pixels = poppler(pdf_of(levels, side=145.0), 720)
    for line in (pixels[725, :, 0], pixels[:, 725, 0]):
        edges = np.flatnonzero(np.abs(np.diff(line.astype(int))) > 0)
        starts = [0, *edges[np.r_[True, np.diff(edges) > 5]] + 1, len(line)]

        assert np.diff(starts).tolist() == pytest.approx([290] * 5, abs=1)


def test_a_map_with_no_key_at_all_is_bare(poppler):
    """Where every cell is masked, nothing is painted."""
    assert poppler(pdf_of(np.full((3, 3), MASKED)), 72).min() == 255


@pytest.mark.parametrize(("n_token", "most"), [(128, 16_000), (512, 65_000)])
def test_the_benchmark_map_is_small(causal_map, n_token, most):
    """The whole PDF of the benchmark's map, with its full range, keeps to its size."""
    weights, mask = causal_map(n_token)
    pdf = pdf_of(levels_of(weights[0], mask, weights.max()), side=234.0)

    assert len(pdf) <= most


def test_the_default_map_is_small(causal_map):
    """With the default limits, the operators of 128 tokens deflate to 30 kB at most."""
    weights, mask = causal_map(128)
    counted = weights[0][mask & (mask.sum(axis=1) >= 8)[:, None]]
    artist = canvas_of(
        levels_of(weights[0], mask, np.percentile(counted, 99.5))
    ).figure.artists[0]
    operators = artist.pdf_operators(72.0)

    assert len(zlib.compress(operators, 9)) <= 30_000
