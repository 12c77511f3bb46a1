"""The kind ``lines``: a line a weight, from its query on the left to its key on the right."""

from typing import Any

import numpy as np
import pytest
from artists import texts_of
from matplotlib.patches import PathPatch
from matplotlib.text import Text

import paperfig
from paperfig.drawing.palettes import palette
from paperfig.errors import PaperfigError

TOKENS = ["The", "Ġlamp", "Ġwent", "Ġout"]
WEIGHTS = np.array([[1, 0, 0, 0], [0.75, 0.25, 0, 0], [0.05, 0.45, 0.5, 0], [0, 0.1, 0, 0.9]])

Line = tuple[float, float, float, float]


def lines_figure(given: np.ndarray = WEIGHTS, **changes: Any) -> paperfig.Figure:
    """Lines of TOKENS' attention."""
    return paperfig.draw(given, **{"tokens": TOKENS, "figure": "lines"} | changes)


def text_at(figure: paperfig.Figure) -> list[tuple[str, float, float]]:
    """Each text, where it begins, and how far its baseline is below the upper edge."""
    return [
        (one.get_text(), *one.get_position())
        for one in figure.matplotlib.artists
        if isinstance(one, Text)
    ]


def strokes(figure: paperfig.Figure) -> list[tuple[str, float, Line]]:
    """Colour and width of each line between rails, with its ends; in the order of drawing."""
    found = []
    for artist in figure.matplotlib.artists:
        if isinstance(artist, PathPatch) and artist.get_linewidth() > 0.4:
            colour = "".join(f"{round(255 * it):02x}" for it in artist.get_edgecolor()[:3])
            ends = np.asarray(artist.get_path().vertices).reshape(-1, 4)
            found += [(colour, artist.get_linewidth(), tuple(line)) for line in ends.tolist()]
    return [one for one in found if one[2][0] != one[2][2]]


def test_each_weight_is_a_line_from_its_query_to_its_key() -> None:
    """The ends stand at the heights of their tokens: queries left, keys right."""
    figure = lines_figure(style={"colorbar": "none"})
    labels = text_at(figure)
    assert [text for text, *_ in labels if text in {"query", "key"}] == ["query", "key"]
    rows = [
        y for text, _, y in labels if text == "The" or text.endswith(("lamp", "went", "out"))
    ]
    at = {round(y, 3): place % 4 for place, y in enumerate(rows)}
    baseline = rows[0] - min(line[1] for *_, line in strokes(figure))
    drawn = [
        (at[round(line[1] + baseline, 3)], at[round(line[3] + baseline, 3)])
        for *_, line in strokes(figure)
    ]

    expected = [tuple(place) for place in np.argwhere(WEIGHTS >= 0.1).tolist()]
    assert sorted(drawn) == sorted(expected)
    assert all(line[0] < line[2] for *_, line in strokes(figure))
    assert figure.facts["drawn"]["lines"] == len(expected)


def test_width_and_ink_grow_with_the_weight_and_the_largest_lie_on_top() -> None:
    """0.3 pt and 1.5 pt for each share of the scale's end; colours are the palette's."""
    shown = strokes(lines_figure(style={"colorbar": "none"}))
    expected = np.sort(WEIGHTS[WEIGHTS >= 0.1])

    assert [width for _, width, _ in shown] == pytest.approx(0.3 + 1.5 * expected)
    colours = palette()[[60 + round(weight * 194) for weight in expected]]
    assert [colour for colour, *_ in shown] == [bytes(it).hex() for it in colours]


def test_the_caption_says_what_has_no_line() -> None:
    """The share of all weight, of all heads together."""
    figure = lines_figure(np.stack([WEIGHTS, np.eye(4)]), options={"least": 0.3})

    assert (
        "A line from a query (left) to a key (right) is the thicker and the darker the larger "
        "its weight, up to 1. Weights below 0.3, together 5\\% of all, have no line."
    ) in figure.caption
    assert figure.facts["drawn"]["left_out"] == pytest.approx((0.25 + 0.05 + 0.1) / 8)
    assert "No weight is below 0.05, from which on" in str(
        lines_figure(options={"least": 0.05}).caption
    )


def test_the_legend_shows_strokes_of_the_scale() -> None:
    """The least weight that has a line, a quarter, a half and the end; fewer where close."""
    shown = texts_of(lines_figure().matplotlib)
    half = texts_of(lines_figure(options={"least": 0.4}).matplotlib)

    assert shown[-5:] == ["weight", "≥ 0.1", "0.25", "0.5", "1.0"]
    assert half[-3:] == ["weight", "≥ 0.4", "1.0"]


def test_tokens_stand_once_at_the_outer_sides() -> None:
    """Of a row of panels; keys of another text are at the right."""
    several = texts_of(lines_figure(np.stack([WEIGHTS] * 3)).matplotlib)
    assert [text for text in several if text.startswith("head")] == [
        "head 0",
        "head 1",
        "head 2",
    ]
    assert several.count("The") == 2

    cross = lines_figure(
        np.full((2, 3), 1 / 3), tokens=["Das", "ĠHaus"], key_tokens=["The", "Ġold", "Ġhouse"]
    )
    assert [it for it in texts_of(cross.matplotlib) if it != "␣"][:7] == [
        "query", "Das", "Haus", "key", "The", "old", "house",
    ]  # fmt: skip


def test_heads_of_layers_stand_a_layer_a_row() -> None:
    """Where the page has room for them."""
    figure = lines_figure(
        (np.stack([WEIGHTS] * 2)[None], np.stack([WEIGHTS] * 2)[None]),
        head=["L0H0", "L0H1", "L1H0", "L1H1"],
    )
    heights = {text: y for text, _, y in text_at(figure) if text.startswith("L")}

    assert heights["L0H0"] == heights["L0H1"] < heights["L1H0"] == heights["L1H1"]


def test_fifty_tokens_fit_and_more_are_refused() -> None:
    """At 5 pt; a map shows more."""
    assert lines_figure(np.eye(50), tokens=[" a"] * 50).facts["height_pt"] < 360
    with pytest.raises(PaperfigError) as fault:
        str(lines_figure(np.eye(512), tokens=[" a"] * 512).caption)

    assert str(fault.value) == (
        "excerpt: 512 tokens as lines are 3021 pt high; at most 50 in 300 pt, or "
        "`figure: map`, is right"
    )


@pytest.mark.parametrize("token", ["a", " ", "\n", "<A9>"])
def test_one_token_of_any_kind_is_drawn(token: str) -> None:
    """A line to itself."""
    figure = lines_figure(np.ones((1, 1)), tokens=[token], tokens_as="text")

    assert figure.facts["drawn"] == {"lines": 1, "left_out": 0.0}


@pytest.mark.parametrize(
    ("given", "changes", "message"),
    [
        (
            np.full((4, 4), 0.25),
            {"options": {"least": 0.5}},
            "least: no weight is as large as 0.5; the largest is 0.25; less is right",
        ),
        (
            WEIGHTS,
            {"style": {"mark": [{"query": 1, "key": 0}]}},
            "draw: style.mark: not a key of lines but of map, context, scores or compare; "
            "leave it out",
        ),
        (
            WEIGHTS,
            {"style": {"scale": "sqrt"}},
            "draw: style.scale: sqrt is for figure: map, figure: context, figure: scores, "
            "figure: atlas or figure: compare; linear is right",
        ),
        (
            WEIGHTS,
            {"style": {"width": "60pt"}},
            "style.width: '60pt' leaves 22 pt for each panel; 34 pt at least is right",
        ),
        (
            WEIGHTS,
            {"style": {"height": "50pt"}},
            "style.height: 4 tokens as lines are 24 pt high; at most 3 in 20 pt, or `figure: "
            "map`, is right",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(
    given: np.ndarray, changes: dict[str, Any], message: str
) -> None:
    """What is wrong, and what would be right."""
    with pytest.raises(PaperfigError) as fault:
        str(lines_figure(given, **changes).caption)

    assert str(fault.value) == message
