"""Several excerpts by a seed: which windows, which ids, and what is refused."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperfig.errors import ExcerptError
from paperfig.excerpts.tokenizers.choice import load_tokenizer
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.excerpts.windows import windows_apart
from paperfig.specs.schema import TokenizerSpec
from paperfig.values.excerpt import Excerpt, Sample

Read = Callable[..., Excerpt | Sample]
WORDS = [f"word{index}" for index in range(400)]


@pytest.fixture
def words(tmp_path: Path) -> str:
    """A data set of one text of some thousand tokens."""
    (tmp_path / "words.txt").write_text(" ".join(WORDS), encoding="utf-8")
    return "words.txt"


@settings(max_examples=100)
@given(st.integers(1, 30), st.integers(1, 9), st.integers(0, 40), st.integers(0, 2**40))
def test_windows_do_not_overlap(count: int, length: int, spare: int, seed: int) -> None:
    """In order, inside the stream, each beginning where the one before has ended or later."""
    total = count * length + spare
    starts = windows_apart(count, length, total, seed=seed)

    assert len(starts) == count
    assert starts[0] >= 0
    assert starts[-1] + length <= total
    assert all(later - start >= length for start, later in pairwise(starts))
    assert starts == windows_apart(count, length, total, seed=seed)


def test_every_choice_of_windows_is_as_likely() -> None:
    """Two windows of 2 in 6 tokens: six ways, each drawn about as often."""
    drawn = [tuple(windows_apart(2, 2, 6, seed=seed)) for seed in range(6000)]
    ways = {(0, 2), (0, 3), (0, 4), (1, 3), (1, 4), (2, 4)}

    assert set(drawn) == ways
    assert all(abs(drawn.count(way) - 1000) < 150 for way in ways)


def test_a_seed_is_the_same_windows_for_ever() -> None:
    """By hand from Python's generator, which begins 0.8444, 0.7580, 0.4206, 0.2589.

    Of 64 places for four single tokens: 51 of 61, 46 of 62, 26 of 63, 16 of 64.
    """
    assert windows_apart(4, 10, 100, seed=0) == [16, 26 + 9, 46 + 18, 51 + 27]


def test_the_ids_are_those_of_the_whole_text(read: Read, demo: Tokenizer, words: str) -> None:
    """Each run is the slice of the text tokenised at once, at the start that is recorded."""
    sample = read(demo, dataset=words, count=20, seed=7, length=16)
    ids = demo.encode(" ".join(WORDS))

    assert sample.token_ids.shape == (20, 16)
    for start, run in zip(sample.origin.starts, sample.runs, strict=True):
        assert run.tolist() == ids[start : start + 16]
    assert (sample.origin.seed, sample.origin.start, sample.text) == (7, None, None)
    assert sample.tokens.labels == tuple(map(str, range(16)))
    assert read(demo, dataset=words, count=20, seed=8, length=16).origin.starts != (
        sample.origin.starts
    )


def test_a_stream_of_many_parts(read: Read, demo: Tokenizer, tmp_path: Path) -> None:
    """Rows joined by blank lines, longer than a part that is tokenised at once."""
    rows = [" ".join(WORDS[index:] + WORDS[:index]) for index in range(0, 400, 8)] * 8
    lines = (json.dumps({"text": row}) + "\n" for row in rows)
    (tmp_path / "rows.jsonl").write_text("".join(lines), encoding="utf-8")
    sample = read(demo, dataset="rows.jsonl", count=5, length=100)
    ids = demo.encode("\n\n".join(rows))

    assert len("\n\n".join(rows)) > 1 << 20
    for start, run in zip(sample.origin.starts, sample.runs, strict=True):
        assert run.tolist() == ids[start : start + 100]


def test_ends_of_text_are_in_the_stream(read: Read, demo: Tokenizer, tmp_path: Path) -> None:
    """With `join: eos` the token stands between rows, as in one excerpt."""
    rows = ["one two", "three", "four five six"]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps({"text": r}) + "\n" for r in rows))
    whole = [token for row in rows for token in (*demo.encode(row), demo.eos)]
    sample = read(demo, dataset="rows.jsonl", join="eos", count=2, length=len(whole) // 2)

    assert whole[sample.origin.starts[1] :][: len(whole) // 2] == sample.runs[1].tolist()
    assert demo.eos in sample.token_ids


def test_the_token_in_front_counts(read: Read, demo: Tokenizer, words: str) -> None:
    """BOS before each run, within its length."""
    sample = read(demo, dataset=words, count=3, length=8, bos=True)
    ids = demo.encode(" ".join(WORDS))

    assert sample.token_ids.shape == (3, 8)
    assert set(sample.token_ids[:, 0]) == {demo.eos}
    start = sample.origin.starts[2]
    assert sample.runs[2][1:].tolist() == ids[start : start + 7]


def test_a_restricted_vocabulary(read: Read, words: str, tmp_path: Path) -> None:
    """Tokens outside it are UNK in every run, and counted over all of them."""
    spec = TokenizerSpec.model_validate(
        {"base": "characters", "vocabulary": {"dataset": words, "size": 8}}
    )
    tokenizer = load_tokenizer(spec, checkpoint=None, root=tmp_path)
    sample = read(tokenizer, dataset=words, count=10, length=12, vocab_size=8)
    text = " ".join(WORDS)
    kept = sorted(set(text), key=lambda mark: (-text.count(mark), text.index(mark)))[:6]
    slices = [text[start : start + 12] for start in sample.origin.starts]

    assert sample.unknown == sum(mark not in kept for part in slices for mark in part) > 0
    assert (sample.token_ids == 1).sum() == sample.unknown


def test_files_of_token_ids(read: Read, demo: Tokenizer, tmp_path: Path) -> None:
    """The VFE projects' kept ids are sampled as they lie."""
    ids = np.arange(500, dtype=np.int32) % 300
    (tmp_path / "ids.bin").write_bytes(ids.tobytes())
    (tmp_path / "ids.bin.meta.json").write_text(json.dumps({"n_tokens": 500}))
    sample = read(demo, dataset="ids.bin", count=6, length=20)

    for start, run in zip(sample.origin.starts, sample.runs, strict=True):
        assert run.tolist() == ids[start : start + 20].tolist()


@pytest.mark.parametrize("size", [None, 50])
def test_ids_that_are_no_tokens(
    size: int | None, read: Read, tmp_path: Path, repository: Path
) -> None:
    """Another tokenizer's ids are told as they are for one excerpt, and are no UNK."""
    for name, ids in (("train", [*range(100)]), ("ids", [*range(100), -1])):
        (tmp_path / f"{name}.bin").write_bytes(np.array(ids, dtype=np.int32).tobytes())
        (tmp_path / f"{name}.bin.meta.json").write_text(json.dumps({"n_tokens": len(ids)}))
    for file in repository.glob("demo/tokenizer.tiktoken*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    base, vocabulary = "tokenizer.tiktoken", {"dataset": "train.bin", "size": size}
    spec = {"base": base, "vocabulary": vocabulary} if size else {"name": base}
    tokenizer = load_tokenizer(
        TokenizerSpec.model_validate(spec), checkpoint=None, root=tmp_path
    )
    keys = {"dataset": "ids.bin", "vocab_size": size or 1012}
    for excerpt in ({"count": 2, "length": 50}, {"start": 51, "length": 50}):
        with pytest.raises(ExcerptError) as caught:
            read(tokenizer, **keys, **excerpt)
        assert str(caught.value) == (
            "ids.bin: its token 100 has id -1, which is no token of demo; name the tokenizer "
            "that wrote the file"
        )


def test_random_ids_are_drawn_on(read: Read) -> None:
    """One generator for all draws: the first is that of one excerpt with the same seed."""
    sample = read(None, random=8, seed=3, repeat=2, count=5)
    one = read(None, random=8, seed=3, repeat=2)

    assert sample.token_ids.shape == (5, 16)
    np.testing.assert_array_equal(sample.runs[0], one.token_ids)
    np.testing.assert_array_equal(sample.token_ids[:, :8], sample.token_ids[:, 8:])
    assert len({tuple(run) for run in sample.runs}) == 5
    assert (sample.origin.seed, sample.origin.repeat, sample.origin.starts) == (3, 2, ())


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"count": 200, "length": 16},
            "excerpt.count: 200 excerpts of 16 tokens do not fit into the 1492 of words.txt "
            "without overlap; at most 93 is right",
        ),
        (
            {"count": 2, "length": 100, "context": 90},
            "excerpt.length: 100 tokens are more than the model's context of 90; at most 90 is "
            "right",
        ),
        (
            {"count": 2, "length": 1, "bos": True},
            "excerpt.length: 1 leaves no token for the text beside <|endoftext|>; "
            "at least 2 is right",
        ),
        (
            {"count": 2, "length": 64, "vocab_size": 100},
            "tokenizer: demo makes id 1002 of token 1, and the model knows 0 to 99; the "
            "tokenizer that the model was trained with is right",
        ),
    ],
)
def test_what_cannot_be_drawn(
    keys: dict[str, object], message: str, read: Read, demo: Tokenizer, words: str
) -> None:
    """One line that says how many there could be."""
    with pytest.raises(ExcerptError) as caught:
        read(demo, dataset=words, **keys)

    assert str(caught.value) == message


def test_a_text_shorter_than_one_excerpt(read: Read, demo: Tokenizer, tmp_path: Path) -> None:
    """The default length is no less strict: a shorter run would be of another length."""
    (tmp_path / "short.txt").write_text("one two", encoding="utf-8")
    with pytest.raises(ExcerptError) as caught:
        read(demo, dataset="short.txt", count=2)

    tokens = len(demo.encode("one two"))
    assert str(caught.value) == (
        f"excerpt.length: 128 tokens are more than the {tokens} of short.txt; at most {tokens} "
        "is right"
    )
