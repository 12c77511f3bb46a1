"""Named stretches of tokens at the axes: brackets above the keys, and right of the queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from string import ascii_lowercase

from paperfig.drawing.canvas import DEPTH, SOFT, Canvas, Point
from paperfig.drawing.charts.names import spread
from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.grid import Grid, Margins
from paperfig.drawing.page import Page
from paperfig.errors import DrawingError
from paperfig.values.tokens import Span, Tokens

GAP = 3.0  # from the frame to the brackets
END = 1.8  # from there to the line along the stretch
LINE = 0.6
INSET = 0.6  # between neighbours
NAME = 1.05  # type sizes that a name takes across its bracket
APART = 0.5  # type sizes from name to name
LETTER = 0.85  # type sizes from letter to letter
LEGEND = 1.25  # type sizes from line to line
BETWEEN_ENTRIES = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """An edge of a panel: ``along`` it, and ``out`` of the panel.

    Attributes:
        start: where its first token begins.
        cell: how long a token is.
        count: how many there are.
        edge: where the panel ends.
        upright: whether ``along`` is y, and ``out`` to the right; else it is x, and upwards.
    """

    start: float
    cell: float
    count: int
    edge: float
    upright: bool

    @property
    def end(self) -> float:
        """Where its last token ends."""
        return self.start + self.count * self.cell

    def ends(self, span: Span) -> tuple[float, float]:
        """Where the bracket of a stretch begins and ends."""
        first, last = span
        return (
            self.start + first * self.cell + INSET,
            self.start + (last + 1) * self.cell - INSET,
        )

    def at(self, along: float, out: float) -> Point:
        """A point on the canvas."""
        return (self.edge + out, along) if self.upright else (along, self.edge - out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brackets:
    """What is bracketed, and how.

    Attributes:
        queries: the rows of each stretch, by its name.
        keys: the columns of each.
        size: of type.
        faces: those that have every glyph of the names.
        letters: what stands at the brackets in the place of names; none where these have room.
    """

    queries: Mapping[str, Span]
    keys: Mapping[str, Span]
    size: float
    faces: Faces
    letters: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Those of all stretches, each once."""
        return tuple(dict.fromkeys((*self.queries, *self.keys)))

    @property
    def text(self) -> str:
        """All text of them."""
        return "".join((*self.queries, *self.keys, *self.letters.values()))

    @property
    def above(self) -> float:
        """How far they reach above the panels of the first row."""
        return self._reach(self.keys)

    @property
    def beside(self) -> float:
        """How far they reach to the right of the last panel of a row."""
        return self._reach(self.queries)

    def beneath(self, wide: float) -> float:
        """How tall the legend of a figure so wide is."""
        return len(self._legend(wide)) * LEGEND * self.size

    def around(self, margins: Margins, wide: float) -> Margins:
        """The margins with room for them, and for the legend of a figure so wide."""
        return replace(
            margins,
            top=margins.top + self.above,
            right=margins.right + self.beside,
            bottom=margins.bottom + self.beneath(wide),
        )

    def lettered(self, grid: Grid, shape: tuple[int, int]) -> "Brackets":
        """With letters, if names at panels of so many queries and keys would meet or be cut.

        Raises:
            DrawingError: there are more names than letters.
        """
        axes = zip((self.keys, self.queries), _axes(grid, 0, shape), strict=True)
        if all(self._has_room(spans, axis) for spans, axis in axes):
            return self
        places = {**self.queries, **self.keys}
        names = sorted(places, key=lambda name: places[name])
        if len(names) > len(ascii_lowercase):
            what = f"{len(names)} names have no room at the axes"
            raise DrawingError("excerpt.spans", what, f"{len(ascii_lowercase)} at most do")
        return replace(self, letters=dict(zip(names, ascii_lowercase, strict=False)))

    def draw(
        self, canvas: Canvas, grid: Grid, panel: int, shape: tuple[int, int], marks: float
    ) -> None:
        """Those of a panel, which has some at the upper and at the right edge of the grid.

        Nearer to the panel stand its ``marks``, in so many points.
        """
        at_rim = zip((self.keys, self.queries), grid.is_at_rim(panel), strict=True)
        for (spans, is_there), axis in zip(at_rim, _axes(grid, panel, shape), strict=True):
            if is_there and spans:
                self._draw_along(canvas, spans, axis, marks)

    def draw_legend(self, canvas: Canvas, middle: float, top: float, wide: float) -> None:
        """Which letter is which name, from ``top`` downwards."""
        for index, line in enumerate(self._legend(wide)):
            at = middle, top + (index + 0.5) * LEGEND * self.size
            canvas.label(line, at, self.size, align="middle", colour=SOFT)

    @property
    def _depth(self) -> float:
        return END + NAME * self.size

    def _reach(self, spans: Mapping[str, Span]) -> float:
        tracks = len(_tracks(spans))
        return GAP + tracks * self._depth if tracks else 0.0

    def _legend(self, wide: float) -> list[str]:
        lines: list[str] = []
        for name, letter in self.letters.items():
            entry = f"{letter} {name}"
            longer = f"{lines[-1]}{BETWEEN_ENTRIES}{entry}" if lines else entry
            if lines and self.faces.width(longer, self.size) <= wide:
                lines[-1] = longer
            else:
                lines.append(entry)
        return lines

    def _label(self, name: str) -> str:
        return self.letters.get(name, name)

    def _middles(
        self, names: Sequence[str], spans: Mapping[str, Span], axis: _Axis
    ) -> list[float]:
        """Where each name has its middle: as near to its bracket's as the axis allows.

        Letters are moved where another stands.
        """
        middles = []
        for name in names:
            half = self.faces.width(self._label(name), self.size) / 2
            middle = sum(axis.ends(spans[name])) / 2
            middles.append(min(max(middle, axis.start + half), axis.end - half))
        return spread(middles, LETTER * self.size) if self.letters else middles

    def _has_room(self, spans: Mapping[str, Span], axis: _Axis) -> bool:
        for names in _tracks(spans):
            wide = [self.faces.width(name, self.size) for name in names]
            middles = self._middles(names, spans, axis)
            if max(wide) > axis.end - axis.start:
                return False
            places = [
                (middle - one / 2, middle + one / 2)
                for middle, one in zip(middles, wide, strict=True)
            ]
            gaps = (after[0] - before[1] for before, after in pairwise(places))
            if any(gap < APART * self.size for gap in gaps):
                return False
        return True

    def _draw_along(
        self, canvas: Canvas, spans: Mapping[str, Span], axis: _Axis, marks: float
    ) -> None:
        for track, names in enumerate(_tracks(spans)):
            near = marks + GAP + track * self._depth
            far = near + END
            lines = []
            for name, middle in zip(names, self._middles(names, spans, axis), strict=True):
                first, last = axis.ends(spans[name])
                corners = ((first, near), (first, far), (last, far), (last, near))
                lines.append([axis.at(*corner) for corner in corners])
                out = far + (NAME / 2 if axis.upright else DEPTH) * self.size
                at, label = axis.at(middle, out), self._label(name)
                upright = axis.upright and not self.letters
                canvas.label(label, at, self.size, align="middle", upright=upright)
            canvas.strokes(lines, SOFT, LINE)


def brackets_of(queries: Tokens, keys: Tokens, page: Page) -> Brackets:
    """The brackets of all named stretches of the axes.

    Raises:
        DrawingError: no font has a character of a name.
    """
    names = list(dict.fromkeys((*queries.spans, *keys.spans)))
    faces, missing = faces_for(names, page.style.font)
    for name in names:
        if lacking := sorted(missing.intersection(name)):
            codes = ", ".join(f"U+{ord(character):04X}" for character in lacking)
            raise DrawingError(
                f"excerpt.spans.{name}", f"no font has {codes}", "install one that has"
            )
    return Brackets(queries=queries.spans, keys=keys.spans, size=page.label_size, faces=faces)


def _axes(grid: Grid, panel: int, shape: tuple[int, int]) -> tuple[_Axis, _Axis]:
    """The upper edge of a panel, and its right one."""
    (left, top, wide, high), (n_query, n_key) = grid.box(panel), shape
    return (
        _Axis(start=left, cell=wide / n_key, count=n_key, edge=top, upright=False),
        _Axis(start=top, cell=high / n_query, count=n_query, edge=left + wide, upright=True),
    )


def _tracks(spans: Mapping[str, Span]) -> list[list[str]]:
    """The names in tracks, short stretches nearest to the panel: in none do any overlap."""

    def meet(one: str, other: str) -> bool:
        return spans[one][0] <= spans[other][1] and spans[other][0] <= spans[one][1]

    tracks: list[list[str]] = []
    for name in sorted(spans, key=lambda name: (spans[name][1] - spans[name][0], spans[name])):
        free = (track for track in tracks if not any(meet(name, other) for other in track))
        track = next(free, None)
        if track is None:
            tracks.append(track := [])
        track.append(name)
    return [sorted(track, key=lambda name: spans[name]) for track in tracks]
