"""The mask of attention that was given: as it is said, or as zeros among weights show it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any, get_args

import numpy as np
from jaxtyping import Bool, Float

from paperfig.errors import AttentionError
from paperfig.values.mask import MaskRule, SelfRule, pattern_of

_MATRIX = 2
"""The axes of a mask: query and key."""


def rule_for(
    values: Float[np.ndarray, "head query key"],
    *,
    mask: Any = None,
    causal: bool | None = None,
    hidden: float = 0.0,
) -> MaskRule:
    """The rule that says which keys a query may attend to.

    Args:
        values: weights or scores.
        mask: an array that is True where a query may attend to a key (query × key, or of the
            keys alone); a function from the rule without it to the one with it; or None.
        causal: whether no key comes after its query; None where the values tell it.
        hidden: what a key has that is hidden from a query: the weight 0, or the score −inf.

    Raises:
        AttentionError: the mask has another shape or type.
    """
    shape = values.shape[1], values.shape[2]
    zero = (values == hidden).all(axis=0) | np.isnan(values).all(axis=0)
    rule = MaskRule(causal=_shows_causality(zero) if causal is None else causal)
    if mask is None and np.isinf(hidden):  # a score of −inf says that a key is hidden
        return rule_of(~zero & rule.allowed(*shape))
    if mask is None:
        return replace(rule, is_inferred=causal is None)
    if isinstance(mask, Callable):  # type: ignore[arg-type]
        changed: MaskRule = mask(rule)
        return changed
    array = _squeezed(mask)
    allowed = _allowed(array, shape)
    if causal or (rule.causal and array.ndim < _MATRIX):
        allowed = allowed & MaskRule().allowed(*shape)
    return rule_of(allowed)


def rule_of(allowed: Bool[np.ndarray, "query key"]) -> MaskRule:
    """The simplest rule that allows just these keys.

    >>> rule_of(MaskRule(window=2, self_attention="hide").allowed(4, 4))
    MaskRule(causal=True, self_attention='hide', window=2, hide_keys=(), pattern=None, \
is_inferred=False)
    """
    for rule in _candidates(allowed):
        try:
            if np.array_equal(rule.allowed(*allowed.shape), allowed):
                return rule
        except AttentionError:  # a causal rule of unlike queries and keys
            continue
    is_causal = allowed.shape[0] == allowed.shape[1] and not np.triu(allowed, 1).any()
    return MaskRule(causal=is_causal, pattern=pattern_of(allowed))


def _candidates(allowed: Bool[np.ndarray, "query key"]) -> Iterator[MaskRule]:
    n_query, n_key = allowed.shape
    hidden = tuple(np.flatnonzero(~allowed.any(axis=0)).tolist())
    away = np.abs(np.arange(n_query)[:, None] - np.arange(n_key))
    reach = int(away[allowed].max(initial=0)) + 1
    choices = product(
        get_args(SelfRule), dict.fromkeys(((), hidden)), (None, reach), (True, False)
    )
    for self_rule, hide, window, causal in choices:
        yield MaskRule(causal=causal, self_attention=self_rule, window=window, hide_keys=hide)


def _shows_causality(zero: Bool[np.ndarray, "query key"]) -> bool:
    """Whether no query has anything on a later key, of which there are some."""
    n_query, n_key = zero.shape
    later = np.triu(np.ones_like(zero), 1)
    return n_query == n_key > 1 and bool(zero[later].all())


def _allowed(array: np.ndarray, shape: tuple[int, int]) -> Bool[np.ndarray, "query key"]:
    if array.dtype.kind not in "biu" or not np.isin(array, (0, 1)).all():
        what = f"its values are {array.dtype}"
        right = "True where a query may attend to a key, else False, is right"
        raise AttentionError("mask", what, right)
    if array.shape not in (shape, shape[1:]):
        what = f"its shape is {array.shape} for {shape[0]} queries and {shape[1]} keys"
        raise AttentionError("mask", what, f"{shape}, or {shape[1:]} of keys alone, is right")
    whole: np.ndarray = np.broadcast_to(array.astype(bool), shape)
    return whole


def _squeezed(mask: Any) -> np.ndarray:
    """The array without axes of one before the others; of one query it is of the keys alone."""
    array = np.asarray(mask.detach().cpu() if hasattr(mask, "detach") else mask)
    while array.ndim > 1 and len(array) == 1:
        array = array[0]
    return array
