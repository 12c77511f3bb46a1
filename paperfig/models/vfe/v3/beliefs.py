"""V3's beliefs as they enter its first layer: what its tables say of each token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from paperfig.divergences.beliefs import Beliefs
from paperfig.models.vfe.first_layer import shortened, slices
from paperfig.models.vfe.frames import compose_general
from paperfig.models.vfe.v3.configuration import V3Configuration

MEANS = ("prior_bank.mu_embed", "prior_bank.s_mu_embed")
"""The table of the beliefs' own means, and the model channel's."""

FRAMES = "prior_bank.phi_embed"
FRAME_POSITIONS = "pos_phi_free"

_LOWER = "prior_bank.s_sigma_lower_embed"
"""The strict lower triangle of each Cholesky factor of the model channel's, row by row."""

_GREATEST_LOG = 80.0
"""V3 cuts a log-variance there before it takes the exponential."""

_LONGEST_FRAME = 20.0
"""V3 shortens ‖φ·G‖, of all heads together, to this (``TRANSPORT_CLAMP_MAX_NORM``)."""

Frame = Float[Tensor, "token generator"]


def _means(configuration: V3Configuration) -> str:
    """The name of the table that beliefs take their means from."""
    return MEANS[configuration.has_model_channel]


def _log_variances(configuration: V3Configuration) -> str:
    """The name of the table of log-variances, likewise."""
    channel = "s_" if configuration.has_model_channel else ""
    return f"prior_bank.{channel}sigma_log_embed"


def belief_shapes(
    configuration: V3Configuration, *, vocab: int, width: int, context: int
) -> dict[str, tuple[int, ...]]:
    """The shape of every table that beliefs are made from; positions have ``context`` rows."""
    count = width * width // configuration["n_heads"]
    shapes: dict[str, tuple[int, ...]] = {
        _means(configuration): (vocab, width),
        _log_variances(configuration): (vocab, width),
        FRAMES: (vocab, count),
    }
    if configuration.has_model_channel and configuration.covariance_form == "full":
        shapes[_LOWER] = (vocab, width * (width - 1) // 2)
    if configuration["pos_phi"] == "learned":
        shapes[FRAME_POSITIONS] = (context, count)
    return shapes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EntryTables:
    """The tables of a model, in float32 on one device, by their names in its file."""

    tensors: Mapping[str, Tensor]
    configuration: V3Configuration

    def beliefs(
        self, ids: Int64[Tensor, " token"], heads: Sequence[int]
    ) -> tuple[Beliefs, ...]:
        """What some heads see of each token at its place."""
        frame, right_frame = self._frames(ids)
        return head_beliefs(
            self.tensors[_means(self.configuration)][ids],
            self._covariance(ids),
            frame,
            right_frame,
            n_head=self.configuration["n_heads"],
            heads=heads,
        )

    def _covariance(
        self, ids: Int64[Tensor, " token"]
    ) -> Float[Tensor, "token k k"] | Float[Tensor, "token k"]:
        """Variances, or covariances; of the model channel by their Cholesky factors."""
        logs = self.tensors[_log_variances(self.configuration)][ids].clamp(max=_GREATEST_LOG)
        variances = logs.exp().clamp(min=float(self.configuration["eps"]))
        if self.configuration.covariance_form == "diagonal":
            return variances
        factor = torch.diag_embed(variances.sqrt())
        if _LOWER in self.tensors:
            width = factor.shape[-1]
            row, column = torch.tril_indices(width, width, offset=-1, device=ids.device)
            factor[:, row, column] = self.tensors[_LOWER][ids]
            return factor @ factor.mT
        return torch.diag_embed(variances)

    def _frames(self, ids: Int64[Tensor, " token"]) -> tuple[Frame, Frame | None]:
        """The frame of each token at its place, of one factor or of two."""
        frame, positions = self.tensors[FRAMES][ids], self._positions(ids)
        compose = self.configuration["pos_phi_compose"]
        if positions is None:
            return frame, None
        if compose == "group_product":
            return frame, positions
        if compose == "euclidean":
            return frame + positions, None
        n_head = self.configuration["n_heads"]
        blocks = [
            compose_general(first, second)
            for first, second in zip(
                frame.chunk(n_head, 1), positions.chunk(n_head, 1), strict=True
            )
        ]
        return torch.cat(blocks, 1), None

    def _positions(self, ids: Int64[Tensor, " token"]) -> Frame | None:
        """The coordinates of each place; without their traces where det Ω shall be 1."""
        kind = self.configuration["pos_phi"]
        if kind == "none":
            return None
        if kind == "learned":
            positions = self.tensors[FRAME_POSITIONS][: len(ids)]
        else:
            positions = torch.zeros_like(self.tensors[FRAMES][ids])
            places = torch.arange(len(ids), device=ids.device, dtype=positions.dtype)
            positions[:, 0] = places * float(self.configuration["pos_phi_scale"])
        if not self.configuration["pos_phi_project_slk"]:
            return positions
        n_head = self.configuration["n_heads"]
        dim = isqrt(positions.shape[1] // n_head)
        blocks = positions.reshape(len(ids), n_head, dim, dim)
        trace = blocks.diagonal(dim1=-2, dim2=-1).mean(-1)
        return (blocks - trace[..., None, None] * torch.eye(dim).to(blocks)).flatten(1)


def head_beliefs(
    mean: Float[Tensor, "token k"],
    covariance: Float[Tensor, "token k k"] | Float[Tensor, "token k"],
    frame: Frame,
    right_frame: Frame | None,
    *,
    n_head: int,
    heads: Sequence[int],
) -> tuple[Beliefs, ...]:
    """The slices of some heads; the basis of a frame is E_ij, row by row.

    Frames come as of all heads, since V3 shortens them together.
    """
    dim = mean.shape[1] // n_head
    own, blocks = slices((dim,) * n_head), slices((dim * dim,) * n_head)
    basis = torch.eye(dim * dim, device=mean.device).view(-1, dim, dim)
    left = _shortened(frame)
    right = None if right_frame is None else _shortened(right_frame)
    return tuple(
        Beliefs(
            mean=mean[:, own[head]],
            covariance=covariance[:, own[head]]
            if covariance.ndim == mean.ndim
            else covariance[:, own[head], own[head]],
            frame=left[:, blocks[head]],
            generators=basis,
            right_frame=None if right is None else right[:, blocks[head]],
        )
        for head in heads
    )


def _shortened(frame: Frame) -> Frame:
    """The basis is orthonormal, so that ‖φ·G‖ is ‖φ‖."""
    return shortened(frame, torch.linalg.vector_norm(frame, dim=1), _LONGEST_FRAME)
