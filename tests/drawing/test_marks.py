"""Marks: the blocks that positions mean among the map's own tokens, or one line."""

import numpy as np
import pytest
from values_of import map_value

from paperfig.drawing.matrices.marks import outlined
from paperfig.errors import ExcerptError
from paperfig.specs.style import StyleSpec
from paperfig.values.tokens import Tokens, positions

QUERIES = Tokens(
    labels=("Der", " Tag", "."), text="Der Tag.", offsets=np.array([[0, 3], [3, 7], [7, 8]])
)


def blocks(*marks, queries=None, keys=None):
    """The blocks of marks in a map of five tokens, or of these."""
    axes = {"queries": queries or positions(5), "keys": keys or positions(5)}
    shape = tuple(len(axis) for axis in axes.values())
    even = np.full((1, *shape), 1 / shape[1])
    attention = map_value(even, np.ones(shape, dtype=bool), **axes)
    return outlined(StyleSpec(mark=marks).mark, attention)


def test_cells_and_blocks():
    """A cell is a block of one; an index may count from the last token."""
    marks = [{"query": 3, "key": -1}, {"queries": [1, 4], "keys": [0, 0]}]

    assert blocks(*marks) == (((3, 3), (4, 4)), ((1, 4), (0, 0)))


def test_a_phrase_is_of_its_own_axis():
    """In a map of two texts a query's phrase is looked for among the queries only."""
    mark = {"query": "Der Tag", "key": "day"}
    keys = Tokens(labels=("A", " day"), text="A day", offsets=np.array([[0, 1], [1, 5]]))

    assert blocks(mark, queries=QUERIES, keys=keys) == (((0, 1), (1, 1)),)
    assert str(fault({"query": "day", "key": 0}, queries=QUERIES, keys=keys)) == (
        "style.mark.0.query: 'day' does not stand in the excerpt, which begins 'Der Tag.'; "
        "a phrase just as the text has it is right"
    )


def fault(*marks, **axes):
    """What is said of marks that are none."""
    with pytest.raises(ExcerptError) as caught:
        blocks(*marks, **axes)
    return caught.value


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        (
            {"query": 5, "key": 0},
            "style.mark.0.query: 5 is outside the excerpt of 5 tokens; 0 to 4 is right",
        ),
        (
            {"queries": [0, 1], "keys": [3, 9]},
            "style.mark.0.keys: 9 is outside the excerpt of 5 tokens; 0 to 4 is right",
        ),
        (
            {"queries": [2, -4], "keys": [0, 0]},
            "style.mark.0.queries: [2, -4] runs backwards; [first, last] is right",
        ),
        (
            {"query": 0, "key": "day"},
            "style.mark.0.key: 'day' has no place, as it is not known what text these tokens "
            "make; an index or [first, last] is right",
        ),
    ],
)
def test_a_mark_outside_of_the_map_is_refused(mark, message):
    """The whole message."""
    assert str(fault(mark)) == message
