"""What is kept of heads that are too many to be kept whole: thumbnails, or numbers only.

A head that attends to the previous token, at four tokens, as a thumbnail of 2 × 2 cells:

>>> from paperfig.values.mask import MaskRule
>>> from paperfig.values.model import Setting
>>> from paperfig.values.site import Site
>>> from paperfig.values.tokens import positions
>>> weights = np.eye(4, k=-1, dtype=np.float32)[None]
>>> tokens, setting = positions(4), Setting(mask=MaskRule())
>>> reduced = ReducedMap(
...     site=Site(0), heads=(2,), n_head=4, queries=tokens, keys=tokens,
...     mask=setting.mask.allowed(4, 4), shown=setting, trained=setting,
...     pooled=largest_of_blocks(weights, 2), block=2,
... )
>>> reduced.labels, reduced.pooled[0].tolist()
(('L0H2',), [[1.0, 0.0], [1.0, 1.0]])
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from paperfig.values.attention import HeadMap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReducedMap(HeadMap):
    """Heads of which no map is kept; mask and setting are those of the whole maps.

    Attributes:
        pooled: the largest weight of each block of queries and keys, from the first on; the
            last blocks may hold fewer. None where only numbers are drawn.
        block: how many queries, and how many keys, a block has.
        quantiles: of a number that each query has, over queries: a row a head. None where no
            such are drawn.
        curves: of numbers along places that the kind counts: of each head a row a number. None
            where no such are drawn.

    Raises:
        ValueError: an array is not of these heads, or no map in such blocks.
    """

    pooled: Float32[np.ndarray, "map row column"] | None = None
    block: int = 1
    quantiles: Float64[np.ndarray, "map quantile"] | None = None
    curves: Float64[np.ndarray, "map number place"] | None = None

    def __post_init__(self) -> None:
        maps, *shape = self.shape
        self._check_shapes()
        for name in ("quantiles", "curves"):
            numbers = getattr(self, name)
            if numbers is not None and len(numbers) != maps:
                raise ValueError(f"{name} are of {len(numbers)} heads; {maps} is right")
        if self.pooled is not None:
            right = (maps, *(math.ceil(length / self.block) for length in shape))
            if self.pooled.shape != right:
                raise ValueError(f"pooled has shape {self.pooled.shape}; {right} is right")


def block_for(length: int, most: int) -> int:
    """The smallest block of which at most so many make up a length.

    >>> block_for(128, 64), block_for(48, 64), block_for(100, 32)
    (2, 1, 4)
    """
    return max(1, math.ceil(length / most))


def largest_of_blocks(
    values: "np.ndarray[Any, np.dtype[Any]]", block: int
) -> "np.ndarray[Any, np.dtype[Any]]":
    """The largest of each block of the last two axes; of truth values whether any is true.

    Args:
        values: whatever has two axes at the end.
        block: the length of a block along both.
    """
    if block == 1:
        return values
    for axis in (-2, -1):
        starts = np.arange(0, values.shape[axis], block)
        values = np.maximum.reduceat(values, starts, axis=axis)
    return values
