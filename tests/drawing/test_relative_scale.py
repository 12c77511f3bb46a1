"""Weights as multiples of uniform ones: levels around 1, limits at powers of two, the bar."""

import numpy as np
import pytest
from artists import texts_of
from hypothesis import given
from hypothesis import strategies as st
from messages import message_of
from rendering import drawn_as
from values_of import figure_value, layer_value, map_value, model_value, scored_figure

from paperfig.drawing.cells import Cells
from paperfig.drawing.palettes import diverging_palette, zero_level
from paperfig.drawing.scales.weights import scale_of
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec
from paperfig.values.figure import FigureData

RELATIVE = StyleSpec(scale="relative")


def causal(weights: np.ndarray) -> FigureData:
    """A figure of one head's causal weights."""
    mask = np.tril(np.ones(weights.shape, dtype=bool))
    shown = map_value(weights[None].astype(np.float32), mask)
    return figure_value(shown, model=model_value(layer_value(8)))


def uniform(n_token: int) -> np.ndarray:
    """As much weight on each key before and at the query."""
    return np.tri(n_token) / np.arange(1, n_token + 1)[:, None]


@pytest.mark.parametrize("n_token", [8, 512])
def test_a_uniform_head_is_neutral_throughout(n_token):
    """No cell lies beyond the limits, however small or large its row is."""
    figure, facts = drawn_as("map", causal(uniform(n_token)), scale="relative")
    panel = next(artist for artist in figure.artists if isinstance(artist, Cells))

    assert (facts.scale, facts.limits, facts.over, facts.under) == ("relative", (0.5, 2), 0, 0)
    assert set(np.unique(panel.levels).tolist()) == {-1, zero_level((-1.0, 1.0))}
    middle = panel.colours[zero_level((-1.0, 1.0))]
    assert np.ptp(middle.astype(int)) <= 4


def test_levels_are_even_in_octaves():
    """Twice and half of uniform are equally far from it; 0 is the lowest level."""
    rows = [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [2 / 3, 1 / 6, 1 / 6, 0], [0.5, 0.5, 0, 0]]
    (shown,) = causal(np.array(rows)).maps
    scale = scale_of([shown], StyleSpec(scale="relative", limits=(0.25, 4.0)))
    levels, neutral = scale.levels(shown.weights[0], shown.mask), zero_level((-2.0, 2.0))
    octave = 64  # of 255 levels over four octaves

    assert levels[1].tolist() == [neutral, neutral, -1, -1]
    assert levels[2].tolist() == [neutral + octave, neutral - octave, neutral - octave, -1]
    assert levels[3].tolist() == [neutral + octave, neutral + octave, 0, 0]
    assert (scale.over, scale.under, scale.n_cells) == (0, 2, 10)


@given(st.lists(st.floats(0.01, 1), min_size=12, max_size=12), st.booleans())
def test_limits_are_powers_of_two_as_far_from_one(first, is_full):
    """At or above what has to be held; every weight above or below them is counted."""
    rows = np.tri(12) * np.array(first)
    weights = rows / rows.sum(axis=1, keepdims=True)
    (shown,) = causal(weights).maps
    style = StyleSpec(scale="relative", limits="full" if is_full else "auto")
    scale = scale_of([shown], style)
    ratios = (shown.weights[0].astype(float) * np.arange(1, 13)[:, None])[shown.mask]

    assert np.log2(scale.high) == round(np.log2(scale.high)) >= 1
    assert scale.low == 1 / scale.high
    assert scale.over == (ratios > scale.high * (1 + 1e-6)).sum()
    assert scale.under == (ratios < scale.low * (1 - 1e-6)).sum()
    if is_full:
        assert scale.over == 0
        assert scale.high == 2 or scale.high < 2 * ratios.max() * (1 + 1e-6)


def test_the_bar_names_octaves_and_has_an_arrow_for_less():
    """1/4 1/2 1 2 4; a weight of 0 lies below every limit."""
    sharp = np.eye(5, k=-1) * 0.75 + np.eye(5) * 0.25
    sharp[0, 0] = 1
    figure, facts = drawn_as("map", causal(sharp), scale="relative", limits=(0.25, 4.0))
    _, bar = [artist for artist in figure.artists if isinstance(artist, Cells)]
    ticks = ("1/4", "1/2", "1", "2", "4")

    assert [text for text in texts_of(figure) if text in ticks][-5:] == list(ticks)
    assert "weight × number of allowed keys (log₂ scale)" in texts_of(figure)
    assert (facts.over, facts.under, facts.n_cells) == (0, 6, 15)
    assert bar.box[2] == 145.0  # 5 points shorter than without an arrow
    assert (bar.colours == diverging_palette(None, (-2.0, 2.0))).all()


def test_colours_are_those_of_the_limits():
    """A limit that is nearer to 1 ends at a paler colour."""
    scale = scale_of(causal(uniform(4)).maps, StyleSpec(scale="relative", limits=(0.5, 8.0)))
    colours = scale.colours(None)

    third = diverging_palette()[zero_level((-1.0, 1.0)) * 2 // 3]
    assert colours[0] == pytest.approx(third, abs=2)
    assert (colours[-1] == diverging_palette()[-1]).all()
    assert scale.ticks() == [0.5, 1, 2, 4, 8]


@pytest.mark.parametrize("kind", ["context", "scores"])
def test_scores_have_a_hue_that_neither_side_has(kind):
    """Weights are blue and orange, so that KL is green."""
    figure, facts = drawn_as(kind, scored_figure(8, heads=2), scale="relative")
    bars = [artist for artist in figure.artists if isinstance(artist, Cells)][-2:]
    green = [
        (bar.colours[140].astype(int) @ [-1, 2, -1] > 0) for bar in bars if len(bar.colours)
    ]

    assert facts.scale == "relative"
    assert sum(green) == 1


def test_limits_that_are_not_around_one_are_refused():
    """The whole message, for who draws without a spec."""
    style = StyleSpec(scale="relative", limits=(0.0, 4.0))

    assert message_of(DrawingError, scale_of, causal(uniform(3)).maps, style) == (
        "style.limits: [0, 4] on a relative scale; 0 < lower < 1 < upper is right"
    )
