"""Merged nodes as a `FigureSpec`, or every fault that is in them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from paperfig.kinds import (
    DEFAULT,
    KINDS,
    kinds_that_average,
    kinds_that_sweep,
    kinds_that_take,
    kinds_with,
)
from paperfig.kinds.kind import Kind
from paperfig.specs.every_kind import (
    SPECS,
    AnyFigureSpec,
    Whole,
    allowed_keys,
    required_keys,
    wholes,
)
from paperfig.specs.nodes import (
    Fault,
    KeyPath,
    Node,
    dotted,
    is_inside,
    place_of,
    plain,
    refused,
)
from paperfig.specs.not_built import INSTEAD, is_built, not_built
from paperfig.specs.remedies import Remedies, meant_by
from paperfig.specs.rules import Complaint, complaints, several_excerpts
from paperfig.specs.schema import FigureSpec
from paperfig.specs.shape import either, forms_at, phrase_at
from paperfig.specs.translation import translated
from paperfig.specs.wanted import as_wanted
from paperfig.values.site import HeadRef, Site


def check(node: Node) -> tuple[FigureSpec | None, tuple[Fault, ...]]:
    """The spec in a merged and expanded mapping, or all its faults, each with its place."""
    spec, found = _judged(node, ())
    if spec is None:
        node, scalars = as_wanted(node)
        spec, found = _judged(node, scalars, Remedies(node, _faults_of))
    return spec, tuple(_fault(node, complaint) for complaint in found)


def _faults_of(node: Node) -> list[Complaint]:
    return _judged(*as_wanted(node))[1]


def _judged(
    node: Node, scalars: Iterable[Complaint], remedies: Remedies | None = None
) -> tuple[FigureSpec | None, list[Complaint]]:
    """The spec, or what is wrong besides the scalars that were refused."""
    data = plain(node)
    kept = _first_of_each([*_strays(data), *scalars, *_unbuilt(data)], ())
    closed = {*refused(node), *(complaint.keys for complaint in kept)}
    if ("figure",) not in closed:
        spec, errors = _validated(data)
        found = [
            *(told for whole in wholes(data) for told in _of_whole(whole)),
            *translated(errors, node, closed, remedies),
        ]
        if spec is not None and not found and not closed:
            return spec, []
        kept += _first_of_each(found, closed)
    return None, kept


def _fault(node: Node, complaint: Complaint) -> Fault:
    place = place_of(node, complaint.keys, of_key=complaint.of_key)
    return Fault(place, f"{dotted(complaint.keys)}: {complaint.what}", complaint.remedy)


def _first_of_each(found: Iterable[Complaint], closed: Collection[KeyPath]) -> list[Complaint]:
    """One complaint a key, the first; none inside what is closed or out of place itself."""
    kept: dict[KeyPath, Complaint] = {}
    silent = set(closed)
    for complaint in found:
        if not is_inside(complaint.keys, silent):
            kept.setdefault(complaint.keys, complaint)
            silent |= {complaint.keys} if complaint.of_key else set()
    return list(kept.values())


def _unbuilt(data: Mapping[str, Any]) -> Iterator[Complaint]:
    for whole in wholes(data):
        for keys, value in not_built(whole.data):
            place = whole.place(keys)
            if is_built(keys):
                right = f"{phrase_at(keys)} is right"
                yield Complaint(place, f"{value} is not built yet", right)
            else:
                remedy = INSTEAD.get(keys, "leave it out")
                yield Complaint(place, "not built yet", remedy, of_key=True)


def _of_whole(whole: Whole) -> Iterator[Complaint]:
    """What is wrong with a spec as it is of one variant, told where it stands."""
    for told in (*_of_kind(whole.data), *complaints(whole.data)):
        yield told._replace(keys=whole.place(told.keys))


def _kind_of(data: Mapping[str, Any]) -> Kind | None:
    """The kind that the spec names, where there is such a kind."""
    name = data.get("figure", DEFAULT.name)
    return KINDS.get(name) if isinstance(name, str) else None


def _strange(data: Mapping[str, Any], kind: Kind) -> list[str]:
    """The keys that specs of a kind do not take."""
    allowed = allowed_keys(kind)
    return [key for key in data if key not in allowed]


def _strays(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Keys of other kinds."""
    if (kind := _kind_of(data)) is None:
        return
    for key in _strange(data, kind):
        if kinds_with(key):
            what = f"not a key of {kind.name} but of {either(kinds_with(key))}"
            yield Complaint((key,), what, "leave it out", of_key=True)


def _of_kind(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Keys that this kind cannot do without, and what it does not show."""
    kind = _kind_of(data)
    if kind is None:
        return
    meant = {other[0] for key in _strange(data, kind) for other in meant_by((key,))}
    for key in required_keys(kind):
        if key not in data and key not in meant:
            yield Complaint((key,), "missing", f"{phrase_at((key,))} is right")
    for own in kind.keys:
        if own.name in data and own.goes_with and own.goes_with not in data:
            what = f"goes with {own.goes_with}, which is not given"
            yield Complaint((own.name,), what, "leave it out", of_key=True)
    yield from _style(data, kind)
    yield from _lists(data, kind)
    yield from _several_excerpts(data, kind)
    yield from _heads_of_one_layer(data, kind)


def _style(data: Mapping[str, Any], kind: Kind) -> Iterator[Complaint]:
    """Keys of the style, and values of them, that other kinds take."""
    style = data.get("style")
    for key, value in style.items() if isinstance(style, Mapping) else ():
        place = ("style", key)
        if (kinds := kinds_that_take(key)) and key not in kind.takes:
            what = f"not a key of {kind.name} but of {either(kinds)}"
            yield Complaint(place, what, "leave it out", of_key=True)
        elif (kinds := kinds_that_take(f"{key}: {value}")) and kind.name not in kinds:
            what = f"{value} is for {either(f'figure: {name}' for name in kinds)}"
            yield Complaint(place, what, f"{either(_taken(key, kind))} is right")


def _taken(key: str, kind: Kind) -> Iterator[str]:
    """The values of a key of the style that a kind takes."""
    for form in forms_at(("style", key)):
        for value in form.get("enum", ()):
            kinds = kinds_that_take(f"{key}: {value}")
            if not kinds or kind.name in kinds:
                yield str(value)


def _lists(data: Mapping[str, Any], kind: Kind) -> Iterator[Complaint]:
    """Lists of what other kinds show several of."""
    for key, value in data.items():
        kinds = kinds_that_sweep(key)
        if kinds and isinstance(value, list) and key not in kind.sweeps:
            what = f"a list is for {either(f'figure: {name}' for name in kinds)}"
            yield Complaint((key,), what, "one is right")


def _several_excerpts(data: Mapping[str, Any], kind: Kind) -> Iterator[Complaint]:
    """A number of excerpts for a kind that shows one."""
    excerpt = data.get("excerpt")
    key = several_excerpts(excerpt) if isinstance(excerpt, Mapping) else None
    if key is not None and not kind.averages:
        kinds = either(f"figure: {name}" for name in kinds_that_average())
        what = f"{kind.name} shows one excerpt; several are for {kinds}"
        yield Complaint(("excerpt", key), what, "leave it out", of_key=True)


def _heads_of_one_layer(data: Mapping[str, Any], kind: Kind) -> Iterator[Complaint]:
    """Heads that a kind that shows each on its own, or those of one layer, does not show."""
    head = data.get("head")
    heads = head if isinstance(head, list) else [head]
    layers = set(_sites(heads))
    if head == "mean" and (kind.one_layer or kind.every_layer):
        beside = "beside the mean" if kind.one_layer else "on its own"
        what, right = f"{kind.name} shows each head {beside}", "all or a list is right"
        yield Complaint(("head",), what, right)
    elif kind.one_layer and len(layers) > 1:
        what, right = f"{kind.name} shows one layer", "heads of one layer are right"
        yield Complaint(("head",), what, right)


def _sites(heads: Iterable[object]) -> Iterator[Site]:
    """The layers that references among the heads carry."""
    for entry in heads:
        with suppress(ValueError):
            yield HeadRef.parse(str(entry)).site


def _validated(data: Mapping[str, Any]) -> tuple[FigureSpec | None, list[ErrorDetails]]:
    kind = _kind_of(data)
    model = AnyFigureSpec if kind is None else SPECS[kind.name]
    try:
        return model.model_validate(data, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, error.errors(include_url=False)
