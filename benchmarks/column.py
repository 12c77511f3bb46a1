"""The benchmark's maps as we draw them, as wide as a column."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.colors import ListedColormap

from benchmarks.maps import causal_map
from paperfig.drawing.canvas import Canvas
from paperfig.drawing.fonts import BUNDLED, Faces
from paperfig.drawing.palettes import LEVELS, palette
from paperfig.drawing.pdf import pdf_bytes, settings
from paperfig.drawing.render import render
from paperfig.drawing.underpainting import MASKED
from paperfig.kinds import DEFAULT
from paperfig.specs.style import StyleSpec
from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting
from paperfig.values.site import Site
from paperfig.values.tokens import Tokens
from paperfig.values.variant import Variant

SIDE = 234.0  # 3.25 inches in points

Draw = Callable[[], bytes]


def our_map(n_token: int) -> Draw:
    """The benchmark's map with its full range, and nothing else on the page."""
    levels, colours = levels_of(n_token), palette(None)
    return lambda: cells_of(levels, colours)


def our_figure(n_token: int) -> Draw:
    """The default figure: labels, frame and bar at a column's width."""
    data, style = _figure_data(n_token), StyleSpec(venue="icml")
    return lambda: render(DEFAULT.draw, data, style).pdf


def levels_of(n_token: int) -> np.ndarray:
    """The level of each cell of the map with its full range."""
    weights, mask = causal_map(n_token)
    steps = np.floor(LEVELS * weights[0] / weights.max()).clip(0, LEVELS - 1)
    return np.where(mask, steps, MASKED).astype(np.int16)


def cells_of(levels: np.ndarray, colours: np.ndarray) -> bytes:
    """A page of cells from edge to edge."""
    with settings():
        canvas = Canvas(SIDE, SIDE, Faces(BUNDLED))
        canvas.cells(levels, colours, (0.0, 0.0, SIDE, SIDE), "auto")
        return pdf_bytes(canvas.figure)


def colormap(colours: np.ndarray) -> ListedColormap:
    """The colours as matplotlib takes them."""
    return ListedColormap(colours / 255)


def heads_of(n_token: int, layer: int = 0, n_head: int = 1) -> AttentionMap:
    """A layer of such heads, each of its own numbers."""
    seeds = range(layer * n_head, (layer + 1) * n_head)
    maps, setting = [causal_map(n_token, seed=seed) for seed in seeds], Setting(mask=MaskRule())
    tokens = tuple(f" w{index}" for index in range(n_token))
    axis = Tokens(labels=tokens, ids=np.arange(n_token))
    return AttentionMap(
        site=Site(layer),
        heads=tuple(range(n_head)),
        n_head=n_head,
        queries=axis,
        keys=axis,
        weights=np.concatenate([weights for weights, _ in maps]),
        mask=maps[0][1],
        shown=setting,
        trained=setting,
    )


def variant_of(layers: Sequence[HeadMap]) -> Variant:
    """The model that has these layers, on their tokens."""
    first, setting = layers[0], Setting(mask=MaskRule())
    facts = (LayerFacts(head_dims=(8,) * len(each.heads), trained=setting) for each in layers)
    model = ModelFacts(
        name="benchmark",
        family="gpt",
        layers=tuple(facts),
        vocab_size=len(first.queries),
        context=None,
    )
    origin = Origin(kind="text", tokenizer="bytes")
    return Variant(model=model, excerpt=Excerpt(tokens=first.queries, origin=origin))


def _figure_data(n_token: int) -> FigureData:
    attention = heads_of(n_token)
    return FigureData(kind="map", variants=(variant_of([attention]),), maps=(attention,))
