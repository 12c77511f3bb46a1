"""The keys of a profile that are named: in the picture by number, in the caption by word."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64

from paperfig.values.tokens import Tokens

NOISE = 1e-6  # float32 has a weight of 0.16 as 0.15999999


def named_keys(
    weights: Float64[np.ndarray, "head key"], top: int, least: float
) -> tuple[tuple[int, ...], ...]:
    """Of each head the keys of the largest weights, the largest first; of equals the first.

    Args:
        weights: what the query gives to each key.
        top: how many at most.
        least: the least weight.

    >>> named_keys(np.array([[0.1, 0.5, 0.04, 0.36], [1.0, 0.0, 0.0, 0.0]]), 2, 0.05)
    ((1, 3), (0,))
    """
    enough = max(least * (1 - NOISE), NOISE)
    order = np.argsort(-weights, axis=1, kind="stable")[:, :top].tolist()
    return tuple(
        tuple(key for key in keys if row[key] >= enough)
        for row, keys in zip(weights, order, strict=True)
    )


def rounded(weight: float) -> float:
    """A weight as picture and caption name it: to two decimals, or what is less to one digit.

    >>> rounded(0.2649), rounded(0.0031), rounded(0.9999)
    (0.26, 0.003, 1.0)
    """
    places = round(float(weight), 2)
    return places if places > 0 else float(f"{weight:.1g}")


def told_keys(places: Sequence[int], tokens: Tokens) -> list[dict[str, Any]]:
    """Tokens as a caption names them."""
    return [
        {
            "index": place,
            "token": tokens.labels[place],
            "unique": tokens.labels.count(tokens.labels[place]) == 1,
        }
        for place in places
    ]


def told_heads(
    names: Sequence[str],
    named: Sequence[Sequence[int]],
    weights: Float64[np.ndarray, "head key"],
    keys: Tokens,
) -> list[Mapping[str, Any]]:
    """What a caption says of each head: its named keys, and their weight together."""
    return [
        {
            "name": name,
            "keys": [
                told | {"weight": rounded(row[told["index"]])}
                for told in told_keys(places, keys)
            ],
            "share": float(row[list(places)].sum()),
        }
        for name, places, row in zip(names, named, weights, strict=True)
    ]
