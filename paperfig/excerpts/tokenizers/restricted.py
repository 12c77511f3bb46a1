"""Vocabularies cut down to the commonest tokens of a split, as the VFE projects cut them.

The map from a tokenizer's ids to the model's is in no checkpoint; it follows from the split
that the model was trained on, and validation reuses it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.source import (
    excerpt_files,
    hub_config,
    hub_revision,
    is_split,
)
from paperfig.excerpts.tokenizers.counting import ranked_tokens
from paperfig.excerpts.tokenizers.vocabulary import N_CODE_POINTS, Restriction, Tokenizer
from paperfig.specs.schema import ExcerptSpec, VocabularySpec

UNKNOWN = "UNK"
_PADDING = "<PAD>"
_TRAIN = "train"
_KEY = "tokenizer.vocabulary"


def counted_split(spec: VocabularySpec, *, root: Path) -> ExcerptSpec:
    """The split that the vocabulary is counted on.

    Raises:
        ExcerptError: the data set's name has two meanings.
    """
    with _of_vocabulary():
        split = spec.split or (_TRAIN if is_split(spec.dataset, root=root) else None)
    return ExcerptSpec(dataset=spec.dataset, config=spec.config, split=split, field=spec.field)


def counted_files(spec: VocabularySpec, *, root: Path) -> tuple[Path, ...]:
    """The files of that split; none where it is the Hub's and not cached.

    Raises:
        ExcerptError: a local data set is not there, or has no such split.
    """
    with _of_vocabulary():
        return excerpt_files(counted_split(spec, root=root), root=root)


def counted_revision(spec: VocabularySpec, *, root: Path) -> str | None:
    """The commit of the Hub's data set that is counted; None if local or not cached."""
    with _of_vocabulary():
        return hub_revision(counted_split(spec, root=root), root=root)


def counted_config(spec: VocabularySpec, *, root: Path) -> str | None:
    """The configuration of the Hub's data set that is counted, as `hub_config` tells it."""
    with _of_vocabulary():
        return hub_config(counted_split(spec, root=root), root=root)


def restricted_tokenizer(
    spec: VocabularySpec, base: Tokenizer, *, files: Sequence[Path], root: Path
) -> Tokenizer:
    """The base with the commonest tokens of a split only, under new ids.

    ``size`` − 1 tokens are kept, in the order of their old ids, and UNK is the last id. Of
    characters, id 0 is the padding and id 1 UNK; ``size`` − 2 of them follow, the commonest
    first. (``_restrict_vocab`` of ``WikiText2TiktokenDataset``, and
    ``WikiText2CharDataset``, in the modules that counting.py names.)

    Args:
        spec: how many are kept, and where they are counted.
        base: the tokenizer that reads text.
        files: the base's files.
        root: what relative paths start from.

    Raises:
        ExcerptError: the split is not there, or holds fewer different tokens.
    """
    if spec.size >= base.n_vocab:
        raise ExcerptError(
            f"{_KEY}.size",
            f"{spec.size} leaves out none of the {base.n_vocab} tokens of {base.name}",
            f"`tokenizer: {base.name}` alone is right",
        )
    split = counted_split(spec, root=root)
    with _of_vocabulary():
        ranked = ranked_tokens(split, base, files=files, root=root)
    of_characters = base.n_vocab == N_CODE_POINTS
    special = {0: _PADDING, 1: UNKNOWN} if of_characters else {spec.size - 1: UNKNOWN}
    wanted = spec.size - len(special)
    if not 0 < wanted <= len(ranked):
        raise ExcerptError(
            f"{_KEY}.size",
            f"{spec.size} does not suit the {len(ranked)} different tokens of {spec.dataset}",
            f"{len(special) + 1} to {len(ranked) + len(special)} are right",
        )
    kept = ranked[:wanted] if of_characters else sorted(ranked[:wanted])
    parts = [spec.dataset, *([split.split] if split.split else [])]
    name = f"{base.name}, the {wanted} commonest of {' '.join(parts)}"
    return _renumbered(base, kept, special, name=name)


def _renumbered(
    base: Tokenizer, kept: Sequence[int], special: Mapping[int, str], *, name: str
) -> Tokenizer:
    """The base with the tokens kept under the ids that the special ones leave free."""
    size = len(kept) + len(special)
    free = [token_id for token_id in range(size) if token_id not in special]
    old_ids = dict(zip(free, kept, strict=True))
    new_ids = {old: new for new, old in old_ids.items()}
    (unknown,) = (token_id for token_id, label in special.items() if label == UNKNOWN)
    restriction = Restriction(base=base, new_ids=new_ids, unknown=unknown)

    def token_bytes(token_id: int) -> bytes:
        """The bytes of the token kept; a special one's are its name."""
        if token_id in special:
            return special[token_id].encode()
        return base.token_bytes(old_ids[token_id])

    return Tokenizer(
        name=name,
        n_vocab=size,
        encode=lambda text: restriction.of(base.encode(text)),
        token_bytes=token_bytes,
        special={
            **special,
            **{new_ids[old]: label for old, label in base.special.items() if old in new_ids},
        },
        bos=None if base.bos is None else new_ids.get(base.bos),
        eos=None if base.eos is None else new_ids.get(base.eos),
        assumed_pattern=base.assumed_pattern,
        holds_spaces=base.holds_spaces,
        restriction=restriction,
    )


@contextmanager
def _of_vocabulary() -> Iterator[None]:
    """Names the vocabulary's key in an error about an excerpt's."""
    try:
        yield
    except ExcerptError as error:
        where = error.where
        if where.startswith("excerpt."):
            where = f"{_KEY}.{where.removeprefix('excerpt.')}"
        raise ExcerptError(where, error.what, error.remedy) from error
