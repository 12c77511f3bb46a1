"""V3's log-priors over keys: a mask, and what is added to the logits of the keys it leaves."""

import math
from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from paperfig.models.vfe.v3.configuration import V3Configuration

T5_BIAS = "t5_bias"
"""The learned bias of each bucket of distances, where there is one."""


def log_prior(
    configuration: V3Configuration,
    length: int,
    *,
    heads: Sequence[int],
    learned: Tensor | None,
) -> Float64[Tensor, "head query key"] | None:
    """What is added to the logits of some heads, or None where it is nothing.

    ALiBi takes slope · |i − j| off those of a head, with its own `press_slopes`.
    ``t5_relative_bias`` adds a learned number for each bucket of distances, or
    −ln(1 + bucket): Raffel et al., *Exploring the Limits of Transfer Learning* (2020).
    """
    position = torch.arange(length)
    distance = position[:, None] - position
    if configuration.prior == "t5_relative_bias":
        buckets = configuration["t5_num_buckets"]
        table = -torch.arange(buckets, dtype=torch.float64).log1p()
        if learned is not None:
            table = learned.double().cpu()
        bucket = t5_bucket(distance, buckets, configuration["t5_max_distance"])
        return table[bucket].expand(len(heads), -1, -1)
    if "alibi" in configuration.prior:
        slopes = press_slopes(configuration["n_heads"])[list(heads)]
        prior: Tensor = -configuration["alibi_slope"] * slopes[:, None, None] * distance.abs()
        return prior
    return None


def prior_slopes(prior: str, slope: int | float, n_head: int) -> tuple[float, ...] | None:
    """What a prior adds to each head's logits for each token of distance; None for nothing."""
    if "alibi" not in prior or not slope:
        return None
    return tuple((-slope * press_slopes(n_head)).tolist())


def prior_bias(prior: str, *, is_learned: bool) -> Literal["fixed", "learned"] | None:
    """Where a prior's bias by buckets of distances is from; None for one without."""
    if prior != "t5_relative_bias":
        return None
    return "learned" if is_learned else "fixed"


def press_slopes(count: int) -> Float64[Tensor, " head"]:
    """ALiBi's slope of each of so many heads.

    2^(−8h/H) for head h (from 1) of H, a power of two. Of another number the first are those
    of the power of two below it, and every second of twice that power follows: Press, Smith
    and Lewis, *Train Short, Test Long* (2022), in their own code.
    """
    power = 1 << (count.bit_length() - 1)

    def slopes(heads: int) -> Tensor:
        return torch.pow(2.0, -8 * torch.arange(1, heads + 1, dtype=torch.float64) / heads)

    return torch.cat([slopes(power), slopes(2 * power)[::2][: count - power]])


def t5_bucket(
    distance: Int64[Tensor, "query key"], buckets: int, farthest: int
) -> Int64[Tensor, "query key"]:
    """T5's bucket of a key so many tokens back: half of them exact, half logarithmic."""
    back = distance.clamp(min=0)
    exact = buckets // 2
    # in single precision, as the model rounds
    ratio = torch.log(back.clamp(min=exact).float() / exact) / math.log(farthest / exact)
    far = exact + (ratio * (buckets - exact)).long()
    return torch.where(back < exact, back, far.clamp(min=exact, max=buckets - 1))
