"""The figures that a project's spec files ask for, or every fault in them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from paperfig.errors import SpecError
from paperfig.kinds import DEFAULT, KINDS, takes
from paperfig.specs.check import check
from paperfig.specs.document import Document, parse_document, read_document
from paperfig.specs.expand import ExpandedSpec, expand, merge
from paperfig.specs.nodes import Fault, Node, Place, child, dotted, place_of, plain, scalars
from paperfig.specs.schema import NamedSpec
from paperfig.specs.select import (
    DEFAULTS,
    FOLDER,
    Selection,
    figure_name,
    name_faults,
    select,
    unknown_figure,
)
from paperfig.specs.wanted import as_wanted

CODE_KEYS = ("adapter", "code")
OF_RELATIVE = ("limits", "palette")
"""What is said beside a relative scale, and holds of no other."""


class FaultyFile(NamedTuple):
    """A spec file, or a folder of them, that is not sound.

    Attributes:
        name: that its figure has, or would begin with.
        faults: its own, and those of the defaults beneath.
    """

    name: str
    faults: tuple[Fault, ...]


class Specs(NamedTuple):
    """What spec files ask for.

    Attributes:
        figures: those of the sound files, sorted by name, each name once.
        faulty: the files that are not sound. None of their figures is there.
    """

    figures: tuple[NamedSpec, ...]
    faulty: tuple[FaultyFile, ...]

    @property
    def error(self) -> SpecError | None:
        """The faults of all files, each once; None where there are none."""
        faults = {fault for file in self.faulty for fault in file.faults}
        return SpecError([fault.error() for fault in sorted(faults)]) if faults else None

    def may_make(self, name: str) -> bool:
        """Whether a sound file makes the figure, or a faulty one would once it is mended."""
        return any(spec.name == name for spec in self.figures) or any(
            name == file.name or name.startswith((f"{file.name}-", f"{file.name}/"))
            for file in self.faulty
        )


def load_specs(
    root: Path,
    files: Sequence[Path] | None = None,
    *,
    many: bool = False,
    lowest: Mapping[str, Any] | None = None,
) -> tuple[NamedSpec, ...]:
    """The figures of a project, sorted by name: merged, expanded and checked.

    Args:
        root: the project's root, the folder that holds figspec/.
        files: spec files or folders, relative to the working folder or absolute, or names
            of figures; None for all. Others are not read.
        many: whether one ``each`` may make more than 1,000 figures.
        lowest: what holds where neither a spec nor any defaults say anything.

    Raises:
        SpecError: all faults of all the files read, one line each.
        RequestError: one of ``files`` names no spec of the project.
    """
    specs = SpecFiles(root, many=many, lowest=lowest).select(files)
    if specs.error is not None:
        raise specs.error
    return specs.figures


def value_of(text: str, key: str, where: str) -> dict[str, Any]:
    """The mapping that a YAML text gives a key of a spec, its scalars as the key wants them.

    Args:
        text: a mapping.
        key: of the spec.
        where: what messages call the text.

    Raises:
        SpecError: it cannot be read; what it means is not looked at.
    """
    document = parse_document(text, where)
    faults = list(document.faults)
    if document.root is not None:
        node, complaints = as_wanted(document.root, (key,))
        for keys, what, remedy, of_key in complaints:
            inner = keys[1:]
            place = place_of(node, inner, of_key=of_key)
            faults.append(Fault(place, f"{dotted(inner)}: {what}", remedy))
    if faults or document.root is None:
        raise SpecError([fault.error() for fault in faults])
    found: dict[str, Any] = plain(node)
    return found


class _SpecFile(NamedTuple):
    """What one file gives: figures by name, as far as they are sound, and its faults."""

    figures: Mapping[str, NamedSpec]
    faults: tuple[Fault, ...]


class SpecFiles:
    """The spec files of a project, each read once, when something of it is wanted.

    A name that two of the files read make is a fault of both.

    Args:
        root: the project's root, the folder that holds figspec/.
        many: whether one ``each`` may make more than 1,000 figures.
        lowest: what holds where neither a spec nor any defaults say anything.
    """

    def __init__(
        self, root: Path, *, many: bool = False, lowest: Mapping[str, Any] | None = None
    ) -> None:
        self._root, self._many = root, many
        self._lowest = parse_document(yaml.safe_dump(dict(lowest or {})), "defaults").root
        self._defaults: dict[Path, Document] = {}
        self._files: dict[Path, _SpecFile] = {}

    def select(self, wanted: Sequence[Path] | None) -> Specs:
        """The wanted figures and faulty files.

        Args:
            wanted: spec files or folders, relative to the working folder or absolute, or
                names of figures; None for all.

        Raises:
            RequestError: one of them names no spec of the project.
        """
        selections = select(self._root, wanted)
        for path in {path for selection in selections for path in selection.paths}:
            if path not in self._files:
                self._files[path] = self._read(path)
        clashes = self._clashes()
        figures: dict[str, NamedSpec] = {}
        faulty: dict[Path, FaultyFile] = {}
        for selection in selections:
            for path in self._asked(selection):
                file = self._files[path]
                faults = (*file.faults, *clashes.get(path, ()))
                if faults:
                    faulty[path] = FaultyFile(figure_name(path, self._root), faults)
                elif selection.figure is None:
                    figures |= file.figures
                else:
                    figures[selection.figure] = file.figures[selection.figure]
        sound = tuple(figures[name] for name in sorted(figures))
        return Specs(sound, tuple(faulty.values()))

    def _asked(self, selection: Selection) -> Sequence[Path]:
        """The files of a selection; where one figure is wanted those that make it, or may.

        Raises:
            RequestError: no figure of the files bears that name.
        """
        paths, figure = selection.paths, selection.figure
        if figure is None:
            return paths
        making = [path for path in paths if figure in self._files[path].figures]
        asked = making or [path for path in paths if self._files[path].faults]
        if not asked:
            made = [name for path in paths for name in self._files[path].figures]
            raise unknown_figure(figure, made)
        return asked

    def _read(self, path: Path) -> _SpecFile:
        """The figures of one file, and what is wrong with it or with the defaults beneath."""
        file, name = self._file(path), figure_name(path, self._root)
        defaults = dict(self._defaults_for(path))
        document = read_document(path, file)
        documents = [*defaults.values(), document]
        faults = [fault for read in documents for fault in read.faults]
        faults += [Fault(Place(file, 1, 1), *fault) for fault in name_faults(name)]
        roots = [read.root for read in documents if read.root is not None]
        if len(roots) < len(documents):
            return _SpecFile({}, tuple(faults))
        inputs = (*(self._file(one) for one in defaults), file)
        variants, wrong = self._variants(roots)
        faults += wrong
        figures = {}
        for label, whole in variants:
            node = _as_it_applies(whole, file)
            spec, wrong = check(node)
            faults += [*wrong, *_code_elsewhere(node, file)]
            if spec is not None:
                full = name if label is None else f"{name}-{label}"
                figures[full] = NamedSpec(name=full, file=file, spec=spec, inputs=inputs)
        return _SpecFile(figures, tuple(faults))

    def _clashes(self) -> Mapping[Path, tuple[Fault, ...]]:
        """By file, the names of its figures that another one makes too."""
        made = sorted(
            (name, spec.file, path)
            for path, file in self._files.items()
            for name, spec in file.figures.items()
        )
        clashes: dict[Path, tuple[Fault, ...]] = {}
        for (name, file, path), (same, other, another) in pairwise(made):
            if name == same:
                what = f"the figure {name} a second time, also in {file}"
                fault = Fault(Place(other, 1, 1), what, "give one another name")
                for faulty in (path, another):
                    clashes[faulty] = (*clashes.get(faulty, ()), fault)
        return clashes

    def _variants(
        self, roots: Sequence[Node]
    ) -> tuple[tuple[ExpandedSpec, ...], tuple[Fault, ...]]:
        first, *others = roots if self._lowest is None else (self._lowest, *roots)
        for above in others:
            first = merge(first, above)
        return expand(first, many=self._many)

    def _defaults_for(self, path: Path) -> Iterator[tuple[Path, Document]]:
        """The defaults of each folder from figspec/ down to the spec's own."""
        top = self._root / FOLDER
        for folder in [Path(), *reversed(path.relative_to(top).parents[:-1])]:
            defaults = top / folder / DEFAULTS
            if os.path.lexists(defaults):
                if defaults not in self._defaults:
                    self._defaults[defaults] = read_document(defaults, self._file(defaults))
                yield defaults, self._defaults[defaults]

    def _file(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _as_it_applies(node: Node, file: str) -> Node:
    """The spec without what defaults say of a style that its kind does not take."""
    style, named = child(node, "style"), child(node, "figure")
    kind = DEFAULT.name if named is None else str(named.value)
    if style is None or not isinstance(style.value, dict) or kind not in KINDS:
        return node
    entries = style.entries
    of_defaults = [key for key, entry in entries.items() if entry.place.file != file]
    idle = {key for key in of_defaults if not takes(kind, key, entries[key].value)}
    if "scale" in idle and entries["scale"].value == "relative":
        idle.update(key for key in of_defaults if key in OF_RELATIVE)
    applying = style
    for key in idle:
        applying = applying.without(key)
    return node.with_entry("style", applying, node.keys["style"])


def _code_elsewhere(node: Node, file: str) -> Iterator[Fault]:
    """Keys that name code to run and stand in another file than the spec's own."""
    for keys, value in scalars(node):
        if keys[-1] in CODE_KEYS and "checkpoint" in keys and value.place.file != file:
            what = f"{dotted(keys)}: names code to run, for every spec below"
            yield Fault(value.place, what, "give it in the spec's own file only")
