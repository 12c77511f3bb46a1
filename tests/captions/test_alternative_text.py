"""What a float says to who does not see its picture: kind by kind, as it is."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from small_gpt import random_gpt

import paperfig
from paperfig.captions.alternative import LONGEST, alternative, plain
from paperfig.captions.package import latex_package

Command = Callable[..., tuple[int, str, str]]
HARMLESS = re.compile(r"[A-Za-z0-9 .,()+/<>=*'-]+")
TOKENS = ("The", " lamp", " is", " lit", ".")
BASE: dict[str, Any] = {
    "figspec": 1,
    "checkpoint": {"path": "run/b.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"text": "The lamp is lit."},
}
KAPPAS = {"κ = 1": {"kappa": 1}, "κ = 2": {"kappa": 2}}
SEVERAL = {"dataset": "long.txt", "count": 8, "length": 24}
TOLD: dict[str, tuple[dict[str, Any], str]] = {
    "map": (
        {"head": "L0H1"},
        "Heat map of attention weights for head 1 of layer 0. Rows are 16 queries, "
        "columns 16 keys, darker is larger, empty above the diagonal. Largest weight "
        "0.9999, query 5 (a), key 1 (h).",
    ),
    "map of heads": (
        {"head": "all", "layer": 1},
        "3 heat maps of attention weights for all 3 heads of layer 1. Rows are 16 "
        "queries, columns 16 keys, darker is larger, empty above the diagonal. Largest "
        "weight 0.9996 in L1H1, query 4 (l), key 4 (l).",
    ),
    "map of a mean": (
        {"head": "mean", "layer": 1},
        "Heat map of attention weights for the mean of 3 heads of layer 1. Rows are 16 "
        "queries, columns 16 keys, darker is larger, empty above the diagonal. Largest "
        "weight 0.575, query 11, key 3.",
    ),
    "map of many": (
        {"head": ["L0H0", "L0H1", "L0H2", "L1H0", "L1H1"]},
        "5 heat maps of attention weights for 5 heads of 2 layers. Rows are 16 "
        "queries, columns 16 keys, darker is larger, empty above the diagonal. Largest "
        "weight 0.999999 in L0H0, query 6 (m), key 1 (h).",
    ),
    "map of excerpts": (
        {"head": "L0H1", "excerpt": SEVERAL},
        "Heat map of attention weights for head 1 of layer 0, over 8 excerpts. Rows "
        "are 24 queries, columns 24 keys, darker is larger, empty above the diagonal. "
        "Largest weight 0.9998, query 1, key 0.",
    ),
    "map, relative": (
        {"head": "L0H1", "style": {"scale": "relative"}},
        "Heat map of attention weights for head 1 of layer 0. Rows are 16 queries, "
        "columns 16 keys, coloured by the ratio to uniform weights, empty above the "
        "diagonal. Largest weight 0.9999, query 5 (a), key 1 (h).",
    ),
    "map, window": (
        {"head": "L0H1", "style": {"zoom": [3, 8]}},
        "Heat map of attention weights for head 1 of layer 0. Rows are 16 queries, "
        "columns 16 keys, darker is larger, empty above the diagonal. Enlarged beside it, "
        "tokens 3 to 8. Largest weight 0.9999, query 5 (a), key 1 (h).",
    ),
    "map, window of one query": (
        {"head": [0, 1], "layer": 0, "style": {"zoom": {"queries": 9, "keys": [0, 9]}}},
        "2 heat maps of attention weights for heads 0 and 1 of layer 0. Rows are 16 queries, "
        "columns 16 keys, darker is larger, empty above the diagonal. Enlarged in each "
        "panel, beside one whole map, query 9 and keys 0 to 9. Largest weight 0.999999 in "
        "L0H0, query 6 (m), key 1 (h).",
    ),
    "context": (
        {"figure": "context", "layer": 0},
        "Text of 16 tokens and heat maps of attention weights for all 3 heads of layer "
        "0, of their mean and of logits, with charts by query. Rows are 16 queries, "
        "columns 16 keys, darker is larger, empty above the diagonal. Largest weight "
        "0.999999 in L0H0, query 6 (m), key 1 (h).",
    ),
    "scores": (
        {"figure": "scores", "head": "L0H1", "kappa": [1, 2]},
        "Heat maps of logits and of attention weights side by side for head 1 of layer "
        "0, weights at 2 temperatures. Rows are 16 queries, columns 16 keys, darker is "
        "larger, empty above the diagonal. Largest weight 0.9999, query 5 (a), key 1 "
        "(h).",
    ),
    "scores, relative": (
        {"figure": "scores", "head": "L0H1", "style": {"scale": "relative"}},
        "Heat maps of logits and of attention weights side by side for head 1 of layer 0. Rows "
        "are 16 queries, columns 16 keys, weights coloured by their ratio to uniform ones, "
        "empty above the diagonal. Largest weight 0.9999, query 5 (a), key 1 (h).",
    ),
    "atlas": (
        {"figure": "atlas"},
        "Grid of 6 small heat maps of attention weights, a row for each of 2 layers, a "
        "column for each head. Rows are 16 queries, columns 16 keys, darker is larger, "
        "empty above the diagonal. Sharpest is L0H0, whose largest weights are 0.911 "
        "on average.",
    ),
    "atlas of numbers": (
        {"figure": "atlas", "statistic": "previous", "excerpt": SEVERAL},
        "Grid of coloured cells, a row for each of 2 layers, a cell for each of 6 "
        "heads, over 8 excerpts, darker for larger numbers. Weight on the previous "
        "token from 0.0789 (L0H0) to 0.127 (L0H2).",
    ),
    "profile": (
        {"figure": "profile", "head": ["L0H0", "L0H1"], "query": -2},
        "Text of 16 tokens with a bar above each, higher for more weight from query 14 "
        "(t), for heads 0 and 1 of layer 0. Largest 0.59 in head 0, key 1 (h). Largest "
        "0.69 in head 1, key 6 (m).",
    ),
    "profile of a span": (
        {"figure": "profile", "head": "L0H0", "query": [3, 6]},
        "Text of 16 tokens with a bar above each, higher for more weight from queries "
        "3 to 6, for head 0 of layer 0. Largest 0.48, key 3.",
    ),
    "lines": (
        {"figure": "lines", "head": "L0H1"},
        "Tokens in two columns, queries left (16) and keys right (16), joined by 25 lines, "
        "thicker and darker for larger weights, for head 1 of layer 0. Largest weight "
        "0.9999, query 5 (a), key 1 (h).",
    ),
    "statistics": (
        {"figure": "statistics", "statistic": ["previous", "sink"], "excerpt": SEVERAL},
        "Dot plots by layer, a dot for each of 6 heads of 2 layers, over 8 excerpts. "
        "Weight on the previous token from 0.0789 (L0H0) to 0.127 (L0H2). Weight on "
        "the first token from 0.0131 (L1H0) to 0.265 (L0H1).",
    ),
    "statistics over queries": (
        {"figure": "statistics", "statistic": "confidence", "over": "queries"},
        "Chart with a row for each of 6 heads, a dot at the median over queries, lines "
        "over quartiles and 5 to 95 percent. Largest weight, medians from 0.529 (L1H0) "
        "to 0.95 (L0H0).",
    ),
    "compare": (
        {
            "figure": "compare",
            "head": "L0H1",
            "variants": {"κ = 1": {"kappa": 1}, "κ = 2": {"kappa": 2}},
        },
        "Heat maps of attention weights for head 1 of layer 0 in 2 variants, and below "
        "their differences from the first. Rows are 16 queries, columns 16 keys, "
        "darker is larger, empty above the diagonal. Largest gain 0.141, query 13, key "
        "0. Largest loss 0.27, query 10, key 1.",
    ),
    "compare, one causal": (
        {
            "figure": "compare",
            "head": "L0H1",
            "variants": {"a": {}, "b": {"mask": {"causal": False}}},
        },
        "Heat maps of attention weights for head 1 of layer 0 in 2 variants, and below "
        "their differences from the first. Rows are 16 queries, columns 16 keys, "
        "darker is larger. Largest loss 1, query 0, key 0.",
    ),
    "compare, of texts": (
        {
            "figure": "compare",
            "head": "L0H1",
            "variants": {
                "a": {"excerpt": SEVERAL},
                "b": {"excerpt": SEVERAL | {"count": 5}},
            },
        },
        "Heat maps of attention weights for head 1 of layer 0 in 2 variants, and below "
        "their differences from the first. Rows are 24 queries, columns 24 keys, darker is "
        "larger, empty above the diagonal. Largest gain 0.5, query 9, key 4. Largest loss "
        "0.397, query 9, key 0.",
    ),
    "trend": (
        {
            "figure": "trend",
            "checkpoints": "run/*.pt",
            "checkpoint": None,
            "statistic": "previous",
        },
        "Line chart over training from step 5 to 40, a line for each of 6 heads. "
        "Weight on the previous token from 0.0412 (L0H0) to 0.319 (L1H1).",
    ),
    "distance": (
        {"figure": "distance", "layer": 0, "head": "all", "excerpt": SEVERAL},
        "Line chart of mean attention weight by the distance from query to key, a line "
        "for each of 3 heads and a dashed one for uniform weights, in 8 excerpts of 24 "
        "tokens.",
    ),
    "distance of a text": (
        {"figure": "distance", "head": "L0H1"},
        "Line chart of mean attention weight by the distance from query to key, a line "
        "for one head and a dashed one for uniform weights, in a text of 16 tokens.",
    ),
}


def alt_in(float_: str) -> str:
    """The option of ``\\includegraphics``, which is harmless and not long."""
    (alt,) = re.findall(r"\\includegraphics\[alt=\{(.*)\}\]\{", float_)
    assert HARMLESS.fullmatch(alt)
    assert len(alt) <= LONGEST
    return str(alt)


@pytest.fixture
def training(project: Path) -> Path:
    """A project with two checkpoints of a training."""
    for step, name in ((5, "a"), (40, "b")):
        path = random_gpt(project / "run" / f"{name}.pt", seed=step)
        torch.save(torch.load(path) | {"iter_num": step}, path)
    (project / "long.txt").write_text("The rain fell on the sea all night. " * 40)
    return project


@pytest.mark.parametrize("case", TOLD)
def test_each_kind_says_what_it_shows(case: str, training: Path, command: Command) -> None:
    """Its form, its axes, what is dark, and the largest weight or number with its place."""
    keys, told = TOLD[case]
    spec = {key: value for key, value in (BASE | keys).items() if value is not None}
    (training / "figspec" / "a.yaml").write_text(yaml.safe_dump(spec))
    assert command(training, "build")[0] == 0

    assert alt_in((training / "figures" / "a.tex").read_text()) == told


def test_a_signed_map_has_values() -> None:
    """Of either sign; the largest is the one farthest from 0, with its sign."""
    values = np.zeros((5, 5))
    values[3, 1], values[2, 2] = -0.75, 0.5
    figure = paperfig.draw(values, tokens=TOKENS, signed=True)

    assert alt_in(figure.float) == (
        "Heat map of signed values. Rows are 5 queries, columns 5 keys, coloured by sign and "
        "size, empty above the diagonal. Farthest from 0 is -0.75, query 3 (lit), key 1 (lamp)."
    )


def test_queries_and_keys_of_two_texts() -> None:
    """Each axis has its own count, and a token of its own text."""
    weights = np.full((2, 3), 1 / 3)
    weights[1] = [0.1, 0.8, 0.1]
    figure = paperfig.draw(weights, tokens=["ein", " Licht"], key_tokens=["a", " lamp", "."])

    assert alt_in(figure.float) == (
        "Heat map of attention weights. Rows are 2 queries, columns 3 keys, darker is larger. "
        "Largest weight 0.8, query 1 (Licht), key 1 (lamp)."
    )


def test_one_key_a_query_has_no_largest_weight() -> None:
    """All of it is where it must be."""
    figure = paperfig.draw(np.ones((1, 1)), tokens=["a"])

    assert alt_in(figure.float).endswith("Rows are 1 query, columns 1 key, darker is larger.")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=8), min_size=3, max_size=3), st.text(min_size=1, max_size=30))
def test_nothing_that_latex_reads_comes_through(tokens: list[str], name: str) -> None:
    """Whatever the tokens are: braces, backslashes, scripts of any kind."""
    written = [plain(token) for token in (*tokens, name)]

    assert all(token == "" or HARMLESS.fullmatch(token) for token in written)
    assert all("'" not in token for token in written)


def test_sentences_that_would_be_too_much_are_left_out() -> None:
    """Whole ones, and a shorter one behind them still finds its place."""
    long = "It has " + "many " * 60 + "words."

    assert alternative(f"Heat map. {long} Dark is large.") == "Heat map. Dark is large."
    assert alternative("From 0.5\nto 1\n.\n") == "From 0.5 to 1."


def test_numbers_of_either_sign_are_not_dark_for_being_large(
    training: Path, command: Command
) -> None:
    """Scores of the authors' own, some below 0."""
    rows = [f"{layer},{head},{layer - head}" for layer in range(2) for head in range(3)]
    (training / "scores.csv").write_text("\n".join(["layer,head,value", *rows]))
    keys = {"figure": "atlas", "statistic": {"file": "scores.csv", "name": "gain"}}
    (training / "figspec" / "a.yaml").write_text(yaml.safe_dump(BASE | keys))
    assert command(training, "build")[::2] == (0, "")

    assert alt_in((training / "figures" / "a.tex").read_text()) == (
        "Grid of coloured cells, a row for each of 2 layers, a cell for each of 6 heads, "
        "coloured by sign and size. Gain from -2 (L0H2) to 1 (L1H0)."
    )


def test_a_float_of_several_has_that_of_each(training: Path, command: Command) -> None:
    """As they stand in the floats of the figures themselves."""
    keys = {"layer": 0, "each": {"head": [0, 1]}}
    (training / "figspec" / "a.yaml").write_text(yaml.safe_dump(BASE | keys))
    assert command(training, "build")[::2] == (0, "")
    shared = (training / "figures" / "a.tex").read_text()
    alone = [(training / "figures" / f"a-head-{head}.tex").read_text() for head in (0, 1)]

    told = re.findall(
        r"\\includegraphics\[alt=\{(.*)\}\]\{\\paperfigdir/a-head-\d\.pdf\}", shared
    )
    assert told == [alt_in(one) for one in alone]
    assert told[1].startswith("Heat map of attention weights for head 1 of layer 0. ")


def test_latex_takes_it(
    training: Path, command: Command, run_latex: Callable[..., str]
) -> None:
    """With the marks active that babel makes so."""
    keys = {"figure": "profile", "head": "L0H0", "query": 14}
    (training / "figspec" / "a.yaml").write_text(yaml.safe_dump(BASE | keys))
    assert command(training, "build")[::2] == (0, "")
    (training / "paperfig.sty").write_text(latex_package())
    active = "".join(rf"\catcode`\{mark}=13 \def{mark}{{\string{mark}}}" for mark in "!?'")
    (training / "main.tex").write_text(
        "\\documentclass{article}\n\\usepackage{paperfig}\n\\begin{document}\n"
        f"{active}\n\\paperfigure{{a}}\n\\end{{document}}\n"
    )
    assert "Causal mask" in run_latex(training)


def test_a_graphicx_that_knows_none_passes_it_over(
    training: Path, command: Command, run_latex: Callable[..., str]
) -> None:
    """That of before 2021: the option is none of its keys."""
    (training / "figspec" / "a.yaml").write_text(yaml.safe_dump(BASE | {"head": "L0H0"}))
    assert command(training, "build")[::2] == (0, "")
    (training / "paperfig.sty").write_text(latex_package())
    (training / "main.tex").write_text(
        "\\documentclass{article}\n\\usepackage{graphicx}\n"
        "\\makeatletter\\let\\KV@Gin@alt\\undefined\\makeatother\n\\usepackage{paperfig}\n"
        "\\begin{document}\n\\paperfigure{a}\n\\end{document}\n"
    )
    assert "Causal mask" in run_latex(training)
