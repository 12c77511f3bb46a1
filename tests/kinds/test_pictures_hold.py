"""Pictures of every kind hold: type to read, margins, nothing on anything else."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from artists import texts_of
from ink import faults, ink_of
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from revisions.compared import compared
from revisions.heads import fixed_map
from revisions.pictures import scored
from revisions.trends import trend_value
from values_of import as_kind, figure_value, random_figure, scored_figure
from variations import FEATURES, OF_EACH_KIND, choices, features_of, variation

import paperfig
from paperfig.drawing.canvas import Canvas
from paperfig.drawing.charts.names import COLOURS
from paperfig.drawing.fonts import faces_for
from paperfig.drawing.render import draw_figure
from paperfig.errors import DrawingError
from paperfig.kinds import KINDS, kind_named
from paperfig.specs.style import StyleSpec
from paperfig.values.tokens import Tokens

MOST_REFUSED = OF_EACH_KIND // 4
"""Of each kind, how many figures may say that they have no room: half a column is narrow."""


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_hold(kind: str) -> None:
    """No text is small, cut, or on another, on cells or on a line, in any variation."""
    found, refused = dict[str, list[str]](), list[str]()
    for choice in choices(kind):
        try:
            one = variation(kind, choice)
            draw = partial(kind_named(kind).draw, **one.own)
            figure = draw_figure(draw, one.data, one.style).figure
        except DrawingError as error:
            refused.append(str(error))
            continue
        if wrong := faults(figure):
            found[one.name] = wrong

    assert found == {}
    assert all("; " in each for each in refused)
    assert len(refused) <= MOST_REFUSED, refused


@pytest.mark.parametrize("kind", FEATURES)
def test_every_value_is_chosen(kind: str) -> None:
    """Of every feature of a kind."""
    chosen = list(choices(kind))

    assert len(chosen) == OF_EACH_KIND
    for name, values in features_of(kind).items():
        assert {one[name] for one in chosen} == set(values)


def page_with(*texts: tuple[str, float, float], size: float = 6.0) -> Canvas:
    """A page of 100 × 50 pt with texts from these places on."""
    faces, _ = faces_for([text for text, *_ in texts])
    canvas = Canvas(100.0, 50.0, faces)
    for text, x, y in texts:
        canvas.label(text, (float(x), float(y)), size)
    return canvas


def cases() -> Iterator[tuple[str, Canvas, list[str]]]:
    """Pages with a fault each, and what is said of it."""
    yield "sound", page_with(("one", 10, 10), ("other", 10, 20)), []
    yield "small", page_with(("one", 10, 10), size=4.9), ["'one' is 4.90 pt"]
    yield "overlap", page_with(("one", 10, 10), ("other", 12, 11)), ["'one' lies on 'other'"]
    yield "cut", page_with(("page", 10, 48)), ["'page' has -1.11 pt below"]
    on_cells = page_with(("one", 10, 10))
    levels = np.array([[0, -1], [0, -1]], dtype=np.int16)
    grey = np.full((255, 3), 200, dtype=np.uint8)
    on_cells.cells(levels, grey, (5.0, 5.0, 40.0, 40.0))
    yield "cells", on_cells, ["'one' lies on (2, 2) cells"]
    on_paper = page_with(("one", 28, 10))
    on_paper.cells(levels, grey, (5.0, 5.0, 40.0, 40.0))
    yield "masked cells", on_paper, []
    crossed = page_with(("one", 10, 10))
    crossed.strokes([[(5.0, 5.0), (20.0, 15.0)]], "#000000", 0.4)
    yield "line", crossed, ["'one' lies on a line of 0.4 pt"]
    beside = page_with(("one", 10, 10))
    beside.strokes([[(5.0, 5.0), (5.0, 15.0), (30.0, 15.0)]], "#000000", 0.4)
    yield "line around", beside, []


@pytest.mark.parametrize(
    ("canvas", "expected"), [pytest.param(*rest, id=name) for name, *rest in cases()]
)
def test_faults_are_seen(canvas: Canvas, expected: list[str]) -> None:
    """Each kind of fault, and none where there is none."""
    assert faults(canvas.figure) == expected


def test_ink_is_that_of_pixels() -> None:
    """Of a text that stands and of one that runs upwards, to half a pixel at 1,000 dpi."""
    canvas = page_with(("Apfel", 20.0, 20.0))
    canvas.label("gym", (60.0, 40.0), 7.0, upright=True)
    figure = canvas.figure
    for each, artist in zip(ink_of(figure), figure.artists, strict=True):
        assert isinstance(artist, Text)
        assert each.bounds == pytest.approx(_bounds_of_pixels(figure, artist), abs=0.08)


def _bounds_of_pixels(figure: Figure, shown: Text) -> tuple[float, float, float, float]:
    """Where an artist alone leaves pixels, in points."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for artist in figure.artists:
        artist.set_visible(artist is shown)
    figure.set_dpi(1000)
    agg = FigureCanvasAgg(figure)
    agg.draw()
    dark = np.asarray(agg.buffer_rgba())[:, :, 3] > 128
    figure.set_dpi(100)
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    unit = 72 / 1000
    return (
        columns[0] * unit,
        50 - (rows[-1] + 1) * unit,
        (columns[-1] + 1) * unit,
        50 - rows[0] * unit,
    )


@pytest.mark.parametrize("query", range(9))
def test_the_box_around_a_query_touches_no_other_token(query: int) -> None:
    """Nor in scripts that are taller than Latin."""
    latin = ["The", " lamp", ",", " went", ".", "it", "é", "Å", "!"]
    for words in (latin, ["يأت", *"灯火在塔楼里燃烧"]):
        even = np.tril(np.ones((9, 9))) / np.arange(1, 10)[:, None]
        figure = paperfig.draw(even, tokens=words, figure="profile", options={"query": query})

        assert faults(figure.matplotlib) == []


@pytest.mark.parametrize("key", range(0, 120, 8))
@pytest.mark.parametrize("kind", ["map", "scores"])
def test_arrowheads_stand_below_titles(kind: str, key: int) -> None:
    """Wherever a title is, above panels of a page."""
    data = replace(scored_figure(128, heads=2), kind=kind)
    style = StyleSpec.model_validate({"venue": "icml", "mark": [{"query": 127, "key": key}]})
    figure = draw_figure(kind_named(kind).draw, data, style).figure

    assert faults(figure) == []


def test_a_chart_is_as_tall_as_its_title_needs() -> None:
    """In half of a column the title of numbers is longer than half of the width."""
    data = trend_value((1, 10, 100), np.array([[0.1], [0.2], [0.3]]))
    draw = partial(kind_named("trend").draw, statistic="previous", drawn=None)
    style = StyleSpec(venue="aps", width="0.48 column", font_size=9.0)
    figure = draw_figure(draw, data, style).figure
    title = next(one for one in ink_of(figure) if one.name == "weight on the previous token")

    assert 72 * figure.get_size_inches()[1] >= title.bounds[3] - title.bounds[1] + 2


def test_each_line_of_a_distance_bears_its_marker() -> None:
    """At its largest weight and at its name, in the shape that only it has."""
    rows = np.tril(np.ones((3, 64, 64)))
    for head, back in enumerate((1, 5, 9)):
        for query in range(back, 64):
            rows[head, query, query - back] = 500
    rows /= rows.sum(axis=2, keepdims=True)
    figure = paperfig.draw(rows, tokens=["a"] * 64, figure="distance").matplotlib
    areas = [one for one in figure.artists if isinstance(one, PathPatch) and one.get_fill()]
    corners = {
        colour: {len(one.get_path().vertices) for one in areas if has_colour(one, colour)}
        for colour in COLOURS[:3]
    }

    assert list(corners.values()) == [{25}, {5}, {4}]
    for colour in COLOURS[:3]:
        (line,) = (
            one
            for one in figure.artists
            if isinstance(one, PathPatch)
            and one.get_edgecolor()[:3] == to_rgb(colour)
            and one.get_linewidth() == 0.9
        )
        top = line.get_path().vertices[line.get_path().vertices[:, 1].argmin()]
        own = (one for one in areas if has_colour(one, colour))
        middles = [one.get_path().vertices[:-1].mean(axis=0) for one in own]

        assert min(float(np.abs(middle - top).max()) for middle in middles) < 0.3


def has_colour(area: PathPatch, colour: str) -> bool:
    """Whether an area is filled in a colour."""
    return bool(np.allclose(area.get_facecolor()[:3], to_rgb(colour), atol=0.002))


def test_the_last_chart_of_a_narrow_context_is_as_wide_as_both_above_it() -> None:
    """So that no paper is left blank beside it."""
    data = as_kind(figure_value(scored(24, heads=3)), "context")
    figure = draw_figure(kind_named("context").draw, data, StyleSpec(venue="icml")).figure
    frames = [
        one.bounds
        for one in ink_of(figure)
        if one.strokes is not None and len(one.strokes) == 2  # left and lower axis
    ]
    first, second, last = frames[-3:]

    assert (last[0], last[2]) == pytest.approx((first[0], second[2]))


def test_letters_of_neighbours_stand_apart() -> None:
    """Where short spans follow each other, letters are moved from their brackets' middles."""
    tokens = Tokens(
        labels=tuple(f" w{at}" for at in range(48)),
        spans={f"a name of length {at}": (at, at) for at in range(3)},
    )
    attention = replace(fixed_map(48, heads=1), queries=tokens, keys=tokens)
    style = StyleSpec(venue="icml", width="0.48 column")
    figure = draw_figure(kind_named("map").draw, figure_value(attention), style).figure

    assert faults(figure) == []
    assert {"a", "b", "c"} <= set(texts_of(figure))


@pytest.mark.parametrize("kind", ["map", "lines"])
def test_labels_of_tall_scripts_stand_apart(kind: str) -> None:
    """Farther than Latin ones of the same size."""
    words = ["كان", "المصباح", "يضيء", "البرج", "ولم", "يأت", "أحد"]
    tokens = tuple(f" {words[at % len(words)]}" for at in range(12))
    data = figure_value(fixed_map(12, heads=1, tokens=tokens))
    own = {key.name: key.default for key in KINDS[kind].keys}
    draw = partial(kind_named(kind).draw, **own)
    figure = draw_figure(draw, as_kind(data, kind, **own), StyleSpec(width="130pt")).figure

    assert faults(figure) == []


@pytest.mark.parametrize(("width", "labels"), [("150pt", 2), ("300pt", 5)])
def test_a_whole_map_has_as_many_indices_as_fit(width: str, labels: int) -> None:
    """By the size that it has, beside the window."""
    data = random_figure(64, heads=2)
    style = StyleSpec(width=width, zoom=(8, 12), titles=False, columns=1)
    figure = draw_figure(kind_named("map").draw, data, style).figure

    assert faults(figure) == []
    assert sum(one.isdigit() and int(one) % 10 == 0 for one in texts_of(figure)) > labels


def test_a_squeezed_whole_map_is_refused() -> None:
    """What beside a window nobody could see."""
    style = StyleSpec(width="0.48 column", venue="acl", zoom=(8, 12))
    with pytest.raises(DrawingError) as caught:
        draw_figure(kind_named("map").draw, random_figure(64, heads=9), style)

    assert str(caught.value) == (
        "style.zoom: it leaves 12.5 pt for the whole map; 20 pt at least is right: a wider "
        "page, or fewer panels in a row"
    )


def test_differences_have_titles_of_their_own_length() -> None:
    """Where the names of both sides have no room."""
    data = compared(*([fixed_map(9, heads=2, start=50 * at)] for at in range(3)))
    style = StyleSpec(venue="icml", width="130pt")
    figure = draw_figure(kind_named("compare").draw, data, style).figure

    assert texts_of(figure).count("difference") == 1 + 2 * 2
    assert "a: head 0" in texts_of(figure) or "a: H0" in texts_of(figure)
