"""VFE-Sim: attention by KL divergence between Gaussian beliefs in gauge frames.

cdenn016/VFE-Sim-GPU-Refactor at 9eb5dec. A head is one irreducible representation of
SO(3) or SO(N) and sees its slice of the belief; there are no queries and keys. The first
layer's beliefs are in the tables; those of a later one are left by the variational steps
below it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import torch
from jaxtyping import Int64

from paperfig.models.family import Family
from paperfig.models.files.tensors import Stored, check_tensors, float32
from paperfig.models.source import AttentionSource
from paperfig.models.vfe.configuration import find_configuration
from paperfig.models.vfe.facts import vfe_facts
from paperfig.models.vfe.first_layer import FirstLayerSource, slices
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.models.vfe.irreps import spins
from paperfig.models.vfe.own_code import by_own_code
from paperfig.models.vfe.sim.beliefs import (
    BASE_MEAN,
    FRAMES,
    MEAN_POSITIONS,
    MEANS,
    entry_beliefs,
)
from paperfig.models.vfe.sim.configuration import VfeConfiguration
from paperfig.models.vfe.sim.layout import (
    IGNORED,
    SimSizes,
    expected_shapes,
    head_name,
    read_sizes,
    told_sizes,
)
from paperfig.models.vfe.trained import Trained
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts, Setting

_NAME = "vfe-sim"


def _recognises(stored: Stored) -> bool:
    named = MEANS in stored.tensors or BASE_MEAN in stored.tensors
    heads = re.compile(r"transformer\.blocks\.\d+\.attention\.head_generators\..*")
    return named and any(heads.fullmatch(name) for name in stored.tensors)


def _open(stored: Stored, spec: CheckpointSpec, device: torch.device) -> AttentionSource:
    sizes, remedy = read_sizes(stored), by_own_code(_NAME, stored.where)
    where, values = find_configuration(stored, spec, sizes.width)
    configuration = VfeConfiguration(where=where, values=values, remedy=remedy)
    shapes = expected_shapes(stored, sizes, configuration)
    check_tensors(stored, shapes, ignored=IGNORED)
    told = told_sizes(stored, sizes, configuration)
    ignored = configuration.check_keys(told, spec.ignore or ())
    trained = Trained(configuration, spec.trained, where=stored.where, width=sizes.width)
    facts = sim_facts(stored, spec, configuration, trained, sizes, ignored=ignored)
    tensors = {name: float32(stored.tensors[name], device) for name in shapes}
    entry = partial(_first_layer_inputs, tensors, configuration, sizes.head_dims[0])
    return FirstLayerSource(
        facts,
        entry,
        device=device,
        where=stored.where,
        remedy=remedy,
        learned=learned_tables(tensors),
    )


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)


def _setting(trained: Trained, configuration: VfeConfiguration, n_head: int) -> Setting:
    """What a layer was trained with, ALiBi too: one slope for all heads."""
    slope = configuration.alibi_slope
    return replace(trained.setting(n_head), alibi=(slope,) * n_head if slope else None)


def sim_facts(
    stored: Stored,
    spec: CheckpointSpec,
    configuration: VfeConfiguration,
    trained: Trained,
    sizes: SimSizes,
    *,
    ignored: tuple[str, ...] = (),
) -> ModelFacts:
    """The facts of a model of these sizes."""
    layers = [
        LayerFacts(
            head_dims=dims,
            trained=_setting(trained, configuration, len(dims)),
            irreps=spins(stored.tensors[head_name(layer, head)] for head, _ in enumerate(dims)),
        )
        for layer, dims in enumerate(sizes.head_dims)
    ]
    return vfe_facts(
        stored,
        spec,
        configuration,
        trained,
        family=_NAME,
        layers=layers,
        usual_transport="taylor4",
        vocab=sizes.vocab,
        context=sizes.context,
        ignored=ignored,
    )


def learned_tables(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tables of which it is known how they began, by the names that messages have."""
    named = (("μ", MEANS), ("φ", FRAMES), ("positions", MEAN_POSITIONS))
    return {short: tensors[name] for short, name in named if name in tensors}


def _first_layer_inputs(
    tensors: Mapping[str, torch.Tensor],
    configuration: VfeConfiguration,
    dims: Sequence[int],
    ids: Int64[torch.Tensor, " token"],
    heads: Sequence[int],
) -> GaussianInputs:
    """What the first layer's heads are made from."""
    entry, own = entry_beliefs(tensors, configuration, ids), slices(dims)
    return GaussianInputs(
        heads=tuple(entry.of_head(own[head], tensors[head_name(0, head)]) for head in heads),
        covariance_form=configuration.covariance_form,
        alibi_slope=configuration.alibi_slope,
    )
