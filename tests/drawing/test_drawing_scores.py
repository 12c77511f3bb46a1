"""The kind ``scores``: KL or logits beside weights, and κ in small multiples."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from artists import texts_of
from rendering import render

from paperfig.drawing.cells import Cells
from paperfig.drawing.page import page_of
from paperfig.drawing.palettes import palette
from paperfig.drawing.pdf import settings
from paperfig.drawing.scales.limits import rounded_up
from paperfig.kinds.scores import draw as scores_kind
from paperfig.specs.style import StyleSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting
from paperfig.values.tokens import Tokens


@pytest.fixture
def scored(figure_data):
    """Makes a figure whose maps have scores, as KL or as logits, at one κ or several."""

    def make(n_token=16, *, heads=1, kappas=(1.0,), is_divergence=True, layers=1):
        data = figure_data(n_token, heads=heads, layers=layers)
        random = np.random.default_rng(1)
        maps = []
        for entry in data.maps:
            scores = random.normal(size=entry.weights.shape).astype(np.float32) * 3
            scores = -np.abs(scores) if is_divergence else scores
            scores = np.where(entry.mask, scores, np.float32(np.nan))
            trained = (1.0,) * heads if is_divergence else None
            for kappa in kappas:
                maps.append(
                    replace(
                        entry,
                        scores=scores if kappa == kappas[0] else None,
                        shown=Setting(mask=MaskRule(), kappa=(kappa,) * heads),
                        trained=Setting(mask=MaskRule(), kappa=trained),
                    )
                )
        return replace(data, kind="scores", maps=tuple(maps))

    return make


def drawn(data, **style):
    """The figure, its panels and bars, and its facts."""
    with settings():
        figure, facts = scores_kind.draw(data, page_of(StyleSpec(**style)))
    return figure, [artist for artist in figure.artists if isinstance(artist, Cells)], facts


def middles(*cells):
    """Where their middles are, from the left."""
    return [one.box[0] + one.box[2] / 2 for one in cells]


def test_scores_and_weights_stand_on_matched_axes(scored):
    """Two panels of one size on one height, each with levels and a palette of its own."""
    data = scored(20)
    figure, (kl, weights, kl_bar, weights_bar), facts = drawn(data)
    mask, values = data.maps[0].mask, -data.maps[0].scores[0].astype(np.float64)
    limit = facts.scores.limits[1]
    levels = np.floor(255 * values[mask].clip(0, limit) / limit).clip(0, 254)

    assert kl.box[1:] == weights.box[1:]
    assert kl.box[2] == kl.box[3]
    assert (kl.levels[mask] == levels).all()
    assert (kl.levels[~mask] == -1).all()
    assert (kl.colours == palette("ember")).all()
    assert (weights.colours == palette("ink")).all()
    under_each = pytest.approx(middles(kl, weights), abs=2.5)  # half an arrow
    assert middles(kl_bar, weights_bar) == under_each
    assert facts.panels == ("KL", "weights")
    assert facts.scores.kind == "kl"
    assert facts.scores.limits == (0.0, rounded_up(values[mask].max()))
    assert (facts.scores.over, facts.scores.n_cells) == (0, mask.sum())
    assert {"KL divergence (nats)", "attention weight"} <= set(texts_of(figure))


def test_logits_are_shown_less_their_rows_maximum(scored):
    """The largest of each row has the darkest colour; nothing lies above 0."""
    data = scored(20, is_divergence=False)
    figure, (logits, *_), facts = drawn(data, limits="full")
    mask = data.maps[0].mask
    values = np.where(mask, data.maps[0].scores[0], -np.inf).astype(np.float64)
    below = values - values.max(axis=1, keepdims=True)

    farthest = rounded_up(-below[mask].min())
    assert (logits.levels.max(axis=1) == 254).all()
    assert facts.scores.kind == "logits"
    assert facts.scores.limits == (-farthest, 0.0)
    assert (facts.scores.over, facts.scores.under) == (0, 0)
    lowest = np.floor(255 * (1 + below[mask].min() / farthest))
    assert logits.levels[below == below[mask].min()] == lowest
    assert "logit − maximum of its row" in texts_of(figure)
    assert "−5" in texts_of(figure)


def test_a_sweep_of_kappa_is_one_panel_each_on_one_scale(scored):
    """KL once, then the weights at each κ; one colour bar for all of them."""
    data = scored(24, kappas=(0.3, 1.0, 3.0))
    figure, cells, facts = drawn(data, venue="neurips")
    panels, bars = cells[:4], cells[4:]

    assert facts.panels == ("KL", "κ = 0.3", "κ = 1.0", "κ = 3.0")
    assert len({panel.box[1:] for panel in panels}) == 1
    assert len(bars) == 2
    assert middles(*bars) == pytest.approx(middles(panels[0], panels[2]))
    assert texts_of(figure).count("attention weight") == 1


def test_a_sweep_of_logits_names_the_divisor(scored):
    """A dot product has no κ to name."""
    _, _, facts = drawn(scored(kappas=(0.5, 1.0), is_divergence=False))

    assert facts.panels == ("logits", "logits / 0.5", "logits / 1.0")


def test_heads_stay_together_where_rows_wrap(scored):
    """A head's panels stand in one row, several heads in one where the page grows tall."""
    _, cells, facts = drawn(scored(40, heads=9, kappas=(0.5, 1.0)))
    panels = cells[:27]
    rows = [{panel.box[1] for panel in panels[start : start + 3]} for start in range(0, 27, 3)]

    assert all(len(row) == 1 for row in rows)
    assert len({panel.box[1] for panel in panels}) < 9
    assert facts.panels[:4] == (
        "head 0: KL",
        "head 0: κ = 0.5",
        "head 0: κ = 1.0",
        "head 1: KL",
    )
    assert facts.height_pt < 620


@pytest.mark.parametrize(("venue", "n_kappa"), [("icml", 2), ("icml", 3), ("article", 5)])
def test_a_heads_scores_and_weights_stand_in_one_row(scored, venue, n_kappa):
    """The scores apart, and each bar beneath what it explains, from end to end."""
    _, cells, _ = drawn(
        scored(40, kappas=tuple(map(float, range(1, n_kappa + 1)))), venue=venue, limits="full"
    )
    (scores, *weights), (scores_bar, bar) = cells[: n_kappa + 1], cells[n_kappa + 1 :]
    ends = [(one.box[0], one.box[0] + one.box[2]) for one in (scores, *weights)]
    gaps = [after - before for (_, before), (after, _) in pairwise(ends)]

    assert len({panel.box[1:] for panel in (scores, *weights)}) == 1
    assert scores.box[2] >= 40
    assert gaps == pytest.approx([11.0] + [4.5] * (n_kappa - 1))
    assert middles(scores_bar) == pytest.approx(middles(scores))
    assert scores_bar.box[2] == pytest.approx(scores.box[2])
    assert middles(bar)[0] == pytest.approx((ends[1][0] + ends[-1][1]) / 2)
    assert bar.box[2] == pytest.approx(min(150, ends[-1][1] - ends[1][0]))


def test_many_weights_stand_in_several_rows_beside_their_scores(scored):
    """No panel is under 40 pt, and the scores' column holds nothing else but their bar."""
    figure, cells, _ = drawn(scored(40, kappas=tuple(map(float, range(1, 8)))), venue="icml")
    (scores, *weights), (scores_bar, bar) = cells[:8], cells[8:]
    lefts = sorted({round(one.box[0], 3) for one in weights})
    rows = [sum(one.box[1] == top for one in weights) for top in {w.box[1] for w in weights}]

    assert sorted(rows) == [1, 3, 3]
    assert all(one.box[2] >= 40 for one in cells[:8])
    assert lefts[0] >= scores.box[0] + scores.box[2] + 10.9
    assert scores.box[1] == weights[0].box[1]
    assert scores_bar.box[1] > bar.box[1]  # right beneath the scores, not beneath the page
    assert texts_of(figure).count("key") == 2


def test_nothing_reaches_over_the_edge(scored, poppler):
    """Long labels, arrows at both bars, no bars: a point of paper on all sides."""
    wide = scored(12, kappas=(0.5, 2.0))
    long = Tokens(labels=("W" * 30,) * 12)
    wide = replace(
        wide, maps=tuple(replace(entry, queries=long, keys=long) for entry in wide.maps)
    )
    cases = (
        (wide, {"venue": "icml"}),
        (scored(30, is_divergence=False), {"limits": [0.05, 0.1], "width": "0.6 column"}),
        (scored(30, heads=3), {"colorbar": "none", "labels": "none", "height": "240pt"}),
    )
    for data, style in cases:
        pixels = poppler(render(data, StyleSpec(**style)).pdf, 300)
        edges = [pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:]]

        assert min(edge.min() for edge in edges) == 255


def test_equal_scores_have_a_scale_too(scored):
    """All KL 0, as of equal beliefs: the lightest colour throughout."""
    data = scored(20)
    zero = np.where(data.maps[0].mask, np.float32(0), np.float32(np.nan))[None]
    _, (kl, *_), facts = drawn(replace(data, maps=(replace(data.maps[0], scores=zero),)))

    assert set(np.unique(kl.levels)) == {-1, 0}
    assert facts.scores.limits == (0.0, 1.0)


def test_scores_have_another_hue_than_the_weights(scored):
    """Whatever palette the weights have."""
    _, (kl, weights, *_), _ = drawn(scored(), palette="ember")

    assert (weights.colours == palette("ember")).all()
    assert (kl.colours == palette("moss")).all()
