"""What the ``config`` of a model of the user's own says of its attention."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from paperfig.errors import CheckpointError
from paperfig.models.adapter_blocks import attention_blocks
from paperfig.models.configuration import KAPPA, Configuration, Key, Said, count, flag, only
from paperfig.models.observed import configuration_of
from paperfig.models.vfe_config import VfeConfiguration
from paperfig.spec.schema import CheckpointSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterConfiguration(Configuration):
    """What the object's ``config`` says, under the names of the VFE projects."""

    KEYS: ClassVar[Mapping[str, Key]] = {
        "n_layers": count(None),
        "vocab_size": count(None),
        "max_seq_len": count(None),
        "kappa_beta": KAPPA,
        "mask_self_attention": flag(False),
        "attention_pattern": only("full", "local"),
        "attention_window": count(64),
    }
    ALWAYS_READ: ClassVar[tuple[str, ...]] = ("mask_self_attention",)

    def kappa(self, width: int) -> Said | None:  # noqa: ARG002 - what the model has, resolved
        """κ of every head, or a list of them."""
        return self._said("kappa_beta", self["kappa_beta"])

    def self_attention(self) -> Said | None:
        """The rule for a query's own key."""
        if "mask_self_attention" not in self:
            return None
        hidden = self["mask_self_attention"]
        return Said(key="mask_self_attention", value="hide" if hidden else "keep")

    def window(self) -> Said | None:
        """The window of pattern `local`."""
        is_local = self["attention_pattern"] == "local"
        return self._said("attention_pattern", self["attention_window"] if is_local else None)

    def _said(self, key: str, value: Any) -> Said | None:
        return None if value is None else Said(key=key, value=value)


class _BlockConfiguration(AdapterConfiguration):
    """The same of a model with VFE-Sim's blocks, of which some are recomputed."""

    def transport(self) -> Said | None:
        """How a block computes Ω, where its keys settle it."""
        return block_configuration(self.values, self.where).transport()


def read_configuration(model: Any, spec: CheckpointSpec) -> AdapterConfiguration:
    """The configuration of the model that the spec's adapter built.

    Raises:
        CheckpointError: it has none, or one with a value that is not right.
    """
    values, where = configuration_of(model), f"`config` of the model from {spec.adapter}"
    if values is None:
        raise CheckpointError(
            where,
            "there is none",
            '`self.config = {"n_layers": 2, "vocab_size": 256, "max_seq_len": 128}`, with its '
            "own values, is right",
        )
    kind = _BlockConfiguration if attention_blocks(model) else AdapterConfiguration
    return kind(where=where, values=values)


def block_configuration(values: Mapping[str, Any], where: str) -> VfeConfiguration:
    """What VFE-Sim's keys say of a block; κ is what the model has, already resolved."""
    resolved = {**values, "kappa_beta_auto_scale": False}
    return VfeConfiguration(where=where, values=resolved)
