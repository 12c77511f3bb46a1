"""Figures that captions are made for."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from values_of import excerpt_value, figure_value, layer_value, map_value, model_value

from paperfig.captions.render import Caption, render_caption
from paperfig.specs.style import CaptionSpec
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.excerpt import Origin, Sample
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, Setting

AS_USUAL = MaskRule()
TEXT = "In 1941, after the fall of France, the British government founded a civil defence."
WIKITEXT = Origin(
    kind="dataset",
    tokenizer="gpt2",
    dataset="wikitext-103",
    title="WikiText-103",
    hub="Salesforce/wikitext",
    split="validation",
    start=0,
)
DRAWN: dict[str, Any] = {
    "scale": "linear",
    "limits": (0.0, 1.0),
    "limits_rule": "auto",
    "over": 0,
    "under": 0,
    "n_cells": 1000,
    "label_every": 1,
    "label_kind": "index",
    "width_pt": 345.0,
    "height_pt": 300.0,
    "column_pt": 345.0,
    "no_key_rows": 0,
}


def attention(
    length: int = 4,
    *,
    shown: MaskRule = AS_USUAL,
    trained: MaskRule | None = None,
    kappa: tuple[float, ...] | None = (1.0,),
    trained_kappa: tuple[float, ...] | str | None = "as shown",
    allowed: np.ndarray | None = None,
    **changes: Any,
) -> AttentionMap:
    """A map whose rows are even over the keys that ``shown`` allows."""
    entry: dict[str, Any] = {"layer": 0, "heads": (2,), "n_head": 4, "mean": False} | changes
    mask = _allowed(length, shown) if allowed is None else allowed
    weights = mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    maps = 1 if entry["mean"] else len(entry["heads"])
    before = kappa if trained_kappa == "as shown" else trained_kappa
    transport = (entry.pop("transport", None), entry.pop("trained_transport", None))
    tokens = entry.pop("tokens", tuple(f"t{i}" for i in range(length)))
    return map_value(
        np.repeat(weights[None], maps, axis=0),
        mask,
        tokens=tokens,
        shown=Setting(mask=shown, kappa=kappa, transport=transport[0]),
        trained=Setting(mask=trained or shown, kappa=before, transport=transport[1]),
        **entry,
    )


def layer_of_irreps(*irreps: int) -> LayerFacts:
    """A layer whose heads are irreps of SO(3) of these ℓ."""
    dims = (2 * spin + 1 for spin in irreps)
    return replace(layer_value(*dims), irreps=irreps)


def _allowed(length: int, rule: MaskRule) -> np.ndarray:
    distance = np.arange(length)[:, None] - np.arange(length)
    allowed = (distance >= 0) if rule.causal else np.ones((length, length), dtype=bool)
    allowed = allowed & (np.abs(distance) < (rule.window or length))
    allowed[:, list(rule.hide_keys)] = False
    row = 0
    for count, runs in rule.pattern or ():
        of_runs = [key for first, last in runs for key in range(first, last + 1)]
        allowed[row : row + count, np.setdiff1d(np.arange(length), of_runs)] = False
        row += count
    diagonal = np.eye(length, dtype=bool)
    alone = ~(allowed & ~diagonal).any(axis=1)
    hidden = {"keep": False, "hide": ~alone[:, None], "hide-always": True}
    return allowed & ~(diagonal & hidden[rule.self_attention])


def figure(
    *maps: AttentionMap,
    origin: Origin = WIKITEXT,
    text: str | None = TEXT,
    unknown: int = 0,
    kind: str = "map",
    sample: Sample | None = None,
    **model: Any,
) -> FigureData:
    """A figure of the maps, on one excerpt or on the sample of several."""
    facts = {"name": "gauge-demo", "is_named": True, "family": "vfe-sim", "vocab_size": 7}
    facts |= model
    one = excerpt_value(maps[0].keys.labels, text=text, origin=origin, unknown=unknown)
    return figure_value(
        *maps,
        excerpt=sample or one,
        model=model_value(*facts.pop("layers", ()), **facts),
        kind=kind,
    )


def caption_of(
    data: FigureData,
    *,
    caption: dict[str, Any] | None = None,
    name: str = "ours",
    templates: Path = Path("templates"),
    **drawn: Any,
) -> Caption:
    """The figure's caption."""
    facts, spec = DrawnFacts(**DRAWN | drawn), CaptionSpec(**caption or {})
    return render_caption(data, facts, spec, name=name, templates=templates)


def sentences(*maps: AttentionMap, **changes: Any) -> str:
    """The caption's text without its ``%``, with full detail unless another is asked for.

    Some changes concern the drawing.
    """
    told = {field.name for field in fields(DrawnFacts)}
    drawn = {key: changes.pop(key) for key in told.intersection(changes)}
    caption = {"detail": "full"} | changes.pop("caption", {})
    return caption_of(figure(*maps, **changes), caption=caption, **drawn).text.removesuffix(
        "%\n"
    )
