"""Cells as one image: a byte a cell, and the colour that each byte stands for."""

import zlib
from dataclasses import dataclass

import numpy as np
import pikepdf
from jaxtyping import Float64, Int16, UInt8

from paperfig.drawing.underpainting import MASKED

PAPER = 255
"""The index of cells that are masked: paper, which an image leaves out."""


@dataclass(frozen=True, slots=True, eq=False)
class IndexedImage:
    """An image with a pixel for each cell.

    Attributes:
        index: the level of each cell, and `PAPER` where it is masked.
        table: red, green, blue and opacity of each index.
    """

    index: UInt8[np.ndarray, "row column"]
    table: UInt8[np.ndarray, "256 4"]

    @classmethod
    def of_levels(
        cls, levels: Int16[np.ndarray, "row column"], colours: UInt8[np.ndarray, "level 3"]
    ) -> "IndexedImage":
        """The image of levels, `MASKED` among them.

        Raises:
            ValueError: there are more colours than indices beside `PAPER`.
        """
        if len(colours) > PAPER:
            raise ValueError(f"{len(colours)} colours; at most {PAPER} are right")
        table = np.full((PAPER + 1, 4), (255, 255, 255, 0), dtype=np.uint8)
        table[: len(colours)] = np.insert(colours, 3, 255, axis=1)
        return cls(np.where(levels == MASKED, PAPER, levels).astype(np.uint8), table)

    def rgba(self) -> UInt8[np.ndarray, "row column 4"]:
        """Red, green, blue and opacity of each cell."""
        return np.asarray(self.table[self.index])

    def averaged(
        self,
        down: Float64[np.ndarray, " row_edge"],
        across: Float64[np.ndarray, " column_edge"],
    ) -> UInt8[np.ndarray, "pixel_row pixel_column 4"]:
        """The mean over each pixel of a grid: red, green, blue and opacity.

        Args:
            down: the edges between the grid's rows, in rows of cells; paper lies outside.
            across: the edges between its columns, in columns of cells.
        """
        opacity = self.table[:, 3:] / 255
        shares = np.concatenate([self.table[:, :3] * opacity, opacity], axis=1)
        sums = [_sums(_sums(one[self.index], down).T, across).T for one in shares.T]
        area = np.outer(np.diff(down), np.diff(across))
        *colours, opaque = (one / area for one in sums)
        seen = [one / np.where(opaque > 0, opaque, 1) for one in colours]
        return np.stack([*seen, 255 * opaque], axis=2).round().astype(np.uint8)

    def add_to(self, document: pikepdf.Pdf) -> pikepdf.Object:
        """The image as an object of a PDF (ISO 32000-1, 8.9.5): indexed, not interpolated."""
        rows, columns = self.index.shape
        colours = self.table[:, :3].tobytes()
        space = [pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, PAPER, colours]
        image = document.make_stream(
            zlib.compress(self.index.tobytes(), 9),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=columns,
            Height=rows,
            BitsPerComponent=8,
            ColorSpace=pikepdf.Array(space),
            Filter=pikepdf.Name.FlateDecode,
        )
        if (self.index == PAPER).any():
            image.Mask = pikepdf.Array([PAPER, PAPER])
        return image


def _sums(
    values: Float64[np.ndarray, "row column"], edges: Float64[np.ndarray, " edge"]
) -> Float64[np.ndarray, "sum column"]:
    """The sum of the rows between each edge and the next, of rows cut by an edge a share."""
    inside = edges.clip(0, len(values))
    row = np.minimum(inside.astype(np.int64), len(values) - 1)
    before = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return np.diff(before[row] + (inside - row)[:, None] * values[row], axis=0)
