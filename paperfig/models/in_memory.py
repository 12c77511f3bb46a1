"""A model that a program holds, whichever way it shows its attention."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.models.as_found import unwrapped
from paperfig.models.asked_once import ModelInMemory
from paperfig.models.external.in_memory import reported_model
from paperfig.models.external.report import is_reporting
from paperfig.models.huggingface.asked_model import STACKS
from paperfig.values.mask import MaskRule


def model_in_memory(
    model: Any,
    rows: Mapping[str, Int64[np.ndarray, " token"]],
    *,
    attention: str = "self",
    name: str | None = None,
    step: int | None = None,
    layer: int | None = None,
    heads: Sequence[int] | None = None,
    kappa: float | None = None,
    mask: Callable[[MaskRule], MaskRule] = lambda rule: rule,
) -> ModelInMemory:
    """Runs a model on one sequence; it is left as it was found.

    Args:
        model: with ``forward_with_attention`` or V3's ``attention_maps``; or of transformers;
            or, by the name of its attention, any torch module. In wrappers of torch's too.
        rows: ``input_ids`` and, for a model of transformers, whatever else its forward takes.
        attention: ``self``, ``cross`` or ``encoder`` of the model's own, or the name of its
            attention submodules.
        name: of the model.
        step: of its training.
        layer: which one is wanted, or which one it returns.
        heads: which it returns of each layer, where it returns some of them.
        kappa: the temperature, where the configuration does not say it.
        mask: from what the configuration says of the mask to what it was; a model of
            transformers shows its own.

    Raises:
        AttentionError: it gives no attention, or other than these say.
        CheckpointError: its configuration holds what it cannot.
    """
    inside, prefix = unwrapped(model)
    is_own = attention in STACKS
    if is_own and _is_of_transformers(inside) and not is_reporting(inside):
        from paperfig.models.huggingface.in_memory import observed_model

        return observed_model(
            inside, rows, attention=attention, name=name, step=step, layer=layer
        )
    where = type(inside).__name__
    if is_own and attention != "self":
        what = f"{where} is no encoder–decoder of transformers"
        raise AttentionError("attention", what, '"self" or the name of submodules is right')
    if is_own and not is_reporting(inside):
        _check_holds_none(inside)
    hidden = int((rows.get("attention_mask", np.ones(1)) == 0).sum())
    if hidden:
        what = f"its `attention_mask` hides {hidden}, and {where} is given ids alone"
        raise AttentionError("ids", what, "leave the padding out")
    return reported_model(
        inside,
        rows["input_ids"],
        attention=None if is_own else attention.removeprefix(prefix),
        name=name,
        step=step,
        layer=layer,
        heads=heads,
        kappa=kappa,
        mask=mask,
    )


def _check_holds_none(model: Any) -> None:
    """Nothing where the model is not built around one of transformers.

    Raises:
        AttentionError: it is, and that one would show its attention.
    """
    parts = model.named_modules() if isinstance(model, torch.nn.Module) else ()
    held = next((name for name, part in parts if _is_of_transformers(part)), None)
    if held is not None:
        what = f"it is no model of transformers, and its {held} is one"
        raise AttentionError(type(model).__name__, what, "give that one")


def _is_of_transformers(model: Any) -> bool:
    """Whether it is a model of transformers, which has been imported where there is one."""
    library = sys.modules.get("transformers.modeling_utils")
    return library is not None and isinstance(model, library.PreTrainedModel)
