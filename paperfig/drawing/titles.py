"""Titles above panels: the names of heads and scores, or the user's own."""

from collections.abc import Iterable, Sequence

from paperfig.drawing.canvas import INK, Box, Canvas
from paperfig.drawing.fonts import Faces, faces_for
from paperfig.drawing.grid import BETWEEN
from paperfig.drawing.matrices.axes import PAD
from paperfig.errors import DrawingError
from paperfig.values.attention import HeadMap

SCORE_NAMES = {"KL": "KL", "divergence": "divergence", "logit": "logits"}


Forms = tuple[str, ...]
"""What a title may be, the longest first: the first that has room is drawn."""


def head_forms(
    attention: HeadMap, *, with_layer: bool, irreps: Sequence[int] | None = None
) -> list[Forms]:
    """What each head may be called: as `head_names` says, without ℓ, and in short."""
    names = (
        head_names(attention, with_layer=with_layer, irreps=irreps),
        head_names(attention, with_layer=with_layer),
        head_names(attention, with_layer=with_layer, short=True),
    )
    return list(zip(*names, strict=True))


def head_names(
    attention: HeadMap,
    *,
    with_layer: bool,
    irreps: Sequence[int] | None = None,
    short: bool = False,
) -> list[str]:
    """What heads are called: ``head 2``, or ``L4H11`` where there are more layers.

    The heads of a variant follow its label, which stands for a single one.

    Args:
        attention: the heads' map.
        with_layer: whether there are more layers.
        irreps: ℓ of each head, which then follows its name.
        short: whether they are called ``H2`` and ``mean``.
    """
    if attention.mean:
        count = len(attention.heads)
        alone = ["mean" if short else f"mean of {count} heads"]
        names = [*attention.labels] if with_layer else alone
    else:
        alone = [f"{'H' if short else 'head '}{ref.head}" for ref in attention.refs]
        names = [*attention.labels] if with_layer or not alone else alone
        spins = ("",) * len(names) if irreps is None else (f" (ℓ = {spin})" for spin in irreps)
        names = [f"{name}{spin}" for name, spin in zip(names, spins, strict=True)]
    label = attention.variant
    if label and len(names) == 1:
        return [label]
    return [f"{label}: {name}" for name in names] if label else names


def titles_of(
    names: Sequence[str], asked: bool | Sequence[str] | None
) -> Sequence[str] | Sequence[None]:
    """The panels' titles as the style asks for them; None for each where it wants none.

    Raises:
        DrawingError: a list of titles that is not one for each panel.
    """
    if asked is False or (asked is None and len(names) == 1):
        return [None] * len(names)
    titles = names if asked is None or asked is True else asked
    if len(titles) != len(names):
        raise DrawingError(
            "style.titles",
            f"{len(titles)} titles for {len(names)} panels",
            "one for each is right",
        )
    return titles


def covering_faces(fixed: str, titles: Iterable[str | None], font: str | None) -> Faces:
    """The faces that have every glyph of a figure.

    Args:
        fixed: all that is drawn besides titles, known to have glyphs.
        titles: the panels', which may be the user's own.
        font: the family asked before all others.

    Raises:
        DrawingError: no font has a character of the titles.
    """
    faces, missing = faces_for([fixed, *(title or "" for title in titles)], font)
    if missing:
        codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(missing))
        raise DrawingError("style.titles", f"no font has {codes}", "install one that has")
    return faces


def has_room(title: str, side: float, faces: Faces, size: float) -> bool:
    """Whether a title fits above a panel that is so wide."""
    return faces.width(title, size) <= side + BETWEEN / 2


def draw_title(canvas: Canvas, title: str | None, box: Box, size: float) -> None:
    """A title above a panel.

    Raises:
        DrawingError: it is wider than the panel.
    """
    if title is None:
        return
    left, top, side, _ = box
    if not has_room(title, side, canvas.faces, size):
        raise DrawingError(
            "style.titles",
            f"{title!r} is {canvas.faces.width(title, size):.0f} pt wide",
            f"{side:.0f} pt at most fit above a panel",
        )
    middle = canvas.inside(left + side / 2, canvas.faces.width(title, size))
    at = middle, top - 0.65 * size - PAD / 2
    canvas.label(title, at, size, align="middle", colour=INK)
