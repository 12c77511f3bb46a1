"""V3: the weights of the first layer's beliefs as they enter it (score point ``entry``).

cdenn016/V3_Transformer at 5c93a41, as far as its own dumps were matched: the group
``block_glk``, diagonal and full covariances. A head is one block of GL(d) and sees its slice
of the belief. What else a configuration may ask for is refused by name.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Int64

from paperfig.errors import CheckpointError
from paperfig.models.family import Family
from paperfig.models.files.tensors import Stored, check_tensors, float32, stored_dtype
from paperfig.models.source import AttentionSource
from paperfig.models.vfe.configuration import SIZE, find_configuration, vocabulary
from paperfig.models.vfe.first_layer import FirstLayerSource
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.models.vfe.trained import Trained
from paperfig.models.vfe.v3.beliefs import (
    FRAME_POSITIONS,
    FRAMES,
    MEANS,
    EntryTables,
    belief_shapes,
)
from paperfig.models.vfe.v3.configuration import V3Configuration
from paperfig.models.vfe.v3.priors import T5_BIAS, log_prior
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts, Setting

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
    vocab, width = _sizes(stored)
    where, values = find_configuration(stored, spec, width)
    configuration = _with_learned(V3Configuration(where=where, values=values), stored)
    heads = configuration["n_heads"]
    if width % heads:
        raise CheckpointError(
            where, f"`n_heads` is {heads}", f"a divisor of K = {width} is right"
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
    context = configuration["max_seq_len"]
    if FRAME_POSITIONS in shapes:
        context = shapes[FRAME_POSITIONS][0]
    layer = LayerFacts(head_dims=dims, trained=_setting(trained, dims))
    step = stored.extra.get("step")
    facts = ModelFacts(
        name=spec.name or stored.path.stem,
        family=_NAME,
        architecture="gauge transformer",
        layers=(layer,) * configuration["n_layers"],
        vocab_size=vocab,
        context=context,
        dtype=stored_dtype(stored.tensors),
        step=step if type(step) is int and step >= 0 else None,
        defaults=trained.defaults,
        declared=trained.declared,
        ignored=ignored,
        trained_on_clean=True,
        notes=(
            *stored.notes,
            f"configuration: {configuration.file}",
            f"attention prior: {configuration.prior}",
        ),
    )
    tensors = {name: float32(stored.tensors[name], device) for name in shapes}
    tables = EntryTables(tensors=tensors, configuration=configuration)
    entry = _FirstLayerInputs(tables)
    return FirstLayerSource(facts, entry, device=device, where=stored.where)


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)


def _sizes(stored: Stored) -> tuple[int, int]:
    """V and K, by the first table of means that is there."""
    name = next((name for name in MEANS if name in stored.tensors), MEANS[0])
    if name not in stored.tensors:
        raise CheckpointError(stored.where, f"lacks {name}", "save the whole state dict")
    shape = tuple(stored.tensors[name].shape)
    if len(shape) != 2 or not all(shape):  # noqa: PLR2004  (a row a token)
        raise CheckpointError(stored.where, f"{name} has shape {shape}", "a matrix is right")
    return shape[0], shape[1]


def _with_learned(configuration: V3Configuration, stored: Stored) -> V3Configuration:
    """With κ out of the tensors, where it is learned."""
    learned = stored.tensors.get(_LEARNED_KAPPA)
    if learned is None:
        return configuration
    return replace(configuration, learned=tuple(learned.double().exp().flatten().tolist()))


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


def _setting(trained: Trained, dims: Sequence[int]) -> Setting:
    """Mask, transport and κ of each head, with τ = κ √d, at the score point."""
    return replace(
        trained.setting(len(dims)), tau_factor=tuple(map(math.sqrt, dims)), score_at="entry"
    )


@dataclass(frozen=True, slots=True, eq=False)
class _FirstLayerInputs:
    """What the first layer's heads are made from."""

    tables: EntryTables

    def __call__(
        self, ids: Int64[torch.Tensor, " token"], heads: Sequence[int]
    ) -> GaussianInputs:
        """The inputs of some heads."""
        configuration = self.tables.configuration
        learned = self.tables.tensors.get(T5_BIAS)
        prior = log_prior(configuration, len(ids), heads=heads, learned=learned)
        return GaussianInputs(
            heads=self.tables.beliefs(ids, heads),
            covariance_form=configuration.covariance_form,
            bias=None if prior is None else prior.to(ids.device),
            ridge=0.0,
            caps=(float(configuration["kl_max"]),) * len(heads),
        )
