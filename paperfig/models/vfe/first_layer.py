"""Models of which the first layer's attention is made from tables alone."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int64

from paperfig.errors import CheckpointError
from paperfig.models.device import exact_float32
from paperfig.models.inputs import LayerInputs
from paperfig.models.tables import table_facts
from paperfig.values.internals import TableFacts
from paperfig.values.model import ModelFacts

MakeInputs = Callable[[Int64[torch.Tensor, " token"], Sequence[int]], LayerInputs]
"""From token ids and heads to what these heads' attention in layer 0 is made from."""


class FirstLayerSource:
    """A VFE checkpoint's first layer; the beliefs of a later one are left by the steps below.

    Args:
        facts: what the checkpoint says of itself.
        entry: the beliefs that enter the first layer.
        device: where the tables lie.
        where: what messages call the checkpoint.
        remedy: how to have the project's own code step the beliefs, for messages.
        learned: the tables of which it is known how they began, by name.
    """

    def __init__(
        self,
        facts: ModelFacts,
        entry: MakeInputs,
        *,
        device: torch.device,
        where: str,
        remedy: str,
        learned: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        self.facts = facts
        self._first_layer_inputs, self._device = entry, device
        self._where, self._remedy = where, remedy
        self._learned = learned or {}

    def tables(self) -> tuple[TableFacts, ...]:
        """How the rows of the learned tables differ."""
        return tuple(table_facts(name, table) for name, table in self._learned.items())

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, LayerInputs]:
        """The beliefs of the heads wanted in layer 0.

        Raises:
            CheckpointError: a later layer is wanted.
        """
        for layer in wanted:
            if layer > 0:
                raise CheckpointError(
                    self._where,
                    f"layer {layer} needs the beliefs that the variational step of layer "
                    f"{layer - 1} leaves, which its file does not hold",
                    self._remedy,
                )
        ids = torch.from_numpy(token_ids.astype(np.int64)).to(self._device)
        with exact_float32():
            return {layer: self._first_layer_inputs(ids, wanted[layer]) for layer in wanted}


def slices(dims: Sequence[int]) -> tuple[slice, ...]:
    """The coordinates of each head, one head after the other."""
    ends = np.cumsum(dims).tolist()
    return tuple(slice(end - dim, end) for end, dim in zip(ends, dims, strict=True))


def shortened(
    frame: Float[torch.Tensor, "token generator"],
    length: Float[torch.Tensor, " token"],
    most: float,
) -> torch.Tensor:
    """The coordinates φ of frames whose length ‖φ·G‖ is cut to ``most``, as V1 and V3 do."""
    return frame * (most / length.clamp(min=most))[:, None]
