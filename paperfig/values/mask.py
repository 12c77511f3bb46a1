"""Which keys a query may attend to: the one place that says what a mask means."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from jaxtyping import Bool

from paperfig.errors import AttentionError
from paperfig.values.tokens import Span

SelfRule = Literal["keep", "hide", "hide-always"]
Pattern = tuple[tuple[int, tuple[Span, ...]], ...]
"""Runs of queries that may attend to the same keys: how many queries, and these keys' runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRule:
    """Which keys a query may attend to.

    >>> MaskRule(window=2).allowed(3, 3).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [0, 1, 1]]

    Attributes:
        causal: no key after the query.
        self_attention: ``keep`` the diagonal; ``hide`` it wherever another key is left
            (the VFE rule: a query with nothing else keeps itself); ``hide-always``.
        window: how many keys a query sees at most, itself counted; None for all.
            Without ``causal`` the window reaches to both sides.
        hide_keys: positions that no query may attend to.
        pattern: the keys of each query, where no rule gives them; None for all.
        is_inferred: whether it is only what zeros among weights show, of which nobody said
            that a mask made them: more may be hidden than is known.
    """

    causal: bool = True
    self_attention: SelfRule = "keep"
    window: int | None = None
    hide_keys: tuple[int, ...] = ()
    pattern: Pattern | None = None
    is_inferred: bool = False

    def allowed(self, n_query: int, n_key: int) -> Bool[np.ndarray, "query key"]:
        """True where the query may attend to the key.

        ``self_attention: hide`` is applied last: key i is hidden from query i wherever the
        rest of the rule leaves another key. A row without any key comes of ``hide-always``,
        or of ``hide_keys`` that take all that a query had (key 0 from query 0 of a causal
        map): nothing is put in its place.

        Args:
            n_query: how many queries there are.
            n_key: how many keys; as many as queries where the rule tells before from after,
                near from far, or a query's own key from the others.

        Raises:
            AttentionError: the counts differ and the rule needs them equal, or a hidden key
                lies beyond the last.
        """
        self._check_counts(n_query, n_key)
        distance = np.arange(n_query)[:, None] - np.arange(n_key)
        allowed = self._of_pattern(n_query, n_key)
        if self.causal:
            allowed &= distance >= 0
        if self.window is not None:
            allowed &= np.abs(distance) < self.window
        for key in self.hide_keys:
            if key >= n_key:
                raise AttentionError(
                    "mask.hide_keys", f"{key} does not exist", f"keys are 0 to {n_key - 1}"
                )
            allowed[:, key] = False
        if self.self_attention != "keep":
            allowed[self._hidden_selves(allowed)] = False
        return allowed

    def _check_counts(self, n_query: int, n_key: int) -> None:
        """Nothing where query i and key i are the same token, or that is of no matter."""
        if n_query == n_key:
            return
        for needs, what in (
            (self.causal, "a causal mask"),
            (self.window is not None, "a window"),
            (self.self_attention != "keep", "a mask of the diagonal"),
        ):
            if needs:
                raise AttentionError(
                    "mask",
                    f"{what} needs as many queries as keys",
                    f"here are {n_query} and {n_key}",
                )

    def _of_pattern(self, n_query: int, n_key: int) -> Bool[np.ndarray, "query key"]:
        """What the pattern allows; all where there is none."""
        if self.pattern is None:
            return np.ones((n_query, n_key), dtype=bool)
        rows = sum(count for count, _ in self.pattern)
        ends = [last for _, runs in self.pattern for _, last in runs]
        if rows != n_query or max(ends, default=0) >= n_key:
            raise AttentionError(
                "mask",
                f"it is for {rows} queries and keys up to {max(ends, default=0)}",
                f"here are {n_query} and {n_key}",
            )
        allowed = np.zeros((n_query, n_key), dtype=bool)
        row = 0
        for count, runs in self.pattern:
            for first, last in runs:
                allowed[row : row + count, first : last + 1] = True
            row += count
        return allowed

    def _hidden_selves(
        self, allowed: Bool[np.ndarray, "query key"]
    ) -> Bool[np.ndarray, "query key"]:
        """Where the rule takes a query's own key from those that are left to it."""
        diagonal = np.eye(len(allowed), dtype=bool)
        if self.self_attention == "hide-always":
            return diagonal
        has_another = np.any(allowed & ~diagonal, axis=1, keepdims=True)
        return np.logical_and(diagonal, has_another)


def pattern_of(allowed: Bool[np.ndarray, "query key"]) -> Pattern:
    """The pattern that allows just these keys.

    >>> pattern_of(np.array([[1, 0, 1], [1, 0, 1], [0, 0, 0]], dtype=bool))
    ((2, ((0, 0), (2, 2))), (1, ()))
    """
    rows = [tuple(_runs(row)) for row in allowed]
    return tuple((len(list(same)), runs) for runs, same in groupby(rows))


def _runs(row: Bool[np.ndarray, " key"]) -> Iterator[Span]:
    """The runs of neighbouring keys that are allowed."""
    steps = np.diff(row.astype(np.int8), prepend=0, append=0)
    first, behind = np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist()
    yield from ((start, end - 1) for start, end in zip(first, behind, strict=True))
