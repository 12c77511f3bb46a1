"""Numbers of heads in the empty triangles of their panels."""

from dataclasses import replace

import numpy as np
import pytest
from artists import texts_of
from matplotlib.text import Text
from messages import message_of
from rendering import drawn_as
from values_of import figure_value, random_figure, scored_figure, signed_value

from paperfig.drawing.cells import Cells
from paperfig.drawing.fonts import faces_for
from paperfig.drawing.page import POINT
from paperfig.errors import DrawingError
from paperfig.statistics.heads import in_words
from paperfig.statistics.summary import summarise
from paperfig.values.figure import FigureData


def counted(data: FigureData) -> FigureData:
    """The same with the numbers of its heads, as the engine gives them."""
    numbers = [one for each in data.maps for one in summarise(each, [each])]
    return replace(data, statistics=tuple(numbers))


HEADS = counted(random_figure(24, heads=2))
SCORED = counted(scored_figure(24, heads=3))


@pytest.mark.parametrize("what", ["entropy", "class", "row_std"])
def test_each_head_bears_its_number(what):
    """Right-aligned in the upper right corner, in the size of labels, a line below another."""
    figure, facts = drawn_as("map", HEADS, annotate=what, venue="icml", width="page")
    panels = [artist for artist in figure.artists if isinstance(artist, Cells)][:2]
    words = [in_words(numbers, what) for numbers in HEADS.statistics]
    faces, _ = faces_for(["".join(word for lines in words for word in lines)], None)
    height, size = figure.get_size_inches()[1] * 72, 6 * POINT
    found = [
        (*text.get_position(), text)
        for text in figure.findobj(Text)
        if text.get_text() in {word for lines in words for word in lines}
    ]

    assert facts.annotated == what
    assert len(found) == sum(map(len, words))
    for panel, lines in zip(panels, words, strict=True):
        left, upper, wide, _ = panel.box
        inside = [(y, x, text) for x, y, text in found if left < x < left + wide]
        for place, (line, (y, x, text)) in enumerate(zip(lines, sorted(inside), strict=True)):
            assert (text.get_text(), text.get_fontsize()) == (line, pytest.approx(size))
            assert x + faces.width(line, size) == pytest.approx(left + wide - size / 2)
            assert y == pytest.approx(height - upper + (place + 0.9) * 1.15 * size + 0.3 * size)


def test_words_are_those_of_the_record():
    """The numbers that `statistics` holds, rounded; nothing of a head that has none."""
    (first, _), one = HEADS.statistics, counted(random_figure(1)).statistics[0]

    assert in_words(first, "entropy") == (f"H {first.normalised_entropy:.2f}",)
    assert in_words(first, "row_std") == (f"row std {first.row_std:.3f}",)
    assert in_words(first, "class") == (first.class_, f"H {first.class_score:.2f}")
    assert [in_words(one, what) for what in ("entropy", "class", "row_std")] == [(), (), ()]


def test_a_context_has_entropies_of_itself_where_there_is_room():
    """Of every head, at page width; in a column and without being asked nothing is said."""
    entropies = {word for one in SCORED.statistics for word in in_words(one, "entropy")}
    wide, facts = drawn_as("context", SCORED, venue="icml", width="page")
    narrow, told = drawn_as("context", SCORED, venue="icml")
    without, silent = drawn_as("context", SCORED, venue="icml", width="page", annotate="none")

    assert facts.annotated == "entropy"
    assert entropies <= set(texts_of(wide))
    assert (told.annotated, silent.annotated) == (None, None)
    assert not entropies & {*texts_of(narrow), *texts_of(without)}


def test_a_single_head_of_a_context_bears_it_too():
    """It stands in the place of the mean."""
    one = counted(scored_figure(24, heads=1))
    figure, facts = drawn_as("context", one, venue="article")

    assert facts.annotated == "entropy"
    assert in_words(one.statistics[0], "entropy")[0] in texts_of(figure)


def test_larger_type_needs_larger_panels():
    """Ten times the size of labels."""
    small, large = (
        drawn_as("map", HEADS, annotate="entropy", width="230pt", font_size=size)[1]
        for size in (6, 7)
    )

    assert small.annotated == large.annotated == "entropy"
    assert message_of(
        DrawingError,
        drawn_as,
        "map",
        HEADS,
        annotate="entropy",
        width="230pt",
        font_size=11,
        columns=2,
    ) == (
        "style.annotate: entropy has no room in panels of 72.9 pt; 110 pt at least, or "
        "none, is right"
    )


OPEN = random_figure(
    8, heads=1, weights=np.full((1, 8, 8), 1 / 8), mask=np.ones((8, 8), dtype=bool)
)


@pytest.mark.parametrize(
    ("kind", "data", "style", "message"),
    [
        (
            "map",
            counted(OPEN),
            {},
            "no triangle of a panel is empty, as the mask is not causal; none is right",
        ),
        (
            "map",
            counted(OPEN),
            {"zoom": (0, 3)},
            "no triangle of a panel is empty, as the mask is not causal; none is right",
        ),
        (
            "map",
            HEADS,
            {"zoom": {"queries": (3, 5), "keys": (0, 1)}, "width": "page"},
            "no triangle of a panel is empty, as zoom shows a part; none is right",
        ),
        (
            "map",
            HEADS,
            {"width": "100pt"},
            "class has no room in panels of 40.8 pt; 70 pt at least, or none, is right",
        ),
        (
            "map",
            figure_value(signed_value(np.ones((1, 6, 6)))),
            {},
            "no head has its class here; none is right",
        ),
        (
            "atlas",
            random_figure(8, heads=12),
            {"width": "3in"},
            "class has no room in panels of 14.6 pt; 70 pt at least, or none, is right",
        ),
    ],
)
def test_what_cannot_be_borne_is_refused(kind, data, style, message):
    """The whole message."""
    told = message_of(DrawingError, drawn_as, kind, data, annotate="class", **style)

    assert told == f"style.annotate: {message}"


def test_rectangles_have_no_triangle():
    """An atlas of numbers shows its number."""
    call = {"own": {"statistic": "previous"}, "annotate": "entropy"}

    assert message_of(DrawingError, drawn_as, "atlas", random_figure(8, heads=2), **call) == (
        "style.annotate: rectangles of `statistic` have no triangle to bear it; none is right"
    )
