"""Positions: an index, a range, a phrase or a span's name mean the same tokens."""

from collections.abc import Callable
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message_of

from paperfig.errors import ExcerptError
from paperfig.excerpts.labels import readable, token_offsets
from paperfig.excerpts.tokenizers.choice import Tokenizer
from paperfig.kinds.fields import PhraseSpec
from paperfig.values.excerpt import Excerpt
from paperfig.values.positions import Position, span_of
from paperfig.values.tokens import Tokens

Read = Callable[..., Excerpt]
TEXT = "The keeper lit the lamp. The day was long, and the lamp was lit."


def tokens_of(pieces: list[bytes], **spans: tuple[int, int]) -> Tokens:
    """The tokens of such pieces of a text, as an excerpt has them."""
    return Tokens(
        labels=tuple(map(readable, pieces)),
        text=readable(b"".join(pieces)),
        offsets=np.array(token_offsets(pieces)),
        spans=spans,
    )


@st.composite
def tokenised(draw: st.DrawFn) -> list[bytes]:
    """A text cut anywhere, within characters too; with tokens that are none of it."""
    content = draw(st.text("aé🤗 \n", min_size=1, max_size=12)).encode()
    cuts = draw(st.lists(st.integers(0, len(content)), max_size=6))
    edges = pairwise([0, *sorted(cuts), len(content)])
    return [content[a:b] for a, b in edges]


@given(pieces=tokenised(), data=st.data())
def test_a_phrase_is_the_tokens_that_hold_it(pieces: list[bytes], data: st.DataObject) -> None:
    """From the one with its first byte to the one with its last, white space left out."""
    text = b"".join(pieces).decode()
    first = data.draw(st.integers(0, len(text) - 1))
    phrase = text[first : data.draw(st.integers(first + 1, len(text)))]
    bare = phrase.strip() or phrase
    bounds = list(pairwise(accumulate(map(len, pieces), initial=0)))
    before = text.split(phrase)[:-1]
    for nth in range(1, len(before) + 1):
        named = PhraseSpec(find=phrase, nth=nth)
        found = span_of(named, tokens_of(pieces), where="mark")
        start = len((phrase.join(before[:nth]) + phrase[: phrase.index(bare)]).encode())
        stop = start + len(bare.encode())
        held = [at for at, (begin, end) in enumerate(bounds) if begin < stop and end > start]
        assert found == (held[0], held[-1])
        assert bare.encode() in b"".join(pieces[found[0] : found[1] + 1])


@given(pieces=tokenised())
def test_offsets_are_where_tokens_lie_in_the_text(pieces: list[bytes]) -> None:
    """Between a token's offsets lies what it holds, whole characters of it alike."""
    text = readable(b"".join(pieces))
    for piece, (begin, end) in zip(pieces, token_offsets(pieces), strict=True):
        whole = piece.decode("utf-8", "ignore")
        assert whole in text[begin:end]
        assert bool(piece) == (end > begin)
        assert piece in text[begin:end].encode()


@given(st.integers(1, 9), st.data())
def test_ways_of_naming_a_place_are_one(count: int, data: st.DataObject) -> None:
    """From the front, from the end, as a range, by name, by the phrase and which."""
    place = data.draw(st.integers(0, count - 1))
    tokens = tokens_of([f" w{index}".encode() for index in range(count)], it=(place, place))
    ways: tuple[Position, ...] = (
        place,
        place - count,
        (place, place - count),
        "it",
        f"w{place}",
        PhraseSpec(find=f"w{place}"),
        PhraseSpec(find="w", nth=place + 1),
    )
    assert {span_of(way, tokens, where="mark") for way in ways} == {(place, place)}


def test_special_tokens_and_split_characters() -> None:
    """They have no text; a character that is spread over tokens is all of these."""
    pieces = [b"", b"a", b" \xf0\x9f", b"\xa4", b"\x97", b" b", b""]
    tokens = tokens_of(pieces)
    assert span_of("🤗", tokens, where="mark") == (2, 4)
    assert span_of("a 🤗 b", tokens, where="mark") == (1, 5)
    assert span_of(" b", tokens, where="mark") == (5, 5)


def test_spans_are_tokens_that_have_a_name(gpt2: Tokenizer, read: Read) -> None:
    """An index, a range, a phrase, or one of its occurrences; counted with BOS."""
    excerpt = read(
        gpt2,
        text=TEXT,
        bos=True,
        spans={
            "first": 0,
            "end": (-2, -1),
            "day": "The day",
            "lamp again": PhraseSpec(find="lamp", nth=2),
        },
    )
    labels, spans = excerpt.tokens.labels, excerpt.tokens.spans
    assert {name: labels[a : b + 1] for name, (a, b) in spans.items()} == {
        "first": ("<|endoftext|>",),
        "end": (" lit", "."),
        "day": (" The", " day"),
        "lamp again": (" lamp",),
    }
    assert spans["lamp again"] == (14, 14)


def test_a_name_is_a_span(gpt2: Tokenizer, read: Read) -> None:
    """Though its letters stand in other words, or the phrase within the span itself."""
    spans = {"a": (3, 4), "day": (6, 8)}
    tokens = read(gpt2, text=TEXT, spans=spans).tokens
    for name, span in spans.items():
        assert span_of(name, tokens, where="mark") == span
    assert span_of(PhraseSpec(find="day"), tokens, where="mark") == (7, 7)


def test_spans_of_several_excerpts(demo: Tokenizer, read: Read) -> None:
    """The same stretch of each."""
    sample = read(demo, random=6, count=3, spans={"last": (-2, -1)})
    assert sample.tokens.spans == {"last": (4, 5)}


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (
            "lamp",
            "'lamp' stands 2 times in the excerpt, at tokens 4, 13; "
            '`{find: "lamp", nth: 1}` is the first',
        ),
        (
            " t",
            "' t' stands 2 times in the excerpt, at tokens 3, 12; "
            '`{find: " t", nth: 1}` is the first',
        ),
        (
            PhraseSpec(find="lamp", nth=3),
            "'lamp' stands 2 times in the excerpt, at tokens 4, 13; `nth` 3 is too many",
        ),
        (
            PhraseSpec(find="day", nth=2),
            "'day' stands once in the excerpt, at token 7; `nth` 2 is too many",
        ),
        (
            "the day",
            "'the day' does not stand in the excerpt, which begins "
            "'The keeper lit the lamp. The day was lon…'; 'The day' does",
        ),
        (
            "needle",
            "'needle' does not stand in the excerpt, which begins "
            "'The keeper lit the lamp. The day was lon…'; "
            "a phrase just as the text has it, or a span's name (a, lit), is right",
        ),
        (
            "lit",
            "'lit' is the span [0, 2], and a phrase of the text at token 15; "
            '`{find: "lit"}` is the phrase; another name is right for the span',
        ),
        (17, "17 is outside the excerpt of 17 tokens; 0 to 16 is right"),
        ((-18, 2), "-18 is outside the excerpt of 17 tokens; -17 to 16 is right"),
        ((3, 2), "[3, 2] runs backwards; [first, last] is right"),
    ],
)
def test_what_is_no_position(
    gpt2: Tokenizer, read: Read, position: Position, message: str
) -> None:
    """Whole messages: how often a phrase is there and where, or how the text begins."""
    excerpt = read(gpt2, text=TEXT, spans={"a": (3, 4), "lit": (0, 2)})
    tokens = excerpt.tokens
    assert message_of(ExcerptError, lambda: span_of(position, tokens, where="mark")) == (
        f"mark: {message}"
    )


def test_a_phrase_needs_a_text(read: Read) -> None:
    """Ids without a tokenizer have none; a span says which of its keys is at fault."""
    assert message_of(ExcerptError, lambda: read(None, ids=(5, 70), spans={"a": "b"})) == (
        "excerpt.spans.a: 'b' has no place, as it is not known what text these tokens make; "
        "an index or [first, last] is right"
    )
