"""Maps across two texts, beside a learned sink, of several variants: through every stage."""

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from values_of import excerpt_value, layer_value, map_value, model_value, numbers_of

from paperfig.engine.figure import DrawingJob, draw_and_caption
from paperfig.kinds import kind_named
from paperfig.maps.softmax import attention_map
from paperfig.models.dot_product import DotProductInputs
from paperfig.specs.style import CaptionSpec, StyleSpec
from paperfig.statistics.summary import summarise
from paperfig.statistics.tables import measured
from paperfig.values.attention import AttentionMap
from paperfig.values.figure import FigureData, from_npz, to_npz
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting
from paperfig.values.site import Site
from paperfig.values.tokens import Tokens
from paperfig.values.variant import Variant

QUERIES = ("Der", " Turm", " steht", " am", " Kap")
WORDS = "tower that the keeper lit stands on the cape"
KEYS = ("The", *(f" {word}" for word in WORDS.split()), ".", "\n")
EVERY = Setting(mask=MaskRule(causal=False))


class WithSink(DotProductInputs):
    """Dot products with one more logit a head, as GPT-OSS has it."""

    def learned_sink(self) -> torch.Tensor:
        """The logit of the only head."""
        return torch.tensor([1.5])


def projections(count: int, seed: int) -> torch.Tensor:
    """One head's queries or keys."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, count, 4, generator=generator)


def figure_of(*maps: AttentionMap, excerpt_tokens: Sequence[str] = KEYS) -> FigureData:
    """The figure of the maps with its statistics, as the engine makes it."""
    model = model_value(layer_value(8), name="two texts")
    excerpt = excerpt_value(tuple(excerpt_tokens), text="".join(excerpt_tokens))
    return measured(kind_named("map"), [[each] for each in maps], excerpt=excerpt, model=model)


def finished(data: FigureData, style: StyleSpec | None = None) -> tuple[bytes, str]:
    """The PDF and the caption, drawn from what a file gives back of the values."""
    job = DrawingJob(
        name="wide",
        data=from_npz(to_npz(data)),
        style=style or StyleSpec(provenance="none"),
        caption=CaptionSpec(),
        own={},
        templates=Path("none"),
        provenance=None,
    )
    made = draw_and_caption(job)
    return made.files["pdf"], made.files["caption.tex"].decode()


@pytest.fixture
def across() -> AttentionMap:
    """Attention from five tokens to twelve others, computed as any other is."""
    inputs = DotProductInputs(queries=projections(5, 1), keys=projections(12, 2), scale=0.5)
    return attention_map(
        inputs,
        site=Site(3, "cross"),
        queries=Tokens(labels=QUERIES),
        keys=Tokens(labels=KEYS),
        heads=(0,),
        n_head=1,
        shown=EVERY,
        trained=EVERY,
        keep_scores=True,
    )


def test_a_map_of_two_texts(across: AttentionMap) -> None:
    """The weights are numpy's; what has no place across texts is absent and not 0."""
    scores = 0.5 * projections(5, 1)[0].numpy() @ projections(12, 2)[0].numpy().T
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(across.weights[0], expected, atol=1e-6)
    assert (across.labels, across.mask.shape) == (("X3H0",), (5, 12))

    (found,) = figure_of(across).statistics
    numbers = numbers_of(found)
    absent = ("self", "previous", "induction", "duplicate", "distance", "offset", "row_std")
    assert {name: numbers[name] for name in absent} == dict.fromkeys(absent)
    entropy = -(expected * np.log(expected)).sum(axis=1) / np.log(12)
    assert numbers["normalised_entropy"] == pytest.approx(entropy.mean(), abs=1e-6)
    assert numbers["sink"] == pytest.approx(expected[:, 0].mean(), abs=1e-6)


def test_a_map_of_two_texts_is_drawn(
    across: AttentionMap, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    """Both axes have labels of their own: the page holds every token of either."""
    pdf, caption = finished(figure_of(across), StyleSpec(labels="tokens", provenance="none"))
    (tmp_path / "wide.pdf").write_bytes(pdf)
    read = [require_tool("pdftotext"), "-raw", str(tmp_path / "wide.pdf"), "-"]
    page = subprocess.run(read, capture_output=True, text=True, check=True).stdout

    shown = {token.strip() for token in (*QUERIES, *KEYS)} - {""}
    assert {word for word in shown if word not in page} == set()
    assert "No mask: every query attends to every key" in caption
    assert "Rows are queries, the decoder's tokens, columns keys, the encoder's." in caption


@pytest.mark.parametrize("kind", ["map", "scores"])
def test_every_kind_that_shows_heads_takes_two_texts(across: AttentionMap, kind: str) -> None:
    """The kinds that show one text say so instead."""
    data = replace(figure_of(across), kind=kind)

    assert finished(data)[0].startswith(b"%PDF")


def test_a_mask_across_two_texts_is_refused() -> None:
    """No query has a place among the keys of another text."""
    from paperfig.errors import AttentionError

    with pytest.raises(AttentionError) as caught:
        MaskRule(causal=True).allowed(5, 12)

    assert str(caught.value) == (
        "mask: a causal mask needs as many queries as keys; here are 5 and 12"
    )


def test_a_learned_sink() -> None:
    """Rows sum to 1 less it; statistics are of what goes to keys; the caption tells it."""
    q, k = projections(6, 3), projections(6, 4)
    causal = Setting(mask=MaskRule())
    tokens = Tokens(labels=tuple("abcdef"), ids=np.arange(6))
    attention = attention_map(
        WithSink(queries=q, keys=k, scale=0.5),
        site=Site(0),
        queries=tokens,
        keys=tokens,
        heads=(0,),
        n_head=1,
        shown=causal,
        trained=causal,
    )
    allowed = np.tril(np.ones((6, 6), dtype=bool))
    raised = np.where(allowed, np.exp(0.5 * q[0].numpy() @ k[0].numpy().T), 0)
    whole = raised.sum(axis=1, keepdims=True) + np.exp(1.5)
    np.testing.assert_allclose(attention.weights[0], raised / whole, atol=1e-6)
    assert attention.learned_sink is not None
    np.testing.assert_allclose(attention.learned_sink[0], np.exp(1.5) / whole[:, 0], atol=1e-6)

    data = figure_of(attention, excerpt_tokens=tuple("abcdef"))
    (found,) = data.statistics
    shares = raised / raised.sum(axis=1, keepdims=True)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    entropy = [-(shares[i] * logs[i]).sum() / np.log(i + 1) for i in range(1, 6)]
    assert found.normalised_entropy == pytest.approx(np.mean(entropy), abs=1e-6)
    assert found.learned_sink == pytest.approx(attention.learned_sink[0, 1:].mean(), abs=1e-6)
    _, caption = finished(data)
    mean = float(re.search(r"On average ([0-9.]+) of a query's weight", caption)[1])
    assert mean == pytest.approx(attention.learned_sink.mean(), abs=5e-3)
    again = from_npz(to_npz(data)).maps[0]
    np.testing.assert_array_equal(again.learned_sink, attention.learned_sink)


def compared(*labels: str) -> FigureData:
    """One head of one layer, once for each variant."""
    random, mask = np.random.default_rng(5), np.tril(np.ones((8, 8), dtype=bool))
    maps, variants = [], []
    for label in labels:
        raised = np.where(mask, np.exp(random.normal(size=(1, 8, 8))), 0)
        weights = raised / raised.sum(axis=2, keepdims=True)
        maps.append(map_value(weights, mask, variant=label, n_head=4, heads=(2,)))
        excerpt = excerpt_value(tuple("abcdefgh"), text="abcdefgh")
        variants.append(
            Variant(label=label, model=model_value(layer_value(8, 8, 8, 8)), excerpt=excerpt)
        )
    statistics = [entry for each in maps for entry in summarise(each, [each])]
    return FigureData(
        kind="map", variants=tuple(variants), maps=tuple(maps), statistics=tuple(statistics)
    )


def test_two_variants_of_one_head_are_no_sweep() -> None:
    """Each panel bears its variant's name; no word of κ or of logits that are divided."""
    data = compared("step 0", "step 600")
    _, caption = finished(data)

    assert [len(maps) for maps in data.of_heads] == [1, 1]
    assert "divided" not in caption
    assert "kappa" not in caption
    assert "head 2 of layer 0" in caption
    drawn, facts = drawing_of(data)
    assert facts.panels == ("step 0", "step 600")
    assert drawn is not None


def drawing_of(data: FigureData):
    """The figure and what its drawing decided."""
    from paperfig.drawing.page import page_of
    from paperfig.drawing.pdf import settings

    with settings():
        return kind_named(data.kind).draw(data, page_of(StyleSpec()))


def test_variants_have_labels_of_their_own() -> None:
    """A map of no variant, and two under one label, are refused."""
    with pytest.raises(ValueError, match="variants have a label each"):
        compared("same", "same")
    data = compared("a", "b")
    with pytest.raises(ValueError, match=r"a map is of variant 'a'; \['b'\] exist"):
        replace(data, variants=data.variants[1:])
