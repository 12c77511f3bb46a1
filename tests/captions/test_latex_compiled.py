"""What is escaped compiles in every engine, and says what it said."""
# ruff: noqa: E501 (a string a line)

import random

import pytest

from paperfig.captions.characters import LETTERS, MATHEMATICS, PUNCTUATION, SPECIALS
from paperfig.captions.latex import escape
from paperfig.captions.words import verbatim

T1 = "\\usepackage[T1]{fontenc}\\usepackage{lmodern}\n"
ASCII = [
    "foo_bar & 50 % #1 {x} ~ ^ \\ $",
    "US$ 5 $ $$ $x$",
    "--- -- ,, << >> ?` !` ``x'' ''",
    "\"quoted\" 'single' `back`",
    "\\input{/etc/passwd} \\write18{touch pwned}",
    "\\end{document}",
    "%%% all of it",
    "a^^41b ^^M \\par",
    "{{{ }}} {",
    "[x] ] [ \\item",
    "\\def\\x{y}\\x #### \\\\",
    "~~nbsp~~ | pipes || <unk> </s>",
    "a@b.c \\@ifnextchar *",
    "fi ffi fl -- f-f",
    "1,000,000.00 = 10^6",
]
BEYOND = [
    "caf\u00e9 na\u00efve \u017divot \u01d0 \u1e0b e\u0301",
    "\u00e7a va, \u0105\u0119, \u00f0\u00fe\u0111\u014b \u00abx\u00bb",
    "\u4e2d\u6587 \u65e5\u672c\u8a9e \ud55c\uad6d\uc5b4",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7 \u270d\U0001f3fd",
    "\u03b1\u03b2\u03b3 \u0391\u0392 \u03ba=\u00b5 \u2264 \u2192 \u2581the",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea \u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22",
    "\u200b\u200e\u202ebidi\u2066 \ufeff",
    "nul\x00 esc\x1b[31m del\x7f \x80\x9f",
    "a\n\nb\r\nc\td\x0b\x0ce\u2028f\u2029g",
    " edge  runs   ",
    "\u00a0nb \u2003em\u3000",
    "\u0301stray \u20dd",
    "\ud800 lone \udfff",
    "\ufffd\ufffe\uffff\U0010ffff",
    "z" + 40 * "\u0301",
    "\u2018x\u2019 \u201cy\u201d \u2013\u2014\u2026 \u00bfque? \u00a1si!",
    "\u00b1 \u00d7 \u221e \u20ac \u00a3 \u00a5 \u00b0 \u2122 \u00a9",
    "".join(SPECIALS) + "".join(LETTERS),
    "".join(PUNCTUATION) + "".join(MATHEMATICS),
]
ACCENTED = "".join(
    chr(point)
    for point in range(0xC0, 0x1F00)
    if escape(chr(point)).startswith("\\") and "paperfig" not in escape(chr(point))
)


def fuzzed(count):
    """Strings of random characters: half from ASCII's specials, half from anywhere."""
    source = random.Random(0)
    pools = [range(0x20, 0x7F), range(0x250), range(0x3000), range(0x110000)]
    return [
        "".join(chr(source.choice(source.choice(pools))) for _ in range(12))
        for _ in range(count)
    ]


def listed(texts):
    """A paragraph for each text, numbered, between bars."""
    return "\n\n".join(f"{index}:/{escape(text)}/" for index, text in enumerate(texts))


def test_pdflatex_prints_what_the_text_says(compile_latex, tmp_path):
    """Hostile and foreign strings and 200 random ones, T1: no error, ASCII comes back."""
    printed = compile_latex(listed([*ASCII, *BEYOND, ACCENTED, *fuzzed(200)]), preamble=T1)
    words = " ".join(printed.split())
    for index, text in enumerate(ASCII):
        assert f"{index}:/{text}/" in words
    assert not (tmp_path / "pwned").exists()


def test_the_old_encoding_compiles_too(compile_latex):
    """OT1, LaTeX's default, lacks many a glyph and must raise no error."""
    assert "0:/foo bar & 50 % #1" in compile_latex(listed([*ASCII, *BEYOND, ACCENTED]))


@pytest.mark.parametrize("engine", ["xelatex", "lualatex"])
def test_unicode_engines_miss_no_character(compile_latex, engine):
    """Glyphs that the font lacks become boxes, since these engines drop them silently."""
    texts = [*ASCII, *BEYOND, ACCENTED]
    words = " ".join(compile_latex(listed(texts), engine=engine).split())
    for index, text in enumerate(ASCII[:12]):
        assert f"{index}:/{text}/" in words
    assert "U+4E2D" in words
    assert "\u00e7a va" in words


def test_a_font_of_another_encoding_is_not_asked_for_unicode(compile_latex):
    """In T1, number AB is another letter than U+00AB, in LuaLaTeX too."""
    assert "U+00AB" in compile_latex(escape("\u00ab"), engine="lualatex", preamble=T1)


def test_captions_survive_lists_of_figures(compile_latex, tmp_path):
    """A caption of our own macros, twice: in the text and, without a short form, listed."""
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "f.caption.tex").write_text(f"{escape(BEYOND[2])} \\% end%\n")
    body = (
        "\\listoffigures\n"
        "\\begin{figure}x\\caption{\\paperfigcaption{f}}\\end{figure}\n"
        "\\begin{figure}y\\caption[Short]{\\input{figures/f.caption}}\\end{figure}\n"
        "\\begin{figure}z\\caption{\\protect\\input{figures/f.caption}}\\end{figure}\n"
    )
    packages = T1 + "\\usepackage{caption,hyperref}\n"
    compile_latex(body, preamble=packages)
    printed = compile_latex(body, preamble=packages)
    assert printed.count("% end") == 5
    assert printed.count("Short") == 1


ACTIVE = (
    "\\def\\around{spaced}\\def\\NoAutoSpacing{\\def\\around{as it is}}\n"
    "\\def\\activate#1{\\catcode`#1=\\active\\begingroup\\lccode`~=`#1\\relax\n"
    "  \\lowercase{\\endgroup\\def~}{ SPACE \\string#1}}\n"
    "\\activate:\\activate;\\activate!\\activate?\\activate=\n"
)
"""As babel has it in French and Turkish: spaces before these, in LuaTeX by a switch only."""


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_characters_that_babel_makes_active_are_printed_as_they_are(
    compile_latex, tmp_path, engine
):
    """In a quotation and its neighbours; what the author writes around it keeps its spaces."""
    (tmp_path / "f.caption.tex").write_text(f"`{verbatim('Why? a:b; c=d!')}'%\n")
    body = f"{ACTIVE}\\input{{f.caption}} then \\around\\ so: {escape('x=y?')}"
    printed = " ".join(compile_latex(body, engine=engine).split())

    assert "Why? a:b; c=d!" in printed
    assert "then spaced so SPACE : x=y?" in printed
