"""What every model family gives: facts of the model, and what its attention is made from.

A family is one module with a reader that returns an `AttentionSource`, and one line in
`paperfig/models/checkpoint.py`. The weights, under a mask and a temperature, are made from
a source's inputs in ``paperfig/maps/``.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int64

from paperfig.models.inputs import LayerInputs
from paperfig.values.excerpt import Excerpt
from paperfig.values.internals import TableFacts
from paperfig.values.model import ModelFacts


@runtime_checkable
class AttentionSource(Protocol):
    """A loaded model that can show what its attention is made from.

    Attributes:
        facts: what the model is: its layers and their heads, each layer's mask (whether
            causal, its window) and temperature as trained, its vocabulary and context.
    """

    facts: ModelFacts

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, LayerInputs]:
        """For each layer wanted, the inputs of the heads wanted there, in that order.

        One forward pass, in eval mode, without gradients, stopped at the last layer
        wanted. The ids are already known to fit vocabulary and context.
        """

    def tables(self) -> tuple[TableFacts, ...]:
        """The embedding tables whose initialisation is known; none where nothing is."""


@runtime_checkable
class GivenSource(AttentionSource, Protocol):
    """Attention that was given with its tokens: it can be asked of no others.

    Attributes:
        excerpt: the tokens.
    """

    excerpt: Excerpt


def excerpt_given_with(source: AttentionSource) -> Excerpt | None:
    """The tokens that attention was given with; None of a model, which takes any."""
    return source.excerpt if isinstance(source, GivenSource) else None
