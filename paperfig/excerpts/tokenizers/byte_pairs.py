"""Byte-pair tokenizers of tiktoken: by name, out of its cache, or from a ``.tiktoken`` file."""

import base64
import binascii
import hashlib
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import regex

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.network import reachable
from paperfig.excerpts.tokenizers.vocabulary import N_BYTES, Tokenizer
from paperfig.project.files import sha256_of

if TYPE_CHECKING:
    import tiktoken

_BLOBS = "https://openaipublic.blob.core.windows.net/"
_END_OF_TEXT = "<|endoftext|>"
_START_OF_TEXT = "<|startoftext|>"
_MANY_BLANKS = re.compile(r"(?:\A|\S)\s{65536}")
_MOST_IDS = 1 << 32
"""tiktoken keeps an id in 32 bits."""

# Files and SHA-256 of each encoding, from tiktoken_ext/openai_public.py of tiktoken 0.14.
_P50K = {
    "encodings/p50k_base.tiktoken": (
        "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069"
    )
}
_O200K = {
    "encodings/o200k_base.tiktoken": (
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    )
}
ENCODINGS: Mapping[str, Mapping[str, str]] = {
    "gpt2": {
        "gpt-2/encodings/main/vocab.bpe": (
            "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"
        ),
        "gpt-2/encodings/main/encoder.json": (
            "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783"
        ),
    },
    "r50k_base": {
        "encodings/r50k_base.tiktoken": (
            "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"
        )
    },
    "p50k_base": _P50K,
    "p50k_edit": _P50K,
    "cl100k_base": {
        "encodings/cl100k_base.tiktoken": (
            "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
        )
    },
    "o200k_base": _O200K,
    "o200k_harmony": _O200K,
}


@dataclass(frozen=True, slots=True)
class _About:
    """What the ranks of a ``.tiktoken`` file leave unsaid."""

    name: str
    pattern: str
    special_tokens: Mapping[str, int]
    assumed: bool


def named_tokenizer(name: str) -> Tokenizer:
    """One of tiktoken's encodings.

    tiktoken would delete a cached file whose hash is wrong and then download without a
    timeout; so the cache is looked at first, and the server is asked before.

    Raises:
        ExcerptError: a file is not cached and cannot be had, or is not what it must be.
    """
    for address, sha256 in ENCODINGS[name].items():
        _check_cached(name, _BLOBS + address, sha256)
    import requests  # costs 0.1 s, and few figures need it
    import tiktoken

    try:
        encoding = tiktoken.get_encoding(name)
    except (requests.exceptions.RequestException, OSError, ValueError) as error:
        raise _not_cached(name, f"and its download failed ({error})") from error
    return _tokenizer(encoding, name)


def file_tokenizer(path: Path, where: str) -> Tokenizer:
    """The tokenizer of a ``.tiktoken`` file: a line holds a token in base64 and its rank.

    Pattern, name and special tokens come from the ``.json`` beside it (``a.tiktoken.json``);
    without one the pattern of r50k_base is assumed, and recorded as such.

    Args:
        path: the file.
        where: what an error calls it.

    Raises:
        ExcerptError: a file is missing, is not of this form, or lacks single bytes.
    """
    import tiktoken

    ranks, about = _ranks(path, where), _about(path, where)
    _check_ids([*ranks.values(), *about.special_tokens.values()], f"{where}.json")
    try:
        encoding = tiktoken.Encoding(
            about.name,
            pat_str=about.pattern,
            mergeable_ranks=ranks,
            special_tokens=dict(about.special_tokens),
        )
        matches_nothing = regex.fullmatch(about.pattern, "")
    except (ValueError, regex.error) as error:
        raise ExcerptError(f"{where}.json", f"the pattern cannot be used ({error})") from error
    if matches_nothing:
        raise ExcerptError(
            f"{where}.json", "the pattern matches the empty text", "one sign at least is right"
        )
    return _tokenizer(encoding, about.name, assumed=about.assumed)


def about_file(path: Path) -> Path:
    """The file beside a ``.tiktoken`` file that says its pattern."""
    return path.with_name(path.name + ".json")


def _tokenizer(encoding: "tiktoken.Encoding", name: str, *, assumed: bool = False) -> Tokenizer:
    special = {
        encoding.encode_single_token(token): token for token in encoding.special_tokens_set
    }
    ids = {token: token_id for token_id, token in special.items()}
    return Tokenizer(
        name=name,
        n_vocab=encoding.n_vocab,
        encode=partial(_encode, encoding),
        token_bytes=encoding.decode_single_token_bytes,
        special=special,
        bos=ids.get(_START_OF_TEXT),
        eos=ids.get(_END_OF_TEXT),
        assumed_pattern=assumed,
    )


def _encode(encoding: "tiktoken.Encoding", text: str) -> list[int]:
    """The ids of a text.

    tiktoken's own splitting aborts where its pattern steps back through a run of a million
    blanks; Python's, by the same pattern, does not.
    """
    if _MANY_BLANKS.search(text):
        return encoding._encode_only_native_bpe(text)  # nothing public splits so
    return encoding.encode_ordinary(text)


def _check_cached(name: str, url: str, sha256: str) -> None:
    """Sees that tiktoken finds the file in its cache, or that it can download it."""
    path = _cache_folder() / _cache_name(url)
    if path.is_file():
        found = sha256_of(path)
        if found != sha256:
            raise ExcerptError(
                path,
                f"sha256 is {found}, and {sha256} is right for {name}",
                "a fresh copy, or none (delete it, and it is downloaded again)",
            )
    elif not reachable(url):
        raise _not_cached(name, f"and {_BLOBS} does not answer")


def _not_cached(name: str, why: str) -> ExcerptError:
    cached = [
        other
        for other, files in ENCODINGS.items()
        if all((_cache_folder() / _cache_name(_BLOBS + address)).is_file() for address in files)
    ]
    return ExcerptError(
        f"tokenizer {name}",
        f"it is not in tiktoken's cache {_cache_folder()} (which holds "
        f"{', '.join(cached) or 'none'}), {why}",
        f"on a machine with a network, with the same TIKTOKEN_CACHE_DIR: "
        f"python -c \"import tiktoken; tiktoken.get_encoding('{name}')\"",
    )


def _cache_name(url: str) -> str:
    return hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()


def _cache_folder() -> Path:
    """Where tiktoken keeps its files (``read_file_cached`` in tiktoken/load.py)."""
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if variable in os.environ:
            return Path(os.environ[variable])
    return Path(tempfile.gettempdir(), "data-gym-cache")


def _ranks(path: Path, where: str) -> dict[bytes, int]:
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            token, rank = line.split()
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except (ValueError, binascii.Error):
            raise ExcerptError(
                where,
                f"line {number} is {line[:40].decode(errors='backslashreplace')!r}",
                "a token in base64, a space and its rank is right",
            ) from None
    _check_ids(list(ranks.values()), where)
    missing = sum(bytes([byte]) not in ranks for byte in range(N_BYTES))
    if missing:
        raise ExcerptError(
            where,
            f"{missing} of the 256 single bytes have no rank",
            "a byte-pair vocabulary holds every byte",
        )
    return ranks


def _check_ids(ids: Sequence[int], where: str) -> None:
    """Refuses ids on which tiktoken would abort."""
    twice = [token_id for token_id, count in Counter(ids).items() if count > 1]
    if twice:
        raise ExcerptError(where, f"two tokens have the id {twice[0]}", "one id a token")
    outside = [token_id for token_id in ids if not 0 <= token_id < _MOST_IDS]
    if outside:
        raise ExcerptError(where, f"a token has the id {outside[0]}", "ids from 0 are right")


def _about(path: Path, where: str) -> _About:
    beside = about_file(path)
    if not beside.is_file():
        from tiktoken_ext.openai_public import (  # type: ignore[import-untyped]
            r50k_pat_str,
        )

        return _About(path.stem, r50k_pat_str, {}, assumed=True)
    try:
        content: Any = json.loads(beside.read_bytes())
    except ValueError as error:
        raise ExcerptError(f"{where}.json", f"it is not JSON ({error})") from error
    match content:
        case {"name": str(name), "pattern": str(pattern), "special_tokens": dict(special)} if (
            all(isinstance(token_id, int) for token_id in special.values())
        ):
            return _About(name, pattern, special, assumed=False)
    raise ExcerptError(
        f"{where}.json",
        "name, pattern or special_tokens is missing or of another kind",
        'it holds {"name": text, "pattern": text, "special_tokens": {text: id}}',
    )
