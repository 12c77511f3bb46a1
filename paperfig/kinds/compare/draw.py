"""The kind ``compare``: variants on one scale, and beneath each what differs from the first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool
from matplotlib.figure import Figure

from paperfig.drawing.bar import bar_text, draw_bar
from paperfig.drawing.canvas import DEPTH, HAIRLINE, RULE, SOFT, Box, Canvas, Point, rectangle
from paperfig.drawing.facts import drawn_differences, drawn_facts
from paperfig.drawing.grid import Margins
from paperfig.drawing.matrices.axes import axes_of, draw_labels, words_of
from paperfig.drawing.matrices.marks import colour_of_marks, draw_marks, outlined
from paperfig.drawing.matrices.matrix import Colouring, Matrix, draw_matrix
from paperfig.drawing.matrices.panels import margins_around
from paperfig.drawing.matrices.titled import titled, with_fitting_titles
from paperfig.drawing.matrices.view import View, view_of
from paperfig.drawing.page import Page
from paperfig.drawing.scales.signed import signed_scale
from paperfig.drawing.scales.weights import scale_of
from paperfig.drawing.titles import Forms, covering_faces, draw_title, head_forms
from paperfig.errors import DrawingError
from paperfig.kinds.compare.differences import Difference, differences, maps_of_variants
from paperfig.kinds.compare.layout import Layout, layout_of
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.tokens import Tokens, positions

LEAST_APART = 2.0  # from stroke to stroke along a row, where one-sided cells are small
ONE_SIDED = "#7f7f7f"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Panel:
    """A matrix in its place; a difference has cells that only one of the masks allows."""

    place: int
    matrix: Matrix
    colouring: Colouring
    one_sided: Bool[np.ndarray, "query key"] | None = None


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    For each head a row of the variants and one of the differences, each under its variant;
    the free place under the first holds the bars. Cells that one mask allows and the other
    does not are bare paper with a stroke.

    Raises:
        DrawingError: the variants cannot be compared, or the style asks for what cannot be
            drawn.
    """
    maps, changes = maps_of_variants(data), differences(data)
    axes, page = _axes(data.maps, page)
    colourings = _colourings(data.maps, changes, page)
    heads = sum(each.shape[0] for each in maps[0])
    variants = _matrices(maps, page)
    marks = outlined(page.style.mark, maps[0][0])
    view = view_of(variants[0], colourings[0], axes, page, marks=marks)

    def around(columns: int, queries: float, keys: float) -> Margins:
        labels = queries, keys
        return view.margins(margins_around(variants, page, labels, right=HAIRLINE), columns)

    layout = layout_of(view, (len(maps), heads), page, around)
    if (named := view.lettered(layout.grid)) is not view:
        view = named
        layout = layout_of(view, (len(maps), heads), page, around)
    panels = list(_panels(variants, changes, layout, colourings, page))
    canvas = _canvas(panels, layout, colourings, page, view)
    view.draw(canvas, layout.grid)
    for panel in panels:
        _draw_panel(canvas, panel, layout, page, view)
    _draw_axis_titles(canvas, layout, page.title_size, view.legend)
    view.draw_legend(canvas, layout.grid)
    if page.style.has_bar:
        _draw_bars(canvas, colourings, layout, page)
    changed = [panel.matrix for panel in panels if panel.one_sided is not None]
    facts = drawn_facts(
        page,
        canvas,
        scale=view.counting(colourings[0].scale, variants),
        labels=layout.labels,
        matrices=[panel.matrix for panel in panels],
        marks=marks,
        window=view.window.drawn,
        bracketed=view.brackets.names,
    )
    return canvas.figure, replace(
        facts,
        no_key_rows=sum(int(one.keyless.sum()) for one in variants),
        differences=drawn_differences(view.counting(colourings[1].scale, changed)),
    )


def _axes(maps: Sequence[AttentionMap], page: Page) -> tuple[tuple[Tokens, Tokens], Page]:
    """The tokens of both axes, the positions where texts differ; and a page that shows them.

    Raises:
        DrawingError: the style asks for the tokens of different texts.
    """
    if len({(each.queries.labels, each.keys.labels) for each in maps}) == 1:
        return axes_of(maps), page
    if page.style.labels == "tokens":
        what, right = "the variants are of different texts", "auto, index or none is right"
        raise DrawingError("style.labels", what, right)
    _, n_query, n_key = maps[0].shape
    return (positions(n_query), positions(n_key)), page.with_indices()


def _colourings(
    maps: Sequence[AttentionMap], changes: Sequence[Difference], page: Page
) -> tuple[Colouring, Colouring]:
    """The scale and the colours of weights, and those of differences around 0."""
    style = page.style
    of_weights = scale_of(maps, style)
    weights = Colouring(scale=of_weights, colours=of_weights.colours(style.palette))
    limits = "full" if style.limits == "full" else "auto"
    of_changes = style.model_copy(update={"scale": "linear", "limits": limits})
    signed = signed_scale([one.signed for one in changes], of_changes)
    scale = replace(signed, title="difference")
    return weights, Colouring(scale=scale, colours=scale.colours(None))


def _matrices(maps: Sequence[Sequence[AttentionMap]], page: Page) -> tuple[Matrix, ...]:
    """The variants' weights, variant by variant."""
    every = [each for several in maps for each in several]
    with_layer = len({each.site for each in every}) > 1
    forms = [form for each in every for form in head_forms(each, with_layer=with_layer)]
    plain = (
        Matrix(
            values=each.weights[index],
            mask=each.mask,
            reference=f"{each.variant}: {each.labels[index]}",
            title=None,
        )
        for each in every
        for index in range(each.shape[0])
    )
    return titled(plain, forms, page.style.titles)


def _panels(
    variants: Sequence[Matrix],
    changes: Sequence[Difference],
    layout: Layout,
    colourings: tuple[Colouring, Colouring],
    page: Page,
) -> Iterator[_Panel]:
    """All panels in reading order."""
    places, (weights, signed) = layout.places, colourings
    sides = [change for change in changes for _ in change.signed.values]
    later = range(places.heads, len(variants))
    differing = _differing(variants, changes, places.heads)
    wide = layout.grid.wide
    fitting = [
        *with_fitting_titles(variants, wide, page),
        *with_fitting_titles(differing, wide, page),
    ]
    panels = [
        _Panel(
            place=places.variant(*divmod(index, places.heads)), matrix=one, colouring=weights
        )
        for index, one in enumerate(fitting[: len(variants)])
    ] + [
        _Panel(
            place=places.difference(*divmod(index, places.heads)),
            matrix=one,
            colouring=signed,
            one_sided=side.one_sided,
        )
        for index, one, side in zip(later, fitting[len(variants) :], sides, strict=True)
    ]
    return iter(sorted(panels, key=lambda panel: panel.place))


def _differing(
    variants: Sequence[Matrix], changes: Sequence[Difference], heads: int
) -> tuple[Matrix, ...]:
    """What each later variant differs in from the first, in so many heads of each."""
    panels = [(one, change.signed.mask) for change in changes for one in change.signed.values]
    made = []
    for index, (values, mask) in enumerate(panels, start=heads):
        title, shorter = _titles_of_difference(variants[index], variants[index % heads])
        reference = f"{variants[index].reference} less the first"
        one = Matrix(values=values, mask=mask, reference=reference, title=title)
        made.append(replace(one, shorter=shorter))
    return tuple(made)


def _titles_of_difference(later: Matrix, first: Matrix) -> tuple[str | None, Forms]:
    """What stands above what a variant differs in from the first, and shorter forms of it."""
    if later.title is None:
        return None, ()
    pairs = zip((later.title, *later.shorter), (first.title, *first.shorter), strict=True)
    title, *shorter = (f"{one} − {other}" for one, other in pairs)
    return title, (*shorter, "difference")


def _canvas(
    panels: Sequence[_Panel],
    layout: Layout,
    colourings: tuple[Colouring, Colouring],
    page: Page,
    view: View,
) -> Canvas:
    """An empty canvas with the faces of all text."""
    bars = "".join(bar_text(colouring.scale) for colouring in colourings)
    titles = [panel.matrix.title for panel in panels]
    fixed = f"{bars} query key {words_of(layout.labels)}{view.text}"
    return Canvas(
        page.width, layout.grid.height, covering_faces(fixed, titles, page.style.font)
    )


def _draw_panel(canvas: Canvas, panel: _Panel, layout: Layout, page: Page, view: View) -> None:
    """The matrix with what stands around it; a difference with its one-sided cells."""
    box, matrix = layout.grid.box(panel.place), panel.matrix
    window, marks = view.window, view.marks
    if panel.one_sided is None:
        draw_matrix(canvas, matrix, box, panel.colouring, page, window=window, marks=marks)
    else:
        levels = window.cells(panel.colouring.scale.levels(matrix.values, matrix.mask))
        canvas.cells(levels, panel.colouring.colours, box, page.style.cells)
        one_sided = window.cells(panel.one_sided)
        canvas.strokes(strokes_of(one_sided, box), ONE_SIDED, HAIRLINE)
        canvas.outline(rectangle(*box), RULE, HAIRLINE)
        colour = colour_of_marks(panel.colouring.colours, page.style)
        draw_marks(canvas, marks, box, window.shape, colour)
    view.draw_around(canvas, layout.grid, panel.place)
    queries, keys = layout.places.has_labels(panel.place)
    draw_labels(canvas, layout.labels, box, window.shape, queries=queries, keys=keys)
    draw_title(
        canvas, matrix.title, view.beneath_title(layout.grid, panel.place), page.label_size
    )


def strokes_of(one_sided: Bool[np.ndarray, "query key"], box: Box) -> list[list[Point]]:
    """A stroke through each cell from its lower left; those in one line are one stroke.

    Where cells are small, as many lines are left out as keeps the others apart.
    """
    left, top, wide, tall = box
    (rows, columns), found = one_sided.shape, []
    across, down = wide / columns, tall / rows
    every = int(np.ceil(LEAST_APART / across)) // 2 * 2 + 1  # odd, to meet each diagonal
    flipped = one_sided[::-1]  # lines from the lower left are diagonals of it
    for offset in range(1 - rows, columns):
        if (offset + rows - 1) % every:
            continue
        cells = np.r_[False, np.diagonal(flipped, offset), False].astype(np.int8)
        starts, ends = (np.flatnonzero(np.diff(cells) == step).tolist() for step in (1, -1))
        row, column = rows + min(offset, 0), max(offset, 0)
        for start, end in zip(starts, ends, strict=True):
            found.append(
                [
                    (left + (column + at) * across, top + (row - at) * down)
                    for at in (start, end)
                ]
            )
    return found


def _draw_axis_titles(canvas: Canvas, layout: Layout, size: float, below: float) -> None:
    """Query beside the first row, key beneath the panels of the last one, above what follows.

    Beside a whole map it is that one which says query.
    """
    grid, places = layout.grid, layout.places
    left, top, _, tall = grid.box(0)
    if not grid.margins.whole:
        query = (left - grid.margins.left + size / 2, top + tall / 2)
        canvas.label("query", query, size, align="middle", upright=True, colour=SOFT)
    last = [
        grid.box(place) for place in places.taken() if place + places.columns >= places.count
    ]
    begin, (end, _, wide, _) = last[0][0], last[-1]
    key = ((begin + end + wide) / 2, grid.bottom + grid.margins.bottom - below - DEPTH * size)
    canvas.label("key", key, size, align="middle", colour=SOFT)


def _draw_bars(
    canvas: Canvas, colourings: tuple[Colouring, Colouring], layout: Layout, page: Page
) -> None:
    sizes = page.label_size, page.title_size
    for colouring, (left, top, wide, _) in zip(colourings, layout.bars(page), strict=True):
        place = (top, left, left + wide)
        draw_bar(canvas, colouring.scale, colouring.colours, place, sizes, lying=True)
