"""What a trend keeps of a layer's heads: their numbers, and no map."""

from collections.abc import Iterable
from dataclasses import fields

from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.reduced import ReducedMap


def reduce(mean: HeadMap, _runs: Iterable[AttentionMap], **_: object) -> ReducedMap:
    """Whose map it was, under which mask and setting."""
    return ReducedMap(**{field.name: getattr(mean, field.name) for field in fields(HeadMap)})
