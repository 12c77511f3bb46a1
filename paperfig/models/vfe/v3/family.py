"""V3: the weights of the first layer's beliefs as they enter it (score point ``entry``).

cdenn016/V3_Transformer at 5c93a41, as far as its own dumps were matched: the group
``block_glk``, diagonal and full covariances. A head is one block of GL(d) and sees its slice
of the belief. What else a configuration may ask for is refused by name.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Int64

from paperfig.divergences.beliefs import Beliefs
from paperfig.errors import CheckpointError
from paperfig.models.family import Family
from paperfig.models.files.tensors import Stored, check_tensors, float32, stored_dtype
from paperfig.models.source import AttentionSource
from paperfig.models.vfe.configuration import SIZE, find_configuration, vocabulary
from paperfig.models.vfe.first_layer import FirstLayerSource, check_lengths, slices
from paperfig.models.vfe.frames import compose_general
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.models.vfe.trained import Trained
from paperfig.models.vfe.v3.configuration import V3Configuration
from paperfig.models.vfe.v3.priors import T5_BIAS, log_prior
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts, Setting

_NAME = "vfe-v3"
_MEANS = "prior_bank.mu_embed"
_LOG_VARIANCES = "prior_bank.sigma_log_embed"
_FRAMES = "prior_bank.phi_embed"
_FRAME_POSITIONS = "pos_phi_free"
_LEARNED_KAPPA = "log_kappa_beta"
_IGNORED = (
    r"prior_bank\.(decode_.+|output_proj_.+|[rs]_.+)|log_kappa_gamma"
    r"|(final_norm|head_mixer|block_mlp)\..+"
)
"""Names that the first layer's attention has no use for."""

_GREATEST_LOG = 80.0
"""V3 cuts a log-variance there before it takes the exponential."""

_LONGEST_FRAME = 20.0
"""V3 shortens ‖φ·G‖ of a head to this (``TRANSPORT_CLAMP_MAX_NORM``)."""


def _recognises(stored: Stored) -> bool:
    return "config_fingerprint" in stored.extra or _MEANS in stored.tensors


def _open(stored: Stored, spec: CheckpointSpec, device: torch.device) -> AttentionSource:
    vocab, width = _table(stored, _MEANS)
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
    if _FRAME_POSITIONS in shapes:
        context = shapes[_FRAME_POSITIONS][0]
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
    entry = _FirstLayerInputs(tensors=tensors, configuration=configuration, where=stored.where)
    return FirstLayerSource(facts, entry, device=device, where=stored.where)


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)


def _table(stored: Stored, name: str) -> tuple[int, int]:
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
    count = width * width // configuration["n_heads"]
    shapes: dict[str, tuple[int, ...]] = {
        _MEANS: (vocab, width),
        _LOG_VARIANCES: (vocab, width),
        _FRAMES: (vocab, count),
    }
    if configuration["pos_phi"] == "learned":
        table = stored.tensors.get(_FRAME_POSITIONS)
        shapes[_FRAME_POSITIONS] = (0 if table is None else len(table), count)
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _FirstLayerInputs:
    """What the first layer's heads are made from.

    Attributes:
        tensors: the tables, in float32 on one device.
        configuration: the model's.
        where: what messages call the checkpoint.
    """

    tensors: Mapping[str, torch.Tensor]
    configuration: V3Configuration
    where: str

    def __call__(
        self, ids: Int64[torch.Tensor, " token"], heads: Sequence[int]
    ) -> GaussianInputs:
        """The inputs of some heads."""
        chosen = [self._beliefs(ids, head) for head in heads]
        check_lengths(chosen, most=_LONGEST_FRAME, where=self.where, project="V3")
        prior = log_prior(
            self.configuration, len(ids), heads=heads, learned=self.tensors.get(T5_BIAS)
        )
        return GaussianInputs(
            heads=tuple(chosen),
            covariance_form=self.configuration.covariance_form,
            bias=None if prior is None else prior.to(ids.device),
            ridge=0.0,
            caps=(float(self.configuration["kl_max"]),) * len(heads),
        )

    def _beliefs(self, ids: Int64[torch.Tensor, " token"], head: int) -> Beliefs:
        """A head's slice of what the tables say; its basis is E_ij, row by row."""
        n_head = self.configuration["n_heads"]
        dim = self.tensors[_MEANS].shape[1] // n_head
        own, block = slices((dim,) * n_head)[head], slices((dim * dim,) * n_head)[head]
        log_variance = self.tensors[_LOG_VARIANCES][ids][:, own].clamp(max=_GREATEST_LOG)
        covariance = log_variance.exp().clamp(min=float(self.configuration["eps"]))
        frame = self.tensors[_FRAMES][ids][:, block]
        basis = torch.eye(dim * dim, device=ids.device).view(-1, dim, dim)
        if _FRAME_POSITIONS in self.tensors:
            positions = self.tensors[_FRAME_POSITIONS][: len(ids), block]
            frame = compose_general(frame, positions)
        return Beliefs(
            mean=self.tensors[_MEANS][ids][:, own],
            covariance=torch.diag_embed(covariance)
            if self.configuration.covariance_form == "full"
            else covariance,
            frame=frame,
            generators=basis,
        )
