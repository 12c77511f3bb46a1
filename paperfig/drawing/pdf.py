"""A figure becomes a file: text and lines vector, fonts embedded, the same bytes every time."""

import io
import json
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pikepdf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from paperfig.drawing.cells import Cells
from paperfig.drawing.opentype import mend_fonts
from paperfig.drawing.page import POINT
from paperfig.errors import DrawingError
from paperfig.values.drawn import DrawnFacts

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

NAME = "paperfig"  # no version: a new version must not make new bytes
PNG_DPI = 300
PIXELS_PER_INCH = 96
"""Of a page in a browser, whatever the screen has."""
SHARPNESS = 2
"""Pixels of the PNG for each that is shown: as many as fine screens have."""
# The page-piece dictionary must be dated (ISO 32000-1, 14.5); a true date would change bytes.
_LAST_MODIFIED = "D:19800101000000Z"
# How matplotlib asks for an image's nearest pixel. A viewer that shows fewer pixels than the
# image has would leave cells out; without, it takes their mean.
_NEAREST = ' style="image-rendering:crisp-edges;image-rendering:pixelated"'
_ALONE = threading.RLock()
"""Matplotlib's settings and its open faces are the process's: one thread at a time draws."""
_SETTINGS: dict["RcKeyType", Any] = {
    "pdf.compression": 9,
    "pdf.fonttype": 42,  # TrueType; venues refuse Type 3
    "svg.fonttype": "path",
    "svg.hashsalt": NAME,
    "text.parse_math": False,
}


@contextmanager
def settings() -> Iterator[None]:
    """The settings that matplotlib comes with, and our few, whatever the user's own are.

    Whatever uses matplotlib stands within: other threads wait until it is done.

    Raises:
        DrawingError: a glyph that no font has was drawn within.
    """
    # The backend belongs to pyplot, which is never loaded.
    defaults: dict[RcKeyType, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if key != "backend"
    }
    with (
        _ALONE,
        mpl.rc_context(defaults),
        mpl.rc_context(_SETTINGS),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("error", message="Glyph .* missing", category=UserWarning)
        try:
            yield
        except UserWarning as warning:
            raise DrawingError("text", str(warning), "a font that has it is right") from warning


def pdf_bytes(figure: Figure, *, provenance: Mapping[str, str] | None = None) -> bytes:
    r"""The figure as a one-page PDF.

    Args:
        figure: drawn at its natural size.
        provenance: what the page carries in its PieceInfo, as JSON; it survives
            ``\includegraphics`` in pdfLaTeX and LuaLaTeX.
    """
    stream = io.BytesIO()
    images = [it for it in figure.artists if isinstance(it, Cells) and it.image is not None]
    for cells in images:
        cells.by_name = True
    metadata = {"Creator": NAME, "Producer": NAME, "CreationDate": None}
    FigureCanvasPdf(figure).print_pdf(stream, metadata=metadata)  # type: ignore[no-untyped-call]
    with pikepdf.open(stream) as document:
        mend_fonts(document)
        _add_images(document, images)
        if provenance is not None:
            _stamp(document, provenance)
        finished = io.BytesIO()
        document.save(finished, deterministic_id=True)
    return finished.getvalue()


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG, its text as outlines, on no ground of its own."""
    stream = io.StringIO()
    metadata = {"Creator": NAME, "Date": None}
    FigureCanvasSVG(figure).print_svg(stream, metadata=metadata)  # type: ignore[no-untyped-call]
    return stream.getvalue().replace(_NEAREST, "").encode()


def png_bytes(figure: Figure, *, dpi: int = PNG_DPI) -> bytes:
    """The figure as PNG on white, at 300 dots per inch or as many as are given."""
    stream = io.BytesIO()
    figure.set_dpi(dpi)
    with on_white(figure):
        FigureCanvasAgg(figure).print_png(stream, metadata={"Software": NAME})  # type: ignore[no-untyped-call]
    return stream.getvalue()


@contextmanager
def on_white(figure: Figure) -> Iterator[None]:
    """The figure on white paper: else what lies beneath is seen through it."""
    figure.set_facecolor("white")
    figure.set_frameon(True)
    try:
        yield
    finally:
        figure.set_frameon(False)


def _add_images(document: pikepdf.Pdf, cells: Sequence[Cells]) -> None:
    """Adds what the page's operators call by name: cells that are images."""
    images = {it.name: it.image.add_to(document) for it in cells if it.image is not None}
    if images:
        resources = document.pages[0].obj.Resources
        resources.XObject = pikepdf.Dictionary({**resources.get("/XObject", {}), **images})


def _stamp(document: pikepdf.Pdf, provenance: Mapping[str, str]) -> None:
    text = json.dumps(dict(provenance), sort_keys=True, ensure_ascii=True)
    date = pikepdf.String(_LAST_MODIFIED)
    piece = pikepdf.Dictionary(LastModified=date, Private=pikepdf.String(text))
    page = document.pages[0].obj
    page.LastModified = date
    page.PieceInfo = pikepdf.Dictionary({f"/{NAME}": piece})


def shown_png(figure: Figure) -> bytes:
    """The figure at twice the size that it is shown in."""
    return png_bytes(figure, dpi=SHARPNESS * PIXELS_PER_INCH)


def shown_svg(figure: Figure) -> bytes:
    """The figure on white, in dark themes too, without what only a file of its own needs."""
    with on_white(figure):
        svg = svg_bytes(figure)
    return svg[svg.index(b"<svg") :]


def shown_size(drawn: DrawnFacts) -> dict[str, int]:
    """Width and height of the paper, in pixels of a page in a browser."""
    pixels = POINT / 72 * PIXELS_PER_INCH
    return {"width": round(drawn.width_pt * pixels), "height": round(drawn.height_pt * pixels)}
