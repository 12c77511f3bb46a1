"""Vocabularies cut down as the VFE projects cut them, held against a few lines of our own."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message_of

from paperfig.errors import ExcerptError
from paperfig.excerpts.cutting import blocks
from paperfig.excerpts.tokenizers.choice import load_tokenizer, tokenizer_files
from paperfig.excerpts.tokenizers.restricted import counted_files
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import TokenizerSpec
from paperfig.values.excerpt import Excerpt

Read = Callable[..., Excerpt]
Lay = Callable[..., Path]
SIZE = 5000


def stream_of(rows: Iterable[str]) -> str:
    """What the VFE projects tokenise: a split's rows joined and cleaned."""
    text = "\n\n".join(row for row in rows if row.strip())
    if "<unk>" in text:
        text = re.sub(r"[ \t]+", " ", text.replace("<unk>", ""))
    return text.replace(" @-@ ", "-").replace(" @,@ ", ",").replace(" @.@ ", ".")


def ranked(tokens: Iterable[object]) -> list:
    """The different tokens, the commonest first; of two as common the one seen first."""
    counts: dict = {}
    for token in tokens:
        counts[token] = counts.get(token, 0) + 1
    return sorted(counts, key=lambda token: -counts[token])


def restricted(base: str, root: Path, size: int, **vocabulary: object) -> Tokenizer:
    """The tokenizer of a spec's mapping."""
    vocabulary = {"dataset": "train.txt", "size": size, **vocabulary}
    spec = TokenizerSpec.model_validate({"base": base, "vocabulary": vocabulary})
    return load_tokenizer(spec, checkpoint=None, root=root)


def test_a_window_is_the_one_of_the_validation_loader(
    wikitext_rows: tuple[list[str], list[str]], gpt2: Tokenizer, read: Read, tmp_path: Path
) -> None:
    """`start: i` is item i: their clean-up, their map from train, UNK last, stride 1."""
    train, validation = (gpt2.encode(stream_of(rows)) for rows in wikitext_rows)
    order = ranked(train)
    assert train.count(order[SIZE - 2]) == train.count(order[SIZE - 1])  # a tie is cut
    new = {old: index for index, old in enumerate(sorted(order[: SIZE - 1]))}
    loader = [new.get(token, SIZE - 1) for token in validation]
    tokenizer = restricted("gpt2", tmp_path, SIZE, dataset="wikitext-2")
    spec = {"dataset": "wikitext-2", "split": "validation", "trained_on_clean": True}
    for start in (0, 1, 2, 777, 41_003, len(loader) - 128):
        excerpt = read(tokenizer, **spec, start=start, length=128, vocab_size=SIZE)
        assert excerpt.token_ids.tolist() == loader[start : start + 128]
        assert excerpt.unknown == loader[start : start + 128].count(SIZE - 1)
        whole = read(gpt2, **spec, start=start, length=128)
        assert excerpt.text == whole.text
        assert excerpt.tokens.labels == tuple(
            label if token in new else "UNK"
            for label, token in zip(whole.tokens.labels, validation[start:], strict=False)
        )
        assert excerpt.origin.start == start
    assert excerpt.origin.tokenizer == "gpt2, the 4999 commonest of wikitext-2 train"


@pytest.mark.usefixtures("wikitext_rows")
def test_what_is_counted_is_kept(tmp_path: Path) -> None:
    """One count serves every size; another tokenizer or split is another count."""
    folder = tmp_path / ".paperfig" / "vocabularies"
    for size in (SIZE, 300):
        assert restricted("gpt2", tmp_path, size, dataset="wikitext-2").n_vocab == size
    (kept,) = folder.iterdir()
    restricted("characters", tmp_path, 90, dataset="wikitext-2")
    assert len(list(folder.iterdir())) == 2

    np.save(kept, np.array([9, 7, 8], dtype=np.int64))
    tokenizer = restricted("gpt2", tmp_path, 3, dataset="wikitext-2")
    assert tokenizer.restriction is not None
    assert tokenizer.restriction.new_ids == {7: 0, 9: 1}
    kept.write_bytes(b"")
    assert message_of(ExcerptError, restricted, "gpt2", tmp_path, 3, dataset="wikitext-2") == (
        f"{kept}: it cannot be read (No data left in file); delete it"
    )


@pytest.mark.parametrize("split", ["test", None])
def test_a_local_split(split: str | None, tmp_path: Path, repository: Path) -> None:
    """A folder's split, `train` by default; a file without splits is counted as it is."""
    demo = str(repository / "demo" / "tokenizer.tiktoken")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.txt").write_text("b b b a a c")
    (tmp_path / "data" / "test.txt").write_text("c c c b b a")
    (tmp_path / "train.txt").write_text("b b b a a c")
    tokenizer = restricted(demo, tmp_path, 4, dataset="data", split=split)
    kept = [tokenizer.token_bytes(index) for index in range(3)]
    assert sorted(kept) == ([b" b", b" c", b"c"] if split else [b" a", b" b", b"b"])
    assert tokenizer.token_bytes(3) == b"UNK"
    alone = restricted(demo, tmp_path, 4)
    assert [alone.token_bytes(index) for index in range(3)] == [
        restricted(demo, tmp_path, 4, dataset="data").token_bytes(index) for index in range(3)
    ]
    spec = TokenizerSpec.model_validate(
        {"base": demo, "vocabulary": {"dataset": "data", "size": 4, "split": split}}
    )
    name = "test.txt" if split else "train.txt"
    assert tokenizer_files(spec, checkpoint=None, root=tmp_path) == tokenizer_files(
        demo, checkpoint=None, root=tmp_path
    )
    assert spec.vocabulary is not None
    assert counted_files(spec.vocabulary, root=tmp_path) == (tmp_path / "data" / name,)


@given(st.text("abcdé<unk>\n ", min_size=8))
def test_characters_by_rank(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Padding, UNK, and the commonest characters from the commonest on."""
    order = ranked(stream_of([text]))
    if len(order) < 3:
        return
    root = tmp_path_factory.mktemp("characters")
    (root / "train.txt").write_text(text, encoding="utf-8", newline="")
    tokenizer = restricted("characters", root, 4)
    new = {letter: index for index, letter in enumerate(order[:2], start=2)}
    assert tokenizer.encode("abcdé\n z") == [new.get(letter, 1) for letter in "abcdé\n z"]
    assert tokenizer.special == {0: "<PAD>", 1: "UNK"}
    assert [tokenizer.token_bytes(index) for index in range(4)] == [
        *(b"<PAD>", b"UNK"),
        *(letter.encode() for letter in order[:2]),
    ]


def test_ids_random_ids_and_bos(tmp_path: Path, read: Read, repository: Path) -> None:
    """Given ids are the model's; UNK is never drawn; a BOS that was not kept is none."""
    (tmp_path / "train.txt").write_text("a b b b")
    tokenizer = restricted("characters", tmp_path, 5)
    excerpt = read(tokenizer, ids=(2, 1, 3), vocab_size=5)
    assert (excerpt.tokens.labels, excerpt.text, excerpt.unknown) == (
        (" ", "UNK", "b"),
        " UNKb",
        1,
    )
    drawn = read(tokenizer, random=100, vocab_size=5)
    assert set(drawn.token_ids.tolist()) == {2, 3, 4}
    pairs = restricted(str(repository / "demo" / "tokenizer.tiktoken"), tmp_path, 3)
    assert message_of(ExcerptError, read, pairs, text="b", bos=True, vocab_size=3) == (
        "excerpt.bos: demo, the 2 commonest of train.txt has no BOS or end-of-text token; "
        "leave it out"
    )


def test_a_phrase_is_found_in_the_text_itself(tmp_path: Path, read: Read) -> None:
    """UNK hides nothing from `find`, and the text is quoted whole."""
    (tmp_path / "train.txt").write_text("aaabbb")
    (tmp_path / "other.txt").write_text("ab xyz ab")
    tokenizer = restricted("characters", tmp_path, 4)
    excerpt = read(tokenizer, dataset="other.txt", find="yz", length=4, vocab_size=4)
    assert (excerpt.text, excerpt.unknown) == ("yz a", 3)
    assert excerpt.tokens.labels == ("UNK", "UNK", "UNK", "a")


FAULTS = {
    ("characters", 9): "tokenizer.vocabulary.size: 9 does not suit the 4 different tokens of "
    "train.txt; 3 to 6 are right",
    ("characters", 2): "tokenizer.vocabulary.size: 2 does not suit the 4 different tokens of "
    "train.txt; 3 to 6 are right",
    ("gpt2", 50257): "tokenizer.vocabulary.size: 50257 leaves out none of the 50257 tokens of "
    "gpt2; `tokenizer: gpt2` alone is right",
    ("bytes", 9): "tokenizer.base: bytes are not restricted; a tokenizer of byte pairs, "
    "e.g. gpt2, or characters is right",
    ("gpt-2", 9): "tokenizer gpt-2: it is no tokenizer's name, and no file or folder; "
    "did you mean gpt2? names are from-checkpoint, bytes, characters, gpt2, r50k_base, "
    "p50k_base, p50k_edit, cl100k_base, o200k_base, o200k_harmony",
}


@pytest.mark.parametrize(("base", "size"), FAULTS)
def test_vocabularies_that_cannot_be(
    base: str, size: int, tmp_path: Path, gpt2_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole messages for sizes and bases that do not fit."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
    (tmp_path / "train.txt").write_text("abcabcd")
    assert message_of(ExcerptError, restricted, base, tmp_path, size) == FAULTS[base, size]


def test_splits_that_cannot_be(tmp_path: Path, hub_cache: Lay) -> None:
    """What is wrong with the counted split is said of its own keys."""
    hub_cache({"validation": ["a"]})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "test.txt").write_text("a")
    (tmp_path / "empty.txt").write_text(" \n")
    say = lambda **keys: message_of(ExcerptError, restricted, "characters", tmp_path, 9, **keys)  # noqa: E731
    assert say(dataset="no.txt").startswith("no.txt: there is no such file or folder; ")
    assert say(dataset="data") == (
        "tokenizer.vocabulary.split: there is no split 'train' of data; it has test"
    )
    assert say(dataset="wikitext-2") == (
        "tokenizer.vocabulary.split: Salesforce/wikitext (wikitext-2-raw-v1) has no split "
        "'train'; it has validation"
    )
    assert say(dataset="empty.txt") == (
        "tokenizer.vocabulary.dataset: empty.txt is empty; a text is right"
    )
    assert say(dataset="data", split="test", config="raw") == (
        "tokenizer.vocabulary.config: data is local and has no configuration; leave it out"
    )


def test_a_model_of_another_size(tmp_path: Path, read: Read) -> None:
    """The checkpoint's vocabulary decides; both numbers are told."""
    (tmp_path / "train.txt").write_text("abcabcd")
    tokenizer = restricted("characters", tmp_path, 5)
    assert message_of(ExcerptError, read, tokenizer, text="ab", vocab_size=6) == (
        "tokenizer.vocabulary.size: 5 is not the 6 of the model's vocabulary; 6 is right, if "
        "the model was trained on this data set"
    )


@pytest.mark.parametrize("name", ["english", "chinese", "hindi", "thai"])
def test_blocks_have_the_tokens_of_the_whole(shared: Path, gpt2: Tokenizer, name: str) -> None:
    """A long text is counted part by part, and no token is cut, in any script."""
    text = (shared / "udhr" / f"{name}.txt").read_text("utf-8")
    parts = list(blocks(text.splitlines(keepends=True), gpt2, size=3000))
    assert "".join(parts) == text
    assert [token for part in parts for token in gpt2.encode(part)] == gpt2.encode(text)
    assert len(parts) > (name == "english")
