"""Where the colour bar stands: beside the panels, beneath them, or nowhere."""

import pytest
from artists import boxes_of, texts_of
from rendering import drawn_as
from values_of import scored_figure

from paperfig.kinds import KINDS
from paperfig.kinds.kind import Kind


@pytest.mark.parametrize("width", ["2in", "345pt"])
def test_beside_panels_of_any_height(figure_data, width):
    """Upright, its upper end with the panel's; the panel takes the rest of the width."""
    panel, bar = boxes_of(drawn_as("map", figure_data(30), width=width, colorbar="right")[0])

    assert bar[2] == 5.0
    assert bar[0] == pytest.approx(panel[0] + panel[2] + 7.0)
    over = 5.0
    assert bar[1] + bar[3] == pytest.approx(panel[1] + panel[3] - over)


@pytest.mark.parametrize("width", ["2in", "345pt"])
def test_beneath_panels_of_any_height(figure_data, width):
    """Lying, its middle with the panel's, in points no longer than is good to read."""
    panel, bar = boxes_of(drawn_as("map", figure_data(30), width=width, colorbar="below")[0])

    assert bar[3] == 5.0
    assert bar[1] + 5.0 < panel[1]
    assert bar[0] + (bar[2] + 5.0) / 2 == pytest.approx(panel[0] + panel[2] / 2)


def test_of_itself_a_bar_is_beside_low_panels_and_beneath_tall_ones(figure_data):
    """``auto`` is one of the two, by the panels' height."""
    for width, place in (("2in", "right"), ("345pt", "below")):
        of_itself, asked = (
            boxes_of(drawn_as("map", figure_data(30), width=width, colorbar=bar)[0])
            for bar in ("auto", place)
        )
        assert of_itself == asked


OF_ONE = [
    kind for kind in KINDS.values() if "colorbar: below" in kind.takes and not kind.varies
]


@pytest.mark.parametrize("kind", OF_ONE)
def test_every_kind_with_a_bar_can_do_without(kind: Kind):
    """What is beneath is so of itself, and ``none`` leaves its words out."""
    data = scored_figure(24, heads=2)
    usual, below, none = (
        drawn_as(kind.name, data, width="page", venue="icml", colorbar=bar)[0]
        for bar in ("auto", "below", "none")
    )

    if kind.name != "map":
        assert texts_of(usual) == texts_of(below)
    assert len(texts_of(none)) < len(texts_of(below))
