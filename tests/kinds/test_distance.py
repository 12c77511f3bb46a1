"""The kind ``distance``: means over queries by how far the key lies back."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from artists import texts_of
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import PathPatch
from messages import message_of
from values_of import map_value

import paperfig
from paperfig.errors import PaperfigError
from paperfig.kinds.distance.places import places_of
from paperfig.kinds.distance.reduce import reduce
from paperfig.statistics.sampling import estimate

TOKENS = ["The", "Ġlamp", "Ġwent", "Ġout"]
WEIGHTS = np.array([[1, 0, 0, 0], [0.75, 0.25, 0, 0], [0.05, 0.45, 0.5, 0], [0, 0.1, 0, 0.9]])


def distance_figure(given: np.ndarray = WEIGHTS, **changes: Any) -> paperfig.Figure:
    """The means of TOKENS' attention by distance."""
    return paperfig.draw(given, **{"tokens": TOKENS, "figure": "distance"} | changes)


def causal(length: int) -> np.ndarray:
    """The mask of so many tokens."""
    return np.tril(np.ones((length, length), dtype=bool))


def by_hand(weights: np.ndarray, mask: np.ndarray) -> dict[int, float]:
    """The mean weight at each distance, over queries of two keys or more."""
    found: dict[int, list[float]] = {}
    for query, key in np.argwhere(mask).tolist():
        if mask[query].sum() > 1:
            found.setdefault(query - key, []).append(float(weights[query, key]))
    return {distance: float(np.mean(values)) for distance, values in found.items()}


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 12), st.booleans(), st.integers(0, 99))
def test_means_are_those_by_hand(length: int, is_causal: bool, seed: int) -> None:
    """At each distance, whether keys come after their query or not."""
    mask = causal(length) if is_causal else np.ones((length, length), dtype=bool)
    weights = np.where(mask, np.random.default_rng(seed).random((length, length)), 0)
    places, expected = places_of(mask), by_hand(weights, mask)

    assert places.first.tolist() == places.last.tolist() == sorted(expected)
    assert places.means(weights) == pytest.approx([expected[it] for it in sorted(expected)])


@settings(max_examples=20, deadline=None)
@given(st.integers(101, 700))
def test_far_distances_are_averaged_in_stretches(length: int) -> None:
    """All are held once, in order; four stretches to a doubling from 16 on."""
    places = places_of(causal(length))
    held = [
        it for a, b in zip(places.first, places.last, strict=True) for it in range(a, b + 1)
    ]

    assert held == list(range(length))
    assert places.counts.sum() == length * (length + 1) // 2 - 1
    assert (places.last - places.first)[:16].tolist() == [0] * 16
    ratios = [b / a for a, b in pairwise(places.first[16:].tolist())]
    assert max(ratios) < 1.25
    weights = np.where(causal(length), 1 / np.arange(1, length + 1)[:, None], 0)
    total = (places.means(weights) * places.counts).sum()
    assert total == pytest.approx(length - 1)


def test_intervals_are_those_over_excerpts() -> None:
    """Of the mean of each excerpt's own mean, by the bootstrap of the other statistics."""
    random, mask = np.random.default_rng(0), causal(6)
    drawn = np.where(mask, random.random((7, 1, 6, 6)), 0)
    runs = [map_value(one / one.sum(axis=2, keepdims=True), mask) for one in drawn]
    kept = reduce(runs[0], runs, n_shown=1)
    means = [by_hand(one.weights[0].astype(float), mask) for one in runs]

    assert kept.curves is not None
    for place, distance in enumerate(range(6)):
        expected = estimate([one[distance] for one in means], [6 - distance or 1] * 7)
        assert kept.curves[0, :, place] == pytest.approx(
            [expected.value, *(expected.interval or ())], rel=1e-5
        )


def line_of(figure: paperfig.Figure, colour: str) -> np.ndarray:
    """The points of the only line of a colour and 0.9 pt."""
    (points,) = (
        artist.get_path().vertices
        for artist in figure.matplotlib.artists
        if isinstance(artist, PathPatch)
        and artist.get_linewidth() == 0.9
        and np.allclose(
            artist.get_edgecolor()[:3], [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        )
    )
    return np.asarray(points)


def test_places_of_a_shorter_text_are_those_of_the_longest() -> None:
    """Far ones have no cells there, and no mean."""
    places = places_of(causal(130))
    within = places.within(causal(20))
    means = within.means(np.ones((20, 20)))

    assert within.first.tolist() == places.first.tolist()
    assert within.counts[:18].tolist() == [19, *range(19, 4, -1), 4 + 3 + 2, 1]
    assert within.counts.sum() == 20 * 21 // 2 - 1
    assert np.isnan(means).tolist() == (within.counts == 0).tolist()
    assert set(means[within.counts > 0]) == {1.0}
    assert places.within(causal(130)).counts.tolist() == places.counts.tolist()


def test_a_line_runs_from_near_to_far_at_the_height_of_its_means() -> None:
    """Evenly to the right; heights are in the ratio of the means."""
    x, y = line_of(distance_figure(), "0072b2").T
    means = by_hand(WEIGHTS, causal(4))
    expected = np.array([means[it] for it in range(4)])

    assert np.diff(x) == pytest.approx(np.full(3, np.diff(x)[0]))
    slope = (y[0] - y[3]) / (expected[3] - expected[0])
    assert y[0] + slope * (expected[0] - expected) == pytest.approx(y)
    assert slope > 0  # y runs down


def test_heads_are_named_at_their_lines() -> None:
    """Beside what is uniform; of more than six the others are grey."""
    figure = distance_figure(np.stack([WEIGHTS] * 8))
    texts = texts_of(figure.matplotlib)

    assert texts[-7:] == [*(f"head {it}" for it in range(6)), "uniform"]
    assert "Grey: all heads but the 6 farthest from uniform." in figure.caption
    assert "Dashed: uniform weights." in figure.caption


def test_two_scripts_need_no_font() -> None:
    """No token is drawn, so that 512 of any kind are."""
    rows = np.tril(np.ones((512, 512))) / np.arange(1, 513)[:, None]
    figure = distance_figure(rows, tokens=["\U00012f90"] * 512)

    assert figure.facts["drawn"] == {
        "bands": False, "bands_end": None, "log": True, "averaged_from": 16,
        "both_sides": False, "grey": 0,
    }  # fmt: skip
    assert "0" in texts_of(figure.matplotlib)


@pytest.mark.parametrize(
    ("given", "changes", "message"),
    [
        (
            np.ones((1, 1)),
            {"tokens": ["a"]},
            "excerpt: no query has two keys, between which weights could differ; a longer text "
            "is right",
        ),
        (
            np.full((2, 3), 1 / 3),
            {"tokens": ["a", "b"], "key_tokens": ["c", "d", "e"]},
            "figure: queries and keys are of two texts, between which there is no distance; "
            "`map` is right",
        ),
        (
            WEIGHTS,
            {"style": {"scale": "log"}},
            "draw: style.scale: log is for figure: map, figure: context, figure: scores, "
            "figure: atlas or figure: compare; linear is right",
        ),
        (
            WEIGHTS,
            {"style": {"mark": [{"query": 1, "key": 0}]}},
            "draw: style.mark: not a key of distance but of map, context, scores or compare; "
            "leave it out",
        ),
        (
            WEIGHTS,
            {"style": {"titles": ["a", "b"]}},
            "style.titles: 2 titles for 1 panels; one for each is right",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(
    given: np.ndarray, changes: dict[str, Any], message: str
) -> None:
    """What is wrong, and what would be right."""
    assert (
        message_of(PaperfigError, lambda: distance_figure(given, **changes).caption) == message
    )
