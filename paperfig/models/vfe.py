"""VFE-Sim: attention by KL divergence between Gaussian beliefs in gauge frames.

cdenn016/VFE-Sim-GPU-Refactor at 9eb5dec. A head is one irreducible representation of
SO(3) or SO(N) and sees its slice of the belief; there are no queries and keys. The first
layer's beliefs are in the tables; those of a later one are left by the variational steps
below it.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Int64

from paperfig.errors import CheckpointError
from paperfig.models.device import exact_float32
from paperfig.models.family import Family
from paperfig.models.source import AttentionSource, GaussianInputs
from paperfig.models.tensors import Stored, check_tensors, float32, stored_dtype
from paperfig.models.vfe_beliefs import BASE_MEAN, MEANS, entry_beliefs
from paperfig.models.vfe_config import Configuration, find_configuration
from paperfig.models.vfe_layout import IGNORED, expected_shapes, head_name, read_sizes
from paperfig.models.vfe_trained import Trained
from paperfig.spec.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts

_NAME = "vfe-sim"


def _recognises(stored: Stored) -> bool:
    named = MEANS in stored.tensors or BASE_MEAN in stored.tensors
    heads = re.compile(r"transformer\.blocks\.\d+\.attention\.head_generators\..*")
    return named and any(heads.fullmatch(name) for name in stored.tensors)


def _open(stored: Stored, spec: CheckpointSpec, device: torch.device) -> AttentionSource:
    sizes = read_sizes(stored)
    configuration = find_configuration(stored, spec, sizes.width)
    shapes = expected_shapes(stored, sizes, configuration)
    check_tensors(stored, shapes, ignored=IGNORED)
    trained = Trained(configuration, spec.trained, where=stored.where, width=sizes.width)
    layers = tuple(
        LayerFacts(head_dims=dims, trained=trained.setting(len(dims)))
        for dims in sizes.head_dims
    )
    notes = () if configuration.file is None else (f"configuration: {configuration.file}",)
    step = stored.extra.get("step")
    facts = ModelFacts(
        name=spec.name or stored.path.stem,
        family=_NAME,
        layers=layers,
        vocab_size=sizes.vocab,
        context=sizes.context,
        dtype=stored_dtype(stored.tensors),
        step=step if type(step) is int and step >= 0 else None,
        defaults=trained.defaults,
        declared=trained.declared,
        notes=stored.notes + notes,
    )
    tensors = {name: float32(stored.tensors[name], device) for name in shapes}
    return VfeSource(facts, tensors, configuration, where=stored.where)


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)


class VfeSource:
    """A VFE-Sim checkpoint's first layer.

    Args:
        facts: what the checkpoint says of itself.
        tensors: what the first layer is made from, in float32 on one device.
        configuration: the model's.
        where: what messages call the checkpoint.
    """

    def __init__(
        self,
        facts: ModelFacts,
        tensors: Mapping[str, torch.Tensor],
        configuration: Configuration,
        *,
        where: str,
    ) -> None:
        self.facts = facts
        self._tensors, self._configuration, self._where = tensors, configuration, where

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, GaussianInputs]:
        """The beliefs of the heads wanted in layer 0.

        Raises:
            CheckpointError: a later layer is wanted.
        """
        for layer in wanted:
            if layer > 0:
                raise CheckpointError(
                    self._where,
                    f"layer {layer} needs the beliefs that the variational step of layer "
                    f"{layer - 1} leaves, which is not built yet",
                    "layer 0 is",
                )
        with exact_float32():
            return {layer: self._inputs(token_ids, wanted[layer]) for layer in wanted}

    def _inputs(
        self, token_ids: Int64[np.ndarray, " token"], heads: Sequence[int]
    ) -> GaussianInputs:
        device = next(iter(self._tensors.values())).device
        ids = torch.from_numpy(token_ids.astype(np.int64)).to(device)
        entry = entry_beliefs(self._tensors, self._configuration, ids)
        dims = self.facts.layers[0].head_dims
        ends = np.cumsum(dims)
        beliefs = [
            entry.of_head(
                slice(int(ends[head]) - dims[head], int(ends[head])),
                self._tensors[head_name(0, head)],
            )
            for head in heads
        ]
        return GaussianInputs(
            heads=tuple(beliefs),
            spread=self._configuration.spread,
            alibi_slope=self._configuration.alibi_slope,
        )
