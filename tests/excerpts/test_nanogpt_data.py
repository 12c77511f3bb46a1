"""What nanoGPT leaves beside its models: meta.pkl for a tokenizer, .bin files of ids."""

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from messages import message_of

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.source import excerpt_files
from paperfig.excerpts.tokenizers.choice import (
    load_tokenizer,
    tokenizer_files,
    tokenizer_if_needed,
)
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer, bytes_tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import Excerpt

Read = Callable[..., Excerpt]
LETTERS = "\n !abcdehlorwé"
RIGHT = "the one that nanoGPT's prepare.py of characters writes is right"


def lay_meta(folder: Path, letters: Sequence[str] = LETTERS, protocol: int = 4) -> Path:
    """The meta.pkl of prepare.py in data/shakespeare_char."""
    folder.mkdir(parents=True, exist_ok=True)
    itos = dict(enumerate(letters))
    stoi = {letter: place for place, letter in itos.items()}
    meta = {"vocab_size": len(itos), "itos": itos, "stoi": stoi}
    (folder / "meta.pkl").write_bytes(pickle.dumps(meta, protocol))
    return folder / "meta.pkl"


def lay_checkpoint(folder: Path, rows: int, dataset: str | None) -> Path:
    """As much of ckpt.pt as says what it was trained on."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"model": {}, "model_args": {"vocab_size": rows}}
    content |= {"config": {"dataset": dataset}} if dataset else {}
    torch.save(content, folder / "ckpt.pt")
    return folder / "ckpt.pt"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_meta_pkl_is_a_tokenizer_of_characters(
    tmp_path: Path, read: Read, protocol: int
) -> None:
    """Each character has the id that nanoGPT gave it, whatever Python wrote the file."""
    file = lay_meta(tmp_path / "data", protocol=protocol)
    tokenizer = load_tokenizer("data/meta.pkl", checkpoint=None, root=tmp_path)
    assert (tokenizer.name, tokenizer.n_vocab) == ("characters", len(LETTERS))
    excerpt = read(tokenizer, text="hello wé")
    assert excerpt.token_ids.tolist() == [LETTERS.index(letter) for letter in "hello wé"]
    assert excerpt.text == "hello wé"
    assert tokenizer_files("data/meta.pkl", checkpoint=None, root=tmp_path) == (file,)
    assert message_of(ExcerptError, read, tokenizer, text="hello?") == (
        "data/meta.pkl: the text's '?' (U+003F) is not in it; one with every character of the "
        f"text is right ({LETTERS!r} was given)"
    )


class Evil:
    """Would run code where a pickle is trusted."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("run",)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (Evil(), "refused unread: its pickle asks for builtins.print"),
        ({"itos": [1, 2]}, "it holds no `itos`, a character for each id"),
        ({"itos": {0: "a", 2: "b"}}, "it holds no `itos`, a character for each id"),
        ({"itos": {0: "a", 1: "bc"}}, "it holds no `itos`, a character for each id"),
        ("text", "it holds no `itos`, a character for each id"),
    ],
)
def test_other_pickles_are_refused(tmp_path: Path, content: object, what: str) -> None:
    """In one line; none is unpickled."""
    (tmp_path / "meta.pkl").write_bytes(pickle.dumps(content))
    assert (
        message_of(
            ExcerptError,
            lambda: load_tokenizer("./meta.pkl", checkpoint=None, root=tmp_path),
        )
        == f"meta.pkl: {what}; {RIGHT}"
    )


def test_the_default_is_what_sample_py_takes(
    tmp_path: Path, gpt2_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data set's meta.pkl, of the project or of nanoGPT's folder; else gpt2 by its rows."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
    root, nanogpt = tmp_path / "paper", tmp_path / "nanoGPT"
    checkpoint = lay_checkpoint(nanogpt / "out", len(LETTERS), "shakespeare_char")

    def found(checkpoint: Path = checkpoint) -> Tokenizer:
        return load_tokenizer("from-checkpoint", checkpoint=checkpoint, root=root)

    theirs = lay_meta(nanogpt / "data" / "shakespeare_char")
    assert found().encode("he") == [LETTERS.index("h"), LETTERS.index("e")]
    files = tokenizer_files("from-checkpoint", checkpoint=checkpoint, root=root)
    assert files == (theirs,)
    lay_meta(root / "data" / "shakespeare_char", LETTERS[::-1])
    assert found().encode("h") == [LETTERS[::-1].index("h")]
    assert found(checkpoint.parent).encode("h") == [LETTERS[::-1].index("h")]
    for rows in (50257, 50304):
        large = lay_checkpoint(tmp_path / str(rows), rows, "openwebtext")
        assert (found(large).name, found(large).n_vocab) == ("gpt2", 50257)
        assert tokenizer_files("from-checkpoint", checkpoint=large, root=root) == ()


def test_ids_need_no_download(tmp_path: Path) -> None:
    """Random ids are drawn where GPT-2's tokenizer is not at hand; a meta.pkl labels them."""
    large = lay_checkpoint(tmp_path / "large", 50304, "openwebtext")
    small = lay_checkpoint(tmp_path / "small", len(LETTERS), "shakespeare_char")
    lay_meta(tmp_path / "data" / "shakespeare_char")
    found = [
        tokenizer_if_needed(
            "from-checkpoint", ExcerptSpec(random=4), checkpoint=checkpoint, root=tmp_path
        )
        for checkpoint in (large, small)
    ]
    assert found[0] is None
    assert found[1] is not None
    assert found[1].n_vocab == len(LETTERS)


def test_no_tokenizer_is_suggested_that_cannot_be(tmp_path: Path) -> None:
    """A model of 88 ids is not GPT-2's: how many there are is said instead."""
    checkpoint = lay_checkpoint(tmp_path / "out", 88, "mine")
    assert message_of(
        ExcerptError,
        lambda: load_tokenizer("from-checkpoint", checkpoint=checkpoint, root=tmp_path),
    ) == (
        "tokenizer: no tokenizer.tiktoken, tokenizer.json or meta.pkl lies beside out/ckpt.pt; "
        "say which tokenizer it was trained with, one of 88 ids"
    )


def test_val_bin_alone_holds_ids_of_sixteen_bits(
    tmp_path: Path, gpt2: Tokenizer, read: Read
) -> None:
    """As nanoGPT's prepare.py writes it; ids above 32767 too."""
    ids = [*gpt2.encode("The light of the house"), 50256, 40000]
    np.array(ids, dtype=np.uint16).tofile(tmp_path / "val.bin")
    excerpt = read(gpt2, dataset="val.bin", start=1, length=len(ids) - 1)
    assert excerpt.token_ids.tolist() == ids[1:]
    files = excerpt_files(ExcerptSpec(dataset="val.bin"), root=tmp_path)
    assert files == (tmp_path / "val.bin",)


@pytest.mark.parametrize(
    ("begin", "dtype"), [((20240520, 1), "uint16"), ((20240801, 7), "uint32")]
)
def test_the_header_of_llm_c(
    tmp_path: Path, gpt2: Tokenizer, read: Read, begin: tuple[int, int], dtype: str
) -> None:
    """256 whole numbers before the ids: they are no tokens."""
    ids, header = gpt2.encode("The light of the house"), np.zeros(256, dtype=np.int32)
    header[:3] = *begin, len(ids)
    file = tmp_path / "val.bin"
    file.write_bytes(header.tobytes() + np.array(ids, dtype=dtype).tobytes())
    assert read(gpt2, dataset="val.bin").token_ids.tolist() == ids
    file.write_bytes(file.read_bytes()[:-2])
    assert message_of(ExcerptError, read, gpt2, dataset="val.bin") == (
        f"val.bin: its header states {len(ids)} tokens, more than it holds, or none; "
        "copy it again"
    )


def test_ids_of_32_bits_are_not_taken_for_16(tmp_path: Path, read: Read) -> None:
    """V3's file without the count beside it would be twice as many ids, half of them 0."""
    np.array([65] * 9, dtype=np.int32).tofile(tmp_path / "val.bin")
    assert message_of(ExcerptError, read, bytes_tokenizer(), dataset="val.bin") == (
        "val.bin.meta.json: there is no such file; a path from the project's root"
    )
