"""What the configuration of a V1 model says of its attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from paperfig.errors import CheckpointError
from paperfig.models.configuration import ConfigKey, flag, is_positive, positive, supported
from paperfig.models.vfe.configuration import Configuration, ConfigValue
from paperfig.models.vfe.keys import V1

Couplings = Sequence[Sequence[int]]


def _is_spec(value: Any) -> bool:
    """Whether it is a list of labels with how many copies and their dimension."""
    return (
        isinstance(value, list | tuple)
        and all(
            isinstance(entry, list | tuple)
            and len(entry) == 3  # noqa: PLR2004  (label, copies, dimension)
            and all(type(number) is int and number > 0 for number in entry[1:])
            for entry in value
        )
    )


def _are_couplings(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(pair, list | tuple)
        and len(pair) == 2  # noqa: PLR2004  (two heads)
        and all(type(head) is int and head >= 0 for head in pair)
        for pair in value
    )


_KEYS = {
    "diagonal_covariance": ConfigKey(default=False, computed=(True,), means="full covariances"),
    "gauge_group": supported("SO3", "GLK"),
    "gauge_mode": supported("learned"),
    "gauge_param": supported("phi"),
    "irrep_spec": ConfigKey(
        default=None, right="a list of [label, copies, dimension]", valid=_is_spec
    ),
    "cross_couplings": ConfigKey(
        default=(), right="a list of pairs of heads", valid=_are_couplings
    ),
    "kappa_beta": ConfigKey(default=None, right="a number above 0", valid=is_positive),
    "mask_self_attention": flag(True),
    "use_rope": flag(True),
    "rope_base": positive(10000.0),
    "alpha_divergence": positive(1.0),
    "sigma_max": positive(5.0),
    "use_layernorm": flag(True),
    "norm_type": supported("layernorm", "none"),
    "mu_normalize": flag(False),
    "mu_max_norm": ConfigKey(
        default=None,
        right="a number above 0 or null",
        valid=lambda v: v is None or is_positive(v),
    ),
    "use_positional_embedding": flag(False),
    "phi_project_slk": flag(False),
    "phi_trace_clamp": ConfigKey(
        default=None,
        right="a number above 0 or null",
        valid=lambda v: v is None or is_positive(v),
    ),
    # what changes the weights in ways that no reference of V1 was matched with
    "skip_attention": ConfigKey(default=True, computed=(True,), means="the attention sublayer"),
    "ffn_n_iterations": ConfigKey(default=1, computed=(1,), means="weights of a later E-step"),
    "pos_encoding_mode": supported("none"),
    "attention_pattern": supported("full", is_mask=True),
    "alibi_slope": supported(None),
    "rope_full_gauge": supported("off"),
    "kappa_beta_auto_scale": supported(False),
    "exact_diagonal_transport": supported(False),
    "isotropic_covariance": supported(False),
    "enforce_orthogonal": supported(False),
    "learnable_reflection": supported(False),
    "non_flat_transport": supported(False),
    "gauge_fixed_priors": supported(False),
    "use_prior_bank": supported(False),
    "closed_form_e_step": supported(False),
    "use_deq": supported(False),
    "use_block_diagonal_kl": supported(True),
}
"""Defaults of ``BlockConfig.from_config`` of V1 at 410e491."""


@dataclass(frozen=True, slots=True, kw_only=True)
class V1Configuration(Configuration):
    """A V1 model's configuration; κ, mask and rotary positions are in no tensor of its file.

    Attributes:
        learned: κ of each head of each layer where it is learned, else nothing.
    """

    KEYS: ClassVar[Mapping[str, ConfigKey]] = _KEYS
    HARMLESS: ClassVar[frozenset[str]] = V1
    ALWAYS_READ: ClassVar[tuple[str, ...]] = (
        "mask_self_attention", "use_rope", "alpha_divergence", "sigma_max", "mu_normalize",
        "mu_max_norm", "use_positional_embedding", "phi_project_slk", "phi_trace_clamp",
    )  # fmt: skip

    OF_BELIEFS: ClassVar[frozenset[str]] = frozenset(
        (
            "skip_attention", "ffn_n_iterations", "pos_encoding_mode",
            "alibi_slope", "norm_type", "kappa_beta_auto_scale", "isotropic_covariance",
            "gauge_fixed_priors", "use_prior_bank", "closed_form_e_step", "use_deq",
        )
    )  # fmt: skip

    learned: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.values or self.values.get("irrep_spec") is None:
            lacks = "`irrep_spec`" if self.values else "a configuration of the model"
            raise CheckpointError(
                self.where, f"lacks {lacks}", "name the file that holds it under `config`"
            )
        Configuration.__post_init__(self)
        if self._is_of_high_order and not self.is_run:
            raise CheckpointError(
                self.where,
                f"`alpha_divergence` is {self['alpha_divergence']}, which is not built yet",
                f"orders up to 1 are; {self.remedy}",
            )

    @property
    def _is_of_high_order(self) -> bool:
        """Whether Rényi's order is above 1, where the divergence need not be finite."""
        return bool(self["alpha_divergence"] > 1)

    @property
    def is_computed(self) -> bool:
        """Whether weights are made here of beliefs that are known."""
        return not (self.uncomputed or self._is_of_high_order)

    @property
    def always_read(self) -> tuple[str, ...]:
        """The keys that attention depends on; ``rope_base`` where positions are rotary."""
        return self.ALWAYS_READ + (("rope_base",) if self["use_rope"] else ())

    @property
    def greatest_trace(self) -> float | None:
        """The bound that |tr(φ·G)| of a head is held within; None where there is none."""
        if self["phi_project_slk"]:
            return 0.0
        most: float | None = self["phi_trace_clamp"]
        return most

    @property
    def is_normed(self) -> bool:
        """Whether means go through the block's first LayerNorm."""
        return bool(self["use_layernorm"] and self["norm_type"] == "layernorm")

    @property
    def couplings(self) -> Couplings:
        """The pairs of coupled heads; single-head GL(K) ignores them."""
        spec = self["irrep_spec"]
        many = len(spec) == 1 and spec[0][0] != "full" and spec[0][1] > 1
        ours = many and self["gauge_group"] == "GLK"
        couplings: Couplings = self["cross_couplings"] if ours else ()
        return couplings

    def kappa(self, width: int) -> ConfigValue | None:  # noqa: ARG002
        """κ of every head, or the learned ones."""
        if self.learned:
            return ConfigValue(key="log_kappa_per_head", value=self.learned)
        value = self.values.get("kappa_beta")
        return None if value is None else ConfigValue(key="kappa_beta", value=value)

    def self_attention(self) -> ConfigValue:
        """The rule for a query's own key."""
        hidden = self["mask_self_attention"]
        return ConfigValue(key="mask_self_attention", value="hide" if hidden else "keep")

    def transport(self) -> ConfigValue:
        """V1 takes the true exponential."""
        return ConfigValue(key="gauge_mode", value="exact")
