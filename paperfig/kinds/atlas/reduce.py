"""What an atlas keeps of a layer's heads: thumbnails, or of numbers no map at all."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, cast

from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.reduced import ReducedMap, block_for, largest_of_blocks

MANY = 400
"""Heads from which thumbnails have fewer cells."""

LARGE, SMALL = 64, 32
"""Cells along a thumbnail's side at most, and of many heads."""


def reduce(
    mean: HeadMap, _runs: Iterable[AttentionMap], *, n_shown: int, **own: Any
) -> ReducedMap:
    """The largest weight of each block of queries and keys, where thumbnails are drawn."""
    kept = {field.name: getattr(mean, field.name) for field in fields(HeadMap)}
    if own["statistic"] is not None:
        return ReducedMap(**kept)
    whole = cast(AttentionMap, mean)  # of thumbnails excerpts have one length
    block = block_for(max(mean.shape[1:]), SMALL if n_shown > MANY else LARGE)
    return ReducedMap(**kept, pooled=largest_of_blocks(whole.weights, block), block=block)
