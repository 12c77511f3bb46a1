"""The kind ``map``: one head, or several as small multiples: weights, or signed values."""

from collections.abc import Sequence
from functools import partial

from matplotlib.figure import Figure

from paperfig.drawing.bar import (
    LONGEST,
    bar_beneath,
    bar_depth,
    bar_extent,
    bar_text,
    draw_bar,
    lying_bar_overhang,
)
from paperfig.drawing.canvas import HAIRLINE, Canvas
from paperfig.drawing.facts import drawn_facts
from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.grid import Grid, Margins, grid_of, panel_within
from paperfig.drawing.labels import MapLabels, fitting_axes
from paperfig.drawing.matrices.axes import axes_of, reach_of
from paperfig.drawing.matrices.marks import outlined
from paperfig.drawing.matrices.matrix import Colouring, Matrix, annotated
from paperfig.drawing.matrices.panels import draw_panels, margins_around
from paperfig.drawing.matrices.titled import titled, with_fitting_titles
from paperfig.drawing.matrices.view import View, view_of
from paperfig.drawing.page import Page
from paperfig.drawing.scales.scale import Scale
from paperfig.drawing.scales.signed import signed_scale
from paperfig.drawing.scales.weights import scale_of
from paperfig.drawing.titles import head_forms
from paperfig.kinds.map.rows import Rows, rows_of
from paperfig.specs.style import StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

TALLEST_BESIDE = 200.0  # points of panels; beneath taller ones the bar lies


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Query rows from the top, key columns from the left, one scale for all panels. Of several
    layers with several heads each begins a row.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    style = page.style
    colouring, maps = _colouring(data, style), data.signed or data.maps
    marks, matrices = outlined(style.mark, maps[0]), _matrices(data, style.titles)
    view = view_of(
        matrices[0],
        colouring,
        axes_of(maps),
        page,
        marks=marks,
        has_bar=style.colorbar in {"auto", "below"},
    )
    layout = partial(_layout, data, matrices, page, colouring.scale)
    has_bar = style.has_bar and not view.has_bar
    is_below = has_bar and style.colorbar == "below"
    rows, grid, labels = layout(view, is_below=is_below)
    if has_bar and style.colorbar == "auto" and grid.bottom - grid.top > TALLEST_BESIDE:
        is_below = True
        rows, grid, labels = layout(view, is_below=True)
    if (named := view.lettered(grid)) is not view:
        view = named
        rows, grid, labels = layout(view, is_below=is_below)
    matrices = _matrices(data, False) if rows.edges else matrices
    matrices = with_fitting_titles(matrices, grid.wide, page)
    side = min(grid.wide, grid.tall)
    matrices, annotation = annotated(matrices, data.statistics, side, page, window=view.window)
    canvas = draw_panels(
        [(matrix, colouring) for matrix in matrices],
        grid,
        labels,
        page,
        view=view,
        fixed=_fixed_text(colouring.scale),
        below=bar_beneath(page) if is_below else 0.0,
        edges=rows.edges,
    )
    if has_bar:
        _draw_bar(canvas, colouring, grid, view, is_below=is_below)
    return canvas.figure, drawn_facts(
        page,
        canvas,
        scale=view.counting(colouring.scale, matrices),
        labels=labels,
        matrices=matrices,
        marks=marks,
        window=view.window.drawn,
        bracketed=view.brackets.names,
        annotated=annotation,
    )


def _colouring(data: FigureData, style: StyleSpec) -> Colouring:
    """One scale for all panels: around 0 for signed values, else that of weights."""
    signed = data.signed
    scale = signed_scale(signed, style) if signed else scale_of(data.maps, style)
    return Colouring(scale=scale, colours=scale.colours(style.palette))


def _matrices(data: FigureData, titles: bool | Sequence[str] | None) -> tuple[Matrix, ...]:
    maps = data.signed or data.maps
    values = [each.values for each in data.signed] or [each.weights for each in data.maps]
    several = len({each.site for each in maps}) > 1
    forms = [
        form
        for each in maps
        for form in head_forms(each, with_layer=several, irreps=data.irreps_of(each))
    ]
    panels = [(one, each.mask) for each, of in zip(maps, values, strict=True) for one in of]
    references = [label for each in maps for label in each.labels]
    plain = (
        Matrix(values=one, mask=mask, reference=reference, title=None)
        for (one, mask), reference in zip(panels, references, strict=True)
    )
    return titled(plain, forms, titles)


def _layout(
    data: FigureData,
    matrices: Sequence[Matrix],
    page: Page,
    scale: Scale,
    view: View,
    *,
    is_below: bool,
) -> tuple[Rows, Grid, MapLabels]:
    """Panels and labels that fit each other: a label's width takes from the panels'."""
    maps, (plain, _) = (
        data.signed or data.maps,
        faces_for([_fixed_text(scale)], page.style.font),
    )
    right = _right_of_panels(scale, plain, page, view, is_below=is_below)
    below = bar_beneath(page) if is_below else 0.0

    def margins(rows: Rows, extent: float, reach: float) -> Margins:
        around = margins_around(
            matrices,
            page,
            (extent, reach),
            right=right,
            below=below,
            edges=rows.edges,
            columns=rows.columns,
        )
        return view.margins(around, rows.columns)

    guess = plain.width("000", page.label_size)
    rows = rows_of(maps, page, lambda one: margins(one, guess, guess), data.irreps_of)

    def room(queries: float, keys: float) -> tuple[float, float]:
        return panel_within(rows.count, rows.columns, page, margins(rows, queries, keys))

    labels = fitting_axes(*view.axes, page, room, view.window.starts)
    margin = margins(rows, labels.queries.extent, reach_of(labels.keys))
    grid = grid_of(rows.count, rows.columns, page, margin, rows.places)
    return rows, view.grid(grid), labels


def _right_of_panels(
    scale: Scale, faces: Faces, page: Page, view: View, *, is_below: bool
) -> float:
    """The room for the bar, or for what of a lying one reaches beyond the panels."""
    if not page.style.has_bar or view.has_bar:
        return HAIRLINE
    if is_below:
        return max(HAIRLINE, lying_bar_overhang(scale, faces, page.label_size, LONGEST))
    return bar_extent(scale, faces, page.label_size, page.axis_size)


def _draw_bar(
    canvas: Canvas, colouring: Colouring, grid: Grid, view: View, *, is_below: bool
) -> None:
    """The bar lying beneath the panels, above the legend; else to the right of all."""
    sizes = view.page.label_size, view.page.axis_size
    if is_below:
        foot = grid.bottom + grid.margins.bottom - view.legend
        place = foot - bar_depth(*sizes), grid.left, grid.right
    else:
        place = grid.right + view.brackets.beside, grid.top, grid.bottom
    draw_bar(canvas, colouring.scale, colouring.colours, place, sizes, lying=is_below)


def _fixed_text(scale: Scale) -> str:
    """All text but that of titles and labels."""
    return f"{bar_text(scale)} query key"
