"""The cases of pictures: figures of every kind, and the styles that they are drawn in."""

import hashlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from revisions.compared import compared
from revisions.fixed import scattered
from revisions.heads import fixed_map
from revisions.trends import NUMBERS, trend_value
from revisions.weights import TOKENS, attention
from values_of import (
    as_kind,
    excerpt_value,
    figure_value,
    layer_value,
    map_value,
    model_value,
    signed_value,
)

from paperfig.captions.render import render_caption
from paperfig.drawing.render import Drawn, render
from paperfig.kinds import KINDS
from paperfig.specs.style import CaptionSpec, SignedStyleSpec, StyleSpec
from paperfig.statistics.means import mean_of_heads
from paperfig.statistics.summary import summarise
from paperfig.statistics.tables import measured
from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import NO_TOKEN, Excerpt, Origin, Sample
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting
from paperfig.values.site import Site
from paperfig.values.tokens import Tokens

HIDE, OPEN = MaskRule(self_attention="hide"), MaskRule(causal=False)
_TEXT = "The lamp burned low in the tower, and nobody came."
_WORDS = tuple(re.findall(r" ?\w+|\W", _TEXT))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A figure and how it is drawn.

    Attributes:
        data: its values.
        style: how it looks.
        own: the keys that only its kind takes.
    """

    data: FigureData
    style: StyleSpec = field(default_factory=StyleSpec)
    own: Mapping[str, Any] = field(default_factory=dict)


def _computed() -> FigureData:
    """The attention of one case of weights, as a figure."""
    shown = attention("full, exact")
    return figure_value(
        shown,
        excerpt=excerpt_value(TOKENS, text="".join(TOKENS)),
        model=model_value(
            layer_value(3, trained=shown.trained), name="fixed", family="vfe-sim"
        ),
    )


def words(count: int) -> tuple[str, ...]:
    """A text's first tokens, again from the beginning where it has no more."""
    return tuple(_WORDS[place % len(_WORDS)] for place in range(count))


def scored(
    length: int = 9, *, heads: int = 3, logits: bool = False, low: float = 0.0, **changes: Any
) -> AttentionMap:
    """Heads of fixed numbers with scores: KL of 0 to 8 nats, or logits between −4 and 4."""
    scores = 4 * scattered(11, heads, length, length) - 4 * (not logits) - low
    made = fixed_map(length, heads=heads, tokens=words(length), **changes)
    shown = replace(made.shown, kappa=None) if logits else made.shown
    kept = np.where(made.mask, scores, np.nan).astype(np.float32)
    return replace(made, scores=kept, shown=shown, trained=shown)


def _swept(attention: AttentionMap, kappas: Sequence[float]) -> list[AttentionMap]:
    """The same heads at each κ: the first has the scores."""
    shown = [
        replace(attention.shown, kappa=(kappa,) * len(attention.heads)) for kappa in kappas
    ]
    made = [
        fixed_map(len(attention.mask), heads=len(attention.heads), start=77 * n).weights
        for n in range(len(kappas))
    ]
    return [
        replace(attention, shown=one, weights=weights, scores=None if n else attention.scores)
        for n, (one, weights) in enumerate(zip(shown, made, strict=True))
    ]


def _picture(
    kind: str, *maps: AttentionMap, own: Mapping[str, Any] | None = None, **style: Any
) -> Picture:
    labels = maps[0].keys.labels
    data = figure_value(
        *maps,
        kind=kind,
        excerpt=excerpt_value(labels, text="".join(labels)),
        model=model_value(layer_value(*(8,) * maps[0].n_head), name="fixed"),
    )
    whole = {key.name: key.default for key in KINDS[kind].keys} | dict(own or {})
    return Picture(data=as_kind(data, kind, **whole), style=StyleSpec(**style), own=whole)


def _sampled() -> Picture:
    origin = Origin(kind="random", tokenizer="gpt2", seed=3, repeat=2)
    sample = Sample(token_ids=np.arange(40).reshape(4, 10), origin=origin)
    return Picture(data=figure_value(fixed_map(10, heads=2), excerpt=sample))


def _with_sink(attention: AttentionMap) -> AttentionMap:
    """The same, of a model that learned a place for a quarter of the weight."""
    share = np.full(attention.shape[:2], 0.25, dtype=np.float32)
    return replace(attention, weights=np.float32(0.75) * attention.weights, learned_sink=share)


def _over_excerpts(kind: str, count: int) -> Picture:
    """Heads over so many draws of random tokens."""
    runs = [fixed_map(120, heads=2, start=77 * n) for n in range(count)]
    origin = Origin(kind="random", tokenizer="gpt2", seed=3)
    made = measured(
        KINDS[kind],
        [runs],
        excerpt=Sample(token_ids=np.arange(120 * count).reshape(count, 120), origin=origin),
        model=model_value(layer_value(8, 8), name="fixed"),
        reduce=partial(KINDS[kind].reduce, n_shown=2),
    )
    return Picture(data=made)


def _counted(picture: Picture) -> Picture:
    """The same with the numbers of its heads."""
    numbers = [one for each in picture.data.maps for one in summarise(each, [each])]
    return replace(picture, data=replace(picture.data, statistics=tuple(numbers)))


def _over_rows(*lengths: int) -> Picture:
    """Heads by distance over rows of these lengths."""
    runs = [fixed_map(length, heads=2, start=77 * n) for n, length in enumerate(lengths)]
    ids = np.array([[*range(n), *[NO_TOKEN] * (max(lengths) - n)] for n in lengths])
    rows = tuple(range(len(lengths)))
    made = measured(
        KINDS["distance"],
        [runs],
        excerpt=Sample(
            token_ids=ids, origin=Origin(kind="dataset", tokenizer="gpt2", rows=rows)
        ),
        model=model_value(layer_value(8, 8), name="fixed"),
        reduce=partial(KINDS["distance"].reduce, n_shown=2),
    )
    return Picture(data=made)


def _signed(length: int = 9, *, heads: int = 2, size: float = 1.0, **style: Any) -> Picture:
    """Values of fixed numbers between −size and size."""
    values = size * (2 * scattered(11, heads, length, length) - 1)
    return Picture(
        data=figure_value(signed_value(values, tokens=words(length))),
        style=SignedStyleSpec(**style),
    )


def _compared() -> Picture:
    """The same head of two models."""
    maps = [fixed_map(heads=1, start=50 * n, variant=label) for n, label in enumerate("ab")]
    one = figure_value(fixed_map(heads=1)).variants[0]
    variants = tuple(replace(one, label=label) for label in "ab")
    return Picture(data=FigureData(kind="map", maps=tuple(maps), variants=variants))


def _compare(*sides: AttentionMap, excerpts: Sequence[Excerpt] = (), **style: Any) -> Picture:
    """A map of each variant, and what differs."""
    data = compared(*([each] for each in sides), excerpts=excerpts)
    return Picture(data=data, style=StyleSpec(**style))


def _trend(
    steps: Sequence[int] = (5, 50, 500),
    numbers: np.ndarray = NUMBERS,
    *,
    drawn: int | None = None,
    around: float | None = None,
    **style: Any,
) -> Picture:
    """Numbers at steps; with ``around`` in a band of that half width."""
    ends = {} if around is None else {"low": numbers - around, "high": numbers + around}
    data = trend_value(steps, numbers, **ends)
    own = {"statistic": "previous", "drawn": drawn}
    return Picture(data=data, style=StyleSpec(**style), own=own)


def _of_irreps(picture: Picture, *irreps: int) -> Picture:
    """The same of a model whose heads are irreps of these ℓ."""
    (variant,) = picture.data.variants
    layers = tuple(replace(layer, irreps=irreps) for layer in variant.model.layers)
    told = replace(variant, model=replace(variant.model, layers=layers))
    return replace(picture, data=replace(picture.data, variants=(told,)))


def _spanned(spans: Mapping[str, tuple[int, int]]) -> AttentionMap:
    one = fixed_map(**_ONE_HEAD, tokens=words(9))
    tokens = replace(one.keys, spans=spans)
    return replace(one, queries=tokens, keys=tokens)


def _two_texts() -> AttentionMap:
    mask = np.ones((4, 6), dtype=bool)
    weights = np.full((2, 4, 6), 1 / 6)
    weights[:, :, ::2], weights[:, :, 1::2] = 1 / 12, 1 / 4
    axes = {"queries": Tokens(labels=words(4)), "keys": Tokens(labels=("uno", *words(5)))}
    return map_value(weights, mask, shown=Setting(mask=MaskRule(causal=False)), **axes)


_map, _context, _scores = (partial(_picture, kind) for kind in ("map", "context", "scores"))
_atlas, _statistics = (partial(_picture, kind) for kind in ("atlas", "statistics"))
_profile, _lines = (partial(_picture, kind) for kind in ("profile", "lines"))
_distance = partial(_picture, "distance")
_ONE_HEAD = {"heads": 1}
_LONG = ("incomprehensibilities", " counterrevolutionaries", "\n", "\t", "a b", "<E2 80>")

PICTURES: dict[str, Picture] = {
    "default": Picture(data=_computed()),
    "icml log": Picture(data=_computed(), style=StyleSpec(venue="icml", scale="log")),
    "marked": Picture(
        data=_computed(),
        style=StyleSpec(mark=({"query": 2, "key": 1},), colorbar="none", width="240pt"),
    ),
    "map, zoomed": _map(
        fixed_map(24, **_ONE_HEAD), zoom={"queries": (8, 15), "keys": (4, 13)}, labels="index"
    ),
    "map, bracketed": _map(_spanned({"all": (1, 8), "part": (2, 3), "end": (7, 8)})),
    "map, lettered": _map(
        _spanned({"the first of them": (1, 2), "the last of them": (3, 4)}), width="100pt"
    ),
    "map, heads": _map(fixed_map(heads=3, tokens=words(9))),
    "map, layers": _map(
        fixed_map(heads=2, tokens=words(9)),
        fixed_map(heads=2, layer=1, start=50, tokens=words(9)),
        venue="neurips",
        scale="sqrt",
        limits=(0.0, 0.25),
    ),
    "map, mean": _map(mean_of_heads(fixed_map(tokens=words(9))), venue="acl"),
    "map, clipped": _map(fixed_map(24, heads=2), venue="ieee", width="page"),
    "map, indices": _map(fixed_map(40, **_ONE_HEAD), venue="aps", limits="full", scale="log"),
    "map, no key": _map(
        fixed_map(9, **_ONE_HEAD, rule=MaskRule(self_attention="hide-always", hide_keys=(3,))),
        venue="iclr",
    ),
    "map, given": _map(
        fixed_map(heads=2),
        limits=(0.1, 0.3),
        palette="mako",
        titles=("one", "other"),
        labels="none",
        height="60 mm",
        width="0.48 column",
        colorbar="none",
    ),
    "map, outlined": _map(
        fixed_map(rule=HIDE, heads=2, tokens=words(9)),
        labels="index",
        limits=(0.0, 0.9),
        mark=({"queries": (2, 5), "keys": (0, 1)}, {"query": 8, "key": 7}),
        titles=False,
    ),
    "map, image": _map(fixed_map(24, heads=2), cells="image"),
    "map, long tokens": _map(fixed_map(6, **_ONE_HEAD, tokens=_LONG), venue="icml"),
    "map, two texts": _map(_two_texts()),
    "map, sample": _sampled(),
    "map, compared": _compared(),
    "map, irreps": _of_irreps(_map(fixed_map(heads=3, tokens=words(9))), 0, 1, 5),
    "map, irreps, narrow": _of_irreps(_map(fixed_map(heads=3), height="60pt"), 0, 1, 5),
    "map, signed": _signed(),
    "map, signed, given": _signed(
        heads=1,
        limits=(-0.2, 0.7),
        mark=({"query": 4, "key": 1},),
        palette="vlag",
        venue="icml",
    ),
    "map, signed, tiny": _signed(heads=1, size=1e-30, limits="full"),
    "map, signed, image": _signed(24, cells="image", colorbar="none"),
    "map, relative": _map(
        fixed_map(9, heads=3), scale="relative", columns=2, colorbar="right", font_size=9
    ),
    "map, corners": _counted(
        _map(fixed_map(9, heads=2), annotate="class", colorbar="below", width="page")
    ),
    "context": _context(scored(rule=HIDE)),
    "context, relative": _counted(
        _context(scored(9, heads=3), scale="relative", venue="icml", width="page", columns=3)
    ),
    "context, logits": _context(scored(logits=True), venue="icml", width="page"),
    "context, one head": _context(scored(**_ONE_HEAD), venue="acl", scale="sqrt"),
    "context, 24 tokens": _context(
        scored(24, heads=5), venue="neurips", mark=({"query": 20, "key": 3},), limits="full"
    ),
    "context, plain": _context(
        scored(heads=2), colorbar="none", labels="none", titles=False, palette="rocket"
    ),
    "scores": _scores(scored(**_ONE_HEAD, rule=HIDE)),
    "scores, logits": _scores(scored(logits=True, heads=2), venue="icml"),
    "scores, clipped": _scores(scored(24, heads=2), venue="neurips", scale="log"),
    "scores, sweep": _scores(*_swept(scored(heads=2), (0.3, 1.0, 3.0)), width="page"),
    "scores, divisors": _scores(
        *_swept(scored(**_ONE_HEAD, logits=True), (0.5, 2.0)), venue="aps", labels="index"
    ),
    "context, irreps": _of_irreps(_context(scored(rule=HIDE)), 1, 1, 2),
    "scores, irreps": _of_irreps(_scores(scored(heads=2)), 3, 4),
    "trend": _trend(),
    "trend, bands": _trend(around=0.05, drawn=50, width="page", venue="icml"),
    "trend, many": _trend(
        (0, 10, 20, 40), np.add.outer([0.1, 0.2, 0.0, 0.3], np.arange(8) / 50) ** 2
    ),
    "trend, gaps": _trend(
        (1, 2, 3), np.array([[0.2, 0.1], [np.nan, 0.3], [0.3, np.nan]]), height="100pt"
    ),
    "compare": _compare(
        *(fixed_map(heads=1, start=50 * n, tokens=words(9)) for n in (0, 1, 2))
    ),
    "compare, heads": _compare(
        *(fixed_map(heads=2, start=50 * n, tokens=words(9)) for n in (0, 1)),
        venue="neurips",
        scale="sqrt",
        limits="full",
        mark=({"query": 4, "key": 3},),
    ),
    "compare, masks": _compare(
        fixed_map(24, **_ONE_HEAD),
        fixed_map(24, **_ONE_HEAD, rule=MaskRule(window=5)),
        fixed_map(24, **_ONE_HEAD, rule=MaskRule(self_attention="hide-always")),
        venue="icml",
        titles=("all", "near", "others"),
    ),
    "compare, five": _compare(
        *(fixed_map(heads=1, start=50 * n) for n in range(5)),
        width="page",
        colorbar="none",
        labels="index",
    ),
    "compare, narrow": _compare(
        *(fixed_map(heads=1, start=50 * n, tokens=words(9)) for n in range(4)), width="200pt"
    ),
    "compare, texts": _compare(
        *(fixed_map(heads=1, tokens=each) for each in (words(9), words(10)[1:])),
    ),
    "scores, zoomed": _scores(scored(24, **_ONE_HEAD), zoom=(8, 15), width="page"),
    "compare, zoomed": _compare(
        *(fixed_map(24, heads=1, start=50 * n) for n in (0, 1)), zoom=(8, 15), width="page"
    ),
    "scores, layers": _scores(
        scored(heads=2),
        scored(heads=2, layer=1, start=50),
        venue="ieee",
        colorbar="none",
        mark=({"query": 4, "key": 3},),
        palette="mako",
    ),
    "atlas": _atlas(
        fixed_map(40, heads=3), fixed_map(40, heads=3, layer=1, start=50), venue="icml"
    ),
    "atlas, words": _atlas(fixed_map(9, heads=2, tokens=words(9)), colorbar="none"),
    "atlas, images": _atlas(
        *(fixed_map(70, heads=9, layer=layer, rule=OPEN) for layer in (0, 2)),
        scale="log",
        limits=(0.01, 0.05),
        palette="moss",
    ),
    "atlas, a number": _atlas(
        fixed_map(9, heads=3),
        fixed_map(9, heads=3, layer=1, start=50),
        own={"statistic": "sink"},
        venue="icml",
    ),
    "atlas, by value": _atlas(
        *(fixed_map(9, heads=5, layer=layer, start=30 * layer) for layer in range(3)),
        own={"statistic": "effective_keys", "order": "value"},
        width="0.6 column",
        scale="sqrt",
        limits=(0.0, 1.0),
    ),
    "statistics": _statistics(
        *(fixed_map(9, heads=4, layer=layer, start=30 * layer) for layer in range(3)),
        own={"statistic": ("normalised_entropy", "sink", "effective_keys")},
        venue="icml",
    ),
    "statistics, over queries": _statistics(
        *(fixed_map(24, heads=2, layer=layer, start=30 * layer) for layer in range(2)),
        own={"statistic": "normalised_entropy", "over": "queries"},
        palette="moss",
    ),
    "profile": _profile(fixed_map(rule=HIDE, heads=1, tokens=words(9)), own={"query": 6}),
    "profile, heads": _profile(
        fixed_map(heads=2, tokens=words(9)),
        fixed_map(heads=1, layer=1, start=50, tokens=words(9)),
        own={"query": (4, 6), "least": 0.3},
        venue="neurips",
        limits=(0.0, 0.25),
    ),
    "profile, two texts": _profile(_two_texts(), own={"top": 1}, colorbar="none"),
    "profile, long": _profile(fixed_map(260, heads=1, tokens=words(260)), own={"query": 200}),
    "profile, parts": _profile(
        replace(
            fixed_map(4, heads=1),
            **dict.fromkeys(
                ("queries", "keys"),
                Tokens(
                    labels=("<C3>", "<A9>", " a", "\n"),
                    text="é a\n",
                    offsets=np.array([[0, 1], [0, 1], [1, 3], [3, 4]]),
                ),
            ),
        ),
        own={"top": 0},
        venue="icml",
        titles=False,
    ),
    "lines": _lines(fixed_map(rule=HIDE, heads=2, tokens=words(9))),
    "lines, layers": _lines(
        fixed_map(heads=2, tokens=words(9)),
        fixed_map(heads=2, layer=1, start=50, tokens=words(9)),
        own={"least": 0.2},
        limits=(0.0, 0.3),
        venue="icml",
    ),
    "lines, cross": _lines(replace(_two_texts(), site=Site(0, "cross")), own={"least": 0.0}),
    "lines, indices": _lines(
        fixed_map(40, heads=1), own={"least": 0.01}, labels="index", colorbar="none"
    ),
    "distance": _distance(fixed_map(9, heads=2), fixed_map(9, heads=1, layer=1, start=50)),
    "distance, sink": _distance(_with_sink(fixed_map(9, heads=1))),
    "distance, far": _distance(fixed_map(120, heads=8), venue="icml", limits=(0.0, 0.02)),
    "distance, both sides": _distance(fixed_map(9, heads=2, rule=OPEN), width="page"),
    "distance, excerpts": _over_excerpts("distance", 6),
    "distance, rows": _over_rows(12, 9, 14, 9, 5, 11),
    "lines, all": _lines(fixed_map(2, heads=1), width="0.4 column", palette="mako"),
}
"""A picture of every kind in each way that its drawing knows, in bundled faces only."""


@cache
def drawn(name: str) -> Drawn:
    """The picture of that name."""
    picture = PICTURES[name]
    draw = partial(KINDS[picture.data.kind].draw, **picture.own)
    return render(draw, picture.data, picture.style)


def digest(name: str) -> str:
    """Of the picture's content stream and its images, its caption and its float."""
    data, own, made = PICTURES[name].data, PICTURES[name].own, drawn(name)
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        content = pdf.pages[0].Contents.read_bytes()
        for _, image in sorted(pdf.pages[0].obj.Resources.get("/XObject", {}).items()):
            if image.Subtype == "/Image":  # else a dot, drawn many times
                shape = int(image.Height), int(image.Width), [*map(int, image.get("/Mask", ()))]
                content += repr(shape).encode() + bytes(image.ColorSpace[3])
            content += image.read_bytes()
    caption = render_caption(
        data, made.facts, CaptionSpec(), name="x", templates=Path("none"), own=own
    )
    return hashlib.sha256(content + caption.text.encode() + caption.float.encode()).hexdigest()


def page(name: str) -> str:
    """The picture's width and height in points, as the PDF says them."""
    with pikepdf.open(io.BytesIO(drawn(name).pdf)) as pdf:
        _, _, width, height = map(float, pdf.pages[0].mediabox.as_list())
    return f"{width:.3f} x {height:.3f}"


CASES: dict[str, Callable[[], str]] = {
    **{name: partial(digest, name) for name in PICTURES},
    **{f"page: {name}": partial(page, name) for name in PICTURES},
}

TABLES: dict[str, Mapping[str, np.ndarray]] = {
    f"table: {name}": {column: one.values for column, one in picture.data.table.items()}
    for name, picture in PICTURES.items()
    if picture.data.table
}
"""The numbers that kinds draw beside their maps."""
