"""A nanoGPT-style file of seeded weights, large enough to be sharp, of any size."""

import json
from pathlib import Path

import torch


def random_gpt(
    path: Path,
    seed: int = 0,
    *,
    vocab_size: int = 256,
    n_layer: int = 2,
    n_head: int = 3,
    n_embd: int = 12,
    context: int = 64,
) -> Path:
    """The file, as `torch.save` of nanoGPT's trainer writes it at step 10."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {
        "transformer.wte.weight": (vocab_size, n_embd),
        "transformer.wpe.weight": (context, n_embd),
    }
    for layer in range(n_layer):
        block = f"transformer.h.{layer}"
        shapes |= {f"{block}.{norm}.weight": (n_embd,) for norm in ("ln_1", "ln_2")}
        shapes |= {
            f"{block}.attn.c_attn.weight": (3 * n_embd, n_embd),
            f"{block}.attn.c_proj.weight": (n_embd, n_embd),
            f"{block}.mlp.c_fc.weight": (4 * n_embd, n_embd),
            f"{block}.mlp.c_proj.weight": (n_embd, 4 * n_embd),
        }
    shapes |= {"transformer.ln_f.weight": (n_embd,), "lm_head.weight": (vocab_size, n_embd)}
    tensors = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"]
    arguments = {"n_layer": n_layer, "n_head": n_head, "n_embd": n_embd, "bias": False}
    arguments |= {"block_size": context, "vocab_size": vocab_size}
    path.parent.mkdir(exist_ok=True)
    torch.save({"model": tensors, "model_args": arguments, "iter_num": 10}, path)
    return path


def small_gpt2(shared: Path, folder: Path) -> None:
    """GPT-2 as the Hub holds it, but narrow: bare names, masks as tensors, its own ids."""
    from safetensors.torch import save_file
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2Config, GPT2Model

    config = GPT2Config(n_embd=24, n_positions=64, architectures=["GPT2LMHeadModel"])
    torch.manual_seed(0)
    tensors = dict(GPT2Model(config).state_dict())
    seen = torch.ones(1, 1, config.n_positions, config.n_positions).tril()
    tensors |= {f"h.{layer}.attn.bias": seen.clone() for layer in range(config.n_layer)}
    folder.mkdir(parents=True)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    older = {"n_ctx": 64, "task_specific_params": {"text-generation": {"max_length": 50}}}
    (folder / "config.json").write_text(json.dumps(config.to_diff_dict() | older))
    files = (str(shared / "gpt2" / name) for name in ("encoder.json", "vocab.bpe"))
    ByteLevelBPETokenizer(*files).save(str(folder / "tokenizer.json"))
