"""Templates: the package's, the user's, and what they may not do."""
# ruff: noqa: E501 (templates and messages stand whole)

import pytest
from caption_figures import attention, caption_of, figure
from jinja2 import meta

from paperfig.captions.reference import FACTS
from paperfig.captions.sandbox import FILTER_NAMES
from paperfig.captions.templates import environment_of, template_files, templates_of
from paperfig.errors import CaptionError
from paperfig.kinds import KINDS
from paperfig.specs.style import CaptionSpec


def _templates(*own):
    """The names of the package's templates and of a project's own."""
    return ", ".join(sorted([*KINDS, "float", "sentences", *own]))


CAUSAL = "Causal mask."


def templates_with(*own: str) -> str:
    """The names of the package's templates and of one's own, as a message lists them."""
    return ", ".join(sorted([*KINDS, "float", "sentences", *own]))


@pytest.fixture
def rendered(tmp_path):
    """Renders a caption by a template of the given source."""

    def render(source, *, name="ours", text="a_b", **caption):
        (tmp_path / f"{name}.tex.j2").write_text(source, encoding="utf-8")
        spec = {"template": name} | caption
        made = caption_of(
            figure(attention(kappa=None), text=text), caption=spec, templates=tmp_path
        )
        return made.text.removesuffix("%\n")

    return render


def test_a_template_of_ones_own_uses_any_fact(rendered):
    """Facts are escaped, numbers formatted, own facts found under vars."""
    source = (
        "\\COMMENT{ nothing of this }\nHead~\\VAR{head}: % a remark\n"
        "  `\\VAR{quote}'\n, \\VAR{vars.runs} runs, \\VAR{vars.rate}, \\VAR{vars.note}\n.\n"
        "\\BLOCK{for reference in heads}\\VAR{reference}\\BLOCK{endfor}\n"
    )
    caption = rendered(source, vars={"runs": 3, "rate": 0.5, "note": "50 % \u4e2d"})
    assert caption == "Head~2: `a\\_b', 3 runs, 0.5, 50 \\% \\paperfigU{4E2D}{U+4E2D}. L0H2"


def test_a_template_extends_the_default(rendered):
    """One block replaced, the rest stays, with the sentences at hand."""
    source = (
        '\\BLOCK{extends "paperfig/map.tex.j2"}\n'
        "\\BLOCK{block what}\\VAR{say.pattern()} \\VAR{vars.a}\\BLOCK{endblock}\n"
        "\\BLOCK{block data}of $\u03ba$.\\BLOCK{endblock}"
    )
    expected = f"Attention pattern x of $\\ensuremath{{\\kappa}}$. {CAUSAL}"
    assert rendered(source, vars={"a": "x"}) == expected


def test_a_template_of_the_same_name_hides_the_packages(rendered):
    """Without a template's name, templates/map.tex.j2 comes before the default."""
    assert rendered("Ours \\VAR{layer}", name="map", template=None) == "Ours 0"


def test_the_repositorys_example_renders(repository):
    """templates/terse.tex.j2, as its own comment says."""
    caption = {"template": "terse", "vars": {"finding": "It looks back."}}
    made = caption_of(
        figure(attention(kappa=None)), caption=caption, templates=repository / "templates"
    )
    assert made.text.startswith(
        "\\textbf{It looks back.} Attention pattern for head 2 of layer 0 on a"
    )


def test_text_that_looks_like_a_template_stays_text(rendered):
    """Neither the text nor a fact is ever read as a template."""
    text = "\\VAR{7*7} \\BLOCK{raw} {{ x }}"
    assert rendered("\\VAR{quote}", text=text) == (
        "\\textbackslash{}VAR\\{7*7\\} \\textbackslash{}BLOCK\\{raw\\} \\{\\{ x \\}\\}"
    )


def test_what_is_escaped_is_not_escaped_again(rendered):
    """Macros, joins and ~ keep what is LaTeX already; the filter tex trusts."""
    source = (
        "\\BLOCK{macro m(x)}\\emph{\\VAR{x}}\\BLOCK{endmacro}\\VAR{m(quote)} "
        '\\VAR{[quote, 1]|join("--")} \\VAR{quote ~ vars.t|tex} \\VAR{[quote, "c"]|listed}'
    )
    expected = "\\emph{a\\_b} a\\_b--1 a\\_b\\relax a\\_b and c"
    assert rendered(source, vars={"t": "\\relax"}) == expected


KNOWN = ", ".join(sorted(FACTS))
BOMBS = [
    ("\\VAR{'a' * 10**9}", "makes a value larger than 64 kB with *"),
    ("\\VAR{[1] * 10**9}", "makes a value larger than 64 kB with *"),
    ("\\VAR{10**(10**10)}", "makes a value larger than 64 kB with **"),
    ("\\VAR{'%999999999d' % 1}", "formats with %, which templates may not"),
    ("\\VAR{'{:999999999}'.format(1)}", "access to attribute 'format' of 'str' object is unsafe"),
    ("\\VAR{'a'.ljust(999999999)}", "access to attribute 'ljust' of 'str' object is unsafe"),
    ("\\VAR{quote.replace('a', 'b')}", "access to attribute 'replace' of 'str' object is unsafe"),
    ("\\VAR{(5).to_bytes(999999999)}", "access to attribute 'to_bytes' of 'int' object is unsafe"),
    ("\\VAR{quote.__class__}", "access to attribute '__class__' of 'str' object is unsafe"),
    (
        "\\BLOCK{set n = namespace(x='aa')}\\BLOCK{for i in range(40)}"
        "\\BLOCK{set n.x = n.x ~ n.x}\\BLOCK{endfor}\\VAR{n.x}",
        "builds a text larger than 64 kB",
    ),
    (
        "\\BLOCK{set n = namespace(x='aa')}\\BLOCK{for i in range(40)}"
        "\\BLOCK{set n.x = n.x + n.x}\\BLOCK{endfor}\\VAR{n.x}",
        "makes a value larger than 64 kB with +",
    ),
    (
        "\\BLOCK{set n = namespace(x=9)}\\BLOCK{for i in range(40)}"
        "\\BLOCK{set n.x = n.x * n.x}\\BLOCK{endfor}\\VAR{n.x}",
        "makes a value larger than 64 kB with *",
    ),
    (
        "\\BLOCK{for i in range(99999)}\\BLOCK{for j in range(99999)}\\BLOCK{endfor}\\BLOCK{endfor}",
        "takes more than 20,000 turns of loops and calls",
    ),
    (
        "\\BLOCK{macro m(n)}\\BLOCK{if n}\\VAR{m(n - 1)}\\VAR{m(n - 1)}\\BLOCK{else}aaaaaaaaaaaaaaaa"
        "\\BLOCK{endif}\\BLOCK{endmacro}\\VAR{m(40)}",
        "prints more than 64 kB",
    ),
    ("\\VAR{(['aaaaaaaaaa'] * 9999)|join('bbbbbbbbbb')}", "builds a text larger than 64 kB"),
    ("\\BLOCK{for i in range(9999999)}\\BLOCK{endfor}", "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000)"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "what"), BOMBS)
def test_a_template_cannot_grow(rendered, source, what):
    """Each way to build a gigabyte ends at once, with the template's line."""
    with pytest.raises(CaptionError) as fault:
        rendered(f"Ours\n{source}")
    assert str(fault.value) == f"templates/ours.tex.j2:2: {what}"


def test_an_edited_template_is_read_again(rendered):
    """Compiled templates are kept only for as long as their text is the same."""
    assert [rendered(text) for text in ("one", "two", "one")] == ["one", "two", "one"]


def test_templates_that_name_each_other_end(rendered):
    """A template that includes itself is a fault, not a hang."""
    with pytest.raises(CaptionError) as fault:
        rendered('\\BLOCK{include "ours.tex.j2"}')
    assert str(fault.value).startswith(
        "templates/ours.tex.j2:1: maximum recursion depth exceeded"
    )


def test_a_caption_has_an_end(rendered):
    """What the whole template builds is measured too."""
    with pytest.raises(CaptionError) as fault:
        rendered("\\BLOCK{for i in range(9999)}aaaaaaaaaa\\BLOCK{endfor}")
    assert str(fault.value) == "templates/ours.tex.j2: builds a text larger than 64 kB"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a\n\\VAR{modle}", f"templates/ours.tex.j2:2: there is no fact 'modle'; facts are {KNOWN}"),
        ("\\BLOCK{if modle}x\\BLOCK{endif}", f"templates/ours.tex.j2:1: there is no fact 'modle'; facts are {KNOWN}"),
        ("\\VAR{vars.runs}", "templates/ours.tex.j2:1: there is no 'runs', only rate"),
        ("\\VAR{settings[0].kapa}", "templates/ours.tex.j2:1: there is no 'kapa', only layers, causal, self_attention, window, hide_keys, pattern, inferred, kappa, transport, order, score_at, alibi, distance_bias, alone, keyless, changed, trained, irreps"),
        ("\\VAR{row}", "templates/ours.tex.j2:1: None is neither text nor number, and cannot be printed"),
        ("\\VAR{layers}", "templates/ours.tex.j2:1: a list is neither text nor number, and cannot be printed"),
        ("a\n\\VAR{quote|center(99999)}", f"templates/ours.tex.j2:2: No filter named 'center'; filters are {', '.join(FILTER_NAMES)}"),
        ("a\n\\BLOCK{if}", "templates/ours.tex.j2:2: Expected an expression, got 'end of statement block'"),
        ("\\VAR{1 / 0}", "templates/ours.tex.j2:1: division by zero"),
        ('\\BLOCK{include "theirs.tex.j2"}', f"templates/theirs.tex.j2: there is no such template; there are {_templates('ours')}"),
        ("\\BLOCK{include quote}", "templates/ours.tex.j2: names another template by an expression; write its name, as in \\BLOCK{include \"ours.tex.j2\"}"),
        ("\n  % only a remark\n", "templates/ours.tex.j2: the caption is empty"),
        ("\\emph{a}} \\} {", "templates/ours.tex.j2: the caption's braces do not match; each { needs its }"),
    ],
)  # fmt: skip
def test_a_faulty_template_is_named_with_its_line(rendered, source, message):
    """Unknown facts with those known, syntax, types, missing templates: whole messages."""
    with pytest.raises(CaptionError) as fault:
        rendered(source, vars={"rate": 1})
    assert str(fault.value) == message


def test_a_missing_template_is_told_with_those_there_are(tmp_path):
    """The name that the spec gives, with or without its ending."""
    for name in ("ours", "ours.tex.j2", "../ours"):
        with pytest.raises(CaptionError) as fault:
            caption_of(figure(attention()), caption={"template": name}, templates=tmp_path)
        assert str(fault.value) == (
            f"templates/{name.removesuffix('.tex.j2')}.tex.j2: there is no such template; "
            f"there are {_templates()}"
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"caption": {"label": "a}b"}}, "caption.label: 'a}b' cannot stand in a LaTeX command; letters, digits and . : _ - + * / are right"),
        ({"name": "a%b"}, "name: 'a%b' cannot stand in a LaTeX command; letters, digits and . _ - are right"),
    ],
)  # fmt: skip
def test_names_that_latex_would_misread_are_refused(changes, message):
    """A label and a name become part of commands."""
    with pytest.raises(CaptionError) as fault:
        caption_of(figure(attention()), **changes)
    assert str(fault.value) == message


def test_the_files_of_a_caption_are_its_templates_and_all_they_name(tmp_path):
    """Own before the package's, includes followed, each once."""
    (tmp_path / "ours.tex.j2").write_text(
        '\\BLOCK{include "part.tex.j2"}\\BLOCK{include "map.tex.j2"}'
    )
    (tmp_path / "part.tex.j2").write_text("x")
    files = template_files(CaptionSpec(template="ours"), "map", templates=tmp_path)
    names = [(path.parent == tmp_path, path.name) for path in files]
    assert names == [
        (True, "ours.tex.j2"),
        (False, "float.tex.j2"),
        (True, "part.tex.j2"),
        (False, "caption.tex.j2"),
        (False, "sentences.tex.j2"),
    ]
    with pytest.raises(CaptionError) as fault:
        template_files(CaptionSpec(), "none", templates=tmp_path)
    assert str(fault.value) == (
        f"templates/none.tex.j2: there is no such template; there are {_templates('ours', 'part')}"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_packages_templates_are_found_as_jinja_finds_them(kind, tmp_path):
    """They are not parsed for that; what they name by their syntax trees is what was found."""
    found = templates_of(CaptionSpec(), kind, tmp_path)
    trees = [environment_of(()).parse(template.text) for template in found]
    named = {name for tree in trees for name in meta.find_referenced_templates(tree)}

    assert {template.name for template in found} == named | {f"{kind}.tex.j2", "float.tex.j2"}


def test_a_page_wide_figure_is_a_float_of_the_page():
    """The whole float: picture, short caption without the text, caption, label."""
    made = caption_of(
        figure(attention(kappa=None), text="a"), name="appendix/wide_1", width_pt=500.0
    )
    assert made.float == (
        "\\providecommand\\paperfigdir{figures}%\n"
        "\\begin{figure*}[t]\n"
        "  \\centering\n"
        "  \\includegraphics[alt={Heat map of attention weights for head 2 of layer 0. Rows are 4 "
        "queries, columns 4 keys, darker is larger, empty above the diagonal. Largest weight 0.5, "
        "query 1 (t1), key 0 (t0).}]{\\paperfigdir/appendix/wide_1.pdf}\n"
        "  \\caption[Attention pattern for head 2 of layer 0]{%\n"
        "    Attention pattern for head 2 of layer 0 of \\emph{gauge-demo} "
        "on a WikiText-103 validation excerpt: `a' (4 tokens). "
        f"{CAUSAL}}}\n"
        "  \\label{fig:appendix/wide_1}\n"
        "\\end{figure*}%\n"
    )


def test_a_short_caption_and_a_label_can_be_given():
    """Both from the spec, escaped and as they are."""
    caption = {"short": "Head [2] & co", "label": "fig:ours"}
    made = caption_of(figure(attention()), caption=caption)
    assert "\\begin{figure}[t]\n" in made.float
    assert "\\caption[Head {[}2{]} \\& co]{%\n" in made.float
    assert "\\label{fig:ours}\n" in made.float
