"""A checkpoint of one of the VFE projects, run by the project's own code.

The project's class builds the model out of the file's configuration and weights. Beliefs are
seen as they enter each layer's attention; weights are made of them here, as of a file that is
read alone, and held against the model's own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from jaxtyping import Int64

from paperfig.models.as_found import as_found
from paperfig.models.external.code import AdapterCode
from paperfig.models.files.listing import (
    checked_path,
    code_folder,
    display_name,
    with_full_config,
)
from paperfig.models.files.tensors import Stored, read_stored
from paperfig.models.inputs import LayerInputs
from paperfig.models.tables import table_facts
from paperfig.models.vfe.own_code import OwnCode
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.internals import TableFacts
from paperfig.values.model import ModelFacts

Ids = Int64[torch.Tensor, "1 token"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProjectModel:
    """A model of a project, and how its attention is asked for.

    Attributes:
        module: the model, with the checkpoint's weights.
        facts: what the checkpoint says of it.
        layers: runs it on one sequence and says what each layer's attention is made from.
        learned: the tables of which it is known how they began, by name.
    """

    module: torch.nn.Module
    facts: ModelFacts
    layers: Callable[[Ids], Sequence[LayerInputs]]
    learned: Mapping[str, torch.Tensor] = field(default_factory=dict)


class OpensProject(Protocol):
    """A module of this room: what it knows of one project."""

    def open_model(
        self,
        model_class: Callable[..., Any],
        stored: Stored,
        spec: CheckpointSpec,
        device: torch.device,
    ) -> ProjectModel:
        """The model of a file, built by its own class; called while the code may run."""


class ProjectSource:
    """A checkpoint that its project's own code runs.

    Args:
        model: built by that code.
        code: what is run.
        device: where.
    """

    def __init__(self, model: ProjectModel, code: AdapterCode, device: torch.device) -> None:
        self.facts = model.facts
        self._model, self._code, self._device = model, code, device

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, LayerInputs]:
        """What the attention of the heads wanted is made from, in any layer.

        Raises:
            CheckpointError: the project's code fails.
            AttentionError: it is not as the family's module in this room knows it.
        """
        ids = torch.from_numpy(token_ids.astype(np.int64))[None].to(self._device)
        with self._code.running(), as_found(self._model.module):
            layers = self._model.layers(ids)
        return {layer: layers[layer].of_heads(heads) for layer, heads in wanted.items()}

    def tables(self) -> tuple[TableFacts, ...]:
        """How the rows of the learned tables differ."""
        return tuple(table_facts(name, table) for name, table in self._model.learned.items())


def with_own_weights(facts: ModelFacts) -> ModelFacts:
    """The facts of a model whose own weights are shown: there is no Ω here to be another."""
    layers = [
        replace(layer, trained=replace(layer.trained, transport=None)) for layer in facts.layers
    ]
    return replace(facts, layers=tuple(layers))


def open_by_own_code(
    own: OwnCode, spec: CheckpointSpec, *, root: Path, device: torch.device
) -> ProjectSource:
    """Builds the model of a file by its project's own class. The code is trusted.

    Raises:
        CheckpointError: the file is not there, cannot be read safely or has another sha256;
            or the code is not there, fails, or builds a model that the weights do not fit.
    """
    path, spec = checked_path(spec, root=root), with_full_config(spec, root=root)
    stored = read_stored(path, where=display_name(spec), state=spec.state)
    code = AdapterCode(own.model, code_folder(spec, root))
    opener: OpensProject = import_module(f"{__package__}.{own.opened_by}")
    model_class = code.function()
    with code.running():
        model = opener.open_model(model_class, stored, spec, device)
        model.module.load_state_dict(dict(stored.tensors))
        model.module.to(device)
    return ProjectSource(model, code, device)
