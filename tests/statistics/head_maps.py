"""Heads of a pure kind, at any length."""

import numpy as np
from values_of import map_value

from paperfig.values.attention import AttentionMap
from paperfig.values.model import MaskRule, Setting


def causal(length: int, *, hide_self: bool = False) -> np.ndarray:
    """The causal mask; with ``hide_self`` query 0 keeps itself, as in the VFE rule."""
    mask = np.tril(np.ones((length, length), dtype=bool))
    if hide_self:
        mask &= ~np.eye(length, dtype=bool)
        mask[0, 0] = True
    return mask


def uniform(mask: np.ndarray) -> np.ndarray:
    """Equal weights on allowed keys."""
    return (mask / mask.sum(axis=1, keepdims=True)).astype(np.float32)


def one_hot(keys: list[int]) -> np.ndarray:
    """All weight of query i on ``keys[i]``."""
    return np.eye(len(keys), dtype=np.float32)[keys]


def previous_head(length: int) -> np.ndarray:
    """Each query on the token before it, query 0 on itself."""
    return one_hot([0, *range(length - 1)])


def self_head(length: int) -> np.ndarray:
    """Each query on itself."""
    return one_hot(list(range(length)))


def softmax(scores: np.ndarray, mask: np.ndarray, kappa: float) -> np.ndarray:
    """Weights by their definition, in float64."""
    logits = np.where(mask, scores / kappa, -np.inf)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def as_map(
    weights: np.ndarray, mask: np.ndarray, scores: np.ndarray | None = None, kappa: float = 1.0
) -> AttentionMap:
    """Heads of layer 0 as the value that crosses rooms."""
    setting = Setting(mask=MaskRule(), kappa=(kappa,) * len(weights))
    kept = None if scores is None else np.where(mask, scores, np.nan).astype(np.float32)
    return map_value(weights, mask, scores=kept, shown=setting)
