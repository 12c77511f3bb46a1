"""The kind ``lines``: queries on the left, keys on the right, a line for each weight."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Bool, UInt8
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from paperfig.drawing.canvas import EDGE, HAIRLINE, RULE, SOFT, Canvas, Point
from paperfig.drawing.charts.lengths import scale_of_lengths
from paperfig.drawing.facts import drawn_facts
from paperfig.drawing.matrices.axes import PAD, TICK, axes_of, words_of
from paperfig.drawing.matrices.matrix import Matrix
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import LEVELS, palette
from paperfig.drawing.scales.scale import Scale
from paperfig.drawing.titles import covering_faces, draw_title, head_names, titles_of
from paperfig.errors import DrawingError
from paperfig.kinds.lines.layout import TITLE, Layout, layout_of
from paperfig.specs.style import StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.numbers import shortest

FIXED_TEXT = "query key weight ≥ 0123456789.e-…"
THIN, THICK = 0.3, 1.8  # points, of the least weight and of the scale's end
STEPS = 100  # of width and ink, from no weight to the scale's end
PALEST = 60  # the level of the palette of the least weight: the lower are too pale for a line
INSET = 1.2  # points, from a panel's side to the ends of its lines
STROKE = 12.0  # points, of a line in the legend
AROUND = 3.0  # points, between it and its number
APART = 9.0  # between entries of the legend
NOISE = 1e-6  # float32 has a weight of 0.1 as 0.10000000149


def draw(data: FigureData, page: Page, *, least: float) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    A panel a head; tokens from the top, once at the outer sides of a row of panels. Width and
    ink of a line grow with its weight; larger weights lie on top.

    Raises:
        DrawingError: the style asks for what cannot be drawn, there are too many tokens, or no
            weight has a line.
    """
    queries, keys = axes_of(data.maps)
    matrices = _matrices(data, page.style)
    scale = scale_of_lengths(
        np.concatenate([one.values[one.mask] for one in matrices]), page.style
    )
    lined = [_has_line(one, least) for one in matrices]
    _check_lines(matrices, lined, least)
    layout = layout_of(len(matrices), _group(data), queries, keys, page)
    titles = [one.title for one in matrices]
    faces = covering_faces(FIXED_TEXT + words_of(layout.labels), titles, page.style.font)
    canvas, colours = Canvas(page.width, layout.height, faces), palette(page.style.palette)
    for panel, matrix in enumerate(matrices):
        _draw_rails(canvas, layout, panel)
        for share, lines in _lines(matrix, lined[panel], scale, layout, panel):
            canvas.strokes(lines, *_look(share, colours))
        draw_title(canvas, matrix.title, layout.boxes[panel], page.title_size)
        _draw_tokens(canvas, layout, panel, page)
    if layout.legend is not None:
        _draw_legend(canvas, _legend(scale.high, least), colours, layout.legend, page)
    return canvas.figure, drawn_facts(
        page,
        canvas,
        scale=scale,
        labels=layout.labels,
        matrices=matrices,
        marks=(),
        own={
            "lines": sum(int(one.sum()) for one in lined),
            "left_out": _left_out(matrices, lined),
        },
    )


def _matrices(data: FigureData, style: StyleSpec) -> tuple[Matrix, ...]:
    """Every head's weights, with its title."""
    several = len({each.site for each in data.maps}) > 1
    names = [name for each in data.maps for name in head_names(each, with_layer=several)]
    references = [label for each in data.maps for label in each.labels]
    panels = [(one, each.mask) for each in data.maps for one in each.weights]
    named = zip(panels, references, titles_of(names, style.titles), strict=True)
    return tuple(
        Matrix(values=one, mask=mask, reference=reference, title=title)
        for (one, mask), reference, title in named
    )


def _group(data: FigureData) -> int:
    """How many panels a row may have so that each layer begins one; 0 for any number."""
    counts = {each.shape[0] for each in data.maps}
    return counts.pop() if len(data.maps) > 1 and len(counts) == 1 else 0


def _has_line(matrix: Matrix, least: float) -> Bool[np.ndarray, "query key"]:
    return np.asarray((matrix.values > 0) & (matrix.values >= least * (1 - NOISE)))


def _check_lines(matrices: Sequence[Matrix], lined: Sequence[np.ndarray], least: float) -> None:
    """Nothing where there is a line.

    Raises:
        DrawingError: no weight is as large as those that have one.
    """
    if not any(one.any() for one in lined):
        most = max(float(one.values.max()) for one in matrices)
        what = f"no weight is as large as {least:g}; the largest is {most:.3g}"
        raise DrawingError("least", what, "less is right")


def _left_out(matrices: Sequence[Matrix], lined: Sequence[np.ndarray]) -> float:
    """The share of all weight that has no line."""
    whole = sum(float(one.values.sum(dtype=np.float64)) for one in matrices)
    without = (
        one.values[~has_line].sum(dtype=np.float64)
        for one, has_line in zip(matrices, lined, strict=True)
    )
    return float(sum(without)) / whole


def _lines(
    matrix: Matrix,
    lined: Bool[np.ndarray, "query key"],
    scale: Scale,
    layout: Layout,
    panel: int,
) -> Iterator[tuple[float, list[list[Point]]]]:
    """The lines of each share of the scale, the least first."""
    left, _, wide, _ = layout.boxes[panel]
    shares = np.round(STEPS * scale.positions(matrix.values.astype(np.float64)))
    for share in np.unique(shares[lined]).tolist():
        yield (
            share / STEPS,
            [
                [
                    (left + INSET, layout.at(panel, query)),
                    (left + wide - INSET, layout.at(panel, key)),
                ]
                for query, key in np.argwhere(lined & (shares == share)).tolist()
            ],
        )


def _look(share: float, colours: UInt8[np.ndarray, "level 3"]) -> tuple[str, float]:
    """Colour and width of the line of a weight, as a share of the scale's end."""
    level = PALEST + round(share * (LEVELS - 1 - PALEST))
    return to_hex((colours[level] / 255).tolist()), THIN + share * (THICK - THIN)


def _draw_rails(canvas: Canvas, layout: Layout, panel: int) -> None:
    """The lines on which queries and keys stand."""
    left, top, wide, high = layout.boxes[panel]
    sides = [[(x, top), (x, top + high)] for x in (left, left + wide)]
    canvas.strokes(sides, RULE, HAIRLINE)


def _draw_tokens(canvas: Canvas, layout: Layout, panel: int, page: Page) -> None:
    """Queries left of the first panel of a row, keys right of the last."""
    left, top, wide, _ = layout.boxes[panel]
    title, ticks = top - TITLE * page.title_size / 2, list[list[Point]]()
    sides = (
        ("query", layout.labels.queries, left, -1),
        ("key", layout.labels.keys, left + wide, 1),
    )
    for is_outer, (name, labels, edge, away) in zip(layout.is_outer(panel), sides, strict=True):
        if not is_outer:
            continue
        align: Literal["left", "right"] = "left" if away > 0 else "right"
        x = edge + away * (TICK + PAD)
        canvas.label(name, (x, title), page.axis_size, align=align, colour=SOFT)
        for token, label in labels.texts:
            y = layout.at(panel, token)
            canvas.label(label, (x, y), labels.size, align=align)
            ticks.append([(edge, y), (edge + away * TICK, y)])
    canvas.strokes(ticks, RULE, HAIRLINE)


def _legend(high: float, least: float) -> list[tuple[str, float]]:
    """What strokes of the legend are called, and their shares of the scale's end."""
    first = [(f"≥ {shortest(least)}", min(least / high, 1.0))] if least else []
    parts = [part for part in (0.25, 0.5, 1.0) if part * high > 1.5 * least]
    return first + [(shortest(part * high), part) for part in parts]


def _draw_legend(
    canvas: Canvas,
    entries: list[tuple[str, float]],
    colours: UInt8[np.ndarray, "level 3"],
    middle: float,
    page: Page,
) -> None:
    """Strokes with their weights, in the middle; without those that have no room."""
    size, faces = page.label_size, canvas.faces

    def extent() -> float:
        each = (STROKE + AROUND + faces.width(name, size) + APART for name, _ in entries)
        return faces.width("weight", page.axis_size) + sum(each)

    while len(entries) > 1 and extent() > canvas.width - 2 * EDGE:
        del entries[len(entries) // 2 - (len(entries) == 2)]  # noqa: PLR2004 - the last stays
    x = max(EDGE, (canvas.width - extent()) / 2)
    canvas.label("weight", (x, middle), page.axis_size, colour=SOFT)
    x += faces.width("weight", page.axis_size) + APART
    for name, share in entries:
        canvas.strokes([[(x, middle), (x + STROKE, middle)]], *_look(share, colours))
        x += STROKE + AROUND
        canvas.label(name, (x, middle), size)
        x += faces.width(name, size) + APART
