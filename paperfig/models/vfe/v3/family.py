"""V3: the weights of the first layer's beliefs as they enter it (score point ``entry``).

cdenn016/V3_Transformer at 5c93a41, as far as its own dumps were matched: the group
``block_glk``, diagonal and full covariances. A head is one block of GL(d) and sees its slice
of the belief. What else a configuration may ask for is refused by name.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int64

from paperfig.divergences.beliefs import Beliefs
from paperfig.errors import CheckpointError
from paperfig.models.family import Family
from paperfig.models.files.tensors import Stored, check_tensors, float32
from paperfig.models.score_points import ENTRY, ScorePoints
from paperfig.models.source import AttentionSource
from paperfig.models.vfe.configuration import SIZE, find_configuration, vocabulary
from paperfig.models.vfe.facts import vfe_facts
from paperfig.models.vfe.first_layer import FirstLayerSource
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.models.vfe.own_code import by_own_code
from paperfig.models.vfe.trained import Trained
from paperfig.models.vfe.v3.beliefs import (
    FRAME_POSITIONS,
    FRAMES,
    MEANS,
    EntryTables,
    belief_shapes,
)
from paperfig.models.vfe.v3.configuration import V3Configuration
from paperfig.models.vfe.v3.priors import T5_BIAS, log_prior, prior_bias, prior_slopes
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts

_NAME = "vfe-v3"
_LEARNED_KAPPA = "log_kappa_beta"
_IGNORED = (
    r"prior_bank\.(decode_.+|output_proj_.+|unigram_log_prior|[rs]_.+|(mu|sigma_log)_embed)"
    r"|log_kappa_gamma|(final_norm|head_mixer|block_mlps?)\..+"
)
"""Names that the first layer's attention has no use for."""


def _recognises(stored: Stored) -> bool:
    return "config_fingerprint" in stored.extra or FRAMES in stored.tensors


def _open(stored: Stored, spec: CheckpointSpec, device: torch.device) -> AttentionSource:
    vocab, width = v3_sizes(stored)
    remedy = by_own_code(_NAME, stored.where)
    configuration = read_v3_configuration(stored, spec, width, remedy=remedy)
    heads = configuration["n_heads"]
    if width % heads:
        raise CheckpointError(
            configuration.where, f"`n_heads` is {heads}", f"a divisor of K = {width} is right"
        )
    shapes = _shapes(stored, configuration, vocab, width)
    check_tensors(stored, shapes, ignored=_IGNORED)
    told = {
        SIZE: (width,),
        "vocab_size": vocabulary(configuration, vocab),
        "learnable_kappa_beta": (_LEARNED_KAPPA in stored.tensors,),
        "t5_learnable_bias": (T5_BIAS in stored.tensors,),
    }
    ignored = configuration.check_keys(told, spec.ignore or ())
    trained = Trained(configuration, spec.trained, where=stored.where, width=width)
    dims = (width // heads,) * heads
    positions = shapes.get(FRAME_POSITIONS, (configuration["max_seq_len"],))
    facts = v3_facts(
        stored, spec, configuration, trained, dims=dims, context=positions[0], ignored=ignored
    )
    tensors = {name: float32(stored.tensors[name], device) for name in shapes}
    tables = EntryTables(tensors=tensors, configuration=configuration)
    entry = _FirstLayerInputs(tables, remedy)
    return FirstLayerSource(facts, entry, device=device, where=stored.where, remedy=remedy)


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)


def read_v3_configuration(
    stored: Stored,
    spec: CheckpointSpec,
    width: int,
    *,
    remedy: str = "",
    is_run: bool = False,
) -> V3Configuration:
    """The model's configuration, with κ out of the tensors where it is learned.

    Args:
        stored: the file.
        spec: may name the configuration's file.
        width: K, the dimension of a belief.
        remedy: how to have V3's own code compute what is not computed here.
        is_run: whether that is what is done.

    Raises:
        CheckpointError: there is none, or it asks for what is not computed.
    """
    where, values = find_configuration(stored, spec, width)
    learned = stored.tensors.get(_LEARNED_KAPPA)
    return V3Configuration(
        where=where,
        values=values,
        remedy=remedy,
        is_run=is_run,
        learned=() if learned is None else tuple(learned.double().exp().flatten().tolist()),
    )


def v3_facts(
    stored: Stored,
    spec: CheckpointSpec,
    configuration: V3Configuration,
    trained: Trained,
    *,
    dims: Sequence[int],
    context: int | None,
    irreps: tuple[int, ...] | None = None,
    ignored: tuple[str, ...] = (),
) -> ModelFacts:
    """The facts of a model whose layers have heads of these dimensions: τ is κ√d."""
    setting = replace(
        trained.setting(len(dims)),
        tau_factor=tuple(map(math.sqrt, dims)),
        score_at=ENTRY,
        alibi=prior_slopes(configuration.prior, configuration["alibi_slope"], len(dims)),
        distance_bias=prior_bias(configuration.prior, is_learned=T5_BIAS in stored.tensors),
    )
    layer = LayerFacts(head_dims=tuple(dims), trained=setting, irreps=irreps)
    return vfe_facts(
        stored,
        spec,
        configuration,
        trained,
        family=_NAME,
        layers=(layer,) * configuration["n_layers"],
        vocab=v3_sizes(stored)[0],
        context=context,
        ignored=ignored,
        notes=(f"attention prior: {configuration.prior}",),
    )


def v3_sizes(stored: Stored) -> tuple[int, int]:
    """V and K, by the first table of means that is there."""
    name = next((name for name in MEANS if name in stored.tensors), MEANS[0])
    if name not in stored.tensors:
        raise CheckpointError(stored.where, f"lacks {name}", "save the whole state dict")
    shape = tuple(stored.tensors[name].shape)
    if len(shape) != 2 or not all(shape):  # noqa: PLR2004  (a row a token)
        raise CheckpointError(stored.where, f"{name} has shape {shape}", "a matrix is right")
    return shape[0], shape[1]


def _shapes(
    stored: Stored, configuration: V3Configuration, vocab: int, width: int
) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor that the first layer's attention needs."""
    positions = stored.tensors.get(FRAME_POSITIONS)
    shapes = belief_shapes(
        configuration,
        vocab=vocab,
        width=width,
        context=0 if positions is None else len(positions),
    )
    if _LEARNED_KAPPA in stored.tensors:
        shapes[_LEARNED_KAPPA] = (configuration["n_heads"],)
    if T5_BIAS in stored.tensors:
        shapes[T5_BIAS] = (configuration["t5_num_buckets"],)
    return shapes


@dataclass(frozen=True, slots=True, eq=False)
class _FirstLayerInputs:
    """What the first layer's heads are made from, at the one score point that a file has."""

    tables: EntryTables
    remedy: str

    def __call__(self, ids: Int64[torch.Tensor, " token"], heads: Sequence[int]) -> ScorePoints:
        """The inputs of some heads."""
        inputs = v3_inputs(
            self.tables.configuration,
            self.tables.beliefs(ids, heads),
            heads=heads,
            learned_bias=self.tables.tensors.get(T5_BIAS),
        )
        return ScorePoints(points={ENTRY: inputs}, remedy=self.remedy)


def v3_inputs(
    configuration: V3Configuration,
    beliefs: tuple[Beliefs, ...],
    *,
    heads: Sequence[int],
    learned_bias: torch.Tensor | None,
    own: Float[torch.Tensor, "head query key"] | None = None,
) -> GaussianInputs:
    """What the attention of some heads is made from, of what they see of any beliefs.

    Args:
        configuration: the model's.
        beliefs: one entry a head.
        heads: their numbers.
        learned_bias: T5's, where there is one.
        own: the weights that the model itself made of the beliefs, where it was run.
    """
    mean = beliefs[0].mean
    prior = log_prior(configuration, len(mean), heads=heads, learned=learned_bias)
    return GaussianInputs(
        heads=beliefs,
        covariance_form=configuration.covariance_form,
        bias=None if prior is None else prior.to(mean.device),
        ridge=0.0,
        caps=(float(configuration["kl_max"]),) * len(heads),
        own=own,
    )
