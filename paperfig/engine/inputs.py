"""What a figure depends on: what its numbers are computed from, and how it is drawn."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from paperfig.captions.templates import template_files
from paperfig.engine.scores import scores_files
from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.source import (
    excerpt_files,
    hub_cards,
    hub_config,
    hub_revision,
)
from paperfig.excerpts.tokenizers.choice import tokenizer_files
from paperfig.excerpts.tokenizers.restricted import (
    counted_config,
    counted_files,
    counted_revision,
)
from paperfig.models.files.listing import run_files, stored_files
from paperfig.project.digests import Digests
from paperfig.project.revisions import COMPUTE_REVISION, DRAWING_REVISION
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.values.record import InputFile, Inputs

_CODE = "checkpoint.code"
_DRAWING_KEYS = (
    "style",
    "caption",
    "checkpoint.name",
    "checkpoint.name_latex",
    "excerpt.name",
)
_NOT_COMPUTED = (
    "figspec",
    *("checkpoint.path", "checkpoint.recorded", "checkpoint.config", _CODE),
    "statistic.file",
    *_DRAWING_KEYS,
)
"""Keys that change no number: of a file it counts what it holds, and not where it lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureInputs:
    """The inputs of one figure as they stand.

    Attributes:
        compute: what the numbers depend on.
        drawing: what changes the look or the caption only.
        defaults: what holds where a key is left out, by dotted key.
        paths: every path that was looked at.
        has_code: whether the code is here that the spec has run, if it has any run.
        has_text: whether text and tokenizer, with what its vocabulary is counted on, are here.
    """

    compute: Inputs = field(default_factory=Inputs)
    drawing: Inputs = field(default_factory=Inputs)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()
    has_text: bool = True
    has_code: bool = True

    def is_gone(self, role: str) -> bool:
        """Whether a file of that role cannot be found here, since all of its kind is gone."""
        if role.partition("/")[0] == _CODE:
            return not self.has_code
        return not self.has_text


def gather(named: NamedSpec, workspace: Workspace, digests: Digests) -> FigureInputs:
    """The inputs of a figure; files are hashed, none is read otherwise."""
    spec, root = named.spec, workspace.root
    weights = stored_files(spec.checkpoint, root=root)
    code = run_files(spec.checkpoint, root=root)
    texts, tokens = _text_files(spec, root), _tokenizer_files(spec, root)
    scores = scores_files(spec, root=root)
    counted, vocabulary = _counted_files(spec, root), vocabulary_revision(spec, root)
    revision = hub_revision(spec.excerpt, root=root)
    config = hub_config(spec.excerpt, root=root)
    cards = hub_cards(spec.excerpt, root=root)
    templates = template_files(spec.caption, spec.figure, templates=workspace.templates)
    # a Hub set's revision is its digest; its files in the cache are only watched
    files = {
        "checkpoint": weights,
        _CODE: code,
        "excerpt": () if revision else texts or (),
        "tokenizer": tokens or (),
        "statistic": scores,
        "tokenizer.vocabulary": () if any(vocabulary.values()) else counted or (),
    }
    own = {"template": tuple(path for path in templates if not workspace.is_ours(path))}
    leaves = list(_leaves(spec))
    return FigureInputs(
        compute=Inputs(
            keys={"excerpt.config": config}
            | {leaf.key: leaf.value for leaf in leaves if leaf.is_computed}
            | {"revision": COMPUTE_REVISION, "excerpt.revision": revision}
            | ({_CODE: True} if code else {})
            | vocabulary,
            files=dict(_digested(files, workspace, digests)),
        ),
        drawing=Inputs(
            keys={leaf.key: leaf.value for leaf in leaves if leaf.is_drawn}
            | {"revision": DRAWING_REVISION, "name": named.name},
            files=dict(_digested(own, workspace, digests)),
        ),
        defaults={leaf.key: leaf.default for leaf in leaves if leaf.default is not None},
        paths=(
            *(*weights, *code, *(texts or ()), *(tokens or ()), *(counted or ())),
            *scores,
            *(*cards, *templates),
        ),
        has_text=None not in (texts, tokens, counted),
        has_code=any(path.is_file() for path in code) or not code,
    )


def vocabulary_revision(spec: FigureSpec, root: Path) -> dict[str, str | None]:
    """By key, what of the Hub's data set a restricted vocabulary is of: commit, configuration.

    The configuration is there where the spec leaves it open.
    """
    vocabulary = None if isinstance(spec.tokenizer, str) else spec.tokenizer.vocabulary
    if vocabulary is None:
        return {}
    keys = {"tokenizer.vocabulary.revision": counted_revision(vocabulary, root=root)}
    if vocabulary.config is None:
        keys["tokenizer.vocabulary.config"] = counted_config(vocabulary, root=root)
    return keys


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
    if spec.checkpoint.recorded is not None:
        return ()
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


class _Leaf(NamedTuple):
    """A key of the spec that holds no further keys.

    Attributes:
        key: dotted.
        value: as JSON can hold it.
        default: what holds where it is left out; None for nothing.
    """

    key: str
    value: Any
    default: Any

    @property
    def is_drawn(self) -> bool:
        """Whether it is set, and changes the look or the caption only."""
        return self.is_set and self._is_of(_DRAWING_KEYS)

    @property
    def is_computed(self) -> bool:
        """Whether it is set, and changes numbers."""
        return self.is_set and not self._is_of(_NOT_COMPUTED)

    @property
    def is_set(self) -> bool:
        """Whether the value is not the default."""
        return bool(self.value != self.default)

    def _is_of(self, keys: Iterable[str]) -> bool:
        """Whether it is one of the keys, or lies in the mapping under one."""
        return bool({self.key, self.key.split(".")[0]} & set(keys))


def _leaves(model: BaseModel, prefix: str = "") -> Iterator[_Leaf]:
    """Every key of a mapping of the spec, those that hold their default too."""
    for name, written, default in _fields(type(model)):
        key, value = f"{prefix}{written}", getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{key}.")
        elif isinstance(value, Mapping):
            parts = _plain(value).items()
            yield from (_Leaf(f"{key}.{part}", item, None) for part, item in parts)
        else:
            yield _Leaf(key, _plain(value), default)


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, str, Any], ...]:
    """Each key of a mapping of the spec: its field, as it is written, and its default."""
    return tuple(
        (
            name,
            entry.alias or name,
            None if entry.is_required() else _plain(entry.get_default()),
        )
        for name, entry in model.model_fields.items()
    )


def _plain(value: Any) -> Any:
    """The value as JSON has it; a mapping of the spec has no value but its keys'."""
    return None if isinstance(value, BaseModel) else to_jsonable_python(value)


def _digested(
    files: Mapping[str, Iterable[Path]], workspace: Workspace, digests: Digests
) -> Iterator[tuple[str, InputFile]]:
    """Each file by its role: what it is to the figure, and where there are more its name."""
    for role, paths in files.items():
        several = list(paths)
        for path in several:
            name = role if len(several) == 1 else f"{role}/{_within(path, several)}"
            file = InputFile(path=workspace.relative(path), sha256=digests.of_file(path))
            yield name, file


def _within(path: Path, several: Iterable[Path]) -> str:
    """The path from the folder that all of them lie in."""
    folder = next(
        above for above in path.parents if all(other.is_relative_to(above) for other in several)
    )
    return path.relative_to(folder).as_posix()
