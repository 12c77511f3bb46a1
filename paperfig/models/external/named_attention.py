"""A torch module of the user's own, of which the attention submodules are named."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.backends.mha
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.models.external.recorder import Call, recording
from paperfig.models.external.report import configuration_of
from paperfig.models.external.submodules import named_submodules

_ROUNDED = 1e-2
"""How far from 1 a row of weights may sum in bfloat16, which keeps 8 bits."""


class NamedAttention(torch.nn.Module):
    """The module, with the interface of the VFE projects: its weights are seen by hooks.

    Args:
        model: called as ``model(ids)``.
        attention: the name of its attention submodules, as ``encoder.layers.*.self_attn``,
            in which ``*`` stands for the layer's number; without one there is one layer.

    Raises:
        AttentionError: no submodule has that name, or it names one layer of several, layers
            that do not count from 0, or what holds the attention in place of it.
    """

    def __init__(self, model: torch.nn.Module, attention: str) -> None:
        super().__init__()
        self.model = model
        self._layers = named_submodules(model, attention)

    @property
    def config(self) -> Mapping[str, Any]:
        """What the model's own says, with the number of layers that are named."""
        return {**(configuration_of(self.model) or {}), "n_layers": len(self._layers)}

    def forward_with_attention(
        self, token_ids: Int64[torch.Tensor, "1 token"]
    ) -> Mapping[str, Sequence[torch.Tensor]]:
        """The weights by layer, as ``beta``. The hooks stay only while the model runs.

        A multi-head attention of torch's is asked once more, for the weights of each head:
        the model gets what it asked for. Any other submodule has to return them itself.

        Raises:
            AttentionError: a submodule is not called once, or what it returns holds no
                weights, or more than one tensor of them.
        """

        def weights_of(name: str, call: Call) -> torch.Tensor:
            if found[name]:
                raise AttentionError(
                    name,
                    "the model calls it more than once",
                    "a submodule of its own for each layer is right",
                )
            return _weights(name, _with_weights(name, call), token_ids.shape[1])

        with recording(self._layers, weights_of, before_others=_is_torchs) as found, _unfused():
            self.model(token_ids)
        for name in self._layers:
            if not found[name]:
                raise AttentionError(
                    name,
                    "the model does not call it",
                    "a submodule that it calls is right, and no fused attention",
                )
        return {"beta": [found[name][0] for name in self._layers]}


@contextmanager
def _unfused() -> Iterator[None]:
    """Without torch's fused encoder layers, which do not call their attention."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _is_torchs(part: torch.nn.Module) -> bool:
    """Whether it is torch's own attention, whose weights are not what it returns.

    What any other submodule returns counts after hooks of the user's own, which may change
    it.
    """
    return isinstance(part, torch.nn.MultiheadAttention)


def _with_weights(name: str, call: Call) -> Any:
    """What the submodule returned; of torch's attention, asked again, each head's weights.

    ``is_causal`` is a hint that torch takes without the mask where no weights are wanted:
    a false one gives the model other weights than those of the mask.

    Raises:
        AttentionError: what it computes beside the weights is not what the model got.
    """
    if not _is_torchs(call.part):
        return call.output
    bound = inspect.signature(call.part.forward).bind(*call.args, **call.kwargs)
    if "need_weights" not in bound.signature.parameters:
        return call.output  # a class of the user's own may hide it
    bound.arguments |= {"need_weights": True, "average_attn_weights": False}
    again, weights = call.part.forward(*bound.args, **bound.kwargs)
    got = call.output[0]
    close = torch.finfo(got.dtype).eps ** 0.5
    if not torch.allclose(again, got, rtol=close, atol=close, equal_nan=True):
        raise AttentionError(
            name,
            "with the mask that it is called with, it does not give what the model got",
            "`is_causal` only beside a causal mask is right",
        )
    return weights


def _weights(name: str, output: Any, length: int) -> torch.Tensor:
    """The one tensor of weights in what a submodule returned.

    Raises:
        AttentionError: there is none, or there are several that differ.
    """
    returned = list(_tensors(output))
    found: list[torch.Tensor] = []
    for tensor in returned:
        if _is_softmax(tensor, length) and not any(torch.equal(tensor, it) for it in found):
            found.append(tensor)
    if len(found) != 1:
        shapes = " and ".join(str(tuple(tensor.shape)) for tensor in returned)
        raise AttentionError(
            name,
            f"it returned {shapes or 'no tensor'}, of which {len(found) or 'none'} "
            f"{'are' if found else 'is'} weights",
            f"one tensor (1, head, {length}, {length}) whose rows sum to 1 is right",
        )
    return found[0]


def _tensors(output: Any) -> Iterator[torch.Tensor]:
    """Every tensor in tensors, tuples, lists and mappings."""
    if isinstance(output, torch.Tensor):
        yield output
    elif isinstance(output, Mapping):
        yield from _tensors(tuple(output.values()))
    elif isinstance(output, tuple | list):
        for item in output:
            yield from _tensors(item)


def _is_softmax(tensor: torch.Tensor, length: int) -> bool:
    """Whether it is head × query × key, axes of one before it, and its rows sum to 1.

    A query without any key may have a row of zeros.
    """
    shape = tensor.shape
    if shape[-2:] != (length, length) or any(size != 1 for size in shape[:-3]):
        return False
    rows = tensor.detach().float()
    sums = rows.sum(-1)
    summed = ((sums - 1).abs() <= _ROUNDED) | (sums == 0)
    return bool((rows >= 0).all() and summed.all() and sums.any())
