"""Which keys a query may attend to."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.errors import AttentionError
from paperfig.maps.select import with_intervention
from paperfig.specs.mask import MaskInterventionSpec
from paperfig.values.mask import MaskRule
from paperfig.values.tokens import positions

LENGTHS = st.integers(1, 12)


RULES = st.fixed_dictionaries(
    {
        "causal": st.booleans(),
        "self_attention": st.sampled_from(["keep", "hide", "hide-always"]),
        "window": st.none() | st.integers(1, 14),
        "hide_keys": st.lists(st.integers(0, 11), max_size=4, unique=True),
    }
)


def rule_of(keys: dict[str, Any], length: int) -> MaskRule:
    """The rule of these keys, without hidden ones that lie beyond the excerpt."""
    hidden = tuple(key for key in sorted(keys["hide_keys"]) if key < length)
    return MaskRule(**keys | {"hide_keys": hidden})


def one_pair(query: int, key: int, length: int, rule: MaskRule) -> bool:
    """The rule in words, for one query and one key."""

    def others(key: int) -> bool:
        after = rule.causal and key > query
        far = rule.window is not None and abs(query - key) >= rule.window
        return not (after or far or key in rule.hide_keys)

    if query != key or rule.self_attention == "keep":
        return others(key)
    alone = not any(others(other) for other in range(length) if other != query)
    return rule.self_attention == "hide" and alone and others(key)


@given(length=LENGTHS, keys=RULES)
def test_each_pair_by_the_rule(length: int, keys: dict[str, Any]) -> None:
    """Every cell is what the rule says of its query and key alone."""
    rule = rule_of(keys, length)
    wanted = [[one_pair(i, j, length, rule) for j in range(length)] for i in range(length)]
    np.testing.assert_array_equal(rule.allowed(length, length), np.array(wanted))


@given(length=LENGTHS, keys=RULES)
def test_only_two_rules_leave_a_query_without_keys(length: int, keys: dict[str, Any]) -> None:
    """Neither cause, window nor ``hide`` empties a row."""
    rule = rule_of(keys, length)
    if not rule.hide_keys and rule.self_attention != "hide-always":
        assert rule.allowed(length, length).any(axis=1).all()


def test_a_window_counts_the_query() -> None:
    """Of six tokens with a window of three, the last sees exactly 3, 4 and 5."""
    causal = MaskRule(window=3).allowed(6, 6)
    assert np.flatnonzero(causal[5]).tolist() == [3, 4, 5]
    both = MaskRule(window=3, causal=False).allowed(6, 6)
    assert np.flatnonzero(both[3]).tolist() == [1, 2, 3, 4, 5]


def test_the_first_query_keeps_itself() -> None:
    """With ``hide`` and causality, query 0 has no other key and attends to itself."""
    mask = MaskRule(self_attention="hide").allowed(3, 3)
    assert mask.tolist() == [[True, False, False], [True, False, False], [True, True, False]]


def test_hide_always_leaves_it_none() -> None:
    """The same row is empty with ``hide-always``."""
    mask = MaskRule(self_attention="hide-always").allowed(4, 4)
    assert mask.any(axis=1).tolist() == [False, True, True, True]


def test_a_hidden_sink_empties_its_own_row() -> None:
    """Query 0 of a causal map has only key 0; query 1 is then left with itself."""
    mask = MaskRule(self_attention="hide", hide_keys=(0,)).allowed(3, 3)
    assert mask.tolist() == [[False, False, False], [False, True, False], [False, True, False]]


def test_a_hidden_key_beyond_the_excerpt() -> None:
    """It is an error that says which keys there are."""
    with pytest.raises(AttentionError) as fault:
        MaskRule(hide_keys=(1, 4)).allowed(4, 4)
    assert str(fault.value) == "mask.hide_keys: 4 does not exist; keys are 0 to 3"


def test_queries_and_keys_of_different_texts() -> None:
    """A rule that hides keys only holds for any two counts."""
    mask = MaskRule(causal=False, hide_keys=(1,)).allowed(2, 3)
    assert mask.tolist() == [[True, False, True], [True, False, True]]


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (MaskRule(), "a causal mask"),
        (MaskRule(causal=False, window=3), "a window"),
        (MaskRule(causal=False, self_attention="hide"), "a mask of the diagonal"),
    ],
)
def test_rules_of_one_text(rule: MaskRule, what: str) -> None:
    """Before and after, near and far, and a query's own key are of one text."""
    with pytest.raises(AttentionError) as fault:
        rule.allowed(5, 12)
    assert str(fault.value) == (
        f"mask: {what} needs as many queries as keys; here are 5 and 12"
    )


@given(length=LENGTHS, keys=RULES)
def test_an_intervention_of_nothing_is_none(length: int, keys: dict[str, Any]) -> None:
    """Keys that the spec leaves out stay as trained."""
    trained = rule_of(keys, length)
    assert with_intervention(trained, MaskInterventionSpec(), positions(length)) == trained


def test_an_intervention_changes_what_it_names() -> None:
    """Each named key is put in place; hidden keys are ordered, so that equal is equal."""
    trained = MaskRule(self_attention="hide", window=24)
    spec = MaskInterventionSpec(
        causal=False, self_attention="keep", hide_keys=(3, 0, (-5, 3), "ends")
    )
    keys = positions(8, {"ends": (6, 7)})
    assert with_intervention(trained, spec, keys) == MaskRule(
        causal=False, self_attention="keep", window=24, hide_keys=(0, 3, 6, 7)
    )
