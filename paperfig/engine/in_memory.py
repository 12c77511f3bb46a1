"""A model in memory and its tokens, as a source and an excerpt of figures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.excerpts.in_memory import check_tokenizer, excerpt_of
from paperfig.maps.select import with_intervention
from paperfig.models.asked_once import ModelInMemory
from paperfig.models.in_memory import model_in_memory
from paperfig.specs.mask import MaskInterventionSpec
from paperfig.values.excerpt import Excerpt


def in_memory(
    model: Any,
    rows: Mapping[str, Int64[np.ndarray, " token"]],
    *,
    tokenizer: Any = None,
    text: str | None = None,
    attention: str = "self",
    mask: MaskInterventionSpec,
    name: str | None = None,
    step: int | None = None,
    layer: int | None = None,
    heads: Sequence[int] | None = None,
    kappa: float | None = None,
) -> tuple[ModelInMemory, Excerpt]:
    """Runs a model on one sequence.

    Args:
        model: in any form that `model_in_memory` takes.
        rows: what it is given.
        tokenizer: anything with ``decode(ids)``; None shows the ids.
        text: what captions call the text.
        attention: which of the model.
        mask: what is said of the mask in training.
        name: of the model.
        step: of its training.
        layer: as in `model_in_memory`.
        heads: likewise.
        kappa: likewise.

    Returns:
        What it showed, and its tokens.

    Raises:
        PaperfigError: model, tokens, mask or tokenizer contradict each other.
    """
    labelled = partial(excerpt_of, tokenizer=tokenizer, source=text)
    source = model_in_memory(
        model,
        rows,
        attention=attention,
        name=name,
        step=step,
        layer=layer,
        heads=heads,
        kappa=kappa,
        mask=lambda rule: with_intervention(rule, mask, labelled(rows["input_ids"]).tokens),
    )
    check_tokenizer(tokenizer, source.rows)
    excerpt = labelled(source.token_ids)
    if source.key_ids is not None:
        excerpt = replace(excerpt, key_tokens=labelled(source.key_ids).tokens)
    _check_mask(source, mask, excerpt)
    return source, excerpt


def _check_mask(source: ModelInMemory, said: MaskInterventionSpec, excerpt: Excerpt) -> None:
    """Nothing where what is said of the mask is what the model itself has.

    Raises:
        AttentionError: it is another.
    """
    shape = len(excerpt.tokens), len(excerpt.keys)
    for layer in source.returned:
        own = source.facts.layers[layer].trained.mask
        asked = with_intervention(own, said, excerpt.keys)
        if not np.array_equal(asked.allowed(*shape), own.allowed(*shape)):
            causal = "causal" if own.causal else "open to later keys"
            window = "" if own.window is None else f" with a window of {own.window}"
            what = f"that of layer {layer} is {causal}{window}"
            raise AttentionError("mask", what, "leave it out: the model shows its own")
