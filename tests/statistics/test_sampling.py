"""Numbers over several excerpts: pooled by queries, with bootstrap intervals."""

from math import comb
from statistics import NormalDist

import numpy as np
import pytest
from head_maps import as_map, causal, one_hot, previous_head, self_head, softmax, uniform
from values_of import numbers_of

from paperfig.statistics.means import mean_over_excerpts
from paperfig.statistics.measures import normalised_entropy, variability
from paperfig.statistics.sampling import estimate, student_quantile
from paperfig.statistics.summary import summarise

RANDOM = np.random.default_rng(5)


def content_head(length: int) -> np.ndarray:
    """Each query on any key before it, another on each text."""
    return one_hot([int(RANDOM.integers(0, max(i, 1))) for i in range(length)])


def entry_of(maps: list[np.ndarray], runs: list[np.ndarray] | None = None) -> dict[str, object]:
    """The numbers of one head over several excerpts."""
    mask = causal(len(maps[0]))
    each = [as_map(one[None], mask) for one in maps]
    return numbers_of(summarise(mean_over_excerpts(each), each, runs or [None] * len(maps))[0])


def test_one_excerpt_has_no_interval() -> None:
    """Its mean is its own."""
    assert estimate([0.3], [7]) == (pytest.approx(0.3), None)
    assert entry_of([previous_head(8)])["intervals"] == {}


def test_queries_are_pooled() -> None:
    """An excerpt with three times the queries counts three times; one without, not at all."""
    value, interval = estimate([0.2, 0.6, float("nan")], [30, 10, 0])

    assert value == pytest.approx(0.3)
    assert interval is None


@pytest.mark.parametrize(("texts", "has_interval"), [(4, False), (5, True)])
def test_few_excerpts_have_no_interval(texts: int, has_interval: bool) -> None:
    """A spread of four numbers tells little; excerpts without queries tell nothing."""
    values, queries = [0.1 * index for index in range(texts)], [3] * texts
    value, interval = estimate([*values, float("nan"), 0.5], [*queries, 0, 0])

    assert value == pytest.approx(0.05 * (texts - 1))
    assert (interval is not None) == has_interval


def test_no_queries_at_all() -> None:
    """Then there is no number, and no warning."""
    value, interval = estimate([float("nan")] * 3, [0, 0, 0])

    assert np.isnan(value)
    assert interval is None


def test_the_interval_against_theory() -> None:
    """Of a mean of 400 numbers: 1.96 standard errors to either side, within a tenth."""
    values = np.random.default_rng(2).normal(size=400)
    mean, (low, high) = estimate(values.tolist(), [1] * 400)
    half = 1.96 * values.std() / np.sqrt(400)

    assert mean == pytest.approx(values.mean())
    assert high - mean == pytest.approx(half, rel=0.1)
    assert mean - low == pytest.approx(half, rel=0.1)


def test_the_interval_against_the_binomial() -> None:
    """Of ten numbers that are 0 or 1 a resample's sum is binomial; its quantiles are steps.

    Student's t with 9 degrees is 2.262: the tails are Φ(−2.262 √(10/9)) = 0.86 %.
    """
    means = np.arange(11) / 10
    shares = [comb(10, k) * 0.3**k * 0.7 ** (10 - k) for k in range(11)]
    low, high = (means[np.searchsorted(np.cumsum(shares), tail)] for tail in (0.0086, 0.9914))

    assert estimate([1.0] * 3 + [0.0] * 7, [1] * 10).interval == pytest.approx((low, high))


def test_the_interval_of_unequal_excerpts() -> None:
    """Each resample is pooled by its own queries: by another generator, to two digits."""
    random = np.random.default_rng(4)
    values, queries = random.random(30), random.integers(0, 9, 30)
    drawn = random.integers(0, 30, (100_000, 30))
    means = (values * queries)[drawn].sum(axis=1) / queries[drawn].sum(axis=1)
    _, interval = estimate(values.tolist(), queries.tolist())

    assert (queries > 0).sum() == 28  # Student's t with 27 degrees is 2.052
    tail = NormalDist().cdf(-2.052 * np.sqrt(28 / 27))
    assert interval == pytest.approx(np.quantile(means, [tail, 1 - tail]), abs=0.01)


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(4, 2.776), (5, 2.571), (9, 2.262), (19, 2.093), (99, 1.984)]
)
def test_students_t(degrees: int, quantile: float) -> None:
    """The tables' values at 95 %."""
    assert student_quantile(degrees) == pytest.approx(quantile, abs=1.1e-3)


@pytest.mark.parametrize(("texts", "least"), [(5, 0.88), (8, 0.91), (40, 0.92)])
def test_intervals_cover(texts: int, least: float) -> None:
    """The true mean lies in about 95 % of them: 400 samples of uniform numbers."""
    random = np.random.default_rng(9)
    inside = 0
    for _ in range(400):
        _, (low, high) = estimate(random.random(texts).tolist(), [1] * texts)
        inside += low <= 0.5 <= high

    assert least < inside / 400 < 0.98


def test_the_same_interval_always() -> None:
    """No number of a record may depend on the day."""
    values, queries = [0.1, 0.2, 0.4, 0.8, 0.3] * 2, [1, 1, 2, 1, 1] * 2
    _, interval = estimate(values, queries)

    assert interval == (pytest.approx(0.21), pytest.approx(0.5307692))
    assert interval == estimate(values, queries).interval


def test_variability_by_hand() -> None:
    """Half the distance from the mean of the others, over rows with two keys."""
    mask = causal(3)
    one = np.array([[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0]])
    other = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0, 0.5]])
    mean = (one + other) / 2

    # row 1: all of the weight is elsewhere, row 2: half of it; row 0 has one key
    assert variability(one, mask, mean, 2) == pytest.approx(0.75)
    assert variability(other, mask, mean, 2) == pytest.approx(0.75)
    assert np.isnan(variability(one[:1, :1], causal(1), mean[:1, :1], 2))


@pytest.mark.parametrize("texts", [3, 20, 200])
def test_variability_does_not_depend_on_the_number_of_texts(texts: int) -> None:
    """1 where no two have a key in common; against the others' own mean, one by one."""
    mask = np.ones((2, texts), dtype=bool)
    apart = [np.eye(texts)[[text, text]] for text in range(texts)]
    soft = RANDOM.dirichlet(np.ones(texts), size=(texts, 2))

    for text in range(texts):
        others = np.delete(soft, text, axis=0).mean(axis=0)
        expected = np.abs(soft[text] - others).sum(axis=1).mean() / 2
        mean = np.mean(apart, axis=0)
        assert variability(apart[text], mask, mean, texts) == pytest.approx(1)
        found = variability(soft[text], mask, soft.mean(axis=0), texts)
        assert found == pytest.approx(expected)


@pytest.mark.parametrize("length", [8, 16, 128, 512])
def test_what_goes_by_place_has_no_variability(length: int) -> None:
    """At every length."""
    mask = causal(length)
    for weights in (uniform(mask), previous_head(length), self_head(length)):
        assert variability(weights, mask, weights, 3) == 0


@pytest.mark.parametrize("length", [64, 256])
def test_a_head_that_goes_by_content(length: int) -> None:
    """Its class is content from 20 excerpts on, whatever the length; before, sharp."""
    maps = [content_head(length) for _ in range(20)]
    entry = entry_of(maps)

    assert entry["class"] == "content"
    assert entry["class_score"] == entry["content"] > 0.85
    low, high = entry["intervals"]["content"]
    assert low <= entry["content"] <= high
    fewer = entry_of(maps[:19])
    assert (fewer["class"], fewer["content"]) == ("sharp", None)
    assert fewer["not_testable"][-1] == "content (19 excerpts; 20 are needed)"


def test_a_head_that_goes_by_place_is_no_content_head() -> None:
    """A soft pattern that is the same on every text stays what it is."""
    scores = RANDOM.normal(size=(32, 32)) * 1.5
    entry = entry_of([softmax(scores, causal(32), 1.0)] * 20)

    assert (entry["class"], entry["content"]) == ("mixed", pytest.approx(0, abs=1e-6))


def test_numbers_are_means_over_excerpts_and_not_of_the_mean_map() -> None:
    """A sharp head stays sharp though its mean is smeared."""
    maps = [content_head(32) for _ in range(25)]
    entry = entry_of(maps)
    mean = mean_over_excerpts([as_map(one[None], causal(32)) for one in maps]).weights[0]

    assert entry["normalised_entropy"] == 0
    assert normalised_entropy(mean, causal(32)) > 0.7
    assert entry["intervals"]["normalised_entropy"] == (0, 0)
    assert (entry["excerpts"], entry["rows"]) == (25, 31)


def test_induction_is_testable_over_many_short_excerpts() -> None:
    """Five queries each of four texts are twenty."""
    ids = np.array([1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
    head = one_hot([0, 0, 1, 1, 2, 1, 2, 3, 4, 5])

    assert entry_of([head] * 4, [ids] * 4)["class"] == "induction"
    assert entry_of([head] * 3, [ids] * 3)["class"] == "sharp"
    assert entry_of([head] * 4, [ids] * 4)["induction_queries"] == 20


def test_the_mean_map() -> None:
    """Of weights and scores, rows still summing to 1."""
    mask = causal(4)
    scores = RANDOM.normal(size=(3, 1, 4, 4)).astype(np.float32)
    maps = [as_map(softmax(one, mask, 1.0), mask, one) for one in scores]
    mean = mean_over_excerpts(maps)

    np.testing.assert_allclose(
        mean.weights[0], np.mean([one.weights[0] for one in maps], axis=0), atol=1e-7
    )
    np.testing.assert_allclose(
        mean.scores[0][mask], np.mean([one.scores[0][mask] for one in maps], axis=0), atol=1e-6
    )
    assert np.isnan(mean.scores[0][~mask]).all()
    assert mean_over_excerpts(maps[:1]) is maps[0]
