"""The scale: limits, levels and ticks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from values_of import map_value

from paperfig.drawing.scales.limits import rounded_up
from paperfig.drawing.scales.scale import Scale
from paperfig.drawing.scales.scores import score_scale
from paperfig.drawing.scales.weights import LOG_FLOOR, scale_of
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec


def counted_weights(data):
    """Those of rows of at least 8 keys."""
    return [
        weight
        for entry in data.maps
        for head in entry.weights
        for row, mask in zip(head, entry.mask, strict=True)
        if mask.sum() >= 8
        for weight in row[mask].astype(float)
    ]


def test_automatic_limits_end_at_the_percentile_of_long_rows(figure_data):
    """Where the maximum is more than twice the 99.5th percentile, which is rounded up."""
    data = figure_data(32, heads=3, layers=2)
    percentile = np.percentile(counted_weights(data), 99.5)
    drawn = np.concatenate([entry.weights[:, entry.mask].ravel() for entry in data.maps])
    scale = scale_of(data.maps, StyleSpec())

    assert 0.3 < percentile < 0.4
    assert (scale.low, scale.high, scale.rule) == (0.0, 0.4, "auto")
    assert (scale.over, scale.under) == ((drawn > 0.4).sum(), 0)
    assert 0 < scale.over < scale.n_cells == drawn.size


def test_automatic_limits_hold_every_weight_that_is_not_far_out(figure_data):
    """The maximum is no more than twice the percentile: nothing is clipped."""
    mask = np.ones((20, 20), dtype=bool)
    weights = np.full((1, 20, 20), 0.2 / 19)
    weights[0, np.arange(20), 0] = 0.8
    scale = scale_of(figure_data(20, weights=weights, mask=mask).maps, StyleSpec())

    assert (scale.high, scale.over) == (0.8, 0)


def test_maps_without_long_rows_end_at_the_maximum(figure_data):
    """A short map is never clipped on its own account."""
    scale = scale_of(figure_data(7).maps, StyleSpec())

    assert (scale.high, scale.over) == (1.0, 0)


@given(
    st.lists(st.floats(0, 1, width=32), min_size=144, max_size=144),
    st.sampled_from(["linear", "sqrt", "log"]),
)
def test_an_automatic_limit_is_round_and_clips_only_what_is_far_out(numbers, kind):
    """Whatever the weights: a round end, and beyond it only maxima that stand out."""
    weights = np.array(numbers).reshape(1, 12, 12)
    weights /= np.maximum(weights.sum(axis=2, keepdims=True), 1e-6)
    weights[0, weights[0].sum(axis=1) < 0.5] = 1 / 12
    one = map_value(weights, np.ones((12, 12), dtype=bool))
    scale, full = (
        scale_of([one], StyleSpec(scale=kind, limits=limits)) for limits in ("auto", "full")
    )
    most, percentile = one.weights.max(), np.percentile(one.weights.astype(float), 99.5)

    assert float(f"{scale.high:.1e}"[:3]) in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    assert scale.ticks()[-1] == scale.high
    assert (scale.over > 0) <= (most > 2 * percentile)
    assert scale.over == (one.weights > scale.high * (1 + 1e-5)).sum()
    assert full.over == 0
    assert scale.high <= full.high < 1.51 * most


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
    assert scale.n_cells == 6
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
        ("linear", 1.0, [0, 0.25, 0.5, 0.75, 1]),
        ("linear", 1.2, [0, 0.3, 0.6, 0.9, 1.2]),
        ("linear", 0.6, [0, 0.2, 0.4, 0.6]),
        ("linear", 80.0, [0, 20, 40, 60, 80]),
        ("linear", 0.95, [0, 0.25, 0.5, 0.75, 0.95]),
        ("linear", 0.213, [0, 0.05, 0.1, 0.15, 0.213]),
        ("sqrt", 1.0, [0, 0.1, 0.4, 1]),
        ("sqrt", 0.213, [0, 0.02, 0.09, 0.213]),
        ("sqrt", 0.05, [0, 0.005, 0.02, 0.05]),
        ("log", 0.8, [1e-4, 1e-3, 1e-2, 0.1, 0.8]),
    ],
)
def test_ticks_are_few_and_round_and_label_the_end(kind, high, ticks):
    """Four to six where the end is round; an end that was given is labelled too."""
    low = LOG_FLOOR if kind == "log" else 0.0
    assert Scale(kind=kind, low=low, high=high, rule="full").ticks() == pytest.approx(ticks)


@given(st.floats(1e-6, 1.0), st.floats(0.0, 0.9), st.sampled_from(["linear", "sqrt", "log"]))
def test_ticks_lie_within_the_limits(high, share, kind):
    """From one limit to the other, ascending, whatever they are."""
    low = max(high * share, 1e-9) if kind == "log" else high * share
    ticks = Scale(kind=kind, low=low, high=high, rule="given").ticks()

    assert (ticks[0], ticks[-1]) == (pytest.approx(low), pytest.approx(high))
    assert ticks == sorted(set(ticks))
    assert 2 + (kind != "log") <= len(ticks) <= (11 if kind == "log" else 7)


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


@pytest.mark.parametrize(("spread", "limit"), [(0.01, 0.01), (1.0, 1.0), (50.0, 8.0)])
def test_logits_end_at_eight_nats_or_where_nine_in_ten_lie(spread, limit):
    """Flat heads are seen as well as sharp ones; ``full`` holds all of them."""
    away = np.linspace(0, spread / 0.9, 100)
    away[-1] = 1000.0
    scores = -np.where(np.tril(np.ones((14, 14))), np.resize(away, (14, 14)), np.nan)
    scale = score_scale([scores], "logit", StyleSpec())

    usual = np.percentile(-scores[~np.isnan(scores)], 90)
    assert (scale.low, scale.high) == (-rounded_up(min(usual, 8.0)), 0.0)
    assert -scale.low == pytest.approx(limit, rel=0.25)
    assert scale.under == (scores < scale.low * (1 + 1e-6)).sum() > 0
    assert score_scale([scores], "logit", StyleSpec(limits="full")).low == -1000.0
