"""Rows of weights as exact as a map is: checked, and what their type rounded off made good."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from paperfig.errors import AttentionError
from paperfig.models.external.report import CLAMPED

_EXACT = 1e-6
"""How far from 1 a row of float32 sums by rounding alone."""

Weights = Float64[np.ndarray, "head query key"]


class Rows(NamedTuple):
    """Exact weights.

    Attributes:
        weights: a row sums to 1 less what goes to the sink, or to 0 without any key.
        learned_sink: what goes to no key, in a model that learns such a place.
    """

    weights: Float32[np.ndarray, "head query key"]
    learned_sink: Float32[np.ndarray, "head query"] | None


def exact_rows(
    weights: Float64[np.ndarray, "head query key"],
    allowed: Bool[np.ndarray, "query key"],
    *,
    tolerance: float,
    sink: Float[np.ndarray, "head query"] | bool = False,
    where: str = "weights",
) -> Rows:
    """The weights, exactly 0 where masked, each row divided by its sum.

    Args:
        weights: as they were given.
        allowed: their mask; a clamp of at most 1e-6 is undone where it hides a key.
        tolerance: how far from 1 a row may sum.
        sink: whether what a row lacks goes to a sink, or what goes there.
        where: what messages call the weights.

    Raises:
        AttentionError: a weight is no number of [0, 1] or is hidden by the mask, or a row's
            sum is farther from 1.
    """
    _check_numbers(weights, tolerance, where)
    _check_hidden(weights, allowed, where)
    kept = np.where(allowed, weights, 0.0)
    sums, goal = kept.sum(axis=2), np.broadcast_to(allowed.any(axis=1), kept.shape[:2])
    to_sink: np.ndarray | None = None
    if isinstance(sink, np.ndarray):
        to_sink = sink.astype(np.float64)
        sums = sums + to_sink
    elif sink:
        to_sink = (goal - sums).clip(min=0.0)
        sums = sums.clip(min=1.0) * goal
    slack = tolerance + CLAMPED * int((~allowed).sum(axis=1).max())
    _check_sums(sums, goal, kept, slack, where)
    off = np.abs(sums - goal) > _EXACT  # what float32 holds is left as it is
    whole = np.where(goal & off, sums, 1.0)
    return Rows(
        weights=(kept / whole[..., None]).astype(np.float32),
        learned_sink=None if to_sink is None else (to_sink / whole).astype(np.float32),
    )


def _check_numbers(weights: Weights, tolerance: float, where: str) -> None:
    """Nothing where each weight is a number of [0, 1]."""
    broken = ~np.isfinite(weights)
    if broken.any():
        head, query, key = _first(broken)
        what = (
            f"that of head {head}, query {query} and key {key} is {weights[head, query, key]}"
        )
        empty = broken[head, query].all()
        right = "a row of zeros where a query has no key, and its `mask=`, is right"
        raise AttentionError(where, what, right if empty else "finite numbers are right")
    outside = (weights < 0) | (weights > 1 + tolerance)
    if outside.any():
        head, query, key = _first(outside)
        value = weights[head, query, key]
        raise AttentionError(
            where,
            f"that of head {head}, query {query} and key {key} is {value:.4g}",
            "0 to 1 is right; scores go under `scores=`, other values with `signed=True`",
        )


def _check_hidden(weights: Weights, allowed: np.ndarray, where: str) -> None:
    hidden = (weights > CLAMPED) & ~allowed
    if hidden.any():
        head, query, key = _first(hidden)
        raise AttentionError(
            where,
            f"key {key}, which the mask hides from query {query}, has weight "
            f"{weights[head, query, key]:.3g} in head {head}",
            "the mask of these weights is right: True where a query may attend to a key",
        )


def _check_sums(
    sums: np.ndarray, goal: np.ndarray, kept: Weights, slack: float, where: str
) -> None:
    off = np.abs(sums - goal)
    if off.max() <= slack:
        return
    head, query = (int(at) for at in np.unravel_index(off.argmax(), off.shape))
    right = "a softmax over keys is right, in the type that it was computed in"
    if np.abs(kept.sum(axis=1) - 1).max() <= slack:
        right = "its columns do: queries before keys are right"
    elif sums.max() <= 1 + slack:
        right = "`learned_sink=True` where the rest goes to a sink, else a softmax, is right"
    raise AttentionError(
        where,
        f"the row of head {head} and query {query} sums to {sums[head, query]:.6g} and not to "
        f"{int(goal[head, query])} within {slack:.2g}",
        right,
    )


def _first(where: np.ndarray) -> tuple[int, int, int]:
    head, query, key = np.argwhere(where)[0].tolist()
    return head, query, key
