"""Small checkpoints, honest and hostile: sizes are distinct primes."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from paperfig.models.dot_product import DotProductInputs

VOCAB, CONTEXT, LAYERS, HEADS, HEAD_DIM, HIDDEN = 53, 29, 3, 2, 5, 31
WIDTH = HEADS * HEAD_DIM
IDS = np.array([7, 3, 51, 3, 19, 0, 11], dtype=np.int64)


def weights_of(inputs: DotProductInputs) -> np.ndarray:
    """Causal attention weights, by the definition."""
    scores = inputs.scale * inputs.queries.double() @ inputs.keys.double().transpose(-1, -2)
    future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1).to(scores.device)
    return torch.softmax(scores.masked_fill(future, -torch.inf), dim=-1).cpu().numpy()


def gpt_checkpoint(state: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """What nanoGPT's train.py saves around a state dict."""
    biased = any(name.endswith("attn.c_attn.bias") for name in state)
    parameters = [torch.nn.Parameter(tensor.float()) for tensor in state.values()]
    return {
        "model": dict(state),
        "optimizer": torch.optim.AdamW(parameters).state_dict(),
        "model_args": {"n_layer": LAYERS, "n_head": HEADS, "n_embd": WIDTH, "bias": biased},
        "iter_num": 1700,
        "best_val_loss": torch.tensor(3.25),
        "config": {"out_dir": "out", "learning_rate": 6e-4, "betas": (0.9, 0.95)},
    }


def torch_archive(path: Path, pickled: bytes, *storages: bytes) -> Path:
    """A file laid out like torch.save's, around any pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/byteorder", "little")
        for key, content in enumerate(storages):
            archive.writestr(f"archive/data/{key}", content)
    return path


def write_json(path: Path, content: object) -> Path:
    """The content as a JSON file."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


class Calls:
    """An object whose pickle calls a function: what a hostile checkpoint holds."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.reduced = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.reduced


def pickled(content: object, protocol: int = 2) -> bytes:
    """The content's pickle, with tensors laid out as torch lays them out."""
    stream = io.BytesIO()
    pickle.Pickler(stream, protocol=protocol).dump(content)
    return stream.getvalue()


def tensor_program(size: Sequence[int], stride: Sequence[int], elements: int) -> bytes:
    """A pickle of ``{"w": tensor}`` with the given view of a storage of ``elements``."""
    numbers = [
        b"".join(b"J" + n.to_bytes(4, "little") for n in part) for part in (size, stride)
    ]
    storage = (
        b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
        + b"J" + elements.to_bytes(4, "little") + b"tQ"
    )  # fmt: skip
    tensor = (
        b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00"
        + b"(" + numbers[0] + b"t(" + numbers[1] + b"t" + b"\x89}tR"
    )  # fmt: skip
    return b"\x80\x02}X\x01\x00\x00\x00w" + tensor + b"s."
