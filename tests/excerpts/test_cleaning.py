"""The VFE projects' clean-up, against their rule applied to the whole text at once."""

import re

from hypothesis import given
from hypothesis import strategies as st

from paperfig.excerpts.joining import vfe_cleaner

PIECES = st.lists(
    st.lists(
        st.sampled_from(["<unk>", " ", "  ", "\t", " @-@ ", " @,@ ", " @.@ ", "a", "b c", "="])
    ).map("".join),
    max_size=6,
)


def _whole(text: str) -> str:
    """The rule as transformer/data.py states it, on the joined text."""
    if "<unk>" in text:
        text = re.sub(r"[ \t]+", " ", text.replace("<unk>", ""))
    return text.replace(" @-@ ", "-").replace(" @,@ ", ",").replace(" @.@ ", ".")


@given(PIECES)
def test_pieces_are_cleaned_as_the_whole_is(pieces: list[str]) -> None:
    """Rows cleaned one by one and joined are the joined text cleaned."""
    clean = vfe_cleaner(lambda: pieces)
    assert "\n\n".join(map(clean, pieces)) == _whole("\n\n".join(pieces))


def test_marks_and_unknown_words() -> None:
    """Joined hyphens lose their marks, and <unk> goes with its space."""
    clean = vfe_cleaner(lambda: [])
    assert clean("B @-@ 96 west of <unk> , 1 @,@ 000 @.@ 5") == "B-96 west of , 1,000.5"


def test_spaces_stay_where_nothing_is_unknown() -> None:
    """Without <unk> in the split, runs of spaces are left alone."""
    assert vfe_cleaner(lambda: ["a  b"])("a  b") == "a  b"
    assert vfe_cleaner(lambda: ["a  b", "<unk>"])("a  b") == "a b"
