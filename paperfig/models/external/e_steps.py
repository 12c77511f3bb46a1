"""What the E-steps of a V1 model in memory say of their attention: κ as learned, τ, the order.

Its configuration has the initial κ only. Each block's step is ``transformer.blocks.N.ffn``.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from paperfig.models.external.submodules import block_parts
from paperfig.models.vfe.v1.family import within_learned
from paperfig.values.model import Setting

_SAYS = ("irrep_dims", "alpha_divergence", "kappa")


def e_steps(model: Any) -> Mapping[int, Any]:
    """The E-step of each block of a V1 model, by the block's number; none in another model."""
    return block_parts(model, "ffn", _SAYS)


def with_e_step(setting: Setting, step: Any | None, n_head: int) -> Setting:
    """The setting of a layer with what its E-step says; as it is where there is none.

    Args:
        setting: what the model's configuration or the user says.
        step: one of `e_steps`.
        n_head: how many heads the layer shows.
    """
    if step is None or len(step.irrep_dims) != n_head:
        return setting
    kappa = _learned(step) or setting.kappa or (float(step.kappa),) * n_head
    order = float(step.alpha_divergence)
    return replace(
        setting,
        kappa=kappa,
        tau_factor=tuple(map(math.sqrt, step.irrep_dims)),
        order=None if order == 1 else order,
    )


def _learned(step: Any) -> tuple[float, ...] | None:
    """κ of each head, where the step learns it."""
    logarithms = getattr(step, "log_kappa_per_head", None)
    if not isinstance(logarithms, torch.Tensor):
        return None
    kappa = within_learned(logarithms.detach().double().exp(), step._kappa_init.double())
    return tuple(kappa.flatten().tolist())
