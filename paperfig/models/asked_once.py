"""A model that a program holds, asked once: what it showed of one sequence."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.models.inputs import LayerInputs
from paperfig.values.internals import TableFacts
from paperfig.values.model import ModelFacts


class ModelInMemory:
    """What a model showed of one sequence: it is not run again.

    Args:
        facts: what is known of the model, of which layers and heads there is attention.
        inputs: of all heads that were returned of a layer.
        returned: the numbers of these heads, by layer.
        token_ids: the sequence of the queries.
        key_ids: the sequence of the keys, where they are of another.
        rows: of its token table, where that is known.
        unscored: why there are no scores; None where there are.
    """

    def __init__(
        self,
        facts: ModelFacts,
        inputs: Callable[[int], LayerInputs],
        returned: Mapping[int, tuple[int, ...]],
        token_ids: Int64[np.ndarray, " token"],
        *,
        key_ids: Int64[np.ndarray, " key"] | None = None,
        rows: int | None = None,
        unscored: AttentionError | None = None,
    ) -> None:
        self.facts, self.returned, self.rows = facts, returned, rows
        self.token_ids, self.key_ids, self.unscored = token_ids, key_ids, unscored
        self._inputs = inputs

    @property
    def has_scores(self) -> bool:
        """Whether scores are known."""
        return self.unscored is None

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, LayerInputs]:
        """What it showed of the heads wanted, which are among those that it returned.

        Raises:
            AttentionError: its weights end where the mask does not.
        """
        assert np.array_equal(token_ids, self.token_ids), "it was asked of one sequence"
        return {
            layer: self._inputs(layer).of_heads(
                [self.returned[layer].index(it) for it in heads]
            )
            for layer, heads in wanted.items()
        }

    def tables(self) -> tuple[TableFacts, ...]:
        """Nothing is known of how its tables began."""
        return ()
