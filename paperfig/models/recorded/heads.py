"""Which heads are shown, and what is said of each of them."""

from collections.abc import Sequence
from math import inf
from operator import truediv
from typing import Any

import numpy as np

from paperfig.errors import AttentionError
from paperfig.models.recorded.numbers import numbers_of, whole
from paperfig.values.site import which_exist

Numbers = tuple[float, ...] | None
"""One for each head shown, or nothing."""


def chosen_heads(count: int, head: Any, *, names: bool) -> tuple[list[int], tuple[int, ...]]:
    """Which of the heads given are shown, and their numbers.

    Numbers that are all among those given pick; others are the names of as many.

    Raises:
        AttentionError: they are neither.
    """
    everyone = list(range(count))
    if head is None:
        return everyone, tuple(everyone)
    plain = head.tolist() if hasattr(head, "tolist") else head
    several = list(plain) if isinstance(plain, list | tuple | range) else [plain]
    heads = [whole("head", one) for one in several]
    if not heads or len(set(heads)) < len(heads):
        right = "a number from 0, or a list of different ones, is right"
        raise AttentionError("head", f"it is {plain!r:.60}", right)
    if len(heads) == count and (names or max(heads) >= count):
        return everyone, tuple(heads)
    if names:
        what = f"{len(heads)} for {count} heads"
        raise AttentionError("heads", what, "one for each is right")
    if max(heads) < count:
        return heads, tuple(heads)
    raise AttentionError("head", f"{max(heads)} does not exist", which_exist("head", everyone))


def temperatures(
    kappa: Any, tau: Any, count: int, chosen: Sequence[int]
) -> tuple[Numbers, Numbers]:
    """κ of each head shown, and what τ is of it where τ is another.

    Args:
        kappa: a number, or one for each head given or shown.
        tau: likewise.
        count: how many heads are given.
        chosen: which of them are shown.

    Raises:
        AttentionError: they are not above 0, or not one for each head.
    """
    if kappa is None:
        if tau is not None:
            right = "give `kappa=` too; logits that are divided already need neither"
            raise AttentionError("tau", "it goes with a κ", right)
        return None, None
    kappas = _of_heads("kappa", kappa, count, chosen)
    if tau is None:
        return kappas, None
    taus = _of_heads("tau", tau, count, chosen)
    return kappas, tuple(map(truediv, taus, kappas))


def _of_heads(where: str, given: Any, count: int, chosen: Sequence[int]) -> tuple[float, ...]:
    values = np.atleast_1d(numbers_of(given, where).values).ravel()
    if len(values) == count:
        values = values[list(chosen)]
    elif len(values) == 1:
        values = values.repeat(len(chosen))
    if len(values) != len(chosen) or not ((values > 0) & (values < inf)).all():
        there = f"there {'are' if count > 1 else 'is'} {count} head{'s' if count > 1 else ''}"
        right = "a number above 0, or one for each head, is right"
        raise AttentionError(where, f"it is {given!r:.60}, and {there}", right)
    return tuple(values.tolist())
