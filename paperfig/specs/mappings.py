"""A spec that a program holds as a mapping, read as strictly as a file."""

from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any

import numpy as np
import yaml
from pydantic import ValidationError

from paperfig.errors import RequestError, SpecError
from paperfig.specs.check import check
from paperfig.specs.document import parse_document
from paperfig.specs.scalars import read_scalar
from paperfig.specs.schema import FigureSpec
from paperfig.specs.style import SignedStyleSpec


def spec_of(mapping: Mapping[str, Any], where: str = "spec") -> FigureSpec:
    """The spec that a mapping holds, as strictly read as a file.

    Args:
        mapping: a spec's keys.
        where: what messages call it, which has no lines.

    Raises:
        SpecError: all its faults, one line each.
    """
    try:
        text = yaml.dump({"figspec": 1, **mapping}, Dumper=_Dumper)
    except RequestError as error:
        raise SpecError([RequestError(where, error.what, error.remedy)]) from error
    document = parse_document(text, where, by_hand=False)
    spec, faults = (None, ()) if document.root is None else check(document.root)
    if spec is None:
        told = sorted({*document.faults, *faults})
        raise SpecError([RequestError(where, fault.what, fault.remedy) for fault in told])
    return spec


def signed_spec_of(mapping: Mapping[str, Any], where: str = "spec") -> FigureSpec:
    """The spec of values of either sign, whose limits may be below 0.

    Args:
        mapping: a spec's keys.
        where: what messages call it, which has no lines.

    Raises:
        SpecError: all its faults, one line each.
    """
    style = mapping.get("style")
    if not isinstance(style, Mapping) or "limits" not in style:
        spec = spec_of(mapping, where)
        return spec.model_copy(update={"style": SignedStyleSpec(**dict(spec.style))})
    others = {key: value for key, value in style.items() if key != "limits"}
    spec = spec_of({**mapping, "style": others}, where)
    limits = style["limits"]
    pair = limits if isinstance(limits, str) else tuple(np.ravel(limits).tolist())
    try:
        signed = SignedStyleSpec(**{**dict(spec.style), "limits": pair})
    except ValidationError as error:
        what, right = f"style.limits: it is {limits!r:.60}", "auto, full or [-a, b] is right"
        raise SpecError([RequestError(where, what, right)]) from error
    return spec.model_copy(update={"style": signed})


class _Dumper(yaml.SafeDumper):
    """Texts that look like something else in quotes, also where only our reader thinks so."""


def _in_quotes_where_needed(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if read_scalar(text) == text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _plain_where_it_stands_for_it(dumper: yaml.SafeDumper, value: Any) -> yaml.Node:
    """A number of numpy or torch, a path, a mapping of another class, as what a file holds."""
    if isinstance(value, PathLike):
        return dumper.represent_data(fspath(value))
    if isinstance(value, Mapping):
        return dumper.represent_data(dict(value))
    if hasattr(value, "tolist"):
        return dumper.represent_data(value.tolist())
    right = "texts, numbers, lists and mappings are right"
    raise RequestError("value", f"{value!r:.40} is of type {type(value).__name__}", right)


_Dumper.add_representer(str, _in_quotes_where_needed)
_Dumper.add_multi_representer(object, _plain_where_it_stands_for_it)
