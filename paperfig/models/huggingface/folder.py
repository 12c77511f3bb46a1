"""Hugging Face folders: the families that transformers knows, by the extra ``hf``."""

import math
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from paperfig.errors import CheckpointError
from paperfig.models.files.folders import check_kind
from paperfig.models.files.listing import display_name, read_json, weight_files
from paperfig.models.files.shards import read_shards
from paperfig.models.files.tensors import stored_dtype
from paperfig.models.huggingface.model_types import MODEL_TYPES, title_of, windows
from paperfig.models.source import AttentionSource
from paperfig.specs.mask import TrainedSpec
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting

_PLAIN = ("eager", "sdpa")
_LAYER = re.compile(r"\.(\d+)\.")
"""The first number in a tensor's name is its layer's."""


def open_folder(folder: Path, spec: CheckpointSpec, device: torch.device) -> AttentionSource:
    """The attention source of a folder with ``config.json`` and safetensors.

    Raises:
        CheckpointError: the folder is no such folder or of a type that is not built yet,
            transformers is not installed, or tensors are missing or misshapen.
    """
    where = display_name(spec)
    check_kind(folder, where)
    config_json = _config_json(folder, where)
    model_type = _model_type(config_json, spec, where)
    weights = weight_files(folder, where)
    shards = read_shards(weights, where)
    if find_spec("transformers") is None:
        raise CheckpointError(
            where,
            "a Hugging Face folder, and transformers is not installed",
            "pip install transformers",
        )
    from paperfig.models.huggingface import pretrained

    with pretrained.quiet():
        config = pretrained.read_config(folder, where)
        _check_counts(config, shards.stored, where)
        bare = pretrained.bare_model(config, shards, where)
    facts = ModelFacts(
        name=spec.name or folder.resolve().name,
        family=model_type,
        architecture=title_of(config),
        layers=_layers(config, where),
        vocab_size=config.vocab_size,
        context=config.max_position_embeddings,
        dtype=stored_dtype(shards.stored),
        notes=shards.notes + _notes(config_json),
    )
    return pretrained.HuggingFaceSource(facts, bare, shards, device, where)


def _config_json(folder: Path, where: str) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError(
            where, "a folder without config.json", "a checkpoint's file is right"
        )
    config_json = read_json(path, f"{where}/config.json")
    for key, value in config_json.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise CheckpointError(
                f"{where}/config.json", f"`{key}` is {value}", "a finite number is right"
            )
    return config_json


def _model_type(config_json: Mapping[str, Any], spec: CheckpointSpec, where: str) -> str:
    model_type = config_json.get("model_type")
    if spec.family not in (None, model_type):
        raise CheckpointError(
            where, f"its config.json says {model_type!r}", f"the spec says {spec.family!r}"
        )
    if model_type not in MODEL_TYPES:
        raise CheckpointError(
            where,
            f"model type {model_type!r} is not built yet",
            "docs/models.md lists those that are; an adapter takes others",
        )
    if config_json.get("quantization_config") is not None:
        raise CheckpointError(
            where, "quantised weights are not built yet", "save it without quantisation"
        )
    if spec.trained != TrainedSpec():
        raise CheckpointError(
            where, "`trained` declares what this format says already", "leave it out"
        )
    return str(model_type)


def _notes(config_json: Mapping[str, Any]) -> tuple[str, ...]:
    """What is noted where the folder asks for attention that gives no weights."""
    for key in ("attn_implementation", "_attn_implementation"):
        asked = config_json.get(key)
        if asked is not None and asked not in _PLAIN:
            return (f"config.json asks for {asked}; plain attention was used",)
    return ()


def _check_counts(config: Any, stored: Mapping[str, torch.Tensor], where: str) -> None:
    """Nothing where the numbers that no shape tells, or that cost memory, make sense."""
    layers = {match[1] for name in stored if (match := _LAYER.search(name))}
    n_layer, n_head = config.num_hidden_layers, config.num_attention_heads
    shared = getattr(config, "num_key_value_heads", None)
    if n_layer != len(layers):
        raise CheckpointError(
            where, f"config.json says {n_layer} layers", f"its tensors are of {len(layers)}"
        )
    widest = max((size for tensor in stored.values() for size in tensor.shape), default=0)
    for count in (n_head, n_head if shared is None else shared):
        if not 1 <= count <= widest:
            raise CheckpointError(
                where, f"config.json says {count} heads", f"1 to {widest} would fit its tensors"
            )


def _layers(config: Any, where: str) -> tuple[LayerFacts, ...]:
    head_dims = (_head_dim(config),) * config.num_attention_heads
    return tuple(
        LayerFacts(
            head_dims=head_dims, trained=Setting(mask=MaskRule(causal=True, window=window))
        )
        for window in windows(config, where)
    )


def _head_dim(config: Any) -> int:
    dim = getattr(config, "head_dim", None)
    return int(config.hidden_size // config.num_attention_heads if dim is None else dim)
