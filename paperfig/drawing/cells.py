"""Cells on the page: filled shapes, or one image where they are small.

Programs that print widen every filled shape, some to whole pixels. That does no harm to cells
of several pixels; of smaller ones the dark hide the light, and a map comes out too dark. The
mean of an image is right at any size, but viewers may smooth it where it is enlarged.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float64, Int16, Int64, UInt8
from matplotlib.artist import Artist
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from paperfig.drawing.indexed import IndexedImage
from paperfig.drawing.renderers import Renderer, pdf_writer
from paperfig.drawing.underpainting import level_rectangles

CellsForm = Literal["auto", "vector", "image"]

LEAST_SHAPE = 1.0
"""The least side of a cell that is a shape, in points: two pixels of a page at 150 dpi."""


class Cells(Artist):
    """A grid of cells in a box of the page.

    Args:
        levels: the level of each cell, or `MASKED`, which leaves the paper bare.
        colours: the colour of each level; lower levels are painted first.
        box: left, top, width and height on the page, from its lower left corner, in
            points (1/72 in).
        form: whether they are shapes or an image; ``auto`` for an image where a side of
            a cell is less than `LEAST_SHAPE`.

    Attributes:
        image: what is drawn of them as an image, or None where they are shapes.
        by_name: whether a PDF's page calls the image by its `name`, for whoever writes the
            file to add it; else the page holds it as matplotlib writes images.
    """

    def __init__(
        self,
        levels: Int16[np.ndarray, "row column"],
        colours: UInt8[np.ndarray, "level 3"],
        box: tuple[float, float, float, float],
        form: CellsForm = "vector",
    ) -> None:
        super().__init__()
        self.levels, self.colours, self.box = levels, colours, box
        (rows, columns), (_, _, width, height) = levels.shape, box
        is_small = min(width / columns, height / rows) < LEAST_SHAPE
        is_image = form == "image" or (form == "auto" and is_small)
        self.image = IndexedImage.of_levels(levels, colours) if is_image else None
        self.by_name = False

    @property
    def name(self) -> str:
        """What a PDF's page calls its image: by its place in the order of drawing."""
        return f"/Cells{self.get_zorder():g}"

    def draw(self, renderer: Renderer) -> None:
        """Paints the cells, by PDF operators where they can be written."""
        figure = self.get_figure(root=True)
        assert figure is not None
        dpi, write = float(figure.dpi), pdf_writer(renderer)
        if write is not None and (self.by_name or self.image is None):
            write(self.pdf_operators(dpi))
        elif self.image is None:
            _draw_paths(renderer, self.levels, self.colours, self.grid(dpi))
        elif renderer.option_scale_image():
            _draw_image(renderer, self.image, self._unit_square(dpi))
        else:
            _draw_pixels(renderer, self.image, self.grid(dpi))

    def pdf_operators(self, dpi: float) -> bytes:
        """The cells as PDF operators: the image by its name, or shapes in whole cells."""
        if self.image is not None:
            return f"q {_matrix(self._unit_square(dpi))} cm {self.name} Do Q".encode("ascii")
        lines = [f"q {_matrix(self.grid(dpi))} cm"]
        for level, rectangles in level_rectangles(self.levels):
            lines.append(" ".join(f"{part:.3g}" for part in self.colours[level] / 255) + " rg")
            lines += [f"{x} {y} {w} {h} re" for x, y, w, h in rectangles.tolist()]
            lines.append("f")
        return "\n".join([*lines, "Q"]).encode("ascii")

    def grid(self, dpi: float) -> Affine2D:
        """From column and row to dots of the output, whose origin is its lower left corner."""
        (rows, columns), (left, top, width, height) = self.levels.shape, self.box
        grid = Affine2D().scale(width / columns, -height / rows).translate(left, top)
        return grid.scale(dpi / 72)

    def _unit_square(self, dpi: float) -> Affine2D:
        """From the unit square, in which a PDF's images lie, likewise."""
        left, top, width, height = self.box
        square = Affine2D().scale(width, height).translate(left, top - height)
        return square.scale(dpi / 72)


def _draw_paths(
    renderer: Renderer,
    levels: Int16[np.ndarray, "row column"],
    colours: UInt8[np.ndarray, "level 3"],
    grid: Affine2D,
) -> None:
    """Draws each level's shapes as one path."""
    gc = renderer.new_gc()
    gc.set_linewidth(0)
    gc.set_snap(False)
    for level, rectangles in level_rectangles(levels):
        red, green, blue = (colours[level] / 255).tolist()
        renderer.draw_path(gc, _compound(rectangles), grid, (red, green, blue))
    gc.restore()


def _draw_image(renderer: Renderer, image: IndexedImage, unit_square: Affine2D) -> None:
    """Draws the image as it is, a pixel a cell, for the viewer to scale."""
    gc = renderer.new_gc()
    # Renderers take the lowest row first.
    renderer.draw_image(gc, 0, 0, image.rgba()[::-1].copy(), unit_square)
    gc.restore()


def _draw_pixels(renderer: Renderer, image: IndexedImage, grid: Affine2D) -> None:
    """Draws the mean of the cells that each dot of the output covers."""
    cells = grid.inverted()
    rows, columns = image.index.shape
    (left, top), (right, bottom) = grid.transform([(0, 0), (columns, rows)])
    x = np.arange(np.floor(left), np.ceil(right) + 1)
    y = np.arange(np.floor(bottom), np.ceil(top) + 1)[::-1]
    across = cells.transform(np.stack([x, 0 * x], axis=1))[:, 0]
    down = cells.transform(np.stack([0 * y, y], axis=1))[:, 1]
    gc = renderer.new_gc()
    # Renderers take the lowest row first.
    renderer.draw_image(gc, int(x[0]), int(y[-1]), image.averaged(down, across)[::-1].copy())
    gc.restore()


def _matrix(transform: Affine2D) -> str:
    numbers = transform.to_values()
    return " ".join(f"{number:.6f}".rstrip("0").rstrip(".") for number in numbers)


def _compound(rectangles: Int64[np.ndarray, "rectangle 4"]) -> Path:
    """One path of all rectangles, each closed."""
    x, y, width, height = rectangles.T.astype(np.float64)
    right, bottom = x + width, y + height
    corners: Float64[np.ndarray, "rectangle 5 2"] = np.stack(
        [
            np.stack(pair, axis=1)
            for pair in ((x, y), (right, y), (right, bottom), (x, bottom), (x, y))
        ],
        axis=1,
    )
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    return Path(corners.reshape(-1, 2), np.tile(codes, len(x)))
