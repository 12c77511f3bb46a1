"""Figures of attention that is in memory: nothing of it is read, and no spec is in a file."""

from collections.abc import Mapping
from typing import Any

from paperfig.api.figure import Figure
from paperfig.api.request import UNNAMED
from paperfig.engine.computing import values_in_memory
from paperfig.engine.given import PLACEHOLDERS
from paperfig.engine.group import Group
from paperfig.errors import RequestError
from paperfig.models.source import AttentionSource
from paperfig.project.workspace import Workspace
from paperfig.specs.mappings import signed_spec_of, spec_of
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.specs.select import root_or_folder
from paperfig.values.excerpt import Excerpt
from paperfig.values.figure import FigureData


def asked_of(
    where: str,
    *,
    signed: bool = False,
    options: Mapping[str, Any] | None = None,
    **keys: Any,
) -> NamedSpec:
    """The spec of a figure of what is in memory.

    Args:
        where: what messages call it: the function of the public interface.
        signed: whether it is of values of either sign.
        options: the keys of a spec that only the figure's kind takes.
        keys: the others; those that are None are left out.

    Raises:
        RequestError: an option is a key of every kind.
        SpecError: one of them is wrong, a line each.
    """
    for key in options or {}:
        if key in FigureSpec.model_fields:
            what = f"options: {key} is a key of every kind"
            raise RequestError(where, what, "those that only this kind takes are right")
    said = {key: value for key, value in keys.items() if value is not None}
    read = signed_spec_of if signed else spec_of
    return NamedSpec(
        name=UNNAMED, file=where, spec=read({**PLACEHOLDERS, **(options or {}), **said}, where)
    )


def figure_of_source(named: NamedSpec, source: AttentionSource, excerpt: Excerpt) -> Figure:
    """The figure of a source on its tokens; computed now, so that its faults are told.

    Raises:
        PaperfigError: what the spec asks for is not there.
    """
    return figure_of(named, values_in_memory(named, Group([named.spec], source, excerpt)))


def figure_of(named: NamedSpec, data: FigureData) -> Figure:
    """The figure of values; templates are those of the project around the working folder."""
    return Figure(named, Workspace(root_or_folder()), lambda: data)
