"""The VFE projects' pure-FEP checkpoints: recognised, and refused by name."""

from typing import NoReturn

import torch

from paperfig.errors import CheckpointError
from paperfig.models.family import Family
from paperfig.models.files.tensors import Stored
from paperfig.specs.schema import CheckpointSpec

_NAME = "vfe-pure-fep"


def _recognises(stored: Stored) -> bool:
    return {"embedding.weight", "layers.0.prior_mu"} <= stored.tensors.keys()


def _open(stored: Stored, spec: CheckpointSpec, device: torch.device) -> NoReturn:  # noqa: ARG001
    raise CheckpointError(stored.where, f"a {_NAME} checkpoint, which is not built yet")


FAMILY = Family(name=_NAME, recognises=_recognises, open=_open)
