"""A model of the user's own, run and left as it was."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch

from paperfig.errors import AttentionError


@contextmanager
def as_found(model: Any) -> Iterator[None]:
    """Eval mode without gradients, hooks seen; all of it as before afterwards.

    Modes are put back part by part, and so are all generators of random numbers.
    """
    modes = {part: part.training for part in _parts(model)}
    cards = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    try:
        for part in modes:
            part.training = False
        with (
            random_numbers_kept(),
            torch.random.fork_rng(cards),
            torch.no_grad(),
            _uncompiled(),
        ):
            yield
    finally:
        for part, mode in modes.items():
            part.training = mode


@contextmanager
def random_numbers_kept() -> Iterator[None]:
    """Leaves Python's and numpy's global generators as they were found."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002


def unwrapped(model: Any) -> tuple[Any, str]:
    """The model inside DataParallel, its kin and torch.compile, which compute what it does.

    Returns:
        The model, and what the wrappers put before the names of its submodules.

    Raises:
        AttentionError: its parameters are split among processes, so that it is not whole.
    """
    prefix = ""
    while isinstance(model, torch.nn.Module):
        parts = dict(model.named_children())
        if "_fsdp_wrapped_module" in parts:
            right = "the whole model, gathered on one device, is right"
            where = type(model).__name__
            raise AttentionError(where, "its parameters are split among processes", right)
        parallel = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
        inside = "module" if isinstance(model, parallel) else "_orig_mod"
        if inside not in parts:
            break
        model, prefix = parts[inside], f"{prefix}{inside}."
    return model, prefix


def device_of(model: Any) -> torch.device:
    """Where the model lies: its first parameter, or buffer."""
    for part in _parts(model):
        for tensor in (*part.parameters(), *part.buffers()):
            return tensor.device
    return torch.device("cpu")


def _uncompiled() -> Any:
    """Without torch.compile, which would compile hooks too; asking imports it, hence `if`."""
    compiles = "torch._dynamo" in sys.modules
    return torch.compiler.set_stance("force_eager") if compiles else nullcontext()


def _parts(model: Any) -> tuple[torch.nn.Module, ...]:
    """The modules of a model, or of those that an object keeps which is none itself."""
    is_module = isinstance(model, torch.nn.Module)
    held = (model,) if is_module else getattr(model, "__dict__", {}).values()
    roots = (one for one in held if isinstance(one, torch.nn.Module))
    return tuple(part for root in roots for part in root.modules())
