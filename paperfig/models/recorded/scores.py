"""Scores that were given: checked, and held against the weights beside them."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np
from jaxtyping import Bool, Float64

from paperfig.errors import AttentionError
from paperfig.models.recorded.arrays import Layers
from paperfig.models.recorded.numbers import first_of
from paperfig.models.recorded.source import RecordedInputs
from paperfig.values.model import Setting

_AGREEMENT = 1e-4
"""How far given weights may be from the softmax of the scores beside them, in float32."""

_ROUNDED = 1e-4
"""How far above 0 a −KL may be by rounding, as a share of the largest."""

_MOST = float(np.finfo(np.float32).max)

_NEARLY = 0.9
"""The least number with a score added to it is still about that."""

Heads = Float64[np.ndarray, "head query key"]


def with_masked(scores: Layers) -> Layers:
    """The scores, −inf where they are the least number of their type, or about that.

    That is what transformers adds to a score that a mask hides.
    """
    values = (np.where(one <= _NEARLY * scores.least, -inf, one) for one in scores.values)
    return replace(scores, values=tuple(values))


def exact_scores(
    scores: Float64[np.ndarray, "head query key"],
    allowed: Bool[np.ndarray, "query key"],
    temperature: tuple[float, ...] | None,
    *,
    heads: Sequence[int],
) -> Float64[np.ndarray, "head query key"]:
    """The scores, as far as they are known: NaN where the mask hides one that was no number.

    Args:
        scores: as they were given.
        allowed: their mask.
        temperature: what divides those of each head, where they are −KL or another
            divergence.
        heads: their numbers, for messages.

    Raises:
        AttentionError: one of an allowed key is not finite, or no divergence, or overflows.
    """
    kept: np.ndarray = np.where(allowed, scores, 0.0)
    broken = ~(np.abs(kept) <= _MOST)
    if broken.any():
        right = "−inf where the mask hides a key, else numbers of float32, are right"
        if np.isneginf(kept[broken]).any():
            right = "−inf in every head, and only where the mask hides a key, is right"
        raise AttentionError("scores", first_of(kept, broken, heads), right)
    is_known = np.abs(scores) <= _MOST
    if temperature is None:
        return np.where(is_known, scores, np.nan)
    highest = _ROUNDED * max(1.0, -kept.min())
    if kept.max() > highest:
        what = f"{first_of(kept, kept == kept.max(), heads)}, above 0"
        right = "with `kappa=` they are −KL; give −KL, or leave `kappa=` out for logits"
        raise AttentionError("scores", what, right)
    with np.errstate(over="ignore"):
        if not np.isfinite(kept / _of_heads(temperature)).all():
            right = "a larger one is right"
            raise AttentionError("kappa", "scores divided by it overflow", right)
    return np.where(is_known & (scores <= highest), scores, np.nan)


def _of_heads(temperature: tuple[float, ...] | None) -> Float64[np.ndarray, "head 1 1"]:
    """What divides the scores of each head."""
    return np.array(temperature or (1.0,))[:, None, None]


def check_agreement(
    inputs: RecordedInputs,
    setting: Setting,
    shape: tuple[int, int],
    *,
    weights_epsilon: float,
    scores_epsilon: float,
) -> None:
    """Nothing where the weights given are the softmax of the scores given, if both are.

    Scores that are each off by a share ε of themselves, and so by at most δ when divided,
    move a weight by at most tanh(δ/2).

    Args:
        inputs: of a layer.
        setting: mask and temperature.
        shape: how many queries and keys there are.
        weights_epsilon: what the type of the weights rounds off.
        scores_epsilon: what that of the scores rounds off.

    Raises:
        AttentionError: they are not.
    """
    if inputs.weights is None or inputs.given_scores is None:
        return
    allowed, given = setting.mask.allowed(*shape), inputs.weights.astype(np.float64)
    sums = given.sum(axis=2, keepdims=True)
    shares = given / np.where(sums > 0, sums, 1.0)
    scores = np.where(allowed, inputs.given_scores, 0.0)
    logits = scores / _of_heads(setting.temperature)
    rounded = np.tanh(scores_epsilon * np.abs(logits).max(axis=2) / 2)
    slack = np.maximum(rounded, max(_AGREEMENT, weights_epsilon))
    off = _difference(logits, shares, allowed)
    if (off <= slack).all():
        return
    right = "the κ that divided these scores, and scores with all that is added, are right"
    if (_difference(-logits, shares, allowed) <= slack).all():
        right = "with their sign turned they agree: scores grow with the weights"
    divided = "scores" if setting.temperature is None else "scores / κ"
    if setting.tau_factor is not None:
        divided = "scores / τ"
    what = f"softmax({divided}) is off the weights by {off[off > slack].max():.2g}"
    raise AttentionError("scores", what, right)


def _difference(
    logits: Heads, shares: Heads, allowed: Bool[np.ndarray, "query key"]
) -> Float64[np.ndarray, "head query"]:
    """The largest difference in each row of weights made of logits from those given."""
    left = np.where(allowed, logits, -inf)
    most = left.max(axis=2, keepdims=True)
    made = np.exp(left - np.where(np.isfinite(most), most, 0.0))
    sums = made.sum(axis=2, keepdims=True)
    difference: np.ndarray = np.abs(made / np.where(sums > 0, sums, 1.0) - shares).max(axis=2)
    return difference
