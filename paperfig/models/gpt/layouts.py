"""How two projects name a decoder's tensors, and the sizes these tell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from paperfig.errors import CheckpointError
from paperfig.models.files.tensors import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one project names a decoder's tensors.

    Attributes:
        tokens, positions, final_norm: the tables and the last LayerNorm.
        block: what a layer's names start with, with ``{}`` for its number.
        parts: a name below ``block`` for each map of `Block`; query, key and value may
            share one tensor, one third of its rows each, in that order.
        biased: the parts that have a bias in every file of this project.
        optional_biases: whether the other parts may have one too, all or none of them.
        ignored: a pattern of names that attention has no use for.
        config: the key of the model's configuration in the file.
        n_head: the key of the number of heads there.
        default_n_head: what the project takes where that key is missing.
        step: the key of the training step in the file.
        trained_on_clean: whether the project cleans its WikiText up.
    """

    tokens: str
    positions: str
    final_norm: str
    block: str
    parts: Mapping[str, str]
    biased: frozenset[str]
    optional_biases: bool
    ignored: str
    config: str
    n_head: str
    default_n_head: int | None
    step: str
    trained_on_clean: bool = False


NANOGPT = Layout(
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
"""karpathy/nanoGPT, ``model.py`` and ``train.py``."""

VFE_BASELINE = Layout(
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
"""cdenn016/VFE-Sim-GPU-Refactor, ``transformer/standard_transformer.py`` at 7e9f0ab."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """A decoder's sizes, out of its tensors' shapes."""

    vocab: int
    context: int
    width: int
    hidden: int
    n_layer: int


def read_sizes(layout: Layout, stored: Stored) -> Sizes:
    """The sizes of the decoder that the file holds.

    Raises:
        CheckpointError: a tensor that tells a size is missing or no matrix.
    """
    vocab, width = _matrix(stored, layout.tokens)
    context, _ = _matrix(stored, layout.positions)
    hidden, _ = _matrix(stored, layout.block.format(0) + layout.parts["up"] + ".weight")
    number = re.compile(re.escape(layout.block).replace(r"\{\}", r"(\d+)"))
    layers = {match[1] for name in stored.tensors if (match := number.match(name))}
    return Sizes(vocab=vocab, context=context, width=width, hidden=hidden, n_layer=len(layers))


def expected_shapes(layout: Layout, stored: Stored, sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor that a file of these sizes holds."""
    biased = layout.optional_biases and (
        layout.block.format(0) + layout.parts["query"] + ".bias" in stored.tensors
    )
    width = sizes.width
    rows = 3 * width if layout.parts["query"] == layout.parts["key"] else width
    weights = {
        "norm_attention": (width,),
        "query": (rows, width),
        "key": (rows, width),
        "value": (rows, width),
        "output": (width, width),
        "norm_mlp": (width,),
        "up": (sizes.hidden, width),
        "down": (width, sizes.hidden),
    }
    shapes: dict[str, tuple[int, ...]] = {
        layout.tokens: (sizes.vocab, width),
        layout.positions: (sizes.context, width),
    }
    for layer in range(sizes.n_layer):
        for part, shape in weights.items():
            name = layout.block.format(layer) + layout.parts[part]
            shapes[f"{name}.weight"] = shape
            if biased or part in layout.biased:
                shapes[f"{name}.bias"] = shape[:1]
    shapes[f"{layout.final_norm}.weight"] = (width,)
    if biased or layout.biased:
        shapes[f"{layout.final_norm}.bias"] = (width,)
    return shapes


def _matrix(stored: Stored, name: str) -> tuple[int, int]:
    if name not in stored.tensors:
        raise CheckpointError(stored.where, f"lacks {name}", "save the whole state dict")
    match tuple(stored.tensors[name].shape):
        case (rows, columns) if rows and columns:
            return rows, columns
        case shape:
            raise CheckpointError(
                stored.where, f"{name} has shape {shape}", "a matrix is right"
            )
