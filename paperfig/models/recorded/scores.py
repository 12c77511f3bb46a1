"""Scores that were given: checked, and held against the weights beside them."""

from math import inf

import numpy as np
from jaxtyping import Bool, Float64

from paperfig.errors import AttentionError
from paperfig.models.recorded.source import RecordedInputs
from paperfig.values.model import Setting

_AGREEMENT = 1e-4
"""How far given weights may be from the softmax of the scores beside them, in float32."""

_ROUNDED = 1e-4
"""How far above 0 a −KL may be by rounding, as a share of the largest."""


def exact_scores(
    scores: Float64[np.ndarray, "head query key"],
    allowed: Bool[np.ndarray, "query key"],
    kappas: tuple[float, ...] | None,
) -> Float64[np.ndarray, "head query key"]:
    """The scores, 0 where the mask hides them.

    Args:
        scores: as they were given.
        allowed: their mask.
        kappas: the temperatures, where scores are −KL or another divergence.

    Raises:
        AttentionError: one of an allowed key is not finite, or no divergence.
    """
    kept: np.ndarray = np.where(allowed, scores, 0.0)
    broken = ~np.isfinite(kept)
    if broken.any():
        head, query, key = np.argwhere(broken)[0].tolist()
        what = f"that of head {head}, query {query} and key {key} is {kept[head, query, key]}"
        right = "−inf where the mask hides a key, else finite numbers, are right"
        raise AttentionError("scores", what, right)
    if kappas is not None and kept.max() > _ROUNDED * max(1.0, -kept.min()):
        head, query, key = (int(at) for at in np.unravel_index(kept.argmax(), kept.shape))
        what = f"that of head {head}, query {query} and key {key} is {kept.max():.4g}, above 0"
        right = "with `kappa=` they are −KL; give −KL, or leave `kappa=` out for logits"
        raise AttentionError("scores", what, right)
    return kept


def check_agreement(
    inputs: RecordedInputs, setting: Setting, shape: tuple[int, int], tolerance: float
) -> None:
    """Nothing where the weights given are the softmax of the scores given, if both are.

    Args:
        inputs: of a layer.
        setting: mask and temperature.
        shape: how many queries and keys there are.
        tolerance: what the type of the numbers rounds off.

    Raises:
        AttentionError: they are not.
    """
    if inputs.weights is None or inputs.given_scores is None:
        return
    allowed, given = setting.mask.allowed(*shape), inputs.weights.astype(np.float64)
    sums = given.sum(axis=2, keepdims=True)
    shares = given / np.where(sums > 0, sums, 1.0)
    temperature = np.array(setting.temperature or (1.0,))[:, None, None]
    off = _difference(inputs.given_scores / temperature, shares, allowed)
    if off <= max(_AGREEMENT, tolerance):
        return
    right = "the κ that divided these scores, and scores with all that is added, are right"
    if _difference(-inputs.given_scores / temperature, shares, allowed) <= _AGREEMENT:
        right = "with their sign turned they agree: scores grow with the weights"
    divided = "scores" if setting.temperature is None else "scores / κ"
    if setting.tau_factor is not None:
        divided = "scores / τ"
    what = f"softmax({divided}) is off the weights by {off:.2g}"
    raise AttentionError("scores", what, right)


def _difference(
    logits: Float64[np.ndarray, "head query key"],
    shares: Float64[np.ndarray, "head query key"],
    allowed: Bool[np.ndarray, "query key"],
) -> float:
    """The largest difference of weights made of logits from those given."""
    left = np.where(allowed, logits, -inf)
    most = left.max(axis=2, keepdims=True)
    made = np.exp(left - np.where(np.isfinite(most), most, 0.0))
    sums = made.sum(axis=2, keepdims=True)
    return float(np.abs(made / np.where(sums > 0, sums, 1.0) - shares).max())
