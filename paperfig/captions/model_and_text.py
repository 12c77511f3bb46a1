"""The facts on a model and on what it was given."""

from typing import Any

import regex

from paperfig.captions.latex import TeX, escape
from paperfig.captions.quotes import quote
from paperfig.specs.style import CaptionSpec
from paperfig.values.attention import HeadMap
from paperfig.values.excerpt import Excerpt, Origin, Sample
from paperfig.values.model import ModelFacts
from paperfig.values.tokens import Span, Tokens, same_tokens


def short_path(path: str) -> str:
    """The last two parts of a path, of a file its name: a caption tells no directories."""
    parts = [part for part in regex.split(r"[/\\]", path) if part not in ("", ".", "..")]
    is_file = bool(parts) and regex.search(r"\.[A-Za-z]\w{0,8}$", parts[-1]) is not None
    return "/".join(parts[-1:] if is_file else parts[-2:])


def model_facts(model: ModelFacts) -> dict[str, object]:
    """What the caption may say of a model."""
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
        "rows": list(origin.rows),
        "row_range": origin.row_range and list(origin.row_range),
        "blank_rows": origin.blank_rows,
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


def text_facts(excerpt: Excerpt | Sample, caption: CaptionSpec) -> dict[str, object]:
    """What it may say of what the model was given, and of where that is from."""
    quoted = quote(excerpt.text or "", limit=caption.quote, style=caption.quote_style)
    keys = None if excerpt.keys is excerpt.tokens else excerpt.keys
    of_keys = keys and quote(keys.text or "", limit=caption.quote, style=caption.quote_style)
    return {
        **_origin_facts(excerpt.origin, len(excerpt.tokens)),
        "length": max(excerpt.lengths),
        "shortest": min(excerpt.lengths),
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


def window_facts(
    attention: HeadMap, window: tuple[Span, Span] | None, caption: CaptionSpec, *, is_text: bool
) -> dict[str, object]:
    """The queries and the keys that panels show large, and what of the text they are.

    Where a window is shown it is what the caption quotes, and not where the text begins;
    nothing where maps are not all of one text.
    """
    if window is None:
        return {"zoom": None}
    caption = caption if is_text else caption.model_copy(update={"quote": 0})
    sides = [_stretch(attention.queries, window[0], caption)]
    if window[0] != window[1] or not same_tokens(attention.queries, attention.keys):
        sides.append(_stretch(attention.keys, window[1], caption))
    edited = any(side.pop("edited") for side in sides)
    names = ("queries", "keys") if len(sides) > 1 else ("tokens",)
    return {"zoom": dict(zip(names, sides, strict=True)), "quote_edited": edited}


def _stretch(tokens: Tokens, ends: Span, caption: CaptionSpec) -> dict[str, Any]:
    """Its first and last position, and what of its text is quoted."""
    text = tokens.part(ends).text or ""
    quoted = quote(text, limit=caption.quote, style=caption.quote_style)
    first, last = ends
    return {
        "first": first,
        "last": last,
        "quote": quoted.text,
        "quote_omitted": quoted.omitted,
        "edited": quoted.edited,
    }
