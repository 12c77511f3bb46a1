"""What scores are made from, as numpy values for a diagnosis."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from torch import Tensor

from paperfig.models.source import DotProductInputs, GaussianInputs, GivenInputs, LayerInputs
from paperfig.values.internals import (
    HeadBeliefs,
    HeadInternals,
    HeadProjections,
    HeadUnknown,
)


def head_internals(inputs: LayerInputs) -> tuple[HeadInternals, ...]:
    """One entry for each head of the inputs, in their order, in float64."""
    if isinstance(inputs, GaussianInputs):
        return tuple(_beliefs(inputs))
    if isinstance(inputs, GivenInputs):
        return (HeadUnknown(),) * len(inputs.weights)
    return tuple(_projections(inputs))


def _beliefs(inputs: GaussianInputs) -> Iterator[HeadBeliefs]:
    for place, head in enumerate(inputs.heads):
        yield HeadBeliefs(
            mean=_array(head.mean),
            spread=_array(head.spread),
            frame=_array(head.frame),
            bias=_bias(inputs, place),
        )


def _bias(inputs: GaussianInputs, place: int) -> Float[np.ndarray, "query key"] | None:
    """ALiBi and the head's own bias together."""
    position = np.arange(len(inputs.heads[place].mean), dtype=np.float64)
    bias = inputs.alibi_slope * (position[:, None] - position)
    if inputs.bias is not None:
        bias = bias + _array(inputs.bias[place])
    return bias if bias.any() else None


def _projections(inputs: DotProductInputs) -> Iterator[HeadProjections]:
    for queries, keys in zip(inputs.queries, inputs.keys, strict=True):
        yield HeadProjections(queries=_array(queries), keys=_array(keys))


def _array(values: Tensor) -> np.ndarray:
    array: np.ndarray = values.detach().double().cpu().numpy()
    return array
