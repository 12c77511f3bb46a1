"""A small VFE-Sim checkpoint, and its beliefs and weights by the definitions."""

from collections.abc import Mapping
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from maps_of import layer_of

from paperfig.models.source import AttentionSource
from paperfig.values.attention import AttentionMap

VOCAB, CONTEXT = 23, 13
IDS = np.array([4, 17, 4, 0, 22, 9], dtype=np.int64)
HEAD = "transformer.blocks.{}.attention.head_generators.{}.gen"
State = dict[str, torch.Tensor]


def so_n_generators(size: int) -> np.ndarray:
    """The basis E_ij − E_ji of so(N), i < j, row by row."""
    pairs = [(i, j) for i in range(size) for j in range(i + 1, size)]
    basis = np.zeros((len(pairs), size, size))
    for index, (i, j) in enumerate(pairs):
        basis[index, i, j], basis[index, j, i] = 1, -1
    return basis


def vfe_state(size: int = 3, dims: tuple[int, ...] = (3, 1, 3), layers: int = 1) -> State:
    """A state dict as VFE-Sim names it: fundamental heads of SO(N), and scalar ones."""
    random = torch.Generator().manual_seed(size)
    basis = torch.from_numpy(so_n_generators(size)).float()
    scalar = torch.zeros(len(basis), 1, 1)
    heads = [basis if dim == size else scalar for dim in dims]
    whole = torch.stack([torch.block_diag(*axis) for axis in zip(*heads, strict=True)])
    width, count = sum(dims), len(basis)

    def table(*shape: int, scale: float) -> torch.Tensor:
        return scale * torch.randn(*shape, generator=random)

    state = {
        "generators": whole,
        "token_embed.log_sigma_diag": table(VOCAB, width, scale=2.5),
        "token_embed.generators": whole,
        "token_embed.mu_embed.weight": table(VOCAB, width, scale=1.0),
        "token_embed.phi_embed.weight": table(VOCAB, count, scale=0.4),
        "token_embed.pos_embed.weight": table(CONTEXT, width, scale=0.5),
        "pos_encoding.pos_phi": table(CONTEXT, count, scale=0.4),
        "pos_encoding.generators": whole,
        "out_proj.weight": table(VOCAB, width, scale=1.0),
    }
    for layer in range(layers):
        state |= {HEAD.format(layer, index): head for index, head in enumerate(heads)}
        ffn = f"transformer.blocks.{layer}.ffn.variational_ffn."
        state |= {f"{ffn}lr": torch.tensor(0.1), f"{ffn}generators": whole}
    return state


def vfe_config(**changes: Any) -> dict[str, Any]:
    """A model's configuration; a change to ``...`` takes the key away."""
    config = {
        "vocab_size": 2_000_000, "embed_dim": 7, "n_layers": 1, "hidden_dim": 28,
        "max_seq_len": CONTEXT, "kappa_beta": 0.7, "mask_self_attention": True,
        "alibi_slope": None, "attention_pattern": "full", "diagonal_covariance": False,
        "use_identity_transport": False, "mu_normalize": False, "mu_max_norm": None,
        "pos_encoding_mode": "learned", "use_positional_embedding": True,
    } | changes  # fmt: skip
    return {key: value for key, value in config.items() if value is not ...}


def save(path: Path, state: State, config: Mapping[str, Any] | None = None) -> Path:
    """The file of the plain Trainer, or of one that saves no model configuration."""
    content: dict[str, Any] = {"step": 900, "model_state": state}
    torch.save(content if config is None else content | {"config": dict(config)}, path)
    return path


def map_of(source: AttentionSource, ids: np.ndarray = IDS) -> AttentionMap:
    """All heads of layer 0, as trained, with their scores."""
    return layer_of(source, ids)


def exponential(matrix: np.ndarray, order: int) -> np.ndarray:
    """The exponential's series up to an order; 60 is all of it."""
    powers = [np.linalg.matrix_power(matrix, n) / factorial(n) for n in range(order + 1)]
    return np.sum(powers, axis=0)


def exact_exponential(matrix: np.ndarray) -> np.ndarray:
    """The whole exponential: the series of a matrix halved until it is small."""
    return np.linalg.matrix_power(exponential(matrix / 256, 24), 256)


def direct_kl(beliefs: Any, transport: str, covariance_form: str) -> np.ndarray:
    """KL(q_i ‖ Ω_ij q_j), a pair at a time, in float64."""
    names = ("mean", "covariance", "frame", "generators")
    mean, own, frame, basis = (getattr(beliefs, n).double().cpu().numpy() for n in names)
    order, length, d = (4 if transport == "taylor4" else 60), len(mean), mean.shape[1]
    kl = np.zeros((length, length))
    for i in range(length):
        for j in range(length):
            move = np.eye(d)
            if transport != "identity":
                turn = [np.tensordot(frame[t], basis, 1) for t in (i, j)]
                move = exponential(turn[0], order) @ exponential(-turn[1], order)
            query = own[i] if own.ndim == 3 else np.diag(own[i])
            key = own[j] if own.ndim == 3 else np.diag(own[j])
            if covariance_form != "diagonal-untransported":
                key = move @ key @ move.T
            if covariance_form == "diagonal":
                key = np.diag(np.diag(key))
            if covariance_form == "full":
                query, key = query + 1e-6 * np.eye(d), key + 1e-6 * np.eye(d)
            gap, inverse = move @ mean[j] - mean[i], np.linalg.inv(key)
            logs = np.linalg.slogdet(key)[1] - np.linalg.slogdet(query)[1]
            kl[i, j] = 0.5 * (np.trace(inverse @ query) + gap @ inverse @ gap - d + logs)
    return np.maximum(kl, 0)
