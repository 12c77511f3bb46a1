"""What a figure depends on, by key: the numbers' inputs, and the look's besides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from paperfig.captions.render import template_files
from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.source import excerpt_files, hub_revision
from paperfig.excerpts.tokenizers.choice import tokenizer_files
from paperfig.excerpts.tokenizers.restricted import counted_files, counted_revision
from paperfig.kinds import KINDS
from paperfig.models.files.listing import checkpoint_files
from paperfig.project.digests import Digests
from paperfig.project.revisions import COMPUTE_REVISION, DRAWING_REVISION
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import FigureSpec, NamedSpec

_DRAWING_KEYS = ("style", "caption")
_COMPUTE_KEYS = tuple(FigureSpec.model_fields.keys() - {"figspec", *_DRAWING_KEYS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of one figure as they stand.

    Attributes:
        compute: by dotted key what the numbers depend on; a file under ``file PATH``,
            with its sha256, or None where it is absent.
        drawing: the same for what changes the look or the caption only.
        files: every path that was looked at.
        has_text: whether text and tokenizer, with what its vocabulary is counted on, are here.
    """

    compute: Mapping[str, Any]
    drawing: Mapping[str, Any]
    files: tuple[Path, ...]
    has_text: bool = True


def gather(named: NamedSpec, workspace: Workspace, digests: Digests) -> Inputs:
    """The inputs of a figure; files are hashed, none is read otherwise."""
    spec = named.spec
    weights = checkpoint_files(spec.checkpoint, root=workspace.root)
    texts, tokens = _text_files(spec, workspace.root), _tokenizer_files(spec, workspace.root)
    counted = _counted_files(spec, workspace.root)
    vocabulary = vocabulary_revision(spec, workspace.root)
    revision = hub_revision(spec.excerpt, root=workspace.root)
    # a Hub set's revision is its digest; its files in the cache are only watched
    data = (*weights, *(() if revision else texts or ()), *(tokens or ()))
    data += () if any(vocabulary.values()) else counted or ()
    templates = template_files(spec.caption, spec.figure, templates=workspace.templates)
    return Inputs(
        compute=dict(_chosen(spec, (*_COMPUTE_KEYS, *_own_keys(spec))))
        | {"revision": COMPUTE_REVISION, "excerpt.revision": revision}
        | vocabulary
        | _digested(data, workspace, digests),
        drawing=dict(_chosen(spec, _DRAWING_KEYS))
        | {"revision": DRAWING_REVISION, "name": named.name}
        | {"checkpoint.name": spec.checkpoint.name}
        | _digested(templates, workspace, digests),
        files=(*weights, *(texts or ()), *(tokens or ()), *(counted or ()), *templates),
        has_text=None not in (texts, tokens, counted),
    )


def _text_files(spec: FigureSpec, root: Path) -> tuple[Path, ...] | None:
    """The files of the text, or None where the data set that the spec names is not here."""
    try:
        files = excerpt_files(spec.excerpt, root=root)
    except ExcerptError:
        return None
    # a folder that is gone is taken for a set of the Hub, which then is not cached
    return None if spec.excerpt.dataset is not None and not files else files


def _tokenizer_files(spec: FigureSpec, root: Path) -> tuple[Path, ...] | None:
    """The files of the tokenizer, or None where the one that the spec names is not here."""
    path = spec.checkpoint.path
    checkpoint = None if path is None else root / path
    try:
        return tokenizer_files(spec.tokenizer, checkpoint=checkpoint, root=root)
    except ExcerptError:
        return None


def _counted_files(spec: FigureSpec, root: Path) -> tuple[Path, ...] | None:
    """The files that the vocabulary is counted on, or None where they are not here."""
    if isinstance(spec.tokenizer, str) or spec.tokenizer.vocabulary is None:
        return ()
    try:
        return counted_files(spec.tokenizer.vocabulary, root=root) or None
    except ExcerptError:
        return None


def vocabulary_revision(spec: FigureSpec, root: Path) -> dict[str, str | None]:
    """By its key, the commit of the Hub's data set that a restricted vocabulary is of."""
    if isinstance(spec.tokenizer, str) or spec.tokenizer.vocabulary is None:
        return {}
    revision = counted_revision(spec.tokenizer.vocabulary, root=root)
    return {"tokenizer.vocabulary.revision": revision}


def _chosen(spec: FigureSpec, keys: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The keys that are set, dotted, with plain values; the model's name is the look's."""
    for key in keys:
        for dotted, value in _flat(key, getattr(spec, key)):
            if dotted != "checkpoint.name":
                yield dotted, value


def _own_keys(spec: FigureSpec) -> Iterator[str]:
    """Keys of the kind's own that are set, so that a new one makes no older figure stale."""
    for key in KINDS[spec.figure].keys:
        if getattr(spec, key.name) != key.default:
            yield key.name


def _flat(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _flat(f"{key}.{field.alias or name}", getattr(value, name))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _flat(f"{key}.{name}", item)
    elif isinstance(value, tuple):
        yield (
            key,
            [item.model_dump() if isinstance(item, BaseModel) else item for item in value],
        )
    elif value is not None:
        yield key, value


def _digested(
    files: tuple[Path, ...], workspace: Workspace, digests: Digests
) -> dict[str, str | None]:
    return {f"file {workspace.relative(path)}": digests.of_file(path) for path in files}
