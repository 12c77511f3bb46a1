"""Numbers about each row, by hand."""

import numpy as np
import pytest

from paperfig.statistics.measures import normalised_entropy, row_std
from paperfig.statistics.rows import row_deviations, row_entropies, score_deviations

MASK = np.tril(np.ones((3, 3), dtype=bool))
WEIGHTS = np.array([[1, 0, 0], [0.25, 0.75, 0], [0.5, 0, 0.5]], dtype=np.float32)


def test_the_guides_deviation_of_each_query():
    """Over the off-diagonal keys, masked ones with their 0; their mean is `row_std`."""
    assert row_deviations(WEIGHTS) == pytest.approx([0, 0.125, 0.25])
    assert row_deviations(WEIGHTS).mean() == pytest.approx(row_std(WEIGHTS))
    assert row_deviations(WEIGHTS[:1, :1]).tolist() == [0]


def test_entropy_of_each_query_that_has_two_keys():
    """A query with one key has none; the mean of the others is the head's."""
    entropies = row_entropies(WEIGHTS, MASK)
    half = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75)) / np.log(2)

    assert np.isnan(entropies[0])
    assert entropies[1:] == pytest.approx([half, np.log(2) / np.log(3)])
    assert np.nanmean(entropies) == pytest.approx(normalised_entropy(WEIGHTS, MASK))


def test_deviation_of_scores_is_of_allowed_keys():
    """What is masked does not enter, whatever stands there."""
    scores = np.array([[5, 9, 9], [1, 3, np.nan], [2, 2, 2]], dtype=np.float32)
    deviations = score_deviations(scores, MASK)

    assert np.isnan(deviations[0])
    assert deviations[1:].tolist() == [1, 0]
