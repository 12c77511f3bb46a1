"""Labels at the axes: every token where they fit, else every k-th index."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import regex

from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.page import SMALLEST, Page
from paperfig.errors import DrawingError
from paperfig.values.tokens import BYTES, CONTINUED, Tokens, same_tokens

PITCH = 5.5  # pt a token at least, for a label of the smallest size
WIDEST = 0.2  # of the page's width; a longer label ends in an ellipsis
ELLIPSIS = "…"
SPACES = {" ": "␣", "\n": "↵", "\t": "⇥"}
_DOTTED_CIRCLE = "◌"
CONTINUES = "·"  # stands for the rest of a character that several tokens share


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a label in one colour.

    Attributes:
        text: what is drawn.
        faint: whether it stands for something invisible, such as a space.
    """

    text: str
    faint: bool = False

    def faces(self, faces: Faces) -> Faces:
        """Those of a figure's faces that draw it."""
        return faces.signs if self.faint else faces


Label = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisLabels:
    """The labels of an axis.

    Attributes:
        kind: what they are.
        every: 1 for every position, k for each k-th, 0 for none.
        size: of type, in points.
        texts: position and label, from the first on.
        extent: how far the widest label runs, in points.
        faces: the faces that have all their glyphs.
        shortened: how many end in an ellipsis.
    """

    kind: Literal["tokens", "index", "none"]
    every: int
    size: float
    texts: tuple[tuple[int, Label], ...]
    extent: float
    faces: Faces
    shortened: int = 0

    @property
    def pitch(self) -> float:
        """From label to label at least: more where letters are taller than Latin ones."""
        texts = ("".join(run.text for run in label) for _, label in self.texts)
        reaches = pairwise(self.faces.reach(text, self.size) for text in texts)
        closest = max((below + above for (_, below), (above, _) in reaches), default=0.0)
        return max(self.size * PITCH / SMALLEST, closest)


def continuing(labels: Iterable[Label]) -> int:
    """How many labels stand for the rest of a character."""
    return sum(any(run.faint and CONTINUES in run.text for run in label) for label in labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLabels:
    """The labels of a map's two axes; the same for both where they are of one text."""

    queries: AxisLabels
    keys: AxisLabels

    @property
    def shortened(self) -> int:
        """How many labels end in an ellipsis; those of one text count once."""
        own = 0 if self.queries is self.keys else self.queries.shortened
        return self.keys.shortened + own

    @property
    def continuing(self) -> int:
        """How many stand for the rest of a character; those of one text count once."""
        axes = [self.keys] if self.queries is self.keys else [self.keys, self.queries]
        return continuing(label for axis in axes for _, label in axis.texts)


Room = Callable[[float, float], tuple[float, float]]
"""Width and height of a map, where the labels of queries and of keys run as far as these."""


def fitting_axes(
    queries: Tokens, keys: Tokens, page: Page, room: Room, starts: tuple[int, int] = (0, 0)
) -> MapLabels:
    """The labels of both axes; each that the style asks for and the page has room for.

    Args:
        queries: the tokens of the rows.
        keys: the tokens of the columns.
        page: with the style's ``labels`` and ``font``.
        room: what is left to a map.
        starts: the index of the first query, and of the first key.

    Raises:
        DrawingError: as `fitting_labels`.
    """
    if same_tokens(queries, keys) and starts[0] == starts[1]:
        both = fitting_labels(keys.spelled, page, lambda it: min(room(it, it)), starts[1])
        return MapLabels(queries=both, keys=both)

    def rows_above(reach: float) -> AxisLabels:
        return fitting_labels(queries.spelled, page, lambda it: room(it, reach)[1], starts[0])

    beside = rows_above(PITCH).extent
    columns = fitting_labels(keys.spelled, page, lambda it: room(beside, it)[0], starts[1])
    # Key labels that run far down take from the height that the rows were given.
    return MapLabels(queries=rows_above(columns.extent), keys=columns)


def fitting_labels(
    tokens: Sequence[str], page: Page, side: Callable[[float], float], start: int = 0
) -> AxisLabels:
    """The labels that the style asks for and the page has room for.

    Args:
        tokens: the excerpt's tokens as they are spelled.
        page: with the style's ``labels`` and ``font``.
        side: the side of a map in points, where labels run as far as the argument.
        start: the index of the first.

    Raises:
        DrawingError: ``labels: tokens`` do not fit, or no font has one of their glyphs.
    """
    asked, plain = page.style.labels, faces_for(["0123456789"], page.style.font)[0]
    if asked == "none":
        return AxisLabels(
            kind="none", every=0, size=SMALLEST, texts=(), extent=0.0, faces=plain
        )
    hopeless = len(tokens) * PITCH > side(0.0)
    if asked == "index" or (asked == "auto" and hopeless):
        return _index_labels(len(tokens), page, plain, side, start)
    for labels in _token_labels(tokens, page, _sizes(page.label_size)):
        if side(labels.extent) / len(tokens) >= labels.pitch:
            return labels
    if asked == "auto":
        return _index_labels(len(tokens), page, plain, side, start)
    room = side(labels.extent)
    raise DrawingError(
        "style.labels",
        f"{len(tokens)} tokens do not fit at {room / len(tokens):.1f} pt each",
        f"at most {int(room / labels.pitch)} such labels fit here; auto or index is right",
    )


def visible(token: str, missing: frozenset[str] = frozenset()) -> Label:
    """A token with white space, controls and other invisible characters to be seen.

    Args:
        token: as it is spelled.
        missing: characters that no font has; those that are no letters, marks or numbers
            (emoji, say) are named by their code point.
    """
    if token and unicodedata.category(token[0]).startswith("M"):
        token = _DOTTED_CIRCLE + token
    runs: list[Run] = []
    for part in BYTES.split(token):
        if BYTES.fullmatch(part):
            runs.append(Run(part, faint=True))
        else:
            runs += [_shown(character, missing) for character in part]
    return _joined(runs)


def width(label: Label, faces: Faces, size: float) -> float:
    """How far a label runs, in points."""
    return sum(run.faces(faces).width(run.text, size) for run in label)


def is_one_character(label: Label) -> bool:
    """Whether a label is a single character of the text, its marks included."""
    text = "".join(run.text for run in label)
    return not any(run.faint for run in label) and len(regex.findall(r"\X", text)) == 1


def _shown(character: str, missing: frozenset[str]) -> Run:
    category = unicodedata.category(character)
    if character == CONTINUED:
        return Run(CONTINUES, faint=True)
    if character in SPACES:
        return Run(SPACES[character], faint=True)
    invisible = category[0] in "CZ" or unicodedata.name(character, "").startswith("VARIATION")
    if invisible or (character in missing and category[0] == "S"):
        return Run(f"U+{ord(character):04X}", faint=True)
    return Run(character)


def _token_labels(
    tokens: Sequence[str], page: Page, sizes: Iterable[float]
) -> Iterator[AxisLabels]:
    """The tokens' labels at each size of type."""
    faces, labels = covered_labels(tokens, page.style.font)
    for size in sizes:
        cut = [shortened_label(label, faces, size, WIDEST * page.width) for label in labels]
        yield AxisLabels(
            kind="tokens",
            every=1,
            size=size,
            texts=tuple(enumerate(cut)),
            extent=max(width(label, faces, size) for label in cut),
            faces=faces,
            shortened=sum(new != old for new, old in zip(cut, labels, strict=True)),
        )


def _sizes(largest: float) -> list[float]:
    """Sizes of type from the largest down to the smallest."""
    steps = int((largest - SMALLEST) / 0.25)
    return [largest - 0.25 * step for step in range(steps + 1)] + [SMALLEST]


def covered_labels(
    tokens: Sequence[str], font: str | None, *, instead: str = "labels: index"
) -> tuple[Faces, list[Label]]:
    """Labels of the tokens, and the faces that have every glyph of them.

    Args:
        tokens: display strings.
        font: the family asked before all others.
        instead: what can be drawn of any text.

    Raises:
        DrawingError: no font has a character.
    """
    _, missing = faces_for((run.text for token in tokens for run in visible(token)), font)
    labels = [visible(token, missing) for token in tokens]
    drawn = [run.text for label in labels for run in label] + [ELLIPSIS]
    faces, missing = faces_for(drawn, font)
    for index, (token, label) in enumerate(zip(tokens, labels, strict=True)):
        if lacking := sorted(missing.intersection("".join(run.text for run in label))):
            codes = ", ".join(f"U+{ord(character):04X}" for character in lacking)
            raise DrawingError(
                f"token {index} {token!r}",
                f"no font has {codes}",
                f"install one that has, or draw {instead}",
            )
    return faces, labels


def shortened_label(label: Label, faces: Faces, size: float, widest: float) -> Label:
    """The label, or as many of its characters as fit before an ellipsis."""
    if width(label, faces, size) <= widest:
        return label
    characters = [(part, run.faint) for run in label for part in regex.findall(r"\X", run.text)]
    while characters:
        characters.pop()
        cut = (*(Run(part, faint) for part, faint in characters), Run(ELLIPSIS))
        if width(cut, faces, size) <= widest:
            break
    return _joined(cut)


def _joined(label: Iterable[Run]) -> Label:
    runs: list[Run] = []
    for run in label:
        if runs and runs[-1].faint == run.faint:
            runs[-1] = Run(runs[-1].text + run.text, run.faint)
        else:
            runs.append(run)
    return tuple(runs)


def _index_labels(
    n_token: int, page: Page, faces: Faces, side: Callable[[float], float], start: int
) -> AxisLabels:
    """Every k-th index, k = 1, 2, 5, 10, 20 …, nowhere closer than 1.8 labels."""
    size = page.label_size
    extent = faces.width("0" * len(str(start + n_token - 1)), size)
    pitch, every = side(extent) / n_token, 1
    for factor in (10**power * step for power in range(7) for step in (1, 2, 5)):
        every = factor
        if every * pitch >= 1.8 * max(extent, 0.6 * size):
            break
    round_ones = range(start + -start % every, start + n_token, every)
    texts = tuple((index - start, (Run(str(index)),)) for index in round_ones)
    return AxisLabels(
        kind="index", every=every, size=size, texts=texts, extent=extent, faces=faces
    )
