"""Small cells are one image: a pixel a cell, with the right mean wherever it is printed."""

import base64
import io
import re
from functools import partial

import hypothesis
import matplotlib.image
import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendering import render
from revisions.pictures import PICTURES
from revisions.pictures import drawn as as_drawn
from values_of import random_figure

from paperfig.drawing import render as drawing
from paperfig.drawing.canvas import Canvas, rectangle
from paperfig.drawing.cells import Cells
from paperfig.drawing.fonts import BUNDLED, Faces
from paperfig.drawing.indexed import PAPER, IndexedImage
from paperfig.drawing.palettes import LEVELS, palette
from paperfig.drawing.pdf import pdf_bytes, png_bytes, settings, svg_bytes
from paperfig.drawing.underpainting import MASKED
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec

SIDE = 234.0  # points, of a column
MARGIN = 6.75  # no whole number of pixels
OF_EACH_KIND = {picture.data.kind: name for name, picture in reversed(PICTURES.items())}
BENEATH = np.array([0, 160, 0], dtype=np.uint8)


def checkerboard(size):
    """The lowest and the highest level in turn: what suffers most where shapes are widened."""
    return np.where(np.indices((size, size)).sum(axis=0) % 2, LEVELS - 1, 0).astype(np.int16)


def canvas_of(levels, form, side=SIDE, beneath=None):
    """A page with nothing but cells on it, and a margin; or a colour beneath them."""
    canvas = Canvas(side + 2 * MARGIN, side + 2 * MARGIN, Faces(BUNDLED))
    if beneath is not None:
        end = side + 2 * MARGIN
        canvas.fill(rectangle(0.0, 0.0, end, end), beneath)
    canvas.cells(levels, palette(), (MARGIN, MARGIN, side, side), form)
    return canvas


def pdf_of(levels, form="image", **changes):
    """The same as a PDF."""
    with settings():
        return pdf_bytes(canvas_of(levels, form, **changes).figure)


def images_in(pdf):
    """Each image that a PDF's page can call, by its name."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        named = document.pages[0].obj.Resources.get("/XObject", {})
        return {
            name: (dict(image.items()), image.read_bytes())
            for name, image in named.items()
            if image.Subtype == "/Image"
        }


def mean_inside(pixels, dpi, side=SIDE):
    """The mean colour of all pixels but those that the cells' own edge crosses."""
    first, last = int(MARGIN * dpi / 72) + 3, int((MARGIN + side) * dpi / 72) - 3
    return pixels[first:last, first:last].reshape(-1, pixels.shape[2]).mean(axis=0)


def far(pixels, levels, dpi, side=SIDE):
    """By how many of 255 the mean colour is off, in the channel where it is off most."""
    return np.abs(mean_inside(pixels, dpi, side) - palette()[levels].mean(axis=(0, 1))).max()


@pytest.mark.parametrize("program", ["poppler", "mupdf", "ghostscript"])
@pytest.mark.parametrize(("size", "dpi"), [(256, 300), (512, 150), (1024, 150), (2048, 300)])
def test_the_mean_colour_is_right_in_every_program(request, program, size, dpi):
    """Within 3 of 255, of a checkerboard from light to dark in a column."""
    levels = checkerboard(size)
    pixels = request.getfixturevalue(program)(pdf_of(levels, "auto"), dpi)

    assert far(pixels, levels, dpi) < 3


def test_shapes_as_small_would_be_too_dark(poppler):
    """What the image is for, and that the test above can fail."""
    levels, side = checkerboard(128), SIDE / 4

    assert far(poppler(pdf_of(levels, "vector", side=side), 150), levels, 150, side) > 20
    assert far(poppler(pdf_of(levels, "image", side=side), 150), levels, 150, side) < 3


def test_the_image_is_indexed_and_holds_a_byte_a_cell(causal_map):
    """Nothing is resampled, and no program is asked to smooth it."""
    mask = causal_map(300)[1]
    levels = np.where(mask, checkerboard(300), MASKED).astype(np.int16)
    ((name, (image, content)),) = images_in(pdf_of(levels)).items()
    space, base, highest, table = image["/ColorSpace"]

    assert name == "/Cells0"
    assert (image["/Width"], image["/Height"], image["/BitsPerComponent"]) == (300, 300, 8)
    assert (space, base, highest) == ("/Indexed", "/DeviceRGB", 255)
    assert bytes(table) == palette().tobytes() + b"\xff\xff\xff"
    assert list(image["/Mask"]) == [PAPER, PAPER]
    assert "/Interpolate" not in image
    found = np.frombuffer(content, dtype=np.uint8).reshape(300, 300)
    assert (found[mask] == levels[mask]).all()
    assert (found[~mask] == PAPER).all()


def test_masked_cells_show_what_lies_beneath(poppler, causal_map):
    """They are left out of the image, not painted white."""
    mask = causal_map(64)[1]
    levels = np.where(mask, 200, MASKED).astype(np.int16)
    pixels = poppler(pdf_of(levels, beneath=BENEATH), 144)
    at = (2 * (MARGIN + SIDE * (np.arange(64) + 0.5) / 64)).astype(int)
    middles = pixels[np.ix_(at, at)]
    away = np.abs(np.subtract.outer(np.arange(64), np.arange(64))) > 1  # smoothed at the edge

    assert (middles[mask & away] == palette()[200]).all()
    assert (middles[~mask & away] == BENEATH).all()


def test_each_row_is_in_its_place(poppler, mupdf):
    """The first query on top, the first key on the left, in cells that are not square."""
    levels = np.array([[0, 250], [100, MASKED], [250, 0]], dtype=np.int16)
    colours = {**dict(enumerate(palette().tolist())), MASKED: [255] * 3}
    wanted = [[colours[level] for level in row] for row in levels.tolist()]
    x, y = (
        [int(2 * (MARGIN + SIDE * at)) for at in ats]
        for ats in ((1 / 4, 3 / 4), (1 / 6, 0.5, 5 / 6))
    )
    with settings():
        svg, png = (make(canvas_of(levels, "image").figure) for make in (svg_bytes, png_bytes))
    pictures = poppler(pdf_of(levels), 144), mupdf(pdf_of(levels), 144), mupdf(svg, 144, "svg")
    for pixels in pictures:
        assert np.abs(pixels[np.ix_(y, x)].astype(int) - wanted).max() < 10  # smoothed a little
    dots = np.round(255 * matplotlib.image.imread(io.BytesIO(png))[..., :3]).astype(int)
    assert dots[np.ix_(*(np.array(at) * 300 // 144 for at in (y, x)))].tolist() == wanted


@pytest.mark.parametrize(
    ("rows", "columns", "form", "is_image"),
    [
        (234, 234, "auto", False),
        (235, 235, "auto", True),
        (2, 235, "auto", True),
        (235, 2, "auto", True),
        (235, 235, "vector", False),
        (2, 2, "image", True),
    ],
)
def test_cells_under_a_point_are_an_image(rows, columns, form, is_image):
    """In either direction; the style's own word decides before."""
    cells = Cells(
        np.zeros((rows, columns), dtype=np.int16), palette(), (0.0, 0.0, SIDE, SIDE), form
    )

    assert (cells.image is not None) == is_image


@pytest.mark.parametrize("name", OF_EACH_KIND.values(), ids=OF_EACH_KIND)
def test_every_kind_of_cells_draws_an_image_a_panel_and_says_so(name):
    """None for the colour bars, and none in kinds without cells."""
    picture = PICTURES[name]
    draw = partial(KINDS[picture.data.kind].draw, **picture.own)
    drawn = drawing.render(draw, picture.data, StyleSpec(cells="image"))
    has_cells = as_drawn(name).facts.cells is not None

    assert drawn.facts.cells == ("image" if has_cells else None)
    assert len(images_in(drawn.pdf)) == len(drawn.facts.panels) * has_cells


def test_a_long_map_is_an_image_by_itself():
    """Its text stays text; ``vector`` draws it as shapes all the same."""
    data = random_figure(240)
    auto, vector = (
        render(data, StyleSpec(venue="icml", cells=form)) for form in ("auto", "vector")
    )

    assert (auto.facts.cells, vector.facts.cells) == ("image", "vector")
    assert [image["/Width"] for image, _ in images_in(auto.pdf).values()] == [240]
    assert images_in(vector.pdf) == {}
    with pikepdf.open(io.BytesIO(auto.pdf)) as document:
        assert document.pages[0].obj.Resources.Font
        assert b"TJ" in document.pages[0].Contents.read_bytes()
    assert render(data, StyleSpec(venue="icml")).pdf == auto.pdf


def test_an_svg_holds_the_image_and_viewers_may_smooth_it(mupdf):
    """A viewer that took the nearest cell for each pixel would leave cells out."""
    levels = checkerboard(512)
    with settings():
        svg = svg_bytes(canvas_of(levels, "auto").figure)
    (encoded,) = re.findall(rb"data:image/png;base64,\s*([^\"]+)", svg)
    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(encoded)))

    assert (np.round(255 * pixels[::-1, :, :3]) == palette()[levels]).all()  # laid by a matrix
    assert b"image-rendering" not in svg
    assert b"<path" not in svg.partition(b"</defs>")[2]
    assert far(mupdf(svg, 150, "svg"), levels, 150) < 3


@pytest.mark.parametrize("size", [256, 1024])
def test_a_png_has_the_right_mean(size):
    """Each dot is the mean of the cells that it covers."""
    levels = checkerboard(size)
    with settings():
        png = png_bytes(canvas_of(levels, "auto").figure)
    pixels = 255 * matplotlib.image.imread(io.BytesIO(png))[..., :3]

    assert far(pixels, levels, 300) < 1


@st.composite
def edges(draw, size):
    """Ascending edges, of which the outer may lie outside."""
    steps = draw(st.lists(st.floats(0.1, 2.5), min_size=1, max_size=6))
    return draw(st.floats(-1.5, size - 0.5)) + np.cumsum([0.0, *steps])


@given(st.data(), st.integers(1, 4), st.integers(1, 4))
@hypothesis.settings(max_examples=20)
def test_averages_are_those_of_a_fine_grid(data, rows, columns):
    """Colours weigh by what of their cells is seen; masked cells and the outside are clear."""
    level = st.integers(MASKED, LEVELS - 1)
    levels = np.array(
        data.draw(st.lists(level, min_size=rows * columns, max_size=rows * columns)),
        dtype=np.int16,
    ).reshape(rows, columns)
    down, across = data.draw(edges(rows)), data.draw(edges(columns))
    found = IndexedImage.of_levels(levels, palette()).averaged(down, across)
    for i, j in np.ndindex(len(down) - 1, len(across) - 1):
        high = np.minimum(down[i + 1], np.arange(rows) + 1) - np.maximum(
            down[i], np.arange(rows)
        )
        wide = np.minimum(across[j + 1], np.arange(columns) + 1) - np.maximum(
            across[j], np.arange(columns)
        )
        seen = np.where(levels == MASKED, 0, np.outer(high.clip(0), wide.clip(0)))
        whole = (down[i + 1] - down[i]) * (across[j + 1] - across[j])
        colour = np.tensordot(seen, palette()[levels], 2) / max(seen.sum(), 1e-12)

        assert found[i, j, 3] == pytest.approx(255 * seen.sum() / whole, abs=0.51)
        if seen.sum() > 1e-6:
            assert found[i, j, :3] == pytest.approx(colour, abs=0.51)


def test_an_image_has_at_most_255_colours():
    """A byte holds as many levels, and the mask."""
    with pytest.raises(ValueError, match=r"^256 colours; at most 255 are right$"):
        IndexedImage.of_levels(checkerboard(2), np.zeros((256, 3), dtype=np.uint8))
