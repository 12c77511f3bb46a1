"""Files of token ids as the VFE projects write them, as excerpts."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from messages import message_of

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.source import excerpt_files
from paperfig.excerpts.tokenizers.choice import load_tokenizer
from paperfig.excerpts.tokenizers.restricted import counted_files
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer, bytes_tokenizer
from paperfig.specs.schema import ExcerptSpec, TokenizerSpec
from paperfig.values.excerpt import Excerpt, Origin

Read = Callable[..., Excerpt]
TEXT = "In 1941, after the fall of France, the British “fleet” sailed 🤗 on. " * 4
PT, BIN = "wiki-en_validation_tiktoken_tokens.pt", "wiki-en_validation_tiktoken_tokens.bin"


def write(folder: Path, name: str, ids: list[int], dtype: str = "int32") -> Path:
    """A file as V1_Transformer saves it, or as V3_Transformer reads it."""
    path = folder / name
    if name.endswith(".pt"):
        torch.save(torch.tensor(ids, dtype=torch.long), path)
    else:
        np.array(ids, dtype=dtype).tofile(path)
        path.with_name(f"{name}.meta.json").write_text(json.dumps({"n_tokens": len(ids)}))
    return path


@pytest.mark.parametrize("name", [PT, BIN])
def test_a_window_is_the_files(name: str, tmp_path: Path, gpt2: Tokenizer, read: Read) -> None:
    """`start: i` begins at the file's token i; the text is what the tokens stand for."""
    ids = gpt2.encode(TEXT)
    path = write(tmp_path, name, ids)
    for start in (0, 1, 30, len(ids) - 12):
        excerpt = read(gpt2, dataset=name, start=start, length=12)
        assert excerpt.token_ids.tolist() == ids[start : start + 12]
        assert excerpt.text is not None
    whole = read(gpt2, dataset=name, length=len(ids))
    assert whole.text == TEXT
    assert whole.origin == Origin(kind="dataset", tokenizer="gpt2", dataset=name, start=0)
    files = excerpt_files(ExcerptSpec(dataset=name), root=tmp_path)
    assert files == ((path,) if name == PT else (path, tmp_path / f"{BIN}.meta.json"))


def test_a_vocabulary_counted_on_a_file(
    tmp_path: Path, read: Read, gpt2_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Train ids in one file, validation ids in another: the projects' own cache, restricted."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
    write(tmp_path, "train.pt", [5, 9, 9, 7, 7, 3, 5, 2])
    write(tmp_path, BIN, [2, 3, 5, 7, 9, 11])
    vocabulary = {"dataset": "train.pt", "size": 4}
    spec = TokenizerSpec.model_validate({"base": "gpt2", "vocabulary": vocabulary})
    tokenizer = load_tokenizer(spec, checkpoint=None, root=tmp_path)
    excerpt = read(tokenizer, dataset=BIN, length=6, vocab_size=4)
    assert excerpt.token_ids.tolist() == [3, 3, 0, 1, 2, 3]
    assert (excerpt.unknown, excerpt.text) == (3, "#$&(*,")
    assert excerpt.tokens.labels == ("UNK", "UNK", "&", "(", "*", "UNK")
    assert spec.vocabulary is not None
    assert counted_files(spec.vocabulary, root=tmp_path) == (tmp_path / "train.pt",)


def test_windows_beyond_the_file(tmp_path: Path, read: Read) -> None:
    """The same messages as for a text."""
    write(tmp_path, PT, [65] * 10)
    say = lambda **keys: message_of(ExcerptError, read, bytes_tokenizer(), dataset=PT, **keys)  # noqa: E731
    assert say(length=11) == (
        f"excerpt.length: 11 tokens are more than the 10 of {PT}; at most 10 is right"
    )
    assert say(start=10) == (
        f"excerpt.start: 10 is beyond the 10 tokens of {PT}; at most 9 is right"
    )
    assert read(bytes_tokenizer(), dataset=PT, start=4).text == "A" * 6


@pytest.mark.parametrize(
    "keys",
    [
        {"split": "validation"},
        {"row": 1},
        {"find": "France"},
        {"join": "eos"},
        {"clean": "vfe"},
        {"config": "raw"},
        {"field": "text"},
    ],
    ids=str,
)
def test_keys_that_ask_for_text(keys: dict[str, object], tmp_path: Path, read: Read) -> None:
    """Ids have no rows, phrases or clean-up."""
    write(tmp_path, PT, [65])
    assert message_of(ExcerptError, read, bytes_tokenizer(), dataset=PT, **keys) == (
        f"excerpt.{next(iter(keys))}: {PT} holds token ids and no text; leave it out"
    )


class Evil:
    """Would run code where a pickle is trusted."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("run",)


FAULTS: dict[str, tuple[object, str]] = {
    "a dict": ({"a": 1}, "it holds a dict; torch.save of one row of ids is right"),
    "two rows": (
        torch.ones(2, 3, dtype=torch.long),
        "it holds a tensor of shape (2, 3); torch.save of one row of ids is right",
    ),
    "a step": (
        torch.arange(6)[::2],
        "it holds a tensor of shape (3,); torch.save of one row of ids is right",
    ),
    "no id": (
        torch.ones(0, dtype=torch.long),
        "it holds a tensor of shape (0,); torch.save of one row of ids is right",
    ),
    "floats": (torch.ones(3), "its ids are of type float32; int32 or int64 is right"),
    "code": (
        Evil(),
        "refused unread: its pickle asks for __builtin__.print; "
        "torch.save of one row of ids is right",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_tensors_that_are_no_ids(name: str, tmp_path: Path, read: Read) -> None:
    """Whole messages; nothing is unpickled."""
    content, expected = FAULTS[name]
    torch.save(content, tmp_path / "a.pt")
    assert (
        message_of(ExcerptError, read, bytes_tokenizer(), dataset="a.pt") == f"a.pt: {expected}"
    )


def test_damaged_files(tmp_path: Path, read: Read) -> None:
    """Missing, truncated, without their meta, or with ids of another tokenizer."""
    say = lambda name: message_of(ExcerptError, read, bytes_tokenizer(), dataset=name)  # noqa: E731
    missing = "there is no such file; a path from the project's root"
    assert say("no.pt") == f"no.pt: {missing}"
    path = write(tmp_path, "a.pt", [65] * 1000)
    path.write_bytes(path.read_bytes()[:500])
    assert say("a.pt") == (
        "a.pt: truncated or damaged: its zip directory cannot be read; "
        "torch.save of one row of ids is right"
    )
    raw = write(tmp_path, "a.bin", [65] * 9)
    meta = tmp_path / "a.bin.meta.json"
    raw.write_bytes(raw.read_bytes()[:35])
    assert say("a.bin") == (
        "a.bin: 9 tokens of int32 are more than its 35 bytes hold; copy it again"
    )
    right = 'n_tokens, and dtype where it is not int32: {"n_tokens": 1000}'
    for content, what in {
        "{": "it is not JSON (Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1))",
        '{"n_tokens": 0}': "n_tokens is missing or not a number above 0",
        "[]": "n_tokens is missing or not a number above 0",
    }.items():
        meta.write_text(content)
        assert say("a.bin") == f"a.bin.meta.json: {what}; {right}"
    meta.write_text('{"n_tokens": 8, "dtype": "float32"}')
    assert say("a.bin") == (
        "a.bin.meta.json: its ids are of type float32; int32 or int64 is right"
    )
    meta.unlink()
    assert say("a.bin") == f"a.bin.meta.json: {missing}"


@pytest.mark.parametrize("alien", [256, -1])
def test_ids_of_another_tokenizer(alien: int, tmp_path: Path, read: Read) -> None:
    """The token and its id are named."""
    write(tmp_path, BIN, [65, 66, alien])
    assert message_of(ExcerptError, read, bytes_tokenizer(), dataset=BIN, start=1) == (
        f"{BIN}: its token 2 has id {alien}, which is no token of bytes; "
        "name the tokenizer that wrote the file"
    )
