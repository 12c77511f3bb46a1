"""What a model of the user's own says of its attention."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float32, Int64

from paperfig.errors import AttentionError
from paperfig.models.as_found import as_found, device_of
from paperfig.models.score_points import POINTS
from paperfig.values.mask import MaskRule

CLAMPED = 1e-6
"""VFE-Sim clamps weights to at least 1e-8 (1e-6 in its FFN) after the mask."""


@runtime_checkable
class ShowsAttention(Protocol):
    """A torch module with the VFE projects' own interface."""

    def forward_with_attention(self, token_ids: torch.Tensor) -> Any:
        """Logits and a mapping that holds ``beta``, and ``kl`` or ``kl_matrix`` perhaps."""


@runtime_checkable
class MapsAttention(Protocol):
    """V3's own interface."""

    def attention_maps(self, token_ids: torch.Tensor, *, score_at: str) -> Any:
        """The weights (layer, head, query, key), scored at some of each layer's beliefs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """The attention of one sequence as the model gave it.

    Attributes:
        weights: one entry a layer that the model returned.
        divergence: KL in nats, likewise; None where the model gives none.
        converged: the weights again, scored at the beliefs that a layer of V3 converges to
            in place of those that enter it; None for a model that scores at one point.
    """

    weights: tuple[Float32[np.ndarray, "head query key"], ...]
    divergence: tuple[Float32[np.ndarray, "head query key"], ...] | None = None
    converged: tuple[Float32[np.ndarray, "head query key"], ...] | None = None


def is_reporting(model: Any) -> bool:
    """Whether it has one of the VFE projects' methods that return attention."""
    return isinstance(model, ShowsAttention | MapsAttention)


def report_of(model: Any, token_ids: Int64[np.ndarray, " token"]) -> Report:
    """Runs ``model.forward_with_attention``, or V3's ``attention_maps``, on one sequence.

    The model is run in eval mode without gradients; its train or eval mode, part by part,
    the random number generators, the grad mode and its device are left as found.

    Args:
        model: a torch module with ``forward_with_attention(ids)``, which returns a mapping,
            or a tuple that holds one, with ``beta``: (query, key) for one head, (head,
            query, key), with a batch of one before it, or layers before that, or a list
            of layers; ``kl`` or ``kl_matrix`` of the same shape. Or a model of V3's, whose
            ``attention_maps`` is asked at both score points.
        token_ids: the sequence.

    Raises:
        AttentionError: the model has no such method, or returns something else.
    """
    with as_found(model):
        ids = torch.as_tensor(token_ids)[None].to(device_of(model))
        if isinstance(model, ShowsAttention):
            return _shown(model, ids)
        if isinstance(model, MapsAttention):
            return _mapped(model, ids)
    raise AttentionError(
        type(model).__name__,
        "it has no forward_with_attention(ids)",
        "such a method, or the name of its attention submodules, is right",
    )


def _shown(model: ShowsAttention, ids: Int64[torch.Tensor, "1 token"]) -> Report:
    found = _mapping(model.forward_with_attention(ids), type(model).__name__)
    length = ids.shape[1]
    given = (found.get(name) for name in ("kl", "kl_matrix"))
    divergence = next((one for one in given if one is not None), None)
    return Report(
        weights=_layers(found["beta"], length, "beta"),
        divergence=None if divergence is None else _layers(divergence, length, "kl"),
    )


def _mapped(model: MapsAttention, ids: Int64[torch.Tensor, "1 token"]) -> Report:
    entry, converged = (
        _layers(model.attention_maps(ids, score_at=point), ids.shape[1], "attention_maps")
        for point in POINTS
    )
    return Report(weights=entry, converged=converged)


def check_mask_fits(
    weights: Sequence[Float32[np.ndarray, "head query key"]],
    rule: MaskRule,
    *,
    where: str,
    remedies: Mapping[str, str],
) -> None:
    """Nothing where the weights of some layer and head reach what the rule leaves to them.

    Args:
        weights: by layer.
        rule: the mask that is said.
        where: what is at fault, for messages.
        remedies: how to say another: one for ``self``, one for ``causal``.

    Raises:
        AttentionError: no query after the first has weight on its own key, or none has any
            on a later one, and the rule forbids neither.
    """
    own = [layer.diagonal(axis1=1, axis2=2)[:, 1:] for layer in weights]
    if rule.self_attention == "keep" and _is_nothing(own):
        what = "no query has weight on its own key, and nothing says that the mask hides it"
        raise AttentionError(where, what, remedies["self"])
    if not rule.causal and rule.window != 1 and _is_nothing([np.triu(w, 1) for w in weights]):
        what = "no query has weight on a later key, and the mask is said not to be causal"
        raise AttentionError(where, what, remedies["causal"])


def _is_nothing(parts: Sequence[np.ndarray]) -> bool:
    """Whether all of it is masked, up to the clamp; one token has nothing to tell."""
    return all(part.shape[-1] and part.max() <= CLAMPED for part in parts)


def configuration_of(model: Any) -> Mapping[str, Any] | None:
    """What ``model.config`` says (or ``cfg``, as in V3), a mapping or an object's attributes.

    None for a model without one.
    """
    config = getattr(model, "config", getattr(model, "cfg", None))
    if config is None or isinstance(config, Mapping):
        return config
    names = (name for name in dir(config) if not name.startswith("_"))
    return {
        name: getattr(config, name)
        for name in names
        if _is_value(inspect.getattr_static(config, name))
    }


def _is_value(attribute: Any) -> bool:
    """Whether it is one, or a slot for one, and nothing that would be run."""
    is_slot = inspect.ismemberdescriptor(attribute)
    return is_slot or not (callable(attribute) or hasattr(attribute, "__get__"))


def _mapping(returned: Any, model: str) -> Mapping[str, Any]:
    candidates = returned if isinstance(returned, tuple | list) else (returned,)
    for candidate in candidates:
        if isinstance(candidate, Mapping) and "beta" in candidate:
            return candidate
    raise AttentionError(
        model,
        "forward_with_attention returns no mapping with `beta`",
        "(logits, {'beta': …, 'kl': …}) is right",
    )


def _summing_to_one(weights: torch.Tensor) -> torch.Tensor:
    """In float32; rows of half precision that sum to 1 within it are divided by their sum."""
    exact = weights.float()
    if weights.dtype not in (torch.float16, torch.bfloat16) or not weights.ndim:
        return exact
    sums = exact.sum(-1, keepdim=True)
    rounded = (sums - 1).abs() <= torch.finfo(weights.dtype).eps
    return torch.where(rounded, exact / sums, exact)


def _layers(
    returned: Any, length: int, name: str
) -> tuple[Float32[np.ndarray, "head query key"], ...]:
    """The maps by layer, whatever axes of one stand before the heads."""
    if isinstance(returned, Sequence):
        return tuple(layer for item in returned for layer in _layers(item, length, name))
    tensor = torch.as_tensor(returned).detach()
    exact = tensor.float() if name == "kl" else _summing_to_one(tensor)
    maps = exact.cpu().numpy()
    shape = maps.shape
    if not 2 <= maps.ndim <= 5 or shape[-2:] != (length, length):  # noqa: PLR2004 - to layer, batch, head, query, key
        raise AttentionError(
            name, f"it has shape {shape}", f"(…, head, {length}, {length}) is right"
        )
    stacked = maps.reshape(-1, *(shape[-3:] if maps.ndim > 2 else (1, *shape)))  # noqa: PLR2004
    if maps.ndim == 5 and shape[1] != 1:  # noqa: PLR2004 - layer, batch, head, query, key
        raise AttentionError(name, f"it holds {shape[1]} sequences", "one is right")
    return tuple(stacked)
