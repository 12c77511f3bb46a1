"""The kind ``atlas``: which cell has which weight, where heads stand, what is kept of them."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from artists import texts_of
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import message_of
from small_gpt import random_gpt
from values_of import as_kind, random_figure

import paperfig
from paperfig.drawing import pdf
from paperfig.drawing.cells import Cells
from paperfig.drawing.page import page_of
from paperfig.drawing.palettes import LEVELS
from paperfig.errors import DrawingError, RequestError
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec
from paperfig.values.figure import FigureData, from_npz
from paperfig.values.reduced import block_for, largest_of_blocks

ATLAS = KINDS["atlas"]


def drawn(data: FigureData, **style: object):
    """The canvas's figure and the facts of an atlas of the maps of ``data``."""
    own = {key.name: key.default for key in ATLAS.keys}
    with pdf.settings():
        return ATLAS.draw(as_kind(data, "atlas"), page_of(StyleSpec(**style)), **own)


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
    assert facts.annotated
    assert words <= set(texts_of(figure))
    figure, facts = drawn(data, width="100pt")
    assert not facts.annotated
    assert not words & set(texts_of(figure))
    both = np.full((2, 12, 12), 1 / 12)
    open_data = random_figure(12, weights=both, mask=np.ones((12, 12), dtype=bool))
    assert not drawn(open_data)[1].annotated


def test_what_an_atlas_cannot_draw() -> None:
    """Too many heads for a page, and outlined cells."""
    data = random_figure(4, heads=12, layers=12)

    assert message_of(DrawingError, drawn, data, width="100pt") == (
        "figure: 12 layers of 12 heads leave 4.7 pt for each; 14 pt at least is right; "
        "`statistic` shows a number of each instead"
    )
    mark = {"mark": ({"query": 1, "key": 0},)}
    assert message_of(DrawingError, drawn, data, **mark) == (
        "style.mark: an atlas has no place for an outlined cell; leave it out"
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
        figure, _ = ATLAS.draw(
            some, page_of(StyleSpec()), **{key.name: key.default for key in ATLAS.keys}
        )
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

    few, many = (ATLAS.reduce(one, [one], n_shown=count) for count in (400, 401))
    assert (few.block, few.pooled.shape) == (2, (2, 64, 64))
    assert (many.block, many.pooled.shape) == (4, (2, 32, 32))
