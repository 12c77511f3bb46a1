"""The facts that templates may use, and their reference."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from caption_figures import DRAWN, attention, figure
from hypothesis import given
from hypothesis import strategies as st

from paperfig.captions.facts import caption_facts
from paperfig.captions.model_and_text import short_path
from paperfig.captions.reference import FACTS, SETTING, facts_table
from paperfig.specs.style import CaptionSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.excerpt import Origin
from paperfig.values.figure import NamedArray


def facts_of(*maps, caption=None, origin=None, **model):
    data = figure(*maps, **({"origin": origin} if origin else {}), **model)
    return caption_facts(data, DrawnFacts(**DRAWN), CaptionSpec(**caption or {}), "ours")


def test_every_fact_is_explained_and_every_explanation_is_of_a_fact():
    """The reference is complete, in docs/captions.md too."""
    facts = facts_of(attention())
    assert set(FACTS) == set(facts)
    assert set(SETTING) == set(facts["settings"][0])


def test_the_page_on_captions_holds_the_reference(repository):
    """docs/captions.md ends with the table that the module gives."""
    page = (repository / "docs" / "captions.md").read_text("utf-8")
    assert page.endswith(f"## The facts\n\n{facts_table()}\n")


def test_facts_are_read_off_the_values():
    """A figure of two layers, fact by fact."""
    facts = facts_of(
        attention(heads=(1,), kappa=(0.5,)),
        attention(heads=(3, 2), layer=1, kappa=(0.3, 0.3), trained_kappa=(1.0, 1.0)),
        caption={"quote": 9, "vars": {"run": 7}, "label": "fig:x", "short": "S"},
        step=12,
        defaults=("alibi = none",),
    )
    expected = {
        "name": "ours",
        "label": "fig:x",
        "short": "S",
        "vars": {"run": 7},
        "head": "L0H1, L1H3 and L1H2",
        "heads": ["L0H1", "L1H3", "L1H2"],
        "layer": "0 and 1",
        "layers": [0, 1],
        "model": "gauge-demo",
        "step": 12,
        "defaults": ["alibi = none"],
        "dataset": "WikiText-103",
        "titled": True,
        "split": "validation",
        "length": 4,
        "quote": "In 1941,",
        "quote_omitted": True,
        "kappa": "0.3 and 0.5",
        "changed": ["kappa"],
        "wide": False,
    }
    assert {key: facts[key] for key in expected} == expected
    assert [group["layers"] for group in facts["settings"]] == [[0], [1]]
    assert facts["settings"][1]["trained"]["kappa"] == {
        "low": 1.0,
        "high": 1.0,
        "each": [],
        "tau": None,
    }


@given(
    st.text(max_size=30), st.integers(0, 30), st.sampled_from(["plain", "exact", "readable"])
)
def test_facts_are_the_same_each_time(text, limit, style):
    """Asking twice gives the same, and changes nothing that was given."""
    data = figure(attention(), text=text, origin=Origin(kind="text", tokenizer="bytes"))
    caption = CaptionSpec(quote=limit, quote_style=style, vars={"a": 1})
    first = caption_facts(data, DrawnFacts(**DRAWN), caption, "ours")
    kept = copy.deepcopy(first)
    assert caption_facts(data, DrawnFacts(**DRAWN), caption, "ours") == first == kept


def test_paths_lose_their_directories():
    """At most two parts of a path, of a file its name."""
    shortened = {
        "demo/text": "demo/text",
        "/home/a/b/c": "b/c",
        "x/y.txt": "y.txt",
        "./runs/model.pt": "model.pt",
        "gpt2": "gpt2",
        "C:\\a\\b\\c": "b/c",
    }
    assert {path: short_path(path) for path in shortened} == shortened


def column(*values):
    """A number for each query."""
    return NamedArray(values=np.array(values), axes=("query",))


def test_means_of_rows_leave_out_queries_without_the_number():
    """What a template may say of a context's bars."""
    data = replace(
        figure(attention()),
        table={"row_deviation": column(0.1, 0.3), "all_absent": column(float("nan"))},
    )
    facts = caption_facts(data, DrawnFacts(**DRAWN), CaptionSpec(), "ours")
    assert facts["row_means"] == {"row_deviation": 0.2, "all_absent": None}


@pytest.mark.parametrize(
    "name",
    [
        "GPT-2 w/ RoPE and 1/2 dropout",
        "GPT (lr 1/4, wd 1/10)",
        "with\\without tying",
        "/",
        "runs/best.pt",
        "v1.5",
    ],
)
def test_the_models_name_is_verbatim(name):
    """It is the author's word, and no path."""
    facts = caption_facts(
        figure(attention(), name=name), DrawnFacts(**DRAWN), CaptionSpec(), "ours"
    )
    assert facts["model"] == name
