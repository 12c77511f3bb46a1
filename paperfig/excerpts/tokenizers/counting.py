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
from collections.abc import Sequence
from pathlib import Path

from paperfig.errors import ExcerptError
from paperfig.excerpts.cutting import blocks, check_characters
from paperfig.excerpts.joining import blank_line_between, piece_after_piece, vfe_cleaner
from paperfig.excerpts.sources.registry import suffix_of
from paperfig.excerpts.sources.source import TextSource, excerpt_files, open_source
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.progress import BYTES, working
from paperfig.project.files import sha256_of, write_atomically
from paperfig.project.workspace import CACHE
from paperfig.specs.schema import ExcerptSpec

COUNTING = 1
"""Raised where the same split would be ranked otherwise."""

_KEPT = Path(CACHE, "vocabularies")
_IDS_AT_ONCE = 1 << 20


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
        return _read(kept)
    counts = _counted(source, tokenizer)
    if not counts:
        raise ExcerptError("excerpt.dataset", f"{source.name} is empty", "a text is right")
    ranked = [token_id for token_id, _ in counts.most_common()]
    _keep(ranked, kept)
    return ranked


def _counted(source: TextSource, tokenizer: Tokenizer) -> Counter[int]:
    """How often each token is there, in the order in which they come first."""
    counts: Counter[int] = Counter()
    what = f"counting the vocabulary of {' '.join(filter(None, (source.name, source.split)))}"
    if source.ids is not None:
        ids = source.ids()
        with working(what, ids.nbytes, BYTES) as advance:
            for begin in range(0, len(ids), _IDS_AT_ONCE):
                part = ids[begin : begin + _IDS_AT_ONCE]
                counts.update(part.tolist())
                advance(part.nbytes)
        return counts
    clean = vfe_cleaner(lambda: piece_after_piece(source.rows()))
    with working(what, source.size, BYTES) as advance:
        rows = source.rows_told(advance)
        for block in blocks(map(clean, blank_line_between(rows)), tokenizer):
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
        "data": on_hub if source.hub else [[suffix_of(file), sha256_of(file)] for file in data],
        "field": spec.field,
    }
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def _read(kept: Path) -> list[int]:
    import numpy as np

    try:
        ranked = np.load(kept, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ExcerptError(kept, f"it cannot be read ({error})", "delete it") from error
    if not isinstance(ranked, np.ndarray) or ranked.ndim != 1 or ranked.dtype != np.int64:
        raise ExcerptError(kept, "it holds no ranks", "delete it")
    return [int(token_id) for token_id in ranked]


def _keep(ranked: Sequence[int], kept: Path) -> None:
    """Writes the ranks, whole or not at all."""
    import numpy as np

    content = io.BytesIO()
    np.save(content, np.asarray(ranked, dtype=np.int64))
    try:
        write_atomically(kept, content.getvalue())
    except OSError as error:
        raise ExcerptError(kept, f"it cannot be written ({error.strerror})") from error
