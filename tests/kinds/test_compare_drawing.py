"""How variants and their differences are drawn: places, levels, strokes, bars."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from artists import texts_of
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from values_of import excerpt_value, layer_value, map_value, model_value

from paperfig.drawing.cells import Cells
from paperfig.drawing.page import page_of
from paperfig.drawing.palettes import diverging_palette, palette, zero_level
from paperfig.drawing.pdf import settings
from paperfig.errors import DrawingError
from paperfig.kinds import KINDS
from paperfig.specs.style import StyleSpec
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData
from paperfig.values.variant import Variant

KIND = KINDS["compare"]
CAUSAL = np.tril(np.ones((8, 8), dtype=bool))
ONE_SIDED = (0x7F / 255,) * 3


def compared(
    weights: Sequence[np.ndarray],
    masks: Sequence[np.ndarray] | None = None,
    tokens: Sequence[tuple[str, ...]] | None = None,
) -> FigureData:
    """A figure of variants ``a``, ``b`` …, each with all of its weights."""
    masks = masks or [CAUSAL] * len(weights)
    maps, variants = [], []
    for index, (each, mask) in enumerate(zip(weights, masks, strict=True)):
        label = "abcdefgh"[index]
        words = tokens[index] if tokens else tuple(f"w{at}" for at in range(mask.shape[1]))
        maps.append(map_value(each, mask, tokens=words, variant=label))
        model = model_value(layer_value(*(8,) * len(each)))
        variants.append(Variant(label=label, model=model, excerpt=excerpt_value(words)))
    data = FigureData(kind=KIND.name, variants=tuple(variants), maps=tuple(maps))
    assert KIND.table is not None
    return FigureData(
        kind=data.kind, variants=data.variants, maps=data.maps, table=KIND.table(data)
    )


def random_weights(
    count: int, *, heads: int = 1, mask: np.ndarray = CAUSAL, seed: int = 0
) -> list[np.ndarray]:
    """Rows that sum to 1 over the allowed keys."""
    random = np.random.default_rng(seed)
    raw = [np.where(mask, random.random((heads, *mask.shape)), 0) for _ in range(count)]
    return [each / np.maximum(each.sum(axis=2, keepdims=True), 1e-9) for each in raw]


def drawn(data: FigureData, **style: Any) -> tuple[Figure, list[Cells], DrawnFacts]:
    """The figure, its panels and bars in the order of drawing, and its facts."""
    with settings():
        figure, facts = KIND.draw(data, page_of(StyleSpec(**style)))
    return figure, [artist for artist in figure.artists if isinstance(artist, Cells)], facts


def test_differences_stand_under_their_variants() -> None:
    """Later less first, query rows from the top; the bars under the first variant."""
    weights = random_weights(3)
    figure, cells, facts = drawn(compared(weights))
    *variants, second, third, bar, signed_bar = cells

    for below, above in zip((second, third), variants[1:], strict=True):
        assert below.box[0] == above.box[0]
        assert below.box[1] < above.box[1]
        assert below.box[2:] == above.box[2:]
    for below in (bar, signed_bar):
        assert below.box[0] >= variants[0].box[0]
        assert below.box[0] + below.box[2] <= variants[0].box[0] + variants[0].box[2]
        assert second.box[1] - second.box[3] < below.box[1] < variants[0].box[1] - 50
    assert (variants[0].colours == palette()).all()
    assert facts.differences is not None
    low, high = facts.differences.limits
    assert (second.colours == diverging_palette(None, (low, high))).all()
    zero = zero_level((low, high))
    for one, later in zip((second, third), weights[1:], strict=True):
        change = (later[0].astype(np.float32) - weights[0][0].astype(np.float32))[CAUSAL]
        steps = np.sign(change) * np.floor(255 * np.abs(change) / (high - low) + 0.5)
        off = np.abs(one.levels[CAUSAL] - zero - steps)
        assert off[np.abs(change) < high].max() <= 1
        assert (one.levels[~CAUSAL] == -1).all()
    assert texts_of(figure).count("key") == texts_of(figure).count("query") == 1
    assert facts.panels == ("a", "b", "c", "b − a", "c − a")


def test_one_sided_cells_are_struck_paper() -> None:
    """A stroke from each one's lower left to its upper right, and no colour."""
    kept, hidden = CAUSAL, CAUSAL & ~np.eye(8, dtype=bool)
    hidden[0, 0] = True
    weights = [random_weights(1, mask=mask)[0] for mask in (kept, hidden)]
    data = compared(weights, [kept, hidden])
    figure, (_, _, difference, *_), facts = drawn(data)
    strokes = [
        artist
        for artist in figure.artists
        if isinstance(artist, PathPatch)
        and artist.get_edgecolor()[:3] == pytest.approx(ONE_SIDED)
    ]

    assert data.table["one_sided"].values.tolist() == [7]
    assert (difference.levels[kept ^ hidden] == -1).all()
    (strokes,) = strokes
    left, top, wide, tall = difference.box
    height = figure.get_figheight() * 72
    ends = strokes.get_path().vertices.reshape(-1, 2, 2)
    side = wide / 8
    expected = [
        [
            (left + at * side, height - top + (at + 1) * side),
            (left + (at + 1) * side, height - top + at * side),
        ]
        for at in range(1, 8)
    ]
    assert tall == pytest.approx(wide)
    np.testing.assert_allclose(sorted(ends.tolist()), expected, atol=1e-6)
    assert facts.no_key_rows == 0


@given(
    offset=st.integers(-60, 60),
    side=st.floats(20, 300),
)
def test_every_diagonal_is_met_at_any_size(offset: int, side: float) -> None:
    """However small cells are, one that only one mask has is never all left out."""
    from paperfig.kinds.compare.draw import strokes_of

    cells = np.eye(80, k=offset, dtype=bool)
    found = strokes_of(cells, (0.0, 0.0, side, side))

    assert found
    inside = [(bottom[0], top[1]) for bottom, top in found]
    columns = {round(80 * x / side) for x, _ in inside}
    rows = {round(80 * y / side) for _, y in inside}
    assert {column - row for column in columns for row in rows} >= {offset}


@pytest.mark.parametrize(
    ("count", "heads", "style", "rows"),
    [
        (2, 1, {}, [2, 1]),
        (4, 1, {"width": "page"}, [4, 3]),
        (5, 1, {"width": "page"}, [4, 3, 1, 1]),
        (4, 1, {"width": "150pt"}, [2, 1, 2, 2]),
        (3, 2, {"width": "page"}, [3, 2, 3, 2]),
    ],
)
def test_rows_come_in_pairs(
    count: int, heads: int, style: dict[str, str], rows: list[int]
) -> None:
    """At most four variants in a row, and as many as have room; a pair of rows a head."""
    data = compared(random_weights(count, heads=heads))
    _, cells, _ = drawn(data, colorbar="none", **style)
    tops = [one.box[1] for one in cells]

    assert [tops.count(top) for top in sorted(set(tops), reverse=True)] == rows
    assert len({one.box[2] for one in cells}) == 1


def test_nothing_leaves_the_page() -> None:
    """Also where the free place is lower than the bars need."""
    words = tuple("a long token" for _ in range(8))
    data = compared(random_weights(4), tokens=[words] * 4)
    figure, cells, _ = drawn(data, width="250pt", labels="tokens")
    *_, bar, signed_bar = cells

    height = figure.get_figheight() * 72
    for one in (bar, signed_bar):
        assert 20 < one.box[1] < height
    last = cells[-3]
    assert signed_bar.box[1] > last.box[1] - last.box[3]


def test_texts_that_differ_have_positions() -> None:
    """Not the tokens of either, which are refused where they are asked for."""
    tokens = [tuple("abcdefgh"), tuple("ijklmnop")]
    data = compared(random_weights(2), tokens=tokens)
    figure, _, facts = drawn(data)

    assert facts.label_kind == "index"
    assert not set("abcdefghijklmnop") - {"a", "b"} & set(texts_of(figure))
    with pytest.raises(DrawingError) as caught:
        drawn(data, labels="tokens")
    assert str(caught.value) == (
        "style.labels: the variants are of different texts; auto, index or none is right"
    )


def test_heads_that_differ_are_not_compared() -> None:
    """All heads of a model of two, and of one with a single head."""
    weights = [random_weights(1, heads=heads)[0] for heads in (2, 1)]
    with pytest.raises(DrawingError) as caught:
        compared(weights)

    assert str(caught.value) == (
        "variants: 'a' shows L0H0, L0H1 and 'b' shows L0H0; name heads that all variants have"
    )


def test_what_does_not_differ_has_no_extremes() -> None:
    """NaN, and a scale that is none of noise."""
    (weights,) = random_weights(1)
    data = compared([weights, weights])
    _, _, facts = drawn(data)

    assert np.isnan(data.table["change"].values).all()
    assert facts.differences is not None
    assert facts.differences.limits == (-1.0, 1.0)


@given(seed=st.integers(0, 10_000), heads=st.integers(1, 3))
def test_the_extremes_are_the_largest_of_all(seed: int, heads: int) -> None:
    """Over heads and later variants together."""
    weights = random_weights(3, heads=heads, seed=seed)
    table = compared(weights).table
    first, *others = (each.astype(np.float32).astype(np.float64) for each in weights)
    changes = np.stack([each - first for each in others])

    for at, extreme in enumerate((changes.argmax(), changes.argmin())):
        which, head, query, key = np.unravel_index(extreme, changes.shape)
        place = [table[name].values[at] for name in ("variant", "head", "query", "key")]
        assert place == [which + 1, head, query, key]
        assert table["change"].values[at] == pytest.approx(changes.flat[extreme], abs=1e-6)
