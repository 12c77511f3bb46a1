"""Maps as PDF: ours against `seaborn.heatmap` of the same cells."""

import io
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pikepdf
import seaborn as sns
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from benchmarks.maps import causal_map
from benchmarks.measure import cost
from benchmarks.rows import Row, limited, versus
from paperfig.drawing.canvas import Canvas
from paperfig.drawing.cells import MASKED
from paperfig.drawing.fonts import BUNDLED, Faces
from paperfig.drawing.palettes import LEVELS, palette
from paperfig.drawing.pdf import pdf_bytes, settings
from paperfig.drawing.render import render
from paperfig.kinds import DEFAULT
from paperfig.specs.style import StyleSpec
from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting
from paperfig.values.site import Site
from paperfig.values.tokens import Tokens
from paperfig.values.variant import Variant

SIDE = 234.0  # 3.25 inches in points
DPI = 150

Draw = Callable[[], bytes]


def our_map(n_token: int) -> Draw:
    """The benchmark's map with its full range, and nothing else on the page."""
    levels, colours = _levels(n_token), palette(None)
    return lambda: _cells(levels, colours)


def seaborn_map(n_token: int) -> Draw:
    """The same of seaborn, axes and bar off."""
    (weights, mask), colours = causal_map(n_token), _colormap(palette(None))
    look = {"vmin": 0, "vmax": weights.max(), "cmap": colours, "mask": ~mask}
    return lambda: _heatmap(weights[0], **look)


def our_figure(n_token: int) -> Draw:
    """The default figure: labels, frame and bar at a column's width."""
    data, style = _figure_data(n_token), StyleSpec(venue="icml")
    return lambda: render(DEFAULT.draw, data, style).pdf


def seaborn_figure(n_token: int) -> Draw:
    """The same of seaborn: labels as many as it finds fit, axis titles and bar."""
    weights, mask = causal_map(n_token)
    high = np.percentile(weights[0][mask & (mask.sum(axis=1) >= 8)[:, None]], 99.5)
    look = {"vmin": 0, "vmax": high, "cmap": _colormap(palette(None)), "mask": ~mask}
    return lambda: _heatmap_with_labels(weights[0], **look)


def rows(sizes: tuple[int, ...] = (128, 512)) -> Iterator[Row]:
    """Bytes, time and seams of the map; bytes and time of the whole figure."""
    for n_token in sizes:
        yield from _map_rows(n_token)
    for n_token in sizes:
        yield from _figure_rows(n_token)


def _map_rows(n_token: int) -> Iterator[Row]:
    most, smaller, faster = {128: (16e3, 12, 3.5), 512: (65e3, 55, 70)}[n_token]
    ours, theirs = cost(our_map, n_token), cost(seaborn_map, n_token)
    yield limited(f"map, N={n_token}: bytes", ours.size, theirs.size, "B", at_most=most)
    yield versus("  bytes", ours.size, theirs.size, "B", at_least=smaller)
    yield versus("  time", ours.seconds, theirs.seconds, "s", at_least=faster)
    if shutil.which("pdftoppm"):
        seams = (seam_share(name, n_token) for name in ("paperfig", "seaborn"))
        yield limited(f"  seam pixels, poppler {DPI} dpi", *seams, "%", at_most=0)


def _figure_rows(n_token: int) -> Iterator[Row]:
    ours, theirs = cost(our_figure, n_token), cost(seaborn_figure, n_token)
    smaller = {128: 5, 512: 10}[n_token]
    what = f"default figure, N={n_token}: bytes"
    yield versus(what, ours.size, theirs.size, "B", at_least=smaller)
    yield versus("  time", ours.seconds, theirs.seconds, "s")
    if n_token == 128:
        yield limited("  its map's stream", map_stream(n_token), None, "B", at_most=30e3)


def seam_share(which: str, n_token: int) -> float:
    """The share of pixels that show the page between near-equal greys, in poppler.

    All cells have one of the greys 96 to 104, so that any pixel that is off by more than
    one has some of the page's white in it.
    """
    steps = np.linspace(96, 104, LEVELS).round().astype(np.uint8)
    greys = np.repeat(steps[:, None], 3, axis=1)
    levels = np.abs(_levels(n_token))  # a masked cell is a grey one as well
    if which == "paperfig":
        pdf = _cells(levels, greys)
    else:
        look = {"vmin": 0, "vmax": LEVELS, "cmap": _colormap(greys)}
        pdf = _heatmap(levels, **look)
    inner = _pixels(pdf)[1:-1, 1:-1, 0].astype(int)
    return float((np.abs(inner - 100) > 5).mean())


def map_stream(n_token: int) -> int:
    """How many bytes the page's content of the default figure has."""
    with pikepdf.open(io.BytesIO(our_figure(n_token)())) as document:
        contents = document.pages[0].Contents
        return len(zlib.compress(contents.read_bytes(), 9))


def _levels(n_token: int) -> np.ndarray:
    weights, mask = causal_map(n_token)
    steps = np.floor(LEVELS * weights[0] / weights.max()).clip(0, LEVELS - 1)
    return np.where(mask, steps, MASKED).astype(np.int16)


def _cells(levels: np.ndarray, colours: np.ndarray) -> bytes:
    with settings():
        canvas = Canvas(SIDE, SIDE, Faces(BUNDLED))
        canvas.cells(levels, colours, (0.0, 0.0, SIDE, SIDE))
        return pdf_bytes(canvas.figure)


def _heatmap(values: np.ndarray, **look: object) -> bytes:
    figure = Figure(figsize=(SIDE / 72, SIDE / 72))
    axes = figure.add_axes(Bbox.unit().bounds)
    sns.heatmap(values, ax=axes, cbar=False, xticklabels=False, yticklabels=False, **look)
    return _saved(figure)


def _heatmap_with_labels(values: np.ndarray, **look: object) -> bytes:
    figure = Figure(figsize=(SIDE / 72, SIDE / 72), layout="constrained")
    axes = figure.add_subplot()
    sns.heatmap(values, ax=axes, square=True, cbar_kws={"label": "attention weight"}, **look)
    axes.set(xlabel="key", ylabel="query")
    return _saved(figure)


def _saved(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="pdf")
    return stream.getvalue()


def _colormap(colours: np.ndarray) -> ListedColormap:
    return ListedColormap(colours / 255)


def _pixels(pdf: bytes) -> np.ndarray:
    """Row, column, red green blue of the page in poppler."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "page.pdf").write_bytes(pdf)
        command = ["pdftoppm", "-r", str(DPI), "-singlefile", "page.pdf", "page"]
        subprocess.run(command, cwd=folder, check=True)
        content = (Path(folder) / "page.ppm").read_bytes()
    _, width, height, _ = content.split(maxsplit=4)[:4]
    shape = int(height), int(width), 3
    return np.frombuffer(content[-np.prod(shape) :], dtype=np.uint8).reshape(shape)


def _figure_data(n_token: int) -> FigureData:
    (weights, mask), setting = causal_map(n_token), Setting(mask=MaskRule())
    tokens = tuple(f" w{index}" for index in range(n_token))
    axis = Tokens(labels=tokens, ids=np.arange(n_token))
    attention = AttentionMap(
        site=Site(0),
        heads=(0,),
        n_head=1,
        queries=axis,
        keys=axis,
        weights=weights,
        mask=mask,
        shown=setting,
        trained=setting,
    )
    excerpt = Excerpt(tokens=axis, origin=Origin(kind="text", tokenizer="bytes"))
    model = ModelFacts(
        name="benchmark",
        family="gpt",
        layers=(LayerFacts(head_dims=(8,), trained=setting),),
        vocab_size=n_token,
        context=None,
    )
    variants = (Variant(model=model, excerpt=excerpt),)
    return FigureData(kind="map", variants=variants, maps=(attention,))
