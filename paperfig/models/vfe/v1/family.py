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
from paperfig.models.files.tensors import Stored, check_tensors, float32
from paperfig.models.source import AttentionSource
from paperfig.models.vfe.configuration import SIZE, find_configuration, vocabulary
from paperfig.models.vfe.facts import vfe_facts
from paperfig.models.vfe.first_layer import FirstLayerSource, shortened, slices
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.models.vfe.irreps import spins
from paperfig.models.vfe.own_code import by_own_code
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
    V1Sizes,
    check_blocks,
    coordinate_order,
    head_dims,
    read_v1_sizes,
    v1_shapes,
)
from paperfig.models.vfe.v1.rotary import rotate
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts

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
    sizes, remedy = read_v1_sizes(stored), by_own_code(_NAME, stored.where)
    where, values = find_configuration(stored, spec, sizes.width)
    configuration = V1Configuration(where=where, values=values, remedy=remedy)
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
    facts = v1_facts(stored, spec, configuration, sizes, dims=dims, ignored=ignored)
    entry = _FirstLayerInputs(tensors=tensors, configuration=configuration, dims=dims)
    return FirstLayerSource(facts, entry, device=device, where=stored.where, remedy=remedy)


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)


def v1_facts(
    stored: Stored,
    spec: CheckpointSpec,
    configuration: V1Configuration,
    sizes: V1Sizes,
    *,
    dims: Sequence[int],
    ignored: tuple[str, ...] = (),
) -> ModelFacts:
    """The facts of a model whose layers have heads of these dimensions: τ is κ√d."""
    trained = [
        _trained(stored, spec, configuration, layer, sizes.width)
        for layer in range(sizes.layers)
    ]
    order, slope = float(configuration["alpha_divergence"]), configuration["alibi_slope"]
    generators = stored.tensors[GENERATORS]
    irreps = spins(generators[:, own, own] for own in slices(dims))
    layers = [
        LayerFacts(
            head_dims=tuple(dims),
            irreps=irreps,
            trained=replace(
                one.setting(len(dims)),
                tau_factor=tuple(map(math.sqrt, dims)),
                order=None if order == 1 else order,
                alibi=(float(slope),) * len(dims) if slope else None,
            ),
        )
        for one in trained
    ]
    return vfe_facts(
        stored,
        spec,
        configuration,
        trained[0],
        family=_NAME,
        layers=layers,
        vocab=sizes.vocab,
        context=sizes.context,
        ignored=ignored,
    )


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
        kappa = within_learned(learned.double().exp(), initial)
        configuration = replace(configuration, learned=tuple(kappa.tolist()))
    return Trained(configuration, spec.trained, where=stored.where, width=width)


def within_learned(
    kappa: Float[torch.Tensor, " head"], initial: Float[torch.Tensor, " head"] | float
) -> Float[torch.Tensor, " head"]:
    """Learned κ, held within half and one and a half of their initial values."""
    return kappa.clamp(*(torch.as_tensor(initial * factor) for factor in _LEARNED))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _FirstLayerInputs:
    """What the first layer's heads are made from.

    Attributes:
        tensors: the tables, in float32 on one device.
        configuration: the model's.
        dims: the dimension of each head.
    """

    tensors: Mapping[str, torch.Tensor]
    configuration: V1Configuration
    dims: Sequence[int]

    def __call__(
        self, ids: Int64[torch.Tensor, " token"], heads: Sequence[int]
    ) -> GaussianInputs:
        """The inputs of some heads."""
        return v1_inputs(
            self.configuration,
            _beliefs(self.tensors, self.configuration, ids, self.dims),
            self.tensors[GENERATORS],
            self.dims,
            heads=heads,
        )


def v1_inputs(
    configuration: V1Configuration,
    beliefs: EntryBeliefs,
    generators: Float[torch.Tensor, "generator k k"],
    dims: Sequence[int],
    *,
    heads: Sequence[int],
    own: Float[torch.Tensor, "head query key"] | None = None,
) -> GaussianInputs:
    """What the attention of some heads is made from, of the beliefs that enter an E-step.

    Args:
        configuration: the model's.
        beliefs: of all heads together, after the block's norm.
        generators: likewise.
        dims: the dimension of each head.
        heads: their numbers.
        own: the weights that the model itself made of the beliefs, where it was run.
    """
    places = slices(dims)
    chosen = [
        beliefs.of_head(places[head], generators[:, places[head], places[head]])
        for head in heads
    ]
    if configuration["use_rope"]:
        chosen = [_rotated(head, float(configuration["rope_base"])) for head in chosen]
    return GaussianInputs(
        heads=tuple(map(_shortened, chosen)),
        covariance_form="diagonal",
        order=float(configuration["alpha_divergence"]),
        caps=tuple(max(100.0, 5.0 * dims[head]) for head in heads),
        own=own,
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
