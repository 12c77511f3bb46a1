"""Whether a tokenizer can be the one that a model was trained with, by how many ids it has.

Ids of a wrong tokenizer are rows of the table too, so nothing else would tell. A table has a
row for each id, or is padded to the next multiple of 64 or 128, as trainers do.
"""

from collections.abc import Iterator
from pathlib import Path

from paperfig.errors import ExcerptError
from paperfig.excerpts.tokenizers.choice import tokenizer_files
from paperfig.excerpts.tokenizers.vocabulary import Tokenizer
from paperfig.specs.schema import TokenizerSpec

_PADDED_TO = (64, 128)


def check_size(
    spec: str | TokenizerSpec,
    tokenizer: Tokenizer,
    rows: int,
    *,
    checkpoint: Path | None,
    root: Path,
) -> None:
    """Refuses a tokenizer that the spec names and whose ids do not fill the model's table.

    One that lies beside the checkpoint is the model's own, whatever its size; `size` declares
    another; a restricted vocabulary states its own.

    Args:
        spec: what the spec says of it.
        tokenizer: what was loaded for that.
        rows: of the model's token table.
        checkpoint: the checkpoint's file or folder.
        root: what relative paths start from.

    Raises:
        ExcerptError: it has another number of ids, or another is declared.
    """
    declared = None if isinstance(spec, str) else spec.size
    if declared is not None and declared != rows:
        raise ExcerptError(
            "tokenizer.size",
            f"{declared} is declared, and the model's token table has {rows} rows",
            f"{rows} is right, if the model was trained with {tokenizer.name}",
        )
    if declared or tokenizer.restriction or rows in tables(tokenizer.n_vocab):
        return
    files = tokenizer_files(spec, checkpoint=checkpoint, root=root)
    if checkpoint is not None and _folder(checkpoint) in {file.parent for file in files}:
        return
    name = spec if isinstance(spec, str) else spec.name
    raise ExcerptError(
        "tokenizer",
        f"{tokenizer.name} has {tokenizer.n_vocab} ids, and the model's token table has "
        f"{rows} rows",
        "the tokenizer that the model was trained with is right; if this is it, "
        f"`{{name: {name}, size: {rows}}}` declares that",
    )


def tables(ids: int) -> Iterator[int]:
    """How many rows the token table of a tokenizer with so many ids may have."""
    yield ids
    yield from (-(-ids // multiple) * multiple for multiple in _PADDED_TO)


def _folder(checkpoint: Path) -> Path:
    return checkpoint if checkpoint.is_dir() else checkpoint.parent
