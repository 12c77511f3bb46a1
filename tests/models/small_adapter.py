"""A project with a package of its own that mimics the VFE projects' models."""

from pathlib import Path

import numpy as np
import torch

from paperfig.models.checkpoint import load_checkpoint
from paperfig.models.external.adapter import AdapterSource
from paperfig.specs.schema import CheckpointSpec

KAPPA = 0.5
IDS = np.frombuffer(b"The lamp burned.", np.uint8).astype(np.int64)

BUILD = '''\
from pathlib import Path

from sums.scales import SCALES

from .network import Network

Path(__file__).with_name("was-imported").touch()


def build(path, device):
    """The model of a checkpoint."""
    return Network(SCALES).to(device)
'''
NETWORK = """\
import torch


class Network(torch.nn.Module):
    config = CONFIG

    def __init__(self, scales):
        super().__init__()
        self.scales = torch.nn.Parameter(torch.tensor(scales))

    def forward_with_attention(self, ids):
        x = ids[:, None] * self.scales[:, None] / 50
        kl = (x[..., :, None] - x[..., None, :]) ** 2
        n = ids.shape[1]
        allowed = torch.ones(n, n).tril(DIAGONAL).bool()
        allowed[0, 0] = True
        logits = -kl / 0.5 + SLOPE * torch.arange(n)
        beta = logits.masked_fill(~allowed, -torch.inf).softmax(-1).clamp(min=1e-8)
        return None, RETURNED
"""
CONFIG = {
    "n_layers": 2,
    "vocab_size": 256,
    "max_seq_len": 64,
    "kappa_beta": KAPPA,
    "mask_self_attention": True,
}
LAST = '{"beta": beta, "kl": kl}'


def write_package(
    folder: Path,
    *,
    config: object = CONFIG,
    returned: str = LAST,
    diagonal: int = -1,
    slope: float = 0.0,
) -> Path:
    """The packages ``lamp`` and ``sums`` in a folder; `lamp.reading:build` is the adapter."""
    network = NETWORK.replace("CONFIG", repr(config)).replace("RETURNED", returned)
    network = network.replace("DIAGONAL", str(diagonal)).replace("SLOPE", str(slope))
    files = {
        "lamp/__init__.py": "",
        "lamp/reading.py": BUILD,
        "lamp/network.py": network,
        "lamp/unused.py": "",
        "sums/scales.py": "SCALES = [1.0, 2.0]\n",
        "other.py": "raise SystemError\n",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def loaded(root: Path, **keys: object) -> AdapterSource:
    """The source of the package's adapter, allowed."""
    spec = CheckpointSpec(**{"adapter": "lamp.reading:build", **keys})
    source = load_checkpoint(spec, root=root, device=torch.device("cpu"), allow_adapters=True)
    assert isinstance(source, AdapterSource)
    return source


def weights_of(ids: np.ndarray, kappa: float, *, hide_self: bool) -> np.ndarray:
    """The same by numpy in float64, exactly 0 where masked."""
    heads = []
    for scale in (1.0, 2.0):
        x = ids * scale / 50
        raw = np.tril(np.exp(-((x[:, None] - x) ** 2) / kappa), -1 if hide_self else 0)
        raw[0, 0] = 1
        heads.append(raw / raw.sum(1, keepdims=True))
    return np.stack(heads)
