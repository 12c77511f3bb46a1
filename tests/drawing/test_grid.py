"""The grid: rows of equal squares within the page."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperfig.drawing.grid import Margins, columns_of, grid_of
from paperfig.drawing.page import page_of
from paperfig.errors import DrawingError
from paperfig.specs.style import StyleSpec

MARGINS = Margins(left=24.0, right=36.0, top=10.0, bottom=20.0, between=7.0, above=12.0)


@pytest.mark.parametrize(
    ("width", "count", "columns"),
    [
        ("column", 1, 1),
        ("column", 2, 2),
        ("column", 3, 2),
        ("column", 4, 2),
        ("column", 12, 3),
        ("page", 4, 4),
        ("page", 8, 4),
        ("page", 12, 6),
        ("page", 144, 12),
    ],
)
def test_columns(width, count, columns):
    """Hand-picked cases at ICML's widths."""
    page = page_of(StyleSpec(venue="icml", width=width))

    assert columns_of(count, page, MARGINS) == columns


@given(st.integers(1, 60), st.sampled_from(["column", "page"]))
def test_panels_fill_the_width_and_stay_on_the_page(count, width):
    """From margin to margin, without overlap, no taller than need be or than may be."""
    page = page_of(StyleSpec(venue="acl", width=width))
    grid = grid_of(count, columns_of(count, page, MARGINS), page, MARGINS)
    corners = [grid.box(panel)[:2] for panel in range(count)]

    assert grid.left - MARGINS.left == pytest.approx(page.width - MARGINS.right - grid.right)
    assert grid.left == pytest.approx(1.2 + MARGINS.left) or grid.height > page.tallest - 0.02
    assert 1.18 < grid.height - grid.bottom - MARGINS.bottom < 1.22
    assert grid.height <= page.tallest + 0.01
    assert len(set(corners)) == count


def test_a_given_height_is_kept():
    """Panels shrink to the height, and stand in the middle of what is left."""
    page = page_of(StyleSpec(venue="icml", height="100pt"))
    grid = grid_of(1, 1, page, MARGINS)

    assert grid.height == pytest.approx(100 / 72.27 * 72, abs=0.01)
    assert grid.wide == pytest.approx(grid.height - 32.4, abs=0.01)
    assert grid.left - MARGINS.left == pytest.approx(page.width - grid.right - MARGINS.right)


def test_a_figure_is_no_taller_than_its_content():
    """A height that is given beyond that is not filled with blank paper."""
    high, usual = (
        grid_of(1, 1, page_of(StyleSpec(venue="icml", height=height)), MARGINS)
        for height in ("500pt", None)
    )

    assert high == usual


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(1, 4))
def test_a_blocks_first_column_stands_apart(sizes, count):
    """From its neighbours on both sides; all others stand equally close."""
    block = 1 + len(sizes)
    margins = replace(MARGINS, block=block, apart=4.0)
    gaps = [
        margins.before(column) - margins.before(column - 1)
        for column in range(1, count * block)
    ]

    for column, gap in enumerate(gaps, start=1):
        near = {column % block, (column - 1) % block}
        assert gap == MARGINS.between + 4.0 * (0 in near)


def test_groups_are_a_blocks_first_column_and_the_rest():
    """Each down to its own last panel; all panels where blocks stand side by side."""
    page, margins = page_of(StyleSpec()), replace(MARGINS, block=3, apart=4.0)
    grid = grid_of(6, 3, page, margins, (0, 1, 2, 4))
    (left, right, bottom), (start, end, lowest) = grid.groups

    assert (left, right, bottom) == (grid.left, grid.left + grid.wide, grid.top + grid.tall)
    assert (start, end, lowest) == (grid.box(1)[0], grid.right, grid.bottom)
    assert start - right == pytest.approx(11.0)
    assert [grid.is_outer(panel) for panel in range(4)] == [
        (True, True),
        (False, False),
        (False, True),
        (True, True),
    ]
    beside = grid_of(6, 6, page, margins)
    assert beside.groups == ((beside.left, beside.right, beside.bottom),)


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
            "style.height: '35pt' leaves 2.5 pt for each map; 8 pt at least is right",
        ),
    ],
)
def test_a_page_without_room_is_refused(style, message):
    """The whole message."""
    with pytest.raises(DrawingError) as caught:
        grid_of(1, 1, page_of(StyleSpec(**style)), MARGINS)

    assert str(caught.value) == message
