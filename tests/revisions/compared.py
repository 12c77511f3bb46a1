"""The cases of variants side by side: their values, and every word of their captions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from captions.caption_figures import TEXT, attention, figure
from revisions.told import Told, told
from values_of import excerpt_value

from paperfig.kinds import KINDS
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnDifferences
from paperfig.values.excerpt import Excerpt, Origin, Sample
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import ModelFacts

_KIND = KINDS["compare"]
_HIDE = MaskRule(self_attention="hide")
_SHARP, _FLAT = (attention(6, kappa=(kappa,), trained_kappa=(1.0,)) for kappa in (0.3, 3.0))
_TRAINED = attention(6)
_PLAIN = attention(6, kappa=None)
_NARROW = attention(6, kappa=None, shown=MaskRule(window=2), trained=MaskRule())


def compared(*sides: Sequence[AttentionMap], **changes: Any) -> FigureData:
    """A figure of the variants ``a``, ``b`` …, each with its maps.

    Args:
        sides: the maps of each variant.
        changes: ``models`` and ``excerpts``, one for each; all else as `figure` takes it.
    """
    models: Sequence[ModelFacts] = changes.pop("models", ())
    excerpts: Sequence[Excerpt | Sample] = changes.pop("excerpts", ())
    one = figure(*sides[0], kind=_KIND.name, **changes)
    maps, variants = [], []
    for index, (label, several) in enumerate(zip("abcdef", sides, strict=False)):
        maps += [replace(each, variant=label) for each in several]
        own = {"model": models[index]} if models else {}
        own |= {"excerpt": excerpts[index]} if excerpts else {}
        variants.append(replace(one.variants[0], label=label, **own))
    data = replace(one, maps=tuple(maps), variants=tuple(variants))
    assert _KIND.table is not None
    return replace(data, table=_KIND.table(data))


def _told(
    *sides: Sequence[AttentionMap], over: int = 0, under: int = 0, **changes: Any
) -> Told:
    caption = {"caption": changes.pop("caption", {})}
    of_drawing = {"label_kind", "window", "panels"}
    drawn = {key: changes.pop(key) for key in of_drawing.intersection(changes)}
    made = told(data=compared(*sides, **changes), **caption, **drawn)
    limits = DrawnDifferences(limits=(-0.5, 0.5), over=over, under=under, n_cells=200)
    return replace(made, drawn=replace(made.drawn, differences=limits))


def _models() -> list[ModelFacts]:
    first = figure(_TRAINED).model
    return [
        replace(first, name="early", step=100),
        replace(first, name="late", step=0, declared=("mask",)),
    ]


def _texts(**changes: Any) -> list[Excerpt]:
    labels = _TRAINED.keys.labels
    origin = Origin(kind="text", tokenizer="bytes")
    return [
        excerpt_value(labels, text=TEXT, origin=origin),
        excerpt_value(labels, text=f"No: {TEXT}", origin=replace(origin, **changes)),
    ]


def _samples() -> list[Sample]:
    ids = figure(_TRAINED).excerpt.token_ids
    assert ids is not None
    several = [ids[None].repeat(count, axis=0) for count in (3, 4)]
    origin = Origin(kind="random", tokenizer="gpt2", seed=3)
    return [Sample(token_ids=one, origin=origin) for one in several]


_TWO = {"heads": (0, 2), "kappa": None}
_LAYERS = [attention(6, layer=layer, **_TWO) for layer in (0, 1)]
_NARROW_LAYERS = [
    attention(6, layer=layer, shown=MaskRule(window=2 + layer), trained=MaskRule(), **_TWO)
    for layer in (0, 1)
]

TOLD: dict[str, Told] = {
    "compare, kappa": _told([_TRAINED], [_SHARP], [_FLAT]),
    "compare, alike": _told([_PLAIN], [_PLAIN]),
    "compare, divisors": _told(
        [_PLAIN], [attention(6, kappa=(2.0,), trained_kappa=None)], over=3, under=4
    ),
    "compare, masks": _told([_PLAIN], [_NARROW], caption={"detail": "full"}),
    "compare, enlarged": _told([_PLAIN], [_NARROW], window=((1, 4), (1, 4)), panels=("a", "b")),
    "compare, one cell": _told(
        [attention(2, kappa=None)],
        [attention(2, kappa=None, shown=MaskRule(self_attention="hide"), trained=MaskRule())],
    ),
    "compare, layers": _told(_LAYERS, _NARROW_LAYERS, under=4),
    "compare, kappa of layers": _told(
        [attention(6, layer=0), attention(6, layer=1)],
        [
            attention(6, layer=layer, kappa=(0.5 + layer,), trained_kappa=(1.0,))
            for layer in (0, 1)
        ],
    ),
    "compare, models": _told([_TRAINED], [_TRAINED], models=_models()),
    "compare, models and texts": _told(
        [_TRAINED], [attention(6, shown=_HIDE)], models=_models(), excerpts=_texts(clean="vfe")
    ),
    "compare, texts": _told([_PLAIN], [_NARROW], excerpts=_texts()),
    "compare, samples": _told([_PLAIN], [_NARROW], excerpts=_samples()),
    "compare, transport": _told(
        [attention(6, transport="exact", trained_transport="exact")],
        [attention(6, transport="taylor4", trained_transport="exact")],
        usual_transport="taylor4",
    ),
    "compare, transport of layers": _told(
        [
            attention(6, layer=layer, transport="exact", trained_transport="exact")
            for layer in (0, 1)
        ],
        [
            attention(6, layer=layer, transport=name, trained_transport="exact")
            for layer, name in enumerate(("taylor4", "exact"))
        ],
        usual_transport="taylor4",
    ),
    "compare, samples of models": _told(
        [_PLAIN], [_PLAIN], models=_models(), excerpts=_samples()
    ),
    "compare, three masks": _told([_NARROW], [_PLAIN], [attention(6, kappa=None, shown=_HIDE)]),
    "compare, wider": _told([attention(6, kappa=None, shown=MaskRule(window=5))], [_PLAIN]),
    "compare, a later layer": _told(
        [attention(6, layer=1)], [attention(6, layer=1, kappa=(0.3,), trained_kappa=(1.0,))]
    ),
    "compare, as the first": _told([_TRAINED], [_SHARP], [_TRAINED]),
}
"""What a caption says of variants, each ending of each sentence once."""
