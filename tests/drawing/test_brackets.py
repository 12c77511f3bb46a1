"""Brackets of named stretches: where they stand, and what they are called."""

import numpy as np
import pytest
from artists import texts_of
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from values_of import figure_value, map_value, scored_figure

from paperfig.drawing.canvas import SOFT
from paperfig.drawing.cells import Cells
from paperfig.drawing.page import page_of
from paperfig.drawing.pdf import settings
from paperfig.errors import DrawingError
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec
from paperfig.values.tokens import positions


def spanned(spans, n_token=20, heads=1):
    """Uniform causal maps whose axes have these spans."""
    mask = np.tril(np.ones((n_token, n_token), dtype=bool))
    weights = np.repeat((mask / mask.sum(axis=1, keepdims=True))[None], heads, axis=0)
    tokens = positions(n_token, spans)
    return figure_value(map_value(weights, mask, queries=tokens, keys=tokens))


def drawn(data, kind="map", **style):
    """The figure of a kind."""
    with settings():
        return KINDS[kind].draw(data, page_of(StyleSpec(**style)))[0]


def brackets_of(figure):
    """The corners of each bracket, in points from the upper left corner."""
    lines = [
        artist.get_path()
        for artist in figure.artists
        if isinstance(artist, PathPatch)
        and artist.get_linewidth() == 0.6
        and artist.get_edgecolor()[:3] == pytest.approx(to_rgb(SOFT))
    ]
    return [corners for path in lines for corners in np.split(path.vertices, len(path) // 4)]


def box_of(figure):
    """Left and upper edge, width and height of the first panel, from the upper left corner."""
    left, top, wide, high = next(one for one in figure.artists if isinstance(one, Cells)).box
    return left, 72 * figure.get_figheight() - top, wide, high


def test_a_bracket_covers_its_tokens_on_both_axes():
    """Three points outside of the frame, above the keys and right of the queries."""
    figure = drawn(spanned({"needle": (4, 8)}))
    left, top, wide, high = box_of(figure)
    above, beside = brackets_of(figure)

    assert above[:, 0].tolist() == pytest.approx(
        [left + 4 * wide / 20 + 0.6] * 2 + [left + 9 * wide / 20 - 0.6] * 2
    )
    assert above[:, 1].max() == pytest.approx(top - 3)
    assert beside[:, 1].tolist() == pytest.approx(
        [top + 4 * high / 20 + 0.6] * 2 + [top + 9 * high / 20 - 0.6] * 2
    )
    assert beside[:, 0].min() == pytest.approx(left + wide + 3)
    assert texts_of(figure).count("needle") == 2


def test_stretches_that_overlap_stand_apart():
    """The inner one nearer: no line crosses another."""
    figure = drawn(spanned({"inner": (4, 8), "outer": (2, 12), "later": (14, 18)}))
    _, top, wide, _ = box_of(figure)
    near, later, far = brackets_of(figure)[:3]

    assert near[:, 1].max() == later[:, 1].max() == pytest.approx(top - 3)
    assert far[:, 1].max() < near[:, 1].min()
    assert far[2, 0] - far[0, 0] == pytest.approx(11 * wide / 20 - 1.2)


def test_names_without_room_are_letters_with_a_legend():
    """In the order of the text; once at each bracket, and once beneath."""
    spans = {"a long name of two tokens": (6, 7), "another of them": (3, 4)}
    texts = texts_of(drawn(spanned(spans), width="1.6in"))

    assert texts.count("a") == 2
    assert texts.count("b") == 2
    assert "a another of them" in texts
    assert "b a long name of two tokens" in texts
    assert not set(spans) & set(texts)


@pytest.mark.parametrize("width", ["column", "2in", "page"])
@pytest.mark.parametrize("heads", [1, 3])
def test_names_never_meet(width, heads):
    """Whatever the width: the ends of a name lie before the beginning of the next."""
    spans = {"first stretch": (0, 3), "second": (4, 6), "the third one": (8, 9), "x": (15, 19)}
    figure = drawn(spanned(spans, heads=heads), width=width)
    renderer = FigureCanvasAgg(figure).get_renderer()
    names = {*spans, "a", "b", "c", "d"}
    boxes = [
        text.get_window_extent(renderer)
        for text in figure.artists
        if isinstance(text, Text) and text.get_text() in names
    ]

    assert len(boxes) >= 8
    for index, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[index + 1 :])


def test_only_panels_at_the_rim_have_them():
    """Of two rows of two panels: keys above two, queries beside two."""
    figure = drawn(spanned({"needle": (4, 8)}, heads=4), width="2.6in", columns=2)

    assert len(brackets_of(figure)) == 4


def test_scores_have_them_too():
    """Above scores and weights, and right of the weights."""
    data = scored_figure(20)
    tokens = positions(20, {"needle": (4, 8)})
    maps = [
        map_value(each.weights, each.mask, queries=tokens, keys=tokens, scores=each.scores)
        for each in data.maps
    ]
    figure = drawn(figure_value(*maps, model=data.model), "scores")

    assert len(brackets_of(figure)) == 3


def test_a_window_has_those_of_its_tokens():
    """Cut where the window ends; those outside of it are left out."""
    with settings():
        figure, facts = KINDS["map"].draw(
            spanned({"needle": (4, 8), "far": (15, 18)}),
            page_of(StyleSpec(zoom=(6, 13))),
        )
    texts = texts_of(figure)

    assert texts.count("needle") == 2
    assert "far" not in texts
    assert facts.bracketed == ("needle",)


def test_a_name_without_glyphs():
    """The whole message."""
    with pytest.raises(DrawingError) as caught:
        drawn(spanned({"\U000f0000": (4, 8)}))
    assert str(caught.value) == (
        "excerpt.spans.\U000f0000: no font has U+F0000; install one that has"
    )
