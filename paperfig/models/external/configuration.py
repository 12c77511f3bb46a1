"""What the ``config`` of a model of the user's own says of its attention."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch

from paperfig.models.configuration import ConfigKey, count, flag, is_number, positive, supported
from paperfig.models.external.blocks import attention_blocks
from paperfig.models.external.report import configuration_of
from paperfig.models.score_points import ENTRY
from paperfig.models.vfe.configuration import KAPPA, Configuration, ConfigValue
from paperfig.models.vfe.sim.configuration import VfeConfiguration
from paperfig.models.vfe.v3.configuration import PRIORS, prior_mask
from paperfig.models.vfe.v3.priors import prior_bias, prior_slopes
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

_VFE_WINDOW, _V3_WINDOW = 64, 128
"""The windows of VFE-Sim's and V3's configurations."""

_V3_SLOPE = 1.0
"""V3's multiple of ALiBi's slopes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterConfiguration(Configuration):
    """What the object's ``config`` says, under the names of the VFE projects."""

    KEYS: ClassVar[Mapping[str, ConfigKey]] = {
        "n_layers": count(None),
        "vocab_size": count(None),
        "max_seq_len": count(None),
        "kappa_beta": KAPPA,
        "mask_self_attention": flag(False),
        "attention_pattern": supported("full", "local"),
        "attention_window": count(None),
        # V3's, which has no key of the three above but the last
        "beta_attention_prior": supported(None, *PRIORS),
        "embed_dim": count(None),
        "n_heads": count(None),
        "gauge_group": ConfigKey(default="block_glk"),
        "query_adaptive_tau": flag(False),
        "renyi_order": positive(1.0),
        "alibi_slope": ConfigKey(
            default=None, right="a number", valid=lambda v: v is None or is_number(v)
        ),
        "t5_learnable_bias": flag(False),
    }

    @property
    def always_read(self) -> tuple[str, ...]:
        """The keys that the mask depends on."""
        return () if self["beta_attention_prior"] else ("mask_self_attention",)

    @property
    def mask(self) -> MaskRule:
        """The mask that it says; causal, with the diagonal, where it says nothing."""
        window = self["attention_window"]
        if prior := self["beta_attention_prior"]:
            return prior_mask(prior, window or _V3_WINDOW)
        is_local = self["attention_pattern"] == "local"
        return MaskRule(
            self_attention="hide" if self["mask_self_attention"] else "keep",
            window=(window or _VFE_WINDOW) if is_local else None,
        )

    def kappa(self, width: int) -> ConfigValue | None:  # noqa: ARG002 - what the model has, resolved
        """κ of every head, or a list of them; nothing where each query has its own τ."""
        if self["kappa_beta"] is None or self["query_adaptive_tau"]:
            return None
        return ConfigValue(key="kappa_beta", value=self["kappa_beta"])

    def causal(self) -> ConfigValue | None:
        """Whether a prior forbids later keys."""
        prior = self["beta_attention_prior"]
        return prior and ConfigValue(key="beta_attention_prior", value=self.mask.causal)

    def self_attention(self) -> ConfigValue | None:
        """The rule for a query's own key."""
        for key in ("beta_attention_prior", "mask_self_attention"):
            if key in self:
                return ConfigValue(key=key, value=self.mask.self_attention)
        return None

    def window(self) -> ConfigValue | None:
        """The window of pattern `local`, or of a prior."""
        width = self.mask.window
        return None if width is None else ConfigValue(key="attention_window", value=width)

    def with_bias(self, setting: Setting, n_head: int) -> Setting:
        """The setting with what is added to logits by distance: ALiBi, or a prior's bias."""
        prior, slope = self["beta_attention_prior"], self["alibi_slope"]
        if prior:
            return replace(
                setting,
                alibi=prior_slopes(prior, _V3_SLOPE if slope is None else slope, n_head),
                distance_bias=prior_bias(prior, is_learned=self["t5_learnable_bias"]),
            )
        if not slope or self["attention_pattern"] == "local":
            return setting
        return replace(setting, alibi=(float(slope),) * n_head)

    def at_entry(self, setting: Setting, n_head: int) -> Setting:
        """The setting of a layer of V3's, scored at the beliefs that enter it.

        κ is multiplied by √d: in its group `block_glk` heads are slices of one size. Where
        that is not so, or each query has its own τ, none is stated.
        """
        heads = (self["n_heads"], self["gauge_group"], self["query_adaptive_tau"])
        width, factor = self["embed_dim"], None
        if setting.kappa and width and heads == (n_head, "block_glk", False):
            factor = (math.sqrt(width / n_head),) * n_head
        order = None if self["renyi_order"] == 1 else float(self["renyi_order"])
        return replace(setting, score_at=ENTRY, tau_factor=factor, order=order)


class _BlockConfiguration(AdapterConfiguration):
    """The same of a model with VFE-Sim's blocks, of which some are recomputed."""

    def transport(self) -> ConfigValue | None:
        """How a block computes Ω, where its keys settle it."""
        return block_configuration(self.values, self.where).transport()


def read_configuration(model: Any, where: str) -> AdapterConfiguration:
    """What ``model.config`` says, where there is one; None says nothing.

    Args:
        model: of the user's own.
        where: what messages call its ``config``.

    Raises:
        CheckpointError: a value is not right.
    """
    values = {**(configuration_of(model) or {}), **_learned(model)}
    kind = _BlockConfiguration if attention_blocks(model) else AdapterConfiguration
    return kind(where=where, values=_without_nones(values))


def _learned(model: Any) -> dict[str, list[float]]:
    """κ of each head of a V3 model that learns it: its configuration has the initial one."""
    logarithms = getattr(model, "log_kappa_beta", None)
    if not isinstance(logarithms, torch.Tensor):
        return {}
    return {"kappa_beta": logarithms.detach().double().exp().flatten().tolist()}


def block_configuration(values: Mapping[str, Any], where: str) -> VfeConfiguration:
    """What VFE-Sim's keys say of a block; κ is what the model has, already resolved."""
    resolved = _without_nones(values) | {"kappa_beta_auto_scale": False}
    return VfeConfiguration(where=where, values=resolved)


def _without_nones(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that have a value."""
    return {key: value for key, value in values.items() if value is not None}
