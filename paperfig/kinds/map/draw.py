"""The kind ``map``: one head, or several as small multiples: weights, or signed values."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from paperfig.drawing.axes import axes_of, reach_of
from paperfig.drawing.bar import bar_extent, bar_text, draw_bar
from paperfig.drawing.canvas import HAIRLINE
from paperfig.drawing.facts import drawn_facts
from paperfig.drawing.fonts import faces_for
from paperfig.drawing.grid import Grid, Margins, columns_of, grid_of, panel_within
from paperfig.drawing.labels import MapLabels, fitting_axes
from paperfig.drawing.marks import outlined
from paperfig.drawing.matrix import Colouring, Matrix
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import diverging_palette, palette
from paperfig.drawing.panels import draw_panels, margins_around, with_fitting_titles
from paperfig.drawing.scale import Scale, scale_of, signed_scale
from paperfig.drawing.titles import head_names, titles_of
from paperfig.specs.style import StyleSpec
from paperfig.values.attention import HeadMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Query rows from the top, key columns from the left, one scale for all panels.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    style = page.style
    colouring, maps = _colouring(data, style), data.signed or data.maps
    marks, matrices = outlined(style.mark, maps[0]), _matrices(data, style.titles)
    grid, labels = _layout(maps, matrices, page, colouring.scale)
    matrices = with_fitting_titles(matrices, grid.wide, page)
    panels = [(matrix, colouring) for matrix in matrices]
    fixed = _fixed_text(colouring.scale)
    canvas = draw_panels(panels, grid, labels, page, marks=marks, fixed=fixed)
    if style.colorbar:
        place, sizes = (grid.right, grid.top, grid.bottom), (page.label_size, page.title_size)
        draw_bar(canvas, colouring.scale, colouring.colours, place, sizes)
    return canvas.figure, drawn_facts(
        page,
        canvas,
        scale=colouring.scale,
        labels=labels,
        matrices=matrices,
        marks=marks,
    )


def _colouring(data: FigureData, style: StyleSpec) -> Colouring:
    """One scale for all panels: around 0 for signed values, else from 0."""
    if not data.signed:
        return Colouring(scale=scale_of(data.maps, style), colours=palette(style.palette))
    scale = signed_scale(data.signed, style)
    colours = diverging_palette(style.palette, (scale.low, scale.high))
    return Colouring(scale=scale, colours=colours)


def _matrices(data: FigureData, titles: bool | Sequence[str] | None) -> tuple[Matrix, ...]:
    maps = data.signed or data.maps
    values = [each.values for each in data.signed] or [each.weights for each in data.maps]
    several = len({each.site for each in maps}) > 1
    briefs = [name for each in maps for name in head_names(each, with_layer=several)]
    names = [
        name
        for each in maps
        for name in head_names(each, with_layer=several, irreps=data.irreps_of(each))
    ]
    panels = [(one, each.mask) for each, of in zip(maps, values, strict=True) for one in of]
    references = [label for each in maps for label in each.labels]
    named = zip(references, titles_of(names, titles), titles_of(briefs, titles), strict=True)
    return tuple(
        Matrix(values=one, mask=mask, reference=reference, title=title, brief=brief)
        for (one, mask), (reference, title, brief) in zip(panels, named, strict=True)
    )


def _layout(
    maps: Sequence[HeadMap], matrices: Sequence[Matrix], page: Page, scale: Scale
) -> tuple[Grid, MapLabels]:
    """Panels and labels that fit each other: a label's width takes from the panels'."""
    plain, _ = faces_for([_fixed_text(scale)], page.style.font)
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


def _fixed_text(scale: Scale) -> str:
    """All text but that of titles and labels."""
    return f"{bar_text(scale)} query key"


def _group(maps: Sequence[HeadMap]) -> int:
    """How many panels a row may have so that each map begins one; 0 for any number."""
    first, *others = (each.shape[0] for each in maps)
    aligned = others and all(first == size for size in others[:-1]) and others[-1] <= first
    return first if aligned else 0
