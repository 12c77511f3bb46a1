"""What is quoted, and how it is cut."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from paperfig.captions.quotes import Quote, quote

TEXT = "In 1941, after the fall of France, the British government founded it."
WIKI = (
    ' \n = Lobster = \n \n The " blue " one , 0 @.@ 7 ( 1 @.@ 5 lb ) , is well @-@ known . \n'
)
ANY = st.text(st.characters(codec=None), max_size=80)
CLUSTERED = st.lists(
    st.sampled_from(
        [
            "a",
            " ",
            "\n",
            "e\u0301",
            "\U0001f1eb\U0001f1f7",
            "\u0928\u094d\u0928",
            "z" + 9 * "\u0301",
        ]
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("text", "limit", "style", "expected"),
    [
        (
            TEXT,
            50,
            "plain",
            Quote(text="In 1941, after the fall of France, the British", omitted=True),
        ),
        (TEXT, 500, "plain", Quote(text=TEXT, omitted=False)),
        (TEXT, 7, "plain", Quote(text="In", omitted=True)),
        (TEXT, 8, "plain", Quote(text="In 1941,", omitted=True)),
        (TEXT, 0, "plain", Quote(text="", omitted=True)),
        ("unbreakable", 4, "plain", Quote(text="unbr", omitted=True)),
        (" a \n\n b\tc  d\n", 50, "plain", Quote(text="a / b\tc  d", omitted=False)),
        ("one\ntwo three", 6, "plain", Quote(text="one", omitted=True)),
        (" a \n b", 4, "exact", Quote(text=" a \n", omitted=True)),
        (" a \n b", 500, "exact", Quote(text=" a \n b", omitted=False)),
        (
            WIKI,
            500,
            "readable",
            Quote(
                text='= Lobster = / The "blue" one, 0.7 (1.5 lb), is well-known.',
                omitted=False,
                edited=True,
            ),
        ),
        (TEXT, 500, "readable", Quote(text=TEXT, omitted=False)),
        ("he said , x != y .", 50, "plain", Quote(text="he said , x != y .", omitted=False)),
        ("B @-@ 96 of <unk> .", 50, "plain", Quote(text="B @-@ 96 of <unk> .", omitted=False)),
        ("z" + 100_000 * "\u0301", 50, "plain", Quote(text="", omitted=True)),
        ("a z" + 9 * "\u0301", 50, "plain", Quote(text="a", omitted=True)),
    ],
)
def test_a_quote_follows_its_style(text, limit, style, expected):
    """Whole quotes, by style and limit."""
    assert quote(text, limit=limit, style=style) == expected


@given(ANY | CLUSTERED, st.integers(0, 40))
def test_an_exact_quote_is_the_source_up_to_a_whole_cluster(text, limit):
    """Character for character from the start, within the limit, no grapheme cut."""
    quoted = quote(text, limit=limit, style="exact")
    assert text.startswith(quoted.text)
    assert len(quoted.text) <= limit
    assert quoted.omitted == (quoted.text != text)
    clusters = [0, *(cluster.end() for cluster in regex.finditer(r"\X", text))]
    assert len(quoted.text) in clusters


@given(ANY | CLUSTERED, st.integers(0, 40))
def test_a_plain_quote_is_short_flowing_and_without_edges(text, limit):
    """No line end, no white space at its edges, within the limit."""
    quoted = quote(text, limit=limit, style="plain")
    assert len(quoted.text) <= limit
    assert quoted.text == quoted.text.strip()
    assert not regex.search(r"[\n\r\v\f\x85\u2028\u2029]", quoted.text)
    assert not quoted.edited


@given(st.text("ab c", max_size=40), st.integers(1, 40))
def test_a_plain_quote_ends_with_a_word(text, limit):
    """A cut never leaves a part of a word, unless the first is longer than the limit."""
    quoted = quote(text, limit=limit, style="plain")
    rest = text.strip()[len(quoted.text) :]
    first_word = text.strip().partition(" ")[0]
    assert rest == "" or rest[0] == " " or len(first_word) > limit
