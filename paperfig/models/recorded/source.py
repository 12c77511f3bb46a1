"""Attention that was computed elsewhere, as an attention source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64

from paperfig.models.inputs import LayerInputs
from paperfig.values.excerpt import Excerpt
from paperfig.values.internals import HeadUnknown, TableFacts
from paperfig.values.model import ModelFacts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordedInputs(LayerInputs):
    """The attention of one layer as it was given, checked.

    Attributes:
        weights: exact; None where they are made from the scores.
        given_scores: before the mask and the division, NaN where a key was hidden and its score
            is not known; None where none were given.
        sink: the weight that goes to no key.
        is_divergence: whether scores are −KL or another divergence, and not logits.
    """

    weights: Float32[np.ndarray, "head query key"] | None
    given_scores: Float64[np.ndarray, "head query key"] | None = None
    sink: Float32[np.ndarray, "head query"] | None = None
    is_divergence: bool = False

    @property
    def has_scores(self) -> bool:
        """Whether scores were given."""
        return self.given_scores is not None

    @property
    def no_scores(self) -> str:
        """What is wrong where they are asked for and were not given."""
        return "weights are given and no scores"

    @property
    def broken_score(self) -> tuple[str, str]:
        """Those given are finite, but for those of keys that were hidden."""
        return "is not known: a mask hid it where it was computed", "leave that key hidden"

    @property
    def unchangeable(self) -> str:
        """Without scores nothing can be made; and of a sink the weight alone is known."""
        if not self.has_scores:
            return self.no_scores
        return (
            "weight goes to a learned sink, of which no score is given" if self.has_sink else ""
        )

    @property
    def is_agreed(self) -> bool:
        """Weights and scores are held against each other when they are given."""
        return True

    @property
    def is_recomputed(self) -> bool:
        """Weights that were given are shown as they are."""
        return self.weights is None

    @property
    def has_sink(self) -> bool:
        """Whether weight goes to no key."""
        return self.sink is not None

    @property
    def mask_remedy(self) -> str:
        """How the user says another mask."""
        return "give the mask of these weights"

    def scores(
        self,
        transport: str | None,  # noqa: ARG002 - as they were computed
    ) -> Float[torch.Tensor, "head query key"] | None:
        """Those given, in float64; NaN where they are not known."""
        return None if self.given_scores is None else torch.from_numpy(self.given_scores)

    def own_weights(self) -> Float32[np.ndarray, "head query key"] | None:
        """Those given."""
        return self.weights

    def internals(self) -> tuple[HeadUnknown, ...]:
        """Of each head only the scores are known, if these."""
        given = self.weights if self.weights is not None else self.given_scores
        assert given is not None, "one of them was given"
        return (HeadUnknown(is_divergence=self.is_divergence),) * len(given)

    def of_heads(self, indices: Sequence[int]) -> "RecordedInputs":
        """Those of some of the heads, by their index among those here."""
        chosen = list(indices)
        return RecordedInputs(
            weights=None if self.weights is None else self.weights[chosen],
            given_scores=None if self.given_scores is None else self.given_scores[chosen],
            sink=None if self.sink is None else self.sink[chosen],
            is_divergence=self.is_divergence,
        )


class RecordedSource:
    """What was given of some layers, on the tokens that it is of.

    Args:
        facts: what is known of the model.
        inputs: of each layer given.
        heads: the numbers of the heads of each.
        excerpt: the tokens of queries and keys.
    """

    def __init__(
        self,
        facts: ModelFacts,
        inputs: Mapping[int, RecordedInputs],
        heads: Sequence[int],
        excerpt: Excerpt,
    ) -> None:
        self.facts, self.inputs, self.heads, self.excerpt = facts, inputs, heads, excerpt

    @property
    def has_scores(self) -> bool:
        """Whether scores were given."""
        return all(inputs.has_scores for inputs in self.inputs.values())

    def layer_inputs(
        self,
        token_ids: Int64[np.ndarray, " token"],  # noqa: ARG002 - there is one sequence
        wanted: Mapping[int, Sequence[int]],
    ) -> Mapping[int, LayerInputs]:
        """What was given of the heads wanted."""
        return {
            layer: self.inputs[layer].of_heads([self.heads.index(it) for it in heads])
            for layer, heads in wanted.items()
        }

    def tables(self) -> tuple[TableFacts, ...]:
        """Nothing is known of the model's tables."""
        return ()
