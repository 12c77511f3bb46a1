"""A GPT-style decoder: token and position tables, then pre-norm blocks.

The forward pass is the one that nanoGPT and the VFE projects' dot-product baseline
share: learned positions, LayerNorm before attention and before the MLP, GELU, causal
attention with scale 1/√d.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch.nn import functional

from paperfig.models.device import exact_float32
from paperfig.models.dot_product import DotProductInputs
from paperfig.models.files.tensors import float32
from paperfig.models.tables import table_facts
from paperfig.progress import tracked
from paperfig.specs.mask import Gelu
from paperfig.values.internals import TableFacts
from paperfig.values.model import ModelFacts

_NORM_EPS = 1e-5
"""torch's default for LayerNorm, which both projects keep."""

_APPROXIMATE: Mapping[Gelu, str] = {"exact": "none", "tanh": "tanh"}
"""What torch calls them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Affine:
    """A linear map, or a LayerNorm's scale and shift."""

    weight: Float[torch.Tensor, " out"] | Float[torch.Tensor, "out in"]
    bias: Float[torch.Tensor, " out"] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """One layer's weights."""

    norm_attention: Affine
    query: Affine
    key: Affine
    value: Affine
    output: Affine
    norm_mlp: Affine
    up: Affine
    down: Affine


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddingTables:
    """What a token and its position are turned into.

    Attributes:
        tokens: as stored and where it is stored: only the rows of the excerpt are cast.
        positions: in float32 on the device that computes.
    """

    tokens: Float[torch.Tensor, "vocab width"]
    positions: Float[torch.Tensor, "context width"]


class DecoderSource:
    """The attention of a decoder, computed no further than the last layer wanted.

    Args:
        facts: what the checkpoint says of itself.
        tables: what tokens and positions are turned into.
        load_block: reads a layer's weights.
        gelu: which GELU the layers have.
    """

    def __init__(
        self,
        facts: ModelFacts,
        tables: EmbeddingTables,
        load_block: Callable[[int], Block],
        *,
        gelu: Gelu,
    ) -> None:
        self.facts = facts
        self._approximate = _APPROXIMATE[gelu]
        self._tables, self._load_block = tables, load_block
        self._blocks: dict[int, Block] = {}

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, DotProductInputs]:
        """Queries and keys of the heads wanted in each layer wanted."""
        found: dict[int, DotProductInputs] = {}
        last = max(wanted, default=-1)
        with exact_float32():
            hidden = self._embed(token_ids)
            for layer in tracked(range(last + 1), "layer by layer", last + 1, "layers"):
                block = self._block(layer)
                normed = _norm(hidden, block.norm_attention)
                if layer in wanted:
                    found[layer] = self._inputs(layer, normed, wanted[layer])
                if layer < last:
                    hidden = hidden + self._attend(layer, normed)
                    hidden = hidden + _mlp(hidden, block, self._approximate)
        return found

    def tables(self) -> tuple[TableFacts, ...]:
        """How the rows of the two tables differ."""
        named = {"tokens": self._tables.tokens, "positions": self._tables.positions}
        return tuple(table_facts(name, table) for name, table in named.items())

    def _block(self, layer: int) -> Block:
        if layer not in self._blocks:
            self._blocks[layer] = self._load_block(layer)
        return self._blocks[layer]

    def _embed(
        self, token_ids: Int64[np.ndarray, " token"]
    ) -> Float[torch.Tensor, "token width"]:
        positions = self._tables.positions[: len(token_ids)]
        rows = self._tables.tokens[torch.from_numpy(token_ids.astype(np.int64))]
        return float32(rows, positions.device) + positions

    def _inputs(
        self, layer: int, normed: Float[torch.Tensor, "token width"], heads: Sequence[int]
    ) -> DotProductInputs:
        block, d = self._block(layer), self.facts.layers[layer].head_dims[0]
        return DotProductInputs(
            queries=_by_head(normed, _of_heads(block.query, d, heads), d),
            keys=_by_head(normed, _of_heads(block.key, d, heads), d),
            scale=d**-0.5,
        )

    def _attend(
        self, layer: int, normed: Float[torch.Tensor, "token width"]
    ) -> Float[torch.Tensor, "token width"]:
        block, d = self._block(layer), self.facts.layers[layer].head_dims[0]
        queries, keys, values = (
            _by_head(normed, affine, d)[None]
            for affine in (block.query, block.key, block.value)
        )
        mixed = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        return _apply(mixed[0].transpose(0, 1).reshape(len(normed), -1), block.output)


def _mlp(
    hidden: Float[torch.Tensor, "token width"], block: Block, approximate: str
) -> Float[torch.Tensor, "token width"]:
    raised = _apply(_norm(hidden, block.norm_mlp), block.up)
    raised = functional.gelu(raised, approximate=approximate)
    return _apply(raised, block.down)


def _apply(
    hidden: Float[torch.Tensor, "token in"], affine: Affine
) -> Float[torch.Tensor, "token out"]:
    return functional.linear(hidden, affine.weight, affine.bias)


def _norm(
    hidden: Float[torch.Tensor, "token width"], affine: Affine
) -> Float[torch.Tensor, "token width"]:
    return functional.layer_norm(
        hidden, hidden.shape[-1:], affine.weight, affine.bias, _NORM_EPS
    )


def _of_heads(affine: Affine, d: int, heads: Sequence[int]) -> Affine:
    """The rows of a query or key map that make the given heads, in their order."""
    rows = torch.cat([torch.arange(head * d, (head + 1) * d) for head in heads])
    rows = rows.to(affine.weight.device)
    bias = None if affine.bias is None else affine.bias[rows]
    return Affine(weight=affine.weight[rows], bias=bias)


def _by_head(
    hidden: Float[torch.Tensor, "token in"], affine: Affine, d: int
) -> Float[torch.Tensor, "head token d"]:
    return _apply(hidden, affine).view(len(hidden), -1, d).transpose(0, 1)
