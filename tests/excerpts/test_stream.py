"""Lazily read tokens are those of the whole text, and little more is read than is used."""

from collections.abc import Iterator
from itertools import count

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken_ext import openai_public

from paperfig.errors import ExcerptError
from paperfig.excerpts import stream
from paperfig.excerpts.stream import PhraseFound, PhraseMissing, StreamTokens, TokenStream
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer, bytes_tokenizer

CL100K = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
)
WORDS = st.sampled_from(
    [
        *("the", "light", " the", " ", "  ", "\n", " \n \n", "'s", "’s", " 1234", "a_", "."),
        *(".\n", "字字", "，", "。", "🤗", " é", "e\u0301", "\r\n", "\t", " =", "(", " @-@ "),
    ]
)
TEXTS = st.lists(WORDS, max_size=60).map("".join)


def _pair_tokenizer(pattern: str) -> Tokenizer:
    """A byte-pair tokenizer whose merges reach over spaces, letters and newlines."""
    merges = [
        b"th",
        b"the",
        b" t",
        b" the",
        b"  ",
        b"    ",
        b"\n\n",
        b" \n",
        b"li",
        b"ght",
        b"gh",
    ]
    merges += [b"12", b"123", b"'s", b".\n", b"\xe5\xad", b"\xe5\xad\x97", b"\xe5\xad\x97\xe5"]
    tokens = [bytes([byte]) for byte in range(256)] + merges
    encoding = tiktoken.Encoding(
        "pairs",
        pat_str=pattern,
        mergeable_ranks={token: rank for rank, token in enumerate(tokens)},
        special_tokens={},
    )
    return Tokenizer(
        name="pairs",
        n_vocab=encoding.n_vocab,
        encode=encoding.encode_ordinary,
        token_bytes=encoding.decode_single_token_bytes,
        special={},
    )


TOKENIZERS = {
    "r50k": _pair_tokenizer(openai_public.r50k_pat_str),
    "cl100k": _pair_tokenizer(CL100K),
    "everything": _pair_tokenizer(r"(?s).+"),
    "bytes": bytes_tokenizer(),
}


@pytest.fixture(autouse=True, scope="module")
def _short_reads() -> Iterator[None]:
    """Reads of a few characters, so that short texts show every border."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "FIRST_READ", 3)
        patch.setattr(stream, "AHEAD", 5)
        patch.setattr(stream, "_CHARACTERS_A_TOKEN", 1)
        yield


def _stream(text: str, tokenizer: Tokenizer, size: int = 2) -> TokenStream:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return TokenStream([pieces], tokenizer, where="the text")


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=150)
@given(text=TEXTS, first=st.integers(0, 30), length=st.integers(1, 20), size=st.integers(1, 9))
def test_a_window_is_the_whole_encodings_slice(
    name: str, text: str, first: int, length: int, size: int
) -> None:
    """Whatever the border of a read cuts, the tokens are those of the whole text."""
    tokenizer = TOKENIZERS[name]
    whole = tokenizer.encode(text)
    window = _stream(text, tokenizer, size).window(first, length)
    assert window.ids == whole[first : first + length]
    assert window.pieces == [tokenizer.token_bytes(token_id) for token_id in window.ids]


@given(text=TEXTS.filter(bool), data=st.data())
def test_a_phrase_is_found_at_the_token_that_holds_its_first_character(
    text: str, data: st.DataObject
) -> None:
    """The bytes before the token end at or before the phrase; those with it, behind."""
    begin = data.draw(st.integers(0, len(text) - 1))
    phrase = text[begin : begin + 4]
    tokenizer = TOKENIZERS["r50k"]
    found = _stream(text, tokenizer).find(phrase)
    assert isinstance(found, PhraseFound)
    offset = len(text[: text.find(phrase)].encode())
    sizes = [len(tokenizer.token_bytes(token_id)) for token_id in tokenizer.encode(text)]
    assert sum(sizes[: found.token]) <= offset < sum(sizes[: found.token + 1])


def test_no_more_is_read_than_needed() -> None:
    """A window at the start of an endless text ends, after a handful of pieces."""
    read = []

    def endless() -> Iterator[str]:
        for number in count():
            read.append(number)
            yield " word"

    tokens = TokenStream([endless()], TOKENIZERS["r50k"], where="words").window(0, 4)
    assert len(tokens.ids) == 4
    assert len(read) < 10


@pytest.mark.parametrize("word", [" ", "t", "th", "the", "\n", "字", " \n", "1"])
@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_window_of_a_text_without_borders_reads_little(name: str, word: str) -> None:
    """A long line of blanks or one long word is read a little beyond the window, no further."""
    tokenizer, read = TOKENIZERS[name], []

    def endless() -> Iterator[str]:
        for number in count():
            read.append(number)
            yield word if number else "of the "

    window = TokenStream([endless()], tokenizer, where="words").window(2, 6)
    assert window.ids == tokenizer.encode("of the " + 100 * word)[2:8]
    assert len(read) < 100


def test_the_nth_hit_and_the_ones_that_are_missing() -> None:
    """Hits do not overlap; what is missed says how often it is there and what is near."""
    found = _stream("aa b aaa b aa", bytes_tokenizer())
    assert found.find("aa", 3) == PhraseFound(11)
    missed = _stream("aa b aaa", bytes_tokenizer()).find("aa", 3)
    assert missed == PhraseMissing(hits=2, searched=8, nearest="aa")
    near = _stream("The\n Light house", bytes_tokenizer()).find("the light")
    assert near == PhraseMissing(hits=0, searched=16, nearest="The\n Light")


def test_documents_are_tokenised_apart_and_ended() -> None:
    """No token reaches over a document's end, where the end token stands."""
    documents = [["a\n"], ["\nb"], ["c b"]]
    end = StreamTokens([99], [b"<end>"])
    tokenizer = TOKENIZERS["r50k"]
    read = TokenStream(documents, tokenizer, where="rows", end=end)
    assert read.window(0, 9).ids == [97, 10, 99, 10, 98, 99, 99, 32, 98]
    assert read.count() == 10
    again = TokenStream(documents, tokenizer, where="rows", end=end)
    assert again.find("b", 2) == PhraseFound(8)


def test_half_a_character_is_refused() -> None:
    """A lone surrogate is no text."""
    with pytest.raises(ExcerptError) as raised:
        TokenStream([["a\ud83d"]], bytes_tokenizer(), where="the text").window(0, 1)
    assert str(raised.value) == (
        "the text: it holds half a character (U+D83D, a lone surrogate); "
        "text that UTF-8 can hold is right"
    )
