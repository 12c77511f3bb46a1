"""The page: venues' widths, and lengths as a spec writes them."""

import pytest
from tueplots import figsizes, fontsizes

from paperfig.drawing.page import page_of
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec
from paperfig.specs.venues import PT_PER_INCH, VENUES


@pytest.mark.parametrize(
    ("venue", "column", "page", "sizes"),
    [
        ("icml", figsizes.icml2024_half, figsizes.icml2024_full, fontsizes.icml2024),
        ("neurips", figsizes.neurips2024, figsizes.neurips2024, fontsizes.neurips2024),
        ("iclr", figsizes.iclr2024, figsizes.iclr2024, fontsizes.iclr2024),
    ],
)
def test_widths_are_tueplots_where_it_has_them(venue, column, page, sizes):
    """Column, page and label size equal tueplots' numbers."""
    known = VENUES[venue]

    assert known.column_pt == pytest.approx(column()["figure.figsize"][0] * PT_PER_INCH)
    assert known.page_pt == pytest.approx(page()["figure.figsize"][0] * PT_PER_INCH)
    assert known.label_pt == sizes()["xtick.labelsize"]


@pytest.mark.parametrize(
    ("width", "points"),
    [
        ("column", 252.0),
        ("page", 516.0),
        ("0.48 column", 120.96),
        ("3.25in", 234.8775),
        ("240pt", 240.0),
        ("8.5 cm", 241.8484),
        ("85mm", 241.8484),
        ("72bp", 72.27),
    ],
)
def test_lengths(width, points):
    """Shares of the venue's column or page, and lengths in TeX points, in, cm and mm."""
    page = page_of(StyleSpec(venue="ieee", width=width, height=width))

    assert page.width_pt == pytest.approx(points, abs=1e-4)
    assert page.height_pt == pytest.approx(points, abs=1e-4)
    assert page.width == pytest.approx(points / 72.27 * 72, abs=1e-4)


def test_a_page_that_is_too_large_is_refused():
    """A slip of the unit does not make a poster."""
    with pytest.raises(DrawingError) as caught:
        page_of(StyleSpec(width="99in"))

    assert str(caught.value) == (
        "style.width: '99in' is 7154.73 pt; more than 0 and at most 20in is right"
    )


def test_a_size_of_type():
    """Of labels in TeX points; titles keep their ratio, and nothing is below 5 points."""
    usual, large, small = (
        page_of(StyleSpec(venue="icml", font_size=size)) for size in (None, 9, 5)
    )

    assert usual.label_size == pytest.approx(6 / 72.27 * 72)
    assert large.label_size == pytest.approx(9 / 72.27 * 72)
    assert large.title_size == pytest.approx(9 * 7 / 6 / 72.27 * 72)
    assert large.axis_size == pytest.approx((large.label_size + large.title_size) / 2)
    assert small.label_size == 5.0
    assert (large.width, large.tallest) == (usual.width, usual.tallest)
