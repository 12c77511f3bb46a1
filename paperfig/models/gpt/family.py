"""GPT files: nanoGPT's ``ckpt.pt``, and the VFE projects' dot-product baseline."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from paperfig.errors import CheckpointError
from paperfig.models.family import Family
from paperfig.models.files.listing import read_json
from paperfig.models.files.tensors import Stored, check_tensors, float32, stored_dtype
from paperfig.models.gpt.decoder import Affine, Block, DecoderSource, Tables
from paperfig.models.gpt.layouts import (
    NANOGPT,
    VFE_BASELINE,
    Layout,
    expected_shapes,
    read_sizes,
)
from paperfig.models.source import AttentionSource
from paperfig.specs.schema import CheckpointSpec, TrainedSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting


def _family(name: str, layout: Layout) -> Family:
    return Family(
        name=name,
        recognises=lambda stored: layout.tokens in stored.tensors,
        open=lambda stored, spec, device: _open(name, layout, stored, spec, device),
    )


FAMILY = _family("gpt", NANOGPT)
BASELINE = _family("vfe-baseline", VFE_BASELINE)


def _open(
    name: str, layout: Layout, stored: Stored, spec: CheckpointSpec, device: torch.device
) -> AttentionSource:
    if spec.trained != TrainedSpec():
        raise CheckpointError(
            stored.where, "`trained` declares what this format says already", "leave it out"
        )
    sizes = read_sizes(layout, stored)
    check_tensors(stored, expected_shapes(layout, stored, sizes), ignored=layout.ignored)
    n_head, defaults = _n_head(layout, stored, spec, sizes.width)
    layer = LayerFacts(
        head_dims=(sizes.width // n_head,) * n_head,
        trained=Setting(mask=MaskRule(causal=True)),
    )
    facts = ModelFacts(
        name=spec.name or stored.path.stem,
        family=name,
        layers=(layer,) * sizes.n_layer,
        vocab_size=sizes.vocab,
        context=sizes.context,
        dtype=stored_dtype(stored.tensors),
        step=_step(stored.extra.get(layout.step)),
        defaults=defaults,
        notes=stored.notes,
    )
    tables = Tables(
        tokens=stored.tensors[layout.tokens],
        positions=float32(stored.tensors[layout.positions], device),
    )
    return DecoderSource(facts, tables, _block_loader(layout, stored, device))


def _block_loader(
    layout: Layout, stored: Stored, device: torch.device
) -> Callable[[int], Block]:
    """What reads one layer's weights onto the device."""
    shared = ("query", "key", "value") if layout.parts["query"] == layout.parts["key"] else ()

    def affine(layer: int, part: str) -> Affine:
        name = layout.block.format(layer) + layout.parts[part]
        weight = stored.tensors[f"{name}.weight"]
        bias = stored.tensors.get(f"{name}.bias")
        if part in shared:
            third = shared.index(part)
            weight = weight.chunk(3)[third]
            bias = None if bias is None else bias.chunk(3)[third]
        return Affine(
            weight=float32(weight, device),
            bias=None if bias is None else float32(bias, device),
        )

    return lambda layer: Block(**{part: affine(layer, part) for part in layout.parts})


def _n_head(
    layout: Layout, stored: Stored, spec: CheckpointSpec, width: int
) -> tuple[int, tuple[str, ...]]:
    """The number of heads, which no tensor's shape tells, and the default that it took."""
    config = _config(layout, stored, spec)
    default = layout.default_n_head if config else None
    n_head = config.get(layout.n_head, default)
    if n_head is None:
        raise CheckpointError(
            stored.where,
            "does not say how many heads it has",
            f"`{layout.n_head}` in its `{layout.config}`, or in a file named by `config`, "
            "is right",
        )
    if type(n_head) is not int or n_head < 1 or width % n_head:
        raise CheckpointError(
            stored.where, f"`{layout.n_head}` is {n_head!r}", f"a divisor of {width} is right"
        )
    defaulted = layout.n_head not in config
    return n_head, (f"{layout.n_head} = {n_head}",) if defaulted else ()


def _config(layout: Layout, stored: Stored, spec: CheckpointSpec) -> Mapping[str, Any]:
    """The model's configuration: the file that the spec names, else the checkpoint's own."""
    if spec.config is None:
        config = stored.extra.get(layout.config, {})
    else:
        content = read_json(Path(spec.config), spec.config)
        config = content.get(layout.config, content)
    if not isinstance(config, dict):
        raise CheckpointError(stored.where, f"its `{layout.config}` is no mapping")
    return config


def _step(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
