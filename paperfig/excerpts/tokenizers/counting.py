"""The tokens of a split by how common they are, counted once and kept.

What the VFE projects count is the stream that they train on: rows that are not blank,
parted by a blank line, after their clean-up of WikiText (``transformer/data.py`` of
VFE-Sim, ``transformer/data/datasets.py`` of V1_Transformer). Their ``sorted`` is stable and
their ``dict`` remembers, so of two tokens as common the one that is there first is first.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from paperfig.errors import ExcerptError
from paperfig.excerpts.cleaning import vfe_cleaner
from paperfig.excerpts.joining import blank_line_between, piece_after_piece
from paperfig.excerpts.sources.source import TextSource, excerpt_files, open_source
from paperfig.excerpts.stream import AHEAD, borders, check_characters
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.project.files import sha256_of, write_atomically
from paperfig.project.workspace import CACHE
from paperfig.specs.schema import ExcerptSpec

COUNTING = 1
"""Raised where the same split would be ranked otherwise."""

_KEPT = Path(CACHE, "vocabularies")
_BLOCK = 1 << 20
_BORDER_WITHIN = 4096
_MOST_TRIES = 16


def ranked_tokens(
    spec: ExcerptSpec, tokenizer: Tokenizer, *, files: Sequence[Path], root: Path
) -> list[int]:
    """The ids of a split's tokens, the commonest first.

    They are kept in the project's ``.paperfig/vocabularies``, under the digest of all that
    they depend on.

    Args:
        spec: the split.
        tokenizer: what reads it.
        files: the tokenizer's.
        root: what relative paths start from.

    Raises:
        ExcerptError: the split is not there, is empty, or what was counted cannot be kept.
    """
    source = open_source(spec, root=root)
    kept = root / _KEPT / f"{_digest(spec, source, tokenizer, files, root)}.npy"
    if kept.is_file():
        return [int(token_id) for token_id in _read(kept)]
    counts = _counted(source, tokenizer)
    if not counts:
        raise ExcerptError("excerpt.dataset", f"{source.name} is empty", "a text is right")
    ranked = [token_id for token_id, _ in counts.most_common()]
    _keep(ranked, kept)
    return ranked


def blocks(pieces: Iterable[str], tokenizer: Tokenizer, size: int = _BLOCK) -> Iterator[str]:
    """A text in parts of about ``size`` characters whose tokens together are the whole's.

    A part ends where the tokens before and behind are seen to be the same as without an
    end there. A tokenizer that may normalise gets the whole text at once.
    """
    pending: list[str] = []
    length, limit = 0, size
    for piece in pieces:
        pending.append(piece)
        length += len(piece)
        if length >= limit and tokenizer.spans is None:
            text = "".join(pending)
            cut = _cut(text, tokenizer)
            if cut:
                yield text[:cut]
            pending, length = [text[cut:]], len(text) - cut
            limit = size + length
    yield "".join(pending)


def _cut(text: str, tokenizer: Tokenizer) -> int:
    """The last place where tokens part for certain; 0 if none is found."""
    end = len(text) - AHEAD
    for cut in borders(text, max(0, end - _BORDER_WITHIN), end)[: -1 - _MOST_TRIES : -1]:
        before, behind = text[max(0, cut - AHEAD) : cut], text[cut : cut + AHEAD]
        parted = tokenizer.encode(before) + tokenizer.encode(behind)
        if tokenizer.encode(before + behind) == parted:
            return cut
    return 0


def _counted(source: TextSource, tokenizer: Tokenizer) -> Counter[int]:
    """How often each token is there, in the order in which they come first."""
    counts: Counter[int] = Counter()
    if source.tokens is not None:
        ids = source.tokens()
        for begin in range(0, len(ids), _BLOCK):
            counts.update(ids[begin : begin + _BLOCK].tolist())
        return counts
    clean = vfe_cleaner(lambda: piece_after_piece(source.rows()))
    for block in blocks(map(clean, blank_line_between(source.rows())), tokenizer):
        check_characters(block, source.name)
        counts.update(tokenizer.encode(block))
    return counts


def _digest(
    spec: ExcerptSpec,
    source: TextSource,
    tokenizer: Tokenizer,
    files: Sequence[Path],
    root: Path,
) -> str:
    """The sha256 of all that the ranks depend on; of the Hub's data, its revision."""
    on_hub = [source.hub, source.config, source.split, source.revision]
    data = [] if source.hub else excerpt_files(spec, root=root)
    inputs = {
        "counting": COUNTING,
        "tokenizer": [tokenizer.name, *map(sha256_of, files)],
        "data": on_hub if source.hub else [[file.suffix, sha256_of(file)] for file in data],
        "field": spec.field,
    }
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def _read(kept: Path) -> np.ndarray:
    try:
        ranked = np.load(kept, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ExcerptError(kept, f"it cannot be read ({error})", "delete it") from error
    if not isinstance(ranked, np.ndarray) or ranked.ndim != 1 or ranked.dtype != np.int64:
        raise ExcerptError(kept, "it holds no ranks", "delete it")
    return ranked


def _keep(ranked: Sequence[int], kept: Path) -> None:
    """Writes the ranks, whole or not at all."""
    content = io.BytesIO()
    np.save(content, np.asarray(ranked, dtype=np.int64))
    try:
        write_atomically(kept, content.getvalue())
    except OSError as error:
        raise ExcerptError(kept, f"it cannot be written ({error.strerror})") from error
