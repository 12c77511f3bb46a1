"""Why heads are as uniform as they are: a verdict, and each finding with its number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from paperfig.statistics.classes import SHARP
from paperfig.statistics.findings import (
    Finding,
    alike,
    averaging,
    narrow,
    solved,
    training,
)
from paperfig.statistics.measures import averaging_loss, normalised_entropy, row_deviation
from paperfig.statistics.spreads import (
    covariance_spread,
    deviation,
    effective_rank,
    frame_spread,
    mean_spread,
    norm,
)
from paperfig.statistics.summary import Number, rounded
from paperfig.statistics.temperature import Heads, kappa_for
from paperfig.values.attention import AttentionMap
from paperfig.values.internals import (
    HeadBeliefs,
    HeadInternals,
    HeadProjections,
    HeadUnknown,
    TableFacts,
)

VERDICTS: Mapping[str, str] = {
    "untrained": "the model looks untrained",
    "beliefs alike": "all beliefs are alike",
    "keys alike": "all keys are alike",
    "kappa too high": "κ is too high for these scores",
    "scores narrow": "the scores of a row hardly differ",
    "frames alike": "all frames are alike, so that nothing is transported",
    "nothing": "nothing here makes all heads uniform",
}
"""What a diagnosis can come to, the first that holds, in a reader's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found in one layer.

    Attributes:
        verdict: a key of `VERDICTS`.
        findings: each answer.
        heads: the numbers of each head.
        target: the normalised entropy that κ was solved for.
        entropy: the mean normalised entropy of the heads now.
        kappa: the κ that brings it to the target; None where none does.
        averaging_loss: what averaging the heads destroys; None for one head.
        kl_row_deviation: of the KL summed over heads; None for dot products.
    """

    verdict: str
    findings: tuple[Finding, ...]
    heads: tuple[Mapping[str, Number], ...]
    target: float
    entropy: float | None
    kappa: float | None
    averaging_loss: float | None
    kl_row_deviation: float | None


def diagnose(
    attention: AttentionMap,
    internals: Sequence[HeadInternals],
    *,
    tables: Sequence[TableFacts] = (),
    step: int | None = None,
    target: float = SHARP,
) -> Diagnosis:
    """Why the heads of one layer are as uniform as they are.

    Args:
        attention: no heads averaged; without scores where the model gives none.
        internals: what each head's scores are made from.
        tables: the model's, where their initialisation is known.
        step: the training step that the file names.
        target: the normalised entropy to solve κ for.
    """
    heads = None if attention.scores is None else _heads(attention, internals)
    numbers = tuple(
        {"head": label}
        | _NUMBERS_OF[type(head)](head)
        | (_scores(attention, heads, place, target) if heads else {})
        for place, (label, head) in enumerate(zip(attention.labels, internals, strict=True))
    )
    own = [normalised_entropy(weights, attention.mask) for weights in attention.weights]
    entropy = rounded(float(np.mean(own)))
    several = len(attention.weights) > 1
    loss = rounded(averaging_loss(attention.weights, attention.mask)) if several else None
    kappa = kappa_for(heads, target) if heads else None
    findings = (
        *alike(numbers),
        narrow(attention, numbers),
        solved(attention, entropy, kappa, target),
        training(tables, step),
        averaging(own, loss),
    )
    return Diagnosis(
        verdict=_verdict(findings, has_kappa=attention.shown.kappa is not None),
        findings=findings,
        heads=numbers,
        target=target,
        entropy=entropy,
        kappa=kappa,
        averaging_loss=loss,
        kl_row_deviation=_kl_row_deviation(attention, internals),
    )


def _heads(attention: AttentionMap, internals: Sequence[HeadInternals]) -> Heads:
    assert attention.scores is not None, "the caller looked"
    shown = attention.shown
    factors = shown.tau_factor or (1.0,) * len(internals)
    return Heads(
        scores=attention.scores,
        mask=attention.mask,
        factors=factors,
        biases=[head.bias for head in internals],
    )


def _of_beliefs(head: HeadBeliefs) -> dict[str, Number]:
    return {
        "mean_spread": rounded(mean_spread(head)),
        "covariance_spread": rounded(covariance_spread(head)),
        "frame_spread": rounded(frame_spread(head)),
    }


def _of_projections(head: HeadProjections) -> dict[str, Number]:
    numbers: dict[str, Number] = {}
    for name, rows in (("query", head.queries), ("key", head.keys)):
        length = norm(rows)
        numbers[f"{name}_norm"] = rounded(length)
        numbers[f"{name}_spread"] = rounded(deviation(rows) / length if length else 0.0)
        numbers[f"{name}_rank"] = rounded(effective_rank(rows))
        numbers[f"{name}_dimension"] = rows.shape[1]
    return numbers


_NUMBERS_OF: Mapping[type, Callable[[Any], dict[str, Number]]] = {
    HeadBeliefs: _of_beliefs,
    HeadProjections: _of_projections,
    HeadUnknown: lambda _: {},
}
"""The numbers of what a head's scores are made from."""


def _scores(
    attention: AttentionMap, heads: Heads, place: int, target: float
) -> dict[str, Number]:
    deviation = row_deviation(heads.scores[place], heads.mask)
    kappa = None if attention.shown.kappa is None else attention.shown.kappa[place]
    temperature = (kappa or 1.0) * heads.factors[place]
    alone = Heads(
        scores=heads.scores[place : place + 1],
        mask=heads.mask,
        factors=heads.factors[place : place + 1],
        biases=heads.biases[place : place + 1],
    )
    return {
        "kappa": kappa,
        "score_deviation": rounded(deviation),
        "deviation_over_kappa": rounded(deviation / temperature),
        "kappa_for_target": kappa_for(alone, target),
    }


def _verdict(findings: Sequence[Finding], *, has_kappa: bool) -> str:
    flagged = {finding.name for finding in findings if finding.flagged}
    causes = (
        ("untrained", {"training"}),
        ("beliefs alike", {"means", "covariances"}),
        ("keys alike", {"keys", "scores"}),
        ("kappa too high" if has_kappa else "scores narrow", {"scores"}),
        ("frames alike", {"frames"}),
    )
    return next((verdict for verdict, needed in causes if needed <= flagged), "nothing")


def _kl_row_deviation(
    attention: AttentionMap, internals: Sequence[HeadInternals]
) -> float | None:
    """Of the heads' KL added up, on allowed keys."""
    if attention.scores is None or not internals[0].is_divergence:
        return None
    return rounded(row_deviation(attention.scores.sum(axis=0), attention.mask))
