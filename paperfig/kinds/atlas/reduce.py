"""What an atlas keeps of a layer's heads: thumbnails, so that its values stay small."""

from collections.abc import Iterable
from dataclasses import fields

from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.reduced import ReducedMap, block_for, largest_of_blocks

MANY = 400
"""Heads from which thumbnails have fewer cells."""

LARGE, SMALL = 64, 32
"""Cells along a thumbnail's side at most, and of many heads."""


def reduce(mean: AttentionMap, runs: Iterable[AttentionMap], *, n_shown: int) -> ReducedMap:  # noqa: ARG001 - as each kind is asked
    """The largest weight of each block of queries and keys."""
    block = block_for(max(mean.shape[1:]), SMALL if n_shown > MANY else LARGE)
    kept = {field.name: getattr(mean, field.name) for field in fields(HeadMap)}
    return ReducedMap(**kept, pooled=largest_of_blocks(mean.weights, block), block=block)
