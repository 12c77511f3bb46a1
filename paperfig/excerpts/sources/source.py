"""Where a text is from: a known data set, the Hub, or local files.

A value of ``dataset`` is read as follows, in this order:

1. a name of the registry's `KNOWN_SOURCES`, short (``wikitext-103``) or on the Hub
   (``Salesforce/wikitext``), is the Hub's data set, whatever folder bears that name;
2. what begins with ``./``, ``../``, ``/`` or ``~``, ends as a format of the registry does
   (.txt, .pt …), or has more than one ``/``, is a path from the project's root;
3. any other name of an existing file or folder is that one, unless the Hub's cache holds a data
   set of the same name: then it is refused, and ``./`` says that the local one is meant;
4. anything else is a name on the Hub.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from paperfig.errors import ExcerptError
from paperfig.excerpts.sources.card import card_files
from paperfig.excerpts.sources.format import Row, visible
from paperfig.excerpts.sources.hub import CachedSplit, cached_split, is_cached, obtain_split
from paperfig.excerpts.sources.local import (
    SPLITS,
    LocalSplit,
    find_split,
    has_splits,
    is_text,
)
from paperfig.excerpts.sources.pointer import refuse_pointer
from paperfig.excerpts.sources.registry import (
    COMPRESSED,
    KNOWN_SOURCES,
    TEXT_FORMATS,
    TOKEN_FORMATS,
    KnownSource,
    text_format,
    token_format,
)
from paperfig.specs.schema import ExcerptSpec

if TYPE_CHECKING:
    import numpy  # noqa: ICN001 - the name by which it is found when types are checked

_PATH_BEGINS = ("./", "../", "/", "~")
_PATH_ENDS = (*TEXT_FORMATS, *TOKEN_FORMATS, COMPRESSED)
_OF_TEXT = ("config", "split", "field", "row", "rows", "find", "join", "clean")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSource:
    """A text or a split that can be read, and what is said of it.

    Attributes:
        name: as the spec names it.
        rows: its rows from the start, each time it is called; a row is its pieces of text.
        join: how its rows make a stream unless the spec says; None for a single text.
        title: what a caption calls it, where it is known.
        hub: its name on the Hub; None for local files.
        config: its configuration on the Hub.
        split: the split, None where there are no splits.
        revision: the commit of the Hub's data set.
        vfe: whether VFE models were trained on it after their clean-up.
        size: about how many bytes of text it has, where that is known before it is read.
        ids: the token ids of a file of those, which has no rows; mapped when called.
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    join: str | None
    title: str | None = None
    hub: str | None = None
    config: str | None = None
    split: str | None = None
    revision: str | None = None
    vfe: bool = False
    size: int | None = None
    ids: Callable[[], "numpy.ndarray"] | None = None

    def rows_told(self, advance: Callable[[int], None]) -> Iterator[Row]:
        """Its rows, telling of each piece of text how many bytes it has."""
        return (_told(row, advance) for row in self.rows())


def open_source(spec: ExcerptSpec, *, root: Path) -> TextSource:
    """The data set that the spec names, ready to be read.

    Example:
        In this repository, where demo/text holds folders of .txt files:

        >>> spec = ExcerptSpec(dataset="demo/text", split="validation")
        >>> source = open_source(spec, root=Path())
        >>> source.split, source.join, len(list(source.rows()))
        ('validation', 'blank-line', 3)

    Raises:
        ExcerptError: it is not there, not cached while offline, or has no such split.
    """
    name = _dataset(spec)
    path = _local_path(name, root)
    if path is None:
        _refuse_misspelt(name, root)
        return _hub_source(spec, name)
    if path.suffix in TOKEN_FORMATS:
        return _token_source(spec, name, path)
    return _local_source(spec, name, find_split(path, spec.split, name))


def excerpt_files(spec: ExcerptSpec, *, root: Path) -> tuple[Path, ...]:
    """The local files that the excerpt's text or ids depend on.

    Those of a Hub data set are its Arrow files in the cache, and none where it is not
    cached. Nothing is downloaded, and `datasets` is not imported.

    Raises:
        ExcerptError: a local data set is not there, or has no such split.
    """
    if isinstance(spec.ids, str):
        return (root / spec.ids,)
    if spec.dataset is None:
        return ()
    path = _local_path(spec.dataset, root)
    if path is None:
        found = _cached(spec)
        return found.files if found else ()
    if path.suffix in TOKEN_FORMATS:
        return token_format(path.suffix).inputs([path])
    return find_split(path, spec.split, spec.dataset).inputs


def hub_revision(spec: ExcerptSpec, *, root: Path) -> str | None:
    """The commit of the Hub's data set that would be read; None if local or not cached."""
    if spec.dataset is None or _local_path(spec.dataset, root) is not None:
        return None
    found = _cached(spec)
    return found.revision if found else None


def hub_config(spec: ExcerptSpec, *, root: Path) -> str | None:
    """The configuration of the Hub's data set that would be read, where it has a choice.

    None if it is local, not cached, or known by a short name, which means one configuration.
    """
    if spec.dataset is None or _local_path(spec.dataset, root) is not None:
        return None
    found = _cached(spec)
    return found.config if found and _on_hub(spec)[0] is None else None


def hub_cards(spec: ExcerptSpec, *, root: Path) -> tuple[Path, ...]:
    """The cached cards on which the choice of a configuration hangs; none where it is said."""
    if spec.dataset is None or _local_path(spec.dataset, root) is not None:
        return ()
    _, hub, config = _on_hub(spec)
    return () if config else card_files(hub)


def is_split(name: str, *, root: Path) -> bool:
    """Whether the data set that a name means is parted into splits; the Hub's are."""
    path = _local_path(name, root)
    return path is None or has_splits(path)


def _dataset(spec: ExcerptSpec) -> str:
    if spec.dataset is None:
        raise ExcerptError("excerpt", "it names no text", "`text` or `dataset` is right")
    return spec.dataset


def _local_path(name: str, root: Path) -> Path | None:
    """The path that a name means, by the rules above; None if it is the Hub's."""
    if any(name in (known.name, known.hub) for known in KNOWN_SOURCES):
        return None
    path = root / Path(name).expanduser()
    if name.startswith(_PATH_BEGINS) or name.endswith(_PATH_ENDS) or name.count("/") > 1:
        return path
    if not path.exists():
        return None
    if is_cached(name):
        raise ExcerptError(
            f"excerpt.dataset {name}",
            "a file or folder of this project and a data set of the Hub bear this name",
            f"`./{name}` means the local one; rename it to read the Hub's",
        )
    return path


def _refuse_misspelt(name: str, root: Path) -> None:
    """Refuses what is a known name, or a file's or folder's, but for case and marks.

    Raises:
        ExcerptError: the name that is meant is told.
    """
    known = [source.name for source in KNOWN_SOURCES]
    beside = [path.name for path in visible(root.iterdir()) if path.is_dir() or is_text(path)]
    meant = [other for other in (*known, *beside) if _bare(other) == _bare(name)]
    if meant and name not in known and not is_cached(name):
        raise ExcerptError(
            f"excerpt.dataset {name}",
            "it is no file or folder of this project, and no known data set",
            f"did you mean {meant[0]}?",
        )


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _hub_source(spec: ExcerptSpec, name: str) -> TextSource:
    known, hub, config = _on_hub(spec)
    also = "" if known else "it is no file or folder of this project, "
    if (split := SPLITS.get(spec.split or "", spec.split)) != spec.split:
        also += f"its split may be called {split}, "
    found = obtain_split(hub, config, spec.split, also=also)
    return TextSource(
        name=name,
        rows=partial(text_format(".arrow").rows, found.files, spec.field, name),
        join=known.join if known else "blank-line",
        title=known.title if known else None,
        hub=hub,
        config=found.config,
        split=found.split,
        revision=found.revision,
        vfe=known is not None and known.vfe,
        size=sum(file.stat().st_size for file in found.files),
    )


def _local_source(spec: ExcerptSpec, name: str, found: LocalSplit) -> TextSource:
    if spec.config is not None:
        raise ExcerptError(
            "excerpt.config", f"{name} is local and has no configuration", "leave it out"
        )
    for key, rows in (("join", "rows to join"), ("rows", "rows")):
        if found.is_one_text and getattr(spec, key) is not None:
            what = f"{name} is one text, and has no {rows}"
            right = "a .jsonl of its rows, {text: …} a line, has them"
            raise ExcerptError(f"excerpt.{key}", what, right)
    for file in found.inputs:
        refuse_pointer(file, name)
    return TextSource(
        name=name,
        rows=partial(found.format.rows, found.files, spec.field, name),
        join=None if found.is_one_text else "blank-line",
        split=found.split,
        size=found.size,
    )


def _told(row: Row, advance: Callable[[int], None]) -> Row:
    for piece in row:
        yield piece
        advance(len(piece) if piece.isascii() else len(piece.encode(errors="surrogatepass")))


def _token_source(spec: ExcerptSpec, name: str, path: Path) -> TextSource:
    """A file of ids, which has no text to be chosen from, joined or cleaned."""
    for key in _OF_TEXT:
        if getattr(spec, key) is not None:
            raise ExcerptError(
                f"excerpt.{key}", f"{name} holds token ids and no text", "leave it out"
            )
    refuse_pointer(path, name)
    ids = partial(token_format(path.suffix).ids, path, name)
    return TextSource(name=name, rows=lambda: iter(()), join=None, ids=ids)


def _on_hub(spec: ExcerptSpec) -> tuple[KnownSource | None, str, str | None]:
    """The known source if it is one, the name on the Hub and the configuration."""
    name, config = _dataset(spec), spec.config
    for known in KNOWN_SOURCES:
        by_config = config is not None and config.startswith(f"{known.name}-")
        if name == known.name and config is not None and not by_config:
            raise ExcerptError(
                "excerpt.config",
                f"{name} has no {config}",
                f"{known.config}, or none, is right",
            )
        if name == known.name or (name == known.hub and by_config):
            return known, known.hub, config or known.config
    return None, name, config


def _cached(spec: ExcerptSpec) -> CachedSplit | None:
    _, hub, config = _on_hub(spec)
    return cached_split(hub, config, spec.split)
