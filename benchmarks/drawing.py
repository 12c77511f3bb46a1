"""Maps as PDF: ours against `seaborn.heatmap` of the same cells."""

import io
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pikepdf
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from benchmarks import printed
from benchmarks.column import SIDE, Draw, cells_of, colormap, levels_of, our_figure, our_map
from benchmarks.maps import causal_map
from benchmarks.measure import cost
from benchmarks.rows import Row, limited, versus
from paperfig.drawing.palettes import LEVELS, palette

DPI = 150


def seaborn_map(n_token: int) -> Draw:
    """The same of seaborn, axes and bar off."""
    (weights, mask), colours = causal_map(n_token), colormap(palette(None))
    look = {"vmin": 0, "vmax": weights.max(), "cmap": colours, "mask": ~mask}
    return lambda: _heatmap(weights[0], **look)


def seaborn_figure(n_token: int) -> Draw:
    """The same of seaborn: labels as many as it finds fit, axis titles and bar."""
    weights, mask = causal_map(n_token)
    high = np.percentile(weights[0][mask & (mask.sum(axis=1) >= 8)[:, None]], 99.5)
    look = {"vmin": 0, "vmax": high, "cmap": colormap(palette(None)), "mask": ~mask}
    return lambda: _heatmap_with_labels(weights[0], **look)


def rows(sizes: tuple[int, ...] = (128, 512)) -> Iterator[Row]:
    """Bytes, time and seams of the map; the same of the whole figure; maps as printed."""
    for n_token in sizes:
        yield from _map_rows(n_token)
    for n_token in sizes:
        yield from _figure_rows(n_token)
    yield from printed.rows()


def _map_rows(n_token: int) -> Iterator[Row]:
    most, smaller, faster = {128: (16e3, 20, 30), 512: (65e3, 70, 70)}[n_token]
    ours, theirs = cost(our_map, n_token), cost(seaborn_map, n_token)
    yield limited(f"map, N={n_token}: bytes", ours.size, theirs.size, "B", at_most=most)
    yield versus("  bytes", ours.size, theirs.size, "B", at_least=smaller)
    yield versus("  time", ours.seconds, theirs.seconds, "s", at_least=faster)
    if shutil.which("pdftoppm"):
        seams = (seam_share(name, n_token) for name in ("paperfig", "seaborn"))
        yield limited(f"  seam pixels, poppler {DPI} dpi", *seams, "%", at_most=0)


def _figure_rows(n_token: int) -> Iterator[Row]:
    ours, theirs = cost(our_figure, n_token), cost(seaborn_figure, n_token)
    smaller = {128: 10, 512: 18}[n_token]
    what = f"default figure, N={n_token}: bytes"
    yield versus(what, ours.size, theirs.size, "B", at_least=smaller)
    yield versus("  time", ours.seconds, theirs.seconds, "s", at_least=10)
    if n_token == 128:
        yield limited("  its map's stream", map_stream(n_token), None, "B", at_most=30e3)


def seam_share(which: str, n_token: int) -> float:
    """The share of pixels that show the page between near-equal greys, in poppler.

    All cells have one of the greys 96 to 104, so that any pixel that is off by more than
    one has some of the page's white in it.
    """
    steps = np.linspace(96, 104, LEVELS).round().astype(np.uint8)
    greys = np.repeat(steps[:, None], 3, axis=1)
    levels = np.abs(levels_of(n_token))  # a masked cell is a grey one as well
    if which == "paperfig":
        pdf = cells_of(levels, greys)
    else:
        look = {"vmin": 0, "vmax": LEVELS, "cmap": colormap(greys)}
        pdf = _heatmap(levels, **look)
    inner = _pixels(pdf)[1:-1, 1:-1, 0].astype(int)
    return float((np.abs(inner - 100) > 5).mean())


def map_stream(n_token: int) -> int:
    """How many bytes the page's content of the default figure has."""
    with pikepdf.open(io.BytesIO(our_figure(n_token)())) as document:
        contents = document.pages[0].Contents
        return len(zlib.compress(contents.read_bytes(), 9))


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
