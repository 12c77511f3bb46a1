"""Larger and smaller type: labels of that size, and nothing over the page's edge."""

import pytest
from matplotlib.text import Text
from rendering import drawn_as
from values_of import random_figure, scored_figure

from paperfig.drawing.page import POINT
from paperfig.drawing.pdf import pdf_bytes, settings

WORDS = (" The", " lighthouse", " stands", ",", " white", " and", " tall", ".") * 2
ONE, LAYERS = (random_figure(16, heads=3, layers=layers, tokens=WORDS) for layers in (1, 3))
SCORED = scored_figure(16, heads=4, tokens=WORDS)
NUMBERS = ("previous", "self", "normalised_entropy")
CASES = {
    "map": (ONE, {}),
    "context": (SCORED, {}),
    "scores": (SCORED, {}),
    "atlas": (LAYERS, {}),
    "statistics": (LAYERS, {"statistic": NUMBERS}),
    "profile": (ONE, {}),
    "lines": (ONE, {}),
    "distance": (ONE, {}),
}
OVER_QUERIES = (LAYERS, {"statistic": "previous", "over": "queries"})


@pytest.mark.parametrize("size", [5, 9])
@pytest.mark.parametrize("kind", CASES)
def test_labels_have_the_size(kind, size):
    """Some of the text has just that size, and none is below 5 points."""
    figure, _ = drawn_as(kind, *CASES[kind], font_size=size, venue="icml")
    sizes = {round(text.get_fontsize(), 6) for text in figure.findobj(Text) if text.get_text()}

    assert round(max(size * POINT, 5.0), 6) in sizes
    assert min(sizes) >= 5.0


@pytest.mark.parametrize("size", [5, 12])
@pytest.mark.parametrize("kind", [*CASES, "statistics over queries"])
def test_nothing_reaches_over_the_edge(kind, size, poppler):
    """A point of paper, less what a stroke takes of it, is on all sides."""
    data, own = CASES.get(kind, OVER_QUERIES)
    figure, _ = drawn_as(kind.split()[0], data, own, font_size=size, venue="icml")
    with settings():
        pixels = poppler(pdf_bytes(figure), 300)
    edges = [pixels[:3], pixels[-3:], pixels[:, :3], pixels[:, -3:]]

    assert min(edge.min() for edge in edges) == 255


def test_small_type_labels_more_positions():
    """In the same column."""
    large, small = (
        drawn_as("map", random_figure(48), width="2in", font_size=size)[1] for size in (9, 5)
    )

    assert (large.label_kind, small.label_kind) == ("index", "index")
    assert (large.label_every, small.label_every) == (20, 5)
