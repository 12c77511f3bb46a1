"""What a figure depends on: what its numbers are computed from, and how it is drawn."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from paperfig.captions.templates import template_files
from paperfig.engine.keys import CODE, leaves_of
from paperfig.engine.variants import Variants
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
from paperfig.project.told_once import prefix, told_once
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.statistics.scores_file import scores_files
from paperfig.values.record import InputFile, Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureInputs:
    """The inputs of one figure as they stand.

    Attributes:
        compute: what the numbers depend on.
        drawing: what changes the look or the caption only.
        defaults: what holds where a key is left out, by dotted key.
        paths: every path that was looked at.
        gone: the roles of what cannot be found here, as all of its kind is gone.
    """

    compute: Inputs = field(default_factory=Inputs)
    drawing: Inputs = field(default_factory=Inputs)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()
    gone: frozenset[str] = frozenset()

    def is_gone(self, role: str) -> bool:
        """Whether a file of that role cannot be found here, since all of its kind is gone."""
        return any(role == gone or role.startswith(f"{gone}/") for gone in self.gone)


def gather(
    named: NamedSpec, variants: Variants, workspace: Workspace, digests: Digests
) -> FigureInputs:
    """The inputs of a figure; files are hashed, none is read otherwise.

    Args:
        named: the figure's spec.
        variants: what it sets side by side.
        workspace: the project.
        digests: of the files.
    """
    spec = named.spec
    parts = {label: _gathered(one, workspace, digests) for label, one in variants.items()}
    templates = template_files(spec.caption, spec.figure, templates=workspace.templates)
    own = {"template": tuple(path for path in templates if not workspace.is_ours(path))}
    leaves = {label: list(leaves_of(one)) for label, one in variants.items()}
    computed = {
        label: {leaf.key: leaf.value for leaf in several if leaf.is_computed}
        for label, several in leaves.items()
    }
    drawn = {
        label: {leaf.key: leaf.value for leaf in several if leaf.is_drawn}
        for label, several in leaves.items()
    }
    return FigureInputs(
        compute=Inputs(
            keys=told_once({label: parts[label].keys | computed[label] for label in variants})
            | {"revision": COMPUTE_REVISION}
            | ({} if "" in variants else {"variants": list(variants)}),
            files=told_once({label: part.files for label, part in parts.items()}),
        ),
        drawing=Inputs(
            keys=told_once(drawn) | {"revision": DRAWING_REVISION, "name": named.name},
            files=dict(_digested(own, workspace, digests)),
        ),
        defaults={
            f"{start}{leaf.key}": leaf.default
            for label, several in leaves.items()
            for leaf in several
            for start in ("", prefix(label))
            if leaf.default is not None
        },
        paths=(*(path for part in parts.values() for path in part.paths), *templates),
        gone=frozenset(
            f"{start}{role}"
            for label, part in parts.items()
            for role in part.gone
            for start in ("", prefix(label))
        ),
    )


class _Part(NamedTuple):
    """What the numbers of one variant depend on besides the keys of its spec.

    Attributes:
        keys: revisions, and what else is no file.
        files: each by its role.
        paths: every path that was looked at.
        gone: the roles of what is not here.
    """

    keys: dict[str, Any]
    files: dict[str, InputFile]
    paths: tuple[Path, ...]
    gone: tuple[str, ...]


def _gathered(spec: FigureSpec, workspace: Workspace, digests: Digests) -> _Part:
    root = workspace.root
    weights = stored_files(spec.checkpoint, root=root)
    code = run_files(spec.checkpoint, root=root)
    texts, tokens = _text_files(spec, root), _tokenizer_files(spec, root)
    scores = scores_files(spec, root=root)
    counted, vocabulary = _counted_files(spec, root), vocabulary_revision(spec, root)
    revision = hub_revision(spec.excerpt, root=root)
    # a Hub set's revision is its digest; its files in the cache are only watched
    files = {
        "checkpoint": weights,
        CODE: code,
        "excerpt": () if revision else texts or (),
        "tokenizer": tokens or (),
        "statistic": scores,
        "tokenizer.vocabulary": () if any(vocabulary.values()) else counted or (),
    }
    found = {"excerpt": texts, "tokenizer": tokens, "tokenizer.vocabulary": counted}
    is_here = any(path.is_file() for path in code) or not code
    return _Part(
        keys={"excerpt.config": hub_config(spec.excerpt, root=root)}
        | {"excerpt.revision": revision}
        | ({CODE: True} if code else {})
        | vocabulary,
        files=dict(_digested(files, workspace, digests)),
        paths=(
            *(*weights, *code, *(texts or ()), *(tokens or ()), *(counted or ())),
            *scores,
            *hub_cards(spec.excerpt, root=root),
        ),
        gone=(
            *(role for role, there in found.items() if there is None),
            *(() if is_here else (CODE,)),
        ),
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
