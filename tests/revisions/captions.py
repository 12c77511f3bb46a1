"""The cases of default captions: every sentence of them, and every ending of a sentence."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from captions.caption_figures import TEXT, attention, figure, layer_of_irreps
from revisions import pictures
from revisions.compared import TOLD as COMPARED
from revisions.given import TOLD as GIVEN
from revisions.heads import fixed_map
from revisions.told import Told, told
from revisions.trends import TOLD as OF_TRENDS
from values_of import as_kind, layer_value, model_value

from paperfig.kinds import KINDS
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnScores
from paperfig.values.excerpt import NO_TOKEN, Origin, Sample
from paperfig.values.figure import FigureData, NamedArray
from paperfig.values.mask import MaskRule
from paperfig.values.named_statistics import NUMBERS
from paperfig.values.tokens import Tokens
from paperfig.values.variant import Variant

HIDE, ALWAYS = MaskRule(self_attention="hide"), MaskRule(self_attention="hide-always")
OPEN = MaskRule(causal=False)
PLAIN = attention(kappa=None)


def _kl(*maps: AttentionMap, kind: str = "scores", **changes: Any) -> Told:
    scores = {"limits": (0.0, 40.0), "over": 0, "under": 0, "n_cells": 300} | changes.pop(
        "limited", {}
    )
    return told(*maps, kind=kind, scores=DrawnScores(kind="kl", **scores), **changes)


def _logits(*maps: AttentionMap, kind: str = "scores", **changes: Any) -> Told:
    scores = {"limits": (-8.0, 0.0), "over": 0, "under": 0, "n_cells": 300} | changes.pop(
        "limited", {}
    )
    return told(*maps, kind=kind, scores=DrawnScores(kind="logits", **scores), **changes)


def _atlas(*maps: AttentionMap, classes: tuple[str, ...] = (), **changes: Any) -> Told:
    """Heads of the maps; they are of these classes, else of what they do."""
    drawn = {key: changes.pop(key) for key in ("block", "annotated") if key in changes}
    own = {"statistic": None, "order": "model"} | changes.pop("own", {})
    one = told(*maps, kind="atlas", own=own, **changes)
    data = as_kind(one.data, "atlas", **one.own)
    numbers = [replace(data.statistics[0], class_=name, class_score=0.75) for name in classes]
    data = replace(data, statistics=tuple(numbers) or data.statistics)
    return replace(one, data=data, drawn=replace(one.drawn, **drawn))


def _with_numbers(one: Told, *names: str) -> Told:
    """The same with these numbers of its two heads in place of its own; or with each."""
    names = names or (*NUMBERS, "share(needle)", "importance")
    missing = ("normalised_entropy", "confidence")
    table = {
        name: NamedArray(
            values=np.array([0.25, np.nan if name in missing else 0.5]), axes=("head",)
        )
        for name in names
    }
    return replace(one, data=replace(one.data, table=table))


def _with_rows(one: Told) -> Told:
    """The same with a number for each query."""
    names = ("row_deviation", "normalised_entropy", "score_deviation")
    column = NamedArray(values=np.array([0.25, 0.5]), axes=("query",))
    return replace(one, data=replace(one.data, table=dict.fromkeys(names, column)))


def _masked(shown: MaskRule, trained: MaskRule, **changes: Any) -> Told:
    return told(attention(6, shown=shown, trained=trained, kappa=None), **changes)


def _heated(
    kappa: tuple[float, ...], trained: tuple[float, ...] | None = None, **setting: Any
) -> AttentionMap:
    """Heads of these κ, trained with others or the same."""
    made = attention(heads=tuple(range(len(kappa))), n_head=9, kappa=kappa)
    before = replace(made.trained, kappa=trained or kappa, **setting)
    return replace(made, shown=replace(made.shown, **setting), trained=before)


def _swept(
    kappas: tuple[float, ...], trained: tuple[float, ...] | None, **setting: Any
) -> list[AttentionMap]:
    """The same heads at each κ."""
    heads = tuple(range(len(trained or (1,))))
    made = attention(heads=heads, kappa=None)
    before = replace(made.trained, kappa=trained, **setting)
    each = [replace(before, kappa=(kappa,) * len(heads)) for kappa in kappas]
    return [replace(made, shown=shown, trained=before) for shown in each]


def _origin(kind: str = "dataset", **changes: Any) -> Origin:
    """WikiText-103 of the Hub, but for what is changed."""
    wikitext = {"dataset": "wikitext-103", "hub": "Salesforce/wikitext", "split": "validation"}
    whole = (wikitext | {"title": "WikiText-103"}) if kind == "dataset" else {}
    return Origin(**{"kind": kind, "tokenizer": "gpt2"} | whole | changes)


def _sample(origin: Origin, unknown: int = 0) -> Sample:
    return Sample(token_ids=np.arange(8).reshape(2, 4), origin=origin, unknown=unknown)


def _rows(length: int = 4, **changes: Any) -> Sample:
    """Two rows, the second of so many tokens."""
    ids = np.array([[0, 1, 2, 3], [*range(4, 4 + length), *[NO_TOKEN] * (4 - length)]])
    return Sample(token_ids=ids, origin=_origin(rows=(2, 3), **changes))


def _alone(count: int) -> AttentionMap:
    """Of six queries, how many have their own key only."""
    allowed = np.tril(np.ones((6, 6), dtype=bool), -1)
    allowed[:count] = np.eye(6, dtype=bool)[:count]
    return attention(6, shown=HIDE, allowed=allowed, kappa=None)


def _compared() -> FigureData:
    one = figure(attention(kappa=None))
    shared = {"model": model_value(name="gauge-demo", is_named=True), "excerpt": one.excerpt}
    labels = ("trained", "untrained")
    return replace(
        one,
        variants=tuple(Variant(label=label, **shared) for label in labels),
        maps=tuple(replace(one.maps[0], variant=label) for label in labels),
    )


def _two_texts() -> FigureData:
    shown = attention(4, shown=OPEN, kappa=None)
    keys = Tokens(labels=("a", "b", "c", "d"))
    return figure(replace(shown, keys=keys))


def _with_sink() -> AttentionMap:
    left = np.array([[0.0, 0.25, 0.5, 0.25]], dtype=np.float32)
    return replace(PLAIN, weights=PLAIN.weights * (1 - left[:, :, None]), learned_sink=left)


def _spanned() -> FigureData:
    data = figure(PLAIN)
    (variant,), spans = data.variants, {"first": (0, 0), "rest": (1, 3)}
    excerpt = replace(variant.excerpt, tokens=replace(variant.excerpt.tokens, spans=spans))
    return replace(data, variants=(replace(variant, excerpt=excerpt),))


_MANY = (0.1, 0.2, 0.3, 0.4, 0.5)
_TEXT_ENDS = ' = Title = \n The cat , it said " yes " @-@ ( 3 @.@ 5 ) \'s\x85' + TEXT
_RANDOM = {"kind": "random", "seed": 7}
_TWO = {"heads": (0, 2), "n_head": 4, "kappa": None}
_ALL = {"heads": (0, 1), "n_head": 2, "kappa": None}
_SCALED = {"tau_factor": (1.5, 3.0)}
_OWN: dict[str, Any] = {"dataset": "a/notes", "title": None, "hub": None, "split": "train"}
_IRREPS = (layer_of_irreps(1, 0, 1, 2, 6),)
_FULL = {"caption": {"detail": "full"}}
_TOKENS = ("It", " was", " so", " so", "\n", ":")
_MARKS = {"marks": (((5, 5), (3, 3)), ((2, 4), (0, 1)))}
_LAMP = Tokens(
    labels=("The", " lamp", " went", " out", "."),
    text="The lamp went out.",
    offsets=np.array([[0, 3], [3, 8], [8, 13], [13, 17], [17, 18]]),
)
_LIMITS = {"limits": (0.1, 0.31264)}

_HEADS = {
    "head": told(PLAIN),
    "heads": told(attention(heads=(0, 1, 3), kappa=None)),
    "all heads": told(attention(**_ALL)),
    "the only head": told(attention(heads=(0,), n_head=1, kappa=None)),
    "mean of all": told(attention(**_ALL | {"mean": True})),
    "mean of some": told(attention(**_TWO, mean=True)),
    "means of layers": told(
        attention(**_ALL, mean=True), attention(**_ALL, mean=True, layer=1)
    ),
    "heads of layers": told(
        attention(heads=(1,), kappa=None), attention(heads=(3, 2), layer=1, kappa=None)
    ),
    "heads of layers, all": told(
        attention(**_ALL), attention(**_ALL, layer=1), layers=(layer_value(8, 8),) * 3
    ),
    "heads of layers, all of all": told(
        *(attention(**_ALL, layer=layer) for layer in range(3)),
        layers=(layer_value(8, 8),) * 3,
    ),
    "heads, encoder": told(attention(**_TWO, stack="encoder")),
    "heads, cross": told(attention(**_TWO, stack="cross")),
    "heads, in full": told(PLAIN, **_FULL),
    "unnamed": told(PLAIN, is_named=False, layers=(layer_value(8),) * 8),
    "named in LaTeX": told(PLAIN, name_latex="$x_4$"),
    "two texts": told(data=_two_texts()),
    "learned sink": told(_with_sink()),
    "compared": told(data=_compared()),
}
_TEXTS = {
    "text": told(PLAIN, origin=_origin("text"), text="a_b 100%"),
    "ids": told(PLAIN, origin=_origin("ids"), text=None),
    "ids, with text": told(PLAIN, origin=_origin("ids"), text="a"),
    "text, named": told(PLAIN, origin=_origin("text", name="the opening of Emma"), text="a"),
    "ids, one": told(attention(1, kappa=None), origin=_origin("ids"), text=None),
    "random": told(PLAIN, origin=_origin(**_RANDOM), text="never quoted"),
    "random, repeated": told(PLAIN, origin=_origin(**_RANDOM, repeat=2), text=None),
    "random, BOS": told(
        PLAIN, origin=_origin(**_RANDOM, repeat=3, special_tokens=("<s>",)), text=None
    ),
    "titled": told(PLAIN, origin=_origin(split=None), text="a"),
    "untitled": told(PLAIN, origin=_origin(**_OWN), text="a"),
    "untitled, unquoted": told(PLAIN, origin=_origin(**_OWN), caption={"quote": 0}),
    "named": told(PLAIN, origin=_origin(**_OWN, name="our corpus"), text="a"),
    "named, no split": told(
        PLAIN, origin=_origin(**_OWN | {"split": None}, name="our corpus"), text="a"
    ),
    "on the Hub": told(PLAIN, origin=_origin(dataset="x/y_1", title=None, hub="x/y_1")),
    "unknown": told(PLAIN, text="a", unknown=3),
    "clean": told(PLAIN, origin=_origin(clean="vfe")),
    "sample": told(PLAIN, sample=_sample(_origin(seed=3))),
    "sample, no split": told(
        PLAIN, sample=_sample(_origin(seed=3, split=None, special_tokens=("[CLS]", "[SEP]")), 5)
    ),
    "sample, untitled": told(PLAIN, sample=_sample(_origin(seed=3, **_OWN))),
    "sample, untitled, no split": told(
        PLAIN, sample=_sample(_origin(seed=3, **_OWN | {"split": None}))
    ),
    "sample, named": told(PLAIN, sample=_sample(_origin(seed=3, **_OWN, name="our corpus"))),
    "sample, each head": told(attention(**_ALL), sample=_sample(_origin(seed=3))),
    "sample, mean": told(attention(**_ALL, mean=True), sample=_sample(_origin(seed=3))),
    "rows": told(PLAIN, sample=_rows()),
    "rows, each of a length": told(PLAIN, sample=_rows(3, blank_rows=2)),
    "rows, some": told(PLAIN, sample=_rows(row_range=(2, 3), blank_rows=1)),
    "rows, some, in full": told(
        PLAIN, sample=_rows(row_range=(2, 3), **_OWN, name="our corpus"), **_FULL
    ),
    "rows of no name": told(PLAIN, sample=_rows(**_OWN | {"split": None})),
    "sample, random": told(PLAIN, sample=_sample(_origin(**_RANDOM, repeat=2))),
}
_QUOTES = {
    "quote, plain": told(PLAIN, text=_TEXT_ENDS),
    "quote, exact": told(PLAIN, text=_TEXT_ENDS, caption={"quote_style": "exact"}),
    "quote, readable": told(
        PLAIN, text=_TEXT_ENDS, caption={"quote_style": "readable", "quote": 200}
    ),
    "quote, none": told(PLAIN, caption={"quote": 0}),
    "quote, a word": told(PLAIN, text="uninterrupted", caption={"quote": 5}),
    "quote, at a word's end": told(PLAIN, text="one two three", caption={"quote": 7}),
    "quote, at a line's end": told(PLAIN, text="one\ntwo", caption={"quote": 6}),
    "quote, accents": told(
        PLAIN, text="caf\u00e9 e\u0301\u4e2d z" + 9 * "\u0301", caption={"quote_style": "exact"}
    ),
}
_MASKS = {
    "mask, none": _masked(OPEN, OPEN),
    "mask, not causal": _masked(replace(HIDE, causal=False), replace(HIDE, causal=False)),
    "mask, causal taken": _masked(OPEN, MaskRule()),
    "mask, causal given": _masked(MaskRule(), OPEN),
    "mask, causal taken beside a window": _masked(
        MaskRule(causal=False, window=2), MaskRule(window=2)
    ),
    "mask, window of one": _masked(MaskRule(window=1), MaskRule(window=1)),
    "mask, window both ways": _masked(
        MaskRule(causal=False, window=3), MaskRule(causal=False, window=3)
    ),
    "mask, window changed": _masked(MaskRule(window=3), MaskRule(window=24)),
    "mask, window given": _masked(MaskRule(window=3), MaskRule()),
    "mask, window taken": _masked(MaskRule(), MaskRule(window=24)),
    "mask, self hidden": _masked(HIDE, HIDE),
    "mask, self taken": _masked(HIDE, MaskRule()),
    "mask, self kept": _masked(MaskRule(), HIDE),
    "mask, self always": _masked(ALWAYS, HIDE),
    "mask, self where trained always": _masked(HIDE, ALWAYS),
    "mask, keys hidden": _masked(replace(OPEN, hide_keys=(0, 2)), OPEN),
    "mask, a key hidden": _masked(MaskRule(hide_keys=(0,)), MaskRule()),
    "mask, two alone": told(_alone(2)),
    "mask, two alone by intervention": told(replace(_alone(2), trained=PLAIN.trained)),
    "mask, six alone": told(_alone(6)),
    "mask, two without": _masked(
        replace(ALWAYS, hide_keys=(0,)), replace(ALWAYS, hide_keys=(0,))
    ),
}
_TEMPERATURES = {
    "κ": told(_heated((1.0, 1.0))),
    "κ of six digits": told(_heated((25 / 11,))),
    "κ changed": told(_heated((0.3, 0.3), (1.0, 0.25))),
    "κ of each": told(_heated((1.0, 0.25))),
    "κ of three": told(_heated((1.0, 0.25, 0.5))),
    "κ of many": told(_heated(_MANY)),
    "κ changed of many": told(_heated((1.0,) * 5, _MANY)),
    "κ of a divisor": told(attention(kappa=(0.3,), trained_kappa=None)),
    "κ very small": told(_heated((1e-5,))),
    "τ": told(_heated((0.7, 0.7), tau_factor=(1.5, 1.5))),
    "τ of each": told(_heated((0.7, 0.7), **_SCALED)),
    "τ of many": told(_heated(_MANY, tau_factor=(1.0, 1.5, 2.0, 2.5, 3.0))),
    "sweep": _kl(*_swept((0.3, 1.0, 3.0), (1.0,))),
    "sweep beside": _kl(*_swept((0.3, 3.0), (1.0,))),
    "sweep of τ": _kl(*_swept((0.5, 1.0), (1.0, 0.5), **_SCALED)),
    "sweep of divisors": _logits(*_swept((0.3, 3.0), None)),
    "sweep of divisors, trained": _logits(*_swept((0.5, 1.0), None)),
    "transport": told(attention(layer=1, transport="exact", trained_transport="taylor4")),
    "transport, none": told(attention(transport="identity", trained_transport="exact")),
    "transport, Taylor": told(attention(transport="taylor4", trained_transport="identity")),
    "order": told(_heated((0.7,), order=0.5)),
    "entry": told(_heated((0.7,), score_at="entry")),
    "converged": told(_heated((0.7,), score_at="converged")),
    "ALiBi": told(_heated((0.7,), alibi=(-0.1,))),
    "ALiBi of each": told(_heated((0.7, 0.7), alibi=(-0.5, -0.25), tau_factor=(1.5, 1.5))),
    "ALiBi of three": told(_heated((0.7, 0.7, 0.7), alibi=(-0.5, -0.25, -0.125))),
    "ALiBi of many": told(_heated(_MANY, alibi=(-0.5, -0.25, -0.125, -0.0625, -0.03125))),
    "T5's bias": told(_heated((0.7,), distance_bias="learned")),
    "irrep": told(PLAIN, layers=_IRREPS, **_FULL),
    "irreps": told(attention(heads=(0, 2), kappa=None), layers=_IRREPS, **_FULL),
    "irreps of each": told(attention(**_ALL | {"kappa": None}), layers=_IRREPS, **_FULL),
    "irreps of many": told(
        attention(heads=(0, 1, 2, 3, 4), n_head=5, kappa=None), layers=_IRREPS, **_FULL
    ),
    "layers apart": told(
        PLAIN,
        attention(layer=1, shown=MaskRule(window=2), kappa=(0.3,), trained_kappa=None),
        attention(layer=2, kappa=None),
    ),
    "layer above": told(attention(layer=1, shown=HIDE, trained=MaskRule(), kappa=None)),
}
_NOTES = {
    "untrained": told(PLAIN, step=0),
    "at a step": told(PLAIN, step=600),
    "an unusual transport": told(_heated((0.7,), transport="exact"), usual_transport="taylor4"),
    "a declared transport": told(
        _heated((0.7,), transport="exact"),
        usual_transport="taylor4",
        declared=("transport = exact",),
    ),
    "declared": told(PLAIN, declared=("kappa = 1.0",)),
    "declared, gelu": told(PLAIN, declared=("gelu = tanh",)),
    "declared, more": told(
        PLAIN, declared=("mask.self = hide", "mask.causal = true", "transport = exact")
    ),
    "declared, three": told(
        PLAIN, declared=("transport = exact", "kappa = 1", "mask.self = x")
    ),
    "names": told(PLAIN, name="m_1} & ~^", origin=_origin(name="a}b/c%d"), text="\\input{x}"),
}
_DRAWINGS = {
    "one over": told(PLAIN, over=1, **_LIMITS),
    "some over": told(PLAIN, over=64, limits=(0.0, 0.99961)),
    "full limits": told(PLAIN, limits_rule="full"),
    "given limits": told(PLAIN, limits_rule="given", over=3, **_LIMITS),
    "panels, in full": told(PLAIN, panels=("a", "b"), **_FULL),
    "one under": told(PLAIN, under=1, **_LIMITS),
    "some under": told(PLAIN, under=2, limits=(0.5, 1.0)),
    "both": told(PLAIN, scale="log", limits=(1e-4, 1.0), under=12, over=3),
    "square root": told(PLAIN, scale="sqrt"),
    "logarithm": told(PLAIN, scale="log", limits=(1e-4, 1.0)),
    "relative": told(PLAIN, scale="relative", limits=(0.25, 4.0), under=3),
    "relative, given": told(
        PLAIN, scale="relative", limits=(0.3, 5.0), limits_rule="given", **_FULL
    ),
    "corners, entropy": told(PLAIN, annotated="entropy", panels=("a", "b")),
    "corners, deviation": told(PLAIN, annotated="row_std"),
    "corners, class of a mean": told(
        attention(**_ALL | {"mean": True}), annotated="class", panels=("a",)
    ),
    "corners, class": told(PLAIN, annotated="class", panels=("a",)),
    "a dot": told(PLAIN, continuing=1),
    "dots": told(PLAIN, continuing=2),
    "enlarged": told(attention(6, kappa=None, tokens=_TOKENS), window=((1, 4), (1, 4))),
    "enlarged, a token": told(
        attention(6, kappa=None, tokens=_TOKENS), window=((1, 1), (1, 1))
    ),
    "enlarged, a query, a key": told(
        attention(6, kappa=None, tokens=_TOKENS), window=((2, 2), (1, 1))
    ),
    "enlarged, of a text": told(
        attention(5, kappa=None, queries=_LAMP, keys=_LAMP), window=((2, 2), (0, 3)), **_FULL
    ),
    "enlarged, cut": told(
        attention(5, kappa=None, queries=_LAMP, keys=_LAMP),
        window=((0, 3), (0, 3)),
        caption={"quote": 6},
    ),
    "enlarged, corners": told(
        attention(6, kappa=None, tokens=_TOKENS),
        window=((1, 4), (1, 4)),
        annotated="entropy",
        panels=("a", "b"),
    ),
    "bracketed": told(data=_spanned(), bracketed=("first", "rest"), **_FULL),
    "outlined": told(attention(6, kappa=None, tokens=_TOKENS), **_MARKS),
    "outlined, tokens shown": told(
        attention(6, kappa=None, tokens=_TOKENS), **_MARKS, label_kind="tokens"
    ),
    "outlined, a sample": told(
        attention(6, kappa=None, tokens=_TOKENS), sample=_sample(_origin(seed=3)), **_MARKS
    ),
    **{
        f"labels, every {every}": told(PLAIN, label_kind="tokens", label_every=every, **_FULL)
        for every in (2, 3, 4, 12, 21)
    },
    "labels, indices": told(PLAIN, label_every=16),
    "wide": told(PLAIN, width_pt=487.0, column_pt=234.0),
    "lead": told(PLAIN, caption={"lead": "\\textbf{It looks back.}"}),
    "short": told(PLAIN, caption={"short": "An entry of 1%", "label": "fig:a"}),
}
_OF_SCORES = {
    "scores": _kl(attention(128, shown=HIDE), limited={"over": 6}, over=13),
    "scores, one over": _kl(attention(), limited={"over": 1}),
    "scores, some under": _logits(PLAIN, limited={"under": 2}),
    "scores, one under": _logits(PLAIN, limited={"under": 1}),
    "scores, τ": _kl(_heated((0.7,), tau_factor=(1.5,))),
    "scores, order": _kl(_heated((0.7,), order=0.5), limited={"over": 2}),
    "scores, divided": _logits(attention(kappa=(0.3,), trained_kappa=None)),
    "context": _kl(_heated((1.0, 0.5)), kind="context", limited={"heads": (0, 1)}),
    "context, one head": _kl(attention(), kind="context", limited={"heads": (2,)}),
    "context, corners": _kl(
        _heated((1.0, 0.5)),
        kind="context",
        annotated="entropy",
        panels=("head 0", "head 1", "mean", "KL"),
        limited={"heads": (0, 1)},
    ),
    "context, τ": _kl(_heated((0.7,), tau_factor=(1.5,)), kind="context"),
    "context, order": _kl(
        _heated((0.7, 0.7), order=0.5), kind="context", limited={"over": 2, "heads": (0, 1)}
    ),
    "context, logits": _logits(
        attention(heads=(0, 1, 2, 3), kappa=None), kind="context", limited={"heads": (1,)}
    ),
    "context, a head's logits": _logits(PLAIN, kind="context", limited={"heads": (2,)}),
    "context, in full": _with_rows(
        _kl(attention(), kind="context", limited={"heads": (2,)}, **_FULL)
    ),
    "context, logits in full": _with_rows(
        _logits(PLAIN, kind="context", limited={"heads": (2,)}, **_FULL)
    ),
    "scores, relative": _kl(attention(), scale="relative", limits=(0.25, 4.0)),
    "scores, in full": _kl(attention(), **_FULL),
}


def _random(layer: int = 0) -> AttentionMap:
    """Two heads that differ."""
    return fixed_map(9, heads=2, layer=layer, start=50 * layer)


def _statistics(*names: str, over: str = "layers", **changes: Any) -> Told:
    """Numbers of the heads of two layers."""
    own = {"statistic": names, "over": over}
    one = told(_random(), _random(1), kind="statistics", own=own, **changes)
    return replace(one, data=as_kind(one.data, "statistics", **own))


def _of_a_sample(one: Told) -> Told:
    """The same of two excerpts."""
    (variant,) = one.data.variants
    several = replace(variant, excerpt=_sample(_origin(seed=3)))
    return replace(one, data=replace(one.data, variants=(several,)))


_OF_ATLASES = {
    "atlas": _atlas(attention(128, **_ALL), attention(128, layer=1, **_ALL), block=2, over=3),
    "atlas, in full": _atlas(
        attention(128, **_ALL), block=4, limits_rule="full", annotated="class", **_FULL
    ),
    "atlas, limits in full": _atlas(PLAIN, limits_rule="full"),
    "atlas, a number": _atlas(_random(), _random(1), own={"statistic": "sink"}),
    "atlas, numbers of either sign": _atlas(
        _random(), own={"statistic": "sink"}, scale="diverging", limits=(-1.0, 1.0)
    ),
    "atlas, every number": _with_numbers(_atlas(_random(), own={"statistic": "sink"}, **_FULL)),
    "atlas, a number of one head": _atlas(PLAIN, own={"statistic": "distance"}),
    "atlas, their own number": _with_numbers(
        _atlas(_random(), own={"statistic": "sink"}), "importance"
    ),
    "atlas, by value": _atlas(
        _random(), own={"statistic": "sink", "order": "value"}, limits_rule="full", **_FULL
    ),
    "atlas, classes": _atlas(
        PLAIN, annotated="class", classes=("previous", "sharp", "content")
    ),
}
_OF_STATISTICS = {
    "statistics": _statistics("normalised_entropy", "sink", "previous"),
    "statistics, in full": _statistics("confidence", "self", **_FULL),
    "statistics, over queries": _statistics("confidence", over="queries"),
    "statistics, over queries of a sample": _of_a_sample(
        _statistics("confidence", over="queries")
    ),
}


def _as_drawn(name: str) -> Told:
    """A picture whose caption says what its drawing decided."""
    picture = pictures.PICTURES[name]
    return Told(data=picture.data, drawn=pictures.drawn(name).facts, own=picture.own)


_AS_DRAWN = {
    f"drawn: {name}": _as_drawn(name)
    for name, picture in pictures.PICTURES.items()
    if KINDS[picture.data.kind].facts
}

TOLD: dict[str, Told] = {
    **_HEADS,
    **_TEXTS,
    **_QUOTES,
    **_MASKS,
    **_TEMPERATURES,
    **_NOTES,
    **_DRAWINGS,
    **_OF_SCORES,
    **COMPARED,
    **OF_TRENDS,
    **_OF_ATLASES,
    **_OF_STATISTICS,
    **GIVEN,
    **_AS_DRAWN,
}
"""A caption of every kind, and one at least that says each thing that captions say."""

_FLOATS = (
    "heads",
    "mean of some",
    "heads of layers",
    "wide",
    "short",
    "scores",
    "context",
    "given",
)

CASES: dict[str, Callable[[], str]] = {
    **{
        f"caption: {name}": lambda one=one: one.caption_and_float[0]
        for name, one in TOLD.items()
    },
    **{f"float: {name}": lambda name=name: TOLD[name].caption_and_float[1] for name in _FLOATS},
}
