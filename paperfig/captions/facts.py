"""The facts that a caption may state, all read off the values that were drawn."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import regex

from paperfig.captions.latex import TeX, number
from paperfig.captions.quotes import quote
from paperfig.captions.words import listed
from paperfig.specs.style import CaptionSpec
from paperfig.values.attention import AttentionMap
from paperfig.values.codec import as_json
from paperfig.values.drawn import DrawnFacts, DrawnScores
from paperfig.values.excerpt import Excerpt, Origin, Sample
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import ModelFacts, Setting
from paperfig.values.tokens import same_tokens

ROUNDING_PT = 0.5  # widths of venues are rounded
LISTED_KAPPAS = 4  # of more heads than these, the caption gives κ's range
_MASK_KEYS = ("causal", "self_attention", "window", "hide_keys")
_TITLES = {
    "wikitext-2": "WikiText-2",
    "wikitext-2-raw-v1": "WikiText-2",
    "wikitext-2-v1": "WikiText-2",
    "wikitext-103": "WikiText-103",
    "wikitext-103-raw-v1": "WikiText-103",
    "wikitext-103-v1": "WikiText-103",
}
_WIKITEXT_HUB = ("wikitext", "Salesforce/wikitext")


def caption_facts(
    data: FigureData,
    drawn: DrawnFacts,
    caption: CaptionSpec,
    name: str,
    own: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, object]:
    """Every fact that a template may use, by name; `reference.FACTS` says what each means."""
    label = data.variants[0].label
    first_of_heads = [maps[0] for maps in data.of_heads if maps[0].variant == label]
    return {
        "name": name,
        "kind": data.kind,
        "own": dict(own),
        "label": caption.label or f"fig:{name}",
        "short": caption.short,
        "vars": dict(caption.vars),
        **_head_facts(first_of_heads),
        **_model_facts(data.model),
        **_origin_facts(data.excerpt.origin, len(data.excerpt.tokens)),
        **_text_facts(data.excerpt, caption),
        "kappa": _kappa_range(data.maps),
        "sweep": _sweep(data),
        "changed": sorted(
            {key for each in data.maps for key in _setting_facts([each])["changed"]}
        ),
        "settings": _settings(first_of_heads),
        "learned_sink": _learned_sink(data.maps),
        "variants": [variant.label for variant in data.variants if variant.label],
        **_drawing_facts(drawn),
        **_score_facts(drawn.scores),
        "row_means": _row_means(data),
        "statistics": [as_json(entry) for entry in data.statistics],
    }


def short_path(path: str) -> str:
    """The last two parts of a path, of a file its name: a caption tells no directories."""
    parts = [part for part in regex.split(r"[/\\]", path) if part not in ("", ".", "..")]
    is_file = bool(parts) and regex.search(r"\.[A-Za-z]\w{0,8}$", parts[-1]) is not None
    return "/".join(parts[-1:] if is_file else parts[-2:])


def _head_facts(maps: Sequence[AttentionMap]) -> dict[str, object]:
    first = maps[0]
    layers = sorted({attention.layer for attention in maps})
    references = [str(ref) for each in maps for ref in each.refs]
    numbers = [str(head) for head in first.heads]
    return {
        "head": listed(numbers if len(layers) == 1 and len(maps) == 1 else references),
        "heads": references,
        "layer": listed(layers),
        "layers": layers,
        "count": len(first.heads),
        "all_heads": all(each.heads == tuple(range(each.n_head)) for each in maps),
        "mean": first.mean,
    }


def _model_facts(model: ModelFacts) -> dict[str, object]:
    return {
        "model": model.name,
        "family": model.family,
        "n_layer": model.n_layer,
        "step": model.step,
        "defaults": list(model.defaults),
        "declared": list(dict.fromkeys(map(_declared_key, model.declared))),
    }


def _declared_key(setting: str) -> str:
    """``mask`` of ``mask.self = hide``."""
    return setting.partition("=")[0].partition(".")[0].strip()


def _origin_facts(origin: Origin, length: int) -> dict[str, object]:
    title = _title(origin)
    block, rest = divmod(length - len(origin.special_tokens), origin.repeat or 1)
    return {
        "source": origin.kind,
        "dataset": title or (None if origin.dataset is None else short_path(origin.dataset)),
        "titled": title is not None,
        "config": origin.config,
        "split": origin.split,
        "field": origin.field,
        "row": origin.row,
        "start": origin.start,
        "starts": list(origin.starts),
        "find": origin.find,
        "join": origin.join,
        "revision": origin.revision,
        "tokenizer": short_path(origin.tokenizer),
        "clean": origin.clean,
        "seed": origin.seed,
        "repeat": origin.repeat,
        "block": block if origin.repeat and not rest else None,
        "bos": origin.bos,
        "special_tokens": list(origin.special_tokens),
    }


def _title(origin: Origin) -> str | None:
    on_hub = origin.dataset in _WIKITEXT_HUB
    return _TITLES.get((origin.config if on_hub else origin.dataset) or "")


def _text_facts(excerpt: Excerpt | Sample, caption: CaptionSpec) -> dict[str, object]:
    quoted = quote(excerpt.text or "", limit=caption.quote, style=caption.quote_style)
    return {
        "length": len(excerpt.tokens),
        "excerpts": len(excerpt.runs),
        "sampled": excerpt.is_sampled,
        "tokens": list(excerpt.tokens.labels),
        "spans": {name: list(ends) for name, ends in excerpt.tokens.spans.items()},
        "text": excerpt.text,
        "unknown": excerpt.unknown,
        "quote": quoted.text,
        "quote_style": caption.quote_style,
        "quote_omitted": quoted.omitted,
        "quote_edited": quoted.edited,
    }


def _settings(maps: Sequence[AttentionMap]) -> list[dict[str, Any]]:
    """What turns scores into weights, once for all layers that share it."""
    groups: list[dict[str, Any]] = []
    for layer in dict.fromkeys(attention.layer for attention in maps):
        facts = _setting_facts([attention for attention in maps if attention.layer == layer])
        same = [group for group in groups if {**group, "layers": []} == facts]
        if not same:
            groups.append(facts)
        group = same[0] if same else facts
        group["layers"] = sorted({*group["layers"], layer})
    return groups


def _setting_facts(maps: Sequence[AttentionMap]) -> dict[str, Any]:
    """The setting of a layer's heads, whichever of the maps they are in."""
    heads = tuple(head for attention in maps for head in attention.heads)
    shown = _rule_facts([attention.shown for attention in maps], heads)
    trained = _rule_facts([attention.trained for attention in maps], heads)
    keys = maps[0].mask.sum(axis=1)
    return {
        "layers": [],
        **shown,
        "alone": _alone(maps[0]),
        "keyless": np.flatnonzero(keys == 0).tolist(),
        "changed": [key for key in shown if shown[key] != trained[key]],
        "trained": trained,
    }


def _alone(attention: AttentionMap) -> list[int]:
    """The queries that have their own key only."""
    if not same_tokens(attention.queries, attention.keys):
        return []
    mask = attention.mask
    return np.flatnonzero((mask.sum(axis=1) == 1) & np.diagonal(mask)).tolist()


def _rule_facts(settings: Sequence[Setting], heads: tuple[int, ...]) -> dict[str, Any]:
    setting = settings[0]
    rule: MaskRule = setting.mask
    mask = {key: getattr(rule, key) for key in _MASK_KEYS} | {"hide_keys": list(rule.hide_keys)}
    return mask | {
        "kappa": _kappa(settings, heads),
        "transport": setting.transport,
        "order": setting.order,
        "score_at": setting.score_at,
    }


def _kappa(settings: Sequence[Setting], heads: tuple[int, ...]) -> Mapping[str, Any] | None:
    """κ, with τ where that is another; None for a plain dot product."""
    kappa = tuple(value for setting in settings for value in setting.kappa or ())
    if not kappa:
        return None
    scaled = (setting for setting in settings if setting.tau_factor is not None)
    tau = tuple(value for setting in scaled for value in setting.temperature or ())
    return _by_head(kappa, heads) | {"tau": _by_head(tau, heads) if tau else None}


def _by_head(values: tuple[float, ...], heads: tuple[int, ...]) -> dict[str, Any]:
    """The range of values and, where few heads differ, each head's."""
    few = len(set(values)) > 1 and len(values) <= LISTED_KAPPAS
    pairs = zip(heads, values, strict=True) if few else ()
    each = [{"head": head, "value": value} for head, value in pairs]
    return {"low": min(values), "high": max(values), "each": each}


def _kappa_range(maps: Sequence[AttentionMap]) -> TeX:
    values = sorted({value for each in maps for value in each.shown.kappa or (1.0,)})
    if len(values) <= LISTED_KAPPAS:
        return listed(values)
    return TeX(f"{number(values[0])} to {number(values[-1])}")


def _sweep(data: FigureData) -> list[float]:
    """κ of each map of a layer, where there are several."""
    maps = data.of_heads[0]
    kappas = [each.shown.kappa[0] if each.shown.kappa else 1.0 for each in maps]
    return kappas if len(maps) > 1 else []


def _score_facts(scores: DrawnScores | None) -> dict[str, object]:
    low, high = (None, None) if scores is None else scores.limits
    return {
        "scores": None if scores is None else scores.kind,
        "scores_heads": [] if scores is None else list(scores.heads),
        "scores_low": low,
        "scores_high": high,
        "scores_over": 0 if scores is None else scores.over,
        "scores_under": 0 if scores is None else scores.under,
    }


def _learned_sink(maps: Sequence[AttentionMap]) -> float | None:
    """The mean over all rows that have a key; None for models without such a place."""
    rows = [
        each.learned_sink[:, each.mask.any(axis=1)].ravel()
        for each in maps
        if each.learned_sink is not None
    ]
    return float(np.concatenate(rows).mean(dtype=np.float64)) if rows else None


def _row_means(data: FigureData) -> dict[str, float | None]:
    """The mean of each column of the table over the queries that have the number."""
    columns = {name: column.values for name, column in data.table.items()}
    known = {name: column[~np.isnan(column)] for name, column in columns.items()}
    return {name: float(rows.mean()) if rows.size else None for name, rows in known.items()}


def _drawing_facts(drawn: DrawnFacts) -> dict[str, object]:
    low, high = drawn.limits
    return {
        "panels": list(drawn.panels),
        "scale": drawn.scale,
        "low": low,
        "high": high,
        "limits_rule": drawn.limits_rule,
        "over": drawn.over,
        "under": drawn.under,
        "label_kind": drawn.label_kind,
        "label_every": drawn.label_every,
        "marks": [
            {"queries": list(queries), "keys": list(keys)} for queries, keys in drawn.marks
        ],
        "shortened": drawn.shortened,
        "cells": drawn.cells,
        "no_key_rows": drawn.no_key_rows,
        "width_pt": drawn.width_pt,
        "height_pt": drawn.height_pt,
        "wide": drawn.width_pt > drawn.column_pt + ROUNDING_PT,
    }
