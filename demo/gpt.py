"""A small GPT whose tensors bear nanoGPT's names: learned positions, no biases, a tied head."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALE = 0.02
TOKEN_SCALE = 0.06
WAVE_SIZE = 0.3
SPEEDS = torch.logspace(math.log10(1.5), -2, 24)


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What nanoGPT calls `model_args`."""

    n_layer: int
    n_head: int
    n_embd: int
    block_size: int
    vocab_size: int
    dropout: float
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

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the heads write (batch, token, n_embd); weights (batch, head, query, key)."""
        query, key, value = self._heads(x)
        scores = query @ key.mT / key.shape[-1] ** 0.5
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        weights = scores.masked_fill(later, -torch.inf).softmax(-1)
        read = functional.dropout(weights, self.dropout, self.training) @ value
        written: Tensor = self.c_proj(read.transpose(1, 2).flatten(2))
        return functional.dropout(written, self.dropout, self.training), weights

    def _heads(self, x: Tensor) -> list[Tensor]:
        """Query, key and value, each (batch, head, token, n_embd / n_head)."""
        parts = self.c_attn(x).chunk(3, -1)
        return [part.unflatten(-1, (self.n_head, -1)).transpose(1, 2) for part in parts]


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

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The residual stream (batch, token, n_embd), and the weights of the heads."""
        written, weights = self.attn(self.ln_1(x))
        x = x + written
        return x + self.mlp(self.ln_2(x)), weights


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

    def forward(self, ids: Tensor) -> Tensor:
        """Scores of the next token: (batch, token, vocabulary)."""
        scores: Tensor = self.lm_head(self.transformer["ln_f"](self._stream(ids)[0]))
        return scores

    def weights(self, ids: Tensor) -> list[Tensor]:
        """The weights of each head, layer by layer: (batch, query, key) each."""
        return [head for layer in self._stream(ids)[1] for head in layer.unbind(1)]

    def _stream(self, ids: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The stream after the last block, and each layer's weights as `Attention` has them."""
        places = torch.arange(ids.shape[1])
        x = self.transformer["wte"](ids) + self.transformer["wpe"](places)
        x = functional.dropout(x, self.sizes.dropout, self.training)
        layers = []
        for block in self.transformer["h"]:
            x, weights = block(x)
            layers.append(weights)
        return x, layers
