"""What a user of the Python interface names: a spec, and the project that it is of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paperfig.errors import RequestError
from paperfig.project.workspace import Workspace
from paperfig.specs.loader import load_specs
from paperfig.specs.mappings import spec_of
from paperfig.specs.schema import NamedSpec
from paperfig.specs.select import find_root, root_or_folder

Spec = str | Path | Mapping[str, Any]
"""A spec's file or figure's name, or a mapping with a spec's keys."""

UNNAMED = "attention"
"""The figure of a mapping, as `paperfig draw` calls its own."""


def asked(spec: Spec, root: str | Path | None) -> tuple[NamedSpec, Workspace]:
    """The spec and its project.

    Args:
        spec: whose.
        root: the project's; found from the working folder where it is left out. A mapping
            needs no project: its paths start from the working folder where there is none.

    Raises:
        SpecError: the spec has faults, one line each.
        RequestError: there is no such spec or project, or the spec makes several figures.
    """
    if isinstance(spec, Mapping):
        folder = root_or_folder() if root is None else Path(root).resolve()
        return NamedSpec(name=UNNAMED, file="spec", spec=spec_of(spec)), Workspace(folder)
    folder = find_root(Path.cwd()) if root is None else Path(root).resolve()
    figures = load_specs(folder, [Path(spec)])
    if len(figures) != 1:
        names = ", ".join(figure.name for figure in figures)
        raise RequestError(spec, f"it makes {len(figures)} figures", f"name one: {names}")
    return figures[0], Workspace(folder)
