"""The class of a head: pure heads at every length, and what an excerpt cannot show."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from head_maps import as_map, causal, one_hot, previous_head, self_head, softmax, uniform
from values_of import numbers_of as by_name

from paperfig.statistics.classes import HeadClass, classify, target_keys
from paperfig.statistics.measures import (
    averaging_loss,
    confidence,
    effective_keys,
    normalised_entropy,
    row_deviation,
)
from paperfig.statistics.positions import weight_on
from paperfig.statistics.summary import summarise
from paperfig.values.attention import AttentionMap
from paperfig.values.tokens import positions


def untested(length: int) -> tuple[str, ...]:
    """What one excerpt without repetitions cannot show."""
    older = max(0, length - 9)
    recent = f"recent ({older} queries have keys more than 8 back; 20 are needed)"
    return (
        "induction (0 queries have a repeated token; 20 are needed)",
        *((recent,) if older < 20 else ()),
        "content (1 excerpt; 20 are needed)",
    )


def class_of(
    weights: np.ndarray, mask: np.ndarray, token_ids: np.ndarray | None = None
) -> HeadClass:
    """The class of a head on an excerpt."""
    keys = target_keys(len(mask), token_ids)
    found = {name: weight_on(weights, mask, target) for name, target in keys.items()}
    return classify(normalised_entropy(weights, mask), found)


def entry_of(attention: AttentionMap, ids: np.ndarray | None = None) -> Mapping[str, object]:
    """The numbers of the only head on one excerpt."""
    return by_name(summarise(attention, [attention], [ids])[0])


@pytest.mark.parametrize("length", [8, 16, 128, 512])
def test_pure_heads_at_every_length(length: int) -> None:
    """Causal uniform, previous-token and self heads: entropy 1, 0, 0, and their names."""
    mask = causal(length)
    heads = {
        "uniform": uniform(mask),
        "previous": previous_head(length),
        "self": self_head(length),
        "sink": one_hot([0] * length),
    }
    for name, weights in heads.items():
        found = class_of(weights, mask)
        assert (found.name, found.not_testable) == (name, untested(length))
        assert found.score == pytest.approx(1, abs=1e-6)
        entropy = normalised_entropy(weights, mask)
        assert entropy == pytest.approx(float(name == "uniform"), abs=1e-6)


def spread_back(length: int, first: int, last: int) -> np.ndarray:
    """Rows even over the keys from so far back to so far, or as far as there are any."""
    place = np.arange(length)
    distance = place[:, None] - place
    rows = (distance >= first) & (distance <= last)
    rows[: first + 1, 0] = True
    return (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("length", [29, 128, 512])
def test_recent_keys(length: int) -> None:
    """Weight on the eight keys before, on none of them above half; nothing on older ones."""
    found = class_of(spread_back(length, 1, 8), causal(length))
    assert (found.name, found.score) == ("recent", pytest.approx(1, abs=1e-6))
    assert class_of(spread_back(length, 9, 16), causal(length)).name != "recent"


def test_recent_needs_older_keys() -> None:
    """Twenty queries that have some: 29 tokens; a previous-token head keeps its name."""
    found = class_of(spread_back(28, 1, 8), causal(28))
    assert found.name != "recent"
    assert untested(28)[1] in found.not_testable
    assert class_of(previous_head(64), causal(64)).name == "previous"


def test_the_weight_on_a_span() -> None:
    """By its name: the mean over the queries that may attend to any key of it."""
    mask, tokens = causal(6), positions(6, {"needle": (2, 3), "last": (5, 5)})
    shown = replace(as_map(uniform(mask)[None], mask), queries=tokens, keys=tokens)
    named = entry_of(shown)["named"]
    needle = np.mean([1 / 3, 2 / 4, 2 / 5, 2 / 6])
    assert named == {
        "share(needle)": pytest.approx(needle, abs=1e-6),
        "share(last)": pytest.approx(1 / 6, abs=1e-6),
    }


def test_the_legacy_label_depends_on_the_length_and_the_class_does_not() -> None:
    """The same previous-token head is SHARP at 8 tokens and UNIFORM at 512."""
    entries = [
        entry_of(as_map(previous_head(length)[None], causal(length)))
        for length in (8, 128, 512)
    ]

    assert [entry["class"] for entry in entries] == ["previous"] * 3
    assert [entry["class_score"] for entry in entries] == [1.0] * 3
    assert [entry["row_std_label"] for entry in entries] == ["SHARP", "MEDIUM", "UNIFORM"]


@pytest.mark.parametrize(("repeated", "name"), [(19, "sharp"), (20, "induction")])
def test_induction_needs_twenty_queries(repeated: int, name: str) -> None:
    """The same head is induction only where enough queries show it."""
    fresh = np.arange(40)
    ids = np.concatenate([fresh, fresh[:repeated]])
    keys = [i // 2 for i in range(40)] + list(range(1, repeated + 1))
    found = class_of(one_hot(keys), causal(len(ids)), ids)

    assert (found.name, found.score) == (name, pytest.approx(1, abs=1e-6))
    assert len(found.not_testable) == 1 + (name == "sharp")


@pytest.mark.parametrize(("spread", "name"), [(0.3, "uniform"), (1.5, "mixed"), (6, "sharp")])
@pytest.mark.parametrize("length", [64, 256])
def test_heads_without_a_place(spread: float, name: str, length: int) -> None:
    """Scores at random: the class goes with their spread."""
    scores = np.random.default_rng(3).normal(size=(length, length)) * spread
    found = class_of(softmax(scores, causal(length), 1.0), causal(length))

    assert found.name == name
    entropy = normalised_entropy(softmax(scores, causal(length), 1.0), causal(length))
    assert found.score == pytest.approx(1 - entropy if name == "sharp" else entropy)


def test_half_of_the_weight_beyond_chance_names_a_head() -> None:
    """A previous-token head mixed with a uniform one keeps its share as its score."""
    mask = causal(32)
    for share in (0.6, 0.4):
        mixed = share * previous_head(32) + (1 - share) * uniform(mask)
        found = class_of(mixed, mask)
        assert found.name == ("previous" if share > 0.5 else "mixed")
    assert class_of(0.6 * previous_head(32) + 0.4 * uniform(mask), mask).score == pytest.approx(
        0.6, abs=1e-6
    )


def test_query_zero_is_left_out_under_the_vfe_mask() -> None:
    """With the diagonal hidden, query 0 keeps itself and counts for nothing."""
    mask = causal(3, hide_self=True)
    found = entry_of(as_map(one_hot([0, 0, 1])[None], mask), np.array([4, 4, 4]))

    assert (found["rows"], found["self"]) == (1, None)
    assert (found["previous"], found["class"]) == (1.0, "previous")
    assert (found["duplicate"], found["duplicate_queries"]) == (1.0, 1)


def test_one_token_has_no_class() -> None:
    """No row with two keys: every number is None, none is NaN."""
    found = entry_of(as_map(np.ones((1, 1, 1)), causal(1)), np.array([3]))

    assert found["class"] is found["class_score"] is found["normalised_entropy"] is None
    assert found["distance"] is found["offset"] is None
    assert found["rows"] == 0


def test_averaging_destroys_sharp_heads() -> None:
    """Heads one-hot on different keys: entropy 0 each, ln 2 / ln n together."""
    mask = causal(5)
    one, other = one_hot([0, 0, 0, 0, 0]), one_hot([0, 1, 2, 3, 4])
    expected = np.mean([np.log(2) / np.log(n) for n in (2, 3, 4, 5)])

    assert averaging_loss(np.stack([one, other]), mask) == pytest.approx(expected)
    assert averaging_loss(np.stack([one, one]), mask) == 0


def test_the_guides_two_sharp_rows() -> None:
    """Its example: .1 .1 .8 and .8 .1 .1 average to .45 .1 .45."""
    mask = np.tile(np.array([True, True, True]), (3, 1))
    sharp, other = np.tile([0.1, 0.1, 0.8], (3, 1)), np.tile([0.8, 0.1, 0.1], (3, 1))

    def entropy(*weights: float) -> float:
        return -sum(w * np.log(w) for w in weights) / np.log(3)

    lost = entropy(0.45, 0.1, 0.45) - entropy(0.1, 0.1, 0.8)
    assert averaging_loss(np.stack([sharp, other]), mask) == pytest.approx(lost)


@pytest.mark.parametrize("length", [16, 512])
def test_measures_that_claim_no_length(length: int) -> None:
    """Normalised entropy and confidence of pure heads; effective keys say the number."""
    mask = causal(length)
    counts = np.arange(2, length + 1)

    assert normalised_entropy(uniform(mask), mask) == pytest.approx(1, abs=1e-7)
    assert effective_keys(uniform(mask), mask) == pytest.approx(counts.mean(), rel=1e-6)
    assert effective_keys(previous_head(length), mask) == 1
    assert confidence(previous_head(length), mask) == 1


def test_row_deviation_sees_allowed_keys_only() -> None:
    """NaN behind the mask does not enter, nor do rows with one key."""
    scores = np.array([[-9.0, np.nan, np.nan], [-1, -3, np.nan], [-2, -2, -5]])

    assert row_deviation(scores, causal(3)) == pytest.approx((1 + np.sqrt(2)) / 2)
    assert np.isnan(row_deviation(scores[:1, :1], causal(1)))
