"""What a spec sets side by side, each as the whole spec that it is.

Where a key holds several variants, the rest of the spec is true of each of them, and no rule
can be judged but on the whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from paperfig.kinds import KINDS
from paperfig.specs.nodes import KeyPath
from paperfig.specs.schema import VARIED


class Whole(NamedTuple):
    """A spec as it is of one variant.

    Attributes:
        data: all its keys, those of the spec itself and in their place the variant's own.
        own: the variant's own keys.
        keys: where these stand; none where the spec has no variants.
    """

    data: Mapping[str, Any]
    own: tuple[str, ...] = ()
    keys: KeyPath = ()

    def place(self, keys: KeyPath) -> KeyPath:
        """Where what stands at ``keys`` of the whole stands in the spec."""
        return (*self.keys, *keys) if keys and keys[0] in self.own else keys


def wholes(data: Mapping[str, Any]) -> Iterator[Whole]:
    """The spec once for each of its variants; a spec without any is the only one."""
    variants = list(_variants(data))
    yield from variants or [Whole(data)]


def _variants(data: Mapping[str, Any]) -> Iterator[Whole]:
    name = data.get("figure")
    kind = KINDS.get(name) if isinstance(name, str) else None
    key = None if kind is None else kind.varies
    several = {} if key is None else data.get(key)
    for label, overrides in several.items() if isinstance(several, Mapping) else ():
        if isinstance(overrides, Mapping):
            own = {name: value for name, value in overrides.items() if name in VARIED}
            yield Whole({**data, **own}, tuple(own), (str(key), label))
