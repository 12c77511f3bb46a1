"""The kind ``profile``: the text as prose, above each token the weight of a query on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, UInt8
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from paperfig.drawing.canvas import DEPTH, HAIRLINE, INK, RULE, SOFT, Canvas, rectangle
from paperfig.drawing.charts.lengths import scale_of_lengths
from paperfig.drawing.facts import facts_without_panels
from paperfig.drawing.fonts import Faces
from paperfig.drawing.labels import Label, covered_labels
from paperfig.drawing.matrices.axes import axes_of
from paperfig.drawing.page import Page
from paperfig.drawing.palettes import palette
from paperfig.drawing.scales.scale import Scale
from paperfig.drawing.titles import covering_faces, head_names, titles_of
from paperfig.errors import DrawingError
from paperfig.kinds.profile.header import BOXED, HEADER_TEXT, Header, draw_box
from paperfig.kinds.profile.kind import MOST_HEADS
from paperfig.kinds.profile.layout import Row, Shown, Sizes, rows_of
from paperfig.kinds.profile.named import named_keys, rounded, told_heads, told_keys
from paperfig.kinds.profile.prose import (
    INSTEAD,
    Placed,
    Written,
    edges_of,
    lines_of,
    with_blanks,
    written,
)
from paperfig.specs.style import StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.numbers import shortest
from paperfig.values.positions import Position, span_of
from paperfig.values.tokens import Span, same_tokens

EDGE = 1.0 + 1.5 * BOXED  # points of margin: 1 is bare beside the box around the query
INSET = 0.25  # points, from a token's ends to its bar's
LEAST_BAR = 0.15  # points; lower bars are not drawn
APART = 1.0  # points, between numbers
MASKED = "#9a9a9a"
HEADS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # Okabe and Ito's
_TINT = 200  # the level of the palette that an only head's bars have


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Bars:
    """What is drawn of the weights.

    Attributes:
        weights: of each head and key.
        allowed: the keys that any of the queries may attend to.
        scale: its upper limit is a bar's full height.
        colours: of the heads.
        named: by head, the keys that are named, the largest weight first.
    """

    weights: Float64[np.ndarray, "head key"]
    allowed: Bool[np.ndarray, " key"]
    scale: Scale
    colours: UInt8[np.ndarray, "head 3"]
    named: tuple[tuple[int, ...], ...]

    @property
    def numbered(self) -> frozenset[int]:
        """The keys whose weight stands above their bar: those named of a single head."""
        return frozenset(self.named[0] if len(self.named) == 1 else ())


def draw(
    data: FigureData, page: Page, *, query: Position, top: int, least: float
) -> tuple[Figure, DrawnFacts]:
    """The figure, and what its drawing decided.

    The keys' text in lines. Above each token that the query may attend to stands a bar, a lane
    a head; a single head's largest bars have their weight above them.

    Raises:
        DrawingError: the style asks for what cannot be drawn, or a character has no font.
    """
    queries, keys = axes_of(data.maps)
    span, names = span_of(query, queries, where="query"), _names(data, page.style)
    bars = _bars(data, page.style, span, named_keys(data.table["weights"].values, top, least))
    boxed = range(span[0], span[1] + 1) if same_tokens(queries, keys) else range(0)
    header = Header(
        names=names,
        colours=bars.colours,
        full=bars.scale.high if page.style.has_bar else None,
        query=None if boxed else _label("".join(queries.labels[span[0] : span[1] + 1]), page),
    )
    words = written(keys, page.style.font)
    faces = _faces(words, header, page)
    lines = lines_of(words, faces, page.title_size, page.width - 2 * EDGE, boxed)
    sizes = Sizes(
        heads=len(bars.weights),
        size=page.title_size,
        number=page.label_size,
        edges=edges_of((one.label for one in words), faces, page.title_size),
    )
    shown = Shown(weights=bars.weights, seen=bars.allowed, numbered=bars.numbered, boxed=boxed)
    start = EDGE + header.height(faces, page.label_size, page.width - 2 * EDGE)
    rows, line_least = rows_of(lines, shown, sizes, page, start)
    canvas = Canvas(page.width, sizes.bottom(rows[-1]), faces)
    header.draw(canvas, EDGE, page.label_size)
    for row in rows:
        _draw_row(canvas, row, bars, sizes, boxed)
    left_out = sum(row.omitted for row in rows)
    facts = {
        "queries": told_keys(sorted(set(span)), queries),
        "heads": told_heads(_references(data), bars.named, bars.weights, keys),
        "hidden": int((~bars.allowed).sum()),
        "continued": sum(one.goes_on for one in words),
        "left_out": left_out,
        "line_least": line_least if left_out else None,
    }
    cut = sum(one.label != words[one.token].label for line in lines for one in line)
    return canvas.figure, facts_without_panels(
        page, canvas, bars.scale, panels=_references(data), shortened=cut, own=facts
    )


def _references(data: FigureData) -> tuple[str, ...]:
    """What each head is called, with its layer where there are several."""
    several = len({each.site for each in data.maps}) > 1
    return tuple(name for each in data.maps for name in head_names(each, with_layer=several))


def _names(data: FigureData, style: StyleSpec) -> Sequence[str | None]:
    """What each lane is called at the swatch of its colour."""
    names = _references(data)
    if len(names) > MOST_HEADS:
        what = f"a profile shows at most {MOST_HEADS} heads above a text, not {len(names)}"
        raise DrawingError(
            "head", what, "name some of them; mean or `figure: map` is right too"
        )
    return titles_of(names, True if style.titles is None else style.titles)


def _bars(
    data: FigureData, style: StyleSpec, span: Span, named: tuple[tuple[int, ...], ...]
) -> _Bars:
    weights = data.table["weights"].values
    allowed = np.asarray(data.maps[0].mask[span[0] : span[1] + 1].any(axis=0))
    scale = scale_of_lengths(weights[:, allowed], style)
    if len(weights) == 1:
        colours = palette(style.palette)[_TINT : _TINT + 1]
    else:
        several = [to_rgb(colour) for colour in HEADS[: len(weights)]]
        colours = np.round(255 * np.array(several)).astype(np.uint8)
    return _Bars(weights=weights, allowed=allowed, scale=scale, colours=colours, named=named)


def _label(text: str, page: Page) -> Label:
    """A query of another text, in a line."""
    _, (label,) = covered_labels([text.strip(" ") or text], page.style.font, instead=INSTEAD)
    return with_blanks(label, text)


def _faces(words: Sequence[Written], header: Header, page: Page) -> Faces:
    drawn = [run.text for word in words for run in word.label]
    drawn += [run.text for run in header.query or ()]
    return covering_faces(HEADER_TEXT + "".join(drawn), header.names, page.style.font)


def _draw_row(canvas: Canvas, row: Row, bars: _Bars, sizes: Sizes, boxed: range) -> None:
    """A line of text with its bars, or what is said of the lines that are left out."""
    middle = sizes.middle(row)
    if row.omitted:
        text = f"… {row.omitted} token{'s' if row.omitted > 1 else ''} …"
        canvas.label(text, (EDGE, middle), sizes.number, colour=SOFT)
        return
    for lane in range(row.lanes):
        _draw_lane(canvas, row, bars, lane, sizes)
    _draw_numbers(canvas, row, bars, sizes)
    for one in row.line:
        colour = INK if bars.allowed[one.token] or one.token in boxed else MASKED
        canvas.label(one.label, (EDGE + one.left, middle), sizes.size, colour=colour)
    if queries := [one for one in row.line if one.token in boxed]:
        ends = EDGE + queries[0].left, queries[-1].right - queries[0].left
        draw_box(canvas, ends, middle, sizes.edges)


def _draw_lane(canvas: Canvas, row: Row, bars: _Bars, lane: int, sizes: Sizes) -> None:
    """One head's bars, and beneath each allowed token the line that it stands on."""
    base, seen = sizes.base(row, lane), [one for one in row.line if bars.allowed[one.token]]
    for one in seen:
        height = _height(bars, lane, one, sizes)
        if height >= LEAST_BAR:
            left, wide = EDGE + one.left + INSET, one.wide - 2 * INSET
            canvas.fill(rectangle(left, base - height, wide, height), bars.colours[lane])
    ends = [(EDGE + one.left + INSET, EDGE + one.right - INSET) for one in seen]
    canvas.strokes([[(left, base), (right, base)] for left, right in ends], RULE, HAIRLINE)


def _height(bars: _Bars, lane: int, one: Placed, sizes: Sizes) -> float:
    return sizes.lane * min(1.0, float(bars.weights[lane, one.token]) / bars.scale.high)


def _draw_numbers(canvas: Canvas, row: Row, bars: _Bars, sizes: Sizes) -> None:
    """The named keys' weights above their bars; of two that would touch the larger."""
    at = {one.token: one for one in row.line if one.token in bars.numbered}
    taken: list[tuple[float, float]] = []
    for one in (at[token] for token in bars.named[0] if token in at):
        number = shortest(rounded(bars.weights[0, one.token]))
        half = canvas.faces.width(number, sizes.number) / 2
        x = min(max(one.left + one.wide / 2, half), canvas.width - 2 * EDGE - half)
        if all(x + half + APART < left or x - half - APART > right for left, right in taken):
            taken.append((x - half, x + half))
            beneath = [it for it in row.line if it.left < x + half and it.right > x - half]
            high = max(_height(bars, 0, it, sizes) for it in (one, *beneath))
            top = sizes.base(row, 0) - high
            place = EDGE + x, top - DEPTH * sizes.number
            canvas.label(number, place, sizes.number, align="middle")
