"""Small checkpoints in each family's own layout, of fixed numbers."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import torch
from revisions.fixed import Tables

VOCAB, CONTEXT = 11, 9
State = dict[str, torch.Tensor]
Config = Mapping[str, Any]

_NORMED = {"scale": 0.2, "about": 1.0}
_HEAD = "transformer.blocks.0.attention.head_generators.{}.gen"


def gpt(path: Path) -> Path:
    """nanoGPT's file, of two layers with two heads, with biases."""
    tables, width = Tables(), 6
    state = {
        "transformer.wte.weight": tables(VOCAB, width),
        "transformer.wpe.weight": tables(CONTEXT, width),
        "transformer.ln_f.weight": tables(width, **_NORMED),
        "transformer.ln_f.bias": tables(width),
    }
    for layer in range(2):
        names = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
        state |= _block(f"transformer.h.{layer}.", names, tables, width, biased=names)
    arguments = {"n_layer": 2, "n_head": 2, "n_embd": width, "bias": True}
    torch.save({"model": state, "model_args": arguments, "iter_num": 10}, path)
    return path


def baseline(path: Path) -> Path:
    """The VFE projects' dot-product baseline, of two layers with two heads."""
    tables, width = Tables(), 6
    state = {
        "token_embed.weight": tables(VOCAB, width),
        "pos_embed.weight": tables(CONTEXT, width),
        "ln_final.weight": tables(width, **_NORMED),
        "ln_final.bias": tables(width),
    }
    names = ("ln1", "attn.W_Q", "attn.W_K", "attn.W_V", "attn.W_O", "ln2", "ffn.fc1", "ffn.fc2")
    for layer in range(2):
        state |= _block(
            f"blocks.{layer}.",
            names,
            tables,
            width,
            biased=("ln1", "ln2", "ffn.fc1", "ffn.fc2"),
        )
    torch.save({"model": state, "config": {"n_heads": 2, "embed_dim": width}, "step": 7}, path)
    return path


def _block(
    prefix: str, names: Sequence[str], tables: Tables, width: int, *, biased: Sequence[str]
) -> State:
    """The tensors of a layer: two norms, attention's maps, a hidden layer of 7."""
    state: State = {}
    for name in names:
        rows = {"attn.c_attn": 3 * width, "mlp.c_fc": 7, "ffn.fc1": 7}.get(name, width)
        columns = 7 if name in {"mlp.c_proj", "ffn.fc2"} else width
        norm = name.startswith("ln")
        shape = (width,) if norm else (rows, columns)
        state[f"{prefix}{name}.weight"] = tables(*shape, **_NORMED if norm else {})
        if name in biased:
            state[f"{prefix}{name}.bias"] = tables(rows, scale=0.5)
    return state


def vfe_sim(
    path: Path, *, size: int, dims: tuple[int, ...], state: State | None = None, **config: Any
) -> Path:
    """VFE-Sim's file: fundamental heads of SO(``size``) and scalar ones.

    Args:
        path: where to.
        size: of the group.
        dims: of each head: ``size`` or 1.
        state: tensors in place of the usual or beside them; None takes one away.
        config: keys beside the sizes.
    """
    tables, width = Tables(), sum(dims)
    whole, heads = rotations(size, dims)
    count = len(whole)
    usual: Mapping[str, Any] = {
        "token_embed.generators": whole,
        "token_embed.mu_embed.weight": tables(VOCAB, width),
        "token_embed.log_sigma_diag": tables(VOCAB, width, scale=1.5),
        "token_embed.phi_embed.weight": tables(VOCAB, count, scale=0.6),
        "token_embed.pos_embed.weight": tables(CONTEXT, width, scale=0.5),
        "pos_encoding.pos_phi": tables(CONTEXT, count, scale=0.6),
        "pos_encoding.generators": whole,
        "out_proj.weight": tables(VOCAB, width),
        **{_HEAD.format(index): head for index, head in enumerate(heads)},
    }
    kept = {name: one for name, one in {**usual, **(state or {})}.items() if one is not None}
    sizes = {"embed_dim": width, "n_layers": 1, "max_seq_len": CONTEXT, "vocab_size": VOCAB}
    torch.save({"step": 900, "model_state": kept, "config": sizes | config}, path)
    return path


def rotations(size: int, dims: Sequence[int]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The generators of SO(N) on a belief of such heads, and on each head alone."""
    pairs = [(i, j) for i in range(size) for j in range(i + 1, size)]
    own = torch.zeros(len(pairs), size, size)
    for index, (i, j) in enumerate(pairs):
        own[index, i, j], own[index, j, i] = 1, -1
    scalar = torch.zeros(len(pairs), 1, 1)
    heads = [own if dim == size else scalar for dim in dims]
    whole = torch.stack([torch.block_diag(*axis) for axis in zip(*heads, strict=True)])
    return whole, heads


def gauge_fixed(width: int) -> dict[str, Any]:
    """The tensors of a VFE-Sim model whose priors are one belief, rotated."""
    tables = Tables()
    gone = ("token_embed.mu_embed.weight", "token_embed.log_sigma_diag")
    return {
        **dict.fromkeys(gone),
        "token_embed.base_mu": tables(width),
        "token_embed.base_log_sigma_diag": tables(width, scale=1.5),
    }


def normed(width: int) -> State:
    """A first block's norm."""
    tables, norm = Tables(), "transformer.blocks.0.norm1."
    return {norm + "weight": tables(width, **_NORMED), norm + "bias": tables(width)}


def vfe_v1(
    path: Path,
    *,
    coupled: tuple[int, ...] = (),
    kappas: Sequence[float] | None = None,
    **config: Any,
) -> Path:
    """V1's file: three heads of GL(2), and the basis of a coupling of two.

    Args:
        path: where to.
        coupled: two heads that are one, which stand side by side and first.
        kappas: learned ones, of each head.
        config: keys beside the usual, or in their place.
    """
    tables, learned = Tables(), {}
    couplings = [coupled] if coupled else []
    blocks = [*((head, head) for head in range(3)), *couplings]
    beside = list(dict.fromkeys((*coupled, *range(3))))
    basis = torch.zeros(4 * len(blocks), 6, 6)
    for index, ((row, column), entry) in enumerate(product(blocks, range(4))):
        i, j = (2 * beside.index(head) for head in (row, column))
        basis[index, i + entry // 2, j + entry % 2] = 1
    if kappas is not None:
        ffn = "transformer.blocks.0.ffn."
        learned = {f"{ffn}log_kappa_per_head": torch.tensor(kappas).log()}
        learned[f"{ffn}_kappa_init"] = torch.ones(len(kappas))
    state = {
        "generators": basis,
        "token_embed.mu_embed.weight": tables(VOCAB, 6),
        "token_embed.log_sigma_diag": tables(VOCAB, 6, scale=1.5),
        "token_embed.phi_embed.weight": tables(VOCAB, len(basis), scale=0.4),
        "pos_encoding.pos_phi": torch.zeros(CONTEXT, len(basis)),
        "transformer.blocks.0.ffn.raw_lr": torch.tensor(-2.0),
        "out_proj.weight": tables(VOCAB, 6),
        **normed(6),
        **learned,
    }
    usual = {
        "embed_dim": 6,
        "n_layers": 1,
        "gauge_group": "GLK",
        "irrep_spec": [["fund", 3, 2]],
        "diagonal_covariance": True,
        "kappa_beta": 0.7,
        "use_layernorm": True,
        "rope_base": 50,
        "mask_self_attention": False,
        "sigma_max": 2.0,
        "max_seq_len": CONTEXT,
        "cross_couplings": couplings,
    }
    torch.save({"step": 3, "model_state_dict": state, "model_config": usual | config}, path)
    return path


def vfe_v3(
    path: Path,
    *,
    kappas: Sequence[float] = (),
    buckets: int = 0,
    turned: bool = False,
    **config: Any,
) -> Path:
    """V3's file: two heads of GL(3).

    Args:
        path: where to.
        kappas: learned ones, of each head.
        buckets: how many distances have a learned bias.
        turned: whether frames have learned positions.
        config: keys beside the usual, or in their place.
    """
    tables = Tables()
    state = {
        "prior_bank.mu_embed": tables(VOCAB, 6),
        "prior_bank.sigma_log_embed": tables(VOCAB, 6, scale=1.5),
        "prior_bank.phi_embed": tables(VOCAB, 18, scale=0.4),
        "prior_bank.decode_log_scale": torch.zeros(1),
    }
    if turned:
        state["pos_phi_free"] = tables(CONTEXT, 18, scale=0.9)
    if buckets:
        state["t5_bias"] = tables(buckets)
    if kappas:
        state["log_kappa_beta"] = torch.tensor(kappas).log()
    usual = {
        "embed_dim": 6,
        "n_heads": 2,
        "n_layers": 1,
        "max_seq_len": CONTEXT,
        "kappa_beta": 0.8,
        "family": "gaussian_diagonal",
        "beta_attention_prior": "causal",
        "pos_phi": "learned" if turned else "none",
    }
    torch.save(
        {"model_state": state, "config": usual | config, "config_fingerprint": "x"}, path
    )
    return path


def pure_fep(path: Path) -> Path:
    """The file of the VFE projects' pure-FEP script, as far as it is recognised."""
    torch.save({"embedding.weight": torch.ones(2, 2), "layers.0.prior_mu": torch.ones(2)}, path)
    return path


def huggingface(path: Path, model_type: str, *, scale: float = 1.0, **config: Any) -> Path:
    """The folder of a small model of transformers'."""
    from transformers import CONFIG_MAPPING, AutoModelForCausalLM
    from transformers.utils import logging

    sizes = {
        "vocab_size": VOCAB,
        "hidden_size": 12,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": CONTEXT,
        "intermediate_size": 7,
        "bos_token_id": 1,
        "eos_token_id": 1,
        "pad_token_id": 1,
    }
    model: Any = AutoModelForCausalLM.from_config(CONFIG_MAPPING[model_type](**sizes | config))
    tables = Tables()
    with torch.no_grad():
        for _, parameter in sorted(model.named_parameters()):
            parameter.copy_(tables(*parameter.shape, scale=scale))
    logging.disable_progress_bar()
    model.save_pretrained(path)
    logging.enable_progress_bar()
    return path
