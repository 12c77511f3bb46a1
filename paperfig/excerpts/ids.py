"""Excerpts that are ids from the start: those of the spec, of a file, or random ones."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tokenize import TokenError
from typing import Literal

import numpy as np

from paperfig.errors import ExcerptError
from paperfig.excerpts.run import SpecialTokens, TokenRun, special_tokens
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
    """The ids of ``excerpt.ids``, a list or an ``.npy`` file; as many as ``length`` takes.

    Raises:
        ExcerptError: the file is not there, holds no row of integers, too few of them, or
            one that the model does not know.
    """
    stated = spec.ids if spec.ids is not None else ()
    ids = _file_ids(stated, root) if isinstance(stated, str) else list(stated)
    special = special_tokens(spec, tokenizer, has_text=False)
    length = len(ids) if spec.length is None else special.left_of(spec.length)
    if length > len(ids):
        beside = f" beside {' '.join(special.names)}" if special else ""
        raise ExcerptError(
            "excerpt.length",
            f"{length} tokens{beside} are more than the {len(ids)} ids given",
            f"at most {len(ids) + len(special)} is right",
        )
    for place, token_id in enumerate(ids[:length]):
        if not 0 <= token_id < vocab_size:
            raise ExcerptError(
                "excerpt.ids",
                f"id {token_id} of token {place} is not in the model's vocabulary",
                f"0 to {vocab_size - 1} are right",
            )
    return _run(special, tokenizer, ids[:length], _origin(spec, tokenizer, "ids"))


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
    special = special_tokens(spec, tokenizer, has_text=False)
    length = random_length(spec, tokenizer) - len(special)
    size = min(spec.random or 0, length)
    repeat = length // size
    origin = replace(
        _origin(spec, tokenizer, "random"),
        seed=spec.seed or 0,
        repeat=repeat if repeat > 1 else None,
    )
    while True:
        block = [candidates[int(generator.random() * len(candidates))] for _ in range(size)]
        yield _run(special, tokenizer, block * repeat, origin)


def random_length(spec: ExcerptSpec, tokenizer: Tokenizer | None) -> int:
    """How many tokens random ids make: all, or a whole number of blocks, and special tokens.

    Raises:
        ExcerptError: ``length`` is more than is drawn, or cuts a repeated block.
    """
    special = special_tokens(spec, tokenizer, has_text=False)
    block, around = spec.random or 0, len(special)
    drawn = block * (spec.repeat or 1)
    length = drawn if spec.length is None else spec.length - around
    if not 0 < length <= drawn or (length > block and length % block):
        raise ExcerptError(
            "excerpt.length",
            f"{length + around} tokens of {spec.repeat or 1} × {block} random ones"
            + (f" and {' '.join(special.names)}" if special else ""),
            f"{drawn + around} is right, or leave it out",
        )
    return length + around


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
    special: SpecialTokens, tokenizer: Tokenizer | None, ids: list[int], origin: Origin
) -> TokenRun:
    return special.around(ids, _pieces(ids, tokenizer), origin)


def _pieces(ids: list[int], tokenizer: Tokenizer | None) -> list[bytes] | None:
    """The bytes of each token; None where they are not known, or white space is lost."""
    if tokenizer is None or not tokenizer.holds_spaces:
        return None
    try:
        return [tokenizer.token_bytes(token_id) for token_id in ids]
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
