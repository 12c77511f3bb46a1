"""Maps of five queries and twelve keys: each axis has its own tokens, cells and places."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from values_of import figure_value, layer_value, map_value, model_value

from paperfig.drawing.cells import Cells
from paperfig.drawing.matrices.marks import HALO, LINE
from paperfig.drawing.matrices.matrix import HATCHED
from paperfig.drawing.page import page_of
from paperfig.drawing.pdf import settings
from paperfig.errors import DrawingError
from paperfig.kinds.map import draw as map_kind
from paperfig.kinds.scores import draw as scores_kind
from paperfig.specs.style import StyleSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting
from paperfig.values.tokens import Tokens

QUERIES = ("Das", "Haus", "steht", "am", "Meer")
KEYS = ("The", "house", "stands", "by", "the", "sea", "and", "it", "rains", "here", "too", ".")
OPEN = Setting(mask=MaskRule(causal=False))


def across(n_query=5, n_key=12, *, heads=1, empty=(), queries=QUERIES, keys=KEYS):
    """A figure of random weights; the rows in ``empty`` have no key."""
    mask = np.ones((n_query, n_key), dtype=bool)
    mask[list(empty)] = False
    weights = np.where(mask, np.random.default_rng(0).random((heads, n_query, n_key)), 0)
    weights /= np.maximum(weights.sum(axis=2, keepdims=True), 1e-9)
    axes = [
        Tokens(labels=tuple(words[index % len(words)] for index in range(count)))
        for words, count in ((queries, n_query), (keys, n_key))
    ]
    facts = {"queries": axes[0], "keys": axes[1], "shown": OPEN}
    model = model_value(layer_value(*(8,) * heads, trained=OPEN))
    return figure_value(map_value(weights, mask, **facts), model=model)


def drawn(data, **style):
    """The figure and its facts."""
    with settings():
        return map_kind.draw(data, page_of(StyleSpec(venue="icml", **style)))


def matrices_of(figure, count=1):
    """The first so many grids of cells: what is left are colour bars."""
    return [artist for artist in figure.artists if isinstance(artist, Cells)][:count]


def box_of(figure, cells):
    """Left and upper edge, width and height, in points from the upper left corner."""
    left, top, wide, high = cells.box
    return left, 72 * figure.get_figheight() - top, wide, high


def places_of(figure, words, *, upright):
    """Where each of the words stands: how far along its axis, in points."""
    texts = [artist for artist in figure.artists if isinstance(artist, Text)]
    along = [one for one in texts if bool(one.get_rotation()) == upright]
    place = {one.get_text(): one.get_position()[0 if upright else 1] for one in along}
    return [place[word] for word in words]


def lines_of(figure, colour):
    """The corners of all lines of a colour, in points from the upper left corner."""
    patches = [artist for artist in figure.artists if isinstance(artist, PathPatch)]
    rgba = tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return [
        patch.get_path().vertices
        for patch in patches
        if patch.get_linewidth() and patch.get_edgecolor()[:3] == pytest.approx(rgba)
    ]


def test_cells_are_square_and_the_first_query_is_on_top():
    """Five rows, twelve columns; level rows are in the queries' order."""
    data = across()
    figure, facts = drawn(data)
    (cells,) = matrices_of(figure)
    left, top, wide, high = box_of(figure, cells)
    weights = data.maps[0].weights[0].astype(np.float64)
    levels = np.floor(255 * weights / facts.limits[1]).clip(0, 254)

    assert cells.levels.shape == (5, 12)
    assert (cells.levels == levels).all()
    assert wide / 12 == pytest.approx(high / 5)
    first_row_and_column = cells.grid(72.0).transform([(0, 0)])[0]
    height = 72 * figure.get_figheight()
    assert first_row_and_column == pytest.approx((left, height - top))


def test_each_axis_has_its_own_labels_at_its_cells():
    """Five labels at equal steps down the height, twelve along the width."""
    figure, facts = drawn(across())
    left, top, wide, high = box_of(figure, *matrices_of(figure))
    rows = places_of(figure, QUERIES, upright=False)
    words = [key for key in KEYS if len(key) > 1]  # a single character does not run down
    columns = places_of(figure, words, upright=True)

    assert (facts.label_kind, facts.label_every) == ("tokens", 1)
    shift = rows[0] - (top + high / 10)  # from a line's middle to its baseline
    assert 0 < shift < 3
    assert rows == pytest.approx([top + shift + (row + 0.5) * high / 5 for row in range(5)])
    at = [left + (KEYS.index(word) + 0.5) * wide / 12 for word in words]
    shift = columns[0] - at[0]
    assert 0 < shift < 3
    assert columns == pytest.approx([shift + place for place in at])


def test_one_axis_by_tokens_and_one_by_index():
    """Forty keys have no room for their words; two queries have."""
    figure, facts = drawn(across(2, 40))
    texts = [artist.get_text() for artist in figure.artists if isinstance(artist, Text)]

    assert texts[:4] == ["Das", "0", "Haus", "5"]
    assert (facts.label_kind, facts.label_every) == ("index", 5)


def test_a_mark_surrounds_its_cell():
    """Query 4 and key 11: the lower right corner."""
    figure, facts = drawn(across(), mark=[{"query": 4, "key": 11}])
    left, top, wide, high = box_of(figure, *matrices_of(figure))
    (line,) = lines_of(figure, "#d55e00")

    assert facts.marks == (((4, 4), (11, 11)),)
    cell = wide / 12
    right, bottom = left + wide, top + high
    corner = line.min(axis=0), line.max(axis=0)
    inset = LINE / 2 + HALO
    assert corner[0] == pytest.approx((right - cell, bottom - cell))
    assert corner[1] == pytest.approx((right - inset, bottom - inset))


def test_a_row_without_any_key_is_hatched_over_the_whole_width():
    """From the first key to the last, and no higher than the row."""
    figure, facts = drawn(across(empty=[2]))
    (cells,) = matrices_of(figure)
    left, top, wide, high = box_of(figure, cells)
    (strokes,) = lines_of(figure, HATCHED)

    assert facts.no_key_rows == 1
    assert (cells.levels[2] == -1).all()
    assert strokes[:, 1].min() == pytest.approx(top + 2 * high / 5)
    assert strokes[:, 1].max() == pytest.approx(top + 3 * high / 5)
    assert strokes[:, 0].min() == pytest.approx(left, abs=4)
    assert strokes[:, 0].max() == pytest.approx(left + wide, abs=4)


@pytest.mark.parametrize("shape", [(12, 5), (40, 1), (400, 3)])
def test_a_tall_map_is_no_taller_than_a_square_one(shape):
    """It is narrower instead, in the middle of the page; no strip is under some 14 pt."""
    bare = {"labels": "none", "colorbar": "none"}
    square, _ = drawn(across(12, 12), **bare)
    figure, facts = drawn(across(*shape), **bare)
    *_, high = box_of(square, *matrices_of(square))
    left, _, wide, tall = box_of(figure, *matrices_of(figure))

    assert tall == pytest.approx(high)
    assert wide == pytest.approx(max(tall * shape[1] / shape[0], 14), abs=0.2)
    assert facts.width_pt == pytest.approx(234.8775)
    assert left > 60


@pytest.mark.parametrize("shape", [(1, 8), (2, 12), (4, 40), (12, 1), (30, 4)])
def test_cells_are_square(shape):
    """Of few tokens as well, as long as the panel is no mere strip."""
    figure, _ = drawn(across(*shape), labels="none", colorbar="none")
    *_, wide, high = box_of(figure, *matrices_of(figure))

    assert wide / shape[1] == pytest.approx(high / shape[0])


def test_tall_maps_stand_side_by_side():
    """Four of forty queries and one key in a row: not one above the other."""
    figure, facts = drawn(across(40, 1, heads=4))

    assert len({box_of(figure, cells)[1] for cells in matrices_of(figure, 4)}) == 1
    assert facts.height_pt < 230


def test_a_short_bar_has_two_ticks():
    """A row of two maps of one query: the labels of more would overlap."""
    figure, _ = drawn(across(1, 40, heads=2), limits=[0.0, 0.15])
    texts = [artist.get_text() for artist in figure.artists if isinstance(artist, Text)]

    assert texts[-3:] == ["0", "0.15", "weight"]
    assert not {"0.05", "0.1"} & set(texts)


def test_long_keys_take_from_the_height_that_queries_have():
    """Forty queries have room for their words above short keys, none above long ones."""
    style = {"width": "page", "height": "286pt"}
    texts = []
    for keys in (("a",), ("Donaudampfschiff",)):
        figure, _ = drawn(across(40, 1, keys=keys), **style)
        texts.append(
            {artist.get_text() for artist in figure.artists if isinstance(artist, Text)}
        )

    assert texts[0] >= {*QUERIES, "a"}
    assert texts[1] >= {"35", "Donaudampfschiff"}
    assert not texts[1] & set(QUERIES)


def test_two_variants_of_a_head_share_the_axes():
    """One title for each, labels once to the left."""
    data = across()
    (one,) = data.maps
    variants = [replace(data.variants[0], label=label) for label in ("trained", "ablated")]
    maps = tuple(replace(one, variant=each.label) for each in variants)
    figure, facts = drawn(replace(data, variants=tuple(variants), maps=maps))
    texts = [artist.get_text() for artist in figure.artists if isinstance(artist, Text)]
    first, second = matrices_of(figure, 2)

    assert facts.panels == ("trained", "ablated")
    assert [texts.count(word) for word in ("Das", "The")] == [1, 2]
    assert first.box[1:] == second.box[1:]


@pytest.mark.parametrize("kind", [map_kind, scores_kind])
def test_maps_of_different_texts_are_refused(kind):
    """One map's tokens at another's axes would lie."""
    data = across()
    (one,) = data.maps
    one = replace(one, scores=np.where(one.mask, one.weights, np.nan).astype(np.float32))
    other = replace(one, keys=Tokens(labels=tuple(reversed(KEYS))), variant="b")
    variants = (replace(data.variants[0], label="a"), replace(data.variants[0], label="b"))
    data = replace(data, variants=variants, maps=(replace(one, variant="a"), other))
    with pytest.raises(DrawingError) as caught, settings():
        kind.draw(data, page_of(StyleSpec()))

    assert str(caught.value) == (
        "figure: its maps are of different texts; a figure for each text is right"
    )


def test_scores_have_two_axes_too():
    """Logits beside weights, both five by twelve, in one row."""
    data = across()
    (one,) = data.maps
    scores = np.where(one.mask, np.log(one.weights), np.nan).astype(np.float32)
    data = replace(data, kind="scores", maps=(replace(one, scores=scores),))
    with settings():
        figure, facts = scores_kind.draw(data, page_of(StyleSpec(venue="icml")))
    logits, weights = matrices_of(figure, 2)

    assert facts.panels == ("logits", "weights")
    assert logits.levels.shape == weights.levels.shape == (5, 12)
    assert logits.box[1:] == weights.box[1:]
    assert (logits.levels[range(5), one.weights[0].argmax(axis=1)] == 254).all()
