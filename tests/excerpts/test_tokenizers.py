"""Which tokenizer a spec means, and whole messages where there is none."""

import base64
import hashlib
import json
import socket
import time
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from messages import message_of
from tiktoken_ext import openai_public

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.network import reachable
from paperfig.excerpts.tokenizers import byte_pairs
from paperfig.excerpts.tokenizers.choice import (
    Tokenizer,
    load_tokenizer,
    tokenizer_files,
)
from paperfig.specs.schema import TokenizerSpec

SINGLE_BYTES = "".join(
    f"{base64.b64encode(bytes([byte])).decode()} {byte}\n" for byte in range(256)
)


def test_gpt2_by_name(gpt2: Tokenizer) -> None:
    """The ids that everyone knows; special tokens that are typed are text."""
    assert gpt2.encode("hello world") == [31373, 995]
    assert gpt2.encode("<|endoftext|>") == [27, 91, 437, 1659, 5239, 91, 29]
    assert (gpt2.n_vocab, gpt2.eos, gpt2.bos) == (50257, 50256, None)
    assert gpt2.special == {50256: "<|endoftext|>"}
    assert gpt2.token_bytes(995) == b" world"


def test_the_table_of_encodings_is_tiktokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name of tiktoken, with the addresses and hashes that it would ask for."""
    asked: dict[str, dict[str, str]] = {}

    def record(address: str, sha256: str) -> dict[bytes, int]:
        asked[name][address] = sha256
        return {}

    def record_pair(vocab_bpe_file: str, encoder_json_file: str, **hashes: str) -> dict:
        record(vocab_bpe_file, hashes["vocab_bpe_hash"])
        return record(encoder_json_file, hashes["encoder_json_hash"])

    monkeypatch.setattr(
        openai_public,
        "load_tiktoken_bpe",
        lambda url, expected_hash: record(url, expected_hash),  # noqa: PLW0108  # by keyword
    )
    monkeypatch.setattr(openai_public, "data_gym_to_mergeable_bpe_ranks", record_pair)
    for name in tiktoken.list_encoding_names():
        asked[name] = {}
        openai_public.ENCODING_CONSTRUCTORS[name]()
    ours = {
        name: {byte_pairs._BLOBS + address: sha256 for address, sha256 in files.items()}
        for name, files in byte_pairs.ENCODINGS.items()
    }
    assert ours == asked


def test_not_cached_and_no_network(
    tmp_path: Path, gpt2_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a moment: what is cached, and the line to run elsewhere."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
    monkeypatch.setattr(byte_pairs, "reachable", lambda _url: False)
    assert message_of(
        ExcerptError, lambda: load_tokenizer("cl100k_base", checkpoint=None, root=tmp_path)
    ) == (
        f"tokenizer cl100k_base: it is not in tiktoken's cache {gpt2_cache} (which holds gpt2),"
        " and https://openaipublic.blob.core.windows.net/ does not answer; on a machine with a"
        " network, with the same TIKTOKEN_CACHE_DIR: python -c"
        " \"import tiktoken; tiktoken.get_encoding('cl100k_base')\""
    )


def test_a_cached_file_that_was_altered_is_named_and_kept(
    tmp_path: Path, gpt2_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte more fails on the hash; the file is not deleted, as tiktoken would."""
    names = sorted(file.name for file in gpt2_cache.iterdir())
    for file in gpt2_cache.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes() + b"\n")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    altered = tmp_path / "6d1cbeee0f20b3d9449abfede4726ed8212e3aee"
    assert message_of(
        ExcerptError, lambda: load_tokenizer("gpt2", checkpoint=None, root=tmp_path)
    ) == (
        f"{altered}: sha256 is {hashlib.sha256(altered.read_bytes()).hexdigest()},"
        " and 1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5 is right for"
        " gpt2; a fresh copy, or none (delete it, and it is downloaded again)"
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == names


def test_a_silent_network_does_not_hang() -> None:
    """A server that takes the connection and says nothing is given up in time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        begin = time.monotonic()
        assert not reachable(f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.2)
        assert time.monotonic() - begin < 5
    assert not reachable("http://127.0.0.1:1/", seconds=1.0)


def test_a_file_with_its_pattern_beside(demo: Tokenizer, repository: Path) -> None:
    """The demo's tokenizer: name, special token and pattern come from the .json."""
    assert (demo.name, demo.n_vocab, demo.eos) == ("demo", 1012, 1011)
    assert not demo.assumed_pattern
    file = repository / "demo/tokenizer.tiktoken"
    found = tokenizer_files("demo/tokenizer.tiktoken", checkpoint=None, root=repository)
    assert found == (file, file.with_name("tokenizer.tiktoken.json"))


def test_a_file_alone_has_an_assumed_pattern(tmp_path: Path) -> None:
    """Without the .json the pattern is r50k's, which is recorded; the stem is the name."""
    (tmp_path / "mine.tiktoken").write_text(SINGLE_BYTES + "dGhl 256\n")
    tokenizer = load_tokenizer("mine.tiktoken", checkpoint=None, root=tmp_path)
    assert (tokenizer.name, tokenizer.n_vocab, tokenizer.assumed_pattern) == ("mine", 257, True)
    assert tokenizer.encode("the") == [256]


@pytest.mark.parametrize(
    ("content", "beside", "message"),
    [
        (
            SINGLE_BYTES + "dGhl zwei\n",
            None,
            "a.tiktoken: line 257 is 'dGhl zwei'; "
            "a token in base64, a space and its rank is right",
        ),
        (
            "dGhl 0\n",
            None,
            "a.tiktoken: 256 of the 256 single bytes have no rank; "
            "a byte-pair vocabulary holds every byte",
        ),
        (
            SINGLE_BYTES,
            {"name": "a", "pattern": r"\w"},
            "a.tiktoken.json: name, pattern or special_tokens is missing or of another kind; "
            'it holds {"name": text, "pattern": text, "special_tokens": {text: id}}',
        ),
    ],
)
def test_files_that_are_none(
    tmp_path: Path, content: str, beside: object, message: str
) -> None:
    """Whole messages for what is not a .tiktoken file, or not its .json."""
    (tmp_path / "a.tiktoken").write_text(content)
    if beside is not None:
        (tmp_path / "a.tiktoken.json").write_text(json.dumps(beside))
    load = lambda: load_tokenizer("a.tiktoken", checkpoint=None, root=tmp_path)  # noqa: E731
    assert message_of(ExcerptError, load) == message


@pytest.mark.parametrize(
    ("more", "pattern", "special", "message"),
    [
        ("YWI= 7\n", ".", {}, "a.tiktoken: two tokens have the id 7; one id a token"),
        ("YWI= -7\n", ".", {}, "a.tiktoken: a token has the id -7; ids from 0 are right"),
        ("", ".", {"<e>": 7}, "a.tiktoken.json: two tokens have the id 7; one id a token"),
        (
            "",
            ".",
            {"<e>": 1 << 32},
            "a.tiktoken.json: a token has the id 4294967296; ids from 0 are right",
        ),
        (
            "",
            "a*",
            {},
            "a.tiktoken.json: the pattern matches the empty text; one sign at least is right",
        ),
    ],
)
def test_files_on_which_tiktoken_would_abort(
    tmp_path: Path, more: str, pattern: str, special: dict[str, int], message: str
) -> None:
    """What ends its process, with a trace of Rust's stack, ends here in one line."""
    (tmp_path / "a.tiktoken").write_text(SINGLE_BYTES + more)
    about = {"name": "a", "pattern": pattern, "special_tokens": special}
    (tmp_path / "a.tiktoken.json").write_text(json.dumps(about))
    load = lambda: load_tokenizer("a.tiktoken", checkpoint=None, root=tmp_path)  # noqa: E731
    assert message_of(ExcerptError, load) == message


def test_from_checkpoint(tmp_path: Path) -> None:
    """What lies beside the checkpoint, or in its folder; else the line to paste."""
    checkpoint = tmp_path / "run" / "ckpt.pt"
    checkpoint.parent.mkdir()
    for path in (checkpoint, checkpoint.parent):
        load = lambda path=path: load_tokenizer(  # noqa: E731
            "from-checkpoint", checkpoint=path, root=tmp_path
        )
        beside = path.relative_to(tmp_path)
        assert message_of(ExcerptError, load) == (
            "tokenizer: no tokenizer.tiktoken, tokenizer.json or meta.pkl lies beside "
            f"{beside}; say which tokenizer it was trained with, e.g. `tokenizer: gpt2`"
        )
    file = checkpoint.parent / "tokenizer.tiktoken"
    file.write_text(SINGLE_BYTES)
    assert (
        load_tokenizer("from-checkpoint", checkpoint=checkpoint, root=tmp_path).n_vocab == 256
    )
    assert tokenizer_files("from-checkpoint", checkpoint=checkpoint, root=tmp_path) == (file,)


def test_a_name_is_never_a_folder(
    tmp_path: Path, gpt2_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder called gpt2 is read only as ./gpt2."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(gpt2_cache))
    (tmp_path / "gpt2").mkdir()
    assert load_tokenizer("gpt2", checkpoint=None, root=tmp_path).n_vocab == 50257
    assert tokenizer_files("gpt2", checkpoint=None, root=tmp_path) == ()
    assert message_of(
        ExcerptError, lambda: load_tokenizer("./gpt2", checkpoint=None, root=tmp_path)
    ) == (
        "gpt2: it holds no tokenizer.json; transformers writes one: "
        "AutoTokenizer.from_pretrained(…).save_pretrained(…)"
    )


def test_names_that_are_none(tmp_path: Path) -> None:
    """The nearest name is suggested; a missing path says what is there."""
    (tmp_path / "tok").mkdir()
    (tmp_path / "tok" / "a.tiktoken").touch()
    assert message_of(
        ExcerptError, lambda: load_tokenizer("gpt-2", checkpoint=None, root=tmp_path)
    ) == (
        "tokenizer gpt-2: it is no tokenizer's name, and no file or folder; did you mean gpt2?"
        " names are from-checkpoint, bytes, characters, gpt2, r50k_base, p50k_base, p50k_edit,"
        " cl100k_base, o200k_base, o200k_harmony"
    )
    assert message_of(
        ExcerptError, lambda: load_tokenizer("tok/b.tiktoken", checkpoint=None, root=tmp_path)
    ) == ("tokenizer tok/b.tiktoken: there is no such file or folder; there are a.tiktoken")


@given(st.text())
def test_bytes_are_bytes(text: str) -> None:
    """The ids of `bytes` are the text's UTF-8."""
    tokenizer = load_tokenizer("bytes", checkpoint=None, root=Path())
    assert bytes(tokenizer.encode(text)) == text.encode()
    assert b"".join(map(tokenizer.token_bytes, tokenizer.encode(text))) == text.encode()


def test_characters() -> None:
    """An id is the character's place in the alphabet."""
    spec = TokenizerSpec(name="characters", alphabet="ab é\n")
    tokenizer = load_tokenizer(spec, checkpoint=None, root=Path())
    assert (tokenizer.n_vocab, tokenizer.encode("é a")) == (5, [3, 2, 0])
    assert tokenizer.token_bytes(3) == "é".encode()
    assert message_of(ExcerptError, lambda: tokenizer.encode("abc")) == (
        "tokenizer.alphabet: the text's 'c' (U+0063) is not in it; "
        "one with every character of the text is right ('ab é\\n' was given)"
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "characters",
            "tokenizer: characters needs its alphabet, in the order of the ids; "
            'e.g. `tokenizer: {name: characters, alphabet: "abc …"}`',
        ),
        (
            TokenizerSpec(name="characters", alphabet="abca"),
            "tokenizer.alphabet: 'a' stands there more than once; each character once is right",
        ),
        (
            TokenizerSpec(name="bytes", alphabet="ab"),
            "tokenizer.alphabet: bytes takes none; `characters` does",
        ),
        (
            TokenizerSpec(base="gpt2"),
            "tokenizer: it has no name; `name`, or `base` and `vocabulary`",
        ),
    ],
)
def test_alphabets_that_do_not_fit(spec: str | TokenizerSpec, message: str) -> None:
    """Whole messages for alphabets that are missing, repeated or out of place."""
    assert (
        message_of(ExcerptError, lambda: load_tokenizer(spec, checkpoint=None, root=Path()))
        == message
    )
