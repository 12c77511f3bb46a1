"""The scale: limits, levels and ticks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.drawing.scale import Scale, scale_of
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec


def test_automatic_limits_leave_out_short_rows(figure_data):
    """0 to the 99.5th percentile of allowed weights in rows of at least 8 keys."""
    data = figure_data(32, heads=3, layers=2)
    scale = scale_of(data.maps, StyleSpec())
    counted = [
        weight
        for entry in data.maps
        for head in entry.weights
        for query in range(7, 32)
        for weight in head[query, : query + 1].astype(float)
    ]
    drawn = np.concatenate([entry.weights[:, entry.mask].ravel() for entry in data.maps])

    assert scale.low == 0.0
    assert scale.high == pytest.approx(np.percentile(counted, 99.5))
    assert scale.over == (drawn > scale.high).sum() > 0
    assert scale.under == 0
    assert scale.rule == "auto"


def test_below_16_tokens_the_limit_is_the_maximum(figure_data):
    """A short map is never clipped on its own account."""
    scale = scale_of(figure_data(15).maps, StyleSpec())

    assert (scale.high, scale.over) == (1.0, 0)


def test_full_limits_reach_to_the_maximum(figure_data):
    """``full`` clips nothing."""
    scale = scale_of(figure_data(40).maps, StyleSpec(limits="full"))

    assert (scale.low, scale.high, scale.over, scale.rule) == (0.0, 1.0, 0, "full")


def test_a_window_without_long_rows_takes_the_maximum(figure_data):
    """Where no row has 8 keys, nothing is clipped."""
    query, key = np.indices((20, 20))
    data = figure_data(mask=(key <= query) & (query - key < 4))

    assert scale_of(data.maps, StyleSpec()).over == 0


def test_given_limits_count_what_lies_beyond(figure_data):
    """Weights above and below given limits are counted, masked cells never."""
    weights = np.array([[[1, 0, 0], [0.25, 0.75, 0], [0.2, 0.3, 0.5]]])
    data = figure_data(3, weights=weights)
    scale = scale_of(data.maps, StyleSpec(limits=[0.25, 0.5]))

    assert (scale.low, scale.high, scale.rule) == (0.25, 0.5, "given")
    assert (scale.over, scale.under) == (2, 1)


def test_a_log_scale_has_a_floor(figure_data):
    """From 1e-4 upwards; what lies below, zeros too, is counted."""
    weights = np.array([[[1, 0, 0], [1, 0, 0], [0.5, 0.49995, 0.00005]]])
    scale = scale_of(figure_data(3, weights=weights).maps, StyleSpec(scale="log"))

    assert (scale.low, scale.high, scale.under) == (1e-4, 1.0, 2)
    assert scale.ticks() == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])


@pytest.mark.parametrize(
    ("kind", "low", "levels"),
    [
        ("linear", 0.0, [0, 1, 63, 127, 254, 254]),
        ("sqrt", 0.0, [0, 15, 127, 180, 254, 254]),
        ("log", 1e-4, [0, 101, 216, 235, 254, 254]),
    ],
)
def test_levels(kind, low, levels):
    """255 equal steps of the weight, of its root or of its logarithm."""
    scale = Scale(kind=kind, low=low, high=1.0, rule="full")
    weights = np.array([[0, 1 / 255 + 1e-6, 0.25, 0.5, 1, 1.0]], dtype=np.float32)
    mask = np.ones(weights.shape, dtype=bool)

    assert scale.levels(weights, mask).tolist() == [levels]
    assert scale.levels(weights, ~mask).tolist() == [[-1] * 6]


@pytest.mark.parametrize(
    ("kind", "high", "ticks"),
    [
        ("linear", 1.0, [0, 0.5, 1]),
        ("linear", 0.95, [0, 0.25, 0.5, 0.75]),
        ("linear", 0.213, [0, 0.1, 0.2]),
        ("linear", 0.0181, [0, 0.005, 0.01, 0.015]),
        ("sqrt", 1.0, [0, 0.2, 1]),
        ("sqrt", 0.213, [0, 0.05, 0.2]),
    ],
)
def test_ticks_are_few_and_round(kind, high, ticks):
    """Hand-picked cases."""
    assert Scale(kind=kind, low=0.0, high=high, rule="full").ticks() == ticks


@given(st.floats(1e-6, 1.0), st.floats(0.0, 0.9), st.sampled_from(["linear", "sqrt", "log"]))
def test_ticks_lie_within_the_limits(high, share, kind):
    """Two to five (a log scale: one a decade), ascending, whatever the limits."""
    low = max(high * share, 1e-9) if kind == "log" else high * share
    ticks = Scale(kind=kind, low=low, high=high, rule="given").ticks()

    assert 2 <= len(ticks) <= 10
    assert ticks == sorted(set(ticks))
    assert low * (1 - 1e-6) - 1e-12 <= ticks[0] < ticks[-1] <= high * (1 + 1e-6)


@pytest.mark.parametrize(
    ("style", "message"),
    [
        (
            {"limits": [0.5, 0.5]},
            "style.limits: [0.5, 0.5] on a linear scale; 0 <= lower < upper is right",
        ),
        (
            {"limits": [0.0, 0.5], "scale": "log"},
            "style.limits: [0, 0.5] on a log scale; 0 < lower < upper is right",
        ),
    ],
)
def test_limits_that_no_scale_has_are_refused(figure_data, style, message):
    """The whole message."""
    with pytest.raises(DrawingError) as caught:
        scale_of(figure_data(4).maps, StyleSpec(**style))

    assert str(caught.value) == message
