"""Arrays as people hold them, as the attention of layers: head × query × key."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from paperfig.errors import AttentionError
from paperfig.models.recorded.numbers import is_whole, numbers_of, whole
from paperfig.values.site import which_exist

AXES = ("layer", "batch", "head", "query", "key")
"""The names of axes, in the order in which they are looked at."""

_HOOKS = {"weights": "hook_pattern", "scores": "hook_attn_scores"}
"""Under which name TransformerLens keeps them: ``blocks.0.attn.hook_pattern``."""

_MATRIX = 2
_EAGER = 'attn_implementation="eager" with output_attentions=True is right'
"""How a model of transformers is made to keep its weights."""

_NAMED = re.compile(r"blocks\.(\d+)\.attn\.(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layers:
    """Values over the queries and keys of some layers.

    Attributes:
        values: of each layer.
        numbers: the layers' numbers; None where nothing says which one it is.
        knows_heads: whether the first axis is that of the heads.
        epsilon: the distance from 1 to the next number of the type that they were given in.
        least: the least number of that type.
    """

    values: tuple[Float[np.ndarray, "head query key"], ...]
    numbers: tuple[int, ...] | None
    knows_heads: bool
    epsilon: float
    least: float


def layers_of(
    given: Any,
    *,
    where: str = "weights",
    layer: Any = None,
    axes: Any = None,
    batch: Any = None,
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
    if isinstance(given, Mapping) and given and all(map(is_whole, given)):
        several = {whole("layer", number): given[number] for number in sorted(given)}
    elif isinstance(given, Mapping) or hasattr(given, "cache_dict"):
        several = dict(_of_cache(given, where))
    elif isinstance(given, tuple) and not given:
        raise AttentionError(where, "it is an empty tuple", _EAGER)
    elif isinstance(given, tuple | list) and are_layers(given):
        several = dict(enumerate(given))
    else:
        return _of_array(given, where, axes, batch, layer)
    if axes is not None:
        remedy = "leave it out: a tuple is of layers"
        raise AttentionError("axes", "it names the axes of one array", remedy)
    several = _chosen(several, layer)
    parts = [_of_layer(one, f"{where}[{number}]", batch) for number, one in several.items()]
    if len({part.values[0].shape for part in parts}) > 1:
        shapes = " and ".join(str(shape) for shape in _shapes(parts))
        raise AttentionError(where, f"its layers have the shapes {shapes}", "name one `layer=`")
    return Layers(
        values=tuple(value for part in parts for value in part.values),
        numbers=tuple(several),
        knows_heads=all(part.knows_heads for part in parts),
        epsilon=max(part.epsilon for part in parts),
        least=max(part.least for part in parts),
    )


def _shapes(parts: Sequence[Layers]) -> Sequence[tuple[int, ...]]:
    """Each shape once."""
    return list(dict.fromkeys(part.values[0].shape for part in parts))


def _chosen(several: Mapping[int, Any], layer: Any) -> dict[int, Any]:
    """The layer that is named out of several, or the only one under the number that it has.

    Raises:
        AttentionError: it is none of them.
    """
    if layer is None:
        return dict(several)
    number = whole("layer", layer)
    if len(several) == 1:
        return dict.fromkeys([number], *several.values())
    if number not in several:
        there = which_exist("layer", list(several))
        raise AttentionError("layer", f"{number} does not exist", there)
    return {number: several[number]}


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
        listed = f"of its entries ({names} …) none is" if names else "it is empty: there is no"
        what = f"{listed} blocks.N.attn.{_HOOKS[where]}"
        given = "`outputs.attentions` is right" if "attentions" in mapping else ""
        raise AttentionError(where, what, given or "an array, or a cache with these, is right")
    yield from sorted(found.items())


def are_layers(several: Sequence[Any]) -> bool:
    """Whether a tuple or list holds several arrays, and is not one in Python's numbers."""
    if any(map(_holds_arrays, several)):
        return True
    return (
        bool(several)
        and isinstance(several, tuple)
        and all(
            isinstance(one, list) and one and isinstance(one[0], list | tuple)
            for one in several
        )
    )


def _holds_arrays(value: Any) -> bool:
    """Whether it is a layer, one that the model did not keep, or a tuple of layers."""
    if isinstance(value, tuple | list):
        return bool(value) and _holds_arrays(value[0])
    return value is None or getattr(value, "ndim", 0) >= _MATRIX


def _of_layer(one: Any, where: str, batch: Any) -> Layers:
    """A layer of a tuple.

    Raises:
        AttentionError: it is none: the model did not keep its weights.
    """
    if one is None:
        raise AttentionError(where, "it is None", _EAGER)
    if isinstance(one, tuple | list) and _holds_arrays(one):
        what = "it is a tuple of layers itself, as `generate` returns one for each step"
        raise AttentionError(where, what, "give the tuple of one step")
    return _of_array(one, where, None, batch, is_layer=True)


def _of_array(
    given: Any,
    where: str,
    axes: Any,
    batch: Any,
    layer: Any = None,
    *,
    is_layer: bool = False,
) -> Layers:
    numbers, epsilon, least = numbers_of(given, where)
    names = _parsed(axes, numbers.shape) if axes is not None else _axes_of(numbers.shape, where)
    if 0 in numbers.shape:
        raise AttentionError(where, f"its shape is {numbers.shape}", "no axis may be empty")
    ordered = numbers.transpose([names.index(name) for name in AXES if name in names])
    ordered = _of_sequence(ordered, names, batch, where, is_said=is_layer or axes is not None)
    if "head" not in names:
        ordered = np.expand_dims(ordered, -3)
    if "layer" in names:
        several = _chosen(dict(enumerate(ordered)), layer)
        numbered: tuple[int, ...] | None = tuple(several)
    else:
        several = {0: ordered}
        numbered = None if layer is None else (whole("layer", layer),)
    return Layers(
        values=tuple(several.values()),
        numbers=numbered,
        knows_heads="head" in names and (axes is not None or ordered.shape[-3] > 1),
        epsilon=epsilon,
        least=least,
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


def _parsed(axes: Any, shape: tuple[int, ...]) -> Sequence[str]:
    """The names of axes that the user says.

    Raises:
        AttentionError: they are not these, or not as many as the array has.
    """
    names = axes.replace(",", " ").split() if isinstance(axes, str) else []
    known = [name for name in AXES if name in names]
    if len(known) != len(names) or known[-2:] != ["query", "key"]:
        right = 'some of "layer batch head query key", the last two among them, are right'
        raise AttentionError("axes", f"they are {axes!r:.60}", right)
    if len(names) != len(shape):
        what = f"{axes!r} are {len(names)} of an array of shape {shape}"
        raise AttentionError("axes", what, f"{len(shape)} names are right")
    return names


def _of_sequence(
    array: np.ndarray, names: Sequence[str], batch: Any, where: str, *, is_said: bool
) -> np.ndarray:
    """One sequence of a batch; the array itself where it has none.

    Raises:
        AttentionError: nothing says which of several, or there is none such.
    """
    chosen = None if batch is None else whole("batch", batch)
    if "batch" not in names:
        if chosen:
            what = f"there is no sequence {chosen}: {where} hold one"
            raise AttentionError("batch", what, "leave it out")
        return array
    axis = int("layer" in names)
    count = array.shape[axis]
    if chosen is None and count > 1:
        first = "batch" if is_said else "first axis"
        what = f"its {first} has {count}, of which nothing says "
        what += "which is shown" if is_said else "what they are"
        layers = '`axes="layer head query key"`'
        if where not in _HOOKS:
            layers = "a tuple with one for each layer"
        right = f"`batch=0` (to {count - 1})" + ("" if is_said else f", or {layers},")
        raise AttentionError(where, what, f"{right} is right")
    if (chosen or 0) >= count:
        what = f"there is no sequence {chosen} in a batch of {count}"
        raise AttentionError("batch", what, f"0 to {count - 1} is right")
    sequence: np.ndarray = array.take(chosen or 0, axis=axis)
    return sequence
