"""The kind ``map``: attention of one head, or of several as small multiples."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from paperfig.drawing.axes import axes_of, reach_of
from paperfig.drawing.bar import BAR_TEXT, bar_extent, draw_bar
from paperfig.drawing.canvas import HAIRLINE
from paperfig.drawing.facts import drawn_facts
from paperfig.drawing.fonts import faces_for
from paperfig.drawing.grid import Grid, Margins, columns_of, grid_of, panel_within
from paperfig.drawing.labels import MapLabels, fitting_axes
from paperfig.drawing.marks import outlined
from paperfig.drawing.matrix import Colouring, Matrix
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import palette
from paperfig.drawing.panels import draw_panels, margins_around
from paperfig.drawing.scale import Scale, scale_of
from paperfig.drawing.titles import head_names, titles_of
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

_FIXED_TEXT = f"{BAR_TEXT} query key"


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Query rows from the top, key columns from the left, one scale for all panels.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    style = page.style
    scale, colours = scale_of(data.maps, style), palette(style.palette)
    marks, matrices = outlined(style.mark, data.maps[0]), _matrices(data.maps, style.titles)
    grid, labels = _layout(data.maps, matrices, page, scale)
    colouring = Colouring(scale=scale, colours=colours)
    panels = [(matrix, colouring) for matrix in matrices]
    canvas = draw_panels(panels, grid, labels, page, marks=marks, fixed=_FIXED_TEXT)
    if style.colorbar:
        place = (grid.right, grid.top, grid.bottom)
        draw_bar(canvas, scale, colours, place, (page.label_size, page.title_size))
    return canvas.figure, drawn_facts(
        page,
        canvas,
        scale=scale,
        labels=labels,
        matrices=matrices,
        marks=marks,
    )


def _matrices(
    maps: Sequence[AttentionMap], titles: bool | Sequence[str] | None
) -> list[Matrix]:
    several = len({attention.site for attention in maps}) > 1
    names = [name for attention in maps for name in head_names(attention, with_layer=several)]
    weights = [(one, attention.mask) for attention in maps for one in attention.weights]
    references = [label for attention in maps for label in attention.labels]
    return [
        Matrix(values=one, mask=mask, reference=reference, title=title)
        for (one, mask), reference, title in zip(
            weights, references, titles_of(names, titles), strict=True
        )
    ]


def _layout(
    maps: Sequence[AttentionMap], matrices: Sequence[Matrix], page: Page, scale: Scale
) -> tuple[Grid, MapLabels]:
    """Panels and labels that fit each other: a label's width takes from the panels'."""
    plain, _ = faces_for([_FIXED_TEXT], page.style.font)
    sizes = page.label_size, page.title_size
    bar = bar_extent(scale, plain, *sizes) if page.style.colorbar else HAIRLINE

    def margins(extent: float, reach: float) -> Margins:
        return margins_around(matrices, page, (extent, reach), right=bar)

    guess = plain.width("000", page.label_size)
    columns = columns_of(len(matrices), _group(maps), page, margins(guess, guess))

    def room(queries: float, keys: float) -> tuple[float, float]:
        return panel_within(len(matrices), columns, page, margins(queries, keys))

    labels = fitting_axes(*axes_of(maps), page, room)
    margin = margins(labels.queries.extent, reach_of(labels.keys))
    return grid_of(len(matrices), columns, page, margin), labels


def _group(maps: Sequence[AttentionMap]) -> int:
    """How many panels a row may have so that each map begins one; 0 for any number."""
    first, *others = (len(attention.weights) for attention in maps)
    aligned = others and all(first == size for size in others[:-1]) and others[-1] <= first
    return first if aligned else 0
