"""The facts on variants side by side, and on the numbers that their kinds draw."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from paperfig.captions.model_and_text import model_facts, text_facts
from paperfig.captions.settings import settings_by_layer
from paperfig.specs.style import CaptionSpec
from paperfig.values.figure import FigureData

_MASK = ("causal", "self_attention", "window", "hide_keys", "pattern", "alone", "keyless")
_PARTS: Mapping[str, tuple[str, ...]] = {
    "mask": _MASK,
    "kappa": ("kappa",),
    "scores": ("transport", "order", "score_at", "alibi", "distance_bias", "irreps"),
}
"""What of a setting variants may have in common, and its facts."""


def compared(data: FigureData, caption: CaptionSpec) -> dict[str, Any]:
    """What is true of each variant, and in what all of them are alike; empty without any."""
    several = [variant for variant in data.variants if variant.label]
    models = [model_facts(variant.model) for variant in several]
    texts = [text_facts(variant.excerpt, caption) for variant in several]
    settings = [
        settings_by_layer(
            [each for each in data.one_of_heads if each.variant == variant.label],
            data.irreps_of,
        )
        for variant in several
    ]
    parts = {
        name: [
            {
                layer: [group[key] for key in keys]
                for group in groups
                for layer in group["layers"]
            }
            for groups in settings
        ]
        for name, keys in _PARTS.items()
    }
    pairs: dict[str, Sequence[Any]] = {"model": models, "text": texts, **parts}
    facts = zip(several, models, texts, settings, strict=True)
    return {
        "alike": {name: all(one == of[0] for one in of) for name, of in pairs.items()},
        "compared": [
            {
                "label": variant.label,
                "differs": [name for name, of in pairs.items() if of[index] != of[0]],
                "settings": shown,
                **model,
                **text,
            }
            for index, (variant, model, text, shown) in enumerate(facts)
        ],
    }


def columns_of(data: FigureData) -> dict[str, list[Any]]:
    """Each column that the kind draws as lists, with none for what there is no number of."""
    columns = {}
    for name, column in data.table.items():
        numbers = column.values.astype(object)
        numbers[np.isnan(column.values)] = None
        columns[name] = numbers.tolist()
    return columns
