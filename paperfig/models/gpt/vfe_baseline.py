"""The VFE projects' dot-product baseline.

cdenn016/VFE-Sim-GPU-Refactor, ``transformer/standard_transformer.py`` at 7e9f0ab.
"""

from paperfig.models.gpt.layouts import Layout
from paperfig.models.gpt.reader import family_of_layout

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
    config="config",
    n_head="n_heads",
    default_n_head=1,
    step="step",
    trained_on_clean=True,
)

FAMILY = family_of_layout("vfe-baseline", LAYOUT)
