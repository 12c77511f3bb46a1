"""The cases of weights and scores: inputs alone, and a model of every family."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from maps_of import map_of
from revisions.fixed import beliefs, scattered, wave

from paperfig.models.checkpoint import families
from paperfig.models.dot_product import DotProductInputs
from paperfig.models.inputs import LayerInputs
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.values.attention import AttentionMap
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

TOKENS = (*"ABCDE", " lamp", "\n")
N = len(TOKENS)
IDS = np.array([4, 10, 4, 0, 7, 9], dtype=np.int64)
HIDE = MaskRule(self_attention="hide")
FAMILIES = tuple(family.name for family in families())


def gaussian(form: str) -> GaussianInputs:
    """One head of dimension 3 with ALiBi."""
    return GaussianInputs(heads=(beliefs(N, form),), covariance_form=form, alibi_slope=-0.1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SinkInputs(DotProductInputs):
    """Dot products of heads that learn where else their weight may go."""

    def learned_sink(self) -> torch.Tensor:
        """One more logit of each head."""
        return torch.tensor([0.5, -0.75])


ALONE: dict[str, tuple[LayerInputs, Setting]] = {
    "dot product": (
        DotProductInputs(queries=wave(1, N, 4).float(), keys=wave(1, N, 4).float(), scale=0.5),
        Setting(mask=MaskRule(window=4)),
    ),
    "full, taylor4": (gaussian("full"), Setting(mask=HIDE, kappa=(0.7,), transport="taylor4")),
    "full, exact": (gaussian("full"), Setting(mask=HIDE, kappa=(0.7,), transport="exact")),
    "diagonal": (gaussian("diagonal"), Setting(mask=HIDE, kappa=(2.0,), transport="taylor4")),
}
"""One head's inputs, and the setting in which its weights are made."""


def attention(case: str) -> AttentionMap:
    """The attention of inputs alone."""
    return map_of(*ALONE[case], tokens=TOKENS)


def _dot_products(kind: type[DotProductInputs] = DotProductInputs) -> DotProductInputs:
    queries, keys, bias = np.split(scattered(0, 3, 2, N, N).astype(np.float32), 3)
    made_of = map(torch.from_numpy, (queries[0], keys[0], bias[0]))
    queries, keys, bias = made_of
    return kind(queries=queries, keys=keys, scale=0.7, bias=bias, soft_cap=1.5)


def _altered(case: str) -> AttentionMap:
    """Two heads of capped dot products, computed in another way than they were trained."""
    shown, changes = {
        "learned sink": (MaskRule(), {}),
        "no key": (MaskRule(self_attention="hide-always", hide_keys=(2,)), {}),
        "both ways": (MaskRule(causal=False, window=3), {}),
        "mean of heads": (HIDE, {"mean": True}),
    }[case]
    inputs = _dot_products(SinkInputs if case == "learned sink" else DotProductInputs)
    setting = Setting(mask=shown, kappa=(0.5, 2.0))
    return map_of(inputs, setting, tokens=TOKENS, heads=2, keep_scores=True, **changes)


def of_map(attention: AttentionMap) -> dict[str, Any]:
    """The arrays of a map that are there."""
    names = ("weights", "scores", "learned_sink")
    arrays = {name: getattr(attention, name) for name in names}
    return {name: array for name, array in arrays.items() if array is not None}


_ALTERED = ("learned sink", "no key", "both ways", "mean of heads")

CASES: dict[str, Callable[[Path], Any]] = {
    **{name: lambda _, name=name: attention(name).weights[0] for name in ALONE},
    **{name: lambda _, name=name: of_map(_altered(name)) for name in _ALTERED},
}
