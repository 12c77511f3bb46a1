"""The kind ``profile``: bars are weights, each above its token; the text is whole."""

import re
from itertools import pairwise
from typing import Any

import hypothesis
import matplotlib.patches
import numpy as np
import pytest
from artists import texts_of
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

import paperfig
from paperfig.drawing.fonts import BUNDLED, Faces, faces_for
from paperfig.errors import PaperfigError
from paperfig.kinds.profile.prose import lines_of, written
from paperfig.values.tokens import Tokens

TOKENS = ["The", "Ġlamp", "Ġwent", "Ġout", ",", "Ġand", "Ġno", "body", "Ġcame"]
BLUE, VERMILION = (0, 114, 178), (213, 94, 0)
HIGH = 12.0  # points, of a full bar


def weights(*rows: list[float], length: int = len(TOKENS)) -> np.ndarray:
    """Causal heads whose last queries have these rows; others attend to the first key."""
    made = np.zeros((len(rows), length, length))
    made[:, :, 0] = 1
    for head, row in enumerate(rows):
        made[head, -1] = row
    return made


ROW = [0.1, 0.4, 0.0, 0.04, 0.0, 0.06, 0.2, 0.16, 0.04]


def profile(given: np.ndarray, **changes: Any) -> paperfig.Figure:
    """A profile of TOKENS' attention."""
    return paperfig.draw(given, **{"tokens": TOKENS, "figure": "profile"} | changes)


def bars(figure: paperfig.Figure) -> list[tuple[tuple[int, ...], float, float, float]]:
    """Colour, left end, width and height of each bar, in points."""
    found = []
    for artist in figure.matplotlib.artists:
        if isinstance(artist, matplotlib.patches.PathPatch) and artist.get_fill():
            if artist.get_facecolor()[3] == 0:
                continue
            (x0, y0), (x1, y1) = artist.get_path().get_extents().get_points()
            colour = tuple(round(255 * part) for part in artist.get_facecolor()[:3])
            found.append((colour, x0, x1 - x0, y1 - y0))
    return found


def places(figure: paperfig.Figure) -> dict[str, tuple[float, float]]:
    """Where each text begins."""
    return {
        one.get_text(): one.get_position()
        for one in figure.matplotlib.artists
        if isinstance(one, Text)
    }


def test_a_bar_is_its_weight_above_its_token() -> None:
    """Heights over the full one are weights; each begins where its token does."""
    figure = profile(weights(ROW))
    (swatch, *shown), at = bars(figure), places(figure)
    heights = [round(height / HIGH * 0.4, 6) for *_, height in shown]

    assert swatch[2:] == pytest.approx((4.6, 4.6))
    assert heights == [weight for weight in ROW if weight]
    names = [name.lstrip("Ġ") for name, weight in zip(TOKENS, ROW, strict=True) if weight]
    assert [round(left - 0.25, 6) for _, left, *_ in shown] == [
        round(at[name][0], 6) for name in names
    ]
    assert at["full height = weight 0.4"][1] == at["map"][1]


def test_the_largest_weights_are_named_in_picture_and_caption() -> None:
    """At most ``top`` of them, from ``least`` on; the caption adds them up."""
    figure = profile(weights(ROW))
    numbers = [text for text in texts_of(figure.matplotlib) if re.fullmatch(r"[0-9.]+", text)]

    assert numbers == ["0.4", "0.2", "0.16", "0.1", "0.06"]
    assert (
        "The bar above each token is its weight, at full height 0.4. Largest weights: 0.4 on "
        "`\\textvisiblespace{}lamp', 0.2 on `\\textvisiblespace{}no', 0.16 on `body', 0.1 on "
        "`The' and 0.06 on `\\textvisiblespace{}and', together 0.92. Boxed: the query."
    ) in figure.caption
    two = profile(weights(ROW), options={"top": 2})
    assert two.facts["drawn"]["heads"][0]["share"] == pytest.approx(0.6)
    assert [key["index"] for key in two.facts["drawn"]["heads"][0]["keys"]] == [1, 6]
    least = profile(weights(ROW), options={"least": 0.16}).facts["drawn"]["heads"][0]["keys"]
    assert [key["weight"] for key in least] == [0.4, 0.2, 0.16]


def test_several_heads_have_a_lane_each() -> None:
    """Coloured, from the top in their order, on one scale, without numbers."""
    figure = profile(weights(ROW, ROW[::-1]), head=[3, 5])
    shown = bars(figure)
    blue = [bar for bar in shown if bar[0] == BLUE][1:]
    vermilion = [bar for bar in shown if bar[0] == VERMILION][1:]

    assert [round(height / 8 * 0.4, 6) for *_, height in blue] == [it for it in ROW if it]
    assert [round(height / 8 * 0.4, 6) for *_, height in vermilion] == [
        it for it in ROW[::-1] if it
    ]
    assert [text for text in texts_of(figure.matplotlib) if text[0].isdigit()] == []
    assert "Largest weights, lanes from the top: head 3: 0.4 on " in figure.caption


def test_a_phrase_of_several_tokens_shows_their_mean() -> None:
    """Exactly; the caption says so, and what they cannot see is grey."""
    given = weights(ROW)
    given[0, 6, :7] = [0, 0, 0, 0, 0.5, 0.25, 0.25]
    given[0, 7, :8] = [0.5, 0, 0, 0.5, 0, 0, 0, 0]
    figure = profile(given, options={"query": "nobody"})

    held = figure._data.table["weights"].values
    assert held.tolist() == [[0.25, 0, 0, 0.25, 0.25, 0.125, 0.125, 0, 0]]
    assert figure.caption.startswith(
        "Mean attention from queries `\\textvisiblespace{}no' to `body' on "
    )
    grey = [
        one.get_text()
        for one in figure.matplotlib.artists
        if isinstance(one, Text) and one.get_color() == "#9a9a9a"
    ]
    assert grey == ["came"]
    assert "Boxed: the query; grey: tokens that it does not see." in figure.caption


def test_keys_of_another_text_are_drawn_and_the_query_named() -> None:
    """The text is the keys'; the query stands above it."""
    given = np.array([[0.5, 0.25, 0.25], [0, 0, 1.0]])
    figure = paperfig.draw(
        given, tokens=["Das", "ĠHaus"], key_tokens=["The", "Ġold", "Ġhouse"], figure="profile"
    )

    assert texts_of(figure.matplotlib) == [
        "map", "full height = weight 1.0", "query", "Haus", "1.0", "The", "old", "house",
    ]  # fmt: skip
    assert figure.caption.startswith("Attention from query `\\textvisiblespace{}Haus' on ")
    assert "Boxed" not in figure.caption


def test_a_character_of_several_tokens_is_drawn_once() -> None:
    """Whole at the first, a dot at those that go on; white space as a mark."""
    given = weights([0.25, 0.25, 0.25, 0.25], length=4)
    figure = profile(given, tokens=["Ã", "©", "Ġa", "Ċ"], options={"top": 0})

    assert texts_of(figure.matplotlib)[2:] == ["é", "·", "a", "↵"]
    assert "A dot goes on the character before it." in figure.caption


def test_words_of_bert_stand_apart() -> None:
    """Spaces that no token holds are there all the same; pieces of a word are not parted."""
    spelled = paperfig.draw(
        weights([0.2] * 5, length=5),
        tokens=["[CLS]", "play", "##ing", "games", "[SEP]"],
        figure="profile",
    )
    at = places(spelled)
    faces = Faces(BUNDLED)
    size = 8 * 72 / 72.27

    assert at["ing"][0] == pytest.approx(at["play"][0] + faces.width("play", size))
    assert at["games"][0] == pytest.approx(
        at["ing"][0] + faces.width("ing", size) + faces.width(" ", size)
    )


def test_long_texts_leave_out_lines_of_little_weight() -> None:
    """Of 512 tokens those lines with 1 % of the weight, and the query's."""
    row = np.zeros(512)
    row[[40, 300]] = 0.7, 0.3
    names = [f"Ġword{place}" for place in range(512)]
    figure = profile(weights(row.tolist(), length=512), tokens=names)
    told, texts = figure.facts["drawn"], texts_of(figure.matplotlib)

    assert {"word40", "word300", "word511"} < set(texts)
    gaps = [int(text.split()[1]) for text in texts if text.startswith("…")]
    assert (sum(gaps), told["line_least"]) == (told["left_out"], 0.01)
    assert len([text for text in texts if text.startswith("word")]) + sum(gaps) == 512
    assert "Lines with less than 1\\% of the weight are left out." in figure.caption


def test_one_token_is_drawn() -> None:
    """It attends to itself."""
    figure = profile(np.ones((1, 1)), tokens=["Yes"])

    assert texts_of(figure.matplotlib) == ["map", "full height = weight 1.0", "1.0", "Yes"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"options": {"query": 9}},
            "query: 9 is outside the excerpt of 9 tokens; 0 to 8 is right",
        ),
        (
            {"options": {"query": "moth"}},
            "query: 'moth' does not stand in the excerpt, which begins 'The lamp went out, and "
            "nobody came'; a phrase just as the text has it is right",
        ),
        (
            {"options": {"top": 6}},
            "draw: top: 6 is out of range; a whole number from 0 to 5 is right",
        ),
        (
            {"style": {"scale": "log"}},
            "draw: style.scale: log is for figure: map, figure: context, figure: scores, "
            "figure: atlas or figure: compare; linear is right",
        ),
        (
            {"style": {"limits": [0.1, 0.5]}},
            "style.limits: [0.1, 0.5] for lengths, which begin at 0; [0, 0.5] is right",
        ),
        (
            {"style": {"mark": [{"query": 1, "key": 0}]}},
            "draw: style.mark: not a key of profile but of map, context, scores or compare; "
            "leave it out",
        ),
        (
            {"style": {"height": "20pt"}},
            "style.height: '20pt' is too little for the text with its bars; 46 pt at least "
            "is right",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(changes: dict[str, Any], message: str) -> None:
    """What is wrong, and what would be right."""
    with pytest.raises(PaperfigError) as fault:
        str(profile(weights(ROW), **changes).caption)

    assert str(fault.value) == message


def test_a_letter_that_no_font_has_is_named() -> None:
    """Prose is nothing without it; a map can do without."""
    rare = map(chr, (0x12F90, 0x10570, 0x16A70, 0x11FC0, 0x16E40, 0x10FB0))
    letter = next(one for one in rare if faces_for([one])[1])
    with pytest.raises(PaperfigError) as fault:
        str(profile(weights(ROW), tokens=[*TOKENS[:8], letter]).caption)

    assert str(fault.value) == (
        f"token 8 {letter!r}: no font has U+{ord(letter):04X}; install one that has, or draw "
        "`map` with `labels: index`"
    )


def test_more_heads_than_lanes_are_refused() -> None:
    """Some of them, or their mean, are right."""
    with pytest.raises(PaperfigError) as fault:
        str(profile(weights(*[ROW] * 5)).caption)

    assert str(fault.value) == (
        "head: a profile shows at most 4 heads above a text, not 5; name some of them; mean or "
        "`figure: map` is right too"
    )
    mean = profile(weights(ROW, ROW[::-1]), head="mean")
    assert mean._data.table["weights"].values[0] == pytest.approx(
        (np.array(ROW) + ROW[::-1]) / 2
    )


def test_a_query_without_a_key_is_refused() -> None:
    """A row that the mask leaves empty has no profile."""
    given = np.tril(np.ones((3, 3)), -1)
    given[2] /= 2
    with pytest.raises(PaperfigError) as fault:
        profile(given, tokens=["a", "b", "c"], mask=given > 0, options={"query": 0})

    assert str(fault.value) == (
        "query: token 0 has no key at all under this mask; a query that has a key is right"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"qery": 3}, "draw: qery: unknown key; did you mean query?"),
        (
            {"checkpoint": "a.pt"},
            "draw: options: checkpoint is a key of every kind; those that only this kind takes "
            "are right",
        ),
    ],
)
def test_options_are_keys_of_the_kind(options: dict[str, Any], message: str) -> None:
    """As strictly read as a spec."""
    with pytest.raises(PaperfigError) as fault:
        profile(weights(ROW), options=options)

    assert str(fault.value) == message


WORD = st.text("abcdefghij", min_size=1, max_size=12)


@hypothesis.settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), WORD), min_size=1, max_size=60), st.floats(30, 300))
def test_lines_hold_every_token_once_and_no_more_than_fits(
    pieces: list[tuple[bool, str]], room: float
) -> None:
    """In order; a line ends within a word only where the word is wider than it."""
    labels = tuple((" " if blank else "") + word for blank, word in pieces)
    text = written(Tokens(labels=labels), None)
    faces = Faces(BUNDLED)
    lines = lines_of(text, faces, 7.0, room)

    assert [one.token for line in lines for one in line] == list(range(len(labels)))
    for line in lines:
        assert all(a.right <= b.left + 1e-9 for a, b in pairwise(line))
        assert line[-1].right <= room + 1e-9
