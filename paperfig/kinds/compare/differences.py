"""What a head of one variant attends to more, and what less, than the same of the first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from paperfig.errors import DrawingError
from paperfig.values.attention import AttentionMap, SignedMap
from paperfig.values.figure import FigureData


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """Maps of one layer in a later variant, less those in the first.

    Attributes:
        signed: the weights less the first variant's, where both masks allow the key.
        one_sided: True where one mask allows the key and the other does not.
    """

    signed: SignedMap
    one_sided: Bool[np.ndarray, "query key"]


def maps_of_variants(data: FigureData) -> tuple[tuple[AttentionMap, ...], ...]:
    """For each variant its maps, the same heads in the same order.

    Raises:
        DrawingError: a variant has other heads, or another number of tokens, than the first.
    """
    several = tuple(
        tuple(each for each in data.maps if each.variant == variant.label)
        for variant in data.variants
    )
    for maps in several[1:]:
        _check_comparable(several[0], maps)
    return several


def differences(data: FigureData) -> tuple[Difference, ...]:
    """Each map of each later variant less the first's; variant by variant.

    Raises:
        DrawingError: as `maps_of_variants`.
    """
    first, *others = maps_of_variants(data)
    pairs = [pair for maps in others for pair in zip(maps, first, strict=True)]
    return tuple(_difference(later, before) for later, before in pairs)


def _difference(later: AttentionMap, before: AttentionMap) -> Difference:
    both = later.mask & before.mask
    change = later.weights.astype(np.float64) - before.weights
    signed = SignedMap(
        site=later.site,
        heads=later.heads,
        n_head=later.n_head,
        mean=later.mean,
        queries=later.queries,
        keys=later.keys,
        values=np.where(both, change, 0).astype(np.float32),
        mask=both,
        variant=later.variant,
    )
    return Difference(signed=signed, one_sided=later.mask ^ before.mask)


def _check_comparable(first: Sequence[AttentionMap], other: Sequence[AttentionMap]) -> None:
    """Nothing where every cell of one variant has one of the other to be compared with."""
    names = [f"{maps[0].variant!r}" for maps in (first, other)]
    heads = [[label for each in maps for label in each.labels] for maps in (first, other)]
    if heads[0] != heads[1]:
        shown = [f"{name} shows {', '.join(of)}" for name, of in zip(names, heads, strict=True)]
        right = "name heads that all variants have"
        raise DrawingError("variants", " and ".join(shown), right)
    sizes = [maps[0].shape[1:] for maps in (first, other)]
    if sizes[0] != sizes[1]:
        counted = [
            f"{name} has {rows} queries and {columns} keys"
            for name, (rows, columns) in zip(names, sizes, strict=True)
        ]
        right = "as many in each are right (excerpt.length)"
        raise DrawingError("variants", ", ".join(counted), right)
