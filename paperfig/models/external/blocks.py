"""The beliefs that enter each block of a VFE-Sim model, seen by hooks while it runs.

VFE-Sim's own ``forward_with_attention`` returns the last layer only. Each block calls
``transformer.blocks.N.attention(mu, sigma, phi, generators, mask, return_attention)``, which
returns (mu, sigma, beta, kl).
"""

import copy
import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float

from paperfig.errors import AttentionError
from paperfig.models.external.recorder import Call, recording
from paperfig.models.external.submodules import block_parts
from paperfig.models.vfe.first_layer import slices
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.models.vfe.sim.beliefs import EntryBeliefs
from paperfig.models.vfe.sim.configuration import VfeConfiguration


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockCall:
    """What entered the attention of one block, and what it made of it.

    Attributes:
        beliefs: of all heads together.
        generators: of each head.
        own: the model's own weights, made of these beliefs in float64.
    """

    beliefs: EntryBeliefs
    generators: tuple[Float[torch.Tensor, "generator _ _"], ...]
    own: Float[torch.Tensor, "head query key"]

    def inputs(self, configuration: VfeConfiguration, heads: Sequence[int]) -> GaussianInputs:
        """What the attention of some heads is made from, with their own weights."""
        own = slices([matrices.shape[-1] for matrices in self.generators])
        beliefs = self.beliefs.kept(configuration.covariance_form)
        return GaussianInputs(
            heads=tuple(beliefs.of_head(own[head], self.generators[head]) for head in heads),
            covariance_form=configuration.covariance_form,
            alibi_slope=configuration.alibi_slope,
            own=self.own[list(heads)],
        )


def attention_blocks(model: Any) -> Mapping[int, torch.nn.Module]:
    """The attention of each block of a VFE-Sim model; none in another model."""
    return block_parts(model, "attention", ["head_generators"])


def head_dims(attention: torch.nn.Module) -> tuple[int, ...]:
    """The dimension of each head's slice."""
    return tuple(matrices.shape[-1] for matrices in _generators(attention))


@contextmanager
def recording_beliefs(
    blocks: Mapping[int, torch.nn.Module], layers: Collection[int]
) -> Iterator[dict[int, BlockCall]]:
    """What enters the attention of the layers, there once the ``with`` block is left.

    Raises:
        AttentionError: a block's attention is not called, or answers in another way.
    """
    wanted = {layer: blocks[layer] for layer in layers}
    last: dict[int, BlockCall] = {}
    with recording(wanted, _block_call) as calls:
        yield last
    for layer in layers:
        if not calls[layer]:
            raise AttentionError(
                f"layer {layer}",
                "the model does not call its block's attention",
                "`self.attention(…)` is right, and no `self.attention.forward(…)`",
            )
        last[layer] = calls[layer][-1]


def _block_call(layer: int, call: Call) -> BlockCall:
    """The beliefs that it is called with, and its weights, for which a copy is asked again.

    The copy computes in float64: long frames leave single precision a few correct digits, and
    what is compared is the arithmetic, not its rounding.
    """
    exact = copy.deepcopy(call.part).double()
    bound = inspect.signature(exact.forward).bind(*call.args, **call.kwargs)
    mean, covariance, frame = list(bound.arguments.values())[:3]
    bound.arguments = {name: _float64(it) for name, it in bound.arguments.items()}
    bound.arguments["return_attention"] = True
    answer = exact.forward(*bound.args, **bound.kwargs)
    own = answer[2] if isinstance(answer, tuple) and len(answer) > 2 else None  # noqa: PLR2004 - (mu, sigma, beta, kl)
    if not isinstance(own, torch.Tensor):
        raise AttentionError(
            f"layer {layer}",
            "its attention returns no weights when it is asked with return_attention=True",
            "(mu, sigma, beta, kl), as VFE-Sim's does, is right",
        )
    beliefs = EntryBeliefs(
        mean=mean[0].float().clone(),
        covariance=covariance[0].float().clone(),
        frame=frame[0].float().clone(),
    )
    return BlockCall(beliefs=beliefs, generators=_generators(call.part), own=own[0].float())


def _float64(argument: Any) -> Any:
    """The same with every floating-point tensor in float64, also in lists and mappings."""
    if isinstance(argument, torch.Tensor):
        return argument.double() if argument.is_floating_point() else argument
    if isinstance(argument, Mapping):
        return {key: _float64(value) for key, value in argument.items()}
    if isinstance(argument, list | tuple):
        return type(argument)(map(_float64, argument))
    return argument


def _generators(attention: torch.nn.Module) -> tuple[Float[torch.Tensor, "generator _ _"], ...]:
    holders: Any = attention.head_generators
    return tuple(holder.gen.float() for holder in holders)
