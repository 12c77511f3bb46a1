"""nanoGPT's ``ckpt.pt``: karpathy/nanoGPT, ``model.py`` and ``train.py``."""

from paperfig.models.gpt.layouts import Layout
from paperfig.models.gpt.reader import family_of_layout

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
    config="model_args",
    n_head="n_head",
    default_n_head=None,
    step="iter_num",
)

FAMILY = family_of_layout("gpt", LAYOUT)
