"""What holds of every caption: words a reader knows, numbers that agree, nothing left out."""

import re
from dataclasses import replace

import numpy as np
import pytest
from caption_figures import WIKITEXT, attention, caption_of, figure, sentences
from hypothesis import given, settings
from hypothesis import strategies as st
from revisions.captions import TOLD
from revisions.marked import MarkedEnvironment
from revisions.told import Told
from values_of import map_value

from paperfig.captions.words import percent
from paperfig.drawing.scales.weights import scale_of
from paperfig.errors import CaptionError
from paperfig.kinds import KINDS
from paperfig.specs.style import CaptionSpec, StyleSpec
from paperfig.values.excerpt import Sample
from paperfig.values.mask import MaskRule

UNKNOWN_TO_READERS = re.compile(
    r"\b(specs?|files?|users?|user-\w+|yaml|figspec)\b", re.IGNORECASE
)
BASE = "(layers and heads counted from 0) "
OF_EACH_KIND = {case.data.kind: case for case in reversed(TOLD.values())}
SOME = [
    *OF_EACH_KIND.values(),
    *(case for case in TOLD.values() if case.asked == CaptionSpec()),
]


def told(case: Told, detail: str) -> tuple[str, str]:
    """The caption of a case and its float, with so much detail."""
    asked = case.asked.model_copy(update={"detail": detail})
    return replace(case, asked=asked).caption_and_float


@pytest.mark.parametrize("kind", KINDS)
def test_no_caption_has_words_of_its_making(kind):
    """A reader of the paper knows of no spec, no file and no user.

    Looked for in every word that the templates of a kind can print.
    """
    environment = MarkedEnvironment(kind)
    list(environment.said_of(OF_EACH_KIND[kind]))
    words = [words.text for words in environment.words]

    assert len(words) > 100
    assert [text for text in words if UNKNOWN_TO_READERS.search(text)] == []


@pytest.mark.parametrize("case", SOME)
def test_full_detail_only_adds(case):
    """Every word of the brief caption is in the full one, in the same order."""
    brief, full = (
        re.findall(r"[^\s.;,]+", told(case, detail)[0]) for detail in ("brief", "full")
    )
    rest = iter(full)

    assert [word for word in brief if word not in rest] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_short_form_says_from_where_heads_are_counted(kind):
    """It would fill the list of figures."""
    caption, whole = told(OF_EACH_KIND[kind], "full")

    assert BASE in caption
    assert BASE not in whole


RULE = {
    "causal": st.booleans(),
    "self_attention": st.sampled_from(["keep", "hide"]),
    "window": st.sampled_from([None, 3]),
}
SETTING = {
    "shown": st.fixed_dictionaries(RULE),
    "trained": st.fixed_dictionaries(RULE),
    "kappa": st.sampled_from([0.3, 1.0]),
    "mean": st.booleans(),
    "sampled": st.booleans(),
    "unknown": st.integers(0, 2),
    "over": st.integers(0, 3),
}


@settings(max_examples=15)
@given(st.fixed_dictionaries(SETTING))
def test_the_brief_caption_leaves_out_nothing_that_a_reader_must_know(setting):
    """Layer, model, text, causality, interventions, clipping, means and UNK."""
    shown, trained = (MaskRule(**setting[name]) for name in ("shown", "trained"))
    mean, sampled, unknown = (setting[name] for name in ("mean", "sampled", "unknown"))
    one = attention(
        8,
        heads=(0, 1),
        n_head=2,
        mean=mean,
        shown=shown,
        trained=trained,
        kappa=(setting["kappa"],) * 2,
        trained_kappa=(1.0, 1.0),
    )
    ids = np.arange(16).reshape(2, 8)
    sample = Sample(token_ids=ids, origin=replace(WIKITEXT, seed=0), unknown=unknown)
    text = sentences(
        one,
        sample=sample if sampled else None,
        unknown=unknown,
        over=setting["over"],
        caption={"detail": "brief"},
    )
    open_mask = not shown.causal and shown.window is None and shown.self_attention == "keep"
    causality = "Causal mask" if shown.causal else "No mask" if open_mask else "No causal mask"
    expected = {
        "of layer 0 of \\emph{gauge-demo}": True,
        "`In 1941, after": not sampled,
        ("8 tokens each" if sampled else "(8 tokens"): True,
        causality: True,
        "the mean of 2 heads": mean,
        "both heads": not mean,
        "averaged over 2 WikiText-103 validation excerpts": sampled,
        "each averaged over": sampled and not mean,
        "though the model was trained": shown != trained,
        "$\\kappa = 0.3$ instead of the trained 1.0": setting["kappa"] != 1.0,
        "outside the vocabulary": unknown > 0,
        "\\% of the weights exceed it": setting["over"] > 0,
    }

    assert {phrase: phrase in text for phrase in expected} == expected


@settings(max_examples=15)
@given(
    st.lists(st.floats(0, 1, width=32), min_size=100, max_size=100),
    st.sampled_from(["auto", "full", [0.05, 0.1], [0.0, 1 / 7]]),
    st.sampled_from(["linear", "sqrt"]),
)
def test_a_printed_share_is_that_of_the_printed_limit(numbers, limits, kind):
    """What the caption says can be counted off the weights with the limits that it prints."""
    weights = np.array(numbers, dtype=np.float64).reshape(1, 10, 10) + 1e-9
    weights /= weights.sum(axis=2, keepdims=True)
    one = map_value(weights, np.ones((10, 10), dtype=bool))
    scale = scale_of([one], StyleSpec(scale=kind, limits=limits))
    text = caption_of(
        figure(one),
        scale=kind,
        limits=(scale.low, scale.high),
        limits_rule=scale.rule,
        over=scale.over,
        under=scale.under,
        n_cells=scale.n_cells,
        caption={"detail": "full"},
    ).text
    low, high = map(float, re.search(r" from (\S+) to (\d+(?:\.\d+)?)", text).groups())
    above = float((one.weights > high * (1 + 1e-6)).mean())
    below = float((one.weights < low * (1 - 1e-6)).mean())

    assert (f"{percent(above)} of the weights exceed it" in text) == (above > 0 == below)
    assert ("exceed it" in text) == (above > 0)
    assert (f"{percent(below)} of the weights fall below it" in text) == (below > 0)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.00009, "less than 0.01\\%"),
        (0.0001, "0.01\\%"),
        (0.004312, "0.43\\%"),
        (0.1249, "12\\%"),
        (0.99, "99\\%"),
        (0.9951, "more than 99\\%"),
        (1.0, "100\\%"),
    ],
)
def test_a_share_is_neither_none_nor_all_where_it_is_not(share, words):
    """Two digits."""
    assert percent(share) == words


def test_a_lead_is_the_first_sentence():
    """LaTeX of the author's own, whatever template follows; what is computed stays."""
    lead = "\\textbf{It looks back} by $n_\\kappa$ tokens, 50\\% of \u03ba."
    told_with, plain = (
        caption_of(figure(attention()), caption=caption).text
        for caption in ({"lead": lead}, {})
    )

    assert told_with == (
        "\\textbf{It looks back} by $n_\\kappa$ tokens, 50\\% of \\ensuremath{\\kappa}. "
        + plain
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"caption": {"lead": "\\textbf{It looks"}},
            "caption.lead: its braces do not match; each { needs its }",
        ),
        (
            {"name_latex": "a}{b"},
            "checkpoint.name_latex: its braces do not match; each { needs its }",
        ),
        (
            {"caption": {"lead": "Heads that look back 50% of the way."}},
            "caption.lead: its % hides what follows, as a comment; \\% is right",
        ),
        (
            {"name_latex": "GPT 50\\\\%"},
            "checkpoint.name_latex: its % hides what follows, as a comment; \\% is right",
        ),
    ],
)
def test_latex_of_the_authors_that_leaves_its_place_is_refused(changes, message):
    """By the key that it stands under: braces that do not match, a comment."""
    with pytest.raises(CaptionError) as fault:
        sentences(attention(), **changes)

    assert str(fault.value) == message
