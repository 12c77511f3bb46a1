"""Excerpts of text and of data sets: exact tokens, exact text, and whole messages."""

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiktoken
from arrays import arrays_of
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import message_of

from paperfig.errors import ExcerptError
from paperfig.excerpts.excerpt import read_excerpt
from paperfig.excerpts.tokenizers.choice import Tokenizer, load_tokenizer
from paperfig.excerpts.tokenizers.vocabulary import bytes_tokenizer
from paperfig.specs.schema import ExcerptSpec, TokenizerSpec
from paperfig.values.excerpt import Excerpt, Origin

Read = Callable[..., Excerpt]
ROWS = ("", " = Title = \n", "", "He said , x != y . \n", "B @-@ 96 west of <unk> . \n")


def _lay_rows(root: Path) -> None:
    lines = [json.dumps({"text": row}) + "\n" for row in ROWS]
    (root / "rows.jsonl").write_text("".join(lines))


def test_a_window_of_wikitext_is_the_source(gpt2: Tokenizer, shared: Path, read: Read) -> None:
    """128 tokens found by a phrase: text and ids are those of the file, exactly."""
    source = (shared / "wikitext-2" / "validation.txt").read_text("utf-8")
    file = "wikitext-2/validation.txt"
    whole = gpt2.encode(source)
    for phrase in (source[700_001:700_031], source[1_000_000:1_000_020], "– 13 lb"):
        excerpt = read(gpt2, root=shared, dataset=file, find=phrase)
        assert len(excerpt.tokens) == 128
        assert excerpt.text in source
        assert phrase in excerpt.text[: len(phrase) + 12]
        start = excerpt.origin.start
        assert list(excerpt.token_ids) == whole[start : start + 128]
    before = read(gpt2, root=shared, dataset=file, find="– 13 lb", before=3)
    assert before.origin.start == excerpt.origin.start - 3
    assert before.tokens.labels[3:] == excerpt.tokens.labels[:-3]


@settings(max_examples=15)
@given(start=st.integers(0, 258_000), length=st.integers(1, 128))
def test_offsets_count_tokens_of_the_whole_stream(
    gpt2: Tokenizer, shared: Path, start: int, length: int
) -> None:
    """Window i is tokens i to i + length of the whole split, as in the VFE projects."""
    whole = _whole_validation(gpt2, shared)
    spec = ExcerptSpec(dataset="wikitext-2/validation.txt", start=start, length=length)
    excerpt = read_excerpt(
        spec, gpt2, root=shared, context=None, vocab_size=50257, trained_on_clean=False
    )
    assert list(excerpt.token_ids) == whole[start : start + length]


_WHOLE: list[int] = []


def _whole_validation(gpt2: Tokenizer, shared: Path) -> list[int]:
    if not _WHOLE:
        _WHOLE.extend(gpt2.encode((shared / "wikitext-2/validation.txt").read_text("utf-8")))
    return _WHOLE


def test_characters_over_several_tokens(gpt2: Tokenizer, read: Read) -> None:
    """The text holds the character, each token its bytes; nothing is a replacement mark."""
    excerpt = read(gpt2, text="a 🤗 “sent”")
    assert list(excerpt.token_ids) == [64, 12520, 97, 245, 564, 250, 34086, 447, 251]
    assert excerpt.tokens.labels[:4] == ("a", " <F0 9F>", "<A4>", "<97>")
    assert excerpt.text == "a 🤗 “sent”"
    cut = read(gpt2, text="a 🤗 “sent”", start=2, length=3)
    assert cut.text == "<A4 97> <E2 80>"


def test_text_is_the_source_character_for_character(
    gpt2: Tokenizer, tmp_path: Path, read: Read
) -> None:
    """Spaces before punctuation and WikiText's marks are neither lost nor mended."""
    _lay_rows(tmp_path)
    for row in (3, 4):
        excerpt = read(gpt2, dataset="rows.jsonl", row=row)
        assert excerpt.text == ROWS[row]
        assert list(excerpt.token_ids) == gpt2.encode(ROWS[row])
        assert (excerpt.origin.row, excerpt.origin.start, excerpt.origin.join) == (row, 0, None)


def test_an_empty_row_names_the_next(gpt2: Tokenizer, tmp_path: Path, read: Read) -> None:
    """A blank row is an error and no row is skipped in silence."""
    _lay_rows(tmp_path)
    assert message_of(ExcerptError, lambda: read(gpt2, dataset="rows.jsonl", row=0)) == (
        "excerpt.row: row 0 is empty; the next row with text is 1"
    )
    assert message_of(ExcerptError, lambda: read(gpt2, dataset="rows.jsonl", row=2)) == (
        "excerpt.row: row 2 is empty; the next row with text is 3"
    )
    assert message_of(ExcerptError, lambda: read(gpt2, dataset="rows.jsonl", row=5)) == (
        "excerpt.row: row 5 is beyond the 5 rows of rows.jsonl; 0 to 4 are right"
    )


@pytest.mark.parametrize(
    ("join", "text"),
    [
        ("none", "".join(ROWS)),
        ("blank-line", "\n\n".join(row for row in ROWS if row)),
        ("eos", "".join(row + "<|endoftext|>" for row in ROWS if row)),
        (None, "\n\n".join(row for row in ROWS if row)),
    ],
)
def test_rows_are_joined(
    gpt2: Tokenizer, tmp_path: Path, read: Read, join: str | None, text: str
) -> None:
    """By nothing, by a blank line, or each ended by the end-of-text token; recorded."""
    _lay_rows(tmp_path)
    excerpt = read(gpt2, dataset="rows.jsonl", join=join)
    assert excerpt.text == text
    assert excerpt.origin.join == (join or "blank-line")
    assert tuple(excerpt.tokens.labels).count("<|endoftext|>") == (3 if join == "eos" else 0)


def test_articles_joined_by_the_end_of_text(
    demo: Tokenizer, repository: Path, read: Read
) -> None:
    """The stream is what a training run reads: each article, then the end-of-text token."""
    stream: list[int] = []
    for file in sorted((repository / "demo/text/validation").glob("*.txt")):
        stream += [*demo.encode(file.read_text("utf-8")), 1011]
    border = stream.index(1011)
    excerpt = read(
        demo,
        **{"root": repository, "dataset": "demo/text", "split": "validation", "join": "eos"},
        start=border - 4,
        length=9,
    )
    assert list(excerpt.token_ids) == stream[border - 4 : border + 5]
    assert excerpt.tokens.labels[4] == "<|endoftext|>"


def test_the_vfe_cleaning_of_wikitext(
    gpt2: Tokenizer, read: Read, hub_cache: Callable[..., Path]
) -> None:
    """By default for VFE models on WikiText, and the same stream as those projects make."""
    rows = (*ROWS, "two  spaces \n")
    hub_cache({"validation": rows})
    joined = "\n\n".join(row for row in rows if row.strip())
    joined = re.sub(r"[ \t]+", " ", joined.replace("<unk>", ""))
    for mark in "-,.":
        joined = joined.replace(f" @{mark}@ ", mark)
    spec = {"dataset": "wikitext-2", "split": "validation"}
    cleaned = read(gpt2, trained_on_clean=True, **spec)
    assert (cleaned.text, list(cleaned.token_ids)) == (joined, gpt2.encode(joined))
    assert (cleaned.origin.clean, cleaned.origin.join) == ("vfe", "blank-line")
    raw = read(gpt2, trained_on_clean=True, clean="none", **spec)
    assert raw.text == "".join(rows)
    assert raw.origin == read(gpt2, trained_on_clean=False, **spec).origin
    row = read(gpt2, trained_on_clean=True, row=4, **spec)
    assert row.text == "B-96 west of . \n"


def test_the_vfe_cleaning_of_a_text_file_keeps_its_lines(
    gpt2: Tokenizer, tmp_path: Path, read: Read
) -> None:
    """A .txt is one stream: cleaned line by line, no line dropped; and only when asked."""
    (tmp_path / "a.txt").write_text(" \n a <unk> b @-@ c \n \n")
    assert read(gpt2, trained_on_clean=True, dataset="a.txt").origin.clean == "none"
    excerpt = read(gpt2, dataset="a.txt", clean="vfe")
    assert (excerpt.text, excerpt.origin.join) == (" \n a b-c \n \n", None)


def test_where_a_data_set_is_from(
    gpt2: Tokenizer, read: Read, hub_cache: Callable[..., Path]
) -> None:
    """All that a caption or a record must tell."""
    revision = hub_cache({"validation": ROWS}).name
    excerpt = read(gpt2, dataset="wikitext-2", split="validation", find="said", length=3)
    assert excerpt.origin == Origin(
        kind="dataset",
        tokenizer="gpt2",
        dataset="wikitext-2",
        title="WikiText-2",
        hub="Salesforce/wikitext",
        config="wikitext-2-raw-v1",
        split="validation",
        revision=revision,
        find="said",
        start=6,
        join="none",
    )


def test_a_text_of_ones_own(gpt2: Tokenizer, read: Read) -> None:
    """Special tokens that are typed are text; BOS is put in front once and has no text."""
    excerpt = read(gpt2, text="<|endoftext|>", bos=True)
    assert list(excerpt.token_ids) == [50256, 27, 91, 437, 1659, 5239, 91, 29]
    assert excerpt.text == "<|endoftext|>"
    assert excerpt.origin == Origin(
        kind="text",
        tokenizer="gpt2",
        start=0,
        bos=True,
        special_tokens=("<|endoftext|>",),
        clean="none",
    )
    counted = read(gpt2, text="one two three four", bos=True, length=3)
    assert counted.tokens.labels == ("<|endoftext|>", "one", " two")


def test_the_default_length(gpt2: Tokenizer, read: Read, tmp_path: Path) -> None:
    """Of a stream 128 tokens, fewer where the context or the stream is shorter."""
    (tmp_path / "long.txt").write_text("word " * 500)
    (tmp_path / "short.txt").write_text("a b c")
    assert len(read(gpt2, dataset="long.txt", context=None).tokens) == 128
    assert len(read(gpt2, dataset="long.txt", context=64).tokens) == 64
    assert len(read(gpt2, dataset="short.txt").tokens) == 3


def test_a_text_and_a_row_are_whole(gpt2: Tokenizer, read: Read, tmp_path: Path) -> None:
    """Never cut unasked; one that is longer than the context is refused with both numbers."""
    text = "word" + " word" * 499
    (tmp_path / "rows.jsonl").write_text(json.dumps({"text": text}) + "\n")
    for spec in ({"text": text}, {"dataset": "rows.jsonl", "row": 0}):
        whole = read(gpt2, **spec, context=None)
        assert (len(whole.tokens), whole.text) == (500, text)
        assert len(read(gpt2, **spec, context=501, bos=True).tokens) == 501
        assert message_of(ExcerptError, lambda spec=spec: read(gpt2, **spec)) == (
            "excerpt.length: 500 tokens are more than the model's context of 128; "
            "at most 128 is right"
        )
        assert len(read(gpt2, **spec, length=128).tokens) == 128


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"text": "a b", "length": 200},
            "excerpt.length: 200 tokens are more than the model's context of 128; "
            "at most 128 is right",
        ),
        (
            {"text": "a b c", "length": 4},
            "excerpt.length: 4 tokens are more than the 3 of the text; at most 3 is right",
        ),
        (
            {"text": "a b c", "start": 1, "length": 4},
            "excerpt.length: 4 tokens are more than the 2 of the text from token 1 on; "
            "at most 2 is right",
        ),
        (
            {"text": "a b c", "start": 3},
            "excerpt.start: 3 is beyond the 3 tokens of the text; at most 2 is right",
        ),
        (
            {"text": "a b c", "bos": True, "length": 1},
            "excerpt.length: 1 leaves no token for the text beside <|endoftext|>; "
            "at least 2 is right",
        ),
        (
            {"text": "a B c", "find": "b  C"},
            "excerpt.find: 'b C' does not stand in the 5 characters of the text; 'B c' does",
        ),
        (
            {"text": "a B c", "find": "d"},
            "excerpt.find: 'd' does not stand in the 5 characters of the text; "
            "a phrase just as the text has it is right",
        ),
        (
            {"text": "a b a", "find": "a", "nth": 3},
            "excerpt.find: 'a' stands 2 times in the 5 characters of the text; "
            "`nth` 3 is too many",
        ),
        (
            {"text": "a b c", "find": "b", "before": 2},
            "excerpt.before: 2 tokens are more than stand before the phrase; "
            "at most 1 is right",
        ),
        ({"dataset": "empty.txt"}, "excerpt: empty.txt is empty; a text is right"),
        (
            {"dataset": "empty.txt", "find": "a"},
            "excerpt.find: 'a' does not stand in the 0 characters of empty.txt; "
            "a phrase just as the text has it is right",
        ),
    ],
)
def test_windows_that_do_not_fit(
    gpt2: Tokenizer, tmp_path: Path, read: Read, spec: dict[str, object], message: str
) -> None:
    """Whole messages, with both numbers."""
    (tmp_path / "empty.txt").touch()
    assert message_of(ExcerptError, lambda: read(gpt2, **spec)) == message


def test_a_tokenizer_that_the_model_was_not_trained_with(gpt2: Tokenizer, read: Read) -> None:
    """An id beyond the model's vocabulary is an error, before any model sees it."""
    assert message_of(ExcerptError, lambda: read(gpt2, text="a hello", vocab_size=256)) == (
        "tokenizer: gpt2 makes id 23748 of token 1, and the model knows 0 to 255; "
        "the tokenizer that the model was trained with is right"
    )
    assert message_of(ExcerptError, lambda: read(None, text="a")) == (
        "tokenizer: a text needs one; only `ids` and `random` do not"
    )


def test_tokens_that_a_tokenizer_lacks(read: Read) -> None:
    """`bytes` begins and ends nothing."""
    tokenizer = bytes_tokenizer()
    assert message_of(ExcerptError, lambda: read(tokenizer, text="a", bos=True)) == (
        "excerpt.bos: bytes has no BOS or end-of-text token; leave it out"
    )
    assert message_of(ExcerptError, lambda: read(tokenizer, text="a", join="eos")) == (
        "excerpt.join: bytes has no end-of-text token; `blank-line` or `none`"
    )


def test_ids_of_the_spec(gpt2: Tokenizer, tmp_path: Path, read: Read) -> None:
    """Ids from a list or a file, with their text; the first `length` of them."""
    np.save(tmp_path / "ids.npy", np.array([8582, 97, 245, 50256], dtype=np.uint16))
    listed = read(gpt2, ids=[8582, 97, 245, 50256])
    filed = read(gpt2, ids="ids.npy")
    for excerpt in (listed, filed):
        assert list(excerpt.token_ids) == [8582, 97, 245, 50256]
        assert excerpt.tokens.labels == ("<F0 9F>", "<A4>", "<97>", "<|endoftext|>")
        assert excerpt.text == "🤗<|endoftext|>"
    assert read(gpt2, ids=[1, 2, 3], length=2).origin == Origin(kind="ids", tokenizer="gpt2")
    bare = read(None, ids=[5, 70])
    assert (bare.tokens.labels, bare.text, bare.origin.tokenizer) == (("5", "70"), None, "none")


def test_ids_of_characters_and_bytes(shared: Path, read: Read) -> None:
    """The reference dump's ids are the bytes of its text, by either tokenizer."""
    dump = arrays_of(shared / "vfe" / "ref_vfe_ckpt_n64.npz")
    ids, text = [int(token_id) for token_id in dump["token_ids"].ravel()], str(dump["text"])
    alphabet = TokenizerSpec(name="characters", alphabet="".join(map(chr, range(256))))
    for tokenizer in ("bytes", alphabet):
        loaded = load_tokenizer(tokenizer, checkpoint=None, root=shared)
        assert read(loaded, ids=ids, vocab_size=256).text == text[: len(ids)]
        assert list(read(loaded, text=text[:64], vocab_size=256).token_ids) == ids


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"ids": [0, 300], "vocab_size": 256},
            "excerpt.ids: id 300 of token 1 is not in the model's vocabulary; "
            "0 to 255 are right",
        ),
        (
            {"ids": [0, 50300], "vocab_size": 50304},
            "excerpt.ids: id 50300 is no token of gpt2; ids of its 50257 are right",
        ),
        (
            {"ids": [0, 1], "length": 3},
            "excerpt.length: 3 tokens are more than the 2 ids given; at most 2 is right",
        ),
        (
            {"ids": [0] * 200},
            "excerpt.ids: 200 tokens are more than the model's context of 128; "
            "at most 128 is right",
        ),
        (
            {"ids": "no.npy"},
            "excerpt.ids no.npy: there is no such file; an .npy file of ids is right",
        ),
        (
            {"ids": "float.npy"},
            "excerpt.ids float.npy: it holds shape (2, 2) of float64; "
            "one row of integers is right",
        ),
        (
            {"ids": "negative.npy"},
            "excerpt.ids: id -1 of token 0 is not in the model's vocabulary; "
            "0 to 50256 are right",
        ),
        ({"ids": "none.npy"}, "excerpt.ids none.npy: it holds no id; at least one is right"),
    ],
)
def test_ids_that_do_not_fit(
    gpt2: Tokenizer, tmp_path: Path, read: Read, spec: dict[str, object], message: str
) -> None:
    """Whole messages for ids out of range, too many, or not to be read."""
    np.save(tmp_path / "float.npy", np.zeros((2, 2)))
    np.save(tmp_path / "negative.npy", np.array([-1]))
    np.save(tmp_path / "none.npy", np.array([], dtype=np.int64))
    assert message_of(ExcerptError, lambda: read(gpt2, **spec)) == message


def test_random_ids(gpt2: Tokenizer, read: Read) -> None:
    """A block, repeated; never a special token; the same for a seed on every machine."""
    excerpt = read(gpt2, random=5, seed=3, repeat=2, bos=True)
    ids = list(excerpt.token_ids)
    assert ids[0] == 50256
    assert ids[1:6] == ids[6:] == [11959, 27350, 18592, 30350, 31446]
    begun = {"bos": True, "special_tokens": ("<|endoftext|>",)}
    assert excerpt.origin == Origin(kind="random", tokenizer="gpt2", seed=3, repeat=2, **begun)
    small = read(gpt2, random=100, vocab_size=7)
    assert set(small.token_ids) == set(range(7))
    assert read(None, random=4, vocab_size=9, seed=2**70).text is None
    assert message_of(ExcerptError, lambda: read(gpt2, random=100, repeat=2)) == (
        "excerpt.random: 200 tokens are more than the model's context of 128; "
        "at most 128 is right"
    )


@pytest.mark.parametrize("spec", [{"random": 10**20}, {"random": 1, "repeat": 10**20}])
def test_more_random_ids_than_there_is_room_for(
    gpt2: Tokenizer, read: Read, spec: dict[str, int]
) -> None:
    """Refused before the first is drawn, also where the model has no limit of its own."""
    assert message_of(ExcerptError, lambda: read(gpt2, **spec)) == (
        "excerpt.random: 100000000000000000000 tokens are more than the model's context of "
        "128; at most 128 is right"
    )
    assert message_of(ExcerptError, lambda: read(gpt2, context=None, **spec)) == (
        "excerpt.random: 100000000000000000000 tokens are more than a map can show; "
        "at most 32768 is right"
    )


def test_random_ids_cut_to_a_length(gpt2: Tokenizer, read: Read) -> None:
    """``length`` counts BOS, keeps whole blocks, and never asks for more than was drawn."""
    whole = list(read(gpt2, random=5, seed=3, repeat=3, bos=True).token_ids)
    two, one = (read(gpt2, random=5, repeat=3, seed=3, bos=True, length=n) for n in (11, 4))
    assert (list(two.token_ids), two.origin.repeat) == (whole[:11], 2)
    assert (list(one.token_ids), one.origin.repeat) == (whole[:4], None)
    assert read(gpt2, random=5).origin.repeat is None


@pytest.mark.parametrize(
    ("length", "bos"), [(20, True), (10, True), (1, True), (16, False), (7, False)]
)
def test_lengths_that_random_ids_cannot_have(
    gpt2: Tokenizer, read: Read, length: int, bos: bool
) -> None:
    """More than was drawn, half a block, or nothing but BOS."""
    end = " and <|endoftext|>" if bos else ""
    assert message_of(
        ExcerptError, lambda: read(gpt2, random=5, repeat=3, bos=bos, length=length)
    ) == (
        f"excerpt.length: {length} tokens of 3 × 5 random ones{end}; "
        f"{15 + bos} is right, or leave it out"
    )


def test_gpt2_ids_are_tiktokens(gpt2: Tokenizer, read: Read) -> None:
    """The excerpt's ids are those of tiktoken itself on the same text."""
    encoding = tiktoken.get_encoding("gpt2")
    text = "Naïve — 東京 \n\n 12345 it's  <unk>"
    assert list(read(gpt2, text=text).token_ids) == encoding.encode_ordinary(text)
    assert read(gpt2, text=text).text == text


@pytest.mark.parametrize("blanks", [1_300_000 * " ", 1_100_000 * "\n"])
def test_a_million_blanks(gpt2: Tokenizer, read: Read, tmp_path: Path, blanks: str) -> None:
    """No abort of tiktoken's, in a window before them and in one behind them."""
    (tmp_path / "a.txt").write_text("Start of file. " + blanks + "end of it")
    begin = read(gpt2, dataset="a.txt", start=0, length=4)
    assert list(begin.token_ids) == [10434, 286, 2393, 13]
    end = read(gpt2, dataset="a.txt", find="end of", length=3)
    assert end.tokens.labels in ((" end", " of", " it"), ("end", " of", " it"))


def test_one_long_word_takes_little_memory(gpt2: Tokenizer, read: Read, tmp_path: Path) -> None:
    """Eight tokens of a word of 64 MiB: neither its tokens nor the word are held."""
    with (tmp_path / "a.txt").open("w") as file:
        for _ in range(64):
            file.write((1 << 20) * "a")
    tracemalloc.start()
    try:
        excerpt = read(gpt2, dataset="a.txt", start=0, length=8)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert list(excerpt.token_ids) == gpt2.encode(4096 * "a")[:8]


def test_ids_with_a_tokenizer_have_a_text(gpt2: Tokenizer, read: Read) -> None:
    """Labels and text are what the ids stand for."""
    excerpt = read(gpt2, ids=(464, 1657, 318, 319))
    assert excerpt.tokens.labels == ("The", " light", " is", " on")
    assert excerpt.text == "The light is on"
