"""Figures of every kind in many variations: each value of each feature occurs."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from revisions.compared import compared
from revisions.trends import trend_value
from values_of import (
    CAUSAL,
    as_kind,
    excerpt_value,
    figure_value,
    layer_value,
    map_value,
    model_value,
)

from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec
from paperfig.specs.venues import VENUES
from paperfig.statistics.summary import summarise
from paperfig.values.attention import AttentionMap
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting
from paperfig.values.tokens import Tokens

OF_EACH_KIND = 16

Choice = Mapping[str, Any]
"""One value of each feature."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variation:
    """A figure to draw.

    Attributes:
        name: which of its kind it is, and how it was chosen.
        data: its values.
        style: how it looks.
        own: the keys that only its kind takes.
    """

    name: str
    data: FigureData
    style: StyleSpec
    own: Mapping[str, Any]


_WORDS = {
    "latin": "The lamp burned low in the tower , and nobody came .",
    "long": "The incomprehensibilities of counterrevolutionaries , uncharacteristically",
    "greek": "ἡ λυχνία ἔκαιε χαμηλά στον πύργο , και κανείς δεν ήρθε .",
    "cyrillic": "Лампа горела тускло в башне , и никто не пришёл .",
    "arabic": "كان المصباح يضيء البرج ولم يأت أحد",
    "hebrew": "המנורה דלקה במגדל ואיש לא בא",
    "signs": "a 🙂 \t \n \x07 \u200b é x² √ — “q” fi g_j",
}
SCRIPTS = (*_WORDS, "cjk", "bytes")
_CJK = "灯火在塔楼里燃烧没有人来はランプが低く"
_SPANS = ("needle", "the question that is asked", "end")


def tokens_of(script: str, count: int, *, spans: bool = False) -> Tokens:
    """A text in a script: words with a space before them, characters, or parts of these."""
    if script == "bytes":
        made = _of_bytes(count)
    elif script == "cjk":
        made = Tokens(labels=tuple(_CJK[at % len(_CJK)] for at in range(count)))
    else:
        words = _WORDS[script].split(" ")
        several = (words[at % len(words)] for at in range(count))
        spaced = (f" {word}" if at else word for at, word in enumerate(several))
        made = Tokens(labels=tuple(spaced))
    part = max(count // 8, 1)
    ends = ((0, part - 1), (part, 3 * part), (count - part, count - 1))
    named = dict(zip(_SPANS, ends, strict=True))
    return replace(made, spans=named) if spans else made


def _of_bytes(count: int) -> Tokens:
    """Characters of two tokens each, the last cut in two."""
    text = "".join(_CJK[at % len(_CJK)] for at in range((count + 1) // 2))
    labels = [label for each in text for label in _halves(each)][:count]
    places = np.arange(count) // 2
    return Tokens(
        labels=tuple(labels), text=text, offsets=np.stack([places, places + 1], axis=1)
    )


def _halves(character: str) -> tuple[str, str]:
    first, *rest = (f"{byte:02X}" for byte in character.encode())
    return f"<{first}>", f"<{' '.join(rest)}>"


_EVERY: dict[str, Sequence[Any]] = {
    "venue": tuple(VENUES),
    "width": ("column", "page", "0.48 column"),
    "tokens": (8, 24, 48, 128, 512),
    "script": SCRIPTS,
    "heads": (1, 2, 4, 9),
    "layers": (1, 1, 2, 3),
    "font_size": (None, None, 5.0, 9.0),
    "limits": ("auto", "full", (0.0, 0.3)),
    "palette": (None, "graphite", "viridis"),
}
_AXES: dict[str, Sequence[Any]] = {
    "titles": (None, True, False),
    "labels": ("auto", "auto", "index", "none"),
    "colorbar": ("auto", "below", "none"),
    "scale": (None, "sqrt", "log", "relative"),
    "columns": (None, None, 2),
    "mark": (False, True),
}
_PARTS: dict[str, Sequence[Any]] = {
    "spans": (False, True),
    "zoom": (False, False, True),
}
_TWO: dict[str, Sequence[Any]] = {"keys": (1.0, 1.0, 0.3, 3.0)}
FEATURES: dict[str, dict[str, Sequence[Any]]] = {
    "map": _AXES
    | _PARTS
    | _TWO
    | {"colorbar": ("auto", "right", "below", "none"), "annotate": (None, None, "entropy")},
    "context": _AXES | {"annotate": (None, "none"), "layers": (1,), "tokens": (8, 24, 48, 128)},
    "scores": _AXES
    | _PARTS
    | _TWO
    | {"layers": (1,), "heads": (1, 2, 4), "tokens": (8, 24, 48, 128)},
    "compare": _AXES
    | _PARTS
    | {"scale": (None, "sqrt", "log"), "layers": (2, 3, 4), "heads": (1, 1, 2)},
    "lines": _TWO
    | {
        "tokens": (8, 14, 20, 36),
        "heads": (1, 2, 4),
        "layers": (1, 1, 2),
        "keys": (1.0, 1.0, 0.5, 1.5),
        "least": (0.0, 0.1),
        "titles": (None, True, False),
        "labels": ("auto", "index", "none"),
        "colorbar": ("auto", "none"),
    },
    "profile": _TWO
    | {
        "query": (-1, 0, 5),
        "heads": (1, 1, 2, 4),
        "layers": (1,),
        "titles": (None, False),
        "colorbar": ("auto", "none"),
    },
    "atlas": {
        "statistic": (None, None, "sink", "effective_keys"),
        "order": ("model", "value"),
        "heads": (1, 4, 8, 12),
        "layers": (1, 4, 12),
        "colorbar": ("auto", "none"),
        "scale": (None, "linear", "sqrt"),
    },
    "statistics": {
        "over": ("layers", "queries"),
        "statistic": ("normalised_entropy", ("sink", "previous", "effective_keys")),
        "heads": (1, 4, 12),
        "layers": (1, 2, 6),
        "tokens": (16, 24, 48),
        "limits": ("auto",),
    },
    "distance": {"limits": ("auto", "full"), "tokens": (8, 24, 48, 128)},
    "trend": {
        "steps": ((0, 10, 20, 40), (1, 10, 100, 1000, 20000), (5, 50)),
        "heads": (1, 2, 5, 9),
        "around": (None, 0.05),
        "drawn": (None, 10),
        "limits": ("auto",),
    },
}
"""What varies in figures of a kind, besides what varies in those of every kind."""


def features_of(kind: str) -> dict[str, Sequence[Any]]:
    """What varies in figures of a kind: the values of each feature."""
    return _EVERY | FEATURES[kind]


def choices(kind: str, count: int = OF_EACH_KIND) -> Iterator[Choice]:
    """So many choices; in every feature each value occurs as often as any other, or once more.

    The order of a feature's values is drawn anew for each turn, by the kind's name as seed.
    """
    columns = {}
    for name, values in features_of(kind).items():
        drawn = random.Random(f"{kind} {name}")
        turns = [drawn.sample(values, len(values)) for _ in range(count)]
        columns[name] = [value for turn in turns for value in turn][:count]
    for at in range(count):
        yield {name: column[at] for name, column in columns.items()}


def variation(kind: str, choice: Choice) -> Variation:
    """The figure of a choice."""
    own = {key.name: choice.get(key.name, key.default) for key in KINDS[kind].keys}
    if kind == "atlas" and own["statistic"] is None:
        own["order"] = "model"
    if kind == "statistics" and own["over"] == "queries":
        own["statistic"] = "normalised_entropy"
    if kind == "trend":
        own["statistic"] = "previous"
    own = {name: own[name] for name in KINDS[kind].options}
    told = ", ".join(f"{name} {value}" for name, value in choice.items())
    data = _MADE_BY.get(kind, _of_maps)(kind, choice, own)
    return Variation(name=f"{kind}: {told}", data=data, style=_style(kind, choice), own=own)


def _style(kind: str, choice: Choice) -> StyleSpec:
    count = choice["tokens"]
    asked = {
        name: choice[name]
        for name in StyleSpec.model_fields
        if name in choice and name not in ("zoom", "mark")
    }
    if kind in ("distance", "lines", "profile", "statistics", "trend"):
        asked.pop("palette")
    if asked.get("scale") == "relative":  # around 1, on a palette of two arms
        asked |= {"palette": None, "limits": "auto"}
    if asked.get("scale") == "log" and asked["limits"] == (0.0, 0.3):
        asked["limits"] = (0.001, 0.3)
    is_large = choice["heads"] * choice["layers"] <= 2 and choice.get("keys", 1.0) == 1
    if asked.get("annotate") == "entropy" and not is_large:
        del asked["annotate"]
    if choice.get("mark"):
        part = count // 4
        block = {"queries": (count - part, count - 2), "keys": (0, 1)}
        asked["mark"] = ({"query": count - 1, "key": 0}, block)
    if choice.get("zoom"):
        least = min(count, round(count * choice.get("keys", 1.0)))
        asked["zoom"] = (least // 4, least // 4 + min(least // 2, 20))
    return StyleSpec.model_validate(asked)


def _of_maps(kind: str, choice: Choice, own: Mapping[str, Any]) -> FigureData:
    maps = [_attention(kind, choice, layer) for layer in range(choice["layers"])]
    model = model_value(*[layer_value(*(8,) * 12)] * choice["layers"])
    labels = maps[0].keys.labels
    excerpt = excerpt_value(labels, text="".join(labels))
    told = [entry for each in maps for entry in summarise(each, [each], [None])]
    data = replace(figure_value(*maps, model=model, excerpt=excerpt), statistics=tuple(told))
    return as_kind(data, kind, **own)


def _compared(kind: str, choice: Choice, own: Mapping[str, Any]) -> FigureData:
    """Variants of a layer's heads, as many as there are layers."""
    assert (kind, dict(own)) == ("compare", {})
    one = choice | {"layers": 1}
    return compared(*([_attention(kind, one, at, layer=0)] for at in range(choice["layers"])))


def _trained(kind: str, choice: Choice, own: Mapping[str, Any]) -> FigureData:
    """Numbers of heads at steps, and intervals around them."""
    assert (kind, own["statistic"]) == ("trend", "previous")
    steps, around = choice["steps"], choice["around"]
    drawn = np.random.default_rng(len(steps) + choice["heads"])
    numbers = drawn.uniform(0.1, 0.9, (len(steps), choice["heads"]))
    ends = {} if around is None else {"low": numbers - around, "high": numbers + around}
    return trend_value(steps, numbers, **ends)


_MADE_BY: Mapping[str, Callable[[str, Choice, Mapping[str, Any]], FigureData]] = {
    "compare": _compared,
    "trend": _trained,
}


def _attention(kind: str, choice: Choice, seed: int, layer: int | None = None) -> AttentionMap:
    """Heads of random weights, of a text on itself or on one of another length."""
    count, ratio = choice["tokens"], choice.get("keys", 1.0)
    tokens = partial(tokens_of, choice["script"], spans=choice.get("spans", False))
    queries = keys = tokens(count)
    rule = MaskRule()
    if ratio != 1:
        keys, rule = tokens(max(round(count * ratio), 8)), MaskRule(causal=False)
    mask = rule.allowed(len(queries), len(keys))
    drawn = np.random.default_rng(seed + 1)
    sharp = np.exp(2 * drawn.normal(size=(choice["heads"], *mask.shape)))
    weights = np.where(mask, sharp, 0)
    shown = replace(CAUSAL, mask=rule)
    facts: dict[str, Any] = {"n_head": 12, "queries": queries, "keys": keys}
    if KINDS[kind].scores:
        shown = Setting(mask=rule, kappa=(1.0,) * choice["heads"])
        scores = -np.abs(drawn.normal(size=weights.shape) * 3)
        facts["scores"] = np.where(mask, scores, np.nan).astype(np.float32)
    return map_value(
        weights / weights.sum(axis=2, keepdims=True),
        mask,
        layer=seed if layer is None else layer,
        shown=shown,
        **facts,
    )
