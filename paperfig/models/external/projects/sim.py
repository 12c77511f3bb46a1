"""VFE-Sim's own model: every layer, of the beliefs that enter its attention.

cdenn016/VFE-Sim-GPU-Refactor at 9eb5dec, whose ``forward_with_attention`` returns the last
layer only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch

from paperfig.errors import CheckpointError
from paperfig.models.external.blocks import attention_blocks, recording_beliefs
from paperfig.models.external.projects.source import Ids, ProjectModel
from paperfig.models.files.tensors import Stored
from paperfig.models.inputs import LayerInputs
from paperfig.models.vfe.configuration import find_configuration
from paperfig.models.vfe.sim.configuration import VfeConfiguration
from paperfig.models.vfe.sim.family import learned_tables, sim_facts
from paperfig.models.vfe.sim.layout import read_sizes
from paperfig.models.vfe.trained import Trained
from paperfig.specs.schema import CheckpointSpec

_NEEDED = ("embed_dim", "n_layers", "irrep_spec", "hidden_dim", "max_seq_len")
"""What the model's class cannot do without, besides what tensors and the spec tell."""


def open_model(
    model_class: Callable[..., Any],
    stored: Stored,
    spec: CheckpointSpec,
    device: torch.device,
) -> ProjectModel:
    """The model of a file, and every layer of it.

    It is built with the κ that figures state, since the trainer writes a placeholder into the
    configuration that lies beside the file, and with the mask where that is silent.

    Raises:
        CheckpointError: nothing says how the model is to be built.
    """
    sizes = read_sizes(stored)
    where, values = find_configuration(stored, spec, sizes.width)
    missing = [key for key in _NEEDED if key not in values]
    if missing:
        raise CheckpointError(
            where,
            f"lacks {', '.join(f'`{key}`' for key in missing)}, without which its model cannot "
            "be built",
            "name the file that holds it under `config`",
        )
    has_numba = device.type == "cpu" and _has_numba()
    configuration = VfeConfiguration(
        where=where, values=values, is_run=True, has_numba=has_numba
    )
    trained = Trained(configuration, spec.trained, where=stored.where, width=sizes.width)
    facts = sim_facts(stored, spec, configuration, trained, sizes)
    setting = facts.layers[0].trained
    assert setting.kappa is not None, "without κ the file is refused"
    module = model_class(
        {
            "mask_self_attention": setting.mask.self_attention != "keep",  # where it says none
            **values,
            "vocab_size": sizes.vocab,
            "kappa_beta": setting.kappa[0],
        }
    )
    return ProjectModel(
        module=module,
        facts=facts,
        layers=_AskedSim(module, configuration),
        learned=learned_tables(stored.tensors),
    )


def _has_numba() -> bool:
    """Whether VFE-Sim's own modules have found numba, which they use on a CPU only."""
    attention = import_module("transformer.attention")
    return bool(attention.NUMBA_AVAILABLE and attention.TRANSPORT_AVAILABLE)


@dataclass(frozen=True, slots=True, eq=False)
class _AskedSim:
    """A model of VFE-Sim's, asked for the attention of each of its layers.

    Attributes:
        module: the model.
        configuration: what its file says.
    """

    module: Any
    configuration: VfeConfiguration

    def __call__(self, ids: Ids) -> Sequence[LayerInputs]:
        """What the attention of each layer is made from."""
        blocks = attention_blocks(self.module)
        with recording_beliefs(blocks, blocks) as calls:
            self.module.forward_with_attention(ids)
        return [
            calls[layer].inputs(self.configuration, range(len(calls[layer].generators)))
            for layer in sorted(calls)
        ]
