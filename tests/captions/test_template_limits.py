"""Whatever a template asks for, it ends within two seconds, in one line."""
# ruff: noqa: E501 (templates stand whole)

import time

import pytest
from caption_figures import attention, caption_of, figure

from paperfig.captions import budget
from paperfig.errors import CaptionError

TURNS = "takes more than 1,000 turns of loops and calls"
VALUES = "looks at more than 1,000,000 values"
NO_TEXT = "is neither text nor number, and cannot be printed"


@pytest.fixture
def fault(tmp_path, monkeypatch):
    """The one line of the fault of a template, which takes less than two seconds.

    It has a twentieth of the turns that templates have: the tests' own checks make them slow.
    """
    monkeypatch.setattr(budget, "TURN_LIMIT", 1000)

    def line(source):
        (tmp_path / "ours.tex.j2").write_text(source, encoding="utf-8")
        data, begun = figure(attention(kappa=None)), time.thread_time()
        with pytest.raises(CaptionError) as raised:
            caption_of(data, caption={"template": "ours"}, templates=tmp_path)
        assert time.thread_time() - begun < 2
        assert len(str(raised.value)) < 500
        return str(raised.value).removeprefix("templates/ours.tex.j2:1: ")

    return line


def _doubled(first, doubling, use):
    """Two values of a namespace, doubled sixty times by sharing, then used."""
    return (
        f"\\BLOCK{{set ns = namespace(a={first}, b={first})}}\\BLOCK{{for i in range(60)}}"
        f"\\BLOCK{{set ns.a = {doubling.replace('x', 'ns.a')}}}"
        f"\\BLOCK{{set ns.b = {doubling.replace('x', 'ns.b')}}}\\BLOCK{{endfor}}{use}"
    )


LIST_USES = [
    "\\VAR{ns.a == ns.b}",
    "\\VAR{ns.a < ns.b}",
    "\\VAR{ns.a in [ns.b]}",
    "\\VAR{ns.a is eq ns.b}",
    "\\VAR{ns.a is in [ns.b]}",
    "\\VAR{ns.a is lower}",
    "\\VAR{ns.a + ns.b}",
    "\\VAR{ns.a ~ ns.b}",
    "\\VAR{ns.a|lower}",
    "\\VAR{ns.a|title}",
    "\\VAR{ns.a|trim}",
    "\\VAR{ns.a|tex}",
    "\\VAR{ns|tex}",
    "\\VAR{ns.a|join}",
    "\\VAR{[ns.a, ns.b]|sort}",
    "\\VAR{[ns.a, ns.b]|max}",
    "\\VAR{[ns, namespace(a=ns.b)]|sort(attribute='a')}",
    "\\VAR{[ns.a]|select('eq', ns.b)|list}",
    "\\VAR{[ns]|selectattr('a', 'eq', ns.b)|list}",
    "\\VAR{[ns.a].count(ns.b)}",
    "\\VAR{[ns.a].index(ns.b)}",
    "\\VAR{{1: ns.a} == {1: ns.b}}",
    "\\VAR{{1: ns.a}.items() == {1: ns.b}.items()}",
    "\\VAR{ns.b in {1: ns.a}.values()}",
    "\\BLOCK{for x in [ns.a, ns.b]}\\VAR{loop.changed(x)}\\BLOCK{endfor}",
]
TUPLE_USES = [
    "\\VAR{[ns.a, ns.b]|unique|list}",
    "\\VAR{[ns, namespace(a=ns.b)]|unique(attribute='a')|list}",
    "\\VAR{{ns.a: 1}}",
    "\\VAR{{}[ns.a]}",
    "\\VAR{{}.get(ns.a)}",
]


@pytest.mark.parametrize("use", LIST_USES)
def test_lists_that_share_what_they_hold_are_as_large_as_they_are_met(fault, use):
    """Sixty lists are quickly made; what would walk through 2**60 values does not begin."""
    assert fault(_doubled("[1]", "[x, x]", use)) == VALUES


@pytest.mark.parametrize("use", TUPLE_USES)
def test_hashing_shared_tuples_does_not_begin(fault, use):
    """The hash of a tuple is made anew from all that it holds."""
    assert fault(_doubled("(1,)", "(x, x)", use)) == VALUES


def test_shared_mappings_are_measured_too(fault):
    """Values of mappings are compared as those of lists are."""
    assert fault(_doubled("1", "{1: x, 2: x}", "\\VAR{ns.a == ns.b}")) == VALUES


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("\\VAR{ns.a}", f"a list {NO_TEXT}"),
        ("\\VAR{{1: ns.a}}", f"a mapping {NO_TEXT}"),
        ("\\VAR{ns}", f"a namespace {NO_TEXT}"),
        ("\\VAR{ns.a.b}", "'list object' has no attribute 'b'"),
        ("\\VAR{ns.a()}", "'list' object is not callable"),
    ],
)
def test_a_message_does_not_write_out_a_value(fault, use, told):
    """The fault of a value without an end ends."""
    assert fault(_doubled("[1]", "[x, x]", use)) == told


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("\\VAR{5|round(-1000000000)}", "rounds to -1000000000 decimals; at most 15 are right"),
        ("\\VAR{5|round(1000000000, 'ceil')}", "rounds to 1000000000 decimals; at most 15 are right"),
        ("\\VAR{[5]|map('round', -1000000000)|list}", "rounds to -1000000000 decimals; at most 15 are right"),
        ("\\VAR{'%0999999999d' is even}", "'%0999999999d' is a text and no number"),
        ("\\VAR{'%0999999999d' is odd}", "'%0999999999d' is a text and no number"),
        ("\\VAR{'%0999999999d' is divisibleby 3}", "'%0999999999d' is a text and no number"),
        ("\\VAR{('\u0101' * 65000).strip('\u0201' * 65000 + '\u0101')}", VALUES),
        ("\\VAR{('\u0101' * 65000)|trim('\u0201' * 65000 + '\u0101')}", VALUES),
        ("\\BLOCK{for i in [1] recursive}\\BLOCK{if loop.depth < 4}\\VAR{loop(range(99999))}\\BLOCK{endif}\\BLOCK{endfor}", TURNS),
        ("\\BLOCK{for i in [1] recursive}\\BLOCK{if loop.depth < 4}\\VAR{loop(iterable=range(99999))}\\BLOCK{endif}\\BLOCK{endfor}", TURNS),
        ("\\BLOCK{for i in range(9999)}\\BLOCK{for j in range(99999) if false}\\BLOCK{endfor}\\BLOCK{endfor}", TURNS),
        ("\\BLOCK{set ns = namespace(g=range(60000))}\\BLOCK{for i in range(900)}\\BLOCK{set ns.g = ns.g|select}\\BLOCK{endfor}\\VAR{ns.g|list}", TURNS),
        ("\\BLOCK{set one = [1] * 64000}\\BLOCK{set ns = namespace(k=1)}\\BLOCK{for i in range(9999)}\\BLOCK{set ns.k = (ns.k, one[:])}\\BLOCK{endfor}", VALUES),
        ("\\BLOCK{set one = 'x' * 64000}\\BLOCK{set ns = namespace(k=1)}\\BLOCK{for i in range(9999)}\\BLOCK{set ns.k = (ns.k, one.upper())}\\BLOCK{endfor}", VALUES),
        ("\\BLOCK{for i in range(9999)}\\BLOCK{set x}" + "x" * 60_000 + "\\BLOCK{endset}\\BLOCK{endfor}", VALUES),
        ("\\VAR{" + "(" * 5000 + "1" + ")" * 5000 + "}", "nests too deep"),
        ("\\BLOCK{for i in [1]}" * 30 + "\\BLOCK{endfor}" * 30, "nests too deep"),
    ],
)  # fmt: skip
def test_no_operation_takes_long_or_much(fault, source, told):
    """Powers of ten, formats, searches, loops in disguise, copies that are kept, nesting."""
    assert fault(source) == told


def test_templates_that_include_themselves_twice_end(fault):
    """Thirty levels would be 2**30 templates."""
    step = '\\BLOCK{include "ours.tex.j2"}\\BLOCK{include "ours.tex.j2"}'
    assert (
        fault(
            "\\BLOCK{if ns is not defined}\\BLOCK{set ns = namespace(d=0)}\\BLOCK{endif}"
            "\\BLOCK{if ns.d < 30}\\BLOCK{set ns.d = ns.d + 1}"
            f"{step}\\BLOCK{{set ns.d = ns.d - 1}}\\BLOCK{{endif}}"
        )
        == TURNS
    )


def test_what_counting_cannot_foresee_ends_with_the_time(fault, monkeypatch):
    """Numbers that are multiples of 2**61 - 1 share one hash: a set of them is quadratic."""
    monkeypatch.setattr(budget, "_SECONDS", 0.1)
    monkeypatch.setattr(budget, "TURN_LIMIT", 10**6)
    step = 2**61 - 1
    source = f"\\VAR{{range(0, {step * 60_000}, {step})|unique|list}}"
    assert fault(source) == "takes longer than two seconds"


@pytest.mark.parametrize("blank", ["\\n", "\\n ", " \\n"])
def test_blank_lines_are_joined_in_time(fault, blank):
    """Sixty thousand line ends are one space, and no square of that number."""
    assert fault(f"\\VAR{{('{blank}' * {60_000 // len(blank)})|tex}}") == (
        "templates/ours.tex.j2: the caption is empty"
    )
