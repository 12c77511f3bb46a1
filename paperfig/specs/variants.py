"""What a spec sets side by side, each as the whole spec that it is.

Where a key holds several variants, the rest of the spec is true of each of them, and no rule
can be judged but on the whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from paperfig.kinds import KINDS
from paperfig.kinds.kind import Kind
from paperfig.specs.nodes import KeyPath
from paperfig.specs.schema import VARIED


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
