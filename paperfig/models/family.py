"""What a family of checkpoints registers."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from paperfig.models.files.tensors import Stored
from paperfig.models.source import AttentionSource
from paperfig.specs.schema import CheckpointSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One kind of checkpoint file.

    Attributes:
        name: what a spec's ``family:`` and the record call it.
        recognises: whether a file is of this family, by its tensors' names and keys.
        open: the file's attention source. The spec's ``config`` is a full path there.
    """

    name: str
    recognises: Callable[[Stored], bool]
    open: Callable[[Stored, CheckpointSpec, torch.device], AttentionSource]
