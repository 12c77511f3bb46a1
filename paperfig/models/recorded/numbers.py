"""The numbers in arrays and tensors, whatever type holds them, and whole numbers that count."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from paperfig.errors import AttentionError

_HIGHEST = {"layer": 999, "head": 999}
"""The highest number of each: what is known of a model counts them all."""

_REAL, _TEXTS = "fbiu", "US"  # kinds of numpy: float, bool, int, unsigned; texts
_FLOAT16, _FLOAT32 = np.finfo(np.float16), np.finfo(np.float32)
_EPSILON = {
    "float16": float(_FLOAT16.eps),
    "bfloat16": 2.0**-7,
    "float8_e4m3fn": 2.0**-3,
    "float8_e5m2": 2.0**-2,
}
"""The distance from 1 to the next number, of types that hold less than float32."""


class Numbers(NamedTuple):
    """The numbers of an array or a tensor, and what its type could hold.

    Attributes:
        values: in float64, NaN where a masked array masks them.
        epsilon: the distance from 1 to the next number of the type; float32's at least.
        least: the least number of the type, float32's at least: what transformers adds to a
            score that a mask hides.
    """

    values: Float64[np.ndarray, "..."]
    epsilon: float
    least: float


def whole(where: str, given: Any) -> int:
    """The number of a layer, a head or a sequence.

    Raises:
        AttentionError: it is none.
    """
    number = given.item() if getattr(given, "ndim", None) == 0 else given
    highest = _HIGHEST.get(where)
    if not is_whole(number) or number < 0 or (highest is not None and number > highest):
        right = "from 0" if highest is None else f"from 0 to {highest}"
        raise AttentionError(where, f"it is {given!r:.60}", f"a whole number {right} is right")
    return int(number)


def is_whole(value: Any) -> bool:
    """Whether it is a whole number, and not True or False."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def numbers_of(given: Any, where: str) -> Numbers:
    """An array's or tensor's numbers.

    Raises:
        AttentionError: they are no real numbers.
    """
    array, dtype = array_of(given, where)
    if array.dtype.kind not in _REAL:
        what = f"its values are {dtype}"
        raise AttentionError(where, what, "an array of real numbers is right")
    values, epsilon = array.astype(np.float64), _EPSILON.get(dtype, 0.0)
    if isinstance(given, np.ma.MaskedArray):
        values[np.ma.getmaskarray(given)] = np.nan
    least = _FLOAT16.min if dtype == "float16" else _FLOAT32.min
    return Numbers(values, max(epsilon, float(_FLOAT32.eps)), float(least))


def array_of(given: Any, where: str) -> tuple[np.ndarray, str]:
    """What was given as an array of numpy's, and the name of the type that it was given in.

    Raises:
        AttentionError: it is no array, nor anything that makes one.
    """
    try:
        if hasattr(given, "detach"):
            return _of_torch(given)
        array = np.asarray(given)
    except (ValueError, TypeError, RuntimeError) as error:
        right = "a dense array of numbers is right, its rows all as long"
        raise AttentionError(where, "no array can be made of it", right) from error
    name = "texts" if array.dtype.kind in _TEXTS else str(array.dtype)
    return (array.astype(np.float64) if name in _EPSILON else array), name


def _of_torch(tensor: Any) -> tuple[np.ndarray, str]:
    """A tensor's numbers, and the name of its type; numpy has no bfloat16."""
    here = tensor.detach().cpu()
    array: np.ndarray = (here.double() if here.is_floating_point() else here).numpy()
    return array, str(tensor.dtype).removeprefix("torch.")


def first_of(
    values: Float64[np.ndarray, "head query *key"],
    where: Bool[np.ndarray, "head query *key"],
    heads: Sequence[int],
) -> str:
    """Whose value is the first that is so, and what it is.

    >>> first_of(np.array([[0.5, 2.0]]), np.array([[False, True]]), [7])
    'that of head 7 and query 1 is 2'
    """
    place = tuple(np.argwhere(where)[0].tolist())
    head, query, *keys = place
    whose = f"head {heads[head]} and query {query}"
    if keys:
        whose = f"head {heads[head]}, query {query} and key {keys[0]}"
    return f"that of {whose} is {values[place]:.4g}"
