"""A transformers model whose layers hold weights only while they run.

It is built without content. What lies outside the layers is read once, the token table row
by row; a layer is read when it is run, so that one above the last layer wanted never is.
"""

import copy
from collections import Counter
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import nn
from torch.func import functional_call
from transformers import AutoModel
from transformers.modeling_layers import GradientCheckpointingLayer

from paperfig.models.files.shards import Shards
from paperfig.models.files.tensors import float32

_ROOM_ON_CPU = 4 << 30
"""Bytes: all layers of a model of a thousand million parameters."""


class TokenRows(nn.Module):
    """The model's own token embedding, with the rows of its table that are asked for.

    Args:
        embedding: the module that looks rows up, whatever its table holds.
        shards: the folder's files.
        name: what the table is called there.
        device: where the rows go.
    """

    def __init__(
        self, embedding: nn.Module, shards: Shards, name: str, device: torch.device
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self._shards, self._name, self._device = shards, name, device

    def forward(
        self, token_ids: Int64[torch.Tensor, "batch token"]
    ) -> Float[torch.Tensor, "batch token width"]:
        """What the embedding makes of the tokens, in float32."""
        different, indices = torch.unique(token_ids, return_inverse=True)
        rows = float32(self._shards.rows(self._name, different.tolist()), self._device)
        embedded: torch.Tensor = functional_call(self.embedding, {"weight": rows}, (indices,))
        return embedded


class _Loading:
    """What reads a layer's weights before it runs and lets go of them afterwards.

    Weights that are read a second time stay, as long as there is room: a single excerpt
    needs no more memory than one layer, and many excerpts read no layer over and over.
    """

    def __init__(self, shards: Shards, device: torch.device) -> None:
        self._shards, self._device = shards, device
        self._room, self._readings = room(device), Counter[str]()

    def attach(self, name: str, layer: nn.Module) -> None:
        """Lets the weights of the layer of that name come and go with its runs."""
        own = {f"{name}.{parameter}": parameter for parameter in layer.state_dict()}

        def load(*_: Any) -> None:
            if next(layer.parameters()).is_meta:
                tensors = self._shards.read(own, self._device)
                layer.load_state_dict({own[key]: tensors[key] for key in own}, assign=True)
                self._readings[name] += 1
                self._room -= _bytes(layer)

        def let_go(*_: Any) -> None:
            if self._readings[name] == 1 or self._room < 0:
                self._room += _bytes(layer)
                layer.to("meta")

        layer.register_forward_pre_hook(load)
        layer.register_forward_hook(let_go, always_call=True)


def room(device: torch.device) -> int:
    """How many bytes of layers may stay on the device: half of what is free on a GPU."""
    return torch.cuda.mem_get_info(device)[0] // 2 if device.type == "cuda" else _ROOM_ON_CPU


def streamed(bare: Any, shards: Shards, device: torch.device) -> Any:
    """The model, ready to run.

    Args:
        bare: the model without content, as `AutoModel` builds it on the device ``meta``.
        shards: the files with its tensors, by the model's own names.
        device: where to compute.
    """
    model, table = _around_layers(bare), token_table(bare)
    rest = [name for name in model.state_dict() if name != table]
    model.load_state_dict(shards.read(rest, device), strict=False, assign=True)
    embedding = TokenRows(model.get_input_embeddings(), shards, table, device)
    model.set_input_embeddings(embedding)
    model.to(device)
    loading, layers = _Loading(shards, device), _layers(bare)
    for stack in {name.rpartition(".")[0] for name in layers}:
        model.set_submodule(stack, bare.get_submodule(stack))
    for name, layer in layers.items():
        loading.attach(name, layer)
    model.config = bare.config
    return model.eval()


def token_table(bare: Any) -> str:
    """The name of the token table's tensor."""
    table = bare.get_input_embeddings()
    (name,) = (name for name, module in bare.named_modules() if module is table)
    return f"{name}.weight"


def _around_layers(bare: Any) -> Any:
    """The same model with content, but without layers and with a single token."""
    config = copy.deepcopy(bare.config)
    config.num_hidden_layers, config.vocab_size, config.pad_token_id = 0, 1, None
    with torch.random.fork_rng(devices=[]):
        return AutoModel.from_config(config, dtype=torch.float32)  # type: ignore[no-untyped-call]


def _layers(bare: nn.Module) -> dict[str, nn.Module]:
    """The layers by their names, as transformers marks them."""
    return {
        name: module
        for name, module in bare.named_modules()
        if isinstance(module, GradientCheckpointingLayer)
    }


def _bytes(layer: nn.Module) -> int:
    return sum(parameter.nbytes for parameter in layer.parameters())
