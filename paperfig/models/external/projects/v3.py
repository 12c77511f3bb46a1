"""V3's own model: every layer, at the beliefs that enter it and at those it converges to.

cdenn016/V3_Transformer at 5c93a41. ``VFEModel.attention_maps`` scores the beliefs of each
layer by two methods of the model: ``_diagnostic_transport`` is given the beliefs, and
``_coupling_energy`` returns their divergences.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import torch
from jaxtyping import Float

from paperfig.errors import AttentionError
from paperfig.models.external.intercepted import intercepted
from paperfig.models.external.projects.source import Ids, ProjectModel, with_own_weights
from paperfig.models.external.reported import ReportedInputs
from paperfig.models.files.tensors import Stored
from paperfig.models.inputs import LayerInputs
from paperfig.models.score_points import POINTS, ScorePoints
from paperfig.models.vfe.first_layer import slices
from paperfig.models.vfe.irreps import spins
from paperfig.models.vfe.trained import Trained
from paperfig.models.vfe.v3.beliefs import head_beliefs
from paperfig.models.vfe.v3.configuration import V3Configuration
from paperfig.models.vfe.v3.family import (
    read_v3_configuration,
    v3_facts,
    v3_inputs,
    v3_sizes,
)
from paperfig.models.vfe.v3.priors import T5_BIAS, log_prior
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import ModelFacts

Weights = Float[torch.Tensor, "head query key"]


def open_model(
    model_class: Callable[..., Any],
    stored: Stored,
    spec: CheckpointSpec,
    device: torch.device,  # noqa: ARG001 - it computes the same on any
) -> ProjectModel:
    """The model of a file, and every layer of it at both score points."""
    _, width = v3_sizes(stored)
    configuration = read_v3_configuration(stored, spec, width, is_run=True)
    settings = import_module("vfe3.config").VFE3Config(**configuration.values)
    module = model_class(settings)
    group = module.group
    dims = tuple(group.irrep_dims)
    facts = v3_facts(
        stored,
        spec,
        configuration,
        Trained(configuration, spec.trained, where=stored.where, width=width),
        dims=dims,
        context=configuration["max_seq_len"],
        irreps=spins(group.generators[:, own, own] for own in slices(dims)),
    )
    asked = _AskedV3(module, configuration, stored.tensors.get(T5_BIAS))
    if not configuration.is_computed:
        facts = _without_beliefs(facts, configuration)
    return ProjectModel(module=module, facts=facts, layers=asked)


def _without_beliefs(facts: ModelFacts, configuration: V3Configuration) -> ModelFacts:
    """The facts of a model whose own weights are shown.

    Where each query has a τ of its own, no κ is stated.
    """
    facts = with_own_weights(facts)
    trained = facts.layers[0].trained
    if configuration["renyi_order"] != 1:
        trained = replace(trained, order=float(configuration["renyi_order"]))
    if configuration["query_adaptive_tau"]:
        trained = replace(trained, kappa=None, tau_factor=None)
    layers = [replace(layer, trained=trained) for layer in facts.layers]
    return replace(facts, layers=tuple(layers))


@dataclass(frozen=True, slots=True, eq=False)
class _AskedV3:
    """A model of V3's, asked for the attention of each of its layers.

    Attributes:
        module: the model.
        configuration: what its file says.
        learned_bias: T5's, where there is one.
    """

    module: Any
    configuration: V3Configuration
    learned_bias: torch.Tensor | None

    def __call__(self, ids: Ids) -> Sequence[ScorePoints]:
        """What the attention of each layer is made from, at both points."""
        points = [self._layers(ids, point) for point in POINTS]
        return [
            ScorePoints(points=dict(zip(POINTS, layer, strict=True)))
            for layer in zip(*points, strict=True)
        ]

    def _layers(self, ids: Ids, point: str) -> list[LayerInputs]:
        """Each layer at one of the points."""
        with (
            intercepted(self.module, "_diagnostic_transport", _belief) as beliefs,
            intercepted(self.module, "_coupling_energy", _divergences) as divergences,
        ):
            maps = self.module.attention_maps(ids, score_at=point)
        if not len(maps) == len(beliefs) <= len(divergences):
            raise AttentionError(
                "attention_maps",
                f"it scores {len(beliefs)} beliefs for {len(maps)} layers",
                "docs/models.md names the commits of the VFE projects that are known",
            )
        made = self._made if self.configuration.is_computed else self._reported
        last = divergences[-len(maps) :]
        return [
            made(weights.float(), belief, divergence)
            for weights, belief, divergence in zip(maps, beliefs, last, strict=True)
        ]

    def _made(self, own: Weights, belief: Any, _: Weights) -> LayerInputs:
        """Weights are made here of the beliefs."""
        heads = range(len(own))
        beliefs = head_beliefs(
            belief.mu,
            belief.sigma,
            belief.phi,
            belief.right_phi,
            n_head=len(heads),
            heads=heads,
        )
        return v3_inputs(
            self.configuration,
            beliefs,
            heads=heads,
            learned_bias=self.learned_bias,
            own=own,
        )

    def _reported(self, own: Weights, _: Any, divergence: Weights) -> LayerInputs:
        """The model's own weights, and its own divergences where they are KL or Rényi's."""
        is_known = self.configuration["divergence_family"] in {"renyi", "kl"}
        bias = log_prior(
            self.configuration, own.shape[1], heads=range(len(own)), learned=self.learned_bias
        )
        return ReportedInputs(
            weights=own.cpu().numpy(),
            divergence=divergence.cpu().numpy() if is_known else None,
            bias=bias,
        )


def _belief(arguments: Mapping[str, Any], _: Any) -> Any:
    return arguments["belief"]


def _divergences(_: Mapping[str, Any], energy: torch.Tensor) -> Weights:
    """Of all heads; one head has no axis of its own."""
    length = energy.shape[-1]
    return energy.reshape(-1, length, length).float()
