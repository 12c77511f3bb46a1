"""From a file whose tensors a layout names to a decoder: what all GPT families share."""

from collections.abc import Callable
from typing import Any

import torch

from paperfig.errors import CheckpointError
from paperfig.models.family import Family
from paperfig.models.files.tensors import Stored, check_tensors, float32, stored_dtype
from paperfig.models.gpt.decoder import Affine, Block, DecoderSource, EmbeddingTables
from paperfig.models.gpt.layouts import (
    DecoderConfiguration,
    DecoderSizes,
    Layout,
    expected_shapes,
    read_sizes,
)
from paperfig.models.source import AttentionSource
from paperfig.specs.mask import Gelu, TrainedSpec
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting

_KEY_HEADS = ("n_kv_head", "n_kv_heads", "num_key_value_heads", "n_query_groups")
"""What forks call the number of key heads, which is that of all heads in these layouts."""


def family_of_layout(name: str, layout: Layout) -> Family:
    """The family of the files whose tensors have the layout's names."""
    return Family(
        name=name,
        recognises=lambda stored: layout.tokens in stored.tensors,
        open=lambda stored, spec, device: _open(name, layout, stored, spec, device),
    )


def _open(
    name: str, layout: Layout, stored: Stored, spec: CheckpointSpec, device: torch.device
) -> AttentionSource:
    sizes = read_sizes(layout, stored)
    check_tensors(stored, expected_shapes(layout, sizes), ignored=layout.ignored)
    where, values = layout.find(stored, spec, sizes.width)
    configuration = layout.configuration(where=where, values=values)
    n_head = _n_head(layout, stored, configuration, sizes.width)
    told = _told_sizes(layout, sizes, n_head, configuration)
    ignored = configuration.check_keys(told, spec.ignore or ())
    gelu = _gelu(layout, stored, configuration, spec.trained)
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
        defaults=_defaults(layout, configuration, spec.trained),
        declared=() if spec.trained.gelu is None else (f"gelu = {gelu}",),
        ignored=ignored,
        trained_on_clean=layout.trained_on_clean,
        notes=stored.notes,
        architecture="GPT",
    )
    tables = EmbeddingTables(
        tokens=stored.tensors[layout.tokens],
        positions=float32(stored.tensors[layout.positions], device),
    )
    return DecoderSource(facts, tables, _block_loader(layout, stored, device), gelu=gelu)


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
    layout: Layout, stored: Stored, configuration: DecoderConfiguration, width: int
) -> int:
    """The number of heads, which no tensor's shape tells."""
    n_head = configuration[layout.n_head] if configuration.values else None
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
    return n_head


def _told_sizes(
    layout: Layout, sizes: DecoderSizes, n_head: int, configuration: DecoderConfiguration
) -> dict[str, tuple[Any, ...]]:
    """What the tensors say of the configuration's keys."""
    told = {key: (getattr(sizes, name),) for key, name in layout.sizes.items()}
    told |= dict.fromkeys(_KEY_HEADS, (n_head,))
    return told | {"vocab_size": layout.vocabulary(configuration, sizes.vocab)}


def _gelu(
    layout: Layout, stored: Stored, configuration: DecoderConfiguration, trained: TrainedSpec
) -> Gelu:
    """Which GELU the layers have: as the project or the file says, or the spec declares.

    Raises:
        CheckpointError: the spec declares what is said already.
    """
    said = layout.gelu or configuration.gelu()
    undeclared = trained.model_copy(update={"gelu": None}) == TrainedSpec()
    if not undeclared or (trained.gelu is not None and said is not None):
        raise CheckpointError(
            stored.where, "`trained` declares what this format says already", "leave it out"
        )
    return said or trained.gelu or "exact"


def _defaults(
    layout: Layout, configuration: DecoderConfiguration, trained: TrainedSpec
) -> tuple[str, ...]:
    """What is taken to hold where neither the file nor the spec says it."""
    heads = layout.n_head in configuration
    gelu = layout.gelu or configuration.gelu() or trained.gelu
    assumed = [] if heads else [f"{layout.n_head} = {configuration[layout.n_head]}"]
    return (*assumed, *([] if gelu else ["gelu = exact"]))


def _step(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
