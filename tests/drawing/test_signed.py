"""Values of either sign: colours that diverge around 0, one scale for all panels."""

import math
from typing import Any

import numpy as np
import pytest
from artists import texts_of
from hypothesis import assume, given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from rendering import render
from values_of import figure_value, signed_value

from paperfig.drawing.bar import bar_text
from paperfig.drawing.cells import Cells
from paperfig.drawing.page import page_of
from paperfig.drawing.palettes import (
    LEVELS,
    OURS_DIVERGING,
    SEABORN_DIVERGING,
    diverging_palette,
    lightness,
    palette,
    zero_level,
)
from paperfig.drawing.pdf import settings
from paperfig.drawing.scales.scale import Scale
from paperfig.drawing.scales.signed import signed_scale
from paperfig.drawing.underpainting import MASKED
from paperfig.errors import DrawingError
from paperfig.kinds import KINDS
from paperfig.kinds.map import draw as map_kind
from paperfig.specs.style import SignedStyleSpec
from paperfig.statistics.tables import with_table
from paperfig.values.drawn import DrawnFacts

RANDOM = np.random.default_rng(5)
MINUS = "−"


def drawn(*maps: Any, **style: Any) -> tuple[Figure, DrawnFacts]:
    """The figure of the maps, and its facts."""
    with settings():
        return map_kind.draw(figure_value(*maps), page_of(SignedStyleSpec(**style)))


def cells_of(figure: Figure) -> list[Cells]:
    """The panels, and the bar last."""
    return [artist for artist in figure.artists if isinstance(artist, Cells)]


def painted(cells: Cells) -> np.ndarray:
    """The colour of each cell; NaN where the paper is bare."""
    colours = cells.colours[np.where(cells.levels == MASKED, 0, cells.levels)].astype(float)
    colours[cells.levels == MASKED] = np.nan
    return colours


def scale_of(values: Any, **style: Any) -> Scale:
    """The scale of one row of values."""
    row = np.asarray(values, dtype=np.float64).reshape(1, 1, -1)
    shown = signed_value(row, np.ones(row.shape[1:], dtype=bool))
    return signed_scale([shown], SignedStyleSpec(**style))


def labels_of(figure: Figure) -> list[str]:
    """The numbers at the bar, from the lowest, of a map without other labels."""
    words = [text for text in texts_of(figure) if text not in ("query", "key")]
    return [word for word in words if not word.startswith(("value", "head", "L"))]


def test_each_cell_has_the_colour_of_its_value() -> None:
    """Below 0 blue, above 0 orange, 0 the light grey; masked cells are bare paper."""
    values = np.array([[[0.0, 9, 9], [-1, 1, 9], [-0.5, 0, 0.5]]])
    figure, facts = drawn(signed_value(values))
    (least, neutral, most), shown = (
        diverging_palette()[[0, 127, 254]],
        painted(cells_of(figure)[0]),
    )

    assert (facts.scale, facts.limits, facts.limits_rule) == ("diverging", (-1.0, 1.0), "auto")
    np.testing.assert_array_equal(shown[0, 0], neutral)
    np.testing.assert_array_equal(shown[1, :2], [least, most])
    np.testing.assert_array_equal(shown[2, 1], neutral)
    assert np.isnan(shown[[0, 0, 1], [1, 2, 2]]).all()
    assert np.ptp(neutral.astype(int)) == 0
    assert shown[2, 0, 2] - shown[2, 0, 0] > 60  # blue
    assert shown[2, 2, 0] - shown[2, 2, 2] > 60  # orange


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=40))
def test_opposite_values_are_equally_far_from_neutral(values: list[float]) -> None:
    """To the level, on the borders between levels too."""
    scale = scale_of([*values, 1.0, -1.0])
    both = np.array([values, np.negative(values)])
    above, below = scale.levels(both, np.ones(both.shape, dtype=bool)).tolist()

    assert [level - 127 for level in above] == [127 - level for level in below]


def test_a_fifth_on_either_side() -> None:
    """0.2 of 1 is the border between two levels, where rounding could tell signs apart."""
    scale = scale_of([1.0])
    levels = scale.levels(np.array([[0.2, -0.2, 0.6, -0.6]]), np.ones((1, 4), dtype=bool))

    assert levels.tolist() == [[153, 101, 204, 50]]


@pytest.mark.parametrize("name", [*OURS_DIVERGING, *SEABORN_DIVERGING, "RdBu", "PuOr_r"])
def test_lightness_says_how_far(name: str) -> None:
    """The same on both sides in our own palette; nowhere like the paper."""
    light = lightness(diverging_palette(name) / 255)

    if name in OURS_DIVERGING:
        np.testing.assert_allclose(light, light[::-1], atol=0.6)
        np.testing.assert_allclose(np.diff(light[:128]), 75.7 / 127, atol=0.5)
    assert light.max() <= 96.5
    assert min(light[127] - light.min(), light.max() - light[127]) < 0.5


@given(st.floats(-1e3, 0), st.floats(0, 1e3))
def test_zero_is_neutral_whatever_the_limits(low: float, high: float) -> None:
    """Unlike limits too; and what is equally far has colours that are equally far."""
    assume(max(-low, high) > 1e-9)
    scale = scale_of([0.0], limits=(low, high))
    colours, zero = diverging_palette(None, (low, high)), zero_level((low, high))
    level = scale.levels(np.zeros((1, 1)), np.ones((1, 1), dtype=bool)).item()

    assert level == zero
    assert colours[zero].tolist() == diverging_palette()[127].tolist()
    arm = min(zero, LEVELS - 1 - zero)
    light = lightness(colours / 255)[zero - arm : zero + arm + 1]
    np.testing.assert_allclose(light, light[::-1], atol=0.6)


def test_the_shorter_side_is_cut_and_not_stretched() -> None:
    """A tenth below 0 is as pale as a tenth above."""
    colours, whole = diverging_palette(None, (-0.1, 1.0)), diverging_palette()

    assert colours[-1].tolist() == whole[-1].tolist()
    assert lightness(colours[:1] / 255) > 86


@pytest.mark.parametrize(
    ("values", "style", "limits", "beyond"),
    [
        ([0.3, -0.71], {}, (-0.8, 0.8), (0, 0)),
        ([0.3, 0.1], {}, (-0.3, 0.3), (0, 0)),
        ([0.1] * 997 + [-9, 5, 5], {}, (-0.1, 0.1), (2, 1)),
        ([0.1] * 997 + [-9, 5, 5], {"limits": "full"}, (-10.0, 10.0), (0, 0)),
        ([0.1] * 6 + [-9], {}, (-10.0, 10.0), (0, 0)),
        ([1, -2, 0.5], {"limits": [-1, 0.5]}, (-1.0, 0.5), (1, 1)),
        ([1, -2, 0.5], {"limits": [0, 4]}, (0.0, 4.0), (0, 1)),
        ([1, -2, 0.5], {"limits": [-4, 0]}, (-4.0, 0.0), (2, 0)),
        ([0, 0, 0], {}, (-1.0, 1.0), (0, 0)),
        ([0, 0, 0], {"limits": "full"}, (-1.0, 1.0), (0, 0)),
    ],
)
def test_limits(
    values: list[float],
    style: dict[str, Any],
    limits: tuple[float, float],
    beyond: tuple[int, int],
) -> None:
    """Around 0 alike, by the sizes of values as for weights; given ones as they are."""
    scale = scale_of(values, **style)

    assert (scale.low, scale.high) == limits
    assert (scale.over, scale.under, scale.n_cells) == (*beyond, len(values))


@pytest.mark.parametrize(
    ("limits", "right"),
    [
        ((0.1, 0.5), "lower <= 0 <= upper is right"),
        ((-0.5, -0.1), "lower <= 0 <= upper is right"),
        ((1, -1), "lower <= 0 <= upper is right"),
        ((0, 0), "1.4e-45 to 3.4e38 from 0 to the farther is right"),
        ((-1e-50, 1e-60), "1.4e-45 to 3.4e38 from 0 to the farther is right"),
        ((-1e300, 1), "1.4e-45 to 3.4e38 from 0 to the farther is right"),
    ],
)
def test_limits_that_are_refused(limits: tuple[float, float], right: str) -> None:
    """Those that 0 is not between, and those that no value could reach."""
    with pytest.raises(DrawingError) as caught:
        scale_of([1.0], limits=limits)

    low, high = limits
    assert str(caught.value) == (
        f"style.limits: [{low:g}, {high:g}] on a scale that diverges from 0; {right}"
    )


@pytest.mark.parametrize("kind", ["log", "sqrt"])
def test_scales_that_signs_have_no_place_on(kind: str) -> None:
    """The whole message."""
    with pytest.raises(DrawingError) as caught:
        scale_of([1.0], scale=kind)

    assert str(caught.value) == (
        f"style.scale: {kind} has no place for values below 0; linear is right"
    )


@pytest.mark.parametrize("name", ["ink", "viridis", "mako_r", "gray"])
def test_sequential_palettes_are_refused(name: str) -> None:
    """The message names right ones; and the other way round."""
    with pytest.raises(DrawingError) as caught:
        drawn(signed_value(np.ones((1, 2, 2))), palette=name)

    assert str(caught.value) == (
        f"style.palette: {name!r} is not diverging, its lightness does not turn at a pale or "
        "dark middle; dusk, or a diverging colormap of matplotlib or seaborn is right"
    )
    with pytest.raises(DrawingError, match="'dusk' is not sequential"):
        palette("dusk")


@pytest.mark.parametrize(
    ("limits", "labels"),
    [
        ("auto", [f"{MINUS}0.8", f"{MINUS}0.4", "0", "0.4", "0.8"]),
        ((-0.1, 0.5), [f"{MINUS}0.1", "0", "0.25", "0.5"]),
        ((-3, 0.5), [f"{MINUS}3", f"{MINUS}1.5", "0", "0.5"]),
        ((0, 0.5), ["0", "0.25", "0.5"]),
        ((-0.0, 0.5), ["0", "0.25", "0.5"]),
        ((-0.5, 0), [f"{MINUS}0.5", f"{MINUS}0.25", "0"]),
        ((-0.00002, 1), [f"{MINUS}2·10⁻⁵", "0.5", "1"]),
    ],
)
def test_ticks_of_the_bar(limits: Any, labels: list[str]) -> None:
    """Both ends, 0, and halves of the longer side; a minus sign, no hyphen."""
    figure, _ = drawn(signed_value(np.full((1, 2, 2), 0.8)), limits=limits, labels="none")

    assert labels_of(figure) == labels
    assert "value" in texts_of(figure)


@pytest.mark.parametrize(
    ("size", "title", "labels"),
    [
        (1e-30, "value (10⁻³⁰)", ["−1", "−0.5", "0", "0.5", "1"]),
        (1.4e-45, "value (10⁻⁴⁵)", ["−1.5", "−0.75", "0", "0.75", "1.5"]),
        (2e30, "value (10³⁰)", ["−2", "−1", "0", "1", "2"]),
        (3.4e38, "value (10³⁸)", ["−4", "−2", "0", "2", "4"]),
        (0.001, "value", ["−0.001", "−0.0005", "0", "0.0005", "0.001"]),
        (8000, "value", ["−8000", "−4000", "0", "4000", "8000"]),
        (20000, "value (10⁴)", ["−2", "−1", "0", "1", "2"]),
    ],
)
def test_tiny_and_huge_values(size: float, title: str, labels: list[str]) -> None:
    """Their power of ten stands once, in the bar's title; their colours are those of ±1."""
    values = np.array([[[size, 0], [-size, size]]])
    figure, facts = drawn(signed_value(values), labels="none")

    assert labels_of(figure) == labels
    assert title in texts_of(figure)
    assert (facts.over, facts.under) == (0, 0)
    usual, _ = drawn(signed_value(np.array([[[1.0, 0], [-1, 1]]])))
    levels = [cells_of(each)[0].levels for each in (figure, usual)]
    if math.isclose(facts.limits[1], size, rel_tol=1e-6):
        np.testing.assert_array_equal(*levels)
    assert not set("".join(texts_of(figure))) - set(bar_text(scale_of([size])) + "querykey")


def test_panels_share_one_scale() -> None:
    """That of the largest value of any; one bar."""
    values = np.stack([np.full((3, 3), size) for size in (0.1, -2.0, 0.5)])
    figure, facts = drawn(signed_value(values), signed_value(values / 4, layer=1))
    *panels, bar = cells_of(figure)

    assert facts.limits == (-2.0, 2.0)
    assert facts.panels == ("L0H0", "L0H1", "L0H2", "L1H0", "L1H1", "L1H2")
    assert facts.n_cells == 6 * 6
    assert [panel.levels[0, 0] for panel in panels] == [133, 0, 159, 129, 95, 135]
    assert {panel.colours.tobytes() for panel in panels} == {bar.colours.tobytes()}


def test_zeros_alone() -> None:
    """A map of the neutral colour, from −1 to 1."""
    figure, facts = drawn(signed_value(np.zeros((1, 4, 4))), labels="none")
    (levels, _) = (cells.levels for cells in cells_of(figure))

    assert set(levels[levels != MASKED].tolist()) == {127}
    assert (facts.limits, labels_of(figure)) == (
        (-1.0, 1.0),
        ["−1", "−0.5", "0", "0.5", "1"],
    )


def test_one_cell() -> None:
    """All of the palette's end, and a bar around 0."""
    figure, facts = drawn(signed_value(np.array([[[-0.4]]])))

    assert cells_of(figure)[0].levels.tolist() == [[0]]
    assert (facts.limits, facts.n_cells) == ((-0.4, 0.4), 1)


def test_values_beyond_the_limits_have_the_end_colour_and_arrows() -> None:
    """At either end of the bar where some lie beyond."""
    values = np.array([[[-9, 0], [9, 0.5]]])
    figure, facts = drawn(signed_value(values), limits=(-1, 1))
    both, none, below = (
        cells_of(drawn(signed_value(values), limits=limits)[0])[-1].box[2]
        for limits in ((-1, 1), (-9, 9), (-1, 9))
    )

    assert cells_of(figure)[0].levels.tolist() == [[0, MASKED], [254, 191]]
    assert (facts.over, facts.under, facts.n_cells) == (1, 1, 3)
    assert none - both == pytest.approx(2 * (none - below)) == pytest.approx(10)


def test_a_large_map_is_one_indexed_image() -> None:
    """A pixel a cell, masked ones left out; at both ends of the palette's bytes."""
    values = RANDOM.normal(size=(1, 600, 600))
    figure, facts = drawn(signed_value(values))
    image = cells_of(figure)[0].image

    assert facts.cells == "image"
    assert image.index.shape == (600, 600)
    assert (image.index[~np.tril(np.ones((600, 600), dtype=bool))] == 255).all()
    lower = image.index[np.tril_indices(600)]
    below = values[0][np.tril_indices(600)] < -0.1
    assert lower[below].max() < 127 <= lower[~below].max() <= 254


@pytest.mark.parametrize("name", [None, "vlag", "RdBu", "icefire", "PuOr", "BrBG"])
def test_marks_stand_out_from_both_sides(name: str | None) -> None:
    """An outline's colour is none of the palette's, nor near one."""
    figure, facts = drawn(
        signed_value(np.eye(5)[None]), mark=({"query": 3, "key": 1},), palette=name
    )
    known = {"#d55e00", "#0072b2", "#009e73"}
    used = {colour for artist in figure.artists for colour in edges_of(artist)} & known
    (colour,) = used
    rgb = np.array(list(bytes.fromhex(colour[1:])))

    assert facts.marks == (((3, 3), (1, 1)),)
    assert np.linalg.norm(diverging_palette(name).astype(float) - rgb, axis=1).min() > 60


def edges_of(artist: Any) -> list[str]:
    """The colours of an artist's lines, as hexadecimal digits."""
    colour = artist.get_edgecolor() if hasattr(artist, "get_edgecolor") else None
    return [] if colour is None else [to_hex(colour)]


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if not kind.signed])
def test_other_kinds_refuse_signed_values(kind: str) -> None:
    """When they are drawn, and when the numbers of their tables are made."""
    data = figure_value(signed_value(np.ones((1, 3, 3))), kind=kind)
    message = f"figure: no {kind} is of signed values; map is right"

    with pytest.raises(DrawingError) as when_drawn:
        render(data, SignedStyleSpec())
    with pytest.raises(DrawingError) as when_measured:
        with_table(data, KINDS[kind], {})
    assert [str(each.value) for each in (when_drawn, when_measured)] == [message] * 2


def test_the_same_bytes_again() -> None:
    """As every figure."""
    data = figure_value(signed_value(RANDOM.normal(size=(2, 5, 5))))
    style = SignedStyleSpec(limits=(-0.5, 2), mark=({"query": 1, "key": 0},))

    assert render(data, style).pdf == render(data, style).pdf
