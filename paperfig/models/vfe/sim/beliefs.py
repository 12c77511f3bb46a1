"""The beliefs that enter a VFE-Sim model's first layer, out of its tables.

Tensor names and arithmetic: ``transformer/embeddings.py``, ``model.py`` and
``transformer_block.py`` of VFE-Sim.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

from paperfig.divergences.beliefs import Beliefs
from paperfig.divergences.divergence import CovarianceForm
from paperfig.models.vfe.configuration import Configuration
from paperfig.models.vfe.frames import compose

MEANS = "token_embed.mu_embed.weight"
BASE_MEAN = "token_embed.base_mu"
LOG_VARIANCES = "token_embed.log_sigma_diag"
BASE_LOG_VARIANCE = "token_embed.base_log_sigma_diag"
FRAMES = "token_embed.phi_embed.weight"
BASE_FRAME = "token_embed.phi_base"
WHOLE_GENERATORS = "token_embed.generators"
MEAN_POSITIONS = "token_embed.pos_embed.weight"
FRAME_POSITIONS = "pos_encoding.pos_phi"
FRAME_GENERATORS = "pos_encoding.generators"
NORM = "transformer.blocks.0.norm1."

_VARIANCE_RANGE = (0.01, 5.0)
_NORM_EPS = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EntryBeliefs:
    """Beliefs of all heads together, K coordinates a token.

    Attributes:
        mean: μ.
        covariance: Σ or its diagonal σ².
        frame: φ.
    """

    mean: Float[Tensor, "token k"]
    covariance: Float[Tensor, "token k k"] | Float[Tensor, "token k"]
    frame: Float[Tensor, "token generator"]

    def kept(self, form: CovarianceForm) -> "EntryBeliefs":
        """What attention keeps of a covariance, whatever enters it: all, or its diagonal."""
        is_full, covariance = self.covariance.shape != self.mean.shape, self.covariance
        if is_full and form != "full":
            covariance = covariance.diagonal(dim1=1, dim2=2)
        elif form == "full" and not is_full:
            covariance = torch.diag_embed(covariance)
        return replace(self, covariance=covariance)

    def of_head(self, own: slice, generators: Float[Tensor, "generator d d"]) -> Beliefs:
        """The beliefs that a head sees: its own slice of the coordinates."""
        full = self.covariance.shape != self.mean.shape
        return Beliefs(
            mean=self.mean[:, own],
            covariance=self.covariance[:, own, own] if full else self.covariance[:, own],
            frame=self.frame,
            generators=generators,
        )


def entry_beliefs(
    tensors: Mapping[str, Tensor], configuration: Configuration, ids: Int64[Tensor, " token"]
) -> EntryBeliefs:
    """What the tables say of each token at its place.

    Args:
        tensors: the checkpoint's, in float32 on one device.
        configuration: the model's.
        ids: on the same device.
    """
    length = len(ids)
    frame = (
        tensors[FRAMES][ids] if FRAMES in tensors else tensors[BASE_FRAME].expand(length, -1)
    )
    if BASE_MEAN in tensors:
        mean, covariance = _rotated(tensors, frame)
    else:
        mean, covariance = (
            tensors[MEANS][ids],
            variances(tensors[LOG_VARIANCES], ids, *_VARIANCE_RANGE),
        )
    if MEAN_POSITIONS in tensors:
        mean = mean + tensors[MEAN_POSITIONS][:length]
    mean = normed(limited(mean, configuration), tensors)
    positions = tensors[FRAME_POSITIONS]
    if _has_positions(positions, configuration):
        frame = compose(frame, positions[:length]).float()
    beliefs = EntryBeliefs(mean=mean, covariance=covariance, frame=frame)
    return beliefs.kept(configuration.covariance_form)


def _has_positions(positions: Tensor, configuration: Configuration) -> bool:
    """Whether frames have positions: as the mode says, else wherever they are not all 0."""
    mode = configuration["pos_encoding_mode"]
    return bool(positions.any()) if mode is None else bool(mode != "none")


def _rotated(
    tensors: Mapping[str, Tensor], frame: Float[Tensor, "token generator"]
) -> tuple[Float[Tensor, "token k"], Float[Tensor, "token k k"]]:
    """Gauge-fixed priors: one belief, turned by exp(φ · G) of each token."""
    algebra = torch.tensordot(frame, tensors[WHOLE_GENERATORS], dims=1)
    turn = torch.linalg.matrix_exp(algebra)
    variance = tensors[BASE_LOG_VARIANCE].exp().clamp(*_VARIANCE_RANGE)
    return turn @ tensors[BASE_MEAN], (turn * variance) @ turn.mT


def variances(
    table: Tensor, ids: Int64[Tensor, " token"], least: float, most: float
) -> Float[Tensor, "token k"]:
    """Each token's variances: of its row, or of the one row that all share."""
    rows = table[ids] if table.ndim > 1 else table.expand(len(ids), -1)
    clamped: Tensor = rows.exp().clamp(least, most)
    return clamped


def limited(
    mean: Float[Tensor, "token k"], configuration: Configuration
) -> Float[Tensor, "token k"]:
    """The means on the unit sphere, or within a radius, where the model keeps them so."""
    if configuration["mu_normalize"]:
        return functional.normalize(mean, dim=-1)
    most = configuration["mu_max_norm"]
    if most is None:
        return mean
    length = torch.linalg.vector_norm(mean, dim=-1, keepdim=True).clamp(min=1e-8)
    limited: Tensor = mean * (float(most) / length).clamp(max=1)
    return limited


def normed(
    mean: Float[Tensor, "token k"], tensors: Mapping[str, Tensor]
) -> Float[Tensor, "token k"]:
    """The means after the norm that a block has with ``use_layernorm``."""
    if NORM + "weight" not in tensors:
        return mean
    weight, bias = tensors[NORM + "weight"], tensors[NORM + "bias"]
    return functional.layer_norm(mean, mean.shape[-1:], weight, bias, _NORM_EPS)
