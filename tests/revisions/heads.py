"""The cases of statistics and diagnoses: fixed maps, and what lies at every threshold."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import torch
from maps_of import map_of
from revisions.fixed import even_rows, scattered
from revisions.weights import HIDE, IDS, N, gaussian
from values_of import map_value

from paperfig.models.dot_product import DotProductInputs
from paperfig.models.external.reported import ReportedInputs
from paperfig.models.inputs import LayerInputs
from paperfig.statistics.classes import classify
from paperfig.statistics.diagnosis import diagnose
from paperfig.statistics.findings import training
from paperfig.statistics.means import mean_of_heads, mean_over_excerpts
from paperfig.statistics.measures import legacy_label
from paperfig.statistics.positions import TargetWeight, induction_keys
from paperfig.statistics.sampling import estimate, student_quantile
from paperfig.statistics.summary import summarise
from paperfig.statistics.temperature import FLAT, Heads, kappa_for
from paperfig.values.attention import AttentionMap
from paperfig.values.internals import TableFacts
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting
from paperfig.values.statistics import HeadStatistics
from paperfig.values.tokens import Tokens

REPEATING = np.array([3, 1, 4, 1, 3, 1, 4, 1, 3], dtype=np.int64)
_BOTH_WAYS = Setting(mask=MaskRule(causal=False))


def fixed_map(
    length: int = len(REPEATING),
    *,
    rule: MaskRule = MaskRule(),  # noqa: B008 - frozen
    heads: int = 3,
    start: int = 0,
    **changes: Any,
) -> AttentionMap:
    """Heads of ever sharper rows of fixed numbers, without scores.

    Args:
        length: how many tokens.
        rule: the mask.
        heads: how many there are; κ of each is its own.
        start: of the numbers.
        changes: to the map.
    """
    mask = rule.allowed(length, length)
    weights = [even_rows(mask, start + 31 * head, sharp=1 + 2 * head) for head in range(heads)]
    kappa = tuple(0.5 + 0.25 * head for head in range(heads))
    shown = Setting(mask=rule, kappa=kappa)
    return map_value(np.stack(weights), mask, **{"shown": shown} | changes)


def _pure_heads() -> AttentionMap:
    """Heads of one class each, pure and blurred: on the own key, the one before, the first."""
    length = 2 * len(REPEATING)
    target = [range(length), [0, *range(length - 1)], [0] * length]
    mask = np.tril(np.ones((length, length), dtype=bool))
    weights = np.stack([np.eye(length)[list(keys)] for keys in target])
    blurred = 0.75 * weights + 0.25 * even_rows(mask)
    return map_value(np.concatenate([weights, blurred]), mask)


def _with_sink() -> AttentionMap:
    whole = fixed_map(heads=2, start=5)
    left = (scattered(9, 2, len(REPEATING)) * 0.25 + 0.5).astype(np.float32)
    weights = whole.weights * (1 - left[:, :, None])
    return replace(whole, weights=weights, learned_sink=left)


def _across() -> AttentionMap:
    mask = np.ones((4, 6), dtype=bool)
    mask[1, 2:] = False
    axes = {"queries": Tokens(labels=tuple("abcd")), "keys": Tokens(labels=tuple("uvwxyz"))}
    weights = np.stack([even_rows(mask, 3), even_rows(mask, 40, sharp=3)])
    return map_value(weights, mask, shown=_BOTH_WAYS, **axes)


def _of_one(attention: AttentionMap, ids: np.ndarray | None) -> tuple[HeadStatistics, ...]:
    return summarise(attention, [attention], [ids])


def _of_several(count: int) -> tuple[HeadStatistics, ...]:
    """Heads of three classes on excerpts of unlike texts, some without a repetition."""
    mask = MaskRule().allowed(6, 6)
    drawn = [(scattered(7 * run, 6) * 504 % 4).round().astype(np.int64) for run in range(count)]
    runs = [ids if run % 3 else np.arange(6) for run, ids in enumerate(drawn)]
    maps = [
        map_value(
            np.stack([even_rows(mask, 71 * run), _moving(run), _repeating(ids)]),
            mask,
        )
        for run, ids in enumerate(runs)
    ]
    return summarise(mean_over_excerpts(maps), maps, runs)


def _moving(run: int) -> np.ndarray:
    """A head that looks at another key on each excerpt."""
    keys = [(query * (run + 2)) % (query + 1) for query in range(6)]
    return np.eye(6)[keys]


def _repeating(ids: np.ndarray) -> np.ndarray:
    """A head that looks at what followed an earlier occurrence, by how often there is one."""
    even = np.tril(np.ones((6, 6))) / np.arange(1, 7)[:, None]
    target = induction_keys(ids)
    share = np.where(target.any(axis=1), 0.7 + 0.05 * target.any(axis=1).sum(), 0)[:, None]
    return (
        share * target / np.maximum(target.sum(axis=1, keepdims=True), 1) + (1 - share) * even
    )


STATISTICS: dict[str, Callable[[], tuple[HeadStatistics, ...]]] = {
    "statistics, causal": lambda: _of_one(fixed_map(), REPEATING),
    "statistics, ids unknown": lambda: _of_one(fixed_map(rule=HIDE, heads=2), None),
    "statistics, both ways": lambda: _of_one(
        fixed_map(rule=MaskRule(causal=False, window=3), heads=2), REPEATING
    ),
    "statistics, no key": lambda: _of_one(
        fixed_map(rule=MaskRule(self_attention="hide-always", hide_keys=(0,)), heads=2),
        REPEATING,
    ),
    "statistics, pure heads": lambda: _of_one(_pure_heads(), np.tile(REPEATING, 2)),
    "statistics, mean of heads": lambda: _of_one(mean_of_heads(fixed_map()), REPEATING),
    "statistics, learned sink": lambda: _of_one(_with_sink(), REPEATING),
    "statistics, two texts": lambda: _of_one(_across(), None),
    "statistics, one token": lambda: _of_one(fixed_map(1, heads=1), np.zeros(1, dtype=int)),
    "statistics, 4 excerpts": lambda: _of_several(4),
    "statistics, 24 excerpts": lambda: _of_several(24),
}

UNTOLD = frozenset({"named"})
"""Fields that nothing fills yet."""


def _diagnosis(
    inputs: LayerInputs, shown: Setting, *, length: int = N, heads: int = 1, **facts: Any
) -> Any:
    attention = map_of(inputs, shown, tokens=length, heads=heads, keep_scores=inputs.has_scores)
    return diagnose(attention, inputs.internals(), **facts)


def _two_beliefs(form: str) -> LayerInputs:
    """Two heads with a bias of each."""
    one = gaussian(form)
    tilted = replace(one.heads[0], mean=one.heads[0].mean.flip(0) * 0.5)
    bias = torch.from_numpy(scattered(3, 2, N, N))
    return replace(one, heads=(one.heads[0], tilted), bias=bias)


def _projections(spread: float = 1.0) -> LayerInputs:
    queries, keys = torch.from_numpy(scattered(0, 2, 2, N, 3) * spread + 1).float()
    return DotProductInputs(queries=queries, keys=keys, scale=0.6)


def _reported() -> LayerInputs:
    return ReportedInputs(weights=fixed_map(len(IDS), heads=2).weights)


_KAPPAS = {"kappa": (0.7, 1.4), "tau_factor": (1.5, 2.0)}
_FRESH = TableFacts(name="μ", deviation=0.02, kurtosis=3.0, entries=10_000, initial=0.02)

DIAGNOSES: dict[str, Callable[[], Any]] = {
    "diagnosis, beliefs": lambda: _diagnosis(
        _two_beliefs("full"),
        Setting(mask=HIDE, transport="exact", **_KAPPAS),
        heads=2,
        tables=[_FRESH, replace(_FRESH, name="φ", deviation=0.3)],
        step=12,
        target=0.4,
    ),
    "diagnosis, diagonal": lambda: _diagnosis(
        gaussian("diagonal"),
        Setting(mask=HIDE, kappa=(40.0,), transport="taylor4"),
        tables=[_FRESH],
    ),
    "diagnosis, dot product": lambda: _diagnosis(
        _projections(), Setting(mask=MaskRule()), heads=2
    ),
    "diagnosis, alike": lambda: _diagnosis(
        _projections(0.02), Setting(mask=MaskRule()), heads=2, step=0
    ),
    "diagnosis, reported": lambda: _diagnosis(
        _reported(), Setting(mask=MaskRule()), length=len(IDS), heads=2
    ),
}


def _aims(
    self_: float, queries: int = 30, induction: float = 0.0, recent: float = 0.0
) -> dict[str, TargetWeight]:
    """Weights beyond no chance at all: on the own key, before a repetition, on recent keys."""
    none = TargetWeight(0.0, 0.0, 30)
    return {
        "self": TargetWeight(self_, 0.0, 30),
        "previous": none,
        "recent": TargetWeight(recent, 0.0, queries),
        "sink": none,
        "induction": TargetWeight(induction, 0.0, queries),
        "duplicate": none,
    }


def _classes() -> list[str]:
    """On either side of every threshold of a class, in words."""
    told = [classify(entropy, _aims(0.0)).name for entropy in (0.4999, 0.5001, 0.9499, 0.9501)]
    told += [classify(0.7, _aims(weight)).name for weight in (0.4999, 0.5001)]
    told += [
        classify(0.7, _aims(0.0, queries, weight)).name
        for queries, weight in product((19, 20), (0.4999, 0.5001))
    ]
    told += [
        classify(0.7, _aims(0.0, queries, recent=weight)).name
        for queries, weight in product((19, 20), (0.4999, 0.5001))
    ]
    told += [
        classify(0.7, _aims(0.0), content=content, excerpts=count).name
        for content, count in product((0.4999, 0.5001), (19, 20))
    ]
    return [str(name) for name in told]


def _trained(spread: float, kurtosis: float) -> bool | None:
    table = replace(_FRESH, deviation=0.02 * (1 + spread), kurtosis=3 + kurtosis)
    return training([table], None).flagged


def _fresh_tables() -> list[bool | None]:
    """On either side of how far a table's spread and kurtosis may be from their start."""
    spreads = [_trained(off, 0.0) for off in (0.0332, 0.0334, -0.0332, -0.0334)]
    return spreads + [_trained(0.0, off) for off in (0.2459, 0.2461, -0.2459, -0.2461)]


def _reachable(spread: float, factor: float) -> float | None:
    """κ of a head of that spread whose τ is another."""
    scores = spread * np.array([[[1.0, -1.0], [1.0, -1.0]]])
    mask = np.ones((2, 2), dtype=bool)
    return kappa_for(Heads(scores=scores, mask=mask, factors=(factor,), biases=(None,)), 0.5)


def _estimates(counts: Sequence[int]) -> list[Any]:
    return [
        estimate([(7 * i % 5) / 5 for i in range(n)], [1 + i % 3 for i in range(n)])
        for n in counts
    ]


EDGES: dict[str, Callable[[], Any]] = {
    "edges of classes": _classes,
    "edges of row_std": lambda: [legacy_label(at) for at in (0.0499, 0.0501, 0.0999, 0.1001)],
    "edges of a fresh table": _fresh_tables,
    "edges of κ": lambda: [
        _reachable(spread, factor)
        for spread, factor in (
            (FLAT * 0.99, 1.0),
            (1.01e-6, 1.0),
            (1.0, 9e5),
            (1.0, 3e6),
            (1.0, 1e-6),
        )
    ],
    "edges of intervals": lambda: [_estimates((1, 4, 5, 6)), student_quantile(4)],
}

CASES: dict[str, Callable[[], Any]] = {**STATISTICS, **DIAGNOSES, **EDGES}
