"""nanoGPT's ``ckpt.pt``: karpathy/nanoGPT, ``model.py`` and ``train.py``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from paperfig.errors import CheckpointError
from paperfig.models.configuration import ConfigKey, supported, unsupported
from paperfig.models.files.listing import read_json
from paperfig.models.files.tensors import Stored
from paperfig.models.gpt.layouts import DecoderConfiguration, Layout
from paperfig.models.gpt.reader import family_of_layout
from paperfig.specs.mask import Gelu
from paperfig.specs.schema import CheckpointSpec

_CONFIG = "model_args"
_TANH = ("gelu_tanh", "gelu_new", "gelu_pytorch_tanh")

_KEYS = {
    "n_head": ConfigKey(default=None),
    # what forks of nanoGPT write beside its own keys, under nanoGPT's tensor names
    **dict.fromkeys(("activation", "activation_function"), supported(None, "gelu", *_TANH)),
    **dict.fromkeys(
        ("causal", "is_causal", "scale_attn_weights", "pre_norm", "norm_first"), supported(True)
    ),
    **dict.fromkeys(
        ("norm", "normalization", "norm_type"), supported(None, "LayerNorm", "layernorm")
    ),
    **dict.fromkeys(
        ("eps", "norm_eps", "ln_eps", "layer_norm_eps", "layer_norm_epsilon"), supported(1e-5)
    ),
    **dict.fromkeys(("attention_type", "attn_type", "attention"), supported(None, "causal")),
    **dict.fromkeys(
        ("pos_embd", "pos_emb", "pos_enc", "position_embedding", "pos_encoding"),
        supported(None, "learned", "absolute"),
    ),
    **dict.fromkeys(
        (
            "qk_norm", "use_qk_norm", "qk_layernorm", "use_rope", "rope", "rotary",
            "use_rotary", "bidirectional", "sliding_window", "window_size", "attention_window",
            "alibi", "use_alibi", "logit_soft_cap", "attn_soft_cap", "softcap", "attn_scale",
            "scale_attn_by_inverse_layer_idx", "attention_sink", "parallel_residual",
        ),
        unsupported(),
    ),
}  # fmt: skip
"""The keys that change attention; what is no size of nanoGPT's is found in its forks."""

_HARMLESS = frozenset(
    (
        "always_save_checkpoint", "attn_dropout", "attn_pdrop", "backend", "batch_size",
        "beta1", "beta2", "betas", "compile", "dataset", "decay_lr", "device", "dropout",
        "dtype", "embd_dropout", "embd_pdrop", "eval_interval", "eval_iters", "eval_only",
        "flash", "flash_attn", "grad_clip", "gradient_accumulation_steps", "init_from",
        "init_std", "initializer_range", "learning_rate", "log_interval", "lr_decay_iters",
        "max_iters", "min_lr", "optimizer", "out_dir", "resid_dropout", "resid_pdrop", "seed",
        "tie_weights", "tie_word_embeddings", "use_flash", "wandb_log", "wandb_project",
        "wandb_run_name", "warmup_iters", "weight_decay", "weight_tying",
    )
)  # fmt: skip
"""Dropout, initialisation, and what nanoGPT's ``train.py`` writes."""


class NanoGptConfiguration(DecoderConfiguration):
    """What ``model_args`` says."""

    __slots__ = ()

    KEYS: ClassVar[Mapping[str, ConfigKey]] = _KEYS
    HARMLESS: ClassVar[frozenset[str]] = _HARMLESS

    def gelu(self) -> Gelu | None:
        """The tanh approximation, where it is named; plain ``gelu`` is either."""
        names = (self["activation"], self["activation_function"])
        return "tanh" if any(name in _TANH for name in names) else None


def _find(
    stored: Stored,
    spec: CheckpointSpec,
    width: int,  # noqa: ARG001 - nanoGPT has one place for it
) -> tuple[str, Mapping[str, Any]]:
    """The file that the spec names, else what the checkpoint holds."""
    if spec.config is None:
        config = stored.extra.get(_CONFIG, {})
    else:
        content = read_json(Path(spec.config), spec.config)
        config = content.get(_CONFIG, content)
    if not isinstance(config, dict):
        raise CheckpointError(stored.where, f"its `{_CONFIG}` is no mapping")
    return stored.where, config


LAYOUT = Layout(
    tokens="transformer.wte.weight",
    positions="transformer.wpe.weight",
    final_norm="transformer.ln_f",
    block="transformer.h.{}.",
    parts={
        "norm_attention": "ln_1",
        "query": "attn.c_attn",
        "key": "attn.c_attn",
        "value": "attn.c_attn",
        "output": "attn.c_proj",
        "norm_mlp": "ln_2",
        "up": "mlp.c_fc",
        "down": "mlp.c_proj",
    },
    biased=frozenset(),
    optional_biases=True,
    ignored=r"lm_head\.weight|transformer\.h\.\d+\.attn\.(masked_)?bias",
    find=_find,
    configuration=NanoGptConfiguration,
    config=_CONFIG,
    n_head="n_head",
    sizes={
        "n_layer": "n_layer",
        "n_embd": "width",
        "n_inner": "hidden",
        "block_size": "context",
        "bias": "biased",
    },
    vocabulary=lambda _, rows: (rows,),
    gelu=None,
    step="iter_num",
)

FAMILY = family_of_layout("gpt", LAYOUT)
