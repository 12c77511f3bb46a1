"""The keys that specs of each figure kind take, and the models of whole specs made of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, create_model

from paperfig.kinds import KINDS
from paperfig.kinds.fields import Listed, optional
from paperfig.kinds.kind import Key, Kind
from paperfig.specs.schema import Checkpoint, FigureSpec, Overrides

_COMMON = tuple(FigureSpec.model_fields)


def allowed_keys(kind: Kind) -> tuple[str, ...]:
    """All keys that a spec of the kind may give."""
    return (*_COMMON, *(key.name for key in kind.keys))


def required_keys(kind: Kind) -> tuple[str, ...]:
    """The keys that each spec of the kind gives."""
    heads = ("head",) if kind.head is None else ()
    own = (key.name for key in kind.keys if key.required)
    keys = ("figspec", "checkpoint", *heads, *own)
    return tuple(key for key in keys if key != kind.gives)


def _field(keys: Mapping[str, Key]) -> tuple[Any, Any]:
    """The field of a key that the kinds of these names take, each in its own sense."""
    first, *others = keys.values()
    is_one = all(_meaning(key) == _meaning(first) for key in others)
    unset = next((key.unset for key in keys.values() if key.unset), "")
    described = " ".join(f"`{kind}`: {key.description}" for kind, key in keys.items())
    info: Any = Field(
        default=first.default if is_one else None,
        description=first.description if is_one else described,
        json_schema_extra={"unset": unset if is_one else ""},
    )
    taken: Any = None
    for key in keys.values():
        taken = key.type if taken is None else taken | key.type
    return taken | None, info


def _own_fields(kinds: Iterable[Kind]) -> dict[str, Any]:
    """The keys that only specs of these kinds take; `required_keys` says which they need."""
    keys: dict[str, dict[str, Key]] = {}
    for kind in kinds:
        for key in kind.keys:
            if key.name in _COMMON:
                raise ValueError(f"{kind.name}: its key {key.name} is one of every kind")
            keys.setdefault(key.name, {})[kind.name] = key
    return {name: _field(own) for name, own in keys.items()}


def _meaning(key: Key) -> tuple[Any, ...]:
    """What kinds that share a key agree on; one may require it, and another not."""
    return key.type, key.description, key.default


__all__ = ["Checkpoint", "Overrides"]  # as the types of kinds' keys name them

AnyFigureSpec = create_model(
    "AnyFigureSpec", __base__=FigureSpec, __module__=__name__, **_own_fields(KINDS.values())
)
"""One figure of whichever kind: a `FigureSpec` with the keys of each kind's own."""

SPECS: Mapping[str, type[FigureSpec]] = {
    kind.name: create_model(
        f"{kind.name.capitalize()}Spec",
        __base__=FigureSpec,
        __module__=__name__,
        **_own_fields([kind]),
    )
    for kind in KINDS.values()
}
"""One figure of each kind: a `FigureSpec` with the keys of that kind's own."""

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
