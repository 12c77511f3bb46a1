"""The keys that specs of each figure kind take, and the models of whole specs made of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import Field, create_model

from paperfig.kinds import KINDS
from paperfig.kinds.fields import Listed, SpecModel, optional
from paperfig.kinds.kind import Key, Kind
from paperfig.specs.nodes import KeyPath
from paperfig.specs.schema import Checkpoint, FigureSpec

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


VARIED = (
    *("checkpoint", "excerpt", "tokenizer", "mask", "kappa", "transport"),
    *("score_at", "precision"),
)
"""The keys in which what a figure sets side by side may differ."""


def _overriding(name: str) -> Any:
    field = FigureSpec.model_fields[name]
    written: Any = field.annotation
    if field.metadata:
        written = Annotated[written, *field.metadata]
    return written | None, optional(field.description or "", "as in the spec itself")


Overrides = create_model(
    "Overrides",
    __base__=SpecModel,
    __module__=__name__,
    __doc__="What differs in one variant of a figure; each key takes the place of the spec's.",
    **{name: _overriding(name) for name in VARIED},
)
"""What differs in one variant of a figure; each key takes the place of the spec's."""


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


class Whole(NamedTuple):
    """A spec as it is of one variant.

    Attributes:
        data: all its keys, those of the spec itself and in their place the variant's own.
        own: where each of the variant's own keys stands.
    """

    data: Mapping[str, Any]
    own: Mapping[str, KeyPath]

    def place(self, keys: KeyPath) -> KeyPath:
        """Where what stands at ``keys`` of the whole stands in the spec."""
        return (*self.own[str(keys[0])], *keys[1:]) if keys and keys[0] in self.own else keys


def wholes(data: Mapping[str, Any]) -> Iterator[Whole]:
    """The spec once for each of its variants; a spec without any is the only one."""
    name = data.get("figure")
    kind = KINDS.get(name) if isinstance(name, str) else None
    variants = [] if kind is None or kind.varies is None else list(_variants(data, kind))
    yield from variants or [Whole(data, {})]


def _variants(data: Mapping[str, Any], kind: Kind) -> Iterator[Whole]:
    key, several = str(kind.varies), data.get(str(kind.varies))
    if kind.gives is not None:
        listed = several if isinstance(several, list) else [several] if several else []
        for index, value in enumerate(listed):
            place = (key, index) if isinstance(several, list) else (key,)
            yield Whole({**data, kind.gives: value}, {kind.gives: place})
    elif isinstance(several, Mapping):
        for label, overrides in several.items():
            if isinstance(overrides, Mapping):
                own = {name: value for name, value in overrides.items() if name in VARIED}
                yield Whole({**data, **own}, {name: (key, label, name) for name in own})
