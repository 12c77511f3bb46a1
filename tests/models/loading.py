"""Checkpoints through the public loader."""

from pathlib import Path
from typing import Any

import torch
from messages import message_of

from paperfig.errors import CheckpointError
from paperfig.models.checkpoint import load_checkpoint
from paperfig.models.source import AttentionSource
from paperfig.specs.schema import CheckpointSpec


def load(path: Path, device: str = "cpu", **keys: Any) -> AttentionSource:
    """The model of a file or a folder."""
    spec = CheckpointSpec(path=path.name, **keys)
    return load_checkpoint(spec, root=path.parent, device=torch.device(device))


def message(path: Path, **keys: Any) -> str:
    """What loading it says, on one line."""
    return message_of(CheckpointError, load, path, **keys)
