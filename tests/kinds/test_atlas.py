"""The kind ``atlas``: which cell has which weight, where heads stand, what is kept of them."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from artists import texts_of
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Path_
from messages import message_of
from small_gpt import random_gpt
from values_of import (
    as_kind,
    figure_value,
    layer_value,
    map_value,
    model_value,
    random_figure,
)

import paperfig
from paperfig.drawing import pdf
from paperfig.drawing.cells import Cells
from paperfig.drawing.page import page_of
from paperfig.drawing.palettes import LEVELS
from paperfig.drawing.scales.limits import end_of_numbers
from paperfig.errors import AttentionError, DrawingError, RequestError
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec
from paperfig.values.figure import FigureData, from_npz
from paperfig.values.named_statistics import NUMBERS, number_of
from paperfig.values.reduced import block_for, largest_of_blocks
from paperfig.values.statistics import HeadStatistics

ATLAS = KINDS["atlas"]


def drawn(
    data: FigureData, statistic: str | None = None, order: str = "model", **style: object
):
    """The canvas's figure and the facts of an atlas of the maps of ``data``."""
    own = {"statistic": statistic, "order": order}
    with pdf.settings():
        return ATLAS.draw(as_kind(data, "atlas", **own), page_of(StyleSpec(**style)), **own)


def thumbnails(figure) -> list[Cells]:
    """The cells of each head, in the order of drawing; the bar's come last."""
    return [artist for artist in figure.artists if isinstance(artist, Cells)]


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9))
def test_a_block_has_its_largest_value(rows: int, columns: int, block: int) -> None:
    """As a loop over blocks finds it, the last ones cut."""
    values = np.random.default_rng(rows).normal(size=(2, rows, columns)).astype(np.float32)
    found = largest_of_blocks(values, block)

    starts = [range(0, length, block) for length in (rows, columns)]
    assert found.shape == (2, *map(len, starts))
    for row, top in enumerate(starts[0]):
        for column, left in enumerate(starts[1]):
            whole = values[:, top : top + block, left : left + block]
            assert found[:, row, column].tolist() == whole.max(axis=(1, 2)).tolist()


@given(st.integers(1, 5000), st.integers(1, 64))
def test_blocks_are_as_small_as_may_be(length: int, most: int) -> None:
    """No more of them than asked for, and one token less would be too many."""
    block = block_for(length, most)

    assert -(-length // block) <= most
    assert block == 1 or -(-length // (block - 1)) > most


def test_pooling_twice_is_pooling_once() -> None:
    """What is kept may be pooled again for a smaller picture."""
    values = np.random.default_rng(0).random((3, 101, 77))

    twice = largest_of_blocks(largest_of_blocks(values, 2), 4)
    np.testing.assert_array_equal(twice, largest_of_blocks(values, 8))


def test_a_cell_is_the_head_query_and_key_that_it_is_drawn_at() -> None:
    """Rows of panels are layers, columns heads; in a panel queries run down, keys right."""
    weights = np.zeros((3, 16, 16))
    weights[:, :, 0] = 1  # all to the first key …
    weights[1, 9] = np.eye(16)[4]  # … but for head 1, whose query 9 attends to key 4
    figure, facts = drawn(random_figure(16, layers=2, weights=weights))
    *panels, _ = thumbnails(figure)
    lefts, tops = zip(*((cells.box[0], -cells.box[1]) for cells in panels), strict=True)

    assert facts.panels == ("L0H0", "L0H1", "L0H2", "L1H0", "L1H1", "L1H2")
    assert [sorted(set(lefts)).index(left) for left in lefts] == [0, 1, 2] * 2
    assert [sorted(set(tops)).index(top) for top in tops] == [0] * 3 + [1] * 3
    for cells, head in zip(panels, [0, 1, 2] * 2, strict=True):
        assert cells.levels[9].argmax() == (4 if head == 1 else 0)
        assert cells.levels[9, 4] == (LEVELS - 1 if head == 1 else 0)
        assert (cells.levels == -1).sum() == 16 * 15 / 2
    texts = texts_of(figure)
    assert [texts.count(word) for word in ("head", "layer", "0", "1", "2")] == [1, 1, 3, 3, 1]


def test_a_line_one_token_wide_survives() -> None:
    """A previous-token head of 128 tokens, of which a mean would leave a twelfth."""
    weights = np.eye(128, k=-1)[None]
    weights[0, 0, 0] = 1
    figure, facts = drawn(random_figure(128, weights=weights, heads=1), width="0.3 column")
    cells, _ = thumbnails(figure)

    assert (facts.block, cells.levels.shape) == (2, (64, 64))
    assert (np.diagonal(cells.levels) == LEVELS - 1).all()
    assert facts.scale == "sqrt"


@pytest.mark.parametrize(
    ("tokens", "width", "heads", "block"),
    [
        (32, "100pt", 4, 1),  # so few are shown one by one, however small
        (40, "250pt", 4, 1),  # 48 cells at most from 50 pt on
        (100, "250pt", 4, 4),
        (64, "340pt", 4, 1),  # 64 from 74 pt on
        (128, "345pt", 4, 2),
        (128, "300pt", 6, 4),  # 32 from 24 pt on
        (128, "110pt", 4, 8),  # 16 below
        (37, "110pt", 4, 3),
    ],
)
def test_the_side_says_how_many_cells_there_are(
    tokens: int, width: str, heads: int, block: int
) -> None:
    """Some 1 pt a cell at least; the block is counted in tokens, whatever was kept."""
    figure, facts = drawn(random_figure(tokens, heads=heads), width=width)

    assert facts.block == block
    assert thumbnails(figure)[0].levels.shape == (-(-tokens // block),) * 2


def test_words_stand_in_large_empty_corners_only() -> None:
    """What each head does, where the mask is causal and there is room."""
    data = random_figure(12, heads=2)
    words = {each.class_ for each in as_kind(data, "atlas").statistics}

    figure, facts = drawn(data)
    assert facts.annotated == "class"
    assert words <= set(texts_of(figure))
    figure, facts = drawn(data, width="100pt")
    assert facts.annotated is None
    assert not words & set(texts_of(figure))
    both = np.full((2, 12, 12), 1 / 12)
    open_data = random_figure(12, weights=both, mask=np.ones((12, 12), dtype=bool))
    assert drawn(open_data)[1].annotated is None


def test_what_an_atlas_cannot_draw() -> None:
    """Too many heads for a page."""
    data = random_figure(4, heads=12, layers=12)

    assert message_of(DrawingError, drawn, data, width="100pt") == (
        "figure: 12 layers of 12 heads leave 4.6 pt for each; 14 pt at least is right; "
        "`statistic` shows a number of each instead"
    )


SPEC = {
    "figspec": 1,
    "figure": "atlas",
    "checkpoint": {"path": "models/tiny.pt", "name": "tiny"},
    "tokenizer": "bytes",
    "excerpt": {"random": 100, "seed": 3},
}


def write(project: Path, name: str, **keys: object) -> None:
    """A spec of the small GPT."""
    path = project / "figspec" / f"{name}.yaml"
    path.write_text(yaml.safe_dump(SPEC | keys), encoding="utf-8")


def test_every_head_of_every_layer_is_shown(project: Path, command) -> None:
    """Kept in blocks of two, as the whole maps say; redrawn without the checkpoint."""
    random_gpt(project / "models" / "tiny.pt", n_layer=3, context=128)
    write(project, "every")
    code, out, error = command(project, "build")
    assert (code, error) == (0, "")
    assert out.startswith("every   new   atlas   L0H0,L0H1,L0H2,L1H0 and 5 more   100 tokens")
    data = from_npz((project / "figures" / "every.npz").read_bytes())
    caption = (project / "figures" / "every.caption.tex").read_text()

    assert data.maps == ()
    for reduced in data.reduced:
        layer = {"figure": "map", "layer": reduced.layer, "head": "all"}
        whole = paperfig.attention(SPEC | layer, root=project)
        np.testing.assert_array_equal(reduced.pooled, largest_of_blocks(whole.weights, 2))
        np.testing.assert_array_equal(reduced.mask, whole.mask)
    assert [each.head for each in data.statistics] == [
        f"L{layer}H{head}" for layer in range(3) for head in range(3)
    ]
    assert caption.startswith("Attention patterns for all 3 heads of all 3 layers of \\emph{")
    assert "A cell has the maximum over a block of 2 $\\times$ 2 tokens." in caption

    (project / "models" / "tiny.pt").unlink()
    write(project, "every", style={"width": "0.5 column"})
    assert command(project, "build", "--no-compute")[::2] == (0, "")
    caption = (project / "figures" / "every.caption.tex").read_text()
    assert "a block of 4 $\\times$ 4 tokens" in caption


def test_heads_and_layers_that_are_named(gpt_project: Path, command) -> None:
    """One layer's, or single ones: where a layer shows none, the place stays empty."""
    short = {"excerpt": {"random": 20}}
    write(gpt_project, "layer", layer=1, **short)
    write(gpt_project, "some", head=["L1H2", "L0H0", "L1H0"], **short)
    assert command(gpt_project, "build")[::2] == (0, "")
    layer, some = (
        from_npz((gpt_project / "figures" / f"{name}.npz").read_bytes())
        for name in ("layer", "some")
    )

    assert [each.labels for each in layer.reduced] == [("L1H0", "L1H1", "L1H2")]
    assert [each.labels for each in some.reduced] == [("L1H2",), ("L0H0",), ("L1H0",)]
    with pdf.settings():
        figure, _ = ATLAS.draw(some, page_of(StyleSpec()), statistic=None, order="model")
    *panels, _ = thumbnails(figure)
    (right, low), (left, high), (beneath, low_too) = (cells.box[:2] for cells in panels)
    assert (beneath, low_too) == (left, low)
    assert left < right
    assert low < high


def test_the_map_of_a_layer_of_an_atlas(gpt_project: Path) -> None:
    """`paperfig.attention` gives it whole, though the figure keeps it in small."""
    spec = SPEC | {"excerpt": {"random": 20}}
    whole = paperfig.attention(spec | {"layer": 1}, root=gpt_project)
    same = paperfig.attention(
        spec | {"figure": "map", "layer": 1, "head": "all"}, root=gpt_project
    )

    np.testing.assert_array_equal(whole.weights, same.weights)
    assert message_of(RequestError, paperfig.attention, spec, root=gpt_project) == (
        "head: it names heads of layers 0, 1; name one layer's"
    )


def test_many_heads_are_kept_small() -> None:
    """32 cells a side from more than 400 heads on."""
    one = random_figure(128, heads=2).maps[0]

    few, many = (
        ATLAS.reduce(one, [one], n_shown=count, statistic=None) for count in (400, 401)
    )
    assert (few.block, few.pooled.shape) == (2, (2, 64, 64))
    assert (many.block, many.pooled.shape) == (4, (2, 32, 32))


HEADS = [[0.9, 0.3, 0.6], [0.1, 0.5, 0.2]]
"""What heads of two layers give to the previous token."""


def previous_heads() -> FigureData:
    """Heads that give that much to the previous token, and the rest to their own."""
    maps = []
    for layer, shares in enumerate(HEADS):
        given = np.array(shares)[:, None, None]
        weights = given * np.eye(12, k=-1) + (1 - given) * np.eye(12)
        weights[:, 0, 0] = 1
        maps.append(map_value(weights, np.tril(np.ones((12, 12), dtype=bool)), layer=layer))
    return figure_value(*maps, model=model_value(layer_value(8, 8, 8), layer_value(8, 8, 8)))


def rectangles(figure) -> list[tuple[tuple[float, float], tuple[float, ...]]]:
    """The left and upper corner of each head's rectangle, and its colour, as drawn."""
    found = []
    for artist in figure.artists:
        if isinstance(artist, PathPatch) and artist.get_linewidth() == 0:
            corners = artist.get_path().vertices
            if len(corners) == 5:
                found.append((tuple(corners[0]), artist.get_facecolor()))
    return found


def test_a_number_stands_where_its_head_does() -> None:
    """Layers from the top, heads from the left; darker is more; each bears its number."""
    data = as_kind(previous_heads(), "atlas", statistic="previous")
    column = data.table["previous"]
    figure, facts = drawn(previous_heads(), "previous")
    found = rectangles(figure)[:6]

    assert column.axes == ("head",)
    assert column.values == pytest.approx(np.ravel(HEADS))
    assert data.reduced[0].pooled is None
    lefts, tops = ([place[axis] for place, _ in found] for axis in (0, 1))
    assert [sorted(set(lefts)).index(left) for left in lefts] == [0, 1, 2] * 2
    assert [sorted(set(tops)).index(top) for top in tops] == [0] * 3 + [1] * 3
    light = [sum(colour[:3]) for _, colour in found]
    assert np.argsort(light).tolist() == np.argsort(-np.ravel(HEADS)).tolist()
    assert [text for text in texts_of(figure) if text.startswith(".")] == [
        ".90", ".30", ".60", ".10", ".50", ".20",
    ]  # fmt: skip
    assert (facts.limits, facts.scale, facts.n_cells) == ((0.0, 1.0), "linear", 6)


def test_the_largest_first() -> None:
    """By value each rectangle names its head, too; columns are ranks."""
    figure, _ = drawn(previous_heads(), "previous", "value")
    texts = texts_of(figure)
    pairs = [(text, texts[at + 1]) for at, text in enumerate(texts) if text.startswith(".")]

    assert pairs[:3] == [(".90", "H0"), (".60", "H2"), (".30", "H1")]
    assert pairs[3:] == [(".50", "H1"), (".20", "H2"), (".10", "H0")]
    assert ("rank" in texts, "head" in texts) == (True, False)


def test_strips_have_a_tick_a_head_and_a_dot_at_the_mean() -> None:
    """On the axis of the colours."""
    figure, _ = drawn(previous_heads(), "previous")
    discs = [
        artist.get_path()
        for artist in figure.artists
        if isinstance(artist, PathPatch) and has_curves(artist.get_path())
    ]
    *_, dots = discs
    centres = [part.vertices.mean(axis=0)[0] for part in _closed_parts(dots)]
    strokes = [
        artist.get_path().vertices
        for artist in figure.artists
        if isinstance(artist, PathPatch) and artist.get_linewidth() == 0.4
    ]
    ticks = next(each for each in strokes if len(each) == 12)[::2, 0].reshape(2, 3)
    scale = (ticks[0] - ticks[0].min()) / np.ptp(ticks[0]) * 0.6 + 0.3

    assert scale == pytest.approx(HEADS[0])
    assert centres == pytest.approx(ticks.mean(axis=1), abs=1e-6)


def has_curves(path: Path_) -> bool:
    """Whether it is of circles."""
    return path.codes is not None and Path_.CURVE4 in path.codes


def _closed_parts(path: Path_) -> list[Path_]:
    ends = np.flatnonzero(path.codes == Path_.CLOSEPOLY)
    starts = [0, *(ends[:-1] + 1)]
    return [Path_(path.vertices[start:end]) for start, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize(
    ("highest", "end"), [(0.04, 0.1), (0.15, 0.2), (0.2, 0.2), (0.21, 0.5), (0.51, 1.0)]
)
def test_a_scale_of_shares_ends_at_a_round_one(highest: float, end: float) -> None:
    """The smallest of 0.1, 0.2, 0.5 and 1 that holds all."""
    assert end_of_numbers(np.array([0.01, np.nan, highest]), is_share=True) == end


def test_numbers_of_every_name_are_of_every_head() -> None:
    """Each name is a number of the statistics, and each number of these has a name."""
    others = {"kappa", "class_score", "offset"}
    numeric = {
        field.name.removesuffix("_")
        for field in fields(HeadStatistics)
        if field.type == float | None or field.type == "float | None"
    }

    assert {*NUMBERS} == numeric - others
    (head, *_) = as_kind(random_figure(12, heads=2), "atlas").statistics
    assert number_of(head, "self") == head.self_
    assert number_of(replace(head, named={"share(needle)": 0.25}), "share(needle)") == 0.25


@pytest.mark.parametrize(
    ("statistic", "message"),
    [
        (
            "content",
            "statistic: content (1 excerpt; 20 are needed); another number or text is right",
        ),
        (
            "induction",
            "statistic: induction (0 queries have a repeated token; 20 are needed); "
            "another number or text is right",
        ),
        (
            "learned_sink",
            "statistic: no query here has what learned_sink asks for; "
            "another number or text is right",
        ),
        (
            "share(needle)",
            "statistic: no span that share(needle) could be of; "
            "`excerpt.spans` gives names to stretches",
        ),
    ],
)  # fmt: skip
def test_a_number_that_no_head_has(statistic: str, message: str) -> None:
    """Is no white figure, but a fault."""
    data = random_figure(12, heads=2)

    assert message_of(AttentionError, as_kind, data, "atlas", statistic=statistic) == message


def test_a_logarithm_has_no_place_for_0() -> None:
    """Of numbers."""
    assert message_of(DrawingError, drawn, previous_heads(), "previous", scale="log") == (
        "style.scale: log has no place for 0; linear or sqrt is right"
    )


def test_an_atlas_of_a_statistic(gpt_project: Path, command) -> None:
    """The caption's ends are those of the record; no map is in NAME.npz; redrawn from it."""
    keys = {"excerpt": {"random": 20, "repeat": 2}, "statistic": "induction"}
    write(gpt_project, "number", **keys)
    assert command(gpt_project, "build", "number")[::2] == (0, "")
    record = json.loads((gpt_project / "figures" / "number.json").read_text())
    caption = (gpt_project / "figures" / "number.caption.tex").read_text()
    found = {each["head"]: each["induction"] for each in record["statistics"]}
    low, high = (of(found, key=lambda head: found[head]) for of in (min, max))

    assert caption.startswith(
        "Induction score for all 3 heads of layers 0 and 1 of \\emph{tiny}"
    )
    assert f"from {found[low]:.3g} ({low}) to {found[high]:.3g} ({high})" in caption
    with np.load(gpt_project / "figures" / "number.npz") as archive:
        kept = {name for name in archive.files if name.endswith(("pooled", "weights"))}
    assert kept == set()
    first = (gpt_project / "figures" / "number.pdf").read_bytes()
    (gpt_project / "models" / "tiny.pt").unlink()
    write(gpt_project, "number", **keys, style={"palette": "moss"})
    assert command(gpt_project, "build", "--no-compute", "number")[::2] == (0, "")
    assert (gpt_project / "figures" / "number.pdf").read_bytes() != first


def test_the_share_of_a_span(gpt_project: Path, command) -> None:
    """Of keys that the excerpt's `spans` name; of others it is an error."""
    excerpt = {"excerpt": {"random": 20, "spans": {"needle": [2, 4]}}}
    write(gpt_project, "share", **excerpt, statistic="share(needle)")
    write(gpt_project, "none", **excerpt, statistic="share(hay)")
    assert command(gpt_project, "build", "share")[::2] == (0, "")
    data = from_npz((gpt_project / "figures" / "share.npz").read_bytes())
    caption = (gpt_project / "figures" / "share.caption.tex").read_text()

    found = [head.named["share(needle)"] for head in data.statistics]
    assert data.table["share(needle)"].values.tolist() == found
    assert caption.startswith("Weight on needle for all 3 heads of layers 0 and 1")
    code, _, error = command(gpt_project, "build", "none")
    assert (code, error.splitlines()[0]) == (
        1,
        "figspec/none.yaml: statistic: no span that share(hay) could be of; "
        "`excerpt.spans` gives names to stretches",
    )


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"order": "value"}, "order: goes with statistic, which is not given; leave it out"),
        ({"statistic": "sinc"}, 'statistic: "sinc" cannot be read; normalised_entropy, '),
    ],
)
def test_keys_of_an_atlas_that_are_not_right(gpt_project: Path, command, keys, fault) -> None:
    """Each is told by its line."""
    write(gpt_project, "wrong", **keys)
    code, _, error = command(gpt_project, "build", "wrong")

    assert code == 2
    assert fault in error
