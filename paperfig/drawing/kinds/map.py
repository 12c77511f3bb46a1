"""The kind ``map``: attention of one head, or of several as small multiples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from matplotlib.figure import Figure

from paperfig.drawing.bar import bar_extent, draw_bar
from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.grid import Grid, Margins, columns_of, grid_of, side_within
from paperfig.drawing.labels import Labels, fitting_labels
from paperfig.drawing.marks import draw_marks, outlined
from paperfig.drawing.page import POINT, Page
from paperfig.drawing.palettes import palette
from paperfig.drawing.scale import Scale, scale_of
from paperfig.drawing.sheet import DEPTH, HAIRLINE, INK, RULE, SOFT, Point, Sheet, rectangle
from paperfig.errors import DrawingError
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

TICK = 1.8
PAD = 2.0
BETWEEN = 7.0
HATCH = 4.0  # from stroke to stroke, in rows that have no key
HATCHED = "#bdbdbd"
_FIXED_TEXT = "0123456789.-() attention weight square-root log scale query key"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """One map: its weights, its mask, its reference, and its title or none."""

    weights: Float32[np.ndarray, "query key"]
    mask: Bool[np.ndarray, "query key"]
    reference: str
    title: str | None


def draw(data: FigureData, page: Page) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    Query rows from the top, key columns from the left, one scale for all panels.

    Raises:
        DrawingError: the style asks for what cannot be drawn.
    """
    style, n_token = page.style, len(data.maps[0].tokens)
    scale, colours = scale_of(data.maps, style), palette(style.palette)
    marks, panels = outlined(style.mark or (), n_token), _panels(data.maps, style.titles)
    grid, labels = _layout(data.maps, panels, page, scale)
    faces = _faces(labels, panels, page)
    sheet = Sheet(page.width, grid.height, faces)
    for index, panel in enumerate(panels):
        left, top = grid.corner(index)
        levels = scale.levels(panel.weights, panel.mask)
        sheet.cells(levels, colours, (left, top, grid.side, grid.side))
        _draw_rows_without_key(sheet, panel.mask, (left, top, grid.side))
        sheet.outline(rectangle(left, top, grid.side, grid.side), RULE, HAIRLINE)
        draw_marks(sheet, marks, (left, top, grid.side), n_token, colours)
        _draw_labels(sheet, labels, grid, index, n_token)
        _draw_title(sheet, panel, grid, index, page)
    _draw_axis_titles(sheet, grid, page.title_size)
    if style.colorbar:
        box = (grid.right, grid.top, grid.bottom)
        draw_bar(sheet, scale, colours, box, (page.label_size, page.title_size))
    return sheet.figure, DrawnFacts(
        scale=scale.kind,
        limits=(scale.low, scale.high),
        limits_rule=scale.rule,
        over=scale.over,
        under=scale.under,
        label_kind=labels.kind,
        label_every=labels.every,
        shortened=labels.shortened,
        width_pt=page.width_pt,
        height_pt=grid.height / POINT,
        column_pt=page.column_pt,
        no_key_rows=sum(int((~panel.mask.any(axis=1)).sum()) for panel in panels),
        marks=marks,
        panels=tuple(panel.title or panel.reference for panel in panels),
    )


def _panels(maps: Sequence[AttentionMap], titles: bool | Sequence[str] | None) -> list[Panel]:
    names = [name for entry in maps for name in _names(entry, with_layer=len(maps) > 1)]
    shown: Sequence[str | None] = names
    if titles is False or (titles is None and len(names) == 1):
        shown = [None] * len(names)
    elif titles is not None and titles is not True:
        shown = titles
    if len(shown) != len(names):
        raise DrawingError(
            "style.titles",
            f"{len(shown)} titles for {len(names)} panels",
            "one for each is right",
        )
    weights = [(one, entry.mask) for entry in maps for one in entry.weights]
    references = [label for entry in maps for label in entry.labels]
    return [
        Panel(weights=one, mask=mask, reference=reference, title=title)
        for (one, mask), reference, title in zip(weights, references, shown, strict=True)
    ]


def _names(entry: AttentionMap, *, with_layer: bool) -> list[str]:
    """What panels are called: ``head 2``, or ``L4 H11`` where there are more layers."""
    if entry.mean:
        return [f"L{entry.layer} mean" if with_layer else "mean of heads"]
    return [f"L{entry.layer} H{head}" if with_layer else f"head {head}" for head in entry.heads]


def _layout(
    maps: Sequence[AttentionMap], panels: Sequence[Panel], page: Page, scale: Scale
) -> tuple[Grid, Labels]:
    """Panels and labels that fit each other: a label's width takes from the panels'."""
    titled = any(panel.title for panel in panels)
    plain, _ = faces_for([_FIXED_TEXT], page.style.font)
    sizes = page.label_size, page.title_size
    bar = bar_extent(scale, plain, *sizes) if page.style.colorbar else HAIRLINE

    def margins(extent: float, reach: float) -> Margins:
        title = 1.25 * page.label_size + PAD if titled else 0.0
        return Margins(
            left=page.title_size + 2 * PAD + extent + TICK + PAD,
            right=bar,
            top=title or 0.45 * page.label_size,
            bottom=TICK + PAD + reach + PAD + page.title_size,
            between=BETWEEN,
            above=title + BETWEEN / 2,
        )

    guess = plain.width("000", page.label_size)
    group = len(maps[0].weights) if len(maps) > 1 else 0
    columns = columns_of(len(panels), group, page, margins(guess, guess))
    labels = fitting_labels(
        maps[0].tokens,
        page,
        lambda extent: side_within(len(panels), columns, page, margins(extent, extent)),
    )
    reach = (
        labels.extent if labels.kind == "tokens" else 0.75 * labels.size * (labels.every > 0)
    )
    return grid_of(len(panels), columns, page, margins(labels.extent, reach)), labels


def _faces(labels: Labels, panels: Sequence[Panel], page: Page) -> Faces:
    """The faces that have every glyph of the figure."""
    words = [run.text for _, label in labels.texts for run in label]
    titles = [panel.title or "" for panel in panels]
    faces, missing = faces_for([_FIXED_TEXT, *words, *titles], page.style.font)
    if missing:
        codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(missing))
        raise DrawingError("style.titles", f"no font has {codes}", "install one that has")
    return faces


def _draw_rows_without_key(
    sheet: Sheet, mask: Bool[np.ndarray, "query key"], box: tuple[float, float, float]
) -> None:
    """Hatches the rows of queries that have no key at all."""
    left, top, side = box
    height = side / len(mask)
    strokes = []
    for row in np.flatnonzero(~mask.any(axis=1)).tolist():
        bottom = top + (row + 1) * height
        for x in np.arange(HATCH - height, side, HATCH).tolist():
            start, end = max(0.0, -x), min(height, side - x)  # cut at the map's edges
            strokes.append([(left + x + start, bottom - start), (left + x + end, bottom - end)])
    sheet.strokes(strokes, HATCHED, HAIRLINE)


def _draw_labels(sheet: Sheet, labels: Labels, grid: Grid, panel: int, n_token: int) -> None:
    """Labels left of the first panel of a row, and below the last one of a column."""
    (left, top), bottom = grid.corner(panel), grid.corner(panel)[1] + grid.side
    has_queries, has_keys = grid.is_outer(panel)
    ticks: list[list[Point]] = []
    away = TICK + PAD if labels.kind == "index" else PAD
    for position, label in labels.texts:
        at = (position + 0.5) * grid.side / n_token
        if has_queries:
            sheet.label(label, (left - away, top + at), labels.size, align="right")
            ticks.append([(left - TICK, top + at), (left, top + at)])
        if has_keys and labels.kind == "tokens":
            sheet.label(
                label, (left + at, bottom + away), labels.size, align="right", upright=True
            )
        elif has_keys:
            below = bottom + TICK + PAD / 2 + labels.size / 2
            sheet.label(label, (left + at, below), labels.size, align="middle")
            ticks.append([(left + at, bottom), (left + at, bottom + TICK)])
    sheet.strokes(ticks if labels.kind == "index" else [], RULE, HAIRLINE)


def _draw_title(sheet: Sheet, panel: Panel, grid: Grid, index: int, page: Page) -> None:
    if panel.title is None:
        return
    (left, top), size = grid.corner(index), page.label_size
    wide = sheet.faces.width(panel.title, size)
    if wide > grid.side + BETWEEN / 2:
        raise DrawingError(
            "style.titles",
            f"{panel.title!r} is {wide:.0f} pt wide",
            f"{grid.side:.0f} pt at most fit above a panel",
        )
    middle = left + grid.side / 2
    sheet.label(
        panel.title, (middle, top - 0.65 * size - PAD / 2), size, align="middle", colour=INK
    )


def _draw_axis_titles(sheet: Sheet, grid: Grid, size: float) -> None:
    across, down = (grid.left + grid.right) / 2, (grid.top + grid.bottom) / 2
    query = (grid.left - grid.margins.left + size / 2, down)
    key = (across, grid.bottom + grid.margins.bottom - DEPTH * size)
    sheet.label("query", query, size, align="middle", upright=True, colour=SOFT)
    sheet.label("key", key, size, align="middle", colour=SOFT)
