"""Excerpts that are ids from the start: those of the spec, of a file, or random ones."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tokenize import TokenError
from typing import Literal

import numpy as np

from paperfig.errors import ExcerptError
from paperfig.excerpts.run import TokenRun, tokens_in_front
from paperfig.excerpts.sources.pointer import refuse_pointer
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import ExcerptSpec
from paperfig.values.excerpt import Origin

NO_TOKENIZER = "none"
_MAGIC = b"\x93NUMPY"
_RIGHT = "an .npy file of ids is right"


def read_ids(
    spec: ExcerptSpec, tokenizer: Tokenizer | None, *, root: Path, vocab_size: int
) -> TokenRun:
    """The ids of ``excerpt.ids``, a list or an ``.npy`` file; the first ``length`` of them.

    Raises:
        ExcerptError: the file is not there, holds no row of integers, too few of them, or
            one that the model does not know.
    """
    stated = spec.ids if spec.ids is not None else ()
    ids = _file_ids(stated, root) if isinstance(stated, str) else list(stated)
    length = spec.length if spec.length is not None else len(ids)
    if length > len(ids):
        raise ExcerptError(
            "excerpt.length",
            f"{length} tokens are more than the {len(ids)} ids given",
            f"at most {len(ids)} is right",
        )
    for place, token_id in enumerate(ids[:length]):
        if not 0 <= token_id < vocab_size:
            raise ExcerptError(
                "excerpt.ids",
                f"id {token_id} of token {place} is not in the model's vocabulary",
                f"0 to {vocab_size - 1} are right",
            )
    return _run(spec, tokenizer, ids[:length], _origin(spec, tokenizer, "ids"))


def random_ids(
    spec: ExcerptSpec, tokenizer: Tokenizer | None, *, vocab_size: int
) -> Iterator[TokenRun]:
    """``random`` ids drawn alike from all that are no special token, ``repeat`` times over.

    Every machine and version draws the same ones for a seed: Python promises that of
    ``random.Random.random`` alone, so nothing else of it is used.

    Yields:
        One draw after another, without end.

    Raises:
        ExcerptError: ``length`` is more than was drawn, or cuts a repeated block.
    """
    candidates = _drawable(tokenizer, vocab_size)
    generator = random.Random(spec.seed or 0)  # noqa: S311  # nothing here is secret
    length = random_length(spec) - int(bool(spec.bos))
    size = min(spec.random or 0, length)
    repeat = length // size
    origin = replace(
        _origin(spec, tokenizer, "random"),
        seed=spec.seed or 0,
        repeat=repeat if repeat > 1 else None,
    )
    while True:
        block = [candidates[int(generator.random() * len(candidates))] for _ in range(size)]
        yield _run(spec, tokenizer, block * repeat, origin)


def random_length(spec: ExcerptSpec) -> int:
    """How many tokens random ids make, BOS included: all, or a whole number of blocks.

    Raises:
        ExcerptError: ``length`` is more than is drawn, or cuts a repeated block.
    """
    block, front = spec.random or 0, int(bool(spec.bos))
    drawn = block * (spec.repeat or 1)
    length = drawn if spec.length is None else spec.length - front
    if not 0 < length <= drawn or (length > block and length % block):
        raise ExcerptError(
            "excerpt.length",
            f"{length + front} tokens of {spec.repeat or 1} × {block} random ones"
            + (" and a BOS token" if front else ""),
            f"{drawn + front} is right, or leave it out",
        )
    return length + front


def _origin(
    spec: ExcerptSpec, tokenizer: Tokenizer | None, kind: Literal["ids", "random"]
) -> Origin:
    return Origin(
        kind=kind,
        tokenizer=tokenizer.name if tokenizer else NO_TOKENIZER,
        bos=bool(spec.bos),
        assumed_pattern=bool(tokenizer and tokenizer.assumed_pattern),
    )


def _run(
    spec: ExcerptSpec, tokenizer: Tokenizer | None, ids: list[int], origin: Origin
) -> TokenRun:
    front = tokens_in_front(spec, tokenizer)
    return TokenRun(ids=front + ids, text_bytes=_text_bytes(ids, tokenizer), origin=origin)


def _text_bytes(ids: list[int], tokenizer: Tokenizer | None) -> bytes | None:
    if tokenizer is None or not tokenizer.holds_spaces:
        return None
    try:
        return b"".join(tokenizer.token_bytes(token_id) for token_id in ids)
    except KeyError as error:
        raise ExcerptError(
            "excerpt.ids",
            f"id {error.args[0]} is no token of {tokenizer.name}",
            f"ids of its {tokenizer.n_vocab} are right",
        ) from None


def _drawable(tokenizer: Tokenizer | None, vocab_size: int) -> list[int]:
    """The ids of model and tokenizer that are no special token."""
    if tokenizer is None:
        return list(range(vocab_size))
    drawable = []
    for token_id in range(min(vocab_size, tokenizer.n_vocab)):
        try:
            tokenizer.token_bytes(token_id)
        except KeyError:
            continue
        if token_id not in tokenizer.special:
            drawable.append(token_id)
    return drawable


def _file_ids(name: str, root: Path) -> list[int]:
    where = f"excerpt.ids {name}"
    refuse_pointer(root / name, where)
    try:
        with (root / name).open("rb") as file:
            start = file.read(len(_MAGIC))
        if start != _MAGIC:
            raise ExcerptError(where, "it is no .npy file", _RIGHT)
        # mapped, so that no header can ask for memory, and no pickle is ever read
        ids = np.load(root / name, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise ExcerptError(where, "there is no such file", _RIGHT) from None
    except OSError as error:
        raise ExcerptError(where, f"it cannot be read ({error.strerror})", _RIGHT) from error
    except (ValueError, OverflowError, SyntaxError, TypeError, TokenError) as error:
        raise ExcerptError(where, "it is damaged, or holds no numbers", _RIGHT) from error
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        what = f"shape {ids.shape} of {ids.dtype}"
        raise ExcerptError(where, f"it holds {what}", "one row of integers is right")
    if not len(ids):
        raise ExcerptError(where, "it holds no id", "at least one is right")
    return [int(token_id) for token_id in ids]
