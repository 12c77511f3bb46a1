"""Drawing as a build does it: by the kind that a figure's values name."""

from typing import Any

from paperfig.drawing import render as drawing
from paperfig.kinds import kind_named
from paperfig.specs.style import StyleSpec
from paperfig.values.figure import FigureData


def render(data: FigureData, style: StyleSpec, **options: Any) -> drawing.Drawn:
    """The figure's files, drawn by its kind."""
    return drawing.render(kind_named(data.kind).draw, data, style, **options)
