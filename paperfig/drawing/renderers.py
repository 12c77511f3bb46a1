"""What draws into a file: matplotlib's renderers, and the way past them into a PDF's page."""

from collections.abc import Callable

from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import PdfFile, Verbatim

Renderer = RendererBase | MixedModeRenderer  # PDF and SVG come wrapped in the latter


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
