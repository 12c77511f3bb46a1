"""The grid: rows of equal squares within the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.drawing.grid import TALLEST, Margins, columns_of, grid_of
from paperfig.drawing.page import page_of
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec

MARGINS = Margins(left=24.0, right=36.0, top=10.0, bottom=20.0, between=7.0, above=12.0)


@pytest.mark.parametrize(
    ("width", "count", "group", "columns"),
    [
        ("column", 1, 0, 1),
        ("column", 2, 0, 2),
        ("column", 3, 0, 2),
        ("column", 4, 0, 2),
        ("column", 12, 0, 2),
        ("page", 4, 0, 4),
        ("page", 8, 0, 4),
        ("page", 12, 0, 6),
        ("page", 6, 3, 3),
        ("page", 24, 12, 6),
        ("page", 144, 12, 12),
    ],
)
def test_columns(width, count, group, columns):
    """Hand-picked cases at ICML's widths."""
    page = page_of(StyleSpec(venue="icml", width=width))

    assert columns_of(count, group, page, MARGINS) == columns


@given(st.integers(1, 60), st.sampled_from(["column", "page"]))
def test_panels_fill_the_width_and_stay_on_the_page(count, width):
    """From margin to margin, without overlap, no taller than need be."""
    page = page_of(StyleSpec(venue="acl", width=width))
    grid = grid_of(count, columns_of(count, 0, page, MARGINS), page, MARGINS)

    assert grid.left == pytest.approx(MARGINS.left)
    assert grid.right == pytest.approx(page.width - MARGINS.right)
    assert grid.bottom + MARGINS.bottom <= grid.height <= grid.bottom + MARGINS.bottom + 0.02
    assert grid.height <= TALLEST or grid.columns == count
    corners = [grid.box(panel)[:2] for panel in range(count)]
    assert len(set(corners)) == count


def test_a_given_height_is_kept():
    """Panels shrink to the height, and stand in the middle of what is left."""
    page = page_of(StyleSpec(venue="icml", height="100pt"))
    grid = grid_of(1, 1, page, MARGINS)

    assert grid.height == pytest.approx(100 / 72.27 * 72)
    assert grid.wide == pytest.approx(grid.height - 30.0)
    assert grid.left - MARGINS.left == pytest.approx(page.width - grid.right - MARGINS.right)


def test_outer_panels():
    """Five panels in rows of three: the third stands above nothing."""
    page = page_of(StyleSpec(venue="icml"))
    grid = grid_of(5, 3, page, MARGINS)

    assert [grid.is_outer(panel) for panel in range(5)] == [
        (True, False),
        (False, False),
        (False, True),
        (True, True),
        (False, True),
    ]


@pytest.mark.parametrize(
    ("style", "message"),
    [
        (
            {"width": "60pt"},
            "style.width: '60pt' leaves 0.0 pt for each map; 8 pt at least is right",
        ),
        (
            {"height": "35pt"},
            "style.height: '35pt' leaves 4.9 pt for each map; 8 pt at least is right",
        ),
    ],
)
def test_a_page_without_room_is_refused(style, message):
    """The whole message."""
    with pytest.raises(DrawingError) as caught:
        grid_of(1, 1, page_of(StyleSpec(**style)), MARGINS)

    assert str(caught.value) == message
