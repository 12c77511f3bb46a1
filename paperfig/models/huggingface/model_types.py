"""The model types of transformers that are built, and the window of each of their layers.

A window is how many keys a query sees, itself counted: transformers' mask keeps key j for
query i where j > i − window (``masking_utils.sliding_window_overlay``). What is said here of
a layer is held against the mask that it is called with (`capture.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from paperfig.errors import CheckpointError

Windows = tuple[int | None, ...]
"""The window of each layer; None where a layer has none."""


def title_of(config: Any) -> str:
    """What the field calls models of a configuration's class, as far as its name tells."""
    return type(config).__name__.removesuffix("Config")


def windows(config: Any, where: str) -> Windows:
    """The window of each layer of a configuration whose model type is built.

    Raises:
        CheckpointError: a layer is of a type that is not built, or a window is no size.
    """
    found = _WINDOWS_OF[config.model_type](config, f"{where}/config.json")
    for window in found:
        if window is not None and window < 1:
            raise CheckpointError(
                f"{where}/config.json",
                f"`sliding_window` is {window}",
                "a positive number of keys is right",
            )
    return found


def _none(config: Any, _: str) -> Windows:
    """Whatever config.json has besides: the model does not look at it."""
    return (None,) * int(config.num_hidden_layers)


def _everywhere(config: Any, _: str) -> Windows:
    return (config.sliding_window,) * int(config.num_hidden_layers)


def _by_layer_type(config: Any, where: str) -> Windows:
    types: Sequence[str] = config.layer_types
    for layer, kind in enumerate(types):
        if kind not in _LAYER_TYPES:
            raise CheckpointError(
                where,
                f"layer {layer} is of type {kind!r}",
                f"{' or '.join(_LAYER_TYPES)} is right",
            )
    if "sliding_attention" in types and config.sliding_window is None:
        raise CheckpointError(
            where, "`sliding_window` is missing", "sliding_attention layers need one"
        )
    return tuple(
        config.sliding_window if kind == "sliding_attention" else None for kind in types
    )


_LAYER_TYPES = ("full_attention", "sliding_attention")

_WINDOWS_OF: Mapping[str, Callable[[Any, str], Windows]] = {
    "apertus": _none,
    "arcee": _none,
    "biogpt": _none,
    "codegen": _none,
    "cohere": _none,
    "cohere2": _by_layer_type,
    "cwm": _by_layer_type,
    "ernie4_5": _none,
    "exaone4": _by_layer_type,
    "gemma": _none,
    "gemma2": _by_layer_type,
    "gemma3_text": _by_layer_type,
    "glm": _none,
    "glm4": _none,
    "gpt2": _none,
    "gpt_bigcode": _none,
    "gpt_neox": _none,
    "gptj": _none,
    "granite": _none,
    "helium": _none,
    "hunyuan_v1_dense": _none,
    "jais2": _none,
    "llama": _none,
    "ministral": _by_layer_type,
    "ministral3": _everywhere,
    "mistral": _everywhere,
    "nanochat": _none,
    "nemotron": _none,
    "olmo": _none,
    "olmo2": _none,
    "olmo3": _by_layer_type,
    "opt": _none,
    "persimmon": _none,
    "phi": _none,
    "phi3": _everywhere,
    "qwen2": _by_layer_type,
    "qwen3": _by_layer_type,
    "seed_oss": _none,
    "smollm3": _by_layer_type,
    "stablelm": _none,
    "starcoder2": _everywhere,
    "vaultgemma": _by_layer_type,
}

MODEL_TYPES = tuple(_WINDOWS_OF)
"""The values of ``model_type`` that are built."""
