"""Models in memory that show their attention in each way that is known, of fixed numbers."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from revisions.checkpoints import VOCAB, rotations
from revisions.fixed import Tables
from torch import nn

_KAPPA = 0.5


def _allowed(length: int) -> torch.Tensor:
    """Earlier keys only, but for the first query."""
    allowed = torch.ones(length, length).tril(-1).bool()
    allowed[0, 0] = True
    return allowed


class Reporting(nn.Module):
    """Two layers of two heads with the VFE projects' interface: weights and KL."""

    config: ClassVar[Mapping[str, Any]] = {
        "n_layers": 2, "vocab_size": VOCAB, "kappa_beta": _KAPPA, "mask_self_attention": True,
    }  # fmt: skip

    def forward_with_attention(self, ids: torch.Tensor) -> Any:
        """The logits (none), and what is asked for."""
        length = ids.shape[1]
        kl = Tables()(2, 1, 2, length, length, about=1.5)
        logits = (-kl / _KAPPA).masked_fill(~_allowed(length), -torch.inf)
        return None, {"beta": logits.softmax(-1).clamp(min=1e-8), "kl": kl}


class ScoredTwice(nn.Module):
    """A layer with V3's interface: weights at both score points."""

    cfg: ClassVar[Mapping[str, Any]] = {
        "n_layers": 1, "vocab_size": VOCAB, "embed_dim": 6, "n_heads": 2, "kappa_beta": 0.8,
        "beta_attention_prior": "causal_windowed", "attention_window": 2,
    }  # fmt: skip

    def attention_maps(self, ids: torch.Tensor, *, score_at: str) -> torch.Tensor:
        """(layer, head, query, key)."""
        length = ids.shape[1]
        tables = Tables()
        scores = {point: tables(1, 2, length, length) for point in ("entry", "converged")}
        seen = torch.ones(length, length).tril().triu(-2).bool()
        return scores[score_at].masked_fill(~seen, -torch.inf).softmax(-1)


class Named(nn.Module):
    """Two layers of torch's own attention, which are known by their names."""

    config: ClassVar[Mapping[str, Any]] = {"vocab_size": VOCAB}

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(VOCAB, 6)
        self.parts = nn.ModuleList(nn.MultiheadAttention(6, 2, batch_first=True) for _ in "12")
        tables = Tables()
        with torch.no_grad():
            for _, parameter in sorted(self.named_parameters()):
                parameter.copy_(tables(*parameter.shape))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The stream after both."""
        x = self.table(ids)
        causal = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        for part in self.parts:
            x = x + part(x, x, x, attn_mask=causal, is_causal=True)[0]
        return x


def block_beliefs() -> dict[str, Any]:
    """The beliefs that the model of ``small_blocks`` is built from."""
    tables, dims = Tables(), (3, 1, 3)
    whole, _ = rotations(3, dims)
    variance = tables(1, 8, 7, scale=1.5).exp()
    return {
        "generators": whole.numpy(),
        "head_dims": torch.tensor(dims).numpy(),
        "mu_in": tables(1, 8, 7).numpy(),
        "sigma_in": torch.diag_embed(variance).numpy(),
        "phi_in": tables(1, 8, 3, scale=0.5).numpy(),
    }
