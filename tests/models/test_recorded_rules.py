"""Rules that any attention given obeys: drawn right, or refused in one line."""

from typing import Any

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from small_recorded import shown, softmax

from paperfig.engine.given import given_source
from paperfig.errors import PaperfigError
from paperfig.models.recorded.masks import rule_of

DTYPES = {
    "float16": 2.0**-10,
    "bfloat16": 2.0**-7,
    "float32": 2.0**-23,
    "float64": 2.0**-23,
}
SIDES = st.integers(1, 6)


@st.composite
def attention(draw: st.DrawFn) -> dict[str, Any]:
    """Scores over layers, heads, queries and keys, a mask of them, and a share for a sink."""
    shape = draw(SIDES), draw(SIDES)
    layers, heads = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    numbers = st.floats(-8, 8, width=32)
    return {
        "scores": draw(arrays.arrays(np.float64, (layers, heads, *shape), elements=numbers)),
        "mask": draw(arrays.arrays(bool, shape)),
        "sink": draw(
            arrays.arrays(np.float64, (layers, heads, shape[0]), elements=st.floats(0, 0.9))
        ),
    }


def typed(values: np.ndarray, dtype: str) -> torch.Tensor:
    """As a tensor of that type."""
    return torch.from_numpy(values).to(getattr(torch, dtype))


@given(attention(), st.sampled_from(sorted(DTYPES)), st.booleans())
def test_weights_are_drawn_within_what_their_type_holds(
    made: dict[str, Any], dtype: str, has_sink: bool
) -> None:
    """Masked to exactly 0, rows to 1 less what a sink has, against float64."""
    mask = made["mask"]
    exact = softmax(made["scores"], mask)
    sink = made["sink"] * mask.any(axis=1) if has_sink else np.zeros_like(made["sink"])
    exact = exact * (1 - sink[..., None])
    source = given_source(
        tuple(typed(exact, dtype)),
        mask=mask,
        learned_sink=tuple(typed(sink, dtype)) if has_sink else None,
    )

    for layer, found in enumerate(shown(source)):
        np.testing.assert_allclose(found.weights, exact[layer], atol=1.1 * DTYPES[dtype])
        assert not found.weights[:, ~mask].any()
        if has_sink:
            np.testing.assert_allclose(
                found.learned_sink, sink[layer], atol=3 * DTYPES[dtype] + 1e-6
            )
        np.testing.assert_array_equal(found.mask, mask)


@given(attention(), st.floats(0.05, 20), st.booleans())
def test_scores_make_the_weights_of_their_mask(
    made: dict[str, Any], kappa: float, is_divergence: bool
) -> None:
    """Said, or shown by −inf, alone or beside the weights."""
    mask = made["mask"]
    scores = -np.abs(made["scores"][0]) if is_divergence else made["scores"][0]
    said = {"kappa": kappa} if is_divergence else {}
    exact = softmax(scores / kappa if is_divergence else scores, mask)
    for given_scores, mask_said in (
        (np.where(mask, scores, -np.inf), None),
        (scores, mask),
        (np.where(mask, scores, np.nan), mask),
    ):
        for beside in (None, exact):
            source = given_source(beside, scores=given_scores, mask=mask_said, **said)
            (found,) = shown(source)
            np.testing.assert_allclose(found.weights, exact, atol=1e-6)
            np.testing.assert_array_equal(found.mask, mask if beside is None else found.mask)


@given(arrays.arrays(bool, st.tuples(SIDES, SIDES)))
def test_a_rule_allows_just_what_the_mask_does(mask: np.ndarray) -> None:
    """Whatever rule is found for it."""
    np.testing.assert_array_equal(rule_of(mask).allowed(*mask.shape), mask)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.floats(),
    st.text(max_size=4),
    st.lists(st.integers(-1, 3), max_size=4),
    st.lists(st.text(max_size=3), max_size=4),
    st.lists(st.lists(st.floats(0, 1), max_size=3), max_size=3),
    st.dictionaries(st.integers(-1, 3), st.floats(), max_size=2),
    st.dictionaries(st.text(max_size=8), st.integers(), max_size=2),
    arrays.arrays(
        st.sampled_from([np.float16, np.float64, np.int8, np.uint64, bool, np.complex64, "U2"]),
        arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=3),
    ),
)
WEIGHTS = st.one_of(
    ANYTHING,
    st.just(np.eye(3)),
    st.just(np.stack([np.eye(3)] * 2)),
    st.just((np.stack([np.eye(3)] * 2),) * 2),
    st.lists(ANYTHING, max_size=3).map(tuple),
)
KEYS = (
    *("scores", "kappa", "tau", "tokens", "key_tokens", "tokens_as", "tokenizer", "layer"),
    *("head", "axes", "batch", "mask", "causal", "learned_sink", "name", "text", "source"),
)


@settings(max_examples=400)
@given(WEIGHTS, st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=2))
def test_anything_else_is_refused_in_a_line(weights: Any, said: dict[str, Any]) -> None:
    """For each fault, and never by another error; what is taken can be drawn."""
    try:
        source = given_source(weights, **said)
    except PaperfigError as error:
        told = str(error).splitlines()
    else:
        told = ["drawn: all numbers are finite"]
        for found in shown(source):
            assert np.isfinite(found.weights).all()

    assert all(": " in line for line in told)
