"""V1's own model: the weights of the last E-step of each layer.

cdenn016/V1_Transformer at 410e491. Each step of ``transformer.blocks.N.ffn`` is one call of its
``_vfe_iteration``, which is given the beliefs as they stand, after the block's norm.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch

from paperfig.models.external.intercepted import intercepted
from paperfig.models.external.projects.source import Ids, ProjectModel, with_own_weights
from paperfig.models.external.reported import ReportedInputs
from paperfig.models.files.tensors import Stored
from paperfig.models.inputs import LayerInputs
from paperfig.models.vfe.configuration import find_configuration
from paperfig.models.vfe.sim.beliefs import EntryBeliefs
from paperfig.models.vfe.v1.configuration import V1Configuration
from paperfig.models.vfe.v1.family import v1_facts, v1_inputs
from paperfig.models.vfe.v1.layout import read_v1_sizes
from paperfig.specs.schema import CheckpointSpec


def open_model(
    model_class: Callable[..., Any],
    stored: Stored,
    spec: CheckpointSpec,
    device: torch.device,  # noqa: ARG001 - it computes the same on any
) -> ProjectModel:
    """The model of a file, and every layer of it."""
    sizes = read_v1_sizes(stored)
    where, values = find_configuration(stored, spec, sizes.width)
    configuration = V1Configuration(where=where, values=values, is_run=True)
    module = model_class({**values, "vocab_size": sizes.vocab})
    dims = tuple(module.transformer.blocks[0].ffn.irrep_dims)
    facts = v1_facts(stored, spec, configuration, sizes, dims=dims)
    if not configuration.is_computed:
        facts = with_own_weights(facts)
    return ProjectModel(
        module=module, facts=facts, layers=_AskedV1(module, configuration, dims)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _AskedV1:
    """A model of V1's, asked for the attention of each of its layers.

    Attributes:
        module: the model.
        configuration: what its file says.
        dims: the dimension of each head.
    """

    module: Any
    configuration: V1Configuration
    dims: tuple[int, ...]

    def __call__(self, ids: Ids) -> Sequence[LayerInputs]:
        """What the attention of each layer is made from: the beliefs of its last step."""
        steps = [block.ffn for block in self.module.transformer.blocks]
        with ExitStack() as stack:
            calls = [
                stack.enter_context(intercepted(step, "_vfe_iteration", _beliefs))
                for step in steps
            ]
            _, found = self.module.forward_with_attention(ids)
        own = found["beta"][:, 0].float()
        if not self.configuration.is_computed:
            return [ReportedInputs(weights=weights.cpu().numpy()) for weights in own]
        return [
            v1_inputs(
                self.configuration,
                beliefs[-1],
                step.generators,
                self.dims,
                heads=range(len(self.dims)),
                own=weights,
            )
            for step, beliefs, weights in zip(steps, calls, own, strict=True)
        ]


def _beliefs(arguments: Mapping[str, Any], _: Any) -> EntryBeliefs:
    mean, covariance, frame = (
        arguments[f"{name}_current"][0].detach().float() for name in ("mu", "sigma", "phi")
    )
    return EntryBeliefs(mean=mean, covariance=covariance, frame=frame)
