"""The cases of captions of attention, and of other values, that were computed elsewhere."""

from dataclasses import replace
from typing import Any

import numpy as np
from revisions.told import Told, told

from paperfig.engine.given import PLACEHOLDERS, given_source
from paperfig.engine.group import Group
from paperfig.engine.signed import signed_values
from paperfig.specs.mappings import spec_of
from paperfig.values.drawn import DrawnScores
from paperfig.values.figure import FigureData

_TOKENS = ("The", "Ġlamp", "Ġwent", "Ġout")
_FRENCH = ("La", "Ġlampe", "Ġs'Ã©teint")
_FULL: dict[str, Any] = {"caption": {"detail": "full"}}
_COUNT = len(_TOKENS)
_CAUSAL = np.tril(np.ones((_COUNT, _COUNT)))
_EVEN = _CAUSAL / _CAUSAL.sum(axis=1, keepdims=True)
_OPEN = np.full((_COUNT, _COUNT), 1 / _COUNT)
_ACROSS = np.full((_COUNT, len(_FRENCH)), 1 / len(_FRENCH))
_HOLES = _CAUSAL * np.array([[1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 1, 1], [1, 0, 1, 1]])
_SCORES = np.where(_CAUSAL, 0.0, -np.inf)[None]


def _of(weights: Any = None, spec: dict[str, Any] | None = None, **given: Any) -> FigureData:
    """The values of a figure of what is given."""
    source = given_source(weights, **given)
    asked = spec_of(PLACEHOLDERS | (spec or {}))
    return Group([asked], source, source.excerpt).values(asked)


def _signed(**given: Any) -> FigureData:
    texts = dict.fromkeys(("tokens", "key_tokens", "tokenizer", "text"))
    values = np.array([_OPEN, -_OPEN])
    return signed_values(values, **{**texts, "tokens_as": "tokenizer"} | given)


def _kl(data: FigureData, **changes: Any) -> Told:
    scores = DrawnScores(kind="kl", limits=(0.0, 4.0), over=0, under=0, n_cells=10)
    return told(data=replace(data, kind="scores"), scores=scores, **changes)


_SCORED: dict[str, Any] = {"scores": _SCORES, "kappa": 0.5, "layer": 2}

TOLD: dict[str, Told] = {
    "given": told(data=_of(_EVEN)),
    "given, one token": told(data=_of([[1.0]])),
    "given, in full": told(data=_of(_EVEN), **_FULL),
    "given, text": told(data=_of(_EVEN, tokens=_TOKENS)),
    "given, tokens without a text": told(data=_of(_EVEN, tokens=["a", "b", "c", "d"])),
    "given, layer": told(data=_of(_EVEN, layer=4), **_FULL),
    "given, head": told(data=_of(_EVEN, head=11), **_FULL),
    "given, heads": told(data=_of(np.array([_EVEN] * 6), name="ours")),
    "given, head of layer": told(data=_of(_EVEN, head=11, layer=4, name="ours"), **_FULL),
    "given, mean": told(data=_of(np.array([_EVEN] * 2), {"head": "mean"})),
    "given, layers": told(data=_of((_EVEN[None],) * 3, {"head": ["L0H0", "L2H0"]})),
    "given, source": told(data=_of(_EVEN, source="the authors' code_1")),
    "given, no mask": told(data=_of(_OPEN, causal=False)),
    "given, no mask seen": told(data=_of(_OPEN)),
    "given, keys": told(data=_of(_ACROSS)),
    "given, one query": told(data=_of(_ACROSS[:1, :1] * 3, key_tokens=["x"])),
    "given, one query of three keys": told(data=_of(_ACROSS[:1])),
    "given, keys of a text": told(data=_of(_ACROSS, tokens=_TOKENS, key_tokens=_FRENCH)),
    "given, keys only of a text": told(
        data=_of(_ACROSS, key_tokens=_FRENCH), caption={"quote": 8}
    ),
    "given, queries only of a text": told(data=_of(_ACROSS, tokens=_TOKENS)),
    "given, holes": told(data=_of(_HOLES / _HOLES.sum(1, keepdims=True), mask=_HOLES > 0)),
    "given, open with holes": told(
        data=_of(np.eye(_COUNT)[::-1], mask=np.eye(_COUNT)[::-1] > 0)
    ),
    "given, κ": told(data=_of(_EVEN[None], **_SCORED)),
    "given, scores": _kl(_of(mask={"self": "keep"}, **_SCORED)),
    "given, κ changed": _kl(_of(None, {"kappa": 2.0}, **_SCORED)),
    "given, κ of several": _kl(_of(None, {"figure": "scores", "kappa": [0.5, 2.0]}, **_SCORED)),
    "given, κ of others": _kl(_of(None, {"figure": "scores", "kappa": [1.0, 2.0]}, **_SCORED)),
    "given, mask changed": _kl(_of(_EVEN[None], {"mask": {"window": 2}}, **_SCORED)),
    "signed": told(data=_signed(), scale="diverging", limits=(-0.3, 0.3)),
    "signed, mean": told(data=_signed(mean=True), scale="diverging", limits=(-0.3, 0.3)),
    "signed, in full": told(
        data=_signed(layer=1, tokens=_TOKENS, source="gradients"),
        scale="diverging",
        limits=(-0.3, 0.3),
        panels=("a", "b"),
        **_FULL,
    ),
    "signed, full limits": told(
        data=_signed(), scale="diverging", limits=(-0.3, 0.3), limits_rule="full"
    ),
    "signed, beyond": told(
        data=_signed(), scale="diverging", limits=(-0.3, 0.3), over=2, under=1
    ),
    "signed, under": told(data=_signed(), scale="diverging", limits=(-0.3, 0.3), under=1),
    "signed, over": told(data=_signed(), scale="diverging", limits=(-0.3, 0.3), over=1),
}
