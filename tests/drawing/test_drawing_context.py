"""The kind ``context``: text, heads, mean with its rows, and scores on one page."""

from dataclasses import replace

import numpy as np
import pytest
from artists import texts_of
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from rendering import render

from paperfig.drawing.cells import Cells
from paperfig.drawing.page import VENUES, page_of
from paperfig.drawing.palettes import palette
from paperfig.drawing.pdf import settings
from paperfig.drawing.scales.limits import rounded_up
from paperfig.errors import DrawingError
from paperfig.kinds import KINDS
from paperfig.kinds.context import draw as context
from paperfig.specs.style import StyleSpec
from paperfig.statistics.rows import row_deviations, row_entropies, score_deviations
from paperfig.statistics.tables import with_table
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

FIRST_WORDS = ("The", " light", "house", " stands", ",", " white", "\n", " and", "  tall", " ")


@pytest.fixture
def whole(figure_data):
    """Makes the context of so many tokens and heads, of a gauge model or a dot product."""

    def make(n_token=16, *, heads=4, is_divergence=True, tokens=None):
        words = tokens or [FIRST_WORDS[i % len(FIRST_WORDS)] for i in range(n_token)]
        data = figure_data(n_token, heads=heads, tokens=words)
        (entry,) = data.maps
        random = np.random.default_rng(1)
        scores = -np.abs(random.normal(size=entry.weights.shape) * 3)
        kappa = (1.0,) * heads if is_divergence else None
        setting = Setting(mask=MaskRule(), kappa=kappa)
        entry = replace(
            entry,
            scores=np.where(entry.mask, scores, np.nan).astype(np.float32),
            shown=setting,
            trained=setting,
        )
        data = replace(data, kind="context", maps=(entry,))
        return with_table(data, KINDS["context"], {})

    return make


def drawn(data, **style):
    """The figure and its facts."""
    with settings():
        return context.draw(data, page_of(StyleSpec(**style)))


def panels_of(figure):
    """The maps in reading order, the colour bars left out."""
    cells = [artist for artist in figure.artists if isinstance(artist, Cells)]
    return [one for one in cells if one.levels.shape[0] == one.levels.shape[1]]


def page_width(venue):
    """In points."""
    return VENUES[venue].page_pt * 72 / 72.27


def top_of(cells):
    """A map's upper edge from the page's lower edge, in points."""
    return cells.box[1]


def test_the_parts_of_the_page_in_reading_order(whole):
    """Heads in rows on one height, then their mean, and beside it the sum of their KL."""
    data = whole(40)
    figure, facts = drawn(data, venue="neurips", width="page")
    *heads, mean, scores = panels_of(figure)
    (entry,) = data.maps
    average = entry.weights.mean(axis=0, dtype=np.float64)[entry.mask]
    total = -entry.scores.sum(axis=0, dtype=np.float64)[entry.mask]

    assert facts.panels == (
        *(f"head {h}" for h in range(4)),
        "mean of 4 heads",
        "KL, sum of 4 heads",
    )
    assert len({top_of(head) for head in heads}) == 1
    assert top_of(heads[0]) > top_of(mean) == top_of(scores)
    assert heads[0].box[0] == mean.box[0] < scores.box[0]
    assert heads[-1].box[0] + heads[-1].box[2] == pytest.approx(page_width("neurips") - 1.2)
    high = facts.limits[1]
    levels = np.floor(255 * average.clip(0, high) / high).clip(0, 254)
    assert (mean.levels[entry.mask] == levels).all()
    limit = rounded_up(total.max())
    assert facts.scores.limits == (0.0, limit)
    assert facts.scores.heads == (0, 1, 2, 3)
    levels = np.floor(255 * total.clip(0, limit) / limit).clip(0, 254)
    assert np.abs(scores.levels[entry.mask] - levels).max() <= 1


def test_every_token_stands_in_the_text(whole):
    """In order, words apart, with visible ends of line; each line begins with its index."""
    figure, _ = drawn(whole(10), labels="none", venue="icml")
    texts = texts_of(figure)
    strip = texts[: texts.index("head 0")]

    words = [text for text in strip if not text.isdigit()]
    assert words == [
        "The",
        "light",
        "house",
        "stands",
        ",",
        "white",
        "↵",
        "and",
        "␣",
        "tall",
        "␣",
    ]
    assert [text for text in strip if text.isdigit()] == ["0"]


def strip_of(figure):
    """The texts above the first head, each with its left and its height on the page."""
    artists = list(figure.artists)
    end = next(place for place, one in enumerate(artists) if isinstance(one, Cells))
    texts = [artist for artist in artists[:end] if isinstance(artist, Text)]
    return [(text.get_text(), *text.get_position()) for text in texts]


def test_lines_of_text_begin_where_words_do(whole):
    """An index hangs left of each; what goes on in a word stays on its line."""
    words = [f"{' ' * (place % 3 == 0)}{'abc'[place % 3] * 4}" for place in range(60)]
    figure, _ = drawn(whole(60, tokens=words), venue="icml")
    lines = {}
    for text, x, y in strip_of(figure):
        lines.setdefault(round(y, 2), []).append((x, text))
    firsts = [[text for _, text in sorted(line)[:2]] for line in lines.values()]

    assert len(firsts) > 2
    assert {word for _, word in firsts} == {"aaaa"}
    assert {int(index) % 3 for index, _ in firsts} == {0}


def test_a_long_text_is_cut_where_maps_would_be_small(whole):
    """To six lines, which say how many tokens follow; at most 60 pt of map are worth that."""
    figure, facts = drawn(whole(256, tokens=[f" w{i}" for i in range(256)]), venue="icml")
    strip = strip_of(figure)
    *_, (last, *_) = strip
    shown = [text for text, *_ in strip if text.startswith("w")]

    assert last == f"… {256 - len(shown)} more tokens"
    assert len({y for _, _, y in strip}) == 6
    assert facts.height_pt <= VENUES["icml"].text_pt - 149
    assert panels_of(figure)[-1].box[2] >= 60


@pytest.mark.parametrize("venue", ["icml", "article"])
def test_the_text_wraps_within_the_page(whole, venue):
    """128 tokens, one of them longer than a line: no chip ends beyond the page."""
    words = ["a" * 300, *(f" word{i}" for i in range(127))]
    figure, _ = drawn(whole(128, tokens=words), venue=venue)
    grey = [
        patch.get_path().vertices
        for patch in figure.artists
        if isinstance(patch, PathPatch) and patch.get_linewidth() == 0
    ][:128]

    width = 72 * figure.get_figwidth()
    assert len(grey) == 128
    assert max(chip[:, 0].max() for chip in grey) <= width
    assert len({chip[:, 1].min() for chip in grey}) > 3


def test_bars_stand_beside_their_rows(whole, poppler):
    """A step's length is its row's number, the mean an orange one below."""
    data = whole(8, heads=2)
    style = {"venue": "neurips", "labels": "none", "palette": "graphite"}
    figure, _ = drawn(data, **style)
    mean = panels_of(figure)[2]
    texts = texts_of(figure)
    (entry,) = data.maps
    deviations = row_deviations(entry.weights.mean(axis=0, dtype=np.float64))
    pixels = poppler(render(data, StyleSpec(**style)).pdf, 288)[:, :, 0]
    left, top, side, _ = (4 * number for number in mean.box)
    start, cell = int(left + side + (9 + 34 + 9) * 4), side / 8
    first = len(pixels) - top
    lengths = []
    for row in range(8):
        line = pixels[int(first + (row + 0.5) * cell), start + 2 :]
        lengths.append(int((line < 250).argmin()))

    assert data.table["row_deviation"].values.tolist() == list(deviations)
    assert f"{deviations.mean():.2g}" in texts
    order = np.argsort(deviations)
    measured = np.array(lengths)[order]
    assert (np.diff(measured) >= -1).all()
    ratio = measured[-1] / measured[0] if measured[0] else 0
    wanted = deviations[order][-1] / deviations[order][0] if deviations[order][0] else 0
    assert ratio == pytest.approx(wanted, rel=0.03)


def test_the_table_is_of_what_is_drawn(whole):
    """The mean's deviation and entropy, the deviation of summed KL; NaN with one key."""
    data = whole(12)
    (entry,) = data.maps
    mean = entry.weights.mean(axis=0, dtype=np.float64)
    table = {name: column.values for name, column in data.table.items()}

    np.testing.assert_array_equal(table["row_deviation"], row_deviations(mean))
    np.testing.assert_array_equal(table["normalised_entropy"], row_entropies(mean, entry.mask))
    total = -entry.scores.astype(np.float64).sum(axis=0)
    np.testing.assert_allclose(
        table["score_deviation"], score_deviations(total, entry.mask), atol=1e-9
    )
    assert np.isnan(table["normalised_entropy"][0])


def test_a_dot_product_shows_the_sharpest_heads_logits(whole):
    """Logits of several heads have no sum: one head's, named."""
    data = whole(20, is_divergence=False)
    (entry,) = data.maps
    sharp = np.where(np.eye(20, dtype=bool), 1, 0).astype(np.float32)
    weights = entry.weights.copy()
    weights[2] = sharp
    data = replace(data, maps=(replace(entry, weights=weights),))
    data = with_table(data, KINDS["context"], {})
    figure, facts = drawn(data)

    assert facts.panels[-1] == "logits of head 2"
    assert (facts.scores.kind, facts.scores.heads) == ("logits", (2,))
    assert facts.scores.limits[1] == 0
    assert (panels_of(figure)[-1].levels.max(axis=1) == 254).all()


def test_small_heads_are_images_where_larger_maps_are_shapes(whole):
    """Each panel by its own cells; the facts say that both are there."""
    figure, facts = drawn(whole(64, heads=6), venue="icml", height="420pt")

    assert [panel.image is not None for panel in panels_of(figure)] == [True] * 6 + [False] * 2
    assert facts.cells == "mixed"


def test_a_single_head_stands_in_the_place_of_the_mean(whole):
    """Nothing is drawn twice."""
    figure, facts = drawn(whole(20, heads=1))

    assert facts.panels == ("head 0", "KL")
    assert len(panels_of(figure)) == 2


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(("n_token", "heads"), [(8, 1), (8, 16), (48, 4), (128, 1), (128, 16)])
def test_the_page_fits_its_venue(whole, venue, n_token, heads):
    """At page width, with room for a caption, and heads that can be seen."""
    figure, facts = drawn(whole(n_token, heads=heads), venue=venue, width="page")
    *heads_drawn, mean, _ = panels_of(figure)

    assert facts.width_pt == VENUES[venue].page_pt
    assert facts.height_pt <= VENUES[venue].text_pt - 120
    assert all(panel.box[2] >= 24 for panel in heads_drawn)
    assert mean.box[2] >= 60


def test_heads_wrap_into_rows(whole):
    """Sixteen of them in full rows of the same size."""
    figure, _ = drawn(whole(64, heads=16), venue="icml", width="page")
    heads = panels_of(figure)[:16]

    assert len({head.box[2] for head in heads}) == 1
    rows = [sum(head.box[1] == top for head in heads) for top in {h.box[1] for h in heads}]
    assert len(rows) > 1
    assert len(set(rows)) == 1


@pytest.mark.parametrize(
    ("n_token", "heads", "style"),
    [
        (8, 2, {"venue": "icml"}),
        (48, 16, {"venue": "icml", "colorbar": "none"}),
        (128, 3, {"venue": "acl", "width": "page", "limits": [0.01, 0.02]}),
        (16, 1, {"labels": "none", "titles": False}),
    ],
)
def test_nothing_reaches_over_the_edge(whole, poppler, n_token, heads, style):
    """The outermost pixels are paper, but for the chips of the text."""
    pixels = poppler(render(whole(n_token, heads=heads), StyleSpec(**style)).pdf, 300)
    edges = [pixels[-1], pixels[:, -1], pixels[0]]

    assert min(edge.min() for edge in edges) >= 225
    assert pixels[len(pixels) // 3 :, 0].min() == 255


def test_tokens_label_the_maps_and_indices_the_heads(whole):
    """Where all tokens fit beside the larger maps."""
    figure, facts = drawn(whole(10), venue="icml", width="page")

    assert facts.label_kind == "tokens"
    assert texts_of(figure).count("9") == 5  # one row of four heads: a query's, four keys'


def test_another_palette_colours_bars_too(whole):
    """The line around the steps has a colour of the map beside them."""
    figure, _ = drawn(whole(10, heads=1), palette="moss")
    colours = {
        tuple(np.round(np.array(patch.get_edgecolor()[:3]) * 255).astype(int).tolist())
        for patch in figure.artists
        if isinstance(patch, PathPatch)
    }

    assert tuple(palette("moss")[165].tolist()) in colours
    assert tuple(palette("ember")[165].tolist()) in colours


def test_a_given_height(whole):
    """Kept where maps shrink to it; more than is needed is not used; less is refused."""
    usual = drawn(whole(20))[1].height_pt
    assert drawn(whole(20), height="500pt")[1].height_pt == usual
    assert drawn(whole(20), height="200pt")[1].height_pt == pytest.approx(200, abs=0.1)
    with pytest.raises(DrawingError) as caught:
        drawn(whole(20), height="100pt")
    assert str(caught.value) == (
        "style.height: '100pt' is too little for text and maps; 148 pt at least is right"
    )
    assert drawn(whole(20), height="148pt")[1].height_pt == pytest.approx(148, abs=0.1)


def test_titles_of_ones_own(whole):
    """One for each head, the mean and the scores."""
    _, facts = drawn(whole(20, heads=2), titles=["a", "b", "c", "d"])
    assert facts.panels == ("a", "b", "c", "d")
    with pytest.raises(DrawingError) as caught:
        drawn(whole(20, heads=2), titles=["a", "b"])
    assert str(caught.value) == "style.titles: 2 titles for 4 panels; one for each is right"
