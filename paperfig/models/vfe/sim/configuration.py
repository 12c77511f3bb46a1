"""What the configuration of a VFE-Sim model says of its attention."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from paperfig.models.configuration import (
    ConfigKey,
    count,
    flag,
    is_number,
    is_positive,
    positive,
    supported,
    unsupported,
)
from paperfig.models.vfe.configuration import KAPPA, Configuration, ConfigValue
from paperfig.models.vfe.keys import SIM

_KEYS = {
    "mask_self_attention": flag(False),
    "alibi_slope": ConfigKey(
        default=None, right="a number or null", valid=lambda v: v is None or is_number(v)
    ),
    "attention_pattern": supported("full", "local", is_mask=True),
    "attention_window": count(64),
    "diagonal_covariance": flag(False),
    "gauge_fixed_priors": flag(False),
    "use_identity_transport": flag(False),
    "mu_normalize": flag(False),
    "mu_max_norm": ConfigKey(
        default=None,
        right="a number above 0 or null",
        valid=lambda v: v is None or is_positive(v),
    ),
    "kappa_beta": KAPPA,
    "kappa": KAPPA,
    "kappa_beta_auto_scale": flag(False),
    "kappa_beta_base": positive(1.0),
    "kappa_beta_k_ref": positive(11),
    "use_positional_embedding": flag(True),
    "pos_encoding_mode": ConfigKey(
        default=None,
        right="`none`, `learned` or `sinusoidal`",
        valid=lambda v: v in ("none", "learned", "sinusoidal"),
    ),
    # what V1 and V3 have and VFE-Sim has not
    "use_rope": unsupported("rotary positions"),
    "alpha_divergence": supported(1.0),
    "learnable_head_kappa": unsupported("a κ of each head"),
    "cross_couplings": unsupported("coupled heads"),
    "use_diagonal_covariance": unsupported("the key is `diagonal_covariance`"),
}
"""Defaults of ``transformer/model.py`` and ``train_publication.py`` of VFE-Sim at 9eb5dec."""

_PLACEHOLDER = 1.0
"""What ``kappa_beta`` is until the publication trainer resolves it."""

_ALWAYS_READ = (
    "mask_self_attention", "alibi_slope", "attention_pattern", "diagonal_covariance",
    "use_identity_transport", "mu_normalize", "mu_max_norm",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VfeConfiguration(Configuration):
    """A VFE-Sim model's configuration; without values where there is none.

    Attributes:
        has_numba: whether the model's own code is known to run on a CPU with numba, by which
            it takes the true exponential for full covariances, whatever its keys say.
    """

    KEYS: ClassVar[Mapping[str, ConfigKey]] = _KEYS
    HARMLESS: ClassVar[frozenset[str]] = SIM
    ALWAYS_READ: ClassVar[tuple[str, ...]] = _ALWAYS_READ
    OF_BELIEFS: ClassVar[frozenset[str]] = frozenset(
        (
            "use_rope", "alpha_divergence", "learnable_head_kappa", "cross_couplings",
            "use_diagonal_covariance",
        )
    )  # fmt: skip
    """Keys that VFE-Sim's own code does not read."""

    has_numba: bool = False

    @property
    def always_read(self) -> tuple[str, ...]:
        """The keys that attention depends on, with those of a rule that is in use."""
        keys = self.ALWAYS_READ
        if self.is_local:
            keys += ("attention_window",)
        if self._is_scaled:
            keys += ("kappa_beta_base", "kappa_beta_k_ref")
        return keys

    @property
    def is_local(self) -> bool:
        """Whether attention has the pattern ``local``: a window, and rules of its own."""
        return bool(self["attention_pattern"] == "local")

    @property
    def covariance_form(self) -> Literal["full", "diagonal", "diagonal-untransported"]:
        """What attention keeps of a covariance."""
        if not self["diagonal_covariance"]:
            return "full"
        return "diagonal-untransported" if self.is_local else "diagonal"

    @property
    def is_identity(self) -> bool:
        """Whether Ω = I: honoured with pattern ``full`` and full covariance only."""
        honoured = self.covariance_form == "full" and not (self.is_local or self.has_numba)
        return bool(self["use_identity_transport"] and honoured)

    @property
    def alibi_slope(self) -> float:
        """The slope added to the logits; ``local`` ignores it."""
        return 0.0 if self.is_local else float(self["alibi_slope"] or 0.0)

    @property
    def _is_scaled(self) -> bool:
        """Whether κ is base · K / k_ref.

        Only the publication trainer computes that, and writes its configuration beside the
        checkpoint; a model whose own configuration is in the file was built with its
        ``kappa_beta``.
        """
        resolved = self.values.get("kappa_beta") is not None and not self.is_beside
        return bool(self["kappa_beta_auto_scale"] and not resolved)

    def _scaled(self, width: int) -> float:
        return float(self["kappa_beta_base"] * width / self["kappa_beta_k_ref"])

    def kappa_contradiction(self, width: int) -> str:
        """Where κ is scaled, and ``kappa_beta`` is neither the result nor its placeholder."""
        said, scaled = self.values.get("kappa_beta"), self._scaled(width)
        if not self._is_scaled or said in (None, _PLACEHOLDER):
            return ""
        if is_number(said) and math.isclose(said, scaled, rel_tol=1e-6):
            return ""
        return f"`kappa_beta` is {said}, and `kappa_beta_auto_scale` means {scaled:.6g}"

    def kappa(self, width: int) -> ConfigValue | None:
        """κ: base · K / k_ref where it is scaled; None where two keys contradict each other."""
        if self._is_scaled:
            if self.kappa_contradiction(width):
                return None
            return ConfigValue(key="kappa_beta_auto_scale", value=self._scaled(width))
        for key in ("kappa_beta", "kappa", "kappa_beta_base"):
            if self.values.get(key) is not None:
                return ConfigValue(key=key, value=self.values[key])
        return None

    def self_attention(self) -> ConfigValue | None:
        """The rule for a query's own key; pattern `local` ignores ``mask_self_attention``."""
        if self.is_local:
            return ConfigValue(key="attention_pattern", value="keep")
        if "mask_self_attention" not in self:
            return None
        hidden = self["mask_self_attention"]
        return ConfigValue(key="mask_self_attention", value="hide" if hidden else "keep")

    def window(self) -> ConfigValue | None:
        """The window of pattern `local`."""
        if not self.is_local:
            return None
        return ConfigValue(key="attention_pattern", value=self["attention_window"])

    def transport(self) -> ConfigValue | None:
        """How Ω is computed, where the configuration settles it.

        ``local`` takes the true exponential; ``use_identity_transport`` is honoured with
        pattern ``full`` and full covariance only. Elsewhere the model takes its Taylor
        series, but for a CPU with numba, which the spec may declare as ``exact``.
        """
        if self.is_local:
            return ConfigValue(key="attention_pattern", value="exact")
        if self.has_numba and self.covariance_form == "full":
            return ConfigValue(key="numba", value="exact")
        if self.is_identity:
            return ConfigValue(key="use_identity_transport", value="identity")
        return None
