"""A window that a model of the user's own has and nothing says: found in its weights."""

import numpy as np
from jaxtyping import Float32

from paperfig.errors import AttentionError
from paperfig.values.mask import MaskRule

_WEIGHT = 1e-20
"""What a head has at most at the edge of what ALiBi leaves: there weights sink below the
smallest float32, near 1e-45, step by step, and at the edge of a window they do not."""


def check_band(
    weights: Float32[np.ndarray, "head query key"], rule: MaskRule, *, layer: int, remedy: str
) -> None:
    """Nothing where some head reaches as far as the mask allows, or fades out on the way.

    Args:
        weights: those of all heads of the layer, as the model gave them.
        rule: the mask that is declared or assumed.
        layer: counted from 0, for messages.
        remedy: how the user says the window, with ``{}`` for it.

    Raises:
        AttentionError: beyond one distance every weight of every head is exactly 0, though
            the mask allows it, and up to there every head has weight.
    """
    n_query, n_key = weights.shape[1:]
    if n_query != n_key:
        return
    distance = np.abs(np.arange(n_query)[:, None] - np.arange(n_key))
    allowed = rule.allowed(n_query, n_key)
    reaches = [int(distance[allowed & (head > 0)].max(initial=0)) for head in weights]
    reach = reaches[0]
    if set(reaches) != {reach} or reach == distance[allowed].max(initial=0):
        return
    edge = weights[:, allowed & (distance == reach)].max(axis=1, initial=0)
    if edge.min() > _WEIGHT:
        raise AttentionError(
            f"layer {layer}",
            f"no head has any weight more than {reach} tokens from the query, where the mask "
            "allows it",
            remedy.format(reach + 1),
        )
