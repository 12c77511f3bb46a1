"""Drawing as a build does it: by the kind that a figure's values name."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from values_of import as_kind

from paperfig.drawing import render as drawing
from paperfig.drawing.page import page_of
from paperfig.drawing.pdf import settings
from paperfig.kinds import KINDS, kind_named
from paperfig.specs.style import StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData


def render(data: FigureData, style: StyleSpec, **options: Any) -> drawing.Drawn:
    """The figure's files, drawn by its kind."""
    return drawing.render(kind_named(data.kind).draw, data, style, **options)


def drawn_as(
    kind: str, data: FigureData, own: Mapping[str, Any] | None = None, **style: Any
) -> tuple[Figure, DrawnFacts]:
    """The maps of ``data`` as a figure of a kind, and what its drawing decided.

    Args:
        kind: its name.
        data: a figure of maps.
        own: the keys that only the kind takes; the others are left out.
        style: how it looks.
    """
    own = {key.name: key.default for key in KINDS[kind].keys} | dict(own or {})
    with settings():
        return KINDS[kind].draw(as_kind(data, kind, **own), page_of(StyleSpec(**style)), **own)
