"""Which keys a query may attend to."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from paperfig.errors import AttentionError
from paperfig.specs.schema import MaskSpec
from paperfig.values.model import MaskRule


def allowed_keys(length: int, rule: MaskRule) -> Bool[np.ndarray, "query key"]:
    """True where the query may attend to the key.

    ``self_attention: hide`` is applied last: key i is hidden from query i wherever the
    rest of the rule leaves another key. A row without any key comes of ``hide-always``,
    or of ``hide_keys`` that take all that a query had (key 0 from query 0 of a causal
    map): nothing is put in its place.

    Args:
        length: how many tokens the excerpt has.
        rule: what to allow; ``window`` counts the query itself and, where the rule is
            not causal, reaches as far to both sides.

    Raises:
        AttentionError: a hidden key lies beyond the excerpt.
    """
    distance = np.arange(length)[:, None] - np.arange(length)
    allowed = np.ones((length, length), dtype=bool)
    if rule.causal:
        allowed &= distance >= 0
    if rule.window is not None:
        allowed &= np.abs(distance) < rule.window
    for key in rule.hide_keys:
        if key >= length:
            raise AttentionError(
                "mask.hide_keys", f"{key} does not exist", f"keys are 0 to {length - 1}"
            )
        allowed[:, key] = False
    hidden = _hidden_selves(allowed, rule)
    allowed[hidden] = False
    return allowed


def _hidden_selves(
    allowed: Bool[np.ndarray, "query key"], rule: MaskRule
) -> Bool[np.ndarray, "query key"]:
    diagonal = np.eye(len(allowed), dtype=bool)
    if rule.self_attention == "keep":
        return np.zeros_like(diagonal)
    if rule.self_attention == "hide-always":
        return diagonal
    has_another = np.any(allowed & ~diagonal, axis=1, keepdims=True)
    return np.logical_and(diagonal, has_another)


def with_intervention(trained: MaskRule, spec: MaskSpec) -> MaskRule:
    """The trained rule with the keys that the spec names put in their place."""
    changed = {key: value for key, value in spec if value is not None}
    if spec.hide_keys is not None:
        changed["hide_keys"] = tuple(sorted(set(spec.hide_keys)))
    return replace(trained, **changed)
