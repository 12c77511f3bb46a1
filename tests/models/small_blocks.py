"""A package that mimics VFE-Sim: two blocks, whose attention is called as VFE-Sim's is."""

from pathlib import Path

PACKAGE = '''\
import numpy as np
import torch
from torch import nn


def transport(phi, generators, exact):
    """exp of the algebra, or its Taylor series of order 4."""
    algebra = torch.einsum("na,aij->nij", phi, generators)
    if exact:
        return torch.linalg.matrix_exp(algebra)
    power = total = torch.eye(algebra.shape[-1], dtype=algebra.dtype).expand_as(algebra)
    for degree in range(1, 5):
        power = power @ algebra / degree
        total = total + power
    return total


def kl_of(mu, sigma, phi, generators, exact):
    omega = torch.einsum(
        "iab,jbc->ijac",
        transport(phi, generators, exact),
        transport(-phi, generators, exact),
    )
    ridge = 1e-6 * torch.eye(mu.shape[-1])
    mean = torch.einsum("ijab,jb->ija", omega, mu)
    spread = omega @ sigma @ omega.mT + ridge
    own = (sigma + ridge)[:, None]
    inverse = torch.linalg.inv(spread)
    off = mean - mu[:, None]
    trace = (inverse @ own).diagonal(dim1=-2, dim2=-1).sum(-1)
    squares = torch.einsum("ija,ijab,ijb->ij", off, inverse, off)
    return 0.5 * (trace + squares - mu.shape[-1] + spread.logdet() - own.logdet()).clamp(min=0)


class Attention(nn.Module):
    def __init__(self, generators, dims, exact):
        super().__init__()
        self.exact, self.dims = exact, dims
        self.head_generators = nn.ModuleList()
        start = 0
        for dim in dims:
            holder = nn.Module()
            own = generators[:, start : start + dim, start : start + dim]
            holder.register_buffer("gen", own.clone())
            self.head_generators.append(holder)
            start += dim

    def forward(self, mu_q, sigma_q, phi, generators, mask=None, return_attention=False):
        if not return_attention:
            return mu_q, None, None, None
        kls, start = [], 0
        for holder, dim in zip(self.head_generators, self.dims):
            own = slice(start, start + dim)
            args = mu_q[0][:, own], sigma_q[0][:, own, own], phi[0]
            kls.append(kl_of(*(x.double() for x in args), holder.gen.double(), self.exact))
            start += dim
        kl = torch.stack(kls)
        beta = (-kl / KAPPA).masked_fill(~mask[0], -torch.inf).softmax(-1).clamp(min=1e-8)
        return mu_q, None, beta[None].float(), kl[None].float()


class Block(nn.Module):
    def __init__(self, *args):
        super().__init__()
        self.attention = Attention(*args)

    def forward(self, mu, sigma, phi, generators, mask):
        self.attention(mu, sigma, phi, generators, mask=mask)
        return mu + 0.1 * mu.roll(1, dims=1), sigma, phi


class Transformer(nn.Module):
    def __init__(self, *args):
        super().__init__()
        self.blocks = nn.ModuleList([Block(*args), Block(*args)])


class Model(nn.Module):
    config = {"n_layers": 2, "vocab_size": 256, "kappa_beta": KAPPA,
              "mask_self_attention": True, "kappa_beta_auto_scale": True, "embed_dim": 25}

    def __init__(self, dump, exact):
        super().__init__()
        self.generators = torch.from_numpy(dump["generators"])
        self.mu, self.sigma, self.phi = (
            torch.from_numpy(dump[name]) for name in ("mu_in", "sigma_in", "phi_in")
        )
        dims = dump["head_dims"].tolist()
        self.transformer = Transformer(self.generators, dims, exact)

    def forward_with_attention(self, ids):
        n = ids.shape[1]
        mask = torch.ones(n, n).tril(-1).bool()[None]
        mask[0, 0, 0] = True
        beliefs = self.mu[:, :n], self.sigma[:, :n], self.phi[:, :n]
        first, last = self.transformer.blocks
        mu, sigma, phi = first(*beliefs, self.generators, mask)
        _, _, beta, kl = last.attention(
            mu, sigma, phi, self.generators, mask=mask, return_attention=True
        )
        return mu, {"beta": beta, "kl": kl}


def build(path, device):
    return Model(np.load(path, allow_pickle=False), exact=False)


def build_exact(path, device):
    return Model(np.load(path, allow_pickle=False), exact=True)
'''


def write_blocks(folder: Path, kappa: float = 1.0) -> Path:
    """The module ``blocks`` with the adapters ``build`` and ``build_exact`` in a folder."""
    text = PACKAGE.replace("KAPPA", repr(kappa))
    (folder / "blocks.py").write_text(text, encoding="utf-8")
    return folder
