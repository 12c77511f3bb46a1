"""Small models for the models room, seeded."""

from pathlib import Path

import pytest
import torch
from small_models import CONTEXT, HIDDEN, LAYERS, VOCAB, WIDTH, gpt_checkpoint


@pytest.fixture(autouse=True)
def _one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)


@pytest.fixture
def gpt_state() -> dict[str, torch.Tensor]:
    """A nanoGPT state dict with biases, as its code names the tensors."""
    generator = torch.Generator().manual_seed(11)

    def draw(*shape: int) -> torch.Tensor:
        return 0.5 * torch.randn(*shape, generator=generator)

    state = {
        "transformer.wte.weight": draw(VOCAB, WIDTH),
        "transformer.wpe.weight": draw(CONTEXT, WIDTH),
    }
    for layer in range(LAYERS):
        block = f"transformer.h.{layer}."
        state |= {
            f"{block}ln_1.weight": 1 + draw(WIDTH),
            f"{block}ln_1.bias": draw(WIDTH),
            f"{block}attn.c_attn.weight": draw(3 * WIDTH, WIDTH),
            f"{block}attn.c_attn.bias": draw(3 * WIDTH),
            f"{block}attn.c_proj.weight": draw(WIDTH, WIDTH),
            f"{block}attn.c_proj.bias": draw(WIDTH),
            f"{block}ln_2.weight": 1 + draw(WIDTH),
            f"{block}ln_2.bias": draw(WIDTH),
            f"{block}mlp.c_fc.weight": draw(HIDDEN, WIDTH),
            f"{block}mlp.c_fc.bias": draw(HIDDEN),
            f"{block}mlp.c_proj.weight": draw(WIDTH, HIDDEN),
            f"{block}mlp.c_proj.bias": draw(WIDTH),
        }
    state |= {"transformer.ln_f.weight": 1 + draw(WIDTH), "transformer.ln_f.bias": draw(WIDTH)}
    return state | {"lm_head.weight": state["transformer.wte.weight"]}


@pytest.fixture
def gpt_file(tmp_path: Path, gpt_state: dict[str, torch.Tensor]) -> Path:
    """A nanoGPT file."""
    path = tmp_path / "ckpt.pt"
    torch.save(gpt_checkpoint(gpt_state), path)
    return path
