"""V1: the weights of the first layer's E-step, by divergences of diagonal Gaussians.

cdenn016/V1_Transformer at 410e491, as far as its own dumps were matched: SO(3) and GL(K),
in one head, in several, and in coupled ones. A head is one irrep's copy and sees its slice
of the belief. What else a configuration may ask for is refused by name.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int64

from paperfig.divergences.beliefs import Beliefs
from paperfig.models.family import Family
from paperfig.models.files.tensors import Stored, check_tensors, float32, stored_dtype
from paperfig.models.source import AttentionSource
from paperfig.models.vfe.configuration import SIZE, find_configuration, vocabulary
from paperfig.models.vfe.first_layer import FirstLayerSource, shortened, slices
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.models.vfe.sim.beliefs import (
    BASE_FRAME,
    FRAMES,
    LOG_VARIANCES,
    MEAN_POSITIONS,
    MEANS,
    EntryBeliefs,
    limited,
    normed,
    variances,
)
from paperfig.models.vfe.trained import Trained
from paperfig.models.vfe.v1.configuration import V1Configuration
from paperfig.models.vfe.v1.layout import (
    GENERATORS,
    IGNORED,
    INITIAL_KAPPA,
    LEARNED_KAPPA,
    check_blocks,
    coordinate_order,
    head_dims,
    read_v1_sizes,
    v1_shapes,
)
from paperfig.models.vfe.v1.rotary import rotate
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts, Setting

_NAME = "vfe-v1"
_LEAST_VARIANCE = 0.01
_LONGEST_FRAME = 10.0
"""V1 shortens ‖φ·G‖ of a head to this (``stable_matrix_exp_pair``)."""

_LEARNED = (0.5, 1.5)
"""How far a learned κ may be from its initial value."""


def _recognises(stored: Stored) -> bool:
    learned = any(re.search(r"\bffn\.(.*\.)?raw_", name) for name in stored.tensors)
    return MEANS in stored.tensors and learned


def _open(stored: Stored, spec: CheckpointSpec, device: torch.device) -> AttentionSource:
    sizes = read_v1_sizes(stored)
    where, values = find_configuration(stored, spec, sizes.width)
    configuration = V1Configuration(where=where, values=values)
    shapes = v1_shapes(stored, sizes, configuration)
    check_tensors(stored, shapes, ignored=IGNORED)
    told = {
        SIZE: (sizes.width,),
        "vocab_size": vocabulary(configuration, sizes.vocab),
        "n_layers": (sizes.layers,),
        "max_seq_len": (sizes.context or values.get("max_seq_len"),),
        "learnable_head_kappa": (LEARNED_KAPPA.format(0) in stored.tensors,),
    }
    ignored = configuration.check_keys(told, spec.ignore or ())
    dims = head_dims(configuration, sizes.width)
    tensors = {name: float32(stored.tensors[name], device) for name in shapes}
    check_blocks(tensors[GENERATORS], dims, stored.where)
    trained = [
        _trained(stored, spec, configuration, layer, sizes.width)
        for layer in range(sizes.layers)
    ]
    step = stored.extra.get("step")
    facts = ModelFacts(
        name=spec.name or stored.path.stem,
        family=_NAME,
        architecture="gauge transformer",
        layers=tuple(
            LayerFacts(
                head_dims=dims, trained=_setting(one, dims, configuration["alpha_divergence"])
            )
            for one in trained
        ),
        vocab_size=sizes.vocab,
        context=sizes.context,
        dtype=stored_dtype(stored.tensors),
        step=step if type(step) is int and step >= 0 else None,
        defaults=trained[0].defaults,
        declared=trained[0].declared,
        ignored=ignored,
        trained_on_clean=True,
        notes=(*stored.notes, f"configuration: {configuration.file}"),
    )
    entry = _FirstLayerInputs(
        tensors=tensors, configuration=configuration, dims=dims, where=stored.where
    )
    return FirstLayerSource(facts, entry, device=device, where=stored.where)


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)


def _trained(
    stored: Stored,
    spec: CheckpointSpec,
    configuration: V1Configuration,
    layer: int,
    width: int,
) -> Trained:
    """How a layer was trained; its κ where they are learned."""
    learned = stored.tensors.get(LEARNED_KAPPA.format(layer))
    if learned is not None:
        start = stored.tensors.get(INITIAL_KAPPA.format(layer))
        initial = configuration["kappa_beta"] if start is None else start.double()
        least, most = (initial * factor for factor in _LEARNED)
        kappa = learned.double().exp().clamp(least, most)
        configuration = replace(configuration, learned=tuple(kappa.tolist()))
    return Trained(configuration, spec.trained, where=stored.where, width=width)


def _setting(trained: Trained, dims: Sequence[int], order: float) -> Setting:
    """Mask, transport and κ of each head, with τ = κ √d."""
    return replace(
        trained.setting(len(dims)),
        tau_factor=tuple(map(math.sqrt, dims)),
        order=None if order == 1 else float(order),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _FirstLayerInputs:
    """What the first layer's heads are made from.

    Attributes:
        tensors: the tables, in float32 on one device.
        configuration: the model's.
        dims: the dimension of each head.
        where: what messages call the checkpoint.
    """

    tensors: Mapping[str, torch.Tensor]
    configuration: V1Configuration
    dims: Sequence[int]
    where: str

    def __call__(
        self, ids: Int64[torch.Tensor, " token"], heads: Sequence[int]
    ) -> GaussianInputs:
        """The inputs of some heads."""
        beliefs = _beliefs(self.tensors, self.configuration, ids, self.dims)
        basis, own = self.tensors[GENERATORS], slices(self.dims)
        chosen = [beliefs.of_head(own[head], basis[:, own[head], own[head]]) for head in heads]
        if self.configuration["use_rope"]:
            chosen = [_rotated(head, float(self.configuration["rope_base"])) for head in chosen]
        return GaussianInputs(
            heads=tuple(map(_shortened, chosen)),
            covariance_form="diagonal",
            order=float(self.configuration["alpha_divergence"]),
            caps=tuple(max(100.0, 5.0 * self.dims[head]) for head in heads),
        )


def _shortened(beliefs: Beliefs) -> Beliefs:
    """V1 cuts a long frame before it takes the exponential."""
    algebra = torch.tensordot(beliefs.frame, beliefs.generators, dims=1)
    length = torch.linalg.matrix_norm(algebra)
    return replace(beliefs, frame=shortened(beliefs.frame, length, _LONGEST_FRAME))


def _rotated(beliefs: Beliefs, base: float) -> Beliefs:
    """Rotary positions turn a head's means only."""
    return replace(beliefs, mean=rotate(beliefs.mean, base=base))


def _beliefs(
    tensors: Mapping[str, torch.Tensor],
    configuration: V1Configuration,
    ids: Int64[torch.Tensor, " token"],
    dims: Sequence[int],
) -> EntryBeliefs:
    """What the tables say of each token at its place."""
    length = len(ids)
    mean = tensors[MEANS][ids]
    if MEAN_POSITIONS in tensors:
        mean = mean + tensors[MEAN_POSITIONS][:length]
    order = coordinate_order(configuration, mean.shape[1]).to(ids.device)
    covariance = variances(
        tensors[LOG_VARIANCES], ids, _LEAST_VARIANCE, float(configuration["sigma_max"])
    )
    frame = (
        tensors[FRAMES][ids] if FRAMES in tensors else tensors[BASE_FRAME].expand(length, -1)
    )
    return EntryBeliefs(
        mean=normed(limited(mean, configuration)[:, order], tensors),
        covariance=covariance[:, order],
        frame=_with_traces(frame, tensors[GENERATORS], configuration, dims),
    )


def _with_traces(
    frame: Float[torch.Tensor, "token generator"],
    generators: Float[torch.Tensor, "generator k k"],
    configuration: V1Configuration,
    dims: Sequence[int],
) -> torch.Tensor:
    """Frames whose trace tr(φ·G) in each head is held within a bound, or at 0.

    A coordinate counts for as much of a trace as its generator has: of skew generators, none.
    """
    most = configuration.greatest_trace
    if most is None:
        return frame
    diagonal = generators.diagonal(dim1=1, dim2=2)
    traces = torch.stack([diagonal[:, own].sum(1) for own in slices(dims)])
    trace = frame @ traces.mT
    beyond = (trace - trace.clamp(-most, most)) / traces.square().sum(1).clamp(min=1e-12)
    return frame - beyond @ traces
