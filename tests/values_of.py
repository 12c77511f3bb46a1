"""Values as the rooms hand them on, made of the few things that a test is about."""

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np

from paperfig.kinds import KINDS
from paperfig.statistics.tables import measured, with_table
from paperfig.values.attention import AttentionMap, HeadMap, SignedMap
from paperfig.values.excerpt import Excerpt, Origin, Sample
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting
from paperfig.values.site import Site
from paperfig.values.statistics import HeadStatistics
from paperfig.values.tokens import Tokens, positions
from paperfig.values.variant import Variant

CAUSAL = Setting(mask=MaskRule())


def map_value(weights: np.ndarray, mask: np.ndarray, **changes: Any) -> AttentionMap:
    """All heads of layer 0, or what the changes say, causal as shown and as trained.

    Tokens are the positions, unless they are given: ``tokens`` of both axes, or ``queries``
    and ``keys``. ``shown`` alone is ``trained`` too.
    """
    heads = tuple(range(len(weights)))
    shown = changes.get("shown", CAUSAL)
    axes = dict(zip(("queries", "keys"), map(positions, mask.shape), strict=True))
    if "tokens" in changes:
        axes = dict.fromkeys(axes, Tokens(labels=changes.pop("tokens")))
    facts: dict[str, Any] = {"heads": heads, "n_head": len(heads)}
    return AttentionMap(
        site=Site(changes.pop("layer", 0), changes.pop("stack", "decoder")),
        weights=weights.astype(np.float32),
        mask=mask,
        **facts | axes | {"shown": shown, "trained": shown} | changes,
    )


def signed_value(
    values: np.ndarray, mask: np.ndarray | None = None, **changes: Any
) -> SignedMap:
    """Values of either sign of heads of layer 0, or what the changes say; causal by default."""
    heads, *shape = values.shape
    mask = np.tril(np.ones(shape, dtype=bool)) if mask is None else mask
    axes = dict(zip(("queries", "keys"), map(positions, shape), strict=True))
    if "tokens" in changes:
        axes = dict.fromkeys(axes, Tokens(labels=changes.pop("tokens")))
    facts: dict[str, Any] = {"heads": tuple(range(heads)), "n_head": 12}
    return SignedMap(
        site=Site(changes.pop("layer", 0)),
        values=np.where(mask, values, 0).astype(np.float32),
        mask=mask,
        **facts | axes | changes,
    )


def excerpt_value(tokens: tuple[str, ...], **changes: Any) -> Excerpt:
    """A text of bytes, its ids counted from 0."""
    facts: dict[str, Any] = {"origin": Origin(kind="text", tokenizer="bytes")}
    ids = changes.pop("token_ids", np.arange(len(tokens)))
    axis = Tokens(labels=tokens, ids=ids, text=changes.pop("text", None))
    return Excerpt(tokens=axis, **facts | changes)


def layer_value(*head_dims: int, trained: Setting = CAUSAL) -> LayerFacts:
    """A layer of heads of these dimensions."""
    return LayerFacts(head_dims=head_dims, trained=trained)


def model_value(*layers: LayerFacts, **changes: Any) -> ModelFacts:
    """A model of these layers that no context limits."""
    facts: dict[str, Any] = {"name": "m", "family": "gpt", "vocab_size": 9, "context": None}
    return ModelFacts(layers=layers, **facts | changes)


def figure_value(
    *maps: HeadMap,
    excerpt: Excerpt | Sample | None = None,
    model: ModelFacts | None = None,
    kind: str = "map",
) -> FigureData:
    """A figure of the maps: of one model and one excerpt."""
    return FigureData(
        kind=kind,
        maps=tuple(each for each in maps if isinstance(each, AttentionMap)),
        signed=tuple(each for each in maps if isinstance(each, SignedMap)),
        variants=(
            Variant(
                excerpt=excerpt or excerpt_value(maps[0].keys.labels),
                model=model or model_value(),
            ),
        ),
    )


def numbers_of(statistics: HeadStatistics) -> dict[str, Any]:
    """The numbers of a head by the names that files give them."""
    return {
        field.name.removesuffix("_"): getattr(statistics, field.name)
        for field in fields(statistics)
    }


def as_kind(data: FigureData, name: str, **own: Any) -> FigureData:
    """The same maps as a figure of a kind, as the engine makes it of one excerpt.

    Args:
        data: a figure of maps.
        name: the kind's.
        own: the keys that only the kind takes; the others are left out.
    """
    kind = KINDS[name]
    own = {key.name: key.default for key in kind.keys} | own
    if kind.reduce is not None:
        heads = sum(len(each.heads) for each in data.maps)
        data = measured(
            kind,
            [[each] for each in data.maps],
            excerpt=data.excerpt,
            model=data.model,
            reduce=partial(kind.reduce, n_shown=heads, **own),
        )
    return with_table(replace(data, kind=name), kind, own)


def random_figure(
    n_token: int = 16,
    *,
    heads: int = 1,
    layers: int = 1,
    weights: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    tokens: Sequence[str] | None = None,
    mean: bool = False,
) -> FigureData:
    """A figure of the weights, in each layer the same; else of random causal ones."""
    if mask is None:
        mask = np.tril(np.ones((n_token, n_token), dtype=bool))
    words = tuple(tokens or (f" w{index}" for index in range(len(mask))))
    random = np.random.default_rng(0)
    maps = []
    for layer in range(layers):
        drawn = weights
        if drawn is None:
            drawn = np.where(mask, np.exp(random.normal(size=(heads, *mask.shape))), 0)
            drawn = drawn / np.maximum(drawn.sum(axis=2, keepdims=True), 1e-9)
        facts = {"n_head": 12} | ({"mean": True, "heads": (0, 1)} if mean else {})
        maps.append(map_value(drawn, mask, tokens=words, layer=layer, **facts))
    return figure_value(*maps, model=model_value(layer_value(*(8,) * 12)))


def scored_figure(n_token: int = 16, **facts: Any) -> FigureData:
    """The same with KL divergences at κ = 1 besides, which do not belong to the weights."""
    data, random = random_figure(n_token, **facts), np.random.default_rng(1)
    maps = []
    for each in data.maps:
        scores = -np.abs(random.normal(size=each.weights.shape) * 3)
        scores = np.where(each.mask, scores, np.nan).astype(np.float32)
        setting = replace(CAUSAL, kappa=(1.0,) * len(each.heads))
        maps.append(replace(each, scores=scores, shown=setting, trained=setting))
    return replace(data, maps=tuple(maps))
