"""The figures that a project's spec files ask for, or every fault in them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from paperfig.errors import PaperfigError, SpecError
from paperfig.specs.check import check
from paperfig.specs.document import Document, parse_document, read_document
from paperfig.specs.expand import expand, merge
from paperfig.specs.nodes import Fault, Node, Place
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.specs.select import (
    DEFAULTS,
    FOLDER,
    figure_name,
    find_root,
    name_faults,
    select,
    unknown_figure,
)

CODE_KEYS = ("adapter", "code")

__all__ = ["find_root", "load_specs", "spec_of"]


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
            of figures; None for all.
        many: whether one ``each`` may make more than 1,000 figures.
        lowest: what holds where neither a spec nor any defaults say anything.

    Raises:
        SpecError: all faults of all the files read, one line each.
        RequestError: one of ``files`` names no spec of the project.
    """
    loading = _Loading(root, many=many, lowest=lowest or {})
    for path, figure in select(root, files):
        loading.want(path, figure)
    return loading.result()


def spec_of(mapping: Mapping[str, Any]) -> FigureSpec:
    """The spec that a mapping holds, as strictly read as a file.

    Raises:
        SpecError: all its faults, one line each.
    """
    document = parse_document(yaml.safe_dump({"figspec": 1, **mapping}), "spec", by_hand=False)
    spec, faults = (None, ()) if document.root is None else check(document.root)
    if spec is None:
        raise SpecError([fault.error() for fault in sorted({*document.faults, *faults})])
    return spec


class _Loading:
    """The wanted specs and the faults found so far; each file is read once."""

    def __init__(self, root: Path, *, many: bool, lowest: Mapping[str, Any]) -> None:
        self._wanted: list[NamedSpec] = []
        self._faults: list[Fault] = []
        self._root, self._many = root, many
        self._lowest = parse_document(yaml.safe_dump(dict(lowest)), "defaults").root
        self._defaults: dict[Path, Document] = {}
        self._figures: dict[Path, dict[str, NamedSpec]] = {}

    def want(self, path: Path, figure: str | None) -> None:
        """Adds a figure of a file, or all of them, or the file's faults.

        Raises:
            RequestError: no figure of the file bears that name.
        """
        if path not in self._figures:
            self._figures[path] = {spec.name: spec for spec in self._read(path)}
        figures = self._figures[path]
        if figure is None:
            self._wanted += figures.values()
        elif figure in figures:
            self._wanted.append(figures[figure])
        elif not self._faults:
            raise unknown_figure(figure, figures)

    def _read(self, path: Path) -> Iterator[NamedSpec]:
        """The figures of one file; what is wrong with it joins the faults."""
        file, name = self._file(path), figure_name(path, self._root)
        defaults = dict(self._defaults_for(path))
        document = read_document(path, file)
        documents = [*defaults.values(), document]
        self._faults += [fault for read in documents for fault in read.faults]
        self._faults += [Fault(Place(file, 1, 1), *fault) for fault in name_faults(name)]
        roots = [read.root for read in documents if read.root is not None]
        if len(roots) < len(documents):
            return
        inputs = (*(self._file(one) for one in defaults), file)
        for label, node in self._variants(roots):
            spec, faults = check(node)
            self._faults += [*faults, *_code_elsewhere(node, file)]
            if spec is not None:
                full = name if label is None else f"{name}-{label}"
                yield NamedSpec(name=full, file=file, spec=spec, inputs=inputs)

    def result(self) -> tuple[NamedSpec, ...]:
        """The figures sorted by name, each name once."""
        specs = sorted(self._wanted, key=lambda spec: (spec.name, spec.file))
        faults: list[PaperfigError] = [fault.error() for fault in sorted(set(self._faults))]
        for spec, following in pairwise(specs):
            if spec.name == following.name:
                what = f"the figure {spec.name} a second time, also in {spec.file}"
                place = Place(following.file, 1, 1)
                faults.append(Fault(place, what, "give one another name").error())
        if faults:
            raise SpecError(faults)
        return tuple(specs)

    def _variants(self, roots: Sequence[Node]) -> Iterator[tuple[str | None, Node]]:
        first, *others = roots if self._lowest is None else (self._lowest, *roots)
        for above in others:
            first = merge(first, above)
        variants, faults = expand(first, many=self._many)
        self._faults += faults
        yield from variants

    def _defaults_for(self, path: Path) -> Iterator[tuple[Path, Document]]:
        """The defaults of each folder from figspec/ down to the spec's own."""
        top = self._root / FOLDER
        for folder in [top, *reversed(path.relative_to(top).parents[:-1])]:
            defaults = top / folder / DEFAULTS
            if os.path.lexists(defaults):
                if defaults not in self._defaults:
                    self._defaults[defaults] = read_document(defaults, self._file(defaults))
                yield defaults, self._defaults[defaults]

    def _file(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _code_elsewhere(node: Node, file: str) -> Iterator[Fault]:
    """Keys that name code to run and stand in another file than the spec's own."""
    checkpoint = node.entries.get("checkpoint")
    for key in CODE_KEYS:
        if checkpoint is not None and key in checkpoint.entries:
            place = checkpoint.entries[key].place
            if place.file != file:
                what = f"checkpoint.{key}: names code to run, for every spec below"
                yield Fault(place, what, "give it in the spec's own file only")
