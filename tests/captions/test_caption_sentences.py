"""The default caption, word by word, for the ways in which a map can be made."""
# ruff: noqa: E501 (captions stand whole)

from dataclasses import replace

import numpy as np
import pytest
from caption_figures import WIKITEXT, attention, caption_of, figure, sentences
from values_of import layer_value

from paperfig.values.drawn import DrawnScores
from paperfig.values.excerpt import Origin, Sample
from paperfig.values.figure import NamedArray, from_npz, to_npz
from paperfig.values.mask import MaskRule
from paperfig.values.site import Site
from paperfig.values.tokens import Tokens

HIDE = MaskRule(self_attention="hide")
WIKI = "on a WikiText-103 validation excerpt: `In 1941, after the fall of France, the British [\\textellipsis{}]'"
ONE = f"Attention pattern for head 2 of layer 0 (layers and heads counted from 0) of \\emph{{gauge-demo}} {WIKI} (4 tokens). "
SCALE = " Colour scale from 0 to 1."
ROWS = " Rows are queries, columns keys."
END = SCALE + ROWS


def test_a_self_masked_gauge_model_says_what_the_guide_asks_for():
    """Head, data, split, quote, tokens, self mask, kappa in the guide's order, and more."""
    assert sentences(attention(128, shown=HIDE)) == (
        f"Attention pattern for head 2 of layer 0 (layers and heads counted from 0) of \\emph{{gauge-demo}} {WIKI} (128 tokens). "
        "Causal mask; self-attention (the diagonal) masked, except for the first query, which has no other key. $\\kappa = 1.0$."
        + END
    )


def test_a_dot_product_model_does_not_mention_kappa():
    """Plain causal attention needs one word."""
    assert sentences(attention(kappa=None)) == f"{ONE}Causal mask.{END}"


@pytest.mark.parametrize(
    ("heads", "changes", "phrase"),
    [
        ((2,), {}, "Attention pattern for head 2 of layer 0"),
        ((0, 1, 3), {}, "Attention patterns for heads 0, 1 and 3 of layer 0"),
        ((3, 0), {"layer": 5}, "Attention patterns for heads 3 and 0 of layer 5"),
        ((0, 1, 2, 3), {}, "Attention patterns for all 4 heads of layer 0"),
        ((0,), {"n_head": 1}, "Attention pattern for head 0 of layer 0"),
        ((0, 1, 2, 3), {"mean": True}, "Attention pattern for the mean of 4 heads of layer 0"),
        ((0, 2), {"mean": True}, "Attention pattern for the mean of 2 heads (0 and 2) of layer 0"),
        ((0,), {"stack": "cross", "layer": 3}, "Attention pattern for cross-attention head X3H0"),
        ((0, 2), {"stack": "encoder"}, "Attention patterns for encoder heads E0H0 and E0H2"),
        ((0, 1, 2, 3), {"stack": "cross"}, "Attention patterns for all 4 cross-attention heads of layer 0"),
        ((0, 1, 2, 3), {"stack": "cross", "mean": True}, "Attention pattern for the mean of 4 cross-attention heads of layer 0"),
    ],
)  # fmt: skip
def test_heads_are_named(heads, changes, phrase):
    """One, several, all, or a mean; whose attention, and from where they are counted."""
    shown = attention(heads=heads, kappa=None, **changes)
    assert sentences(shown).startswith(
        f"{phrase} (layers and heads counted from 0) of \\emph{{gauge-demo}} on "
    )
    brief = sentences(shown, caption={"detail": "brief"})
    assert brief.startswith(f"{phrase} of \\emph{{gauge-demo}} on ")


def test_heads_of_several_layers_carry_their_layer():
    """Layers that share mask and kappa are described once."""
    text = sentences(attention(heads=(1,), layer=0), attention(heads=(3, 2), layer=1))
    assert text == (
        "Attention patterns for heads L0H1, L1H3 and L1H2 (layers and heads counted from 0) of "
        f"\\emph{{gauge-demo}} {WIKI} (4 tokens). Causal mask; self-attention (the diagonal) kept. $\\kappa = 1.0$.{END}"
    )


@pytest.mark.parametrize(
    ("layers", "n_layer", "phrase"),
    [
        ((0, 2), 3, "both heads of layers 0 and 2"),
        ((0, 1, 2), 3, "both heads of all 3 layers"),
        ((0, 1, 2), 4, "both heads of layers 0, 1 and 2"),
    ],
)
def test_all_heads_of_several_layers_are_no_list(layers, n_layer, phrase):
    """144 references say less than "all 12 heads of all 12 layers"."""
    shown = [attention(heads=(0, 1), n_head=2, kappa=None, layer=layer) for layer in layers]
    of = (layer_value(8, 8),) * n_layer
    text = sentences(*shown, layers=of, caption={"detail": "brief"})
    assert text.startswith(f"Attention patterns for {phrase} of \\emph{{gauge-demo}} ")


@pytest.mark.parametrize(
    ("model", "phrase"),
    [
        ({"name": "a_b 100%"}, "\\emph{a\\_b 100\\%}"),
        ({"name": "VFE-4", "name_latex": "$\\mathrm{VFE}_4$"}, "\\emph{$\\mathrm{VFE}_4$}"),
        ({"is_named": False, "architecture": "GPT"}, "a 6-layer GPT"),
        ({"is_named": False, "layers": (layer_value(8),) * 18}, "an 18-layer transformer"),
        ({"is_named": False, "layers": (layer_value(8),) * 80, "architecture": "Llama"}, "an 80-layer Llama"),
        ({"is_named": False, "layers": (layer_value(8),), "architecture": "gauge transformer"}, "a 1-layer gauge transformer"),
    ],
)  # fmt: skip
def test_the_model_is_called_what_its_authors_call_it(model, phrase):
    """By its name, in LaTeX where that needs it; without one by what is known."""
    text = sentences(attention(kappa=None), **{"layers": (layer_value(8),) * 6} | model)
    assert f" of {phrase} on a WikiText-103 " in text


def test_heads_in_the_order_of_the_spec():
    """A layer is described once, wherever its heads stand, with the κ of each."""
    trained = {"trained_kappa": "as shown"}
    text = sentences(
        attention(heads=(0,), layer=1, kappa=(0.5,), **trained),
        attention(heads=(2,), layer=0, kappa=(1.0,), **trained),
        attention(heads=(1,), layer=1, kappa=(0.7,), **trained),
    )
    assert text.startswith(
        "Attention patterns for heads L1H0, L0H2 and L1H1 (layers and heads counted from 0)"
    )
    assert (
        "Layer 1: Causal mask; self-attention (the diagonal) kept. $\\kappa$ is 0.5 (head 0) and 0.7 (head 1). "
        "Layer 0: Causal mask; self-attention (the diagonal) kept. $\\kappa = 1.0$. "
    ) in text


SAMPLED = {"start": None, "seed": 3, "starts": (0, 9)}
LOCAL = {"title": None, "hub": None}
DRAWS = {"kind": "random", "dataset": None, "split": None, "start": None, "seed": 3, **LOCAL}


@pytest.mark.parametrize(
    ("origin", "unknown", "phrase"),
    [
        (SAMPLED, 0, "2 WikiText-103 validation excerpts (4 tokens each, without overlap, seed 3)"),
        (SAMPLED | {"special_tokens": ("<s>",)}, 0, "2 WikiText-103 validation excerpts (4 tokens each, of them \\textless{}s\\textgreater\\/, without overlap, seed 3)"),
        (SAMPLED, 5, "2 WikiText-103 validation excerpts (4 tokens each, in all 5 outside the vocabulary, without overlap, seed 3)"),
        (SAMPLED | LOCAL | {"dataset": "a/b/notes.txt", "split": None}, 0, "2 excerpts (4 tokens each, without overlap, seed 3)"),
        (SAMPLED | LOCAL | {"dataset": "a/notes", "split": "train"}, 0, "2 train excerpts (4 tokens each, without overlap, seed 3)"),
        (SAMPLED | LOCAL | {"dataset": "a/notes", "split": "train", "name": "A & B"}, 0, "2 excerpts of A \\& B (train split, 4 tokens each, without overlap, seed 3)"),
        (SAMPLED | LOCAL | {"dataset": "a/notes", "split": None, "name": "the Pile"}, 0, "2 excerpts of the Pile (4 tokens each, without overlap, seed 3)"),
        (SAMPLED | LOCAL | {"dataset": "x/y_z", "hub": "x/y_z"}, 0, "2 excerpts of \\texttt{x/y\\_z} (validation split, 4 tokens each, without overlap, seed 3)"),
        (DRAWS, 0, "2 draws of random tokens (4 tokens each, seed 3)"),
    ],
)  # fmt: skip
def test_several_excerpts_are_counted_and_none_is_quoted(origin, unknown, phrase):
    """How many, of what, how long, by which seed."""
    text = sentences(attention(kappa=None), sample=sample_of(origin, unknown))
    head = "Attention pattern for head 2 of layer 0 (layers and heads counted from 0) of \\emph{gauge-demo}"

    assert text == f"{head}, averaged over {phrase}. Causal mask.{END}"


def sample_of(origin, unknown=0):
    """Two excerpts of four tokens."""
    ids = np.arange(8).reshape(2, 4)
    return Sample(token_ids=ids, origin=replace(WIKITEXT, **origin), unknown=unknown)


@pytest.mark.parametrize(
    ("heads", "changes", "phrase"),
    [
        ((2,), {}, "head 2 of layer 0 of \\emph{gauge-demo}, averaged over 2 "),
        ((0, 1, 2, 3), {}, "all 4 heads of layer 0 of \\emph{gauge-demo}, each averaged over 2 "),
        ((0, 1, 2, 3), {"mean": True}, "the mean of 4 heads of layer 0 of \\emph{gauge-demo}, averaged over 2 "),
    ],
)  # fmt: skip
def test_means_of_heads_and_means_of_excerpts_are_told_apart(heads, changes, phrase):
    """Heads that are averaged over excerpts are not averaged with each other."""
    shown = attention(heads=heads, kappa=None, **changes)
    text = sentences(shown, sample=sample_of(SAMPLED), caption={"detail": "brief"})
    assert f" for {phrase}WikiText-103 validation excerpts" in text


def test_layers_that_differ_are_described_apart():
    """Each layer's own mask; a plain dot product with another divisor in one of them."""
    text = sentences(
        attention(kappa=None),
        attention(layer=1, shown=MaskRule(window=2), kappa=(0.3,), trained_kappa=None),
    )
    assert text.partition("(4 tokens). ")[2] == (
        "Layer 0: Causal mask. Layer 1: Causal mask; a window of 2 keys (the query itself counted). "
        f"Logits divided by 0.3. What enters each layer is as trained.{END}"
    )


def from_data(dataset="corpus", **changes):
    """An excerpt of a data set: of files of the authors' own, unless a place on the Hub is given."""
    return Origin(kind="dataset", tokenizer="x", dataset=dataset, **changes)


@pytest.mark.parametrize(
    ("origin", "changes", "phrase"),
    [
        (Origin(kind="text", tokenizer="gpt2"), {"text": "a_b"}, "the text `a\\_b' (4 tokens)"),
        (Origin(kind="text", tokenizer="gpt2", name="the opening of Emma"), {"text": "a"}, "the opening of Emma: `a' (4 tokens)"),
        (Origin(kind="ids", tokenizer="gpt2"), {"text": None}, "a given sequence of token ids (4 tokens)"),
        (Origin(kind="ids", tokenizer="gpt2"), {"text": "a"}, "the text `a' (4 tokens)"),
        (Origin(kind="random", tokenizer="gpt2", seed=0, repeat=2), {}, "random tokens, seed 0, a block of 2 repeated 2 times (4 tokens)"),
        (Origin(kind="random", tokenizer="gpt2", seed=7, repeat=3, special_tokens=("<s>",)), {"text": None}, "random tokens, seed 7, a block of 1 repeated 3 times (4 tokens, of them \\textless{}s\\textgreater\\/)"),
        (Origin(kind="text", tokenizer="bert", special_tokens=("[CLS]", "[SEP]")), {"text": "a"}, "the text `a' (4 tokens, of them {[}CLS{]} and {[}SEP{]})"),
        (from_data(title="WikiText-2"), {"text": "a"}, "a WikiText-2 excerpt: `a' (4 tokens)"),
        (from_data(title="WikiText-103", split="test"), {"text": "a"}, "a WikiText-103 test excerpt: `a' (4 tokens)"),
        (from_data(title="WikiText-103", split="test", name="our WikiText"), {"text": "a"}, "an excerpt of our WikiText (test split): `a' (4 tokens)"),
        (from_data(split="validation"), {"text": "a"}, "the text `a' (4 tokens)"),
        (from_data(name="a_b & c"), {"text": "a"}, "an excerpt of a\\_b \\& c: `a' (4 tokens)"),
        (from_data(hub="some/corpus_1", split="train"), {"text": "a"}, "an excerpt of \\texttt{some/corpus\\_1} (train split): `a' (4 tokens)"),
        (from_data("/home/someone/secret/my_notes.txt"), {"text": "a"}, "the text `a' (4 tokens)"),
        (from_data("C:\\Users\\someone\\corpus\\en"), {"text": "a", "caption": {"quote": 0}}, "a text (4 tokens)"),
        (Origin(kind="text", tokenizer="x"), {"text": "a", "unknown": 3}, "the text `a' (4 tokens, 3 outside the vocabulary and shown as UNK)"),
        (Origin(kind="text", tokenizer="x"), {"text": " \n "}, "a text (4 tokens)"),
        (Origin(kind="text", tokenizer="x"), {"text": "a b", "caption": {"quote": 0}}, "a text (4 tokens)"),
    ],
)  # fmt: skip
def test_the_text_is_named_by_its_source(origin, changes, phrase):
    """By the authors' name, the literature's or the Hub's; without any it is the text quoted."""
    text = sentences(attention(kappa=None), origin=origin, **changes)
    assert text.partition("\\emph{gauge-demo} on ")[2] == f"{phrase}. Causal mask.{END}"


TRAINED = MaskRule()
MASKS = [
    (MaskRule(causal=False), None, "No mask: every query attends to every key."),
    (MaskRule(causal=False, self_attention="hide"), None, "No causal mask; self-attention (the diagonal) masked."),
    (MaskRule(window=1), None, "Causal mask; a window of 1 key (the query itself counted)."),
    (MaskRule(causal=False, window=2), None, "No causal mask; a window of 3 keys (the query itself and 1 on either side)."),
    (MaskRule(self_attention="hide-always"), None, "Causal mask; self-attention (the diagonal) masked for every query; the first query has no key at all."),
    (MaskRule(pattern=((4, ((0, 1),)),)), None, "Causal mask; further keys hidden."),
    (MaskRule(causal=False, pattern=((1, ((0, 3),)), (3, ((0, 1),)))), None, "No causal mask; some keys hidden."),
    (MaskRule(causal=False), TRAINED, "No mask: every query attends to every key here, though the model was trained with a causal mask."),
    (TRAINED, MaskRule(causal=False), "Causal mask here, though the model was trained without one."),
    (HIDE, TRAINED, "Causal mask; self-attention (the diagonal) masked here, though the model was trained with it; the first query, which has no other key, keeps it."),
    (TRAINED, HIDE, "Causal mask; self-attention (the diagonal) kept here, though the model was trained without it."),
    (MaskRule(self_attention="hide-always"), HIDE, "Causal mask; self-attention (the diagonal) masked for every query here, though the model was trained to keep it where a query has no other key; the first query has no key at all."),
    (MaskRule(window=3), MaskRule(window=24), "Causal mask; a window of 3 keys (the query itself counted) here, though the model was trained with one of 24."),
    (MaskRule(window=3), TRAINED, "Causal mask; a window of 3 keys (the query itself counted) here, though the model was trained without one."),
    (TRAINED, MaskRule(window=24), "Causal mask; no window here, though the model was trained with one of 24."),
    (MaskRule(hide_keys=(0,)), TRAINED, "Causal mask; the first key hidden here, though the model was trained with it; the first query has no key at all."),
    (MaskRule(causal=False, hide_keys=(0, 2)), MaskRule(causal=False), "No causal mask; keys 0 and 2 hidden here, though the model was trained with them."),
    (MaskRule(self_attention="hide", hide_keys=(1,)), HIDE, "Causal mask; self-attention (the diagonal) masked, except for the first query, which has no other key; key 1 hidden here, though the model was trained with it."),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "trained", "phrase"), MASKS)
def test_the_mask_is_told_as_shown_and_as_trained(shown, trained, phrase):
    """Masks as trained, and every intervention with what it departs from."""
    assert sentences(attention(shown=shown, trained=trained, kappa=None)) == ONE + phrase + END


def test_exceptions_are_counted_off_the_mask_that_was_drawn():
    """Two queries alone are listed, many are counted."""
    two = np.tril(np.ones((4, 4), dtype=bool), -1) | np.diag([True, False, False, True])
    two[3, :3] = False
    text = sentences(attention(shown=HIDE, allowed=two, kappa=None))
    assert ", except for queries 0 and 3, which have no other key. " in text
    many = np.eye(6, dtype=bool)
    text = sentences(attention(6, shown=HIDE, allowed=many, kappa=None))
    assert ", except for 6 queries, which have no other key. " in text


@pytest.mark.parametrize(
    ("kappa", "trained", "phrase"),
    [
        ((1.0, 1.0), (1.0, 1.0), "$\\kappa = 1.0$."),
        ((0.3, 0.3), (1.0, 1.0), "$\\kappa = 0.3$ instead of the trained 1.0."),
        ((1.0, 0.25), (1.0, 0.25), "$\\kappa$ is 1.0 (head 0) and 0.25 (head 1)."),
        ((0.3, 0.3), (1.0, 0.25), "$\\kappa = 0.3$ instead of the trained 1.0 (head 0) and 0.25 (head 1)."),
        ((0.1, 0.2, 0.3, 0.4, 0.5), (0.1, 0.2, 0.3, 0.4, 0.5), "$\\kappa$ runs from 0.1 to 0.5."),
        ((1.0,) * 5, (0.1, 0.2, 0.3, 0.4, 0.5), "$\\kappa = 1.0$ instead of the trained 0.1 to 0.5."),
        ((25 / 11,), (25 / 11,), "$\\kappa = 2.27273$."),
        ((0.3, 0.3), None, "Logits divided by 0.3."),
        ((1e-5,), None, "Logits divided by \\ensuremath{10^{-5}}."),
    ],
)  # fmt: skip
def test_the_temperature_is_told_as_shown_and_as_trained(kappa, trained, phrase):
    """One value, few heads' values, a range; a dot product's divisor only where changed."""
    shown = attention(
        heads=tuple(range(len(kappa))), n_head=8, kappa=kappa, trained_kappa=trained
    )
    told = sentences(shown).partition("(4 tokens). ")[2]
    mask = "Causal mask; self-attention (the diagonal) kept." if trained else "Causal mask."
    assert told == f"{mask} {phrase}{END}"


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"step": 0}, "The model is untrained (step 0)."),
        ({"step": 1000}, ""),
        ({"declared": ("kappa = 1.0",)}, "$\\kappa$ as declared by the authors."),
        ({"declared": ("mask.self = hide", "mask.causal = true")}, "Mask as declared by the authors."),
        ({"declared": ("kappa = 1", "mask.self = hide", "transport = exact")}, "$\\kappa$, mask and transport as declared by the authors."),
        ({"origin": Origin(kind="dataset", tokenizer="x", dataset="wikitext-103", split="validation", clean="vfe")}, "Text after the WikiText clean-up of the VFE projects."),
        ({"caption": {"quote_style": "readable"}, "text": "In 1941, after the fall of France, the British @-@ x"}, "WikiText's marks and spacing undone in the quotation."),
    ],
)  # fmt: skip
def test_what_else_a_reader_must_know_is_said_where_it_holds(changes, phrase):
    """Notes on training, text and drawing, and none where there is nothing to say."""
    told = sentences(attention(kappa=None), **changes).partition("Causal mask.")[2]
    assert told == (f" {phrase}" if phrase else "") + END


CLIPPED = {"over": 64, "n_cells": 15_000, "limits": (0.0, 0.4)}


@pytest.mark.parametrize(
    ("changes", "brief", "full"),
    [
        ({}, "", "Colour scale from 0 to 1."),
        (CLIPPED, "Colour scale from 0 to 0.4; 0.43\\% of the weights exceed it.", None),
        (CLIPPED | {"over": 1}, "Colour scale from 0 to 0.4; less than 0.01\\% of the weights exceed it.", None),
        (CLIPPED | {"over": 14_999}, "Colour scale from 0 to 0.4; more than 99\\% of the weights exceed it.", None),
        (CLIPPED | {"over": 15_000}, "Colour scale from 0 to 0.4; 100\\% of the weights exceed it.", None),
        ({"limits_rule": "full"}, "Colour scale from 0 to 1, which holds every weight.", None),
        ({"limits_rule": "given"}, "Colour scale set from 0 to 1.", None),
        ({"limits_rule": "given", "limits": (0.1, 1 / 3), "under": 2, "over": 30}, "Colour scale set from 0.1 to 0.3333333333333333; 0.2\\% of the weights fall below it and 3\\% exceed it.", None),
        ({"limits_rule": "given", "limits": (0.1, 1.0), "under": 20}, "Colour scale set from 0.1 to 1; 2\\% of the weights fall below it.", None),
        ({"scale": "log", "limits": (1e-4, 0.8), "under": 120}, "Logarithmic colour scale from 0.0001 to 0.8; 12\\% of the weights fall below it.", None),
        ({"scale": "sqrt"}, "Square-root colour scale.", "Square-root colour scale from 0 to 1."),
        ({"scale": "relative", "limits": (0.25, 4.0)}, "Colours show weight times the number of allowed keys, 1 for uniform attention, on a $\\log_2$ scale from 1/4 to 4.", None),
        ({"scale": "relative", "limits": (1 / 512, 512.0), "under": 120, "limits_rule": "full"}, "Colours show weight times the number of allowed keys, 1 for uniform attention, on a $\\log_2$ scale from 1/512 to 512; 12\\% of the weights fall below it.", None),
        ({"scale": "relative", "limits": (0.3, 5.0), "limits_rule": "given"}, "Colours show weight times the number of allowed keys, 1 for uniform attention, on a $\\log_2$ scale set from 0.3 to 5.", None),
        ({"panels": ("L0H0", "L0H1")}, "", "Colour scale of all weights from 0 to 1."),
    ],
)  # fmt: skip
def test_the_scale_is_told_where_it_is_not_the_usual_one(changes, brief, full):
    """Given limits, clipping as a share, what is not linear; all of it in full."""
    told = sentences(attention(kappa=None), caption={"detail": "brief"}, **changes)
    assert told.partition("Causal mask.")[2] == (f" {brief}" if brief else "")
    told = sentences(attention(kappa=None), **changes)
    assert told.partition("Causal mask.")[2] == f" {full or brief}{ROWS}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"annotated": "entropy", "panels": ("L0H0",)}, " In the corner: $H$, the mean normalised entropy of a panel's rows (1 for uniform weights on the allowed keys)."),
        ({"annotated": "entropy", "panels": ("L0H0",), "window": ((1, 1), (0, 1))}, " Enlarged: query 1 and keys 0 to 1. In the corner: $H$, the mean normalised entropy of all rows (1 for uniform weights on the allowed keys)."),
        ({"annotated": "row_std", "panels": ("L0H0", "L0H1")}, " In the corners: the standard deviation of a query's weights, its own key left out and masked keys counted as 0, averaged over queries."),
    ],
)  # fmt: skip
def test_what_panels_bear_is_told(changes, said):
    """However little is said besides; nothing where they bear nothing."""
    told = sentences(attention(kappa=None), caption={"detail": "brief"}, **changes)

    assert told.partition("Causal mask.")[2] == said


WORDS = ("It", " was", " so", " so", "\n", ":")


@pytest.mark.parametrize(
    ("marks", "kind", "phrase"),
    [
        ((((5, 5), (1, 1)),), "tokens", "query `{\\ifdefined\\NoAutoSpacing\\NoAutoSpacing\\fi \\string:}' with key `\\textvisiblespace{}was'"),
        ((((3, 3), (0, 0)),), "tokens", "query `\\textvisiblespace{}so' (3) with key `It'"),
        ((((4, 4), (0, 0)), ((2, 3), (0, 1))), "tokens", "query `\\paperfigmark{LF}' with key `It'; queries `\\textvisiblespace{}so' (2) to `\\textvisiblespace{}so' (3) with keys `It' to `\\textvisiblespace{}was'"),
        ((((1, 1), (0, 0)),), "index", "query `\\textvisiblespace{}was' (1) with key `It' (0)"),
        ((((1, 1), (0, 0)),), "none", "query `\\textvisiblespace{}was' (1) with key `It' (0)"),
    ],
)  # fmt: skip
def test_marks_name_their_tokens(marks, kind, phrase):
    """With the index where the axes do not show the token, or show it more than once."""
    shown = attention(6, kappa=None, tokens=WORDS)
    told = sentences(shown, marks=marks, label_kind=kind, caption={"detail": "brief"})
    assert told.partition("Causal mask.")[2] == f" Marked: {phrase}."


def test_marks_have_indices_where_a_window_does_not_show_their_tokens():
    """The whole map beside it has indices; of two equal words the window shows one."""
    told = sentences(
        attention(6, kappa=None, tokens=WORDS),
        marks=(((3, 3), (0, 1)),),
        window=((3, 5), (1, 2)),
        label_kind="tokens",
        caption={"detail": "brief"},
    )
    so, was = "`\\textvisiblespace{}so'", "`\\textvisiblespace{}was'"
    assert told.endswith(f" Marked: query {so} with keys `It' (0) to {was}.")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "The token shown as a dot continues the character before it."),
        (12, "The tokens shown as a dot continue the character before them."),
    ],
)
def test_tokens_that_share_a_character_are_told(count, said):
    """One of them shows it; the others are dots."""
    told = sentences(attention(kappa=None), continuing=count, caption={"detail": "brief"})
    assert told.endswith(f" {said}")


def test_marks_of_several_excerpts_are_positions():
    """No token is at a position of all of them."""
    told = sentences(
        attention(kappa=None),
        sample=sample_of(SAMPLED),
        marks=(((3, 3), (0, 1)),),
        caption={"detail": "brief"},
    )
    assert told.endswith(" Marked: query 3 with keys 0 to 1.")


LAMP = Tokens(
    labels=("The", " lamp", " went", " out", "."),
    text="The lamp went out.",
    offsets=np.array([[0, 3], [3, 8], [8, 13], [13, 17], [17, 18]]),
)


@pytest.mark.parametrize(
    ("window", "quote", "phrase"),
    [
        (((1, 2), (1, 2)), 50, "Enlarged: tokens 1 to 2 (`lamp went')."),
        (((1, 4), (1, 4)), 9, "Enlarged: tokens 1 to 4 (`lamp went [\\textellipsis{}]')."),
        (((3, 3), (0, 1)), 50, "Enlarged: query 3 (`out') and keys 0 to 1 (`The lamp')."),
        (((1, 2), (1, 2)), 0, "Enlarged: tokens 1 to 2."),
    ],
)  # fmt: skip
def test_a_window_is_quoted_in_the_place_of_the_beginning(window, quote, phrase):
    """The reader sees the window's tokens, so it is these that are quoted."""
    shown = attention(5, kappa=None, queries=LAMP, keys=LAMP)
    caption = {"detail": "brief", "quote": quote}
    assert sentences(shown, window=window, caption=caption) == (
        "Attention pattern for head 2 of layer 0 of \\emph{gauge-demo} on a WikiText-103 "
        f"validation excerpt (5 tokens). Causal mask. {phrase}"
    )


def test_the_split_and_the_count_share_their_parentheses_without_a_quote():
    """One pair of them, not two."""
    origin = Origin(kind="dataset", tokenizer="bytes", split="test", name="ours")
    caption = {"detail": "brief", "quote": 0}
    assert sentences(attention(kappa=None), origin=origin, caption=caption).endswith(
        " on an excerpt of ours (test split, 4 tokens). Causal mask."
    )


def test_queries_and_keys_of_two_texts_are_told():
    """Whose tokens the rows are, also in brief."""
    names = {"queries": Tokens(labels=("a", "b")), "keys": Tokens(labels=("c", "d"))}
    shown = attention(2, shown=MaskRule(causal=False), kappa=None)
    assert sentences(replace(shown, **names), caption={"detail": "brief"}).endswith(
        " No mask: every query attends to every key. Rows are queries, columns keys."
    )
    cross = replace(shown, site=Site(0, "cross"), **names)
    assert sentences(cross, caption={"detail": "brief"}).endswith(
        " Rows are queries, the decoder's tokens, columns keys, the encoder's."
    )


def test_another_transport_is_an_intervention():
    """What is computed and what was trained, both."""
    shown = attention(layer=1, transport="exact", trained_transport="taylor4")
    assert sentences(shown).partition("kept. ")[2] == (
        "$\\kappa = 1.0$. Transport by the exact exponential here, though the model was "
        "trained with the order-4 Taylor series. What enters the layer is as trained." + END
    )


def test_names_and_quotes_are_escaped():
    """The model's name, the quote and the data set cannot leave their braces."""
    origin = from_data(name="a}b/c%d")
    text = sentences(attention(kappa=None), origin=origin, text="\\input{x} 100%", name="m_1}")
    assert text == (
        "Attention pattern for head 2 of layer 0 (layers and heads counted from 0) of \\emph{m\\_1\\}} on an "
        "excerpt of a\\}b/c\\%d: `\\textbackslash{}input\\{x\\} 100\\%' (4 tokens). Causal mask."
        + END
    )


@pytest.mark.parametrize("style", ["exact", "plain"])
def test_the_quote_of_real_text_says_what_the_text_says(style, shared):
    """WikiText's beginning: exactly, or after the rule that is stated."""
    source = (shared / "wikitext-2" / "validation.txt").read_text("utf-8")[:300]
    text = sentences(
        attention(kappa=None), text=source, caption={"quote": 300, "quote_style": style}
    )
    opening = {
        "exact": "\\textvisiblespace{}\\paperfigmark{LF}\\textvisiblespace{}\\string= Homarus gammarus \\string=",
        "plain": "\\string= Homarus gammarus \\string= / Homarus gammarus , known as",
    }
    assert opening[style] in text


def test_the_caption_file_ends_in_a_comment():
    """No stray space after \\input, in ASCII, on one line."""
    made = caption_of(figure(attention(), text="caf\u00e9 \u4e2d"))
    assert made.text.endswith(
        "Causal mask; self-attention (the diagonal) kept. $\\kappa = 1.0$.%\n"
    )
    assert made.text.count("\n") == 1
    assert made.text.isascii()
    assert made.float.isascii()


KL_DRAWN = DrawnScores(kind="kl", limits=(0.0, 40.0), over=6, under=0, n_cells=900)
LOGITS_DRAWN = DrawnScores(kind="logits", limits=(-8.0, 0.0), over=0, under=1, n_cells=90)


def scores_told(*maps, scores, **changes):
    """The caption of a figure of scores."""
    return sentences(*maps, kind="scores", scores=scores, **changes)


def test_scores_beside_weights():
    """What is shown of which head, at which kappa, and what each colour bar leaves out."""
    hidden = attention(128, shown=HIDE)
    assert scores_told(hidden, scores=KL_DRAWN, over=13, limits=(0.0, 0.6)) == (
        f"KL divergence and attention weights for head 2 of layer 0 (layers and heads counted from 0) of \\emph{{gauge-demo}} {WIKI} (128 tokens). "
        "Causal mask; self-attention (the diagonal) masked, except for the first query, which has no other key. $\\kappa = 1.0$. "
        "KL divergence in nats, before the division by $\\kappa$. KL scale from $0$ to $40$; 0.67\\% of the values exceed it. "
        "Colour scale from 0 to 0.6; 1.3\\% of the weights exceed it." + ROWS
    )


def test_logits_beside_weights():
    """Less their row's maximum, which a reader must know."""
    assert scores_told(attention(kappa=None), scores=LOGITS_DRAWN) == (
        f"Logits and attention weights for head 2 of layer 0 (layers and heads counted from 0) of \\emph{{gauge-demo}} {WIKI} (4 tokens). "
        "Causal mask. Logits are shown less their row's maximum. "
        "Logit scale from $-8$ to $0$; 1.1\\% of the values fall below it." + END
    )


@pytest.mark.parametrize(
    ("kappas", "trained", "phrase"),
    [
        ((0.3, 1.0, 3.0), (1.0,), "$\\kappa$ is 0.3, 1.0 (as trained) and 3.0, in this order."),
        ((0.3, 3.0), (1.0,), "$\\kappa$ is 0.3 and 3.0, in this order; the trained one is 1.0."),
        ((0.3, 3.0), None, "Logits divided by 0.3 and 3.0, in this order; the trained one is 1.0."),
        ((0.5, 1.0), None, "Logits divided by 0.5 and 1.0 (as trained), in this order."),
    ],
)  # fmt: skip
def test_a_sweep_of_kappa_is_told_once(kappas, trained, phrase):
    """Each value in the order of the panels, and which of them was trained."""
    shown = [attention(kappa=(kappa,), trained_kappa=trained) for kappa in kappas]
    text = scores_told(*shown, scores=KL_DRAWN if trained else LOGITS_DRAWN)
    mask = "Causal mask; self-attention (the diagonal) kept." if trained else "Causal mask."
    what = "KL divergence" if trained else "Logits"
    assert text.startswith(f"{what} and attention weights for head 2 of layer 0 (layers")
    assert text.partition("(4 tokens). ")[2].startswith(f"{mask} {phrase} ")


def test_a_sweep_of_heads_that_were_trained_apart():
    """Every trained kappa, since none of the sweep is all of them."""
    heads = {"heads": (0, 1), "trained_kappa": (1.0, 0.5)}
    shown = [attention(kappa=(kappa, kappa), **heads) for kappa in (0.5, 1.0)]
    assert (
        "$\\kappa$ is 0.5 and 1.0, in this order; the trained ones are "
        "1.0 (head 0) and 0.5 (head 1)."
    ) in scores_told(*shown, scores=KL_DRAWN)


@pytest.mark.parametrize("detail", ["brief", "full"])
def test_the_short_caption_says_what_is_shown(detail):
    """In the list of figures too, and not from where heads are counted."""
    spec = {"detail": detail}
    made = caption_of(figure(attention(), kind="scores"), scores=KL_DRAWN, caption=spec)
    assert (
        "\\caption[KL divergence and attention weights for head 2 of layer 0]{%" in made.float
    )


def context_told(*maps, heads, kind="kl", **changes):
    """The caption of a context."""
    scores = DrawnScores(kind=kind, limits=(0.0, 9.0), over=0, under=0, n_cells=10, heads=heads)
    return sentences(*maps, kind="context", scores=scores, **changes)


ROW_NUMBERS = (
    "with normalised entropy (1 for uniform weights on the allowed keys) "
    "and row deviation (the standard deviation of a query's weights, its own key left out, "
    "masked keys counted as 0; dashed: 0.05); "
)
KL_END = " KL scale from $0$ to $9$." + END


def test_a_context_says_what_each_row_of_the_page_is():
    """Every head, their mean, and the sum over heads is said to be one."""
    heads = (0, 1, 2, 3)
    shown = attention(heads=heads, kappa=(1.0,) * 4, shown=HIDE)
    assert context_told(shown, heads=heads) == (
        f"Tokens, attention and KL divergence for all 4 heads of layer 0 (layers and heads counted from 0) of \\emph{{gauge-demo}} {WIKI} (4 tokens). "
        "Causal mask; self-attention (the diagonal) masked, except for the first query, which has no other key. $\\kappa = 1.0$. "
        f"Shown are the tokens; each head; the mean of the 4 heads, {ROW_NUMBERS}"
        "the KL divergence in nats, before the division by $\\kappa$, sum of the 4 heads, "
        f"with row deviation over the allowed keys. Orange: means over queries.{KL_END}"
    )


def test_a_context_of_one_head_has_no_mean():
    """Nor a sum."""
    told = context_told(attention(), heads=(2,)).partition("$\\kappa = 1.0$. ")[2]
    assert told == (
        f"Shown are the tokens; the head, {ROW_NUMBERS}the KL divergence in nats, before the division by $\\kappa$, "
        f"with row deviation over the allowed keys. Orange: means over queries.{KL_END}"
    )


def test_a_context_names_the_head_whose_logits_are_shown():
    """And why it is that one."""
    shown = attention(heads=(0, 1, 2, 3), kappa=None)
    told = context_told(shown, heads=(1,), kind="logits")
    assert (
        "; the logits of head 1, whose entropy is the lowest, less their row's maximum, with row deviation over the allowed keys."
    ) in told
    assert told.startswith("Tokens, attention and logits for all 4 heads of layer 0 (")


def test_a_context_gives_the_means_of_its_rows_in_full():
    """What its three charts show, in a number each."""
    columns = {"row_deviation": 0.0412, "normalised_entropy": 0.7249, "score_deviation": 12.34}
    table = {
        name: NamedArray(values=np.full(4, value), axes=("query",))
        for name, value in columns.items()
    }
    scores = DrawnScores(kind="kl", limits=(0.0, 9.0), over=0, under=0, n_cells=10, heads=(2,))
    data = replace(figure(attention(), kind="context"), table=table)
    means = " Means over queries: normalised entropy 0.725, row deviation 0.0412, row deviation of the KL divergence 12.3.%\n"

    full, again, brief = (
        caption_of(one, scores=scores, caption={"detail": detail}).text
        for one, detail in ((data, "full"), (from_npz(to_npz(data)), "full"), (data, "brief"))
    )

    assert full.endswith(means)
    assert again == full
    assert "Means over queries" not in brief
