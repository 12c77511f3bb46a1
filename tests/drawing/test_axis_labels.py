"""Labels at the axes: true to the token, as many as fit, each glyph drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.drawing import fonts
from paperfig.drawing.labels import Run, fitting_labels, visible, width
from paperfig.drawing.page import page_of
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec
from paperfig.values.tokens import CONTINUED


def fitted(tokens, side=180.0, **style):
    """Labels for a map whose side shrinks by what the labels take."""
    return fitting_labels(tokens, page_of(StyleSpec(**style)), lambda extent: side - extent)


def text_of(label):
    """A label's text, stand-ins included."""
    return "".join(run.text for run in label)


@pytest.mark.parametrize(
    ("token", "label"),
    [
        ("the", (Run("the"),)),
        (" the", (Run("␣", faint=True), Run("the"))),
        ("_the", (Run("_the"),)),
        ("\n\n", (Run("↵↵", faint=True),)),
        ("\ta", (Run("⇥", faint=True), Run("a"))),
        ("$$", (Run("$$"),)),
        ("\u200b", (Run("U+200B", faint=True),)),
        ("a\u202eb", (Run("a"), Run("U+202E", faint=True), Run("b"))),
        ("\u00a0", (Run("U+00A0", faint=True),)),
        ("\x07", (Run("U+0007", faint=True),)),
        ("\u2764\ufe0f", (Run("\u2764"), Run("U+FE0F", faint=True))),
        ("\u0301", (Run("◌\u0301"),)),
        ("e\u0301", (Run("e\u0301"),)),
        (" <F0 9F>", (Run("␣<F0 9F>", faint=True),)),
        (f"{CONTINUED}s", (Run("·", faint=True), Run("s"))),
        ("·", (Run("·"),)),
        ("", ()),
    ],
)
def test_nothing_of_a_token_is_invisible(token, label):
    """White space, controls and other invisible characters have faint stand-ins."""
    assert visible(token) == label


def test_an_emoji_that_no_font_has_is_named():
    """Symbols may be named by their code point, letters never."""
    missing = frozenset("🧠三")

    assert visible("🧠三", missing) == (Run("U+1F9E0", faint=True), Run("三"))


@given(st.text(min_size=1, max_size=8))
def test_different_tokens_have_different_labels(token):
    """What looks like a space in the text is one stand-in a character."""
    label = text_of(visible(token))

    assert len(label) >= len(token)
    assert not any(character.isspace() for character in label)


def test_every_token_where_they_fit():
    """With 5.5 pt to a token, all tokens are labelled, in the largest type that fits."""
    tokens = ["ab"] * 20
    roomy, tight = fitted(tokens, side=240.0), fitted(tokens, side=120.0)

    assert (roomy.kind, roomy.every, len(roomy.texts)) == ("tokens", 1, 20)
    assert roomy.size == pytest.approx(7 / 72.27 * 72)
    assert 5.0 <= tight.size < 6.0
    assert (120.0 - tight.extent) / 20 >= 1.1 * tight.size
    assert fitted(tokens, side=110.0).kind == "index"


@pytest.mark.parametrize(
    ("n_token", "every"), [(37, 5), (64, 5), (128, 20), (512, 50), (1024, 200)]
)
def test_else_every_kth_index(n_token, every):
    """K is 1, 2 or 5 times a power of ten, and labels stand well apart."""
    labels = fitted(["token"] * n_token, venue="icml")

    assert (labels.kind, labels.every) == ("index", every)
    assert [index for index, _ in labels.texts] == list(range(0, n_token, every))
    assert text_of(labels.texts[1][1]) == str(every)


def test_none():
    """``labels: none`` draws none and takes no room."""
    labels = fitted(["a"] * 5, labels="none")

    assert (labels.kind, labels.every, labels.texts, labels.extent) == ("none", 0, (), 0.0)


def test_tokens_that_do_not_fit_are_refused():
    """The message says how many would fit."""
    with pytest.raises(DrawingError) as caught:
        fitted(["ab"] * 48, labels="tokens")

    assert str(caught.value) == (
        "style.labels: 48 tokens do not fit at 3.7 pt each; "
        "at most 31 such labels fit here; auto or index is right"
    )


def test_a_long_label_ends_in_an_ellipsis():
    """No label runs further than a fifth of the page, and shortened ones are counted."""
    word = "Donaudampfschifffahrtsgesellschaft"
    labels = fitted([word, "the", " " + word], venue="icml")
    most = page_of(StyleSpec(venue="icml")).width / 5
    shown = [text_of(label) for _, label in labels.texts]

    assert labels.shortened == 2
    assert shown[0].endswith("…")
    assert word.startswith(shown[0][:-1])
    assert shown[1] == "the"
    assert all(width(label, labels.faces, labels.size) <= most for _, label in labels.texts)


def test_a_glyph_that_no_font_has_is_an_error(monkeypatch):
    """The message names token and code points."""
    monkeypatch.setattr(fonts, "_others", list)
    with pytest.raises(DrawingError) as caught:
        fitted(["a", "b", " 三月"])

    assert str(caught.value) == (
        "token 2 ' 三月': no font has U+4E09, U+6708; "
        "install one that has, or draw labels: index"
    )


def test_a_glyph_that_is_not_drawn_needs_no_font(monkeypatch):
    """Labels by index ask no font for the tokens."""
    monkeypatch.setattr(fonts, "_others", list)

    assert fitted([" 三月"] * 3, labels="index").kind == "index"
