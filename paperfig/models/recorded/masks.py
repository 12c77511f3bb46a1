"""The mask of attention that was given: as it is said, or as zeros among weights show it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, get_args

import numpy as np
from jaxtyping import Bool

from paperfig.errors import AttentionError
from paperfig.models.recorded.numbers import array_of
from paperfig.values.mask import MaskRule, SelfRule, pattern_of

_MATRIX = 2
"""The axes of a mask: query and key."""


def rule_for(
    hidden: Bool[np.ndarray, "query key"],
    *,
    mask: Any = None,
    causal: Any = None,
    is_certain: bool = False,
    layer: tuple[int, int] = (0, 1),
) -> MaskRule:
    """The rule that says which keys a query may attend to, the simplest that says it.

    Args:
        hidden: where no head has anything on a key: the weight 0, or the score −inf.
        mask: an array that is True where a query may attend to a key (query × key, or of the
            keys alone, or layer × query × key); a function from the rule without it to the
            one with it; or None.
        causal: whether no key comes after its query; None where the values tell it.
        is_certain: whether all that is hidden is so by a mask.
        layer: which of how many layers.

    Raises:
        AttentionError: the mask has another shape or type.
    """
    shape = hidden.shape[0], hidden.shape[1]
    if not isinstance(causal, bool | np.bool_ | None):
        raise AttentionError("causal", f"it is {causal!r:.60}", "True, False or None is right")
    rule = MaskRule(causal=_shows_causality(hidden) if causal is None else bool(causal))
    if mask is None and causal is None and not is_certain:
        return replace(rule, is_inferred=True)
    allowed = rule.allowed(*shape)
    if mask is None:
        return rule_of(allowed & ~hidden if is_certain else allowed)
    if callable(mask):
        return rule_of(mask(rule).allowed(*shape))
    said = _said(mask, shape, layer)
    return rule_of(said & allowed if causal or said.ndim < _MATRIX else said)


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
        get_args(SelfRule), dict.fromkeys(((), hidden)), (None, reach), (False, True)
    )
    for self_rule, hide, window, causal in choices:
        yield MaskRule(causal=causal, self_attention=self_rule, window=window, hide_keys=hide)


def _shows_causality(zero: Bool[np.ndarray, "query key"]) -> bool:
    """Whether no query has anything on a later key, of which there are some."""
    n_query, n_key = zero.shape
    later = np.triu(np.ones_like(zero), 1)
    return n_query == n_key > 1 and bool(zero[later].all())


def _said(
    mask: Any, shape: tuple[int, int], layer: tuple[int, int]
) -> Bool[np.ndarray, "*query key"]:
    """What a mask says of a layer: for each query, or of the keys alone.

    Raises:
        AttentionError: it is no mask of as many queries and keys.
    """
    array, dtype = array_of(mask, "mask")
    right = "True where a query may attend to a key, else False, is right"
    if array.dtype.kind not in "biu":
        raise AttentionError("mask", f"its values are {dtype}", right)
    if array.size and (array.min() < 0 or array.max() > 1):
        raise AttentionError("mask", f"it goes from {array.min()} to {array.max()}", right)
    squeezed, (at, count) = array, layer
    while squeezed.ndim > 1 and len(squeezed) == 1:
        squeezed = squeezed[0]
    if squeezed.ndim > _MATRIX and len(squeezed) == count:
        squeezed = squeezed[at]
    if squeezed.shape not in (shape, shape[1:]):
        what = f"its shape is {array.shape} for {shape[0]} queries and {shape[1]} keys"
        raise AttentionError("mask", what, f"{shape}, or {shape[1:]} of keys alone, is right")
    return squeezed.astype(bool)
