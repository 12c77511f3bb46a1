"""Every head of every layer on one page: ours against as many heatmaps of seaborn."""

import io
from collections.abc import Iterator
from functools import partial

import seaborn as sns
from matplotlib.figure import Figure

from benchmarks.column import Draw, colormap, heads_of, variant_of
from benchmarks.measure import cost
from benchmarks.rows import Row, limited, versus
from paperfig.drawing.palettes import palette
from paperfig.drawing.render import render
from paperfig.kinds import kind_named
from paperfig.specs.style import StyleSpec
from paperfig.statistics.summary import summarise
from paperfig.values.figure import FigureData

MOST_BYTES, MOST_SECONDS, FASTER = 400e3, 4.0, 30
PAGE = (6.75, 7.5)  # inches, of a page of two columns
_ATLAS = kind_named("atlas")


def our_atlas(n_token: int, n_layer: int = 12, n_head: int = 12) -> Draw:
    """The weights of each head made into a thumbnail, and all of them drawn.

    What heads do is known before.
    """
    layers = [heads_of(n_token, layer, n_head) for layer in range(n_layer)]
    statistics = tuple(entry for each in layers for entry in summarise(each, [each]))
    own, reduce = {"statistic": None, "order": "model"}, _ATLAS.reduce
    assert reduce is not None, "an atlas keeps thumbnails"

    def draw() -> bytes:
        kept = [reduce(each, [each], n_shown=n_layer * n_head, **own) for each in layers]
        data = FigureData(
            kind=_ATLAS.name,
            variants=(variant_of(layers),),
            maps=(),
            reduced=tuple(kept),
            statistics=statistics,
        )
        style = StyleSpec(venue="icml", width="page")
        return render(partial(_ATLAS.draw, **own), data, style).pdf

    return draw


def seaborn_heatmaps(n_token: int, n_layer: int = 12, n_head: int = 12) -> Draw:
    """A heatmap for each head in one figure, on one scale, axes and bars off."""
    layers = [heads_of(n_token, layer, n_head) for layer in range(n_layer)]
    high = max(each.weights.max() for each in layers)
    look = {"vmin": 0, "vmax": high, "cmap": colormap(palette(None)), "cbar": False}

    def draw() -> bytes:
        figure, stream = Figure(figsize=PAGE), io.BytesIO()
        axes = figure.subplots(n_layer, n_head, squeeze=False)
        for row, each in zip(axes, layers, strict=True):
            for place, weights in zip(row, each.weights, strict=True):
                off = {"xticklabels": False, "yticklabels": False, "mask": ~each.mask}
                sns.heatmap(weights, ax=place, **off, **look)
        figure.savefig(stream, format="pdf")
        return stream.getvalue()

    return draw


def rows(n_token: int = 128) -> Iterator[Row]:
    """Bytes and time of 144 heads at a page's width; the opponent draws them once."""
    ours, theirs = cost(our_atlas, n_token), cost(seaborn_heatmaps, n_token, repeats=1)
    what = f"atlas 12 × 12, N={n_token}"
    yield limited(f"{what}: bytes", ours.size, theirs.size, "B", at_most=MOST_BYTES)
    yield limited("  time", ours.seconds, theirs.seconds, "s", at_most=MOST_SECONDS)
    yield versus("  time", ours.seconds, theirs.seconds, "s", at_least=FASTER)
