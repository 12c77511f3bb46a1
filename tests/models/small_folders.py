"""Hugging Face folders of small models, and what is said of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from loading import load
from messages import message_of
from safetensors.torch import load_file, save_file
from small_models import IDS, write_json

from paperfig.errors import CheckpointError


def saved(
    model: Any, folder: Path, dtype: torch.dtype = torch.float32, *, spread: float = 0.3
) -> Path:
    """The model with weights far from uniform attention, as a folder.

    Args:
        model: any of transformers' models; it is changed as well.
        folder: where to.
        dtype: the type that weights are stored in.
        spread: the deviation of what is added to each weight.
    """
    from transformers.utils import logging

    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(spread * torch.randn(parameter.shape, generator=generator))
    logging.disable_progress_bar()
    model.to(dtype).save_pretrained(folder)
    logging.enable_progress_bar()
    model.float()
    return folder


def message(folder: Path, *, layer: int = 0, **keys: object) -> str:
    """What loading the folder and computing a layer from it says, on one line."""
    return message_of(
        CheckpointError, lambda: load(folder, **keys).layer_inputs(IDS, {layer: [0]})
    )


def edit(folder: Path, **changes: object) -> None:
    """Changes keys of the folder's config.json."""
    path = folder / "config.json"
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | changes)


def change_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    """Changes the folder's tensors."""
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
