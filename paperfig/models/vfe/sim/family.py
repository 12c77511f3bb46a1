"""VFE-Sim: attention by KL divergence between Gaussian beliefs in gauge frames.

cdenn016/VFE-Sim-GPU-Refactor at 9eb5dec. A head is one irreducible representation of
SO(3) or SO(N) and sees its slice of the belief; there are no queries and keys. The first
layer's beliefs are in the tables; those of a later one are left by the variational steps
below it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial

import torch
from jaxtyping import Int64

from paperfig.models.family import Family
from paperfig.models.files.tensors import Stored, check_tensors, float32, stored_dtype
from paperfig.models.source import AttentionSource
from paperfig.models.vfe.configuration import find_configuration
from paperfig.models.vfe.first_layer import FirstLayerSource, slices
from paperfig.models.vfe.gaussian import GaussianInputs
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
    expected_shapes,
    head_name,
    read_sizes,
    told_sizes,
)
from paperfig.models.vfe.trained import Trained
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts

_NAME = "vfe-sim"


def _recognises(stored: Stored) -> bool:
    named = MEANS in stored.tensors or BASE_MEAN in stored.tensors
    heads = re.compile(r"transformer\.blocks\.\d+\.attention\.head_generators\..*")
    return named and any(heads.fullmatch(name) for name in stored.tensors)


def _open(stored: Stored, spec: CheckpointSpec, device: torch.device) -> AttentionSource:
    sizes = read_sizes(stored)
    where, values = find_configuration(stored, spec, sizes.width)
    configuration = VfeConfiguration(where=where, values=values)
    shapes = expected_shapes(stored, sizes, configuration)
    check_tensors(stored, shapes, ignored=IGNORED)
    told = told_sizes(stored, sizes, configuration)
    ignored = configuration.check_keys(told, spec.ignore or ())
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
        architecture="gauge transformer",
        layers=layers,
        vocab_size=sizes.vocab,
        context=sizes.context,
        dtype=stored_dtype(stored.tensors),
        step=step if type(step) is int and step >= 0 else None,
        defaults=trained.defaults,
        declared=trained.declared,
        ignored=ignored,
        trained_on_clean=True,
        notes=stored.notes + notes,
    )
    tensors = {name: float32(stored.tensors[name], device) for name in shapes}
    entry = partial(_first_layer_inputs, tensors, configuration, sizes.head_dims[0])
    learned = {
        short: tensors[name]
        for short, name in (("μ", MEANS), ("φ", FRAMES), ("positions", MEAN_POSITIONS))
        if name in tensors
    }
    return FirstLayerSource(facts, entry, device=device, where=stored.where, learned=learned)


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)


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
