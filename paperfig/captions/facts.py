"""The facts that a caption may state, all read off the values that were drawn."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32

from paperfig.captions.compared import columns_of, compared
from paperfig.captions.latex import TeX, number
from paperfig.captions.model_and_text import model_facts, text_facts, window_facts
from paperfig.captions.settings import LISTED_KAPPAS, changes, settings_by_layer
from paperfig.captions.tables import numbers_of_heads, row_means
from paperfig.captions.words import listed, ranged
from paperfig.specs.style import CaptionSpec
from paperfig.values.attention import HeadMap
from paperfig.values.codec import as_json
from paperfig.values.drawn import DrawnDifferences, DrawnFacts, DrawnScores
from paperfig.values.figure import FigureData
from paperfig.values.model import ModelFacts
from paperfig.values.tokens import CONTINUED, Span, Tokens, same_tokens

ROUNDING_PT = 0.5  # widths of venues are rounded


def caption_facts(
    data: FigureData,
    drawn: DrawnFacts,
    caption: CaptionSpec,
    name: str,
    own: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, object]:
    """Every fact that a template may use, by name; `reference.FACTS` says what each means."""
    label = data.variants[0].label
    attention = [each for each in data.shown if each.trained is not None]
    side_by_side = compared(data, caption)
    is_one_text = side_by_side["alike"]["text"] and not data.excerpt.is_sampled
    first_of_heads = [each for each in data.one_of_heads if each.variant == label]
    return {
        "name": name,
        "kind": data.kind,
        "own": dict(own),
        "label": caption.label or f"fig:{name}",
        "short": caption.short,
        "detail": caption.detail,
        "vars": dict(caption.vars),
        **_head_facts(first_of_heads, data.model),
        **model_facts(data.model),
        **text_facts(data.excerpt, caption),
        "kappa": _kappa_range(attention),
        "sweep": _sweep(data),
        "changed": changes(attention),
        "settings": settings_by_layer(first_of_heads, data.irreps_of),
        "learned_sink": _learned_sink(data),
        "variants": [variant.label for variant in data.variants if variant.label],
        **side_by_side,
        "two_texts": not _is_one_text(first_of_heads),
        "largest": _largest(data),
        "marks": _marks(first_of_heads[0], drawn, is_text=is_one_text),
        **window_facts(first_of_heads[0], drawn.window, caption, is_text=is_one_text),
        "bracketed": list(drawn.bracketed),
        **_drawing_facts(drawn),
        **_score_facts(drawn.scores),
        "drawn": dict(drawn.own),
        "differences": drawn.differences and _scale_facts(drawn.differences),
        "row_means": row_means(data),
        "table": columns_of(data),
        "numbers": [*numbers_of_heads(data)],
        "statistics": [as_json(entry) for entry in data.statistics],
    }


def _head_facts(maps: Sequence[HeadMap], model: ModelFacts) -> dict[str, object]:
    first = maps[0]
    layers = sorted({each.layer for each in maps if each.site.is_known})
    references = [str(ref) for each in maps for ref in each.refs]
    return {
        "head": _listed_heads(maps, references) if references else None,
        "heads": references,
        "layer": listed(layers) if layers else None,
        "layers": layers,
        "count": len(first.heads),
        "all_heads": model.computed_elsewhere is None
        and len({each.n_head for each in maps}) == 1
        and all(each.heads == tuple(range(each.n_head or 0)) for each in maps),
        "mean": first.mean,
        "stacks": list(dict.fromkeys(each.site.stack for each in maps)),
    }


def _listed_heads(maps: Sequence[HeadMap], references: Sequence[str]) -> TeX:
    """By their numbers where they are of one layer."""
    return ranged(maps[0].heads) if len(maps) == 1 else listed(references)


def _kappa_range(maps: Sequence[HeadMap]) -> TeX | None:
    """κ of all maps; None where there is no attention."""
    if not maps:
        return None
    settings = [each.shown for each in maps if each.shown is not None]
    values = sorted({value for shown in settings for value in shown.kappa or (1.0,)})
    if len(values) <= LISTED_KAPPAS:
        return listed(values)
    return TeX(f"{number(values[0])} to {number(values[-1])}")


def _sweep(data: FigureData) -> list[float]:
    """κ of each map of a layer, where there are several."""
    maps = next(iter(data.of_heads), ())
    kappas = [each.shown.kappa[0] if each.shown.kappa else 1.0 for each in maps]
    return kappas if len(maps) > 1 else []


def _is_one_text(maps: Sequence[HeadMap]) -> bool:
    return all(same_tokens(each.queries, each.keys) for each in maps)


def _largest(data: FigureData) -> dict[str, Any] | None:
    """Where the largest weight or value is, among queries that have a choice."""
    weights = [(each, each.weights) for each in data.maps]
    shown_values = [*weights, *((each, each.values) for each in data.signed)]
    found = [
        (float(values[at]), each, at)
        for each, values in shown_values
        if (each.mask.sum(axis=1) > 1).any()
        for at in [_place_of_largest(values, each.mask)]
    ]
    if not found:
        return None
    weight, shown, (index, query, key) = max(found, key=lambda one: abs(one[0]))
    tokens = {"query": (query, shown.queries.spelled), "key": (key, shown.keys.spelled)}
    return {
        "weight": weight,
        "map": shown.labels[index],
        **{
            axis: {"index": at, "token": None if data.excerpt.is_sampled else labels[at]}
            for axis, (at, labels) in tokens.items()
        },
    }


def _place_of_largest(
    values: Float32[np.ndarray, "map query key"], mask: Bool[np.ndarray, "query key"]
) -> tuple[int, int, int]:
    """The map, the query and the key of the value farthest from 0; the first of equals."""
    counted = np.where((mask.sum(axis=1) > 1)[:, None], np.abs(values), -1)
    index, query, key = np.unravel_index(int(counted.argmax()), values.shape)
    return int(index), int(query), int(key)


def _marks(attention: HeadMap, drawn: DrawnFacts, *, is_text: bool) -> list[dict[str, Any]]:
    """The outlined blocks, each as the first and the last of its queries, and of its keys.

    By tokens only where all maps are of one text.
    """
    every = (0, len(attention.queries) - 1), (0, len(attention.keys) - 1)
    rows, columns = drawn.window or every

    def ends(span: Span, tokens: Tokens, shown: Span) -> list[dict[str, Any]]:
        spelled = tokens.spelled
        labels = spelled[shown[0] : shown[1] + 1] if drawn.label_kind == "tokens" else ()
        return [
            {
                "index": index,
                "token": token if is_text and CONTINUED not in token else None,
                "unique": shown[0] <= index <= shown[1] and labels.count(token) == 1,
            }
            for index, token in ((index, spelled[index]) for index in dict.fromkeys(span))
        ]

    return [
        {
            "queries": ends(queries, attention.queries, rows),
            "keys": ends(keys, attention.keys, columns),
        }
        for queries, keys in drawn.marks
    ]


def _score_facts(scores: DrawnScores | None) -> dict[str, object]:
    if scores is None:
        names = ("low", "high", "over_share", "under_share")
        return {"scores": None, "scores_heads": []} | {f"scores_{it}": None for it in names}
    return {
        "scores": scores.kind,
        "scores_heads": list(scores.heads),
        **{f"scores_{name}": value for name, value in _scale_facts(scores).items()},
    }


def _scale_facts(drawn: DrawnFacts | DrawnScores | DrawnDifferences) -> dict[str, float]:
    """Where a scale ends, and the share of cells that lie beyond."""
    (low, high), cells = drawn.limits, max(drawn.n_cells, 1)
    shares = {"over_share": drawn.over / cells, "under_share": drawn.under / cells}
    return {"low": low, "high": high} | shares


def _learned_sink(data: FigureData) -> float | None:
    """The mean over all rows that have a key; None for models without such a place.

    Of maps that are not kept the mean over heads of what their statistics say.
    """
    rows = [
        each.learned_sink[:, each.mask.any(axis=1)].ravel()
        for each in data.maps
        if each.learned_sink is not None
    ]
    if data.reduced:
        heads = [each.learned_sink for each in data.statistics]
        rows = [np.array([one]) for one in heads if one is not None]
    return float(np.concatenate(rows).mean(dtype=np.float64)) if rows else None


def _drawing_facts(drawn: DrawnFacts) -> dict[str, object]:
    return {
        "panels": list(drawn.panels),
        "scale": drawn.scale,
        **_scale_facts(drawn),
        "limits_rule": drawn.limits_rule,
        "label_kind": drawn.label_kind,
        "label_every": drawn.label_every,
        "shortened": drawn.shortened,
        "continuing": drawn.continuing,
        "cells": drawn.cells,
        "pooled": drawn.block,
        "annotated": drawn.annotated,
        "no_key_rows": drawn.no_key_rows,
        "width_pt": drawn.width_pt,
        "height_pt": drawn.height_pt,
        "wide": drawn.width_pt > drawn.column_pt + ROUNDING_PT,
    }
