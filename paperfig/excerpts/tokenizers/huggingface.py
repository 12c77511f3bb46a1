"""Tokenizers of the Hugging Face kind: a folder with ``tokenizer.json``, or that file.

Three families of vocabulary have tokens whose bytes are known exactly: byte-level BPE
(GPT-2, Llama 3, Qwen), sentencepiece (``▁`` for a space, ``<0xNN>`` for a byte) and
WordPiece (``##`` before what goes on a word). Any other is refused.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperfig.errors import ExcerptError
from paperfig.excerpts.tokenizers.pieces import byte_level, sentence_piece, word_piece
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer as FastTokenizer

TOKENIZER_FILE = "tokenizer.json"
_BESIDE = ("tokenizer_config.json", "special_tokens_map.json")
_RIGHT = "one that transformers writes is right"
_BEGIN_NAMES = ("<s>", "<|begin_of_text|>", "<bos>", "<|startoftext|>", "[CLS]")
_END_NAMES = ("</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>", "[SEP]")


def json_files(path: Path) -> tuple[Path, ...]:
    """The files that a tokenizer's folder (or its ``tokenizer.json``) is read from."""
    file = path / TOKENIZER_FILE if path.is_dir() else path
    return (file, *(beside for name in _BESIDE if (beside := file.with_name(name)).is_file()))


def json_tokenizer(path: Path, where: str) -> Tokenizer:
    """The tokenizer of a folder with ``tokenizer.json``, or of that file.

    Args:
        path: the folder or the file.
        where: what an error calls it.

    Raises:
        ExcerptError: the file is missing or unusable, its tokens' bytes cannot be known,
            or the ``tokenizers`` package is not installed.
    """
    file, *beside = json_files(path)
    content = _read(file, where)
    fast = _fast_tokenizer(content, where)
    prefix, suffix = _around_a_text(content, fast, where)
    kind = _kind(content, where)
    entries = content.get("added_tokens", [])
    added: dict[int, str] = {entry["id"]: entry["content"] for entry in entries}
    special = {entry["id"]: added[entry["id"]] for entry in entries if entry["special"]}
    ids = {name: place for place, name in special.items()}
    return Tokenizer(
        name=file.parent.name or file.stem,
        n_vocab=max(fast.get_vocab(with_added_tokens=True).values()) + 1,
        encode=lambda text: list(fast.encode(text, add_special_tokens=False).ids),
        token_bytes=_token_bytes(fast, kind, added),
        special=special,
        prefix=prefix,
        suffix=suffix,
        bos=_special_id(ids, beside, ("bos_token", "cls_token"), _BEGIN_NAMES),
        eos=_special_id(ids, beside, ("eos_token", "sep_token"), _END_NAMES),
        spans=lambda text: list(fast.encode(text, add_special_tokens=False).offsets),
        holds_spaces=kind is not word_piece,
    )


def _read(file: Path, where: str) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise ExcerptError(
            where,
            "it holds no tokenizer.json",
            "transformers writes one: AutoTokenizer.from_pretrained(…).save_pretrained(…)",
        ) from None
    except (ValueError, RecursionError) as error:
        raise ExcerptError(where, f"tokenizer.json is not JSON ({error})") from error
    except OSError as error:
        raise ExcerptError(where, f"it cannot be read ({error.strerror})") from error
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise ExcerptError(where, "it is no tokenizer.json", _RIGHT)
    return content


def _fast_tokenizer(content: Mapping[str, Any], where: str) -> "FastTokenizer":
    """The tokenizer without its template, which would add tokens and move spans."""
    bare = {**content, "post_processor": None, "truncation": None, "padding": None}
    bare["added_tokens"] = [_as_text(entry) for entry in content.get("added_tokens") or ()]
    fast = _parsed(bare, where)
    if not fast.get_vocab_size():
        raise ExcerptError(where, "its vocabulary is empty", _RIGHT)
    fast.encode_special_tokens = True
    return fast


def _around_a_text(
    content: Mapping[str, Any], fast: "FastTokenizer", where: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids that the file's template puts before a text of its own, and behind it.

    The template is asked by a tokenizer that makes one token of any text.
    """
    only = {"type": "WordLevel", "vocab": {"text": 0}, "unk_token": "text"}
    asked = _parsed({"model": only, "post_processor": content.get("post_processor")}, where)
    encoding = asked.encode("text")
    if encoding.special_tokens_mask.count(0) != 1:
        raise ExcerptError(where, "its template does not hold the text once", _RIGHT)
    place, ids = encoding.special_tokens_mask.index(0), tuple(encoding.ids)
    prefix, suffix = ids[:place], ids[place + 1 :]
    for token_id in (*prefix, *suffix):
        if fast.id_to_token(token_id) is None:
            what = f"its template puts id {token_id}, which is none of its tokens"
            raise ExcerptError(where, what, _RIGHT)
    return prefix, suffix


def _parsed(content: Mapping[str, Any], where: str) -> "FastTokenizer":
    try:
        from tokenizers import Tokenizer as FastTokenizer
    except ImportError:
        raise ExcerptError(
            where, "it needs the package tokenizers", "pip install tokenizers"
        ) from None
    try:
        return FastTokenizer.from_str(json.dumps(content))
    except Exception as error:  # the package raises no other class
        raise ExcerptError(where, f"it is no tokenizer.json ({error})", _RIGHT) from error


def _as_text(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An added token so that text which spells it is ordinary text; white space spells none.

    Special ones are not looked for in a text. Runs of blanks are how some models write code.
    """
    return entry if not entry["content"].strip() else {**entry, "special": True}


def _token_bytes(
    fast: "FastTokenizer", kind: Callable[[str], bytes], added: Mapping[int, str]
) -> Callable[[int], bytes]:
    def token_bytes(token_id: int) -> bytes:
        """The token's own bytes, or an added token's name."""
        if token_id in added:
            return added[token_id].encode()
        token = fast.id_to_token(token_id) if token_id >= 0 else None
        if token is None:
            raise KeyError(token_id)
        return kind(token)

    return token_bytes


def _kind(content: Mapping[str, Any], where: str) -> Callable[[str], bytes]:
    """What turns a token of this vocabulary into its bytes."""
    parts = {part.get("type") for part in _parts(content)}
    model = content["model"]
    if "ByteLevel" in parts:
        return byte_level
    if model.get("type") == "WordPiece" and model.get("continuing_subword_prefix") == "##":
        return word_piece
    replaced = any(part.get("content") == "▁" for part in _parts(content))
    if "Metaspace" in parts or replaced:
        return sentence_piece
    raise ExcerptError(
        where,
        f"its kind ({model.get('type')}) does not say the bytes of a token",
        "byte-level BPE, sentencepiece or WordPiece is right",
    )


def _parts(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every step of normalizer, pre-tokenizer and decoder, sequences unrolled."""
    stack = [content.get(name) for name in ("normalizer", "pre_tokenizer", "decoder")]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            yield part
            for steps in ("normalizers", "pretokenizers", "decoders"):
                stack += part.get(steps, [])


def _special_id(
    ids: Mapping[str, int], beside: list[Path], keys: tuple[str, ...], names: tuple[str, ...]
) -> int | None:
    """The special token that the files beside name, else the first of the usual names."""
    stated: list[str] = []
    for path in beside:
        try:
            entry = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise ExcerptError(path.name, f"it is not JSON ({error})") from error
        if not isinstance(entry, dict):
            raise ExcerptError(path.name, "it holds no mapping", _RIGHT)
        for key in keys:
            token = entry.get(key)
            name = token.get("content") if isinstance(token, dict) else token
            stated += [name] if isinstance(name, str) else []
    return next((ids[name] for name in (*stated, *names) if name in ids), None)
