"""A model that is drawn in memory is left as it was, also by a run that fails."""

import inspect
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from models.small_transformers import IDS, small

import paperfig
from paperfig.errors import AttentionError

draw_model = inspect.unwrap(paperfig.draw_model)  # the type checks draw numbers
PAIR = {"input_ids": IDS, "decoder_input_ids": [2, 7]}


def state(model: torch.nn.Module) -> dict[str, Any]:
    """All that a run might leave behind: modes, hooks, configurations, generators."""
    parts = dict(model.named_modules())
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    configs = [part.config for part in parts.values() if hasattr(part, "config")]
    return {
        "modes": {name: part.training for name, part in parts.items()},
        "hooks": {
            name: [len(getattr(part, it)) for it in hooks] for name, part in parts.items()
        },
        "implementation": [config._attn_implementation for config in configs],
        "configuration": [config.to_dict() for config in configs],
        "gradients": {
            name: (it.requires_grad, it.grad) for name, it in model.named_parameters()
        },
        "attributes": {name: sorted(vars(part)) for name, part in parts.items()},
        "torch": torch.random.get_rng_state().tolist(),
        "python": random.getstate(),
        "numpy": np.random.get_state()[1].tolist(),  # noqa: NPY002 - which a program may use
        "modes of torch": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
    }


def watched(model_type: str) -> Any:
    """A model in which some is not as usual, and not all alike."""
    model = small(model_type)
    next(model.children()).eval()
    next(model.parameters()).requires_grad_(False)
    model.register_forward_hook(lambda *_: None)
    return model


@pytest.mark.parametrize(
    ("model_type", "implementation"),
    [
        ("gpt2", "sdpa"),
        ("gpt2", "eager"),
        ("gemma2", "eager"),
        ("bert", "sdpa"),
        ("gpt_oss", "eager"),
        ("t5", "sdpa"),
    ],
)
def test_after_a_run(model_type: str, implementation: str) -> None:
    """Up to the layer that is drawn, and to the last one."""
    model, ids = watched(model_type), PAIR if model_type == "t5" else IDS
    model.set_attn_implementation(implementation)
    model.config.output_hidden_states = True
    before, tensors = state(model), {k: v.clone() for k, v in model.state_dict().items()}
    for layer in (0, 1):
        draw_model(model, ids, layer=layer)

    assert state(model) == before
    assert all(torch.equal(v, tensors[k]) for k, v in model.state_dict().items())


def fails(*_: Any) -> None:
    """What a module's forward raises."""
    raise RuntimeError("out of order")


def broken() -> Any:
    """A model of which the last layer fails."""
    model = watched("gpt2")
    model.h[2].mlp.register_forward_pre_hook(fails)
    return model


FAULTS: dict[str, tuple[Callable[[], Any], Any, dict[str, Any], type[Exception]]] = {
    "in the model": (broken, IDS, {}, RuntimeError),
    "no layer is said": (lambda: watched("gpt2"), IDS, {}, AttentionError),
    "no such layer": (lambda: watched("gpt2"), IDS, {"layer": 7}, AttentionError),
    "no such head": (lambda: watched("bert"), IDS, {"layer": 1, "head": 7}, AttentionError),
    "too long": (lambda: watched("gpt2"), [1] * 99, {"layer": 1}, AttentionError),
    "in the other stack": (
        lambda: watched("t5"),
        {"input_ids": IDS, "decoder_input_ids": [99]},
        {"layer": 1, "attention": "encoder"},
        AttentionError,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault(fault: str) -> None:
    """Whoever it is that raises."""
    make, ids, arguments, kind = FAULTS[fault]
    model = make()
    before = state(model)
    with pytest.raises(kind):
        draw_model(model, ids, **arguments)

    assert state(model) == before


def test_a_model_stays_trainable() -> None:
    """Nothing that it keeps was made under inference mode, or without gradients."""
    model = small("llama")
    draw_model(model, IDS, layer=2)
    model(torch.tensor([IDS])).last_hidden_state.sum().backward()

    assert all(parameter.grad is not None for parameter in model.parameters())


def test_transformers_is_not_imported_for_others() -> None:
    """A torch module is drawn without, in a process of its own."""
    code = """
import sys, torch, paperfig
stack = torch.nn.TransformerEncoder(
    torch.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 2, enable_nested_tensor=False
)
model = torch.nn.Sequential(torch.nn.Embedding(9, 4), stack)
paperfig.draw_model(
    model, [1, 2], attention="1.layers.*.self_attn", layer=0, mask={"causal": False}
).caption
print(sorted({name.partition(".")[0] for name in sys.modules} & {"transformers", "datasets"}))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


def test_layers_above_the_one_drawn_do_not_run() -> None:
    """The last one that does is the one that is drawn."""
    model, ran = small("gpt2"), []
    for number, block in enumerate(model.h):
        block.register_forward_pre_hook(lambda *_, number=number: ran.append(number))
    draw_model(model, IDS, layer=1)

    assert ran == [0, 1]
