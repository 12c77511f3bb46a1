"""What a head does, in one word that does not depend on the excerpt's length."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from paperfig.statistics.positions import (
    RECENT,
    Ids,
    Mask,
    TargetWeight,
    duplicate_keys,
    first_keys,
    induction_keys,
    previous_keys,
    recent_keys,
    self_keys,
    sink_keys,
)

UNIFORM = 0.95
"""Normalised entropy from which a head is uniform: that of rows of logits with a standard
deviation of √(0.1 ln n), 0.7 at 128 keys, where most weights are within a factor of two."""

SHARP = 0.5
"""Normalised entropy up to which a head is sharp: as if over √n of n keys, or fewer."""

MAJORITY = 0.5
"""Share of the weight beyond chance from which a target names the head. Two targets
without a key in common cannot both have it."""

MIN_QUERIES = 20
"""Queries that have an earlier occurrence of their token, from which induction is tested:
the standard error of their mean weight is then at most 0.5/√20 = 0.11."""

MIN_EXCERPTS = 20
"""Excerpts from which content dependence is tested, by the same error."""


class HeadClass(NamedTuple):
    """What a head does.

    Attributes:
        name: self, previous, sink, induction, recent, content, uniform, sharp or mixed; None
            where no row has two keys, so that there is nothing to tell.
        score: of self, previous, sink, induction and recent the weight beyond chance, of
            content its dependence on it, of sharp 1 − normalised entropy: 1 where there is
            nothing else. Of uniform and mixed the normalised entropy itself.
        not_testable: the classes that these excerpts cannot show, each with the reason.
    """

    name: str | None
    score: float | None
    not_testable: tuple[str, ...]


def target_keys(length: int, token_ids: Ids | None) -> Mapping[str, Mask]:
    """The keys of each target that there is a name for, by that name.

    Args:
        length: of the excerpt.
        token_ids: None where they are not known: no queries then have a repetition.
    """
    ids = np.arange(length) if token_ids is None else token_ids
    return {
        "self": self_keys(length),
        "previous": previous_keys(length),
        "recent": recent_keys(length),
        "sink": sink_keys(length),
        "induction": induction_keys(ids),
        "duplicate": duplicate_keys(ids),
    }


def target_keys_across(n_query: int, n_key: int) -> Mapping[str, Mask]:
    """The same where queries and keys are of two texts: no place of one is in the other."""
    none = np.zeros((n_query, n_key), dtype=bool)
    names = ("self", "previous", "recent", "sink", "induction", "duplicate")
    return {**dict.fromkeys(names, none), "sink": first_keys(n_query, n_key)}


def classify(
    entropy: float,
    found: Mapping[str, TargetWeight],
    *,
    content: float = 0.0,
    excerpts: int = 1,
) -> HeadClass:
    """The class of one head: the target with most of its weight, else by its entropy.

    Recent keys, among which are those of other targets, are asked for after these. Before the
    entropy comes content: at least half of a row's weight is elsewhere than on the
    mean of the other excerpts. One excerpt shows no change, so it is no answer there.

    Args:
        entropy: normalised.
        found: the attention on each of `target_keys`.
        content: how much the pattern changes with the text, by `measures.variability`; NaN of
            texts of unlike lengths.
        excerpts: how many texts these numbers are of.
    """
    unlike = np.isnan(content) and not np.isnan(entropy)
    missing = tuple(_not_testable(found, excerpts, unlike=bool(unlike)))
    if np.isnan(entropy):
        return HeadClass(None, None, missing)
    if entropy >= UNIFORM:
        return HeadClass("uniform", entropy, missing)
    for targets in (_scores(found), _recent(found)):
        scores = {name: score for name, score in targets if score >= MAJORITY}
        if scores:
            name = max(scores, key=lambda name: scores[name])
            return HeadClass(name, scores[name], missing)
    if excerpts >= MIN_EXCERPTS and content >= MAJORITY:
        return HeadClass("content", content, missing)
    if entropy <= SHARP:
        return HeadClass("sharp", 1 - entropy, missing)
    return HeadClass("mixed", entropy, missing)


def _scores(found: Mapping[str, TargetWeight]) -> Iterator[tuple[str, float]]:
    """The targets that are classes and that enough queries have, with their scores."""
    for name in ("self", "previous", "sink"):
        yield name, found[name].over_chance
    if found["induction"].queries >= MIN_QUERIES:
        yield "induction", found["induction"].over_chance


def _recent(found: Mapping[str, TargetWeight]) -> Iterator[tuple[str, float]]:
    """Recent keys, with their score, where enough queries have older ones."""
    if found["recent"].queries >= MIN_QUERIES:
        yield "recent", found["recent"].over_chance


def _not_testable(
    found: Mapping[str, TargetWeight], excerpts: int, *, unlike: bool
) -> Iterator[str]:
    queries = found["induction"].queries
    if queries < MIN_QUERIES:
        have = f"{queries} {'query has' if queries == 1 else 'queries have'}"
        yield f"induction ({have} a repeated token; {MIN_QUERIES} are needed)"
    if found["recent"].queries < MIN_QUERIES:
        older = f"{found['recent'].queries} queries have keys more than {RECENT} back"
        yield f"recent ({older}; {MIN_QUERIES} are needed)"
    if excerpts < MIN_EXCERPTS:
        some = f"{excerpts} excerpt{'' if excerpts == 1 else 's'}"
        yield f"content ({some}; {MIN_EXCERPTS} are needed)"
    elif unlike:
        yield "content (texts of unlike lengths; equally long ones are needed)"
