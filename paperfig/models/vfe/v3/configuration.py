"""What the configuration of a V3 model says of its attention."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from paperfig.errors import CheckpointError
from paperfig.models.configuration import (
    ConfigKey,
    count,
    flag,
    is_number,
    positive,
    supported,
)
from paperfig.models.vfe.configuration import KAPPA, Configuration, ConfigValue
from paperfig.models.vfe.keys import V3
from paperfig.values.mask import MaskRule

PRIORS = (
    "uniform", "causal", "causal_noself", "alibi", "causal_alibi", "causal_alibi_noself",
    "windowed", "causal_windowed", "t5_relative_bias",
)  # fmt: skip

_KEYS = {
    "n_heads": count(None),
    "n_layers": count(1),
    "max_seq_len": count(None),
    "family": supported("gaussian_diagonal", "gaussian_full"),
    "kappa_beta": KAPPA,
    "beta_attention_prior": supported(*PRIORS, is_mask=True),
    "alibi_slope": ConfigKey(default=1.0, right="a number", valid=is_number),
    "attention_window": count(128),
    "t5_num_buckets": count(32),
    "t5_max_distance": count(128),
    "kl_max": positive(100.0),
    "eps": positive(1e-6),
    "pos_phi": supported("learned", "none", "frozen"),
    "pos_phi_compose": supported("bch", "euclidean", "group_product"),
    "pos_phi_scale": ConfigKey(default=0.02, right="a number", valid=is_number),
    "pos_phi_project_slk": flag(False),
    "bch_pe_order": supported(4),
    "prior_source": supported("token", "model_channel"),
    # what changes the weights in ways that no reference of V3 was matched with
    "gauge_group": supported("block_glk"),
    "gauge_parameterization": supported("phi"),
    "gauge_transport": supported("on"),
    "transport_mode": supported("flat"),
    "transport_chart_max_norm": supported(None),
    "cross_couplings": supported(None, []),
    "divergence_family": supported("renyi"),
    "renyi_order": supported(1.0),
    "encode_mode": supported("per_token"),
    "s_e_step": supported(False),
    "pos_rotation": supported("none"),
    "phi_reflection": supported("off"),
    "norm_type_block": supported("none"),
    "precision_weighted_attention": supported(False),
    "query_adaptive_tau": supported(False),
    "gamma_as_beta_prior": supported(False),
    "use_priorbank_head_evidence_mixer": supported(False),
    "lambda_twohop": supported(0.0),
    "cg_energy_weight": supported(0.0),
}
"""Defaults of ``VFE3Config`` of V3 at 5c93a41."""

_REQUIRED = ("n_heads", "family", "kappa_beta", "beta_attention_prior")


@dataclass(frozen=True, slots=True, kw_only=True)
class V3Configuration(Configuration):
    """A V3 model's configuration, without which its file is no model.

    Attributes:
        learned: κ of each head where it is learned, else nothing.
    """

    KEYS: ClassVar[Mapping[str, ConfigKey]] = _KEYS
    HARMLESS: ClassVar[frozenset[str]] = V3
    ALWAYS_READ: ClassVar[tuple[str, ...]] = ("kl_max", "eps", "pos_phi")
    OF_BELIEFS: ClassVar[frozenset[str]] = frozenset(
        (
            "pos_phi", "pos_phi_compose", "bch_pe_order", "prior_source", "encode_mode",
            "s_e_step", "norm_type_block", "use_priorbank_head_evidence_mixer",
            "lambda_twohop", "cg_energy_weight",
        )
    )  # fmt: skip

    learned: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for key in _REQUIRED:
            if self.values.get(key) is None:
                raise CheckpointError(
                    self.where, f"lacks `{key}`", "name the file that holds it under `config`"
                )
        Configuration.__post_init__(self)
        exact, farthest = self["t5_num_buckets"] // 2, self["t5_max_distance"]
        if self.prior == "t5_relative_bias" and not 0 < exact < farthest:
            raise CheckpointError(
                self.where,
                f"`t5_max_distance` is {farthest} for {self['t5_num_buckets']} buckets",
                "more than half of two or more buckets is right",
            )

    @property
    def prior(self) -> str:
        """The name of the log-prior over keys."""
        return str(self["beta_attention_prior"])

    @property
    def always_read(self) -> tuple[str, ...]:
        """The keys that attention depends on, with those of the prior."""
        keys = self.ALWAYS_READ
        if self["pos_phi"] != "none":
            keys += ("pos_phi_compose", "pos_phi_project_slk")
        if self["pos_phi"] == "frozen":
            keys += ("pos_phi_scale",)
        if "alibi" in self.prior:
            keys += ("alibi_slope",)
        if "windowed" in self.prior:
            keys += ("attention_window",)
        if self.prior == "t5_relative_bias":
            keys += ("t5_num_buckets", "t5_max_distance")
        return keys

    @property
    def has_model_channel(self) -> bool:
        """Whether beliefs begin as the model channel's tables say, and not their own."""
        return bool(self["prior_source"] == "model_channel")

    @property
    def covariance_form(self) -> Literal["full", "diagonal", "diagonal-untransported"]:
        """What is kept of a covariance."""
        return "full" if self["family"] == "gaussian_full" else "diagonal"

    def kappa(self, width: int) -> ConfigValue:  # noqa: ARG002
        """κ of every head, a list of them, or the learned ones."""
        if self.learned:
            return ConfigValue(key="log_kappa_beta", value=self.learned)
        return ConfigValue(key="kappa_beta", value=self["kappa_beta"])

    def causal(self) -> ConfigValue:
        """Whether the prior forbids later keys."""
        return ConfigValue(key="beta_attention_prior", value=self._mask.causal)

    def self_attention(self) -> ConfigValue:
        """The rule for a query's own key."""
        return ConfigValue(key="beta_attention_prior", value=self._mask.self_attention)

    def window(self) -> ConfigValue | None:
        """How many keys a query sees."""
        width = self._mask.window
        return None if width is None else ConfigValue(key="attention_window", value=width)

    def transport(self) -> ConfigValue:
        """V3 takes the true exponential."""
        return ConfigValue(key="transport_mode", value="exact")

    @property
    def _mask(self) -> MaskRule:
        return prior_mask(self.prior, self["attention_window"])


def prior_mask(prior: str, back: int) -> MaskRule:
    """What a prior of V3's forbids; a first query that may not see itself does.

    Args:
        prior: one of `PRIORS`.
        back: how many keys back a window reaches, beside the query's own.
    """
    return MaskRule(
        causal="causal" in prior or prior == "t5_relative_bias",
        self_attention="hide" if prior.endswith("_noself") else "keep",
        window=back + 1 if "windowed" in prior else None,
    )
