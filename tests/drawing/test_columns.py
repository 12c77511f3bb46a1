"""How many panels stand in a row, where the style says so."""

import re

import pytest
from artists import boxes_of
from hypothesis import given
from hypothesis import strategies as st
from rendering import drawn_as
from values_of import random_figure, scored_figure

from paperfig.drawing.grid import asked_columns
from paperfig.errors import DrawingError


def rows_of(figure, count: int) -> list[int]:
    """How many of the first panels stand in each row, from the top."""
    tops = [round(top + high, 3) for _, top, _, high in boxes_of(figure)[:count]]
    return [tops.count(top) for top in dict.fromkeys(tops)]


@pytest.mark.parametrize(
    ("columns", "rows"), [(1, [1] * 5), (2, [2, 2, 1]), (3, [3, 2]), (5, [5]), (9, [5])]
)
def test_heads_stand_in_rows_of_so_many(columns, rows):
    """The last row has what is left; all panels where there are fewer."""
    figure, _ = drawn_as("map", random_figure(8, heads=5), columns=columns)

    assert rows_of(figure, 5) == rows


def test_each_layer_begins_a_row():
    """Rows of two for each layer's three heads; titles at the edges for rows of all three."""
    data = random_figure(8, heads=3, layers=2)
    two, three = (drawn_as("map", data, columns=columns)[0] for columns in (2, 3))

    assert rows_of(two, 6) == [2, 1, 2, 1]
    assert rows_of(three, 6) == [3, 3]


def test_the_heads_of_a_context():
    """Above the mean and the scores, which stand as they do."""
    figure, _ = drawn_as("context", scored_figure(12, heads=5), columns=4, width="page")

    assert rows_of(figure, 7) == [4, 1, 2]


@pytest.mark.parametrize(("columns", "rows"), [(2, [2, 2]), (4, [4])])
def test_scores_stand_with_their_weights(columns, rows):
    """Two heads, each with a panel of scores and one of weights."""
    assert rows_of(drawn_as("scores", scored_figure(8, heads=2), columns=columns)[0], 4) == rows


def test_numbers_of_heads():
    """Three panels of statistics, one below another."""
    own = {"statistic": ("previous", "self", "sink")}
    figure, _ = drawn_as("statistics", random_figure(8, heads=3), own, columns=1)
    lefts = {round(axes.get_position().x0, 6) for axes in figure.axes}

    assert len(figure.axes) == 3
    assert len(lefts) == 1


def test_panels_of_lines():
    """Two columns of panels as wide as they may be."""
    figure, _ = drawn_as("lines", random_figure(6, heads=4), columns=2)
    wide, _ = drawn_as("lines", random_figure(6, heads=4))

    assert figure.get_size_inches()[1] > wide.get_size_inches()[1] + 0.5


@pytest.mark.parametrize(
    ("kind", "heads", "style", "message"),
    [
        (
            "map",
            12,
            {"width": "2in", "columns": 12},
            "style.columns: 12 in a row leave 3.3 pt for each panel; 5 is right",
        ),
        (
            "map",
            12,
            {"height": "100pt", "columns": 1},
            "style.columns: 1 in a row leave 0.0 pt for each panel; 4 is right",
        ),
        (
            "lines",
            12,
            {"width": "3in", "columns": 8},
            "style.columns: 8 in a row leave 17.0 pt for each panel; 4 is right",
        ),
        (
            "scores",
            3,
            {"columns": 3},
            "style.columns: 3 in a row cut a head's scores and weights apart; "
            "2, 4 or 6 is right",
        ),
        (
            "context",
            12,
            {"width": "2.5in", "columns": 12},
            "style.columns: 12 in a row leave 6.1 pt for each panel; 7 is right",
        ),
    ],
)
def test_what_does_not_fit_names_what_does(kind, heads, style, message):
    """The whole message; what it names is drawn."""
    data = scored_figure(8, heads=heads)
    with pytest.raises(DrawingError) as caught:
        drawn_as(kind, data, **style)

    assert str(caught.value) == message
    named = re.findall(r"\d+", caught.value.remedy)
    assert all(drawn_as(kind, data, **style | {"columns": int(number)}) for number in named)


@given(st.integers(1, 40), st.integers(1, 30), st.floats(20, 400), st.floats(1, 60))
def test_the_number_that_is_named_fits(asked, count, room, least):
    """And none nearer to the one that was asked for does."""
    choices, side = range(1, count + 1), lambda columns: room / columns
    fitting = [one for one in choices if side(one) >= least]
    try:
        columns = asked_columns(asked, choices, side, least)
    except DrawingError as error:
        named = error.remedy.removesuffix(" is right")
        best = max(fitting, default=None)
        assert named == (f"{least:g} pt at least" if best is None else str(best))
    else:
        assert columns == min(asked, count)
        assert columns in fitting
