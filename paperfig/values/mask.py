"""Which keys a query may attend to: the one place that says what a mask means."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool

from paperfig.errors import AttentionError

SelfRule = Literal["keep", "hide", "hide-always"]


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
    """

    causal: bool = True
    self_attention: SelfRule = "keep"
    window: int | None = None
    hide_keys: tuple[int, ...] = ()

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
        allowed = np.ones((n_query, n_key), dtype=bool)
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

    def _hidden_selves(
        self, allowed: Bool[np.ndarray, "query key"]
    ) -> Bool[np.ndarray, "query key"]:
        """Where the rule takes a query's own key from those that are left to it."""
        diagonal = np.eye(len(allowed), dtype=bool)
        if self.self_attention == "hide-always":
            return diagonal
        has_another = np.any(allowed & ~diagonal, axis=1, keepdims=True)
        return np.logical_and(diagonal, has_another)
