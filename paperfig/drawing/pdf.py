"""A figure becomes a file: vector only, fonts embedded, the same bytes every time."""

import io
import json
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pikepdf
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfFile, Verbatim
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from paperfig.drawing.opentype import mend_fonts
from paperfig.errors import DrawingError

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

Renderer = RendererBase | MixedModeRenderer  # PDF and SVG come wrapped in the latter

NAME = "paperfig"  # no version: a new version must not make new bytes
PNG_DPI = 300
# The page-piece dictionary must be dated (ISO 32000-1, 14.5); a true date would change bytes.
_LAST_MODIFIED = "D:19800101000000Z"
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
    metadata = {"Creator": NAME, "Producer": NAME, "CreationDate": None}
    FigureCanvasPdf(figure).print_pdf(stream, metadata=metadata)  # type: ignore[no-untyped-call]
    with pikepdf.open(stream) as document:
        mend_fonts(document)
        if provenance is not None:
            _stamp(document, provenance)
        finished = io.BytesIO()
        document.save(finished, deterministic_id=True)
    return finished.getvalue()


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG, its text as outlines."""
    stream = io.StringIO()
    metadata = {"Creator": NAME, "Date": None}
    FigureCanvasSVG(figure).print_svg(stream, metadata=metadata)  # type: ignore[no-untyped-call]
    return stream.getvalue().encode()


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG on white, at 300 dots per inch."""
    stream = io.BytesIO()
    figure.set_dpi(PNG_DPI)
    figure.set_facecolor("white")
    figure.set_frameon(True)
    metadata = {"Software": NAME}
    FigureCanvasAgg(figure).print_png(stream, metadata=metadata)  # type: ignore[no-untyped-call]
    figure.set_frameon(False)
    return stream.getvalue()


def pdf_writer(renderer: Renderer) -> Callable[[bytes], None] | None:
    """What writes operators into a PDF's page, or None where the renderer makes no PDF.

    The operators must restore the graphics state that they find. `RendererPdf.file` is
    documented, but not promised to stay: without it, paths are drawn instead.
    """
    file = getattr(renderer, "file", None)
    if not isinstance(file, PdfFile):
        return None

    def write(operators: bytes) -> None:
        gc = renderer.new_gc()
        renderer.check_gc(gc, (0, 0, 0))  # type: ignore[union-attr]  # opaque, unclipped
        file.output(Verbatim(operators))  # type: ignore[no-untyped-call]
        gc.restore()

    return write


def _stamp(document: pikepdf.Pdf, provenance: Mapping[str, str]) -> None:
    text = json.dumps(dict(provenance), sort_keys=True, ensure_ascii=True)
    date = pikepdf.String(_LAST_MODIFIED)
    piece = pikepdf.Dictionary(LastModified=date, Private=pikepdf.String(text))
    page = document.pages[0].obj
    page.LastModified = date
    page.PieceInfo = pikepdf.Dictionary({f"/{NAME}": piece})
