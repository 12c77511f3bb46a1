"""The float of several figures: its common caption, what stands below each, its pages."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from paperfig.captions.shared_float import Part, shared_float
from paperfig.captions.together import OPEN, common_and_different, sentences

HEADS = [
    rf"Attention pattern for head {head} of layer 0 of \emph{{ours}} on the text `It rained. "
    rf"It poured.' (9 tokens). Causal mask. Colour scale from 0 to 0.5; {head}\% of the "
    "weights exceed it."
    for head in range(3)
]


def test_sentences_keep_what_belongs_together() -> None:
    """Quotations, braces and formulas are not cut."""
    assert sentences(HEADS[0]) == [
        HEADS[0].partition(" Causal")[0],
        "Causal mask.",
        r"Colour scale from 0 to 0.5; 0\% of the weights exceed it.",
    ]
    assert sentences(r"A \emph{b. C} d. $x. Y$ z.") == [r"A \emph{b. C} d.", "$x. Y$ z."]


def test_what_is_common_and_what_is_not() -> None:
    """Within sentences; after a semicolon all that follows is each one's own."""
    common, different = common_and_different(HEADS)
    assert common == (
        rf"Attention pattern for head {OPEN} of layer 0 of \emph{{ours}} on the text "
        rf"`It rained. It poured.' (9 tokens). Causal mask. Colour scale from 0 to 0.5; {OPEN}"
    )
    assert different == tuple(
        rf"head {head}. {head}\% of the weights exceed it." for head in range(3)
    )


def test_sentences_that_some_lack() -> None:
    """Stand below those that have them."""
    more = [HEADS[0], HEADS[1] + " Outlined: query 3 with key 2."]
    common, different = common_and_different(more)
    assert common.endswith("(9 tokens). Causal mask.")
    assert different[1].endswith(r"1\% of the weights exceed it. Outlined: query 3 with key 2.")


@pytest.mark.parametrize(
    ("first", "second", "common", "own"),
    [
        (r"$\kappa = 0.3$.", r"$\kappa = 1.0$.", "", r"$\kappa = 0.3$."),
        (r"A \emph{b c} d.", r"A \emph{x c} d.", rf"A {OPEN} d.", r"A \emph{b c}."),
        ("A `b c' d.", "A `x c' d.", rf"A {OPEN} d.", "A `b c'."),
        ("The same.", "The same.", "The same.", ""),
        ("One.", "Another.", "", "One."),
    ],
)
def test_no_brace_formula_or_quotation_is_cut(
    first: str, second: str, common: str, own: str
) -> None:
    """It is whole on either side."""
    assert common_and_different([first, second]) == (
        common,
        (own, common_and_different([second, first])[1][0]),
    )


WORDS = st.lists(
    st.sampled_from(["a", "B", r"\emph{c", "d}", "$x", "y$", "`q", "r'", "e.", "f,"]),
    min_size=1,
)


@given(st.lists(WORDS, min_size=2, max_size=4))
def test_nothing_is_lost(captions: list[list[str]]) -> None:
    """Each word of a caption is in what is common or below it."""
    written = [" ".join(words) for words in captions]
    common, different = common_and_different(written)
    for words, own in zip(captions, different, strict=True):
        left = f"{common} {own}".split()
        for word in words:
            assert word in left or f"{word}." in left


def parts(count: int, **size: float) -> list[Part]:
    """Figures of a size in points."""
    return [
        Part(name=f"heads-{at}", caption=HEADS[at % 3], **size)  # type: ignore[arg-type]
        for at in range(count)
    ]


def test_rows_and_pages() -> None:
    """As many side by side as fit, as many rows as a page holds, letters throughout."""
    size = {"width_pt": 234.0, "height_pt": 230.0}
    text = shared_float(
        "heads", parts(5, **size), column_pt=234.0, page_pt=487.0, text_pt=650.0
    )
    assert re.findall(r"\\begin\{(figure\*?)\}\[(\w)\]", text) == [("figure*", "p")] * 2
    assert text.count(r"\hfill") == 2
    assert re.findall(r"\\footnotesize \((\w)\) head", text) == list("abcde")
    assert text.count(r"\caption") == text.count(r"\label{fig:heads}") == 1
    assert text.count("(continued)") == 1
    assert text.isascii()


def test_narrow_figures_of_one_column() -> None:
    """Side by side in it, on one page."""
    size = {"width_pt": 160.0, "height_pt": 90.0}
    text = shared_float(
        "heads", parts(4, **size), column_pt=345.0, page_pt=345.0, text_pt=550.0
    )
    assert r"\begin{figure}[t]" in text
    assert text.count(r"\hfill") == 2
    assert "continued" not in text


SPEC = {
    "figspec": 1,
    "checkpoint": "models/tiny.pt",
    "tokenizer": "bytes",
    "excerpt": {"text": "It rained [all] day."},
    "style": {"venue": "icml"},
    "each": {"head": ["L0H0", "L0H1", "L1H2"]},
}


def test_a_spec_gives_its_float(
    gpt_project: Path, command: Callable[..., tuple[int, str, str]], require_tool: Callable
) -> None:
    """Written once, compared by `check`, and compiled as it stands."""
    (gpt_project / "figspec" / "heads.yaml").write_text(yaml.safe_dump(SPEC))
    code, _, _ = command(gpt_project, "build")
    assert code == 0
    path = gpt_project / "figures" / "heads.tex"
    written = path.read_text()
    assert r"    {\footnotesize (a) head 0 of layer 0." in written
    assert "(10 tokens)" not in written
    path.write_text("")
    code, out, _ = command(gpt_project, "check")
    assert (code, "figures/heads.tex" in out) == (1, True)
    assert command(gpt_project, "build")[0] == 0
    assert path.read_text() == written
    require_tool("pdflatex")
    (gpt_project / "main.tex").write_text(
        "\\documentclass[twocolumn]{article}\\usepackage{graphicx}\n"
        "\\usepackage[textwidth=487.8225pt,textheight=650pt,columnsep=18pt]{geometry}\n"
        "\\begin{document}\\listoffigures\\input{figures/heads}\\end{document}\n"
    )
    for _ in range(2):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"],
            cwd=gpt_project,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:]
    assert not re.findall(r"^(Overfull|.*too large).*", done.stdout, re.MULTILINE)


def test_limits_that_differ_are_told(
    gpt_project: Path, command: Callable[..., tuple[int, str, str]]
) -> None:
    """Once the figures are made, with the ones that hold all."""
    each = {"low": {"style.limits": [0, 0.25]}, "high": {"style.limits": [0.1, 0.5]}}
    spec = SPEC | {"head": "L0H0", "each": each}
    (gpt_project / "figspec" / "heads.yaml").write_text(yaml.safe_dump(spec))
    _, out, _ = command(gpt_project, "build")
    told = (
        "figspec/heads.yaml: limits differ; `style: {limits: [0, 0.5]}` would hold all colours"
    )
    assert told in out.splitlines()
    assert command(gpt_project, "build")[1] == "nothing to do: 3 figures are up to date\n"


def test_scales_of_two_sorts_have_no_limits_in_common(
    gpt_project: Path, command: Callable[..., tuple[int, str, str]]
) -> None:
    """Nothing is told of them: no limits would hold weights and multiples of uniform ones."""
    spec = SPEC | {"head": "L0H0", "each": {"style.scale": ["linear", "relative"]}}
    (gpt_project / "figspec" / "heads.yaml").write_text(yaml.safe_dump(spec))

    assert "limits" not in command(gpt_project, "build")[1]
