"""The keys that specs of each figure kind take, and the models of whole specs made of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, create_model

from paperfig.kinds import KINDS
from paperfig.kinds.fields import Listed, optional
from paperfig.kinds.kind import Key, Kind
from paperfig.specs.schema import FigureSpec

_COMMON = tuple(FigureSpec.model_fields)


def allowed_keys(kind: Kind) -> tuple[str, ...]:
    """All keys that a spec of the kind may give."""
    return (*_COMMON, *(key.name for key in kind.keys))


def required_keys(kind: Kind) -> tuple[str, ...]:
    """The keys that each spec of the kind gives."""
    heads = ("head",) if kind.head is None else ()
    own = (key.name for key in kind.keys if key.required)
    return ("figspec", "checkpoint", *heads, *own)


def _own_fields() -> Iterator[tuple[str, Any]]:
    """The keys of each kind's own; `required_keys` says which of them a kind needs."""
    keys: dict[str, Key] = {}
    unset: dict[str, str] = {}
    for kind in KINDS.values():
        for key in kind.keys:
            first = keys.setdefault(key.name, key)
            if key.name in _COMMON or _meaning(first) != _meaning(key):
                raise ValueError(f"{kind.name}: its key {key.name} is another one elsewhere")
            unset[key.name] = unset.get(key.name) or key.unset
    for key in keys.values():
        info: Any = Field(
            default=key.default,
            description=key.description,
            json_schema_extra={"unset": unset[key.name]},
        )
        yield key.name, (key.type | None, info)


def _meaning(key: Key) -> tuple[Any, ...]:
    """What kinds that share a key agree on; one may require it, and another not."""
    return key.type, key.description, key.default


AnyFigureSpec = create_model(
    "AnyFigureSpec", __base__=FigureSpec, __module__=__name__, **dict(_own_fields())
)
"""One figure of whichever kind: a `FigureSpec` with the keys of each kind's own."""

_EACH: Any = optional(
    "One figure for each combination of `{dotted.key: [values]}`, or for each entry of "
    "`{label: {overrides}}`, named `stem-label`; at most 1,000 without `--many`.",
    "one figure",
)

FileSpec = create_model(
    "FileSpec",
    __base__=AnyFigureSpec,
    __module__=__name__,
    __doc__="A spec file: one figure, or with `each` a family of them.",
    each=(Mapping[str, Listed[Any] | Mapping[str, Any]] | None, _EACH),
)
"""A spec file: one figure, or with `each` a family of them."""
