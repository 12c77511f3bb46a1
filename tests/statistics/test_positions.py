"""Attention on places and repetitions: worked cases, and what no length may change."""

import numpy as np
import pytest
from head_maps import causal, one_hot, previous_head, self_head, uniform
from hypothesis import given, settings
from hypothesis import strategies as st

from paperfig.statistics import positions as at

IDS = np.array([5, 7, 5, 5, 7, 9])


def strongest_offset(*maps: tuple[at.Weights, at.Mask]) -> int | None:
    """That of all maps together."""
    offsets = at.Offsets()
    for weights, mask in maps:
        offsets.add(weights, mask)
    return offsets.strongest()


def test_weight_on_a_target_worked_by_hand() -> None:
    """The mean over the queries that have one, with what uniform rows would give."""
    mask = causal(3)
    weights = np.array([[1, 0, 0], [0.25, 0.75, 0], [0.5, 0.3, 0.2]], dtype=np.float32)
    found = at.weight_on(weights, mask, at.previous_keys(3))

    assert found.weight == pytest.approx((0.25 + 0.3) / 2)
    assert found.chance == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert found.queries == 2
    assert found.over_chance == pytest.approx((0.275 - 5 / 12) / (7 / 12))
    sink = at.weight_on(weights, mask, at.sink_keys(3))
    assert sink.weight == pytest.approx((0.25 + 0.5) / 2)


def test_nothing_to_aim_at() -> None:
    """Without queries that have a target there is no number, and no warning."""
    found = at.weight_on(uniform(causal(4)), causal(4), np.zeros((4, 4), dtype=bool))

    assert np.isnan([found.weight, found.chance, found.over_chance]).all()
    assert found.queries == 0
    everything = at.weight_on(uniform(causal(4)), causal(4), causal(4))
    assert everything.weight == pytest.approx(1)
    assert np.isnan(everything.over_chance)


def test_repetitions_by_definition() -> None:
    """Duplicate keys hold the query's token; induction keys follow one that does."""
    size = len(IDS)
    duplicate, induction = np.zeros((2, size, size), dtype=bool)
    for query in range(size):
        for key in range(query):
            duplicate[query, key] = IDS[key] == IDS[query]
            induction[query, key] = key > 0 and IDS[key - 1] == IDS[query]

    np.testing.assert_array_equal(at.duplicate_keys(IDS), duplicate)
    np.testing.assert_array_equal(at.induction_keys(IDS), induction)
    # 5 7 5 5: the second 5 looks at the 7, the third at the 7 and not at itself
    assert [list(np.flatnonzero(row)) for row in induction] == [[], [], [1], [1], [2], []]


@pytest.mark.parametrize("period", [8, 64])
def test_a_pure_induction_head(period: int) -> None:
    """On a sequence repeated once, the whole weight and the whole score."""
    ids = np.tile(np.arange(period), 2)
    keys = [0] * period + list(range(1, period + 1))
    found = at.weight_on(one_hot(keys), causal(2 * period), at.induction_keys(ids))

    assert (found.weight, found.over_chance) == (1.0, 1.0)
    # the last key of the first half is followed by the first query of the second itself
    assert found.queries == period


@pytest.mark.parametrize("length", [8, 16, 128, 512])
def test_scores_beyond_chance_do_not_know_the_length(length: int) -> None:
    """Uniform heads have none, pure heads have all, at every length."""
    mask = causal(length)
    for target, pure in (
        (at.self_keys(length), self_head(length)),
        (at.previous_keys(length), previous_head(length)),
        (at.sink_keys(length), one_hot([0] * length)),
    ):
        assert at.weight_on(uniform(mask), mask, target).over_chance == pytest.approx(
            0, abs=1e-7
        )
        assert at.weight_on(pure, mask, target).over_chance == 1


@pytest.mark.parametrize("length", [8, 16, 128, 512])
def test_distance_against_uniform(length: int) -> None:
    """1 for a uniform head and 0 for a self head, at every length."""
    mask = causal(length)

    assert at.distance(uniform(mask), mask) == pytest.approx(1, abs=1e-6)
    assert at.distance(self_head(length), mask) == 0
    assert at.distance(previous_head(length), mask) == pytest.approx(
        (length - 1) / sum(i / 2 for i in range(length))
    )


def test_distance_without_rows() -> None:
    """One token has no distance."""
    assert np.isnan(at.distance(np.ones((1, 1), dtype=np.float32), causal(1)))


@pytest.mark.parametrize("offset", [0, 1, 2, 5])
@pytest.mark.parametrize("length", [16, 128])
def test_the_strongest_offset(offset: int, length: int) -> None:
    """A head that looks back by a fixed distance is found with its weight."""
    mask, keys = causal(length), [max(0, i - offset) for i in range(length)]
    found = strongest_offset((one_hot(keys), mask))

    assert found == offset
    assert at.offset_weight(one_hot(keys), mask, offset) == pytest.approx(1)


def test_the_offset_forward_and_of_a_tie() -> None:
    """Without a causal mask the next token is −1; of equal ones the nearest is named."""
    full = np.ones((6, 6), dtype=bool)

    assert strongest_offset((one_hot([1, 2, 3, 4, 5, 5]), full)) == -1
    assert at.offset_weight(one_hot([1, 2, 3, 4, 5, 5]), full, -1) == 1.0
    assert strongest_offset((uniform(full), full)) == 0
    assert strongest_offset((np.ones((1, 1), dtype=np.float32), causal(1))) is None


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.integers(2, 12), st.integers(0, 2**32 - 1), st.booleans())
def test_offsets_by_the_definition(length: int, seed: int, hide_self: bool) -> None:
    """The mean weight of each distance, one cell at a time."""
    mask = causal(length, hide_self=hide_self)
    weights = np.random.default_rng(seed).random((length, length)) * mask
    weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    rows = [i for i in range(length) if mask[i].sum() > 1]
    means = {}
    for offset in range(length):
        cells = [weights[i, i - offset] for i in rows if i >= offset and mask[i, i - offset]]
        if cells and 2 * len(cells) >= len(rows):
            means[offset] = np.mean(cells, dtype=np.float64)
    expected = max(means.items(), key=lambda item: item[1], default=None)

    found = strongest_offset((weights, mask))
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found == expected[0]
        assert at.offset_weight(weights, mask, found) == pytest.approx(expected[1])
