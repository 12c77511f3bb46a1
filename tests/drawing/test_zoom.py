"""A window of maps, drawn large beside a whole one: cells, labels, frames, places."""

from dataclasses import replace

import numpy as np
import pytest
from artists import texts_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch
from values_of import figure_value, map_value, random_figure, scored_figure, signed_value

from paperfig.drawing.cells import Cells
from paperfig.drawing.page import page_of
from paperfig.drawing.pdf import settings as pdf_settings
from paperfig.errors import DrawingError, ExcerptError
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec

WORDS = tuple(f"w{place}" for place in range(40))


def drawn(data, kind="map", **style):
    """The figure and its facts."""
    with pdf_settings():
        return KINDS[kind].draw(data, page_of(StyleSpec(**style)))


def panels_of(figure):
    """All grids of cells, the whole map's first, and the colour bars."""
    grids = [artist for artist in figure.artists if isinstance(artist, Cells)]
    return [one for one in grids if min(one.levels.shape) > 1], [
        one for one in grids if min(one.levels.shape) == 1
    ]


def lines_of(figure, colour):
    """The corners of all lines of a colour, in points from the lower left corner."""
    patches = [artist for artist in figure.artists if isinstance(artist, PathPatch)]
    high = 72 * figure.get_figheight()
    return [
        patch.get_path().vertices * (1, -1) + (0, high)
        for patch in patches
        if patch.get_linewidth() and patch.get_edgecolor()[:3] == pytest.approx(to_rgb(colour))
    ]


def spiked(n_token=40, query=30, key=22):
    """Uniform causal rows but for one cell that has all of its row's weight."""
    mask = np.tril(np.ones((n_token, n_token), dtype=bool))
    weights = mask / mask.sum(axis=1, keepdims=True)
    weights[query] = 0
    weights[query, key] = 1
    return figure_value(map_value(weights[None], mask, tokens=WORDS[:n_token]))


def test_the_window_has_its_own_cells_and_the_whole_map_all():
    """The spike is cell (30, 22) of the whole, and (10, 2) of queries 20–31 × keys 20–31."""
    figure, facts = drawn(spiked(), zoom=(20, 31))
    (whole, window), _ = panels_of(figure)

    assert whole.levels.shape == (40, 40)
    assert window.levels.shape == (12, 12)
    assert np.argwhere(window.levels == window.levels.max()).tolist() == [[10, 2]]
    assert (window.levels == whole.levels[20:32, 20:32]).all()
    assert facts.window == ((20, 31), (20, 31))
    assert facts.n_cells == 40 * 41 // 2


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_window_shows_the_cells_of_the_whole(data):
    """Whatever its queries and keys are, wherever the window lies."""
    queries, keys = (
        tuple(sorted(data.draw(st.tuples(*2 * [st.integers(0, 23)])))) for _ in range(2)
    )
    assume((queries, keys) != ((0, 23), (0, 23)) and min(b - a for a, b in (queries, keys)) > 0)
    style = {"zoom": {"queries": queries, "keys": keys}, "labels": "index"}
    figure, _ = drawn(random_figure(24), **style)
    (whole, window), _ = panels_of(figure)

    rows, columns = slice(queries[0], queries[1] + 1), slice(keys[0], keys[1] + 1)
    assert (window.levels == whole.levels[rows, columns]).all()


def test_of_one_map_the_window_is_twice_as_wide_and_right_of_it():
    """Both begin at the same height; the bar lies beneath the whole, as wide."""
    figure, _ = drawn(spiked(), zoom=(20, 31))
    (whole, window), (bar,) = panels_of(figure)
    (left, top, wide, high), (other_left, other_top, other_wide, _) = whole.box, window.box

    assert other_wide == pytest.approx(2 * wide, rel=0.01)
    assert high == pytest.approx(wide)
    assert top == pytest.approx(other_top)
    assert other_left > left + wide
    assert bar.box[0] >= left
    assert bar.box[0] + bar.box[2] <= left + wide
    assert bar.box[1] < top - high


def test_the_labels_are_those_of_the_window():
    """Tokens 20 to 31 at the window, indices at the whole; one of the axes says query."""
    texts = texts_of(drawn(spiked(), zoom=(20, 31), width="page")[0])

    assert sorted(text for text in texts if text in WORDS) == sorted(2 * WORDS[20:32])
    assert texts.count("query") == 1
    assert texts.count("key") == 2
    assert "right: tokens 20–31" in texts


def test_indices_of_a_window_count_on():
    """Round ones of the whole text, not of the window."""
    texts = texts_of(drawn(random_figure(200), zoom=(93, 127), labels="index")[0])

    assert {"100", "110", "120"} <= set(texts)
    assert "93" not in texts


def test_queries_and_keys_may_differ():
    """What is named says both."""
    zoom = {"queries": (30, 35), "keys": (20, 31)}
    texts = texts_of(drawn(spiked(), zoom=zoom, width="page")[0])

    assert "right: queries 30–35, keys 20–31" in texts
    figure, facts = drawn(spiked(), zoom=zoom)
    assert panels_of(figure)[0][1].levels.shape == (6, 12)
    assert facts.window == ((30, 35), (20, 31))


@pytest.mark.parametrize(
    ("zoom", "said"),
    [
        (31, "token 31"),
        ({"queries": 31, "keys": (0, 31)}, "query 31, keys 0–31"),
        ({"queries": (30, 35), "keys": 22}, "queries 30–35, key 22"),
    ],
)
def test_one_row_or_column_is_named_as_one(zoom, said):
    """On any page that is wide enough."""
    assert f"right: {said}" in texts_of(drawn(spiked(), zoom=zoom, width="page")[0])


def test_the_window_is_framed_in_the_whole():
    """The line's corners are those of its cells."""
    figure, _ = drawn(spiked(), zoom=(20, 29))
    (left, top, wide, _) = panels_of(figure)[0][0].box
    frames = [line for line in lines_of(figure, "#d55e00") if len(line) == 5]
    cell = wide / 40

    corners = frames[0]
    assert corners[:, 0].min() == pytest.approx(left + 20 * cell)
    assert corners[:, 0].max() == pytest.approx(left + 30 * cell)
    assert corners[:, 1].max() == pytest.approx(top - 20 * cell)
    assert corners[:, 1].min() == pytest.approx(top - 30 * cell)
    assert len(frames) == 2  # and the window itself


def test_a_query_whose_keys_lie_outside_is_not_one_without_keys():
    """Row 20 of the window 20–31 has keys, though none among keys 25 to 31."""
    figure, facts = drawn(spiked(), zoom={"queries": (20, 31), "keys": (25, 31)})

    assert lines_of(figure, "#bdbdbd") == []
    assert facts.no_key_rows == 0
    mask = np.tril(np.ones((40, 40), dtype=bool), -1)
    weights = mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    hidden = figure_value(map_value(weights[None], mask, tokens=WORDS))
    figure, facts = drawn(hidden, zoom=(0, 9))
    assert len(lines_of(figure, "#bdbdbd")) == 2  # in the whole, and in the window
    assert facts.no_key_rows == 1


def test_marks_are_drawn_in_both_as_far_as_the_window_reaches():
    """In another colour than the window's frame."""
    marks = ({"queries": (25, 35), "keys": (18, 22)},)
    figure, facts = drawn(spiked(), zoom=(20, 31), mark=marks)
    (_, window), _ = panels_of(figure)
    left, top, wide, _ = window.box
    cell = wide / 12
    (in_whole, inside) = [line for line in lines_of(figure, "#009e73") if len(line) == 5]

    assert in_whole[:, 0].max() < left
    assert inside[:, 0].max() == pytest.approx(left + 3 * cell)
    assert inside[:, 1].max() == pytest.approx(top - 5 * cell)
    assert facts.marks == (((25, 35), (18, 22)),)


def test_one_scale_for_the_whole():
    """A window without the spike is as pale as the whole around it."""
    figure, facts = drawn(spiked(), zoom=(0, 9), limits="full")
    (whole, window), _ = panels_of(figure)

    assert facts.limits == (0.0, 1.0)
    assert (window.levels == whole.levels[:10, :10]).all()


@settings(max_examples=20, deadline=None)
@given(
    zoom=st.sampled_from([(0, 3), (5, 16), (20, 20)]),
    scale=st.sampled_from([{"limits": (0.05, 0.2)}, {"scale": "relative", "limits": (0.5, 2)}]),
)
def test_counted_is_what_is_drawn(zoom, scale):
    """The whole map of the first head, and of the others what the window shows."""
    data = random_figure(24, heads=3)
    (attention,), (low, high) = data.maps, scale["limits"]
    _, facts = drawn(data, zoom=zoom, **scale)

    over = under = count = 0
    for head in range(3):
        for query in range(24):
            keys = attention.mask[query].sum()
            for key in np.flatnonzero(attention.mask[query]):
                inside = all(zoom[0] <= place <= zoom[1] for place in (query, key))
                if head and not inside:
                    continue
                weight = float(attention.weights[head, query, key])
                value = weight * keys if "scale" in scale else weight
                count += 1
                over += value > high * (1 + 1e-6)
                under += value < low * (1 - 1e-6)
    assert (facts.n_cells, facts.over, facts.under) == (count, over, under)


def test_counted_differences_are_those_of_the_window():
    """A comparison draws none of them whole; and of the weights the first variant's."""
    data = random_figure(24, heads=2)
    (two,) = data.maps
    maps = [
        replace(two, weights=two.weights[[at]], heads=(0,), variant=label)
        for at, label in enumerate("ab")
    ]
    variants = [replace(data.variants[0], label=label) for label in "ab"]
    both = replace(data, kind="compare", variants=tuple(variants), maps=tuple(maps))
    changes = (two.weights[1].astype(np.float64) - two.weights[0])[8:16, 8:16]
    _, facts = drawn(both, "compare", zoom=(8, 15))

    changes = changes[np.tril(np.ones((8, 8), dtype=bool))]
    differences = facts.differences
    assert facts.n_cells == 24 * 25 // 2 + 8 * 9 // 2
    assert differences.n_cells == changes.size == 36
    assert differences.over == (changes > differences.limits[1]).sum()
    assert differences.under == (changes < differences.limits[0]).sum()


def test_of_signed_values():
    """They have a window as weights do."""
    values = np.random.default_rng(0).normal(size=(1, 40, 40))
    figure, _ = drawn(figure_value(signed_value(values)), zoom=(10, 19))
    (whole, window), _ = panels_of(figure)

    assert (window.levels == whole.levels[10:20, 10:20]).all()


def test_several_heads_have_windows_beside_the_first_whole():
    """The whole bears the first one's title, and is smaller than the windows."""
    figure, _ = drawn(random_figure(24, heads=3), zoom=(4, 11))
    (whole, *windows), _ = panels_of(figure)

    assert [one.levels.shape for one in windows] == 3 * [(8, 8)]
    assert whole.levels.shape == (24, 24)
    assert texts_of(figure).count("head 0") == 2
    assert whole.box[2] < windows[0].box[2]


def test_scores_and_weights_of_a_window():
    """Beside them the whole map of the weights."""
    data = scored_figure(24)
    figure, facts = drawn(data, "scores", zoom=(8, 15), width="page")
    (whole, scores, weights), _ = panels_of(figure)

    assert whole.levels.shape == (24, 24)
    assert scores.levels.shape == (8, 8)
    assert (weights.levels == whole.levels[8:16, 8:16]).all()
    assert facts.window == ((8, 15), (8, 15))


@pytest.mark.parametrize(
    ("zoom", "error", "message"),
    [
        ((0, 39), DrawingError, "style.zoom: it is the whole map; leave it out"),
        (
            (30, 40),
            ExcerptError,
            "style.zoom: 40 is outside the excerpt of 40 tokens; 0 to 39 is right",
        ),
        (
            {"queries": (3, 1), "keys": (0, 4)},
            ExcerptError,
            "style.zoom.queries: [3, 1] runs backwards; [first, last] is right",
        ),
    ],
)
def test_a_window_that_there_is_not(zoom, error, message):
    """The whole message."""
    with pytest.raises(error) as caught:
        drawn(spiked(), zoom=zoom)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ({"width": "80pt"}, "9.6 pt for the whole map; 20 pt at least is right: a wider page"),
        (
            {"width": "150pt", "columns": 4},
            "12.9 pt for the whole map; 20 pt at least is right: a wider page, or fewer panels "
            "in a row",
        ),
    ],
)
def test_a_page_without_room_for_the_whole(style, message):
    """What is right there: fewer panels in a row, unless there is one."""
    heads = style.get("columns", 1)
    with pytest.raises(DrawingError) as caught:
        drawn(random_figure(24, heads=heads), zoom=(4, 11), **style)
    assert str(caught.value) == f"style.zoom: it leaves {message}"
