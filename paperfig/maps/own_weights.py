"""Weights that a model itself computed: as exact as a map is, and held against what is made."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float32

from paperfig.errors import AttentionError
from paperfig.models.external.report import CLAMPED
from paperfig.values.model import Setting

AGREEMENT = 1e-4
"""How far weights made here may be from the model's own."""

Weights = Float32[np.ndarray, "head query key"]


def without_clamp(
    weights: Float32[np.ndarray, "head query key"],
    allowed: Bool[np.ndarray, "query key"],
    layer: int,
    *,
    has_sink: bool,
    remedy: str,
) -> Float32[np.ndarray, "head query key"]:
    """The model's weights, exactly 0 where masked; a clamp of at most 1e-6 is undone there.

    Args:
        weights: as the model gave them.
        allowed: its mask.
        layer: counted from 0, for messages.
        has_sink: whether what a row lacks goes to a learned sink.
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
    goal = np.asarray(allowed.any(axis=1, keepdims=True))
    sums = kept.sum(axis=2, dtype=np.float64, keepdims=True)
    if has_sink:
        sums = sums.clip(min=goal)  # what a row lacks is there
    off = float(np.abs(sums - goal).max())
    if not off <= CLAMPED * len(allowed) or kept.min() < 0:
        raise AttentionError(
            f"layer {layer}",
            f"a row of weights sums to 1 only within {off:.3g}",
            "a softmax in float32 is right",
        )
    rounded = np.abs(sums - goal) <= CLAMPED  # by float32 alone: left as the model gave them
    np.divide(kept, sums, out=kept, where=(sums > 0) & ~rounded, casting="same_kind")
    return kept


def check_agreement(
    own: Float32[np.ndarray, "head query key"],
    made: Callable[[str | None], Weights],
    *,
    layer: int,
    trained: Setting,
) -> None:
    """Nothing where the weights made here as trained are the model's own.

    Args:
        own: the model's weights, exactly 0 where masked.
        made: the weights made here with a transport.
        layer: counted from 0, for messages.
        trained: how the layer was trained.

    Raises:
        AttentionError: they are not, with what each transport would give.
    """
    weights = made(trained.transport)
    off = float(np.abs(weights - own).max())
    if off <= AGREEMENT:
        return
    if trained.transport is None:
        raise AttentionError(
            f"layer {layer}",
            f"mask and κ cannot be changed: softmax(−kl/κ) is off the model's own weights by "
            f"{off:.2g}, so that something else enters them",
            "leave them as trained, or declare the right κ and mask under `trained`",
        )
    raise _another_transport(own, made, layer=layer, trained=trained.transport)


def _another_transport(
    own: Weights, made: Callable[[str | None], Weights], *, layer: int, trained: str
) -> AttentionError:
    """What is wrong where weights made with the transport as trained are not the model's."""
    off = {}
    for transport in dict.fromkeys((trained, "taylor4", "exact")):
        off[transport] = float(np.abs(made(transport) - own).max())
    used = [name for name, worst in off.items() if worst <= AGREEMENT]
    each = ", ".join(f"{worst:.2g} with {name}" for name, worst in off.items())
    return AttentionError(
        f"layer {layer}",
        f"made from the beliefs that enter it, with transport {trained}, the "
        f"weights are not the model's own, which used {used[0] if used else 'another'}: they "
        f"are off by {each}",
        f"declare `trained: {{transport: {used[0]}}}`"
        if used
        else "κ and mask may be others, or its frames too long for single precision",
    )
