"""The default caption, word by word, for the ways in which a map can be made."""
# ruff: noqa: E501 (captions stand whole)

from dataclasses import replace

import numpy as np
import pytest
from caption_figures import WIKITEXT, attention, caption_of, figure, sentences

from paperfig.values.drawn import DrawnScores
from paperfig.values.excerpt import Origin, Sample
from paperfig.values.mask import MaskRule

HIDE = MaskRule(self_attention="hide")
WIKI = "on a WikiText-103 validation excerpt: `In 1941, after the fall of France, the British [\\textellipsis{}]'"
ONE = f"Attention pattern for head 2 of layer 0 (both counted from 0) of \\emph{{gauge-demo}} {WIKI} (4 tokens). "
END = " Rows are queries, columns keys."


def test_a_self_masked_gauge_model_says_what_the_guide_asks_for():
    """Head, data, split, quote, tokens, self mask, kappa in the guide's order, and more."""
    assert sentences(attention(128, shown=HIDE)) == (
        f"Attention pattern for head 2 of layer 0 (both counted from 0) of \\emph{{gauge-demo}} {WIKI} (128 tokens). "
        "Causal; self-attention (the diagonal) masked, except query 0, which has no other key. $\\kappa = 1.0$."
        + END
    )


def test_a_dot_product_model_does_not_mention_kappa():
    """Plain causal attention needs one word."""
    assert sentences(attention(kappa=None)) == f"{ONE}Causal.{END}"


@pytest.mark.parametrize(
    ("heads", "changes", "phrase"),
    [
        ((2,), {}, "Attention pattern for head 2 of layer 0 (both counted from 0)"),
        ((0, 1, 3), {}, "Attention patterns for heads 0, 1 and 3 of layer 0 (both counted from 0)"),
        ((3, 0), {"layer": 5}, "Attention patterns for heads 3 and 0 of layer 5 (both counted from 0)"),
        ((0, 1, 2, 3), {}, "Attention patterns for all 4 heads of layer 0 (counted from 0)"),
        ((0,), {"n_head": 1}, "Attention pattern for head 0 of layer 0 (both counted from 0)"),
        ((0, 1, 2, 3), {"mean": True}, "Attention pattern for the mean of 4 heads of layer 0 (counted from 0)"),
        ((0, 2), {"mean": True}, "Attention pattern for the mean of 2 heads (0 and 2) of layer 0 (both counted from 0)"),
    ],
)  # fmt: skip
def test_heads_are_named_with_their_base(heads, changes, phrase):
    """One, several, all, or a mean."""
    text = sentences(attention(heads=heads, kappa=None, **changes))
    assert text.startswith(f"{phrase} of \\emph{{gauge-demo}} on ")


def test_heads_of_several_layers_carry_their_layer():
    """Layers that share mask and kappa are described once."""
    text = sentences(attention(heads=(1,), layer=0), attention(heads=(3, 2), layer=1))
    assert text == (
        "Attention patterns for heads L0H1, L1H3 and L1H2 (layer and head counted from 0) of "
        f"\\emph{{gauge-demo}} {WIKI} (4 tokens). Causal; self-attention (the diagonal) kept. $\\kappa = 1.0$.{END}"
    )


def test_heads_in_the_order_of_the_spec():
    """A layer is described once, wherever its heads stand, with the κ of each."""
    trained = {"trained_kappa": "as shown"}
    text = sentences(
        attention(heads=(0,), layer=1, kappa=(0.5,), **trained),
        attention(heads=(2,), layer=0, kappa=(1.0,), **trained),
        attention(heads=(1,), layer=1, kappa=(0.7,), **trained),
    )
    assert text.startswith(
        "Attention patterns for heads L1H0, L0H2 and L1H1 (layer and head counted from 0)"
    )
    assert (
        "Layer 1: Causal; self-attention (the diagonal) kept. $\\kappa$ is 0.5 (head 0) and 0.7 (head 1). "
        "Layer 0: Causal; self-attention (the diagonal) kept. $\\kappa = 1.0$. "
    ) in text


SAMPLED = {"start": None, "seed": 3, "starts": (0, 9)}


@pytest.mark.parametrize(
    ("origin", "unknown", "phrase"),
    [
        (SAMPLED, 0, ", averaged over 2 WikiText-103 validation excerpts (4 tokens each, without overlap, seed 3)."),
        (SAMPLED | {"special_tokens": ("<s>",)}, 0, ", averaged over 2 WikiText-103 validation excerpts (4 tokens each, of them \\textless{}s\\textgreater\\/, without overlap, seed 3)."),
        (SAMPLED, 5, ", averaged over 2 WikiText-103 validation excerpts (4 tokens each, in all 5 outside the vocabulary, without overlap, seed 3)."),
        (SAMPLED | {"dataset": "a/b/notes.txt", "split": None}, 0, ", averaged over 2 excerpts of \\texttt{notes.txt} (4 tokens each, without overlap, seed 3)."),
        (SAMPLED | {"dataset": "a/notes", "split": "train"}, 0, ", averaged over 2 excerpts of \\texttt{a/notes} (train split, 4 tokens each, without overlap, seed 3)."),
        ({"kind": "random", "dataset": None, "split": None, "start": None, "seed": 3}, 0, ", averaged over 2 draws of random tokens (4 tokens each, seed 3)."),
    ],
)  # fmt: skip
def test_several_excerpts_are_counted_and_none_is_quoted(origin, unknown, phrase):
    """How many, of what, how long, by which seed."""
    sample = Sample(
        token_ids=np.arange(8).reshape(2, 4),
        origin=replace(WIKITEXT, **origin),
        unknown=unknown,
    )
    text = caption_of(figure(attention(kappa=None), sample=sample)).text
    head = "Attention pattern for head 2 of layer 0 (both counted from 0) of \\emph{gauge-demo}"

    assert text == f"{head}{phrase} Causal.{END}%\n"


def test_layers_that_differ_are_described_apart():
    """Each layer's own mask; a plain dot product with another divisor in one of them."""
    text = sentences(
        attention(kappa=None),
        attention(layer=1, shown=MaskRule(window=2), kappa=(0.3,), trained_kappa=None),
    )
    assert text.partition("(4 tokens). ")[2] == (
        "Layer 0: Causal. Layer 1: Causal; a window of 2 keys (the query itself counted). "
        f"Logits divided by 0.3. What enters each layer is as trained.{END}"
    )


@pytest.mark.parametrize(
    ("origin", "changes", "phrase"),
    [
        (Origin(kind="text", tokenizer="gpt2"), {"text": "a_b"}, "user-provided text: `a\\_b' (4 tokens)"),
        (Origin(kind="ids", tokenizer="gpt2"), {"text": None}, "user-provided token ids, not decoded (4 tokens)"),
        (Origin(kind="random", tokenizer="gpt2", seed=0, repeat=2), {}, "random tokens, seed 0, a block of 2 repeated 2 times (4 tokens)"),
        (Origin(kind="random", tokenizer="gpt2", seed=7, repeat=3, special_tokens=("<s>",)), {"text": None}, "random tokens, seed 7, a block of 1 repeated 3 times (4 tokens, of them \\textless{}s\\textgreater\\/)"),
        (Origin(kind="text", tokenizer="bert", special_tokens=("[CLS]", "[SEP]")), {"text": "a"}, "user-provided text: `a' (4 tokens, of them {[}CLS{]} and {[}SEP{]})"),
        (Origin(kind="ids", tokenizer="gpt2"), {"text": "a b"}, "user-provided token ids: `a b' (4 tokens)"),
        (Origin(kind="dataset", tokenizer="gpt2", dataset="wikitext-2"), {"text": "a"}, "a WikiText-2 excerpt: `a' (4 tokens)"),
        (Origin(kind="dataset", tokenizer="x", dataset="Salesforce/wikitext", config="wikitext-103-raw-v1", split="test"), {"text": "a"}, "a WikiText-103 test excerpt: `a' (4 tokens)"),
        (Origin(kind="dataset", tokenizer="x", dataset="demo/text", split="validation"), {"text": "a"}, "an excerpt of \\texttt{demo/text} (validation split): `a' (4 tokens)"),
        (Origin(kind="dataset", tokenizer="x", dataset="/home/someone/secret/my_notes.txt"), {"text": "a"}, "an excerpt of \\texttt{my\\_notes.txt}: `a' (4 tokens)"),
        (Origin(kind="dataset", tokenizer="x", dataset="C:\\Users\\someone\\corpus\\en"), {"text": "a"}, "an excerpt of \\texttt{corpus/en}: `a' (4 tokens)"),
        (Origin(kind="text", tokenizer="x"), {"text": "a", "unknown": 3}, "user-provided text: `a' (4 tokens, 3 outside the vocabulary and shown as UNK)"),
        (Origin(kind="text", tokenizer="x"), {"text": " \n "}, "user-provided text (4 tokens)"),
        (Origin(kind="text", tokenizer="x"), {"text": "a b", "caption": {"quote": 0}}, "user-provided text (4 tokens)"),
    ],
)  # fmt: skip
def test_the_text_is_named_by_its_source(origin, changes, phrase):
    """Texts, ids, random tokens, data sets by title or by the end of their path."""
    text = sentences(attention(kappa=None), origin=origin, **changes)
    assert text.partition("\\emph{gauge-demo} on ")[2] == f"{phrase}. Causal.{END}"


TRAINED = MaskRule()
MASKS = [
    (MaskRule(causal=False), None, "No mask: every query attends to every key."),
    (MaskRule(causal=False, self_attention="hide"), None, "Not causal; self-attention (the diagonal) masked."),
    (MaskRule(window=1), None, "Causal; a window of 1 key (the query itself counted)."),
    (MaskRule(causal=False, window=2), None, "Not causal; a window of 3 keys (the query itself and 1 on either side)."),
    (MaskRule(self_attention="hide-always"), None, "Causal; self-attention (the diagonal) masked for every query; query 0 has no key at all."),
    (MaskRule(causal=False), TRAINED, "No mask: every query attends to every key here, though the model was trained with a causal mask."),
    (TRAINED, MaskRule(causal=False), "Causal here, though the model was trained without a causal mask."),
    (HIDE, TRAINED, "Causal; self-attention (the diagonal) masked here, though the model was trained with it; query 0, which has no other key, keeps it."),
    (TRAINED, HIDE, "Causal; self-attention (the diagonal) kept here, though the model was trained without it."),
    (MaskRule(self_attention="hide-always"), HIDE, "Causal; self-attention (the diagonal) masked for every query here, though the model was trained to keep it where a query has no other key; query 0 has no key at all."),
    (MaskRule(window=3), MaskRule(window=24), "Causal; a window of 3 keys (the query itself counted) here, though the model was trained with one of 24."),
    (MaskRule(window=3), TRAINED, "Causal; a window of 3 keys (the query itself counted) here, though the model was trained without one."),
    (TRAINED, MaskRule(window=24), "Causal; no window here, though the model was trained with one of 24."),
    (MaskRule(hide_keys=(0,)), TRAINED, "Causal; key 0 hidden here, though the model was trained with it; query 0 has no key at all."),
    (MaskRule(causal=False, hide_keys=(0, 2)), MaskRule(causal=False), "Not causal; keys 0 and 2 hidden here, though the model was trained with them."),
    (MaskRule(self_attention="hide", hide_keys=(1,)), HIDE, "Causal; self-attention (the diagonal) masked, except query 0, which has no other key; key 1 hidden here, though the model was trained with it."),
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
    assert ", except queries 0 and 3, which have no other key. " in text
    many = np.eye(6, dtype=bool)
    text = sentences(attention(6, shown=HIDE, allowed=many, kappa=None))
    assert ", except 6 queries, which have no other key. " in text


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
    mask = "Causal; self-attention (the diagonal) kept." if trained else "Causal."
    assert told == f"{mask} {phrase}{END}"


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"step": 0}, "The model is untrained (step 0)."),
        ({"step": 1000}, ""),
        ({"declared": ("kappa = 1.0",)}, "$\\kappa$ declared in the spec."),
        ({"declared": ("mask.self = hide", "mask.causal = true")}, "Mask declared in the spec."),
        ({"declared": ("kappa = 1", "mask.self = hide", "transport = exact")}, "$\\kappa$, mask and transport declared in the spec."),
        ({"origin": Origin(kind="dataset", tokenizer="x", dataset="wikitext-103", split="validation", clean="vfe")}, "Text after the WikiText clean-up of the VFE projects."),
        ({"caption": {"quote_style": "readable"}, "text": "In 1941, after the fall of France, the British @-@ x"}, "WikiText's marks and spacing undone in the quotation."),
        ({"marks": (((5, 5), (3, 3)),)}, "Outlined: query 5 with key 3."),
        ({"marks": (((5, 5), (3, 3)), ((2, 4), (0, 1)))}, "Outlined: query 5 with key 3; queries 2 to 4 with keys 0 to 1."),
        ({"over": 64, "limits": (0.0, 0.31264)}, "Colour scale from 0 to 0.313; 64 larger weights have the end colour."),
        ({"over": 7, "limits": (0.0, 0.99961)}, "Colour scale from 0 to 0.9996; 7 larger weights have the end colour."),
        ({"over": 1, "limits": (0.0, 0.5)}, "Colour scale from 0 to 0.5; 1 larger weight has the end colour."),
        ({"under": 2, "limits": (0.1, 1.0)}, "Colour scale from 0.1 to 1; 2 smaller weights have the end colour."),
        ({"scale": "log", "limits": (1e-4, 1.0), "under": 12, "over": 3}, "Logarithmic colour scale from 0.0001 to 1; 12 smaller and 3 larger weights have the end colours."),
        ({"scale": "sqrt"}, "Square-root colour scale from 0 to 1."),
        ({"label_kind": "tokens", "label_every": 2}, "Every 2nd token is labelled."),
        ({"label_kind": "tokens", "label_every": 13}, "Every 13th token is labelled."),
        ({"label_kind": "index", "label_every": 16}, ""),
    ],
)  # fmt: skip
def test_what_else_a_reader_must_know_is_said_where_it_holds(changes, phrase):
    """Notes on training, text and drawing, and none where there is nothing to say."""
    told = sentences(attention(kappa=None), **changes).partition("Causal.")[2]
    assert told == (f" {phrase}" if phrase else "") + END


def test_another_transport_is_an_intervention():
    """What is computed and what was trained, both."""
    shown = attention(layer=1, transport="exact", trained_transport="taylor4")
    assert sentences(shown).partition("kept. ")[2] == (
        "$\\kappa = 1.0$. Transport by the exact exponential here, though the model was "
        "trained with the order-4 Taylor series. What enters the layer is as trained." + END
    )


def test_names_and_quotes_are_escaped():
    """The model's name, the quote and the data set cannot leave their braces."""
    origin = Origin(kind="dataset", tokenizer="x", dataset="a}b/c%d")
    text = sentences(attention(kappa=None), origin=origin, text="\\input{x} 100%", name="m_1}")
    assert text == (
        "Attention pattern for head 2 of layer 0 (both counted from 0) of \\emph{m\\_1\\}} on an "
        "excerpt of \\texttt{a\\}b/c\\%d}: `\\textbackslash{}input\\{x\\} 100\\%' (4 tokens). Causal."
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
        "exact": "`\\textvisiblespace{}\\paperfigmark{LF}\\textvisiblespace{}= Homarus gammarus =",
        "plain": "`= Homarus gammarus = / Homarus gammarus , known as",
    }
    assert opening[style] in text


def test_the_caption_file_ends_in_a_comment():
    """No stray space after \\input, in ASCII, on one line."""
    made = caption_of(figure(attention(), text="caf\u00e9 \u4e2d"))
    assert made.text.endswith(f"{END}%\n")
    assert made.text.count("\n") == 1
    assert made.text.isascii()
    assert made.float.isascii()


KL_DRAWN = DrawnScores(kind="kl", limits=(0.0, 42.14), over=6, under=0)
LOGITS_DRAWN = DrawnScores(kind="logits", limits=(-8.4, 0.0), over=0, under=1)


def scores_told(*maps, scores, **changes):
    """The caption of a figure of scores."""
    return sentences(*maps, kind="scores", scores=scores, **changes)


def test_scores_beside_weights():
    """What is shown of which head, at which kappa, and what each colour bar leaves out."""
    hidden = attention(128, shown=HIDE)
    assert scores_told(hidden, scores=KL_DRAWN, over=13, limits=(0.0, 0.727)) == (
        f"KL divergence and attention weights for head 2 of layer 0 (both counted from 0) of \\emph{{gauge-demo}} {WIKI} (128 tokens). "
        "Causal; self-attention (the diagonal) masked, except query 0, which has no other key. $\\kappa = 1.0$. "
        "KL divergence in nats, before the division by $\\kappa$. KL scale from $0$ to $42.1$; 6 larger values have the end colour. "
        "Colour scale from 0 to 0.727; 13 larger weights have the end colour." + END
    )


def test_logits_beside_weights():
    """Less their row's maximum, which a reader must know."""
    assert scores_told(attention(kappa=None), scores=LOGITS_DRAWN) == (
        f"Logits and attention weights for head 2 of layer 0 (both counted from 0) of \\emph{{gauge-demo}} {WIKI} (4 tokens). "
        "Causal. Logits are shown less the maximum of their row. "
        "Logit scale from $-8.4$ to $0$; 1 smaller value has the end colour." + END
    )


@pytest.mark.parametrize(
    ("kappas", "trained", "phrase"),
    [
        ((0.3, 1.0, 3.0), (1.0,), "$\\kappa$ is 0.3, 1.0 (as trained) and 3.0, in this order and on one colour scale."),
        ((0.3, 3.0), (1.0,), "$\\kappa$ is 0.3 and 3.0, in this order and on one colour scale; the trained one is 1.0."),
        ((0.3, 3.0), None, "Logits divided by 0.3 and 3.0, in this order and on one colour scale; the trained one is 1.0."),
        ((0.5, 1.0), None, "Logits divided by 0.5 and 1.0 (as trained), in this order and on one colour scale."),
    ],
)  # fmt: skip
def test_a_sweep_of_kappa_is_told_once(kappas, trained, phrase):
    """Each value in the order of the panels, and which of them was trained."""
    shown = [attention(kappa=(kappa,), trained_kappa=trained) for kappa in kappas]
    text = scores_told(*shown, scores=KL_DRAWN if trained else LOGITS_DRAWN)
    mask = "Causal; self-attention (the diagonal) kept." if trained else "Causal."
    what = "KL divergence" if trained else "Logits"
    assert text.startswith(f"{what} and attention weights for head 2 of layer 0 (both")
    assert text.partition("(4 tokens). ")[2].startswith(f"{mask} {phrase} ")


def test_a_sweep_of_heads_that_were_trained_apart():
    """Every trained kappa, since none of the sweep is all of them."""
    heads = {"heads": (0, 1), "trained_kappa": (1.0, 0.5)}
    shown = [attention(kappa=(kappa, kappa), **heads) for kappa in (0.5, 1.0)]
    assert (
        "$\\kappa$ is 0.5 and 1.0, in this order and on one colour scale; the trained ones are "
        "1.0 (head 0) and 0.5 (head 1)."
    ) in scores_told(*shown, scores=KL_DRAWN)


def test_the_short_caption_says_what_is_shown():
    """In the list of figures too."""
    made = caption_of(figure(attention(), kind="scores"), scores=KL_DRAWN)
    assert (
        "\\caption[KL divergence and attention weights for head 2 of layer 0 "
        "(both counted from 0)]{%"
    ) in made.float


def context_told(*maps, heads, kind="kl", **changes):
    """The caption of a context."""
    scores = DrawnScores(kind=kind, limits=(0.0, 9.0), over=0, under=0, heads=heads)
    return sentences(*maps, kind="context", scores=scores, **changes)


ROWS = (
    "and, for each query, the standard deviation of its weights (diagonal left out, masked keys counted as 0; dashed: 0.05) "
    "and their entropy divided by that of uniform weights on its allowed keys; "
)


def test_a_context_says_what_each_row_of_the_page_is():
    """Every head, their mean, and the sum over heads is said to be one."""
    heads = (0, 1, 2, 3)
    shown = attention(heads=heads, kappa=(1.0,) * 4, shown=HIDE)
    assert context_told(shown, heads=heads) == (
        f"Tokens, attention and KL divergence for all 4 heads of layer 0 (counted from 0) of \\emph{{gauge-demo}} {WIKI} (4 tokens). "
        "Causal; self-attention (the diagonal) masked, except query 0, which has no other key. $\\kappa = 1.0$. "
        f"From top to bottom: the tokens; each head; the mean of the heads {ROWS}"
        "the KL divergence in nats, before the division by $\\kappa$, summed over the heads, "
        "and, for each query, the standard deviation over its allowed keys. All weights share one colour scale."
        + END
    )


def test_a_context_of_one_head_has_no_mean():
    """Nor a sum."""
    told = context_told(attention(), heads=(2,)).partition("$\\kappa = 1.0$. ")[2]
    assert told == (
        f"From top to bottom: the tokens; the head {ROWS}the KL divergence in nats, before the division by $\\kappa$, "
        "and, for each query, the standard deviation over its allowed keys." + END
    )


def test_a_context_names_the_head_whose_logits_are_shown():
    """And why it is that one."""
    shown = attention(heads=(0, 1, 2, 3), kappa=None)
    told = context_told(shown, heads=(1,), kind="logits")
    assert (
        "; the logits of head 1, whose entropy is the lowest, less the maximum of their row, and, for each query, "
    ) in told
    assert told.startswith(
        "Tokens, attention and logits for all 4 heads of layer 0 (counted from 0)"
    )
