"""Packages that stand in for the three projects' own code, with their names and calls.

Each builds a small model whose layers change the beliefs, and computes weights and divergences
by the definitions, a pair at a time, in float64.
"""

from pathlib import Path

from small_blocks import PACKAGE

V3_CONFIG = """\
class VFE3Config:
    divergence_family, query_adaptive_tau, pos_rotation = "renyi", False, "none"
    gauge_group = "block_glk"

    def __init__(self, **values):
        vars(self).update(values)
"""
V3_MODEL = """\
from types import SimpleNamespace

import torch
from torch import nn
from vfe3.free_energy import divergence, prior_of


class PriorBank(nn.Module):
    def __init__(self, vocab, width, count):
        super().__init__()
        for name, size in (("mu", width), ("sigma_log", width), ("phi", count)):
            setattr(self, f"{name}_embed", nn.Parameter(torch.zeros(vocab, size)))
        self.decode_log_scale = nn.Parameter(torch.zeros(1))
        self.output_proj_weight = nn.Parameter(torch.zeros(vocab, width))


class VFEModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        heads, dim = cfg.n_heads, cfg.embed_dim // cfg.n_heads
        units = torch.eye(heads * dim * dim).view(-1, heads, dim, dim)
        basis = torch.stack([torch.block_diag(*unit) for unit in units])
        if cfg.gauge_group == "so_n":
            turns = torch.linalg.cross(torch.eye(3)[:, None], torch.eye(3)[None]).mT
            basis = torch.stack([torch.block_diag(*[turn] * heads) for turn in turns])
        self.group = SimpleNamespace(irrep_dims=[dim] * heads, generators=basis)
        self.prior_bank = PriorBank(23, cfg.embed_dim, heads * dim * dim)

    def _diagnostic_transport(self, belief):
        heads, dim = self.cfg.n_heads, self.group.irrep_dims[0]
        blocks = belief.phi.double().view(-1, heads, dim, dim)
        return torch.linalg.matrix_exp(blocks), torch.linalg.matrix_exp(-blocks)

    def _coupling_energy(self, family, mu, sigma, key_mu, key_sigma, omega):
        return divergence(mu, sigma, *omega, rotated=self.cfg.pos_rotation == "rope")

    def attention_maps(self, token_ids, *, score_at="converged"):
        bank, ids, maps = self.prior_bank, token_ids[0], []
        variances = bank.sigma_log_embed[ids].exp()
        belief = SimpleNamespace(
            mu=bank.mu_embed[ids], sigma=variances, phi=bank.phi_embed[ids], right_phi=None
        )
        for layer in range(self.cfg.n_layers):
            if score_at == "entry":
                maps.append(self.score(belief))
            moved = 0.7 * belief.mu + 0.3 * belief.mu.roll(1, dims=0)
            changed = {"mu": moved, "sigma": belief.sigma * 0.9}
            belief = SimpleNamespace(**{**vars(belief), **changed})
            if score_at == "converged":
                maps.append(self.score(belief))
        return torch.stack(maps)

    def score(self, belief):
        omega = self._diagnostic_transport(belief)
        mu, sigma = belief.mu, belief.sigma
        energy = self._coupling_energy(None, mu, sigma, mu, sigma, omega)
        kappa = torch.as_tensor(self.cfg.kappa_beta, dtype=torch.float64).view(-1, 1, 1)
        tau = kappa * self.group.irrep_dims[0] ** 0.5
        return (prior_of(self.cfg, len(mu)) - energy / tau).softmax(-1).float()
"""
V3_ENERGY = """\
import torch


def divergence(mu, sigma, forward, backward, rotated):
    mu, sigma = mu.double(), sigma.double()
    dim, heads = forward.shape[-1], []
    for head in range(forward.shape[1]):
        own = slice(head * dim, (head + 1) * dim)
        omega = torch.einsum("iab,jbc->ijac", forward[:, head], backward[:, head])
        mean = torch.einsum("ijab,jb->ija", omega, mu[:, own])
        if rotated:
            mean = mean.flip(-1)
        spread = torch.einsum("ijab,jb->ija", omega.square(), sigma[:, own])
        ratio, gap = sigma[:, None, own] / spread, (mean - mu[:, None, own]).square() / spread
        heads.append(((ratio + gap - 1 - ratio.log()).sum(-1) / 2).clamp(0, 100))
    return torch.stack(heads)


def prior_of(cfg, length):
    position = torch.arange(length)
    distance = position[:, None] - position
    allowed = distance > 0
    allowed[0, 0] = True
    slopes = torch.tensor([2.0 ** (-8 * (h + 1) / cfg.n_heads) for h in range(cfg.n_heads)])
    bias = -slopes.double()[:, None, None] * distance.abs()
    return bias.masked_fill(~allowed, -torch.inf)
"""
V1_MODEL = """\
import torch
from torch import nn

from .beta import weights_of


class Step(nn.Module):
    def __init__(self, config, generators, dims):
        super().__init__()
        self.irrep_dims, self.kappa = dims, config["kappa_beta"]
        self.alpha_divergence = config.get("alpha_divergence", 1.0)
        self.n_iterations, self.config = config.get("ffn_n_iterations", 1), config
        self.generators = generators
        self.raw_lr = nn.Parameter(torch.zeros(()))
        self.log_kappa_per_head = None
        if config.get("learnable_head_kappa"):
            self.log_kappa_per_head = nn.Parameter(torch.zeros(len(dims)))
            self.register_buffer("_kappa_init", torch.full((len(dims),), self.kappa))

    def temperatures(self):
        if self.log_kappa_per_head is None:
            return [self.kappa] * len(self.irrep_dims)
        return [
            float(logarithm.exp().clamp(0.5 * start, 1.5 * start))
            for logarithm, start in zip(self.log_kappa_per_head, self._kappa_init)
        ]

    def _vfe_iteration(self, iteration, mu_current, sigma_current, phi_current, **other):
        beliefs = mu_current[0], sigma_current[0], phi_current[0]
        self._last_beta = weights_of(self, *beliefs)[None]
        return mu_current + 0.2 * mu_current.roll(1, dims=1), sigma_current * 0.9

    def forward(self, mu, sigma, phi):
        for iteration in range(self.n_iterations):
            mu, sigma = self._vfe_iteration(
                iteration=iteration, mu_current=mu, sigma_current=sigma, phi_current=phi
            )
        return mu, sigma


class Block(nn.Module):
    def __init__(self, *args):
        super().__init__()
        self.norm1 = nn.LayerNorm(args[0]["embed_dim"])
        self.ffn = Step(*args)


class Embedding(nn.Module):
    def __init__(self, vocab, width, generators):
        super().__init__()
        self.mu_embed = nn.Embedding(vocab, width)
        self.log_sigma_diag = nn.Parameter(torch.zeros(vocab, width))
        self.phi_embed = nn.Embedding(vocab, len(generators))
        self.register_buffer("generators", generators)


class GaugeTransformerLM(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        width = config["embed_dim"]
        dims = [dim for _, copies, dim in config["irrep_spec"] for _ in range(copies)]
        basis, start = [], 0
        for dim in dims:
            for entry in range(dim * dim):
                basis.append(torch.zeros(width, width))
                basis[-1][start + entry // dim, start + entry % dim] = 1
            start += dim
        self.register_buffer("generators", torch.stack(basis))
        self.token_embed = Embedding(config["vocab_size"], width, self.generators)
        self.pos_encoding = nn.Module()
        self.pos_encoding.pos_phi = nn.Parameter(torch.zeros(13, len(basis)))
        self.transformer = nn.Module()
        self.transformer.blocks = nn.ModuleList(
            Block(config, self.generators, dims) for _ in range(config["n_layers"])
        )
        self.out_proj = nn.Linear(width, config["vocab_size"], bias=False)

    def forward_with_attention(self, ids):
        embed = self.token_embed
        mu, phi = embed.mu_embed(ids), embed.phi_embed(ids)
        sigma = embed.log_sigma_diag[ids].exp().clamp(0.01, self.config["sigma_max"])
        beta = []
        for block in self.transformer.blocks:
            mu, sigma = block.ffn(block.norm1(mu), sigma, phi)
            beta.append(block.ffn._last_beta)
        return mu, {"beta": torch.stack(beta), "kl": None}
"""
V1_BETA = """\
import torch


def weights_of(step, mu, sigma, phi):
    mu, sigma, phi = mu.double(), sigma.double(), phi.double()
    allowed = torch.ones(len(mu), len(mu)).tril(-1 if step.config["mask_self_attention"] else 0)
    allowed[0, 0] = 1
    heads, start, order = [], 0, step.alpha_divergence
    for dim, kappa in zip(step.irrep_dims, step.temperatures()):
        own, start = slice(start, start + dim), start + dim
        algebra = torch.tensordot(phi, step.generators[:, own, own].double(), dims=1)
        forward, backward = (torch.linalg.matrix_exp(sign * algebra) for sign in (1, -1))
        omega = torch.einsum("iab,jbc->ijac", forward, backward)
        gap = (torch.einsum("ijab,jb->ija", omega, mu[:, own]) - mu[:, None, own]).square()
        query = sigma[:, None, own]
        key = torch.einsum("ijab,jb->ija", omega.square(), sigma[:, own])
        mixed = order * key + (1 - order) * query
        logs = mixed.log() - (1 - order) * query.log() - order * key.log()
        terms = order * gap / mixed + logs / (1 - order)
        divergence = (terms.sum(-1) / 2).clamp(0, max(100, 5 * dim))
        logits = (-divergence / (kappa * dim**0.5)).masked_fill(allowed == 0, -torch.inf)
        heads.append(logits.softmax(-1))
    return torch.stack(heads).float()
"""
SIM_ATTENTION = (
    PACKAGE.partition("class Block")[0]
    .replace("self, generators, dims, exact", "self, generators, dims, kappa")
    .replace("self.exact, self.dims = exact, dims", "self.kappa, self.dims = kappa, dims")
    .replace("holder.gen.double(), self.exact", "holder.gen.double(), NUMBA_AVAILABLE")
    .replace("(-kl / KAPPA)", "(-kl / self.kappa)")
    + "\n\nNUMBA_AVAILABLE, TRANSPORT_AVAILABLE = NUMBA, True\n"
)
SIM_MODEL = """\
import torch
from torch import nn

from transformer.attention import Attention


class GaugeTransformerLM(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config, width, vocab = config, config["embed_dim"], config["vocab_size"]
        self.kappa = config["kappa_beta"]
        so3 = torch.zeros(3, 3, 3)
        for index, (i, j) in enumerate(((0, 1), (0, 2), (1, 2))):
            so3[index, i, j], so3[index, j, i] = 1, -1
        parts = {3: so3, 1: torch.zeros(3, 1, 1)}
        dims = [dim for _, copies, dim in config["irrep_spec"] for _ in range(copies)]
        heads = [parts[dim] for dim in dims]
        whole = torch.stack([torch.block_diag(*axis) for axis in zip(*heads)])
        self.register_buffer("generators", whole)
        self.token_embed = nn.Module()
        self.token_embed.mu_embed = nn.Embedding(vocab, width)
        self.token_embed.pos_embed = nn.Embedding(config["max_seq_len"], width)
        self.token_embed.phi_embed = nn.Embedding(vocab, 3)
        self.token_embed.log_sigma_diag = nn.Parameter(torch.zeros(vocab, width))
        self.token_embed.register_buffer("generators", whole)
        self.pos_encoding = nn.Module()
        self.pos_encoding.pos_phi = nn.Parameter(torch.zeros(config["max_seq_len"], 3))
        self.pos_encoding.register_buffer("generators", whole)
        self.transformer = nn.Module()
        self.transformer.blocks = nn.ModuleList()
        for _ in range(config["n_layers"]):
            block = nn.Module()
            block.attention = Attention(whole, dims, self.kappa)
            block.ffn = nn.Module()
            block.ffn.variational_ffn = nn.Module()
            block.ffn.variational_ffn.lr = nn.Parameter(torch.zeros(()))
            block.ffn.variational_ffn.register_buffer("generators", whole)
            self.transformer.blocks.append(block)
        self.out_proj = nn.Linear(width, vocab, bias=False)

    def forward_with_attention(self, ids):
        embed, length = self.token_embed, ids.shape[1]
        mu = embed.mu_embed(ids) + embed.pos_embed.weight[:length]
        sigma = torch.diag_embed(embed.log_sigma_diag[ids].exp().clamp(0.01, 5.0))
        mask = torch.ones(length, length).tril(-1 if self.config["mask_self_attention"] else 0)
        mask[0, 0] = 1
        for block in self.transformer.blocks:
            _, _, beta, kl = block.attention(
                mu, sigma, embed.phi_embed(ids), self.generators, mask=mask.bool()[None],
                return_attention=True,
            )
            mu, sigma = mu + 0.3 * mu.roll(1, dims=1), 0.8 * sigma
        return mu, {"beta": beta, "kl": kl}
"""


def write_project(folder: Path, family: str, *, numba: bool = False) -> Path:
    """The stand-in of a family's project in a folder of its own."""
    files = {
        "vfe-v3": {
            "vfe3/__init__.py": "",
            "vfe3/config.py": V3_CONFIG,
            "vfe3/free_energy.py": V3_ENERGY,
            "vfe3/model/__init__.py": "from vfe3.config import VFE3Config\n",
            "vfe3/model/model.py": V3_MODEL,
        },
        "vfe-v1": {
            "transformer/__init__.py": "",
            "transformer/core/model.py": V1_MODEL,
            "transformer/core/beta.py": V1_BETA,
        },
        "vfe-sim": {
            "transformer/__init__.py": "",
            "transformer/attention.py": SIM_ATTENTION.replace("NUMBA, True", f"{numba}, True"),
            "transformer/model.py": SIM_MODEL,
        },
    }[family]
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder
