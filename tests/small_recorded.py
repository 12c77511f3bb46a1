"""Attention as people hold it, made here: its reference is numpy's, in float64."""

from typing import Any

import numpy as np

from paperfig.engine.given import given_source
from paperfig.engine.group import Group
from paperfig.models.recorded.source import RecordedSource
from paperfig.specs.mappings import spec_of
from paperfig.values.attention import AttentionMap
from paperfig.values.mask import MaskRule

HEADS, QUERIES, KEYS = 2, 5, 5
TRIANGLE = np.tril(np.ones((QUERIES, KEYS), dtype=bool))


def softmax(logits: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """The softmax over the keys that a mask allows; a row without any is all 0."""
    allowed = np.ones(logits.shape[-2:], dtype=bool) if mask is None else mask
    left = np.where(allowed, logits, -np.inf)
    most = left.max(axis=-1, keepdims=True)
    made = np.exp(left - np.where(np.isfinite(most), most, 0.0))
    sums = made.sum(axis=-1, keepdims=True)
    return made / np.where(sums > 0, sums, 1.0)


def logits(*shape: int, seed: int = 0) -> np.ndarray:
    """Scores of a shape, or of two heads over five queries and keys."""
    rng = np.random.default_rng(seed)
    return rng.normal(scale=2.0, size=shape or (HEADS, QUERIES, KEYS))


def weights(*shape: int, mask: np.ndarray | None = None, seed: int = 0) -> np.ndarray:
    """Weights of a shape, or of two heads over five queries and keys."""
    return softmax(logits(*shape, seed=seed), mask)


def shown(source: RecordedSource, **keys: Any) -> list[AttentionMap]:
    """The maps that a figure of all heads draws, one for each layer."""
    there = source.facts.there
    spec = {"checkpoint": {"recorded": "in memory"}, "head": "all"}
    maps = []
    for layer in there:
        asked = spec_of({**spec, "layer": layer, **keys})
        maps += Group([asked], source, source.excerpt).values(asked).maps
    return maps


def drawn(given: Any = None, **said: Any) -> np.ndarray:
    """The weights that are drawn of what is given of one layer."""
    (only,) = shown(given_source(given, **said))
    return only.weights


def rule(given: Any = None, **said: Any) -> MaskRule:
    """The mask of the first layer of what is given."""
    facts = given_source(given, **said).facts
    return facts.layers[facts.there[0]].trained.mask
