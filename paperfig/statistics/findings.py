"""The answers of a diagnosis, each with its number, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paperfig.statistics.classes import SHARP
from paperfig.statistics.summary import Number
from paperfig.values.attention import AttentionMap
from paperfig.values.internals import TableFacts

ALIKE = 0.1
"""Up to this the tokens of a head are alike. In widths σ of a belief it is a mean KL of 0.01
nats, of frames that are rotations a turn of 6°, in shares of a key's norm a tenth of it."""

NARROW = 0.5
"""Scores within a row that deviate by less than this much of κ leave it near uniform: its
entropy is below the uniform one by s²/2 = 0.125 nats, 0.03 of ln 64."""

ERRORS = 4.0
"""Standard errors within which a table's deviation and kurtosis are those it began with."""


_NO_ROWS = "not testable here: no query has two keys"
_NO_SCORES = "not testable here: the model gives its weights and no scores"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer.

    Attributes:
        name: what was asked.
        flagged: whether it would make heads uniform, or hides that they are not; None
            where it is not testable here.
        text: the answer with its number.
    """

    name: str
    flagged: bool | None
    text: str


_ALIKE = (
    ("means", "mean", "σ"),
    ("covariances", "covariance", "of ln Σ"),
    ("frames", "frame", "of φ"),
    ("queries", "query", "of their norm"),
    ("keys", "key", "of their norm"),
)
"""What may be alike, how its numbers' names begin, and their unit."""


def alike(numbers: Sequence[Mapping[str, Number]]) -> Iterator[Finding]:
    """Whether tokens differ: beliefs and frames, or queries and keys, whichever is known."""
    for name, short, unit in _ALIKE:
        values = _values(numbers, f"{short}_spread")
        if values:
            text = _spread_text(values, unit) + _size_text(numbers, short)
            yield Finding(name, max(values) < ALIKE, text)


def _size_text(numbers: Sequence[Mapping[str, Number]], short: str) -> str:
    """The norm and rank of queries or keys; beliefs and frames have none."""
    if f"{short}_norm" not in numbers[0]:
        return ""
    ranks, norms = _values(numbers, f"{short}_rank"), _values(numbers, f"{short}_norm")
    dimension = numbers[0][f"{short}_dimension"]
    return f"; norm {_range(norms)}, effective rank {_range(ranks)} of {dimension}"


def _spread_text(values: Sequence[float], unit: str) -> str:
    word = "alike" if max(values) < ALIKE else "differ"
    return f"{word}: spread {_range(values)} {unit} (alike below {ALIKE:g})"


def narrow(attention: AttentionMap, numbers: Sequence[Mapping[str, Number]]) -> Finding:
    """Whether κ is large against how far a row's scores lie apart."""
    if attention.scores is None:
        return Finding("scores", None, _NO_SCORES)
    ratios = _values(numbers, "deviation_over_kappa")
    if not ratios:
        return Finding("scores", None, _NO_ROWS)
    few = sum(ratio < NARROW for ratio in ratios)
    deviation = _range(_values(numbers, "score_deviation"))
    count = f"; {few} of {len(ratios)} heads narrow" if 0 < few < len(ratios) else ""
    divisor = "κ" if attention.shown.tau_factor is None else "τ"
    share = "" if numbers[0]["kappa"] is None else f", {_range(ratios)} of {divisor}"
    word = "narrow" if few == len(ratios) else "wide"
    text = (
        f"{word}: a row's deviate by {deviation} nats{share} (narrow below {NARROW:g}){count}"
    )
    return Finding("scores", few == len(ratios), text)


def solved(
    attention: AttentionMap, entropy: float | None, kappa: float | None, target: float
) -> Finding:
    """Which κ would make the heads as sharp as is asked for."""
    if attention.scores is None:
        return Finding("kappa", None, _NO_SCORES)
    if entropy is None:
        return Finding("kappa", None, _NO_ROWS)
    what = f"the mean normalised entropy, now {entropy:.3f}, to {target:g}"
    now = attention.shown.kappa
    at_present = "" if now is None else f" (now {_range(now)})"
    if kappa is None:
        return Finding("kappa", False, f"none would bring {what}{at_present}")
    divided = "logits divided by " if now is None else ""
    return Finding("kappa", False, f"{divided}{kappa:.3g}{at_present} would bring {what}")


def training(tables: Sequence[TableFacts], step: int | None) -> Finding:
    """Whether the tables are still what they began as, or the file says so."""
    if step == 0:
        return Finding("training", True, "untrained: the file says step 0")
    of_file = "" if step is None else f"; the file says step {step}"
    if not tables:
        return Finding("training", None, f"not testable here: no table to go by{of_file}")
    fresh = [_is_initial(table) for table in tables]
    deviations = ", ".join(
        f"{table.name} {table.deviation:.3g}{' (initial)' if is_fresh else ''}"
        for table, is_fresh in zip(tables, fresh, strict=True)
    )
    word = "untrained" if all(fresh) else "trained"
    initially = f"deviation of the tables, initially {tables[0].initial:g}"
    return Finding("training", all(fresh), f"{word}: {initially}: {deviations}{of_file}")


def _is_initial(table: TableFacts) -> bool:
    """Whether the table is a normal sample of its initial deviation, within `ERRORS`."""
    error = 1 / np.sqrt(2 * table.entries)
    near = abs(table.deviation / table.initial - 1) < ERRORS * error + 0.005
    normal = abs(table.kurtosis - 3) < ERRORS * np.sqrt(24 / table.entries) + 0.05
    return bool(near and normal)


def averaging(own: Sequence[float], loss: float | None) -> Finding:
    """Whether the mean of the heads hides that some are sharp, by each one's entropy."""
    if len(own) == 1:
        return Finding("averaging", None, "not testable here: one head")
    if loss is None:
        return Finding("averaging", None, _NO_ROWS)
    together = float(np.mean(own)) + loss
    sharp = sum(entropy <= SHARP for entropy in own)
    hides = sharp > 0 and together > SHARP
    text = (
        f"the mean map has normalised entropy {together:.3f}, its {len(own)} heads "
        f"{np.mean(own):.3f}: {loss:.3f} destroyed"
        + (f", hides {sharp} sharp head{'s' if sharp > 1 else ''}" if hides else "")
    )
    return Finding("averaging", hides, text)


def _values(numbers: Sequence[Mapping[str, Number]], key: str) -> list[float]:
    values = (entry.get(key) for entry in numbers)
    return [float(value) for value in values if isinstance(value, float | int)]


def _range(values: Sequence[float]) -> str:
    """The value, or the lowest and the highest of several."""
    low, high = (f"{end:.3g}" for end in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"
