"""Attention that the model itself computed: its own weights, and what may be made of them."""

import numpy as np
from jaxtyping import Bool, Float32

from paperfig.errors import AttentionError
from paperfig.models.external.observed import CLAMPED
from paperfig.models.source import GivenInputs
from paperfig.values.model import Setting

AGREEMENT = 1e-4
"""How far weights made from a model's own KL may be from the model's own weights."""

DECLARE = "declare the model's own mask: `trained: {mask: {causal: false}}`, say"


def given_attention(
    inputs: GivenInputs, length: int, *, layer: int, shown: Setting, trained: Setting
) -> tuple[Float32[np.ndarray, "head query key"] | None, Float32[np.ndarray, "head query key"]]:
    """The scores, where the model gives its KL, and the weights as shown.

    The weights are the model's own, at the score point shown, where mask and κ are as
    trained. Where the spec changes these, they are made from the model's KL, which then has
    to give its own weights as well.

    Args:
        inputs: of the heads shown, in their order.
        length: how many tokens there are.
        layer: counted from 0, for messages.
        shown: mask and κ to show, κ one for each head, and the score point.
        trained: the same, as trained.

    Raises:
        AttentionError: the weights are no softmax over the keys that the trained mask
            allows; or they have to be made anew, and the model's KL does not give them.
    """
    scores = None if inputs.divergence is None else -inputs.divergence
    mask = trained.mask.allowed(length, length)
    given = inputs.weights
    if shown.score_at == "converged":
        assert inputs.converged is not None, "a model with one score point is refused before"
        given = inputs.converged
    own = as_given(given, mask, layer, remedy=DECLARE)
    if (shown.mask, shown.kappa) == (trained.mask, trained.kappa):
        return scores, own
    _check_agrees(scores, own, mask, layer, trained)
    assert scores is not None, "checked"
    return scores, _softmax(scores, shown.mask.allowed(length, length), shown)


def as_given(
    weights: Float32[np.ndarray, "head query key"],
    allowed: Bool[np.ndarray, "query key"],
    layer: int,
    *,
    remedy: str,
) -> Float32[np.ndarray, "head query key"]:
    """The model's weights, exactly 0 where masked; a clamp of at most 1e-6 is undone there.

    Args:
        weights: as the model gave them.
        allowed: its mask.
        layer: counted from 0, for messages.
        remedy: how the user says another mask.

    Raises:
        AttentionError: a masked key has weight, or a row is no softmax.
    """
    outside = float(np.abs(weights[:, ~allowed]).max(initial=0))
    if not outside <= CLAMPED:
        raise AttentionError(
            f"layer {layer}",
            f"a key that the mask hides has weight {outside:.3g}",
            remedy,
        )
    kept = np.where(allowed, weights, np.float32(0))
    sums = kept.sum(axis=2, dtype=np.float64, keepdims=True)
    off = float(np.abs(sums - allowed.any(axis=1, keepdims=True)).max())
    if not off <= CLAMPED * len(allowed) or kept.min() < 0:
        raise AttentionError(
            f"layer {layer}",
            f"a row of weights sums to 1 only within {off:.3g}",
            "a softmax in float32 is right",
        )
    np.divide(kept, sums, out=kept, where=sums > 0, casting="same_kind")
    return kept


def _check_agrees(
    scores: Float32[np.ndarray, "head query key"] | None,
    own: Float32[np.ndarray, "head query key"],
    mask: Bool[np.ndarray, "query key"],
    layer: int,
    trained: Setting,
) -> None:
    """Nothing where weights can be made from the model's KL, which gives its own as well."""
    if scores is None or trained.kappa is None:
        raise AttentionError(
            f"layer {layer}",
            "mask and κ cannot be changed: the model gives its weights and no `kl` to make "
            "others from",
            "leave them as trained",
        )
    off = float(np.abs(_softmax(scores, mask, trained) - own).max())
    if not off <= AGREEMENT:
        raise AttentionError(
            f"layer {layer}",
            f"mask and κ cannot be changed: softmax(−kl/κ) is off the model's own weights by "
            f"{off:.2g}, so that something else enters them",
            "leave them as trained, or declare the right κ and mask under `trained`",
        )


def _softmax(
    scores: Float32[np.ndarray, "head query key"],
    mask: Bool[np.ndarray, "query key"],
    setting: Setting,
) -> Float32[np.ndarray, "head query key"]:
    assert setting.temperature is not None, "checked"
    logits = scores.astype(np.float64) / np.array(setting.temperature)[:, None, None]
    logits = np.where(mask, logits, -np.inf)
    top = logits.max(axis=2, keepdims=True)
    raised = np.exp(logits - np.where(np.isfinite(top), top, 0))
    sums = raised.sum(axis=2, keepdims=True)
    weights: Float32[np.ndarray, "head query key"] = (
        raised / np.where(sums > 0, sums, 1)
    ).astype(np.float32)
    return weights
