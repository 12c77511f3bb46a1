"""Numbers about one map, worked by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.statistics.measures import (
    confidence,
    effective_keys,
    legacy_label,
    normalised_entropy,
    row_std,
)

NUMBERS = (normalised_entropy, effective_keys, confidence)


def causal(length: int) -> np.ndarray:
    """Every key up to the query."""
    return np.tril(np.ones((length, length), dtype=bool))


def test_rows_worked_by_hand() -> None:
    """Halves over two keys, then a half and two quarters over three; row 0 has no choice."""
    weights = np.array([[1, 0, 0], [0.5, 0.5, 0], [0.5, 0.25, 0.25]], dtype=np.float32)
    entropies = [np.log(2), 1.5 * np.log(2)]
    shares = [entropies[0] / np.log(2), entropies[1] / np.log(3)]
    assert normalised_entropy(weights, causal(3)) == pytest.approx(np.mean(shares))
    assert effective_keys(weights, causal(3)) == pytest.approx((2 + 2**1.5) / 2)
    assert confidence(weights, causal(3)) == 0.5


def test_rows_without_a_choice_count_nowhere() -> None:
    """An empty row and rows of one key leave nothing to measure: NaN, not 0."""
    mask = np.array([[False, False], [True, False]])
    weights = mask.astype(np.float32)
    assert all(np.isnan(number(weights, mask)) for number in NUMBERS)


def test_a_masked_column_counts_no_key() -> None:
    """Uniform over what is left is uniform, whatever is hidden."""
    mask = causal(6)
    mask[:, 0] = False
    weights = (mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    assert normalised_entropy(weights, mask) == pytest.approx(1, abs=1e-7)
    assert effective_keys(weights, mask) == pytest.approx(np.mean([2, 3, 4, 5]), abs=1e-6)


@given(
    raw=st.integers(2, 9).flatmap(
        lambda n: st.lists(
            st.lists(st.floats(0, 1), min_size=n, max_size=n), min_size=n, max_size=n
        )
    )
)
def test_each_number_keeps_its_range(raw: Any) -> None:
    """0 ≤ H/ln n ≤ 1 ≤ exp H ≤ n, and the largest weight is at least 1/n."""
    weights = np.array(raw) + 1e-3
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    length, mask = len(weights), np.ones(weights.shape, dtype=bool)
    assert -1e-6 <= normalised_entropy(weights, mask) <= 1 + 1e-6
    assert 1 - 1e-6 <= effective_keys(weights, mask) <= length * (1 + 1e-6)
    assert 1 / length - 1e-6 <= confidence(weights, mask) <= 1


@pytest.mark.parametrize("length", [2, 16, 64, 128])
def test_the_legacy_number_of_one_hot_rows(length: int) -> None:
    """Its maximum is √(1/n − 1/n²), n = N − 1: 0.249 at 16 tokens, 0.088 at 128."""
    weights = np.roll(np.eye(length, dtype=np.float32), 1, axis=1)
    n = length - 1
    assert row_std(weights) == pytest.approx(np.sqrt(1 / n - 1 / n**2), abs=1e-7)


def test_the_legacy_number_is_the_scripts() -> None:
    """The mean over queries of nanstd with a NaN diagonal, masked future cells and all."""
    random = np.random.default_rng(5)
    weights = random.random((9, 9)) * causal(9)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    script = weights.astype(np.float64)
    np.fill_diagonal(script, np.nan)
    assert row_std(weights) == pytest.approx(np.nanstd(script, axis=1).mean(), abs=1e-12)
    assert np.isnan(row_std(np.ones((1, 1), dtype=np.float32)))


@pytest.mark.parametrize(
    ("deviation", "word"),
    [(0.234, "SHARP"), (0.1, "MEDIUM"), (0.0501, "MEDIUM"), (0.05, "UNIFORM"), (0, "UNIFORM")],
)
def test_the_guides_words(deviation: float, word: str) -> None:
    """Above 0.1, above 0.05, else."""
    assert legacy_label(float(deviation)) == word
