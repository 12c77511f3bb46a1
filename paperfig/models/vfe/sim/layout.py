"""The tensors of a VFE-Sim checkpoint, and the sizes that their shapes tell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from paperfig.errors import CheckpointError
from paperfig.models.files.tensors import Stored
from paperfig.models.vfe.configuration import SIZE, Configuration, vocabulary
from paperfig.models.vfe.frames import group_size
from paperfig.models.vfe.sim.beliefs import (
    BASE_FRAME,
    BASE_LOG_VARIANCE,
    BASE_MEAN,
    FRAME_GENERATORS,
    FRAME_POSITIONS,
    FRAMES,
    LOG_VARIANCES,
    MEAN_POSITIONS,
    MEANS,
    NORM,
    WHOLE_GENERATORS,
)

IGNORED = (
    r"((token_embed|pos_encoding)\.)?generators|prior_bank\..+"
    r"|out_proj\.(weight|bias)|transformer\.final_norm\.(weight|bias)"
    r"|transformer\.blocks\.\d+\.(ffn\..+|norm[12]\.(weight|bias))"
    r"|transformer\.blocks\.\d+\.attention\.out_proj\.(weight|bias)"
)
"""Names that the first layer's attention has no use for."""

_HEAD = re.compile(r"transformer\.blocks\.(\d+)\.attention\.head_generators\.(\d+)\.gen")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimSizes:
    """A model's sizes.

    Attributes:
        vocab: V, rows of the token tables.
        width: K, the dimension of a belief.
        generators: how many coordinates a frame has.
        context: rows of the tables of positions.
        head_dims: for each layer, the dimension of each head.
    """

    vocab: int
    width: int
    generators: int
    context: int
    head_dims: tuple[tuple[int, ...], ...]


def head_name(layer: int, head: int) -> str:
    """The name of one head's generators."""
    return f"transformer.blocks.{layer}.attention.head_generators.{head}.gen"


def read_sizes(stored: Stored) -> SimSizes:
    """The sizes of the model that the file holds.

    Raises:
        CheckpointError: a tensor that tells a size is missing or of another shape, or the
            heads do not add up to a belief.
    """
    if BASE_MEAN in stored.tensors:
        (width,) = _shape(stored, BASE_MEAN, "a vector")
        vocab, generators = _shape(stored, FRAMES, "a matrix")
    else:
        vocab, width = _shape(stored, MEANS, "a matrix")
        name, kind = (
            (FRAMES, "a matrix") if FRAMES in stored.tensors else (BASE_FRAME, "a vector")
        )
        generators = _shape(stored, name, kind)[-1]
    if group_size(generators) is None:
        raise CheckpointError(
            stored.where,
            f"its frames have {generators} coordinates",
            "N(N−1)/2, those of SO(N), are right",
        )
    context, _ = _shape(stored, FRAME_POSITIONS, "a matrix")
    return SimSizes(
        vocab=vocab,
        width=width,
        generators=generators,
        context=context,
        head_dims=_head_dims(stored, width),
    )


def expected_shapes(
    stored: Stored, sizes: SimSizes, configuration: Configuration
) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor that attention needs, in a file of these sizes."""
    vocab, width, count = sizes.vocab, sizes.width, sizes.generators
    shapes: dict[str, tuple[int, ...]] = {FRAME_POSITIONS: (sizes.context, count)}
    if _is_gauge_fixed(stored, configuration):
        shapes |= {BASE_MEAN: (width,), BASE_LOG_VARIANCE: (width,), FRAMES: (vocab, count)}
        shapes[WHOLE_GENERATORS] = (count, width, width)
    else:
        shapes[MEANS] = (vocab, width)
        shared = LOG_VARIANCES in stored.tensors and stored.tensors[LOG_VARIANCES].ndim == 1
        shapes[LOG_VARIANCES] = (width,) if shared else (vocab, width)
        learned = FRAMES in stored.tensors
        shapes |= {FRAMES: (vocab, count)} if learned else {BASE_FRAME: (count,)}
    if _adds_positions(stored, configuration):
        shapes[MEAN_POSITIONS] = (sizes.context, width)
    if count > 3 and configuration["pos_encoding_mode"] != "none":  # noqa: PLR2004  (VFE-Sim composes frames of SO(N) only with these)
        shapes[FRAME_GENERATORS] = (count, width, width)
    if any(name.startswith(NORM) for name in stored.tensors):
        shapes |= {NORM + "weight": (width,), NORM + "bias": (width,)}
    for layer, dims in enumerate(sizes.head_dims):
        for head, dim in enumerate(dims):
            shapes[head_name(layer, head)] = (count, dim, dim)
    return shapes


def told_sizes(
    stored: Stored, sizes: SimSizes, configuration: Configuration
) -> dict[str, tuple[Any, ...]]:
    """For each key of a configuration that the tensors tell, the values that fit them."""
    spec, dims = configuration.values.get("irrep_spec"), sizes.head_dims[0]
    group = group_size(sizes.generators)
    is_son = configuration.values.get("gauge_group") == "SON"
    return {
        SIZE: (sizes.width,),
        "vocab_size": vocabulary(configuration, sizes.vocab),
        **dict.fromkeys(("n_layers", "num_layers"), (len(sizes.head_dims),)),
        **dict.fromkeys(("max_seq_len", "seq_length"), (sizes.context,)),
        "gauge_group": ("SO3", "SON") if group == 3 else ("SON",),  # noqa: PLR2004  (SO(3))
        "gauge_dim": (group,) if is_son else (configuration.values.get("gauge_dim"),),
        "irrep_spec": (spec,) if _spells(spec, dims) else (list(dims),),
        "use_layernorm": (any(name.startswith(NORM) for name in stored.tensors),),
    }


def _spells(spec: Any, dims: Sequence[int]) -> bool:
    """Whether a list of (label, copies, dimension) is of these heads; scalars fill it up."""
    if not isinstance(spec, list | tuple):
        return False
    listed: list[int] = []
    for entry in spec:
        match entry:
            case (str(), int(copies), int(dim)):
                listed += [dim] * copies
            case _:
                return False
    return listed + [1] * (len(dims) - len(listed)) == list(dims)


def _is_gauge_fixed(stored: Stored, configuration: Configuration) -> bool:
    """Whether priors are one belief, rotated: as the configuration says, else the tensors."""
    if "gauge_fixed_priors" in configuration:
        return bool(configuration["gauge_fixed_priors"])
    return BASE_MEAN in stored.tensors


def _adds_positions(stored: Stored, configuration: Configuration) -> bool:
    """Whether means have positions: as the configuration says, else as the tensors do."""
    if "use_positional_embedding" in configuration:
        return bool(configuration["use_positional_embedding"])
    return MEAN_POSITIONS in stored.tensors


def _head_dims(stored: Stored, width: int) -> tuple[tuple[int, ...], ...]:
    dims: dict[int, dict[int, int]] = {}
    for name, tensor in stored.tensors.items():
        if match := _HEAD.fullmatch(name):
            size = tensor.shape[-1] if tensor.ndim else 0
            dims.setdefault(int(match[1]), {})[int(match[2])] = size
    if not dims:
        raise CheckpointError(
            stored.where, f"lacks {head_name(0, 0)}", "save the whole state dict"
        )
    return tuple(
        _layer_dims(stored, layer, dims.get(layer, {}), width) for layer in range(max(dims) + 1)
    )


def _layer_dims(
    stored: Stored, layer: int, dims: dict[int, int], width: int
) -> tuple[int, ...]:
    for head in range(max(dims, default=0) + 1):
        if head not in dims:
            raise CheckpointError(
                stored.where, f"lacks {head_name(layer, head)}", "save the whole state dict"
            )
    listed = tuple(dims[head] for head in sorted(dims))
    if sum(listed) != width:
        raise CheckpointError(
            stored.where,
            f"the heads of layer {layer} have dimensions {', '.join(map(str, listed))}, "
            f"together {sum(listed)}",
            f"K = {width}, the dimension of its beliefs, is right",
        )
    return listed


def _shape(stored: Stored, name: str, kind: str) -> tuple[int, ...]:
    if name not in stored.tensors:
        raise CheckpointError(stored.where, f"lacks {name}", "save the whole state dict")
    shape = tuple(stored.tensors[name].shape)
    if len(shape) != (2 if kind == "a matrix" else 1) or not all(shape):
        raise CheckpointError(stored.where, f"{name} has shape {shape}", f"{kind} is right")
    return shape
