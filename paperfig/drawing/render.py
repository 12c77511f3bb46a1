"""A figure's values and its style become its files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text

from paperfig.drawing.fonts import Faces, forget_changed_faces
from paperfig.drawing.page import Page, page_of
from paperfig.drawing.pdf import pdf_bytes, png_bytes, settings, svg_bytes
from paperfig.kinds import check_signed, kind_named
from paperfig.specs.style import StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

Draw = Callable[[FigureData, Page], tuple[Figure, DrawnFacts]]
"""What a figure kind brings: values and page → the figure, and what its drawing decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A figure that is drawn, and not yet written.

    Attributes:
        figure: that of matplotlib.
        facts: what its drawing decided.
    """

    figure: Figure
    facts: DrawnFacts

    def written(self, form: Callable[[Figure], bytes]) -> bytes:
        """The bytes of one file, the same whatever was written before.

        Args:
            form: `pdf_bytes`, `svg_bytes`, `png_bytes`, or one of these with options.
        """
        with settings():
            return form(self.figure)

    def fonts(self) -> tuple[Path, ...]:
        """The files of all faces that a text may have used."""
        families: set[str] = set()
        for text in filter(Text.get_text, self.figure.findobj(Text)):
            families.update(text.get_fontfamily())
        return Faces(tuple(sorted(families))).files()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The files of one figure, and what its drawing decided.

    Attributes:
        pdf: always.
        svg: where the style's ``formats`` ask for it.
        png: likewise, at 300 dots per inch.
        facts: for caption and record.
        fonts: the files of all faces that a text may have used.
    """

    pdf: bytes
    svg: bytes | None
    png: bytes | None
    facts: DrawnFacts
    fonts: tuple[Path, ...]


def draw_figure(
    draw: Draw, data: FigureData, style: StyleSpec, *, more_caption: int = 0
) -> Drawing:
    """The figure, drawn anew: the same for the same values and style, from any thread.

    Args:
        draw: the kind's.
        data: what is drawn.
        style: how it looks.
        more_caption: how many characters its caption may have more than the kind's usually.

    Raises:
        DrawingError: the style asks for what cannot be drawn, a glyph has no font, or the
            kind shows no signed values.
    """
    if data.signed:
        check_signed(data.kind)
    if data.excerpt.is_sampled and style.labels == "auto":
        style = style.model_copy(update={"labels": "index"})
    with settings():
        forget_changed_faces()
        page = page_of(style, kind_named(data.kind).caption_length + more_caption)
        figure, facts = draw(data, page)
    return Drawing(figure=figure, facts=facts)


def render(
    draw: Draw,
    data: FigureData,
    style: StyleSpec,
    *,
    provenance: Mapping[str, str] | None = None,
    more_caption: int = 0,
) -> Drawn:
    """The figure's files: the same bytes for the same values and style, from any thread.

    Args:
        draw: the kind's.
        data: what is drawn.
        style: how it looks.
        provenance: what the PDF's page carries of its origin, or None for nothing.
        more_caption: as in `draw_figure`.

    Raises:
        DrawingError: as `draw_figure` does.
    """
    with settings():
        drawing = draw_figure(draw, data, style, more_caption=more_caption)
        formats = style.formats or ()
        return Drawn(
            pdf=drawing.written(partial(pdf_bytes, provenance=provenance)),
            svg=drawing.written(svg_bytes) if "svg" in formats else None,
            png=drawing.written(png_bytes) if "png" in formats else None,
            facts=drawing.facts,
            fonts=drawing.fonts(),
        )
