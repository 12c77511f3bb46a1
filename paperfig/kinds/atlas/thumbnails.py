"""An atlas of thumbnails: each head's map in small, all on one scale."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from matplotlib.figure import Figure

from paperfig.drawing.bar import bar_depth, bar_text, draw_bar
from paperfig.drawing.canvas import RULE, Canvas, rectangle
from paperfig.drawing.facts import facts_without_panels, form_of_cells
from paperfig.drawing.fonts import faces_for
from paperfig.drawing.grid import aspect_of
from paperfig.drawing.matrices.matrix import (
    CORNER_TEXT,
    Annotated,
    Colouring,
    annotation_of,
    draw_words,
)
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import palette
from paperfig.drawing.scales.scale import Scale
from paperfig.drawing.scales.weights import weight_scale
from paperfig.errors import DrawingError
from paperfig.kinds.atlas.layout import (
    Layout,
    axes_of_heads,
    draw_numbers,
    layout_of,
    margins_of,
)
from paperfig.statistics.heads import in_words
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.reduced import ReducedMap, block_for, largest_of_blocks
from paperfig.values.site import Site
from paperfig.values.statistics import HeadStatistics

LEAST = 14.0
"""Points of a side, below which a thumbnail shows nothing."""

_CELLS = (
    (74.0, 64),
    (50.0, 48),
    (24.0, 32),
    (0.0, 16),
)  # along a side that is so long, at most
_PLAIN = 32  # tokens that a thumbnail of any size shows one by one
_FRAME = 0.3
_ABOVE_BAR = 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Thumbnail:
    """One head: where it stands, the cells that are drawn, and its numbers."""

    layer: Site
    column: int
    weights: Float32[np.ndarray, "row column"]
    mask: Bool[np.ndarray, "row column"]
    numbers: HeadStatistics


def draw_thumbnails(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Query rows from the top, key columns from the left. Where a head has more tokens than
    cells, a cell has the largest weight of a block of them: a mean would lose lines that are
    one token wide. Limits are those of what is drawn.

    Raises:
        DrawingError: there are more heads than the page has room for.
    """
    layout = _layout(data, page)
    block = _block(data.reduced[0], layout)
    thumbnails = tuple(_thumbnails(data, layout, block))
    shown = [(each.weights[None], each.mask) for each in thumbnails]
    scale = weight_scale(shown, page.style, usual="sqrt")
    side = min(layout.wide, layout.tall)
    annotation = annotation_of([each.mask for each in data.reduced], side, page, "class")
    faces, _ = faces_for([f"{bar_text(scale)} layer head", CORNER_TEXT], page.style.font)
    canvas = Canvas(page.width, layout.height, faces)
    colouring = Colouring(scale=scale, colours=palette(page.style.palette))
    for each in thumbnails:
        box = layout.box(each.layer, each.column)
        canvas.cells(
            scale.levels(each.weights, each.mask), colouring.colours, box, page.style.cells
        )
        canvas.outline(rectangle(*box), RULE, _FRAME)
        if annotation:
            words = in_words(each.numbers, annotation)
            draw_words(canvas, words, box, page.label_size)
    draw_numbers(canvas, layout, page)
    _draw_bar(canvas, layout, colouring, page)
    return canvas.figure, _facts(page, canvas, scale, thumbnails, block, annotation=annotation)


def _layout(data: FigureData, page: Page) -> Layout:
    """Thumbnails as large as the page allows.

    Raises:
        DrawingError: they would be too small to show anything.
    """
    layers, heads = axes_of_heads(data.reduced)
    faces, _ = faces_for(["0123456789"], page.style.font)
    sizes = page.label_size, page.title_size
    below = _ABOVE_BAR + bar_depth(*sizes) if page.style.has_bar else 0.0
    _, *shape = data.reduced[0].shape
    layout = layout_of(
        layers,
        heads,
        page,
        margins_of(layers, page, faces, below=below),
        aspect=aspect_of(shape, page.width / len(heads)),
        most=page.height or page.tallest,
    )
    side = max(min(layout.wide, layout.tall), 0.0)
    if side < LEAST:
        what = f"{len(layers)} layers of {len(heads)} heads leave {side:.1f} pt for each"
        remedy = f"{LEAST:g} pt at least is right; `statistic` shows a number of each instead"
        raise DrawingError("figure", what, remedy)
    return layout


def _block(reduced: ReducedMap, layout: Layout) -> int:
    """How many tokens a cell's side stands for, of what is kept and as it is drawn."""
    assert reduced.pooled is not None, "an atlas of thumbnails keeps them"
    side, cells = min(layout.wide, layout.tall), max(reduced.pooled.shape[1:])
    most = next(cells for least, cells in _CELLS if side >= least)
    return reduced.block * (block_for(cells, most) if cells > _PLAIN else 1)


def _thumbnails(data: FigureData, layout: Layout, block: int) -> Iterator[_Thumbnail]:
    numbers = iter(data.statistics)
    for each in data.reduced:
        assert each.pooled is not None, "an atlas of thumbnails keeps them"
        mask = largest_of_blocks(each.mask, block)
        for head, pooled in zip(each.heads, each.pooled, strict=True):
            yield _Thumbnail(
                layer=each.site,
                column=layout.heads.index(head),
                weights=largest_of_blocks(pooled, block // each.block),
                mask=mask,
                numbers=next(numbers),
            )


def _draw_bar(canvas: Canvas, layout: Layout, colouring: Colouring, page: Page) -> None:
    if page.style.has_bar:
        box = layout.bottom + _ABOVE_BAR, layout.left, layout.right
        sizes = page.label_size, page.title_size
        draw_bar(canvas, colouring.scale, colouring.colours, box, sizes, lying=True)


def _facts(
    page: Page,
    canvas: Canvas,
    scale: Scale,
    thumbnails: tuple[_Thumbnail, ...],
    block: int,
    *,
    annotation: Annotated,
) -> DrawnFacts:
    return facts_without_panels(
        page,
        canvas,
        scale,
        label_kind="none",
        cells=form_of_cells(canvas, len(thumbnails)),
        no_key_rows=sum(int((~each.mask.any(axis=1)).sum()) for each in thumbnails),
        panels=tuple(each.numbers.head for each in thumbnails),
        block=block,
        annotated=annotation,
    )
