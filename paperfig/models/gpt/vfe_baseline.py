"""The VFE projects' dot-product baseline.

cdenn016/VFE-Sim-GPU-Refactor, ``transformer/standard_transformer.py`` at 7e9f0ab.
"""

from collections.abc import Mapping
from typing import ClassVar

from paperfig.models.configuration import ConfigKey, supported
from paperfig.models.gpt.layouts import DecoderConfiguration, Layout
from paperfig.models.gpt.reader import family_of_layout
from paperfig.models.vfe.configuration import find_configuration, vocabulary
from paperfig.models.vfe.keys import TRAINING


class BaselineConfiguration(DecoderConfiguration):
    """What the publication trainer, or the baseline's own script, writes.

    The trainer writes the keys of a VFE model too, of which the baseline reads none.
    """

    __slots__ = ()

    KEYS: ClassVar[Mapping[str, ConfigKey]] = {
        "n_heads": ConfigKey(default=1),
        "attention_type": supported("standard"),
        "disable_ffn": supported(False),
    }
    HARMLESS: ClassVar[frozenset[str]] = TRAINING | frozenset(
        (
            "attention_pattern", "attention_window", "diagonal_covariance", "epsilon",
            "gauge_dim", "gauge_fixed_priors", "gauge_group", "gauge_mode", "irrep_spec",
            "isotropic_covariance", "kappa_beta", "kappa_beta_auto_scale", "kappa_beta_base",
            "kappa_beta_k_ref", "lr", "pos_encoding_mode", "use_multi_irrep",
            "use_positional_embedding",
        )
    )  # fmt: skip


LAYOUT = Layout(
    tokens="token_embed.weight",
    positions="pos_embed.weight",
    final_norm="ln_final",
    block="blocks.{}.",
    parts={
        "norm_attention": "ln1",
        "query": "attn.W_Q",
        "key": "attn.W_K",
        "value": "attn.W_V",
        "output": "attn.W_O",
        "norm_mlp": "ln2",
        "up": "ffn.fc1",
        "down": "ffn.fc2",
    },
    biased=frozenset({"norm_attention", "norm_mlp", "up", "down"}),
    optional_biases=False,
    ignored=r"lm_head\.weight|causal_mask",
    find=find_configuration,
    configuration=BaselineConfiguration,
    config="config",
    n_head="n_heads",
    sizes={
        "n_layers": "n_layer",
        "embed_dim": "width",
        "hidden_dim": "hidden",
        "max_seq_len": "context",
    },
    vocabulary=vocabulary,
    gelu="exact",
    step="step",
    trained_on_clean=True,
)

FAMILY = family_of_layout("vfe-baseline", LAYOUT)
