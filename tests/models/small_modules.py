"""Torch modules whose attention has no interface of its own."""

from typing import Any

import numpy as np
import torch
from torch import nn

D, HEADS, LAYERS, VOCAB = 12, 2, 2, 31


class Encoder(nn.Module):
    """torch's own encoder with a causal mask; even heads, so that it may be fused."""

    def __init__(self, *, padded: bool = False, **options: Any) -> None:
        super().__init__()
        torch.manual_seed(5)
        layer = nn.TransformerEncoderLayer(D, HEADS, 20, **{"batch_first": True} | options)
        self.table = nn.Embedding(VOCAB, D)
        self.encoder = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=padded)
        self.batch_first, self.padded = layer.self_attn.batch_first, padded
        for part in self.encoder.layers:  # which are copies of one layer
            part.self_attn.in_proj_weight.data.normal_(std=0.6)
            part.self_attn.in_proj_bias.data.normal_()

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The beliefs of the last layer, (1, token, d)."""
        x = self.table(ids)
        if self.padded:
            return self.encoder(x, src_key_padding_mask=torch.zeros_like(ids).bool())
        causal = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        if self.batch_first:
            return self.encoder(x, mask=causal, is_causal=True)
        return self.encoder(x.transpose(0, 1), mask=causal).transpose(0, 1)


class Block(nn.Module):
    """Causal attention as nanoGPT writes it without flash."""

    def __init__(self) -> None:
        super().__init__()
        self.c_attn = nn.Linear(D, 3 * D)
        self.attn_dropout = nn.Dropout(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What is added to the stream."""
        batch, length, _ = x.shape
        split = (batch, length, HEADS, D // HEADS)
        q, k, v = (part.view(split).transpose(1, 2) for part in self.c_attn(x).split(D, 2))
        logits = q @ k.transpose(-2, -1) / (D // HEADS) ** 0.5
        causal = torch.ones(length, length).tril().bool()
        weights = self.attn_dropout(logits.masked_fill(~causal, -torch.inf).softmax(-1))
        return (weights @ v).transpose(1, 2).reshape(batch, length, D)


class Nano(nn.Module):
    """A stack of such blocks under nanoGPT's names."""

    def __init__(self, first: int = 0) -> None:
        super().__init__()
        torch.manual_seed(6)
        blocks = {str(first + layer): nn.ModuleDict({"attn": Block()}) for layer in range(3)}
        self.transformer = nn.ModuleDict(
            {"wte": nn.Embedding(VOCAB, D), "h": nn.ModuleDict(blocks)}
        )

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The stream after the last block."""
        x = self.transformer["wte"](ids)
        for block in self.transformer["h"].values():
            x = x + block["attn"](x)
        return x


def encoder_weights(model: Encoder, ids: np.ndarray) -> list[np.ndarray]:
    """The weights of each layer by their definition, in float64, from the state dict."""
    state = {name: value.double().numpy() for name, value in model.state_dict().items()}
    x, n = state["table.weight"][ids], len(ids)
    maps = []
    for layer in range(LAYERS):
        own = {
            name.removeprefix(f"encoder.layers.{layer}."): value
            for name, value in state.items()
            if name.startswith(f"encoder.layers.{layer}.")
        }

        def linear(name: str, x: np.ndarray, own: dict = own) -> np.ndarray:
            return x @ own[f"{name}weight"].T + own[f"{name}bias"]

        def norm(name: str, x: np.ndarray, own: dict = own) -> np.ndarray:
            apart = x - x.mean(1, keepdims=True)
            scaled = apart / np.sqrt((apart**2).mean(1, keepdims=True) + 1e-5)
            return scaled * own[f"{name}.weight"] + own[f"{name}.bias"]

        q, k, v = np.split(linear("self_attn.in_proj_", x), 3, axis=1)
        allowed = np.ones((n, n)) if model.padded else np.tril(np.ones((n, n)))
        weights = []
        for head in range(HEADS):
            own_slice = slice(head * D // HEADS, (head + 1) * D // HEADS)
            raw = np.exp(q[:, own_slice] @ k[:, own_slice].T / np.sqrt(D // HEADS)) * allowed
            weights.append(raw / raw.sum(1, keepdims=True))
        maps.append(np.stack(weights))
        mixed = np.concatenate(
            [weights[h] @ v[:, h * D // HEADS : (h + 1) * D // HEADS] for h in range(HEADS)], 1
        )
        x = norm("norm1", x + linear("self_attn.out_proj.", mixed))
        x = norm("norm2", x + linear("linear2.", np.maximum(linear("linear1.", x), 0)))
    return maps
