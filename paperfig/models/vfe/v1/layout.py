"""The tensors of a V1 checkpoint, and the sizes and heads that they tell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64

from paperfig.errors import CheckpointError
from paperfig.models.files.tensors import Stored
from paperfig.models.vfe.first_layer import slices
from paperfig.models.vfe.sim.beliefs import (
    BASE_FRAME,
    FRAME_POSITIONS,
    FRAMES,
    LOG_VARIANCES,
    MEAN_POSITIONS,
    MEANS,
    NORM,
)
from paperfig.models.vfe.v1.configuration import Couplings, V1Configuration

GENERATORS = "generators"
LEARNED_KAPPA = "transformer.blocks.{}.ffn.log_kappa_per_head"
INITIAL_KAPPA = "transformer.blocks.{}.ffn._kappa_init"
IGNORED = (
    r"(token_embed|pos_encoding)\.generators|pos_encoding\.pos_phi(_.+)?|token_embed\.(sigma_target|_phi_trace_.+)"
    r"|out_proj\.(weight|bias)|transformer\.final_norm\.(weight|bias)"
    r"|transformer\.blocks\.\d+\.(ffn\..+|norm[12]\.(weight|bias))"
)
"""Names that the first layer's attention has no use for."""

_BLOCK = re.compile(r"transformer\.blocks\.(\d+)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class V1Sizes:
    """A model's sizes.

    Attributes:
        vocab: V, rows of the token tables.
        width: K, the dimension of a belief.
        generators: how many coordinates a frame has.
        layers: how many blocks there are.
        context: rows of a table of positions, or None where no tensor tells.
    """

    vocab: int
    width: int
    generators: int
    layers: int
    context: int | None


def read_v1_sizes(stored: Stored) -> V1Sizes:
    """The sizes of the model that the file holds.

    Raises:
        CheckpointError: a tensor that tells a size is missing or of another shape.
    """
    for name, axes in ((MEANS, 2), (GENERATORS, 3)):
        if name not in stored.tensors:
            raise CheckpointError(stored.where, f"lacks {name}", "save the whole state dict")
        shape = tuple(stored.tensors[name].shape)
        if len(shape) != axes or not all(shape):
            raise CheckpointError(
                stored.where, f"{name} has shape {shape}", f"{axes} axes are right"
            )
    vocab, width = stored.tensors[MEANS].shape
    blocks = [int(match[1]) for match in map(_BLOCK.match, stored.tensors) if match]
    positions = (stored.tensors.get(name) for name in (FRAME_POSITIONS, MEAN_POSITIONS))
    return V1Sizes(
        vocab=vocab,
        width=width,
        generators=len(stored.tensors[GENERATORS]),
        layers=max(blocks, default=0) + 1,
        context=min((len(table) for table in positions if table is not None), default=None),
    )


def v1_shapes(
    stored: Stored, sizes: V1Sizes, configuration: V1Configuration
) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor that the first layer's attention needs."""
    vocab, width, count = sizes.vocab, sizes.width, sizes.generators
    shared = LOG_VARIANCES in stored.tensors and stored.tensors[LOG_VARIANCES].ndim == 1
    shapes: dict[str, tuple[int, ...]] = {
        GENERATORS: (count, width, width),
        MEANS: (vocab, width),
        LOG_VARIANCES: (width,) if shared else (vocab, width),
    }
    learned = BASE_FRAME not in stored.tensors
    shapes |= {FRAMES: (vocab, count)} if learned else {BASE_FRAME: (count,)}
    if configuration["use_positional_embedding"]:
        shapes[MEAN_POSITIONS] = (sizes.context or 0, width)
    if configuration.is_normed:
        shapes |= {NORM + "weight": (width,), NORM + "bias": (width,)}
    return shapes


def head_dims(configuration: V1Configuration, width: int) -> tuple[int, ...]:
    """The dimension of each head: a copy of an irrep, or of coupled ones together.

    Coordinates that no irrep takes are scalar heads, after the others.

    Raises:
        CheckpointError: the irreps take more coordinates than there are.
    """
    spec = configuration["irrep_spec"]
    dims = [dim for _, copies, dim in spec for _ in range(copies)]
    if sum(dims) > width:
        raise CheckpointError(
            configuration.where,
            f"the heads of `irrep_spec` have dimensions {', '.join(map(str, dims))}",
            f"together K = {width}, the dimension of a belief, is right",
        )
    if configuration.couplings:
        _check_heads(configuration, len(dims))
        groups = coupled(len(dims), configuration.couplings)
        dims = [sum(dims[head] for head in group) for group in groups]
    return (*dims, *(1,) * (width - sum(dims)))


def coordinate_order(configuration: V1Configuration, width: int) -> Int64[torch.Tensor, " k"]:
    """In which order the model takes a belief's coordinates: coupled heads side by side."""
    if not configuration.couplings:
        return torch.arange(width)
    _, copies, dim = configuration["irrep_spec"][0]
    heads = [head for group in coupled(copies, configuration.couplings) for head in group]
    return torch.arange(width).view(copies, dim)[heads].flatten()


def coupled(count: int, couplings: Couplings) -> list[list[int]]:
    """The groups of heads that couplings join, by their first heads."""
    groups = [[head] for head in range(count)]
    for one, other in couplings:
        joined = [group for group in groups if one in group or other in group]
        groups = [group for group in groups if group not in joined]
        groups.append(sorted(head for group in joined for head in group))
    return sorted(groups)


def check_blocks(
    generators: Float[torch.Tensor, "generator k k"], dims: Sequence[int], where: str
) -> None:
    """Nothing where no generator mixes the coordinates of two heads.

    Raises:
        CheckpointError: one does.
    """
    mixing = generators.ne(0).any(0)
    for own in slices(dims):
        mixing[own, own] = False
    if mixing.any():
        raise CheckpointError(
            where,
            f"{GENERATORS} mix the heads of dimensions {', '.join(map(str, dims))}, which "
            "its configuration gives",
            "the configuration of this model is right; `config` names it",
        )


def _check_heads(configuration: V1Configuration, count: int) -> None:
    for pair in configuration.couplings:
        if max(pair) >= count:
            raise CheckpointError(
                configuration.where,
                f"`cross_couplings` names head {max(pair)}",
                f"heads are 0 to {count - 1}",
            )
