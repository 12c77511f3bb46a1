"""Marks: within the map, or refused."""

import pytest

from paperfig.drawing.marks import outlined
from paperfig.errors import DrawingError
from paperfig.specs.style import BlockMark, CellMark


def test_cells_and_blocks():
    """A cell is a block of one."""
    marks = [CellMark(query=3, key=2), BlockMark(queries=(1, 4), keys=(0, 0))]

    assert outlined(marks, (5, 5)) == (((3, 3), (2, 2)), ((1, 4), (0, 0)))


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        (
            CellMark(query=5, key=0),
            "style.mark[0]: query 5 is outside of the map; 0 to 4 is right",
        ),
        (
            BlockMark(queries=(0, 1), keys=(3, 9)),
            "style.mark[0]: key 9 is outside of the map; 0 to 4 is right",
        ),
        (
            BlockMark(queries=(2, 1), keys=(0, 0)),
            "style.mark[0]: query block [2, 1] ends before it begins; the first comes first",
        ),
    ],
)
def test_a_mark_outside_of_the_map_is_refused(mark, message):
    """The whole message."""
    with pytest.raises(DrawingError) as caught:
        outlined([mark], (5, 5))

    assert str(caught.value) == message
