"""Bytes are shown, each of them, and never as a replacement mark."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from paperfig.excerpts.labels import readable, token_labels, token_offsets
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer, bytes_tokenizer
from paperfig.values.tokens import CONTINUED, Tokens


def test_a_character_over_several_tokens_shows_each_its_bytes(gpt2: Tokenizer) -> None:
    """🤗 is three tokens of GPT-2, and so are curly quotes two each."""
    assert token_labels([8582, 97, 245], gpt2) == ("<F0 9F>", "<A4>", "<97>")
    quoted = gpt2.encode("“sent”")
    assert token_labels(quoted, gpt2) == ("<E2 80>", "<9C>", "sent", "<E2 80>", "<9D>")


def test_white_space_is_left_raw(gpt2: Tokenizer) -> None:
    """Newlines and leading spaces stand in the labels as they stand in the text."""
    labels = token_labels(gpt2.encode("a\n = Title = \n"), gpt2)
    assert labels == ("a", "\n", " =", " Title", " =", " ", "\n")


def test_a_special_token_shows_its_name(gpt2: Tokenizer) -> None:
    """An id that is a special token is shown by name."""
    assert token_labels([50256, 31373], gpt2) == ("<|endoftext|>", "hello")


@given(st.text())
def test_whole_text_is_itself(text: str) -> None:
    """Bytes that are UTF-8 decode to their text, whatever it is."""
    assert readable(text.encode()) == text


@given(st.binary())
def test_no_byte_is_lost(content: bytes) -> None:
    """Bytes that are no text appear as hexadecimal pairs; no mark stands for them."""
    shown = readable(content)
    assert ("\ufffd" in shown) == (b"\xef\xbf\xbd" in content)
    one_by_one = token_labels(content, bytes_tokenizer())
    assert [len(label.encode()) for label in one_by_one] == [
        1 if byte < 0x80 else len("<80>") for byte in content
    ]


def test_edges_and_neighbours() -> None:
    """Neighbouring bytes share one pair of brackets; a cut character shows what is left."""
    assert readable(b"\x9f\xa4\x97 a \xe2\x80") == "<9F A4 97> a <E2 80>"


def tokens_of(*pieces: bytes) -> Tokens:
    """An axis of tokens of these bytes."""
    labels = tuple(map(readable, pieces))
    offsets = np.array(token_offsets(pieces))
    return Tokens(labels=labels, text=readable(b"".join(pieces)), offsets=offsets)


def test_a_shared_character_is_spelled_whole_at_its_first_token() -> None:
    """What the window cuts stays as bytes, once; the others go on with it."""
    hugging = tokens_of(b" \xf0\x9f", b"\xa4", b"\x97!", b"\xe5\x91", b"\xa8b\xe5", b"\x91")

    assert hugging.labels == (" <F0 9F>", "<A4>", "<97>!", "<E5 91>", "<A8>b<E5>", "<91>")
    assert [label.replace(CONTINUED, "·") for label in hugging.spelled] == [
        " 🤗",
        "·",
        "·!",
        "周",
        "·b<E5 91>",
        "·",
    ]


@given(st.lists(st.binary(min_size=1, max_size=3) | st.sampled_from("é周🤗").map(str.encode)))
def test_spelled_tokens_make_the_text(pieces: list[bytes]) -> None:
    """Each character once, wherever tokens begin and end."""
    content = b"".join(pieces) or b"a"
    for every in (1, 2, 3):
        cut = [content[at : at + every] for at in range(0, len(content), every)]
        tokens = tokens_of(*cut)

        assert "".join(tokens.spelled).replace(CONTINUED, "") == tokens.text


def test_without_a_text_labels_are_spelled_as_they_are() -> None:
    """Nothing says then which tokens share a character."""
    assert Tokens(labels=("<E5 91>", "<A8>")).spelled == ("<E5 91>", "<A8>")
