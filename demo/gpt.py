"""A small GPT whose tensors bear nanoGPT's names: learned positions, no biases, a tied head."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALE = 0.05
TOKEN_SCALE = 0.1
WAVE_SIZE = 0.2
SPEEDS = torch.logspace(math.log10(1.5), -2, 24)


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What nanoGPT calls `model_args`."""

    n_layer: int
    n_head: int
    n_embd: int
    block_size: int
    vocab_size: int
    dropout: float = 0.0
    bias: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The sizes as plain values."""
        return asdict(self)


class Attention(nn.Module):
    """Causal self-attention."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.n_head = sizes.n_head
        self.dropout = sizes.dropout
        self.c_attn = nn.Linear(sizes.n_embd, 3 * sizes.n_embd, bias=False)
        self.c_proj = nn.Linear(sizes.n_embd, sizes.n_embd, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """What the heads write: (batch, token, n_embd)."""
        query, key, value = self._heads(x)
        scores = query @ key.mT / key.shape[-1] ** 0.5
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        weights = scores.masked_fill(later, -torch.inf).softmax(-1)
        read = functional.dropout(weights, self.dropout, self.training) @ value
        written: Tensor = self.c_proj(read.transpose(1, 2).flatten(2))
        return functional.dropout(written, self.dropout, self.training)

    def _heads(self, x: Tensor) -> list[Tensor]:
        """Query, key and value, each (batch, head, token, n_embd / n_head)."""
        parts = self.c_attn(x).unflatten(-1, (3, self.n_head, -1))
        return list(parts.transpose(1, 3).unbind(2))


class Perceptron(nn.Module):
    """Two linear maps with a GELU between them."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.dropout = sizes.dropout
        self.c_fc = nn.Linear(sizes.n_embd, 4 * sizes.n_embd, bias=False)
        self.c_proj = nn.Linear(4 * sizes.n_embd, sizes.n_embd, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """What the layer writes: (batch, token, n_embd)."""
        return functional.dropout(
            self.c_proj(functional.gelu(self.c_fc(x))), self.dropout, self.training
        )


class Block(nn.Module):
    """Attention and perceptron, each with a norm before it and a residual around it."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(sizes.n_embd, bias=False)
        self.attn = Attention(sizes)
        self.ln_2 = nn.LayerNorm(sizes.n_embd, bias=False)
        self.mlp = Perceptron(sizes)

    def forward(self, x: Tensor) -> Tensor:
        """The residual stream (batch, token, n_embd)."""
        x = x + self.attn(self.ln_1(x))
        written: Tensor = self.mlp(self.ln_2(x))
        return x + written


class GPT(nn.Module):
    """The whole model."""

    def __init__(self, sizes: Sizes, seed: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(sizes.vocab_size, sizes.n_embd),
                "wpe": nn.Embedding(sizes.block_size, sizes.n_embd),
                "h": nn.ModuleList(Block(sizes) for _ in range(sizes.n_layer)),
                "ln_f": nn.LayerNorm(sizes.n_embd, bias=False),
            }
        )
        self.lm_head = nn.Linear(sizes.n_embd, sizes.vocab_size, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight
        self._draw_tables(torch.Generator().manual_seed(seed))

    def _draw_tables(self, random: torch.Generator) -> None:
        """Normal tables, narrower where a layer writes into the stream; positions get waves."""
        for name, table in self.named_parameters():
            if table.dim() == 2:
                nn.init.normal_(table, std=self._scale(name), generator=random)
        places = torch.arange(self.sizes.block_size)[:, None]
        waves = torch.cat([(places * SPEEDS).sin(), (places * SPEEDS).cos()], 1)
        with torch.no_grad():
            self.transformer["wpe"].weight[:, : waves.shape[1]] += WAVE_SIZE * waves

    def _scale(self, name: str) -> float:
        if name.endswith("wte.weight"):
            return TOKEN_SCALE
        depth = 2 * self.sizes.n_layer if name.endswith("c_proj.weight") else 1
        return float(SCALE / depth**0.5)

    def head_rows(self, layer: int, head: int, parts: slice) -> Tensor:
        """A head's rows of its layer's c_attn: a view (part, size, n_embd)."""
        return self._by_head(self._c_attn(layer))[parts, head]

    def head_columns(self, layer: int, head: int) -> Tensor:
        """The columns of c_proj that take what a head has read: a view (n_embd, size)."""
        table = self.get_parameter(f"transformer.h.{layer}.attn.c_proj.weight")
        return table.unflatten(1, (self.sizes.n_head, -1))[:, head]

    @contextmanager
    def head_held(self, layer: int, head: int, parts: slice) -> Iterator[None]:
        """Within, a head's rows of c_attn have no gradient."""

        def without(gradient: Tensor) -> Tensor:
            gradient = gradient.clone()
            self._by_head(gradient)[parts, head] = 0
            return gradient

        handle = self._c_attn(layer).register_hook(without)
        yield
        handle.remove()

    def _c_attn(self, layer: int) -> nn.Parameter:
        return self.get_parameter(f"transformer.h.{layer}.attn.c_attn.weight")

    def _by_head(self, table: Tensor) -> Tensor:
        return table.unflatten(0, (3, self.sizes.n_head, -1))

    def forward(self, ids: Tensor, first: Tensor | int = 0) -> Tensor:
        """Scores of the next token: (batch, token, vocabulary).

        Args:
            ids: Token ids (batch, token).
            first: The position of the first token, of all lines or of each (batch, 1).
        """
        places = first + torch.arange(ids.shape[1])
        x = self.transformer["wte"](ids) + self.transformer["wpe"](places)
        x = functional.dropout(x, self.sizes.dropout, self.training)
        for block in self.transformer["h"]:
            x = block(x)
        scores: Tensor = self.lm_head(self.transformer["ln_f"](x))
        return scores
