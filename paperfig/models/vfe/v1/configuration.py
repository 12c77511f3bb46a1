"""What the configuration of a V1 model says of its attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from paperfig.errors import CheckpointError
from paperfig.models.vfe.configuration import (
    Configuration,
    Key,
    Said,
    flag,
    is_positive,
    only,
    positive,
)

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
    "diagonal_covariance": Key(default=False, built=(True,), means="full covariances"),
    "gauge_group": only("SO3", "GLK"),
    "gauge_mode": only("learned"),
    "gauge_param": only("phi"),
    "irrep_spec": Key(
        default=None, right="a list of [label, copies, dimension]", valid=_is_spec
    ),
    "cross_couplings": Key(default=(), right="a list of pairs of heads", valid=_are_couplings),
    "kappa_beta": Key(default=None, right="a number above 0", valid=is_positive),
    "mask_self_attention": flag(True),
    "use_rope": flag(True),
    "rope_base": positive(10000.0),
    "alpha_divergence": positive(1.0),
    "sigma_max": positive(5.0),
    "use_layernorm": flag(True),
    "norm_type": only("layernorm", "none"),
    "mu_normalize": flag(False),
    "mu_max_norm": Key(
        default=None,
        right="a number above 0 or null",
        valid=lambda v: v is None or is_positive(v),
    ),
    "use_positional_embedding": flag(False),
    # what changes the weights in ways that no reference of V1 was matched with
    "skip_attention": Key(default=True, built=(True,), means="the attention sublayer"),
    "ffn_n_iterations": Key(default=1, built=(1,), means="weights of a later E-step"),
    "pos_encoding_mode": only("none"),
    "attention_pattern": only("full"),
    "alibi_slope": only(None),
    "rope_full_gauge": only("off"),
    "kappa_beta_auto_scale": only(False),
    "exact_diagonal_transport": only(False),
    "isotropic_covariance": only(False),
    "enforce_orthogonal": only(False),
    "learnable_reflection": only(False),
    "non_flat_transport": only(False),
    "gauge_fixed_priors": only(False),
    "use_prior_bank": only(False),
    "closed_form_e_step": only(False),
    "use_deq": only(False),
}
"""Defaults of ``BlockConfig.from_config`` of V1 at 410e491."""


@dataclass(frozen=True, slots=True, kw_only=True)
class V1Configuration(Configuration):
    """A V1 model's configuration; κ, mask and rotary positions are in no tensor of its file.

    Attributes:
        learned: κ of each head of each layer where it is learned, else nothing.
    """

    KEYS: ClassVar[Mapping[str, Key]] = _KEYS
    ALWAYS_READ: ClassVar[tuple[str, ...]] = (
        "mask_self_attention", "use_rope", "alpha_divergence", "sigma_max", "mu_normalize",
        "mu_max_norm", "use_positional_embedding",
    )  # fmt: skip

    learned: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.values or self.values.get("irrep_spec") is None:
            lacks = "`irrep_spec`" if self.values else "a configuration of the model"
            raise CheckpointError(
                self.where, f"lacks {lacks}", "name the file that holds it under `config`"
            )
        Configuration.__post_init__(self)
        if self["alpha_divergence"] > 1:
            raise CheckpointError(
                self.where,
                f"`alpha_divergence` is {self['alpha_divergence']}, which is not built yet",
                "orders up to 1 are",
            )

    @property
    def always_read(self) -> tuple[str, ...]:
        """The keys that attention depends on; ``rope_base`` where positions are rotary."""
        return self.ALWAYS_READ + (("rope_base",) if self["use_rope"] else ())

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

    def kappa(self, width: int) -> Said | None:  # noqa: ARG002
        """κ of every head, or the learned ones."""
        if self.learned:
            return Said(key="log_kappa_per_head", value=self.learned)
        value = self.values.get("kappa_beta")
        return None if value is None else Said(key="kappa_beta", value=value)

    def self_attention(self) -> Said:
        """The rule for a query's own key."""
        hidden = self["mask_self_attention"]
        return Said(key="mask_self_attention", value="hide" if hidden else "keep")

    def transport(self) -> Said:
        """V1 takes the true exponential."""
        return Said(key="gauge_mode", value="exact")
