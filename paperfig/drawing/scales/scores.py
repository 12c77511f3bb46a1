"""The scale of scores: KL from 0 upwards, logits from their row's maximum downwards."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float64

from paperfig.drawing.scales.limits import (
    automatic_limit,
    drawn_values,
    rounded_maximum,
    rounded_up,
)
from paperfig.drawing.scales.scale import Scale
from paperfig.specs.style import StyleSpec

FARTHEST_LOGIT, LOGIT_PERCENTILE = 8.0, 90.0  # nats below a row's maximum: e⁻⁸ of its weight


def score_scale(
    scores: Sequence[Float64[np.ndarray, "query key"]],
    quantity: Literal["KL", "divergence", "logit"],
    style: StyleSpec,
) -> Scale:
    """The scale of scores, NaN where masked; the style's ``scale`` is the weights' own.

    From 0 upwards for KL, as far as `automatic_limit` says, and downwards for logits, which
    are less their row's maximum: to 8 nats, or the 90th percentile where that is less. With
    ``limits: full`` to the farthest. All rounded up.
    """
    panels = [(np.abs(one)[None], ~np.isnan(one)) for one in scores]
    away, is_full = drawn_values(panels), style.limits == "full"
    if quantity == "logit" and not is_full:
        usual = float(np.percentile(away, LOGIT_PERCENTILE)) if away.size else 0.0
        far = rounded_up(min(usual, FARTHEST_LOGIT))
    else:
        far = rounded_maximum(away) if is_full else automatic_limit(panels)
    is_logit = quantity == "logit"
    scale = Scale(
        kind="linear",
        low=-far if is_logit else 0.0,
        high=0.0 if is_logit else far,
        rule="full" if is_full else "auto",
        quantity=quantity,
    )
    return scale.counting(-away if is_logit else away)
