"""The kind ``map``: a whole figure, as a reader of the paper sees it."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest
from artists import boxes_of, texts_of
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from messages import A_KIND
from rendering import render

from paperfig.drawing import fonts
from paperfig.drawing.cells import Cells
from paperfig.drawing.page import VENUES, page_of
from paperfig.drawing.pdf import settings
from paperfig.errors import DrawingError
from paperfig.kinds.map import draw as map_kind
from paperfig.specs.style import StyleSpec

PICTURE = ("+...", "#+..", "+##.", "###+")
BARE = {"labels": "none", "colorbar": "none", "limits": [0.0, 0.4], "palette": "graphite"}


@pytest.fixture
def picture_data(figure_data):
    """Weights that show `PICTURE`, in rows of light and dark cells that sum to 1."""
    dark, light = 0.5, 0.01
    weights = np.array([[{"#": dark, "+": light, ".": 0.0}[c] for c in row] for row in PICTURE])
    mask = weights > 0
    weights /= weights.sum(axis=1, keepdims=True)
    return figure_data(weights=weights[None], mask=mask)


def figure_of(data, **style):
    """The figure and its facts."""
    with settings():
        return map_kind.draw(data, page_of(StyleSpec(**style)))


def centres_of(pixels, box, size, dpi):
    """The colours at the centres of a panel's cells."""
    left, bottom, width, height = (side * dpi / 72 for side in box)
    steps = (np.arange(size) + 0.5) / size
    rows = (len(pixels) - bottom - height + height * steps).astype(int)
    return pixels[np.ix_(rows, (left + width * steps).astype(int))]


def tool_output(tool, pdf, tmp_path, *arguments):
    """What a program prints of a PDF."""
    (tmp_path / "figure.pdf").write_bytes(pdf)
    command = [tool, *arguments, "figure.pdf", *(["-"] if "pdftotext" in tool else [])]
    return subprocess.run(
        command, cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout


def test_queries_run_down_and_keys_to_the_right(figure_data, poppler):
    """A map whose rows and columns cannot be mistaken, pixel by pixel."""
    query, key = np.indices((5, 5))
    mask = (key <= query) | (key == 4)
    weights = np.where(mask, 1.0 + 8 * (key == 0) + 3 * (query - key == 2), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    data = figure_data(weights=weights[None], mask=mask)
    style = {"labels": "none", "palette": "graphite", "limits": "full", "width": "200pt"}
    figure, _ = figure_of(data, **style)
    pdf = render(data, StyleSpec(**style)).pdf
    shown = centres_of(poppler(pdf, 144), boxes_of(figure)[0], 5, 144)[:, :, 0].astype(float)

    assert (shown == 255).tolist() == (~mask).tolist()
    order = np.argsort(-weights[mask].astype(np.float32), kind="stable")
    assert (np.diff(shown[mask][order]) >= 0).all()  # the larger the weight, the darker
    assert shown[0, 0] < shown[0, 4] < 250  # row 0 is on top, column 0 at the left


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("width", ["column", "page"])
def test_the_page_is_exactly_the_venues(figure_data, require_tool, tmp_path, venue, width):
    """The MediaBox is right to 0.01 pt, with labels of 30 letters."""
    data = figure_data(6, tokens=["a" * 30] * 6)
    drawn = render(data, StyleSpec(venue=venue, width=width))
    info = tool_output(require_tool("pdfinfo"), drawn.pdf, tmp_path, "-box")
    line = next(line for line in info.splitlines() if line.startswith("MediaBox"))
    left, bottom, right, top = map(float, line.split()[1:])
    points = VENUES[venue].column_pt if width == "column" else VENUES[venue].page_pt

    assert (left, bottom) == (0, 0)
    assert right == pytest.approx(points * 72 / 72.27, abs=0.01)
    assert top == pytest.approx(drawn.facts.height_pt * 72 / 72.27, abs=0.01)
    assert drawn.facts.width_pt == points
    assert drawn.facts.label_kind == "tokens"


def test_nothing_reaches_over_the_edge(figure_data, poppler):
    """Labels as long as they come, ticks, bar and titles: the outermost pixels are paper."""
    data = figure_data(12, tokens=["W" * 30] * 12)
    for style in (
        {"venue": "icml", "limits": [0.1, 0.2]},
        {"venue": "icml", "labels": "index", "scale": "log"},
        {"venue": "icml", "width": "0.4 column", "labels": "none", "scale": "sqrt"},
    ):
        pixels = poppler(render(data, StyleSpec(**style)).pdf, 300)
        edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]

        assert min(edge.min() for edge in edges) == 255


def test_panels_in_reading_order_on_one_scale(figure_data):
    """Heads of both layers, each in its place, with the same limits."""
    data = figure_data(24, heads=3, layers=2)
    figure, facts = figure_of(data, venue="neurips")
    panels = [artist for artist in figure.artists if isinstance(artist, Cells)][:-1]
    both = np.concatenate([entry.weights for entry in data.maps]).astype(np.float64)
    steps = np.floor(255 * both / facts.limits[1]).clip(0, 254)

    assert facts.panels == ("L0H0", "L0H1", "L0H2", "L1H0", "L1H1", "L1H2")
    assert len({panel.box[1] for panel in panels[:3]}) == 1
    assert panels[3].box[1] < panels[0].box[1]
    assert panels[0].box[0] < panels[1].box[0] < panels[2].box[0]
    for panel, wanted in zip(panels, steps, strict=True):
        mask = data.maps[0].mask
        assert (panel.levels[mask] == wanted[mask]).all()
        assert (panel.levels[~mask] == -1).all()
        assert panel.box[2] == panel.box[3]


def test_each_layer_begins_a_row_and_titles_stand_at_the_edges(figure_data):
    """Twelve heads of twelve layers: each head a column, named once."""
    figure, facts = figure_of(figure_data(9, heads=12, layers=12), venue="neurips")
    boxes, texts = boxes_of(figure)[:144], texts_of(figure)

    rows = [{round(box[1], 3) for box in boxes[12 * n : 12 * n + 12]} for n in range(12)]
    assert all(len(row) == 1 for row in rows)
    assert len({row.pop() for row in rows}) == 12
    assert len({round(box[0], 3) for box in boxes}) == 12
    assert facts.panels[:2] == ("L0H0", "L0H1")
    assert [text for text in texts if text.startswith("layer")] == [
        f"layer {n}" for n in range(12)
    ]
    assert [text for text in texts if text[0] == "h"] == [f"head {n}" for n in range(12)]
    narrow = texts_of(figure_of(figure_data(9, heads=12, layers=12), venue="icml")[0])
    assert [text for text in narrow if text[0] in "LH"] == [
        f"{letter}{n}" for letter in "HL" for n in range(12)
    ]


def test_layers_of_different_heads_are_named_above_each_panel(figure_data):
    """Each begins a row all the same."""
    data = figure_data(9, heads=3, layers=2)
    first, second = data.maps
    fewer = replace(second, heads=(4, 7), weights=second.weights[:2])
    figure, facts = figure_of(replace(data, maps=(first, fewer)))
    boxes = boxes_of(figure)[:5]

    assert facts.panels == ("L0H0", "L0H1", "L0H2", "L1H4", "L1H7")
    assert {"L0H0", "L1H7"} <= set(texts_of(figure))
    assert [round(box[0], 3) for box in boxes[3:]] == [round(box[0], 3) for box in boxes[:2]]
    assert boxes[3][1] == boxes[4][1] < boxes[0][1]


def test_heads_of_one_layer_each_fill_rows(figure_data):
    """Three layers' single heads side by side, and not one above the other."""
    figure, _ = figure_of(figure_data(9, heads=1, layers=3))

    assert len({box[1] for box in boxes_of(figure)[:3]}) == 1
    assert {"L0H0", "L1H0", "L2H0"} <= set(texts_of(figure))


def test_labels_stand_at_outer_panels_only(figure_data):
    """Axis titles once, indices at the first column and the last row."""
    figure, facts = figure_of(figure_data(40, heads=4), venue="icml")
    texts = texts_of(figure)

    assert (facts.label_kind, facts.label_every) == ("index", 5)
    assert texts.count("query") == texts.count("key") == 1
    assert texts.count("30") == 4
    assert [text for text in texts if text.startswith("head")] == [
        "head 0",
        "head 1",
        "head 2",
        "head 3",
    ]


@pytest.mark.parametrize(
    ("titles", "heads", "panels", "drawn"),
    [
        (None, 1, ("L0H0",), []),
        (True, 1, ("head 0",), ["head 0"]),
        (["sink"], 1, ("sink",), ["sink"]),
        (False, 2, ("L0H0", "L0H1"), []),
        (["a $x$", "b"], 2, ("a $x$", "b"), ["a $x$", "b"]),
    ],
)
def test_titles(figure_data, titles, heads, panels, drawn):
    """By default where there are several panels; own ones literally; or none."""
    figure, facts = figure_of(figure_data(30, heads=heads), titles=titles, labels="index")
    others = {"query", "key", "attention weight"}
    words = [text for text in texts_of(figure) if text not in others]

    assert facts.panels == panels
    assert [word for word in words if not word[0].isdigit()] == drawn


def test_a_mean_map_is_called_so(figure_data):
    """One panel for all heads."""
    figure, facts = figure_of(figure_data(8, mean=True), titles=True)

    assert facts.panels == ("mean of 2 heads",)
    assert len(boxes_of(figure)) == 2


def test_rows_without_a_key_are_hatched(figure_data, poppler):
    """Neither data nor bare paper: strokes in that row and in no other masked cell."""
    mask = np.tril(np.ones((4, 4), dtype=bool), -1)
    data = figure_data(mask=mask)
    style = {"labels": "none", "palette": "graphite", "width": "200pt"}
    figure, facts = figure_of(data, **style)
    pixels = poppler(render(data, StyleSpec(**style)).pdf, 72)
    left, bottom, side, _ = boxes_of(figure)[0]
    cell = side / 4
    top = len(pixels) - bottom - side

    def inner(row, column):
        y, x = int(top + row * cell), int(left + column * cell)
        return pixels[y + 3 : int(y + cell - 3), x + 3 : int(x + cell - 3), 0]

    assert facts.no_key_rows == 1
    for column in range(4):
        assert 100 < inner(0, column).min() < 250
    assert inner(1, 2).min() == inner(2, 3).min() == 255


def test_marks_are_drawn_around_their_cells(figure_data, poppler):
    """In every panel, in a colour that the palette lacks; the cells stay to be seen."""
    data = figure_data(8, heads=2)
    style = {
        "labels": "none",
        "width": "300pt",
        "mark": [{"query": 5, "key": 2}, {"queries": [6, 7], "keys": [0, 1]}],
    }
    plain = render(data, StyleSpec(**style | {"mark": None}))
    marked = render(data, StyleSpec(**style))
    figure, _ = figure_of(data, **style)
    before, after = poppler(plain.pdf, 144), poppler(marked.pdf, 144)

    assert marked.facts.marks == (((5, 5), (2, 2)), ((6, 7), (0, 1)))
    for box in boxes_of(figure)[:2]:
        old, new = centres_of(before, box, 8, 144), centres_of(after, box, 8, 144)
        assert (old == new).all()
        left, right = int(2 * box[0]), int(2 * (box[0] + box[2]))
        part = after[:, left:right].astype(int)
        assert ((part[:, :, 0] > 180) & (part[:, :, 2] < 60)).sum() > 100


def test_an_outline_is_centred_on_the_edge_of_its_block(figure_data):
    """And within the frame, where the block lies at it."""
    marks = [{"query": 5, "key": 2}, {"queries": [6, 7], "keys": [0, 1]}]
    figure, _ = figure_of(figure_data(8), mark=marks, width="150pt")
    left, bottom, wide, high = boxes_of(figure)[0]
    cell, high_of_page = wide / 8, 72 * figure.get_figheight()
    lines = [path for path in paths_of(figure) if path.get_linewidth() == 0.8]
    first, corner = (line.get_path().get_extents().extents for line in lines)
    top = high_of_page - bottom - high

    assert first == pytest.approx(
        [left + 2 * cell, top + 5 * cell, left + 3 * cell, top + 6 * cell]
    )
    inset = 0.4 + 0.25
    assert corner == pytest.approx(
        [left + inset, top + 6 * cell, left + 2 * cell, top + high - inset]
    )


def paths_of(figure):
    """All lines and shapes of a figure."""
    return [artist for artist in figure.artists if isinstance(artist, PathPatch)]


def test_a_small_block_has_arrowheads_at_the_frame(figure_data):
    """At its row's right end and above its column, on the page; nothing lies on the cells."""
    plain, marked = (
        figure_of(figure_data(64), mark=mark, width="150pt", colorbar="none")[0]
        for mark in (None, [{"query": 40, "key": 10}])
    )
    left, _, wide, high = boxes_of(marked)[0]
    beside, above = (path for path in paths_of(marked) if path.get_linewidth() == 0)
    (right_tip, y), (x, top_tip) = (path.get_path().vertices[0] for path in (beside, above))

    assert len(paths_of(marked)) == len(paths_of(plain)) + 2
    assert x == pytest.approx(left + 10.5 * wide / 64)
    assert y - top_tip == pytest.approx(40.5 * high / 64)
    assert right_tip == pytest.approx(left + wide)
    assert beside.get_path().vertices[:, 0].max() <= 72 * marked.get_figwidth() - 1


def test_single_characters_stand_upright_on_the_key_axis(figure_data):
    """All other tokens run down; what stands in for a space makes two of one."""
    tokens = ("a", " b", "cd", "e\u0301", "周", ",")
    figure, facts = figure_of(figure_data(6, tokens=tokens), width="3in")
    turned = {
        text.get_text(): text.get_rotation()
        for text in figure.artists
        if isinstance(text, Text) and text.get_text() not in ("query", "attention weight")
    }

    assert facts.label_kind == "tokens"
    assert {text for text, angle in turned.items() if angle} == {"␣", "b", "cd"}


def test_what_stands_in_for_the_invisible_can_be_read(figure_data):
    """At 4.5 : 1 or more on white, and by a sign for a space that is no underscore."""
    figure, _ = figure_of(figure_data(2, tokens=[" b", "_"]), width="3in")
    signs = [text for text in figure.findobj(Text) if text.get_text() == "␣"]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(signs[0].get_color())
    )

    assert len(signs) == 2
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5
    assert {sign.get_fontfamily()[0] for sign in signs} == {"DejaVu Sans"}


def test_the_last_index_ends_where_its_panel_does(figure_data):
    """The next panel's first stands close by: 3.5 pt away where there are many."""
    figure, _ = figure_of(
        figure_data(101, heads=12, layers=2), venue="icml", width="page", colorbar="none"
    )
    left, bottom, wide, _ = boxes_of(figure)[0]
    lower_edge = 72 * figure.get_figheight() - bottom
    last = [text for text in figure.findobj(Text) if text.get_text() == "100"]
    rows = [text for text in last if text.get_position()[0] < left]
    columns = [text for text in last if text.get_position()[0] >= left]

    assert (len(rows), len(columns)) == (2, 12)
    baseline = rows[0].get_position()[1]
    assert lower_edge - 1 < baseline <= lower_edge
    half = 3 * 0.5 * columns[0].get_fontsize() / 2
    assert columns[0].get_position()[0] + 2 * half == pytest.approx(left + wide, abs=0.1)


def test_dollar_signs_are_literal(figure_data, require_tool, tmp_path):
    """No token is read as mathematics."""
    tokens = ["US$", "5", "$", "$$", "$x^2$", "a_b"]
    pdf = render(figure_data(6, tokens=tokens), StyleSpec()).pdf
    words = tool_output(require_tool("pdftotext"), pdf, tmp_path, "-layout").split()

    assert all(words.count(token) >= 1 for token in tokens)


def test_fonts_are_embedded_and_none_is_type_3(figure_data, require_tool, tmp_path):
    """And no image, not even in the colour bar."""
    pdf = render(figure_data(16, heads=2), StyleSpec(limits=[0.1, 0.2])).pdf
    lines = tool_output(require_tool("pdffonts"), pdf, tmp_path).splitlines()[2:]
    images = tool_output(require_tool("pdfimages"), pdf, tmp_path, "-list").splitlines()[2:]

    assert lines
    assert all("TrueType" in line and " yes yes yes " in line for line in lines)
    assert images == []


def test_chinese_tokens_stay_small(figure_data, require_tool, tmp_path):
    """Only the glyphs drawn are embedded, and they can be read back."""
    if fonts.faces_for(["東京"])[1]:
        pytest.skip("no CJK font is installed")
    pdf = render(figure_data(3, tokens=["東京", " 三月", "a"]), StyleSpec()).pdf

    assert len(pdf) < 200_000
    assert "東京" in tool_output(require_tool("pdftotext"), pdf, tmp_path)
    assert "Type 3" not in tool_output(require_tool("pdffonts"), pdf, tmp_path)


def test_the_bar_tells_what_lies_beyond(figure_data):
    """Its arrows take their room from the bar, at the end that they are at."""
    for limits, arrows in (("full", 0), ([0.0, 0.2], 1), ([0.05, 0.2], 2)):
        panel, bar = boxes_of(figure_of(figure_data(30), limits=limits, width="2in")[0])

        assert panel[3] < 150
        assert bar[3] == pytest.approx(panel[3] - 5.0 * arrows)
        assert panel[1] <= bar[1] <= panel[1] + 5.0


@pytest.mark.parametrize(
    ("scale", "width", "words"),
    [
        ("log", "2.6in", {"10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "attention weight (log scale)"}),
        ("log", "1.1in", {"weight (log)"}),
        ("sqrt", "1.1in", {"0", "weight (√)"}),
        ("linear", "1.1in", {"0", "weight"}),
    ],
)
def test_a_bar_names_its_quantity(figure_data, scale, width, words):
    """However short it is; powers of ten are written as such."""
    figure, _ = figure_of(figure_data(12), scale=scale, width=width, labels="none")

    assert words <= set(texts_of(figure))


def test_a_bar_is_no_longer_than_is_good_to_read(figure_data):
    """Beneath a tall panel, beside one that is not at its upper edge; its ends labelled."""
    figure, facts = figure_of(figure_data(30))
    panel, bar = boxes_of(figure)

    assert panel[3] > 200
    assert facts.over > 0
    assert bar[2] == pytest.approx(145.0)
    assert bar[0] + (bar[2] + 5.0) / 2 == pytest.approx(panel[0] + panel[2] / 2)
    assert bar[1] < panel[1]
    panel, beside = boxes_of(figure_of(figure_data(30), width="3.1in")[0])
    assert 150 < panel[3] < 200
    assert beside[3] == pytest.approx(145.0)
    assert beside[1] + beside[3] + 5.0 == pytest.approx(panel[1] + panel[3])
    assert {"0", f"{facts.limits[1]:g}"} <= set(texts_of(figure))


def test_no_bar(figure_data):
    """``colorbar: none`` leaves its room to the map."""
    with_bar, without = (
        figure_of(figure_data(30), colorbar=bar, width="2in")[0] for bar in ("auto", "none")
    )

    assert len(boxes_of(without)) == 1
    assert boxes_of(without)[0][2] > boxes_of(with_bar)[0][2] + 15


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ({"titles": ["a", "b"]}, "style.titles: 2 titles for 3 panels; one for each is right"),
        (
            {"titles": ["a", "b", "w" * 90]},
            f"style.titles: {'w' * 90!r} is 518 pt wide; 90 pt at most fit above a panel",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(figure_data, style, message):
    """The whole message."""
    with pytest.raises(DrawingError) as caught:
        render(figure_data(20, heads=3), StyleSpec(**style))

    assert str(caught.value) == message


def test_a_title_that_no_font_has_is_refused(figure_data, monkeypatch):
    """The message names the code points."""
    monkeypatch.setattr(fonts, "_others", list)
    with pytest.raises(DrawingError) as caught:
        render(figure_data(20), StyleSpec(titles=["三"]))

    assert str(caught.value) == "style.titles: no font has U+4E09; install one that has"


def test_other_kinds_are_not_built_yet(figure_data):
    """A kind without a module says so."""
    from dataclasses import replace

    with pytest.raises(DrawingError) as caught:
        render(replace(figure_data(4), kind="none such"), StyleSpec())

    assert str(caught.value) == f"figure: there is no kind none such; {A_KIND}"
