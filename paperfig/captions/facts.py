"""The facts that a caption may state, all read off the values that were drawn."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import regex

from paperfig.captions.latex import TeX, escape, number
from paperfig.captions.quotes import quote
from paperfig.captions.settings import LISTED_KAPPAS, changes, settings_by_layer
from paperfig.captions.tables import numbers_of_heads, row_means
from paperfig.captions.words import listed, ranged
from paperfig.specs.style import CaptionSpec
from paperfig.values.attention import HeadMap
from paperfig.values.codec import as_json
from paperfig.values.drawn import DrawnFacts, DrawnScores
from paperfig.values.excerpt import Excerpt, Origin, Sample
from paperfig.values.figure import FigureData
from paperfig.values.model import ModelFacts
from paperfig.values.tokens import Tokens, same_tokens

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
        **_model_facts(data.model),
        **_origin_facts(data.excerpt.origin, len(data.excerpt.tokens)),
        **_text_facts(data.excerpt, caption),
        "kappa": _kappa_range(attention),
        "sweep": _sweep(data),
        "changed": changes(attention),
        "settings": settings_by_layer(first_of_heads, data.irreps_of),
        "learned_sink": _learned_sink(data),
        "variants": [variant.label for variant in data.variants if variant.label],
        "two_texts": not _is_one_text(first_of_heads),
        "marks": _marks(first_of_heads[0], data.excerpt, drawn),
        **_drawing_facts(drawn),
        **_score_facts(drawn.scores),
        "row_means": row_means(data),
        "numbers": [*numbers_of_heads(data)],
        "statistics": [as_json(entry) for entry in data.statistics],
    }


def short_path(path: str) -> str:
    """The last two parts of a path, of a file its name: a caption tells no directories."""
    parts = [part for part in regex.split(r"[/\\]", path) if part not in ("", ".", "..")]
    is_file = bool(parts) and regex.search(r"\.[A-Za-z]\w{0,8}$", parts[-1]) is not None
    return "/".join(parts[-1:] if is_file else parts[-2:])


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


def _model_facts(model: ModelFacts) -> dict[str, object]:
    return {
        "model": _name(model),
        "named": model.is_named,
        "architecture": model.architecture,
        "family": model.family,
        "n_layer": None if model.computed_elsewhere else model.n_layer,
        "step": model.step,
        "usual_transport": model.usual_transport,
        "defaults": list(model.defaults),
        "declared": list(dict.fromkeys(map(_declared_key, model.declared))),
        "computed_elsewhere": model.computed_elsewhere,
        "computed_by": model.weights_source,
    }


def _name(model: ModelFacts) -> str | None:
    """What the authors call the model, else what is known of it: ``a 6-layer GPT``."""
    if model.is_named:
        return model.name if model.name_latex is None else TeX(model.name_latex)
    if model.architecture is None:
        return None
    count = str(model.n_layer)
    article = "an" if count.startswith("8") or count in ("11", "18") else "a"
    return f"{article} {count}-layer {model.architecture}"


def _declared_key(setting: str) -> str:
    """``mask`` of ``mask.self = hide``."""
    return setting.partition("=")[0].partition(".")[0].strip()


def _origin_facts(origin: Origin, length: int) -> dict[str, object]:
    block, rest = divmod(length - len(origin.special_tokens), origin.repeat or 1)
    return {
        "source": origin.kind,
        "dataset": _dataset(origin),
        "titled": origin.name is None and origin.title is not None,
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


def _dataset(origin: Origin) -> str | None:
    """What a reader may know it by: as the authors or the literature say, its place on the Hub.

    None for a file or folder of the authors' own, of which a name tells a reader nothing.
    """
    on_hub = None if origin.hub is None else TeX(rf"\texttt{{{escape(origin.hub)}}}")
    return origin.name or origin.title or on_hub


def _text_facts(excerpt: Excerpt | Sample, caption: CaptionSpec) -> dict[str, object]:
    quoted = quote(excerpt.text or "", limit=caption.quote, style=caption.quote_style)
    keys = None if excerpt.keys is excerpt.tokens else excerpt.keys
    of_keys = keys and quote(keys.text or "", limit=caption.quote, style=caption.quote_style)
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
        "quote_edited": quoted.edited or bool(of_keys and of_keys.edited),
        "key_length": keys and len(keys),
        "key_quote": of_keys and of_keys.text,
        "key_quote_omitted": of_keys and of_keys.omitted,
    }


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


def _marks(
    attention: HeadMap, excerpt: Excerpt | Sample, drawn: DrawnFacts
) -> list[dict[str, Any]]:
    """The outlined blocks, each as the first and the last of its queries, and of its keys."""
    shown, is_text = drawn.label_kind == "tokens", not excerpt.is_sampled

    def ends(span: tuple[int, int], tokens: Tokens) -> list[dict[str, Any]]:
        labels = [tokens.labels[index] for index in dict.fromkeys(span)]
        return [
            {
                "index": index,
                "token": token if is_text else None,
                "unique": shown and tokens.labels.count(token) == 1,
            }
            for index, token in zip(dict.fromkeys(span), labels, strict=True)
        ]

    return [
        {"queries": ends(queries, attention.queries), "keys": ends(keys, attention.keys)}
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


def _scale_facts(drawn: DrawnFacts | DrawnScores) -> dict[str, float]:
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
        "cells": drawn.cells,
        "pooled": drawn.block,
        "annotated": drawn.annotated,
        "no_key_rows": drawn.no_key_rows,
        "width_pt": drawn.width_pt,
        "height_pt": drawn.height_pt,
        "wide": drawn.width_pt > drawn.column_pt + ROUNDING_PT,
    }
