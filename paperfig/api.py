"""The Python interface: attention as a spec asks for it, without drawing."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from paperfig.build.group import Group, Sources
from paperfig.errors import RequestError
from paperfig.spec.loader import find_root, load_specs, spec_of
from paperfig.spec.schema import FigureSpec
from paperfig.statistics.measures import summarise
from paperfig.values.attention import AttentionMap


class Attention(AttentionMap):
    """An `AttentionMap` that can tell its statistics."""

    __slots__ = ()

    def statistics(self) -> tuple[Mapping[str, Any], ...]:
        """One entry a head, as `paperfig show` prints them."""
        return summarise(self)


def attention(
    spec: str | Path | Mapping[str, Any],
    *,
    root: str | Path | None = None,
    device: str = "auto",
) -> Attention:
    """The attention that a spec asks for; nothing is drawn or written.

    Args:
        spec: a spec's file or figure's name, or a mapping with a spec's keys.
        root: the project's root, which the spec's paths start from; found from the working
            folder where it is left out.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.

    Returns:
        ``weights`` and ``scores`` (head × query × key), ``mask`` (query × key), ``tokens``.

    Raises:
        PaperfigError: the spec, or what it names, is at fault.
    """
    folder = Path(root) if root is not None else find_root(Path.cwd())
    named = _spec(spec, folder)
    group = Group([named], Sources(folder, device))
    maps = group.values(named, keep_scores=True).maps
    if len(maps) > 1:
        layers = ", ".join(str(entry.layer) for entry in maps)
        raise RequestError("head", f"it names heads of layers {layers}", "name one layer's")
    return Attention(**{field.name: getattr(maps[0], field.name) for field in fields(maps[0])})


def _spec(spec: str | Path | Mapping[str, Any], root: Path) -> FigureSpec:
    if isinstance(spec, Mapping):
        return spec_of(spec)
    figures = load_specs(root, [Path(spec)])
    if len(figures) != 1:
        names = ", ".join(figure.name for figure in figures)
        raise RequestError(spec, f"it makes {len(figures)} figures", f"name one: {names}")
    return figures[0].spec
