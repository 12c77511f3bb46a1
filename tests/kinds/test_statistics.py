"""The kind ``statistics``: which dot is which head, and how numbers are spread over queries."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from artists import texts_of
from messages import message_of
from values_of import as_kind, figure_value, layer_value, map_value, model_value, random_figure

from paperfig.drawing import pdf
from paperfig.drawing.page import page_of
from paperfig.errors import AttentionError, DrawingError
from paperfig.kinds import KINDS
from paperfig.kinds.statistics.names import named_heads
from paperfig.specs.style import StyleSpec
from paperfig.statistics.queries import numbers_of_queries
from paperfig.values.figure import FigureData, from_npz

STATISTICS = KINDS["statistics"]
HEADS = [[0.9, 0.3, 0.6], [0.1, 0.5, 0.2]]
"""What heads of two layers give to the previous token."""


def drawn(data: FigureData, statistic="previous", over: str = "layers", **style: object):
    """The figure of the statistics of the maps of ``data``, and its facts."""
    own = {"statistic": statistic, "over": over}
    with pdf.settings():
        whole = as_kind(data, "statistics", **own)
        return STATISTICS.draw(whole, page_of(StyleSpec(**style)), **own)


def previous_heads() -> FigureData:
    """Heads that give that much to the previous token, and the rest to their own."""
    maps = []
    for layer, shares in enumerate(HEADS):
        given = np.array(shares)[:, None, None]
        weights = given * np.eye(12, k=-1) + (1 - given) * np.eye(12)
        weights[:, 0, 0] = 1
        maps.append(map_value(weights, np.tril(np.ones((12, 12), dtype=bool)), layer=layer))
    return figure_value(*maps, model=model_value(layer_value(8, 8, 8), layer_value(8, 8, 8)))


def test_a_dot_is_a_head_at_its_layer() -> None:
    """Shifted by its number, as high as its value; the line goes through the means."""
    figure, facts = drawn(previous_heads())
    (axes,) = figure.axes
    dots = axes.collections[0].get_offsets().data
    (line,) = axes.lines

    assert dots[:, 1] == pytest.approx(np.ravel(HEADS))
    assert np.round(dots[:, 0]).tolist() == [0, 0, 0, 1, 1, 1]
    assert (np.diff(dots[:, 0]) > 0).all()
    assert dots[1, 0] == pytest.approx(0)
    assert line.get_xydata().tolist() == [
        [layer, pytest.approx(np.mean(shares))] for layer, shares in enumerate(HEADS)
    ]
    assert (axes.get_ylim(), facts.limits) == ((0.0, 1.0), (0.0, 1.0))
    texts = texts_of(figure)
    assert {"weight on the previous token", "layer", "value of each head"} <= set(texts)


def test_a_panel_for_each_statistic() -> None:
    """In the order of the spec; as many in a row as have room."""
    several = ("normalised_entropy", "previous", "sink", "effective_keys")
    narrow, facts = drawn(previous_heads(), several, width="240pt")
    wide, _ = drawn(previous_heads(), several, width="500pt")

    assert facts.panels == (
        "normalised entropy",
        "weight on the previous token",
        "weight on the first token",
        "effective keys",
    )
    corners = [(round(place.x0, 3), -round(place.y0, 3)) for place in places(narrow)]
    assert [corners[0][0], corners[1][0]] == [corners[2][0], corners[3][0]]
    assert corners[0][1] == corners[1][1] < corners[2][1]
    assert len({round(place.y0, 3) for place in places(wide)}) == 1


def places(figure):
    """The panels' boxes on the page."""
    return [axes.get_position() for axes in figure.axes]


@pytest.mark.parametrize(
    ("name", "values", "named"),
    [
        ("normalised_entropy", [0.9, 0.1, 0.5, np.nan, 0.3], [1, 4]),
        ("sink", [0.1, 0.1, 0.1, 0.31, 0.9], [4, 3]),
        ("sink", [0.1, 0.1, 0.1, 0.3, 0.2], []),
        ("sink", [0.0, 0.0, 0.0, 0.3, 0.2], []),
        ("effective_keys", [1.0, 2.0], []),
    ],
)
def test_heads_that_stand_out_are_named(name: str, values: list[float], named) -> None:
    """The sharpest two; of others those beyond three times the median."""
    assert named_heads(name, np.array(values)) == named


def test_names_cover_no_dot() -> None:
    """Where all heads are alike there is no room for a name."""
    weights = np.full((12, 12, 12), 1 / 12)
    same = random_figure(12, weights=weights, mask=np.ones((12, 12), dtype=bool))
    data = previous_heads()

    assert "L0H0" in texts_of(drawn(data, "normalised_entropy")[0])
    crowded = texts_of(drawn(same, "normalised_entropy", width="100pt")[0])
    assert len([text for text in crowded if text.startswith("L0")]) <= 1


def test_quantiles_over_queries() -> None:
    """Of the queries with eight keys or more, a row a head from the top."""
    data = random_figure(30, heads=2, layers=2)
    spread = as_kind(data, "statistics", statistic="confidence", over="queries").table
    weights = np.concatenate([each.weights for each in data.maps]).astype(np.float64)
    expected = np.quantile(weights[:, 7:].max(axis=2), (0.05, 0.25, 0.5, 0.75, 0.95), axis=1)

    np.testing.assert_allclose(spread["confidence"].values, expected.T)
    assert spread["confidence"].axes == ("head", "quantile")
    figure, _ = drawn(data, "confidence", "queries")
    (axes,) = figure.axes
    dots = axes.collections[0].get_offsets().data
    assert dots[:, 0] == pytest.approx(expected[2])
    thin, thick = axes.lines[:4], axes.lines[4:]
    for lines, ends in ((thin, (0, 4)), (thick, (1, 3))):
        found = [line.get_xdata().tolist() for line in lines]
        assert found == [pytest.approx(pair) for pair in expected[list(ends)].T]
    low, high = axes.get_ylim()
    assert (dots[0, 1] < dots[1, 1], low > high) == (True, True)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("self", lambda weights: np.einsum("hii->hi", weights)),
        ("previous", lambda weights: np.einsum("hii->hi", weights[:, 1:, :-1])[:, -23:]),
        ("sink", lambda weights: weights[:, :, 0]),
        (
            "effective_keys",
            lambda weights: np.exp(
                -np.sum(weights * np.log(np.where(weights > 0, weights, 1)), axis=2)
            ),
        ),
    ],
)
def test_a_number_of_each_query(name: str, reference) -> None:
    """As the definition has it; nothing of queries with fewer keys than eight."""
    (one,) = random_figure(30, heads=2).maps
    found = numbers_of_queries(name, one)

    assert np.isnan(found[:, :7]).all()
    expected = reference(one.weights.astype(np.float64))
    np.testing.assert_allclose(found[:, 7:], expected[:, -23:], rtol=1e-6)


@pytest.mark.parametrize(
    ("data", "statistic", "fault", "message"),
    [
        (
            random_figure(30, heads=2),
            "content",
            AttentionError,
            "statistic: content is no number of a single query; normalised_entropy, "
            "effective_keys, confidence, self, previous or sink is right",
        ),
        (
            random_figure(7, heads=2),
            "sink",
            AttentionError,
            "over: no query has 8 keys; a longer text, or `over: layers`",
        ),
        (
            random_figure(9, heads=12, layers=6),
            "sink",
            DrawingError,
            "over: 72 heads have no room for a row each; 60 at most, or `layers` is right",
        ),
        (
            random_figure(9, heads=2),
            ("sink", "self"),
            DrawingError,
            "statistic: one number is shown over queries; one is right, or `over: layers`",
        ),
    ],
)
def test_what_is_not_shown_over_queries(data, statistic, fault, message) -> None:
    """Each says what would be right."""
    assert message_of(fault, drawn, data, statistic, "queries") == message


def test_from_a_spec_to_its_files(gpt_project: Path, command) -> None:
    """By layer and over queries; redrawn without the checkpoint."""
    spec = {
        "figspec": 1,
        "figure": "statistics",
        "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
        "tokenizer": "bytes",
        "excerpt": {"random": 20, "count": 5, "seed": 1},
    }
    keys = {
        "layers": {"statistic": ["sink", "previous"]},
        "queries": {"statistic": "normalised_entropy", "over": "queries"},
    }

    def write(**style: object) -> None:
        for name, own in keys.items():
            text = yaml.safe_dump(spec | own | {"style": style})
            (gpt_project / "figspec" / f"{name}.yaml").write_text(text, encoding="utf-8")

    write()
    assert command(gpt_project, "build", *keys)[::2] == (0, "")
    captions = [(gpt_project / "figures" / f"{name}.caption.tex").read_text() for name in keys]
    data = from_npz((gpt_project / "figures" / "queries.npz").read_bytes())

    assert captions[0].startswith(
        "Weight on the first token and weight on the previous token for all 3 heads of "
        "layers 0 and 1 of \\emph{tiny} at step 10, each averaged over 5"
    )
    assert captions[1].startswith(
        "Normalised entropy for all 3 heads of layers 0 and 1 of \\emph{tiny} at step 10, over "
        "the queries of 5 draws of random tokens (20 tokens each, seed 1). "
    )
    assert "Dots are medians over queries" in captions[1]
    assert "Means over queries" not in captions[1]
    assert data.table["normalised_entropy"].values.shape == (6, 5)
    (gpt_project / "models" / "tiny.pt").unlink()
    write(venue="icml")
    assert command(gpt_project, "build", "--no-compute", *keys)[::2] == (0, "")


@pytest.mark.parametrize(
    ("own", "fault"),
    [
        ({}, "statistic: missing; "),
        ({"statistic": "sink", "over": "keys"}, 'over: "keys" is not a choice; layers or'),
        (
            {"statistic": ["sink"], "order": "value"},
            "order: not a key of statistics but of",
        ),
        ({"figure": "atlas", "statistic": ["sink"]}, "statistic: a list is for figure: statis"),
    ],
)
def test_keys_that_are_not_right(gpt_project: Path, command, own, fault) -> None:
    """Each is told by its line."""
    spec = {
        "figspec": 1,
        "figure": "statistics",
        "checkpoint": "models/tiny.pt",
        "excerpt": {"random": 20},
    }
    text = yaml.safe_dump(spec | own)
    (gpt_project / "figspec" / "wrong.yaml").write_text(text, encoding="utf-8")
    code, _, error = command(gpt_project, "build", "wrong")

    assert code == 2
    assert fault in error
