"""Arrays as people hold them, as the attention of layers: head × query × key."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from jaxtyping import Float

from paperfig.errors import AttentionError
from paperfig.values.attention import ROW_SUM_TOLERANCE

AXES = ("layer", "batch", "head", "query", "key")
"""The names of axes, in the order in which they are looked at."""

_HOOKS = {"weights": "hook_pattern", "scores": "hook_attn_scores"}
"""Under which name TransformerLens keeps them: ``blocks.0.attn.hook_pattern``."""

_NAMED = re.compile(r"blocks\.(\d+)\.attn\.(\w+)")
_WHOLE = "biu"  # kinds of numpy: bool, int, unsigned
_BFLOAT16 = 2.0**-7  # the distance from 1 to the next number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layers:
    """Values over the queries and keys of some layers.

    Attributes:
        values: of each layer.
        numbers: the layers' numbers; None where nothing says which one it is.
        knows_heads: whether the first axis is that of the heads.
        tolerance: how far from 1 a row may sum in the type that they were given in.
    """

    values: tuple[Float[np.ndarray, "head query key"], ...]
    numbers: tuple[int, ...] | None
    knows_heads: bool
    tolerance: float


def layers_of(
    given: Any,
    *,
    where: str = "weights",
    layer: int | None = None,
    axes: str | None = None,
    batch: int | None = None,
) -> Layers:
    """What was given, layer by layer.

    Args:
        given: an array or tensor; a tuple of these, which are layers, or a mapping from their
            numbers; or an ActivationCache of TransformerLens.
        where: what it is called: ``weights`` or ``scores``.
        layer: which of several layers, or the number of the only one.
        axes: the names of an array's axes, such as ``layer head query key``.
        batch: which sequence of a batch.

    Raises:
        AttentionError: its shape or type is none of these.
    """
    if isinstance(given, Mapping) and given and all(isinstance(key, int) for key in given):
        several = dict(sorted(given.items()))
    elif isinstance(given, Mapping) or hasattr(given, "cache_dict"):
        several = dict(_of_cache(given, where))
    elif isinstance(given, tuple | list) and any(map(_is_array_or_none, given)):
        several = dict(enumerate(given))
    else:
        return _of_array(given, where, axes, batch, layer)
    if axes is not None:
        remedy = "leave it out: a tuple is of layers"
        raise AttentionError("axes", "it names the axes of one array", remedy)
    several = _chosen(several, layer)
    parts = [
        _of_array(_checked_layer(one, number, where), f"{where}[{number}]", None, batch, None)
        for number, one in several.items()
    ]
    if len({part.values[0].shape for part in parts}) > 1:
        shapes = " and ".join(str(part.values[0].shape) for part in parts)
        raise AttentionError(where, f"its layers have the shapes {shapes}", "name one `layer=`")
    return Layers(
        values=tuple(value for part in parts for value in part.values),
        numbers=tuple(several),
        knows_heads=all(part.knows_heads for part in parts),
        tolerance=max(part.tolerance for part in parts),
    )


def _chosen(several: Mapping[int, Any], layer: int | None) -> dict[int, Any]:
    """The layer that is named out of several, or the only one under the number that it has.

    Raises:
        AttentionError: it is none of them.
    """
    if layer is None:
        return dict(several)
    if len(several) == 1:
        return dict.fromkeys([_whole(layer)], *several.values())
    if layer not in several:
        numbers = list(several)
        there = f"layers are {numbers[0]} to {numbers[-1]}"
        raise AttentionError("layer", f"{layer} does not exist", there)
    return {layer: several[layer]}


def _whole(layer: Any) -> int:
    if isinstance(layer, bool) or not isinstance(layer, Integral) or layer < 0:
        raise AttentionError("layer", f"it is {layer!r}", "a whole number from 0 is right")
    return int(layer)


def numbers_of(given: Any, where: str) -> tuple[np.ndarray, float]:
    """An array's or tensor's numbers, and how far from 1 a row of weights may sum in its type.

    Raises:
        AttentionError: they are no real numbers.
    """
    tolerance = ROW_SUM_TOLERANCE
    if hasattr(given, "detach"):  # a tensor of torch
        given, tolerance = _of_torch(given)
    try:
        array = np.asarray(given)
    except (ValueError, TypeError) as error:  # rows of unequal length, say
        raise AttentionError(where, _one_line(error), "an array of numbers is right") from error
    if array.dtype.name == "bfloat16":  # of jax
        return array.astype(np.float64), _BFLOAT16
    if array.dtype.kind == "f":
        return array.astype(np.float64), max(tolerance, float(np.finfo(array.dtype).eps))
    if array.dtype.kind in _WHOLE:
        return array.astype(np.float64), tolerance
    what = f"its values are {array.dtype}"
    raise AttentionError(where, what, "an array of real numbers is right")


def _of_torch(tensor: Any) -> tuple[np.ndarray, float]:
    import torch

    here = tensor.detach().cpu()
    tolerance = ROW_SUM_TOLERANCE
    if here.is_floating_point():
        tolerance = max(tolerance, float(torch.finfo(here.dtype).eps))
        here = here.double()
    numbers: np.ndarray = here.numpy()
    return numbers, tolerance


def _of_cache(cache: Any, where: str) -> Iterator[tuple[int, Any]]:
    """The layers of a TransformerLens cache, in their order.

    Raises:
        AttentionError: it holds none.
    """
    mapping = getattr(cache, "cache_dict", cache)
    found: dict[int, Any] = {}
    for name, value in mapping.items():
        matched = _NAMED.fullmatch(str(name))
        if matched and matched[2] == _HOOKS[where]:
            found[int(matched[1])] = value
    if not found:
        names = ", ".join(map(str, list(mapping)[:3]))
        what = f"of its entries ({names} …) none is blocks.N.attn.{_HOOKS[where]}"
        given = "`outputs.attentions` is right" if "attentions" in mapping else ""
        raise AttentionError(where, what, given or "an array, or a cache with these, is right")
    yield from sorted(found.items())


def _checked_layer(one: Any, number: int, where: str) -> Any:
    """A layer of a tuple.

    Raises:
        AttentionError: it is none: the model did not keep its weights.
    """
    if one is None:
        remedy = 'attn_implementation="eager" with output_attentions=True is right'
        raise AttentionError(f"{where}[{number}]", "it is None", remedy)
    if isinstance(one, tuple | list) and any(map(_is_array_or_none, one)):
        what = "it is a tuple of layers itself, as `generate` returns one for each step"
        raise AttentionError(f"{where}[{number}]", what, "give the tuple of one step")
    return one


def _is_array_or_none(value: Any) -> bool:
    return value is None or hasattr(value, "shape") or isinstance(value, tuple)


def _of_array(
    given: Any, where: str, axes: str | None, batch: int | None, layer: int | None
) -> Layers:
    numbers, tolerance = numbers_of(given, where)
    names = _axes_of(numbers.shape, where) if axes is None else _parsed(axes, numbers.shape)
    ordered = numbers.transpose([names.index(name) for name in AXES if name in names])
    if 0 in numbers.shape:
        raise AttentionError(where, f"its shape is {numbers.shape}", "no axis may be empty")
    if "batch" in names:
        ordered = _of_sequence(ordered, AXES[:2].index("batch") - ("layer" not in names), batch)
    elif batch not in (None, 0):
        raise AttentionError("batch", f"there is one sequence, of shape {numbers.shape}")
    if "head" not in names:
        ordered = np.expand_dims(ordered, -3)
    if "layer" in names:
        several = _chosen(dict(enumerate(ordered)), layer)
        numbered: tuple[int, ...] | None = tuple(several)
    else:
        several, numbered = {0: ordered}, None if layer is None else (_whole(layer),)
    return Layers(
        values=tuple(several.values()),
        numbers=numbered,
        knows_heads="head" in names and (axes is not None or ordered.shape[-3] > 1),
        tolerance=tolerance,
    )


def _axes_of(shape: tuple[int, ...], where: str) -> Sequence[str]:
    """The names of an array's axes, of which nothing is said.

    Raises:
        AttentionError: it has others than a batch, heads, queries and keys.
    """
    names = AXES[-len(shape) :] if len(shape) > 1 else ()
    if not names or "layer" in names or len(shape) > len(AXES):
        right = '(query, key) or (head, query, key), or `axes="layer batch head query key"`'
        raise AttentionError(where, f"its shape is {shape}", f"{right}, is right")
    return names


def _parsed(axes: str, shape: tuple[int, ...]) -> Sequence[str]:
    """The names of axes that the user says.

    Raises:
        AttentionError: they are not these, or not as many as the array has.
    """
    names = axes.replace(",", " ").split()
    known = [name for name in AXES if name in names]
    if len(known) != len(names) or known[-2:] != ["query", "key"]:
        right = "names out of layer, batch, head, query and key, with the last two, are right"
        raise AttentionError("axes", f"they are {axes!r}", right)
    if len(names) != len(shape):
        what = f"{axes!r} are {len(names)} of an array of shape {shape}"
        raise AttentionError("axes", what, f"{len(shape)} names are right")
    return names


def _of_sequence(array: np.ndarray, axis: int, batch: int | None) -> np.ndarray:
    """One sequence of a batch.

    Raises:
        AttentionError: nothing says which of several, or there is none such.
    """
    count = array.shape[axis]
    if batch is None and count > 1:
        what = f"its first axis has {count}, of which nothing says what they are"
        right = f'`batch=0` (to {count - 1}), or `axes="layer head query key"`, is right'
        raise AttentionError("weights", what, right)
    chosen = batch or 0
    if not 0 <= chosen < count:
        what = f"there is no sequence {chosen} in a batch of {count}"
        raise AttentionError("batch", what, f"0 to {count - 1} is right")
    sequence: np.ndarray = array.take(chosen, axis=axis)
    return sequence


def _one_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
