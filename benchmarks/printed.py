"""Long maps as print programs show them: mean colours, bytes and time."""

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from benchmarks.column import SIDE, Draw, cells_of, colormap, levels_of, our_figure, our_map
from benchmarks.maps import causal_map
from benchmarks.measure import cost
from benchmarks.rows import Row, limited, said, versus
from paperfig.drawing.cells import LEAST_SHAPE
from paperfig.drawing.palettes import LEVELS, palette
from paperfig.drawing.underpainting import MASKED

SIZES = (64, 128, 256, 512, 1024, 2048, 4096)
LONG = 1024
"""Tokens from which a map is compared with seaborn's own image."""
LONGEST_OPPONENT = 2048
MOST_BYTES, MOST_SECONDS, MOST_MEMORY = 1.5e6, 6.0, 1e9
WITHIN = 3.0  # of 255
DPIS = (150, 300)

_GS = "gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=ppmraw -dTextAlphaBits=4 -dGraphicsAlphaBits=4"
PROGRAMS = {
    "pdftoppm": "pdftoppm -r {dpi} -singlefile page.pdf page",
    "mutool": "mutool draw -q -r {dpi} -c rgb -o page.ppm page.pdf",
    "gs": _GS + " -r{dpi} -sOutputFile=page.ppm page.pdf",
}


def checkerboard(n_token: int) -> np.ndarray:
    """The lowest and the highest level in turn."""
    odd = np.indices((n_token, n_token)).sum(axis=0) % 2
    return np.where(odd, LEVELS - 1, 0).astype(np.int16)


MAPS: dict[str, Callable[[int], np.ndarray]] = {"map": levels_of, "checkerboard": checkerboard}


def rasterized_map(n_token: int) -> Draw:
    """The benchmark's map by seaborn, as an image at 300 dpi."""
    weights, mask = causal_map(n_token)
    look = {"vmin": 0, "vmax": weights.max(), "cmap": colormap(palette(None))}

    def draw() -> bytes:
        figure, stream = Figure(figsize=(SIDE / 72, SIDE / 72), dpi=300), io.BytesIO()
        axes = figure.add_axes(Bbox.unit().bounds)
        off = {"cbar": False, "xticklabels": False, "yticklabels": False}
        sns.heatmap(weights[0], ax=axes, mask=~mask, rasterized=True, **off, **look)
        figure.savefig(stream, format="pdf")
        return stream.getvalue()

    return draw


def rows(sizes: tuple[int, ...] = SIZES) -> Iterator[Row]:
    """Bytes, time and memory of long maps, and how far the mean colour of each is off."""
    for n_token in sizes:
        yield from _cost_rows(n_token)
        for name, levels in MAPS.items():
            yield from _colour_rows(name, levels(n_token))


def _cost_rows(n_token: int) -> Iterator[Row]:
    what, ours = f"in a column, N={n_token}", cost(our_map, n_token)
    if n_token < LONG:
        yield Row(what=f"{what}: bytes", ours=said(ours.size, "B"))
        yield Row(what="  time", ours=said(ours.seconds, "s"))
        return
    if n_token <= LONGEST_OPPONENT:
        theirs = cost(rasterized_map, n_token, repeats=1)
        yield limited(f"{what}: bytes", ours.size, theirs.size, "B", at_most=MOST_BYTES)
        yield versus("  time", ours.seconds, theirs.seconds, "s", at_least=1)
        return
    yield limited(f"{what}: bytes", ours.size, None, "B", at_most=MOST_BYTES)
    whole = cost(our_figure, n_token, repeats=1)
    yield limited("  default figure: time", whole.seconds, None, "s", at_most=MOST_SECONDS)
    yield limited("  memory", whole.bytes, None, "B", at_most=MOST_MEMORY)


def _colour_rows(name: str, levels: np.ndarray) -> Iterator[Row]:
    pdf = cells_of(levels, palette(None))
    present = [program for program in PROGRAMS if shutil.which(program)]
    for dpi in DPIS if present else ():
        off = [colour_error(pdf, levels, program, dpi) for program in present]
        is_image = SIDE / len(levels) < LEAST_SHAPE
        yield Row(
            what=f"  {name}, {dpi} dpi: colour off in {' / '.join(present)}",
            ours=" / ".join(f"{one:.1f}" for one in off),
            goal=f"≤ {WITHIN:g} of 255" if is_image else "",
            reached=max(off) <= WITHIN if is_image else None,
        )


def colour_error(pdf: bytes, levels: np.ndarray, program: str, dpi: int) -> float:
    """By how many of 255 the page's mean colour is off, in the channel where it is most.

    All that is not paper counts for the box of the map, whatever pixels it was rounded to.
    """
    with TemporaryDirectory() as folder:
        (Path(folder) / "page.pdf").write_bytes(pdf)
        command = PROGRAMS[program].format(dpi=dpi).split()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        content = (Path(folder) / "page.ppm").read_bytes()
    header = re.match(rb"P6\s+(?:#.*\n)?(\d+)\s+(\d+)\s+255\s", content)
    assert header is not None
    pixels = np.frombuffer(content, dtype=np.uint8, offset=header.end()).reshape(-1, 3)
    ink = 255 - palette(None).astype(np.float64)
    counts = np.bincount(levels[levels != MASKED], minlength=LEVELS)
    true = counts @ ink / levels.size
    seen = (255 - pixels.astype(np.float64)).sum(axis=0) / (SIDE * dpi / 72) ** 2
    return float(np.abs(seen - true).max())
