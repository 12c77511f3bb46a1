"""How a trend is drawn: where lines, bands and names stand."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from artists import texts_of
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from revisions.trends import trend_value

from paperfig.drawing.charts.axis import axis_of_numbers, axis_of_steps
from paperfig.drawing.charts.bands import tinted
from paperfig.drawing.charts.names import COLOURS, spread
from paperfig.drawing.page import page_of
from paperfig.drawing.pdf import settings
from paperfig.errors import DrawingError
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

STEPS = (10, 100, 1000)


def drawn(
    data: FigureData, drawn_at: int | None = None, **style: Any
) -> tuple[Figure, DrawnFacts]:
    """The figure and its facts."""
    draw = KINDS["trend"].draw
    with settings():
        figure, facts = draw(
            data, page_of(StyleSpec(**style)), statistic="previous", drawn=drawn_at
        )
    assert isinstance(figure, Figure)
    return figure, facts


def strokes(figure: Figure, colour: str) -> list[np.ndarray]:
    """The points of each line of a colour, from the page's upper left corner."""
    return [
        artist.get_path().vertices
        for artist in figure.artists
        if isinstance(artist, PathPatch)
        and artist.get_facecolor()[3] == 0
        and to_hex(artist.get_edgecolor()) == colour
        and artist.get_linewidth() == pytest.approx(0.9)
    ]


def test_lines_run_through_their_numbers() -> None:
    """Steps from the left by their logarithm, numbers upwards from 0, whatever the order."""
    values = np.array([[0.1, 0.4], [0.2, 0.3], [0.45, 0.05]])
    data = trend_value((100, 10, 1000), values)
    figure, facts = drawn(data)
    lines = [strokes(figure, colour) for colour in COLOURS[:2]]
    (frame,) = [
        artist.get_path().vertices
        for artist in figure.artists
        if isinstance(artist, PathPatch)
        and len(artist.get_path().vertices) > 12
        and to_hex(artist.get_edgecolor()) == "#9a9a9a"
    ]
    (left, top), (_, bottom), (right, _) = frame[:3]

    assert facts.scale == "log"
    assert facts.limits == (0.0, 0.5)
    for head, (line,) in enumerate(lines):
        expected = [
            (left + (right - left) * at / 2, bottom - (bottom - top) * number / 0.5)
            for at, number in enumerate(values[[1, 0, 2], head])
        ]
        np.testing.assert_allclose(line, expected, atol=1e-6)
    texts = texts_of(figure)
    assert [text for text in texts if text.startswith("L")] == ["L0H0", "L0H1"]
    assert {"10", "100", "1 000", "0", "0.25", "0.5", "training step"} <= set(texts)
    assert "weight on the previous token" in texts


def test_bands_are_the_intervals() -> None:
    """As seaborn draws them, opaque, beneath every line; and in no face of its own."""
    values = np.array([[0.2], [0.3], [0.4]])
    data = trend_value(STEPS, values, low=values - 0.1, high=values + 0.05)
    figure, _ = drawn(data)
    (band,) = list(figure.axes[0].collections)
    (line,) = strokes(figure, COLOURS[0])
    corners = band.get_paths()[0].vertices
    scale = (line[0][1] - line[-1][1]) / 0.2
    at = {
        (round(x, 3), round(y, 3))
        for (x, y), number in zip(line, values[:, 0], strict=True)
        for y in (y + 0.1 * scale, y - 0.05 * scale)
    }

    assert {(round(x, 3), round(y, 3)) for x, y in corners} == at
    assert to_hex(band.get_facecolor()[0]) == tinted(COLOURS[0])
    assert band.get_facecolor()[0][3] == 1
    lines = [one for one in figure.artists if isinstance(one, PathPatch)]
    over = [one.zorder for one in lines if to_hex(one.get_edgecolor()) == COLOURS[0]]
    assert max(axes.zorder for axes in figure.axes) < min(over)
    families = {family for text in figure.findobj(Text) for family in text.get_fontfamily()}
    assert "sans-serif" not in families
    assert isinstance(figure.axes[0], Axes)


def test_numbers_that_are_not_there_break_a_line() -> None:
    """A line on either side, and a marker where one stands alone."""
    values = np.array([[0.2], [0.3], [np.nan], [0.4], [0.1]])
    data = trend_value((1, 2, 3, 4, 5), values)
    figure, facts = drawn(data)
    (line,) = strokes(figure, COLOURS[0])

    assert facts.scale == "linear"
    assert len(line) == 4


def test_of_many_heads_those_that_change_most_are_named() -> None:
    """Six in colour, in the order of the model; the rest are one grey, beneath."""
    values = np.zeros((3, 9))
    values[2] = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5]
    data = trend_value(STEPS, values)
    figure, facts = drawn(data)

    assert facts.panels == ("L0H1", "L0H3", "L0H5", "L0H6", "L0H7", "L0H8")
    assert len(strokes(figure, "#d0d0d0")) == 3
    assert texts_of(figure).count("L0H0") == 0


def test_a_step_is_marked() -> None:
    """By a dashed line at its place, which is told what it is."""
    values = np.array([[0.2], [0.3], [0.4]])
    figure, _ = drawn(trend_value(STEPS, values), drawn_at=100)
    (line,) = strokes(figure, COLOURS[0])
    dashes = [
        artist.get_path().vertices
        for artist in figure.artists
        if isinstance(artist, PathPatch) and artist.get_linewidth() == pytest.approx(0.8)
    ]

    assert "drawn" in texts_of(figure)
    np.testing.assert_allclose(dashes[0][:, 0], line[1][0])
    assert "drawn" not in texts_of(drawn(trend_value(STEPS, values))[0])


@pytest.mark.parametrize("width", ["column", "page"])
@pytest.mark.parametrize("venue", ["article", "icml", "aps"])
def test_nothing_leaves_the_page(width: str, venue: str) -> None:
    """Texts stand within, names apart."""
    values = np.full((3, 6), 0.3)
    figure, facts = drawn(trend_value(STEPS, values), venue=venue, width=width)
    wide, high = figure.get_size_inches() * 72
    places = [
        (artist.get_text(), *artist.get_position())
        for artist in figure.artists
        if isinstance(artist, Text)
    ]
    names = sorted(y for text, _, y in places if text.startswith("L0H"))

    assert all(0 < x < wide and 0 < y < high for _, x, y in places)
    assert min(np.diff(names)) >= 1.15 * 5.9
    aspect = facts.height_pt / facts.width_pt
    is_wide = facts.width_pt > facts.column_pt + 1
    assert aspect == pytest.approx(0.35 if is_wide else 0.5, abs=0.001)


def test_a_page_too_small_is_refused() -> None:
    """With the number."""
    values = np.array([[0.2], [0.3], [0.4]])
    with pytest.raises(DrawingError) as caught:
        drawn(trend_value(STEPS, values), height="60pt")

    assert str(caught.value) == (
        "style.height: '60pt' is too little for the chart and its title; "
        "95 pt at least is right"
    )


@given(steps=st.lists(st.integers(0, 10**6), min_size=2, max_size=9, unique=True))
def test_steps_lie_on_their_axis(steps: list[int]) -> None:
    """In order, from end to end, with ticks between the ends."""
    numbers = sorted(map(float, steps))
    axis = axis_of_steps(numbers)
    places = [axis.position(one) for one in numbers]

    assert places[0] == pytest.approx(0)
    assert places[-1] == pytest.approx(1)
    assert places == sorted(places)
    assert axis.logarithmic == (numbers[0] > 0 and numbers[-1] / numbers[0] >= 30)
    assert all(axis.low <= tick <= axis.high for tick in (*axis.ticks, *axis.minor))
    assert axis.ticks


@given(numbers=st.lists(st.floats(-5, 1000), min_size=1, max_size=9))
def test_numbers_lie_on_their_axis(numbers: list[float]) -> None:
    """Which holds 0 and all of them."""
    axis = axis_of_numbers(numbers, is_share=False)

    assert axis.low <= min(*numbers, 0.0) * (1 - 1e-5)
    assert axis.high >= max(*numbers, 0.0) * (1 - 1e-5)
    assert axis.low < axis.high
    assert list(axis.ticks) == sorted(axis.ticks)


@given(wanted=st.lists(st.floats(-100, 100), min_size=1, max_size=6), apart=st.floats(0.5, 20))
def test_names_are_apart_and_in_order(wanted: list[float], apart: float) -> None:
    """And where there is room, where they are wanted."""
    places = spread(wanted, apart)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])

    gaps = np.diff([places[index] for index in order])
    assert (gaps >= apart - 1e-6).all()
    if (np.diff(sorted(wanted)) >= apart).all():
        assert places == pytest.approx(wanted)


def test_it_survives_its_file_and_needs_seaborn_for_bands_only() -> None:
    """What is not drawn is not loaded."""
    code = (
        "import sys; from paperfig.kinds import KINDS; KINDS['trend'].draw; "
        "assert not {'seaborn', 'matplotlib.pyplot', 'torch'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    data = trend_value(STEPS, np.array([[0.2], [0.3], [0.4]]))
    assert drawn(replace(data))[1] == drawn(data)[1]
