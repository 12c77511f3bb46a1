"""Spreads against the KL that they stand for, κ solved, and what a diagnosis comes to."""

from typing import Any

import numpy as np
import pytest
from head_maps import as_map, causal, one_hot, softmax
from hypothesis import given, settings
from hypothesis import strategies as st

from paperfig.statistics.diagnosis import Diagnosis, diagnose
from paperfig.statistics.measures import normalised_entropy
from paperfig.statistics.spreads import (
    covariance_spread,
    deviation,
    effective_rank,
    frame_spread,
    mean_spread,
    norm,
)
from paperfig.statistics.temperature import Heads, entropy_at, kappa_for
from paperfig.values.internals import HeadBeliefs, HeadInternals, HeadProjections, TableFacts

TOKENS, D = 24, 5


def draw(seed: int, *shape: int) -> np.ndarray:
    """Standard normal numbers."""
    return np.random.default_rng(seed).normal(size=shape)


def beliefs(**changes: Any) -> HeadBeliefs:
    """A head whose means, covariances and frames all differ."""
    values = {
        "mean": draw(1, TOKENS, D),
        "covariance": np.exp(0.5 * draw(2, TOKENS, D)),
        "frame": draw(3, TOKENS, 3),
    }
    return HeadBeliefs(**values | changes)


def kl(mean_i: Any, cov_i: Any, mean_j: Any, cov_j: Any) -> float:
    """KL between two Gaussians, by its definition."""
    inverse, gap = np.linalg.inv(cov_j), mean_j - mean_i
    logs = np.linalg.slogdet(cov_j)[1] - np.linalg.slogdet(cov_i)[1]
    return 0.5 * (np.trace(inverse @ cov_i) + gap @ inverse @ gap - len(gap) + logs)


def mean_kl(mean: np.ndarray, spread: np.ndarray) -> float:
    """The mean KL over all pairs."""
    full = spread if spread.ndim == 3 else np.stack([np.diag(row) for row in spread])
    pairs = [(i, j) for i in range(len(mean)) for j in range(len(mean))]
    return float(np.mean([kl(mean[i], full[i], mean[j], full[j]) for i, j in pairs]))


@pytest.mark.parametrize("form", ["diagonal", "full"])
def test_the_spread_of_means_is_the_kl_they_make(form: str) -> None:
    """Its square is the mean KL over pairs where covariances are equal."""
    factor = draw(4, D, D)
    one = factor @ factor.T + np.eye(D) if form == "full" else np.exp(draw(4, D))
    spread = np.broadcast_to(one, (TOKENS, *one.shape)).copy()
    head = beliefs(covariance=spread)

    assert mean_spread(head) ** 2 == pytest.approx(mean_kl(head.mean, spread))
    assert covariance_spread(head) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("form", ["diagonal", "full"])
def test_the_spread_of_covariances_is_the_kl_they_make(form: str) -> None:
    """Its square is that mean KL to second order, where means are equal."""
    mean, small = np.zeros((TOKENS, D)), 0.01 * draw(5, TOKENS, D, D)
    spread = np.eye(D) + small + small.swapaxes(1, 2)
    if form == "diagonal":
        spread = spread.diagonal(axis1=1, axis2=2).copy()
    head = beliefs(mean=mean, covariance=spread)

    assert covariance_spread(head) ** 2 == pytest.approx(mean_kl(mean, spread), rel=0.1)
    assert mean_spread(head) == 0


def test_spreads_of_rows_worked_by_hand() -> None:
    """Root mean squares, about the mean row and about zero."""
    rows = np.array([[3.0, 4.0], [-3.0, -4.0]])

    assert (deviation(rows), norm(rows)) == (5, 5)
    assert (deviation(rows + 7), norm(rows - rows)) == (5, 0)
    assert frame_spread(beliefs(frame=np.tile(rows, (TOKENS // 2, 1)))) == 5


def test_effective_rank_of_known_matrices() -> None:
    """k equal directions count k, one counts 1, none 0, at any scale and mean row."""
    simplex = np.concatenate([np.eye(4), -np.eye(4)])

    assert effective_rank(1e-6 * simplex + 5) == pytest.approx(4, rel=1e-6)
    assert effective_rank(np.outer(np.arange(6.0), [1, 2, 3])) == pytest.approx(1)
    assert effective_rank(np.ones((6, 3))) == 0
    uneven = np.array([[3.0, 0], [-3, 0], [0, 1], [0, -1]])
    shares = np.array([0.75, 0.25])
    assert effective_rank(uneven) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))


def heads_of(scores: np.ndarray, **changes: Any) -> Heads:
    """Causal heads without factor or bias, unless changed."""
    count = len(scores)
    values = {"factors": (1.0,) * count, "biases": (None,) * count}
    return Heads(scores=scores, mask=causal(scores.shape[1]), **values | changes)


@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(1e-4, 1e3),
    st.floats(0.15, 0.95),
    st.sampled_from([16, 40]),
)
def test_kappa_reaches_the_target(seed: int, scale: float, target: float, n: int) -> None:
    """Weights by their definition at that κ have the mean normalised entropy asked for."""
    scores = scale * draw(seed, 3, n, n)
    kappa = kappa_for(heads_of(scores), target)

    assert kappa is not None
    found = [normalised_entropy(softmax(own, causal(n), kappa), causal(n)) for own in scores]
    assert np.mean(found) == pytest.approx(target, abs=1e-5)


def test_kappa_with_factors_and_biases() -> None:
    """κ is divided by each head's factor; ALiBi is added after the division."""
    scores, place = draw(6, 2, 32, 32), np.arange(32)
    bias = -0.05 * (place[:, None] - place)
    heads = heads_of(scores, factors=(2.0, 4.0), biases=(bias, None))
    kappa = kappa_for(heads, 0.4)

    assert kappa is not None
    weights = (
        softmax(scores[0] / (2 * kappa) + bias, heads.mask, 1.0),
        softmax(scores[1], heads.mask, 4 * kappa),
    )
    found = np.mean([normalised_entropy(own, heads.mask) for own in weights])
    assert found == pytest.approx(0.4, abs=1e-5)
    assert entropy_at(heads, kappa) == pytest.approx(found)


def test_no_kappa_for_equal_scores_or_a_target_out_of_reach() -> None:
    """Flat rows stay uniform, ties stay ties, and one token has no rows."""
    tied = np.where(np.arange(16) % 2, 0.0, -1.0) * np.ones((1, 16, 1))

    assert kappa_for(heads_of(np.full((1, 16, 16), -3.0)), 0.5) is None
    assert kappa_for(heads_of(tied), 0.2) is None
    assert kappa_for(heads_of(np.zeros((1, 1, 1))), 0.5) is None
    assert np.isnan(entropy_at(heads_of(np.zeros((1, 1, 1))), 1.0))


def diagnosis(
    scores: np.ndarray, internals: list[HeadInternals], kappa: float = 1.0, **more: Any
) -> Diagnosis:
    """Of causal heads with these scores."""
    weights = np.stack([softmax(own, causal(TOKENS), kappa) for own in scores])
    return diagnose(as_map(weights, causal(TOKENS), scores, kappa), internals, **more)


def flags(found: Diagnosis) -> dict[str, bool | None]:
    """What is flagged, by name."""
    return {finding.name: finding.flagged for finding in found.findings}


SCORES = -np.abs(3 * draw(7, 2, TOKENS, TOKENS))
FLAT = -np.abs(1e-3 * draw(7, 2, TOKENS, TOKENS))
ALIKE = beliefs(mean=np.ones((TOKENS, D)), covariance=np.ones((TOKENS, D)))
FRESH = TableFacts(name="mu", deviation=0.0201, kurtosis=3.02, entries=12_000, initial=0.02)
LEARNT = TableFacts(name="phi", deviation=0.1, kurtosis=3.9, entries=1_500, initial=0.02)


ALL_ALIKE = {"means", "covariances", "scores"}


@pytest.mark.parametrize(
    ("scores", "head", "more", "verdict", "flagged"),
    [
        (SCORES, beliefs(), {"tables": [LEARNT]}, "nothing", set()),
        (FLAT, ALIKE, {"tables": [LEARNT]}, "beliefs alike", ALL_ALIKE),
        (SCORES, beliefs(), {"kappa": 500.0}, "kappa too high", {"scores"}),
        (SCORES, beliefs(frame=np.ones((TOKENS, 3))), {}, "frames alike", {"frames"}),
        (FLAT, ALIKE, {"tables": [FRESH]}, "untrained", ALL_ALIKE | {"training"}),
        (FLAT, ALIKE, {"tables": [FRESH, LEARNT]}, "beliefs alike", ALL_ALIKE),
    ],
)
def test_verdicts(
    scores: np.ndarray, head: HeadBeliefs, more: Any, verdict: str, flagged: set[str]
) -> None:
    """Each cause alone, and nothing else flagged."""
    found = diagnosis(scores, [head, head], **more)

    assert found.verdict == verdict
    assert {name for name, flag in flags(found).items() if flag} == flagged


def test_every_answer_has_its_number() -> None:
    """The lines of a head with κ far too high, whole."""
    place = np.arange(TOKENS) % 2
    scores = np.where(place, 0.0, -2.0) * np.ones((1, TOKENS, 1))
    mean = np.where(place, 1.0, -1.0)[:, None] * np.ones(D)
    head = beliefs(mean=mean, covariance=np.ones((TOKENS, D)), frame=np.zeros((TOKENS, 3)))
    found = diagnosis(scores, [head], 100.0, tables=[FRESH, LEARNT], step=600, target=0.9)

    lines = {finding.name: finding.text for finding in found.findings}
    deviations = [np.std(np.where(place[: i + 1], 0.0, 2.0)) for i in range(1, TOKENS)]
    spread = f"{np.mean(deviations):.3g}"
    assert lines == {
        "means": "differ: spread 2.24 σ (alike below 0.1)",
        "covariances": "alike: spread 0 of ln Σ (alike below 0.1)",
        "frames": "alike: spread 0 of φ (alike below 0.1)",
        "scores": f"narrow: a row's deviate by {spread} nats, {np.mean(deviations) / 100:.3g} "
        "of κ (narrow below 0.5)",
        "kappa": f"{found.kappa:.3g} (now 100) would bring the mean normalised entropy, now "
        "1.000, to 0.9",
        "training": "trained: deviation of the tables, initially 0.02: mu 0.0201 (initial), "
        "phi 0.1; the file says step 600",
        "averaging": "not testable here: one head",
    }
    assert found.heads[0]["mean_spread"] == pytest.approx(np.sqrt(5), abs=1e-6)
    assert found.heads[0]["kappa_for_target"] == found.kappa


def test_queries_and_keys_in_place_of_beliefs() -> None:
    """A dot-product head is told by norms and ranks."""
    keys = np.concatenate([np.eye(4), -np.eye(4)])[np.arange(TOKENS) % 8]
    head = HeadProjections(queries=np.ones((TOKENS, 4)), keys=keys)
    found = diagnosis(SCORES[:1], [head])

    assert flags(found)["queries"] is True
    assert flags(found)["keys"] is False
    assert found.heads[0] | {"score_deviation": 0, "deviation_over_kappa": 0} == {
        "head": "L0H0",
        "query_norm": 2.0, "query_spread": 0.0, "query_rank": 0.0, "query_dimension": 4,
        "key_norm": 1.0, "key_spread": 1.0, "key_rank": pytest.approx(4), "key_dimension": 4,
        "kappa": 1.0, "score_deviation": 0, "deviation_over_kappa": 0,
        "kappa_for_target": found.kappa,
    }  # fmt: skip
    assert found.kl_row_deviation is None


def test_alike_keys_make_flat_scores() -> None:
    """The verdict names the keys."""
    head = HeadProjections(queries=draw(8, TOKENS, 4), keys=np.ones((TOKENS, 4)))

    assert diagnosis(FLAT[:1], [head]).verdict == "keys alike"


def test_averaging_that_hides_sharp_heads() -> None:
    """Six heads, each on one offset: sharp alone, hidden in their mean; two are not."""
    offsets = [one_hot([max(0, i - k) for i in range(TOKENS)]) for k in range(6)]
    scores = draw(9, 6, TOKENS, TOKENS)
    for count, hidden in ((6, True), (2, False)):
        attention = as_map(np.stack(offsets[:count]), causal(TOKENS), scores[:count])
        found = diagnose(attention, [beliefs()] * count)
        shares = []
        for query in range(1, TOKENS):
            row = np.mean([own[query] for own in offsets[:count]], axis=0)
            row = row[row > 0]
            shares.append(-(row * np.log(row)).sum() / np.log(query + 1))
        mean = np.mean(shares)

        assert found.averaging_loss == pytest.approx(mean, abs=1e-6)
        assert found.findings[-1].flagged is hidden
        assert found.findings[-1].text == (
            f"the mean map has normalised entropy {mean:.3f}, its {count} heads 0.000: "
            f"{mean:.3f} destroyed" + (", hides 6 sharp heads" if hidden else "")
        )


def test_the_kl_of_all_heads_is_added_up() -> None:
    """Its deviation in a row, on allowed keys."""
    found = diagnosis(SCORES, [beliefs(), beliefs()])
    rows = [np.std(SCORES.astype(np.float32).sum(0)[i, : i + 1]) for i in range(1, TOKENS)]

    assert found.kl_row_deviation == pytest.approx(np.mean(rows), rel=1e-4)


def test_step_zero_and_nothing_to_go_by() -> None:
    """The file's word decides; without tables there is none."""
    fresh = diagnosis(SCORES, [beliefs(), beliefs()], step=0)
    unknown = diagnosis(SCORES, [beliefs(), beliefs()], step=7)

    assert fresh.verdict == "untrained"
    assert {f.name: f.text for f in fresh.findings}["training"] == (
        "untrained: the file says step 0"
    )
    assert {f.name: f.text for f in unknown.findings}["training"] == (
        "not testable here: no table to go by; the file says step 7"
    )


def test_one_token_is_not_testable() -> None:
    """No row to look at: every number about rows is None, no warning is given."""
    attention = as_map(np.ones((2, 1, 1)), causal(1), np.zeros((2, 1, 1)))
    one = beliefs(mean=np.ones((1, D)), covariance=np.ones((1, D)), frame=np.ones((1, 3)))
    found = diagnose(attention, [one, one])

    assert found.entropy is found.kappa is found.averaging_loss is None
    assert {flags(found)[name] for name in ("scores", "kappa", "averaging")} == {None}
