"""Text becomes ASCII that LaTeX prints as it was."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from paperfig.captions.latex import TeX, escape, joined_lines, number

ANY = st.text(st.characters(codec=None), max_size=60)
BRACE = regex.compile(r"(?<!\\)(?:\\\\)*\K[{}]")


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("In 1941, after the fall", "In 1941, after the fall"),
        ("foo_bar & 50 % #1", r"foo\_bar \& 50 \% \#1"),
        ("{x} ~ ^ \\ $", r"\{x\} \textasciitilde{} \textasciicircum{} \textbackslash{} \$"),
        ("a < b > c | d", r"a \textless{} b \textgreater{} c \textbar{} d"),
        ("`it's'", r"\textasciigrave{}it\textquotesingle{}s\textquotesingle{}"),
        ('"', r"\ifdefined\Umathchar\textquotedbl\else\symbol{34}\fi{}"),
        ("a-b, c--d,,e<<f", r"a-b, c-\/-d,\/,e\textless\/\textless{}f"),
        ("ends-", r"ends-\/"),
        ("[x]", "{[}x{]}"),
        ("why? a:b; c=d!", r"why\string? a\string:b\string; c\string=d\string!"),
        ("\u00e9e\u0301 \u00ef \u1e0b \u01d0 \u1ecb", r"\'{e}\'{e} \"{\i} \.{d} \v{\i} \d{i}"),
        (
            "\u00df \u00e6 \u0142 \u2019 \u2026",
            r"\ss{} \ae{} \l{} \textquoteright{} \textellipsis{}",
        ),
        (
            "\u03ba \u2264 \u2192 \u2212",
            r"\ensuremath{\kappa} \ensuremath{\leq} \ensuremath{\rightarrow} \ensuremath{-}",
        ),
        (
            "\u4e2d\u00e7\u0105",
            r"\paperfigU{4E2D}{U+4E2D}\paperfigU{00E7}{U+00E7}\paperfigU{0105}{U+0105}",
        ),
        ("\U0001f600", r"\paperfigU{1F600}{U+1F600}"),
        (
            " a  b ",
            r"\textvisiblespace{}a\textvisiblespace{}\textvisiblespace{}b\textvisiblespace{}",
        ),
        (
            "a\n\n\tb\r",
            r"a\paperfigmark{LF}\paperfigmark{LF}\paperfigmark{TAB}b\paperfigmark{CR}",
        ),
        (
            "\u200b\u202e\ufffd\x00\ud800",
            r"\paperfigmark{U+200B}\paperfigmark{U+202E}\paperfigmark{U+FFFD}\paperfigmark{U+0000}\paperfigmark{U+D800}",
        ),
        ("a\u00a0b\u2003c", r"a\paperfigmark{NBSP}b\paperfigmark{U+2003}c"),
        ("\u0301a", r"\paperfigmark{U+0301}a"),
        ("x\u0301", r"x\paperfigU{0301}{U+0301}"),
        (
            "\u0928\u092e\u094d",
            r"\paperfigU{0928}{U+0928}\paperfigU{092E}{U+092E}\paperfigU{094D}{U+094D}",
        ),
    ],
)
def test_each_kind_of_character_has_its_form(text, tex):
    """Specials, ligatures, accents, signs, glyphs, marks: whole outputs."""
    assert escape(text) == tex


@given(ANY)
def test_any_text_is_ascii_on_one_line_with_balanced_braces(text):
    """Whatever the text, the LaTeX is printable ASCII, and no group stays open."""
    tex = escape(text)
    assert isinstance(tex, TeX)
    assert tex.isascii()
    assert tex.isprintable() or tex == ""
    depth = 0
    for brace in BRACE.findall(tex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0


@given(st.text(st.characters(categories=["L", "N"], max_codepoint=0x7F), max_size=30))
def test_plain_words_stay_as_they_are(text):
    """Letters and digits of ASCII need no macro at all."""
    assert escape(text) == text


@pytest.mark.parametrize(
    ("value", "tex"),
    [
        (1.0, "1.0"),
        (0.3, "0.3"),
        (25 / 11, "2.27273"),
        (2, "2"),
        (0.0, "0.0"),
        (0.0001, "0.0001"),
        (1e-5, r"\ensuremath{10^{-5}}"),
        (-2.5e-7, r"\ensuremath{-2.5 \times 10^{-7}}"),
        (3e6, r"\ensuremath{3 \times 10^{6}}"),
    ],
)
def test_numbers_take_their_shortest_form(value, tex):
    """Whole floats keep one decimal; far ones become powers of ten."""
    assert number(value) == tex


def test_a_number_must_be_finite():
    """NaN and infinity have no form."""
    with pytest.raises(ValueError, match=r"^nan has no place in a caption$"):
        number(float("nan"))


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("one\n  two\n", "one two"),
        ("one\n, two\n.\n", "one, two."),
        ("one % comment\n   two", "one two"),
        ("one%\ntwo", "onetwo"),
        (r"50\% of", r"50\% of"),
        ("a\\\\% comment\nb", r"a\\b"),
        ("a\n\n\nb", "a b"),
    ],
)
def test_a_templates_lines_become_one(lines, line):
    """Line ends, blank lines and comments leave no trace."""
    assert joined_lines(lines) == line
