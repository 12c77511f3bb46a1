"""Rows of weights as exact as a map is: checked, and what their type rounded off made good."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64

from paperfig.errors import AttentionError
from paperfig.models.external.report import CLAMPED
from paperfig.models.recorded.numbers import first_of

_EXACT = 5e-7
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
    heads: Sequence[int],
    sink: Float64[np.ndarray, "head query"] | bool = False,
) -> Rows:
    """The weights, exactly 0 where masked, each row divided by its sum.

    Args:
        weights: as they were given.
        allowed: their mask; a clamp of at most 1e-6 is undone where it hides a key.
        tolerance: how far from 1 a row may sum.
        heads: their numbers, for messages.
        sink: whether what a row lacks goes to a sink, or what goes there.

    Raises:
        AttentionError: a weight is no number of [0, 1] or is hidden by the mask, or a row's
            sum is farther from 1.
    """
    _check_numbers(weights, tolerance, heads)
    _check_hidden(weights, allowed, heads)
    kept = np.where(allowed, weights, 0.0)
    sums, goal = kept.sum(axis=2), np.broadcast_to(allowed.any(axis=1), kept.shape[:2])
    to_sink: np.ndarray | None = None
    if isinstance(sink, np.ndarray):
        _check_sink(sink, tolerance, heads)
        to_sink = sink.astype(np.float64)
        sums = sums + to_sink
    elif sink:
        to_sink = (goal - sums).clip(min=0.0)
        sums = sums.clip(min=1.0) * goal
    slack = tolerance + CLAMPED * int((~allowed).sum(axis=1).max())
    _check_sums(sums, goal, kept, slack, heads)
    off = np.abs(sums - goal) > _EXACT  # what float32 holds is left as it is
    whole = np.where(goal & off, sums, 1.0)
    return Rows(
        weights=(kept / whole[..., None]).astype(np.float32),
        learned_sink=None if to_sink is None else (to_sink / whole).astype(np.float32),
    )


def _check_numbers(weights: Weights, tolerance: float, heads: Sequence[int]) -> None:
    """Nothing where each weight is a number of [0, 1]."""
    broken = ~np.isfinite(weights)
    if broken.any():
        right = "finite numbers, and 0 where a mask hides a key, are right"
        if broken[tuple(np.argwhere(broken)[0, :2])].all():
            right = "a row of zeros where a query has no key, and its `mask=`, is right"
        raise AttentionError("weights", first_of(weights, broken, heads), right)
    outside = (weights < 0) | (weights > 1 + tolerance)
    if outside.any():
        right = "0 to 1 is right; scores go under `scores=`, other values with `signed=True`"
        raise AttentionError("weights", first_of(weights, outside, heads), right)


def _check_sink(
    sink: Float64[np.ndarray, "head query"], tolerance: float, heads: Sequence[int]
) -> None:
    """Nothing where each number is one of [0, 1]."""
    broken = ~((sink >= 0) & (sink <= 1 + tolerance))
    if broken.any():
        raise AttentionError("learned_sink", first_of(sink, broken, heads), "0 to 1 is right")


def _check_hidden(weights: Weights, allowed: np.ndarray, heads: Sequence[int]) -> None:
    """Nothing where no key has weight that the mask hides."""
    hidden = (weights > CLAMPED) & ~allowed
    if hidden.any():
        head, query, key = np.argwhere(hidden)[0].tolist()
        raise AttentionError(
            "weights",
            f"key {key}, which the mask hides from query {query}, has weight "
            f"{weights[head, query, key]:.3g} in head {heads[head]}",
            "the mask of these weights is right: True where a query may attend to a key",
        )


def _check_sums(
    sums: np.ndarray, goal: np.ndarray, kept: Weights, slack: float, heads: Sequence[int]
) -> None:
    """Nothing where each row sums to 1, or to 0 where a query has no key."""
    off = np.abs(sums - goal)
    if off.max() <= slack:
        return
    head, query = (int(at) for at in np.unravel_index(off.argmax(), off.shape))
    right = "a softmax over keys, in the type that it was computed in, is right"
    if np.abs(kept.sum(axis=1) - 1).max() <= slack:
        right = "its columns do: queries before keys are right"
    elif sums[head, query] == 0:
        right = "where a query has no key the `mask=` that says so is right"
    elif sums.max() <= 1 + slack:
        right = f"`learned_sink=True` where the rest goes to a sink, else {right}"
    raise AttentionError(
        "weights",
        f"the row of head {heads[head]} and query {query} sums to {sums[head, query]:.6g} and "
        f"not to {int(goal[head, query])} within {slack:.2g}",
        right,
    )
