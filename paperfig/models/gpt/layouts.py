"""How a project names a decoder's tensors, and the sizes that these tell."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from paperfig.errors import CheckpointError
from paperfig.models.configuration import ModelConfiguration
from paperfig.models.files.tensors import Stored
from paperfig.specs.mask import Gelu
from paperfig.specs.schema import CheckpointSpec


class DecoderConfiguration(ModelConfiguration):
    """What the configuration of a decoder says."""

    __slots__ = ()

    def gelu(self) -> Gelu | None:
        """Which GELU the layers have, where it says so."""
        return None


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
        find: the model's configuration: what messages call its file, and its keys, none
            where there is none. Its last argument is the width.
        configuration: which keys the project knows.
        config: what messages call the place of the configuration in the file.
        n_head: the key of the number of heads there.
        sizes: the keys of the sizes there that the tensors tell too, each with the attribute
            of `DecoderSizes`.
        vocabulary: what the size of the vocabulary may be, by the rows of its table.
        gelu: which GELU the project has; None where its files are of both kinds.
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
    find: Callable[[Stored, CheckpointSpec, int], tuple[str, Mapping[str, Any]]]
    configuration: type[DecoderConfiguration]
    config: str
    n_head: str
    sizes: Mapping[str, str]
    vocabulary: Callable[[ModelConfiguration, int], tuple[int, ...]]
    gelu: Gelu | None
    step: str
    trained_on_clean: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderSizes:
    """A decoder's sizes, out of its tensors' shapes, and whether its maps have biases."""

    vocab: int
    context: int
    width: int
    hidden: int
    n_layer: int
    biased: bool


def read_sizes(layout: Layout, stored: Stored) -> DecoderSizes:
    """The sizes of the decoder that the file holds.

    Raises:
        CheckpointError: a tensor that tells a size is missing or no matrix.
    """
    vocab, width = _matrix(stored, layout.tokens)
    context, _ = _matrix(stored, layout.positions)
    hidden, _ = _matrix(stored, layout.block.format(0) + layout.parts["up"] + ".weight")
    number = re.compile(re.escape(layout.block).replace(r"\{\}", r"(\d+)"))
    layers = {match[1] for name in stored.tensors if (match := number.match(name))}
    return DecoderSizes(
        vocab=vocab,
        context=context,
        width=width,
        hidden=hidden,
        n_layer=len(layers),
        biased=layout.block.format(0) + layout.parts["query"] + ".bias" in stored.tensors,
    )


def expected_shapes(layout: Layout, sizes: DecoderSizes) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor that a file of these sizes holds."""
    biased, width = layout.optional_biases and sizes.biased, sizes.width
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
