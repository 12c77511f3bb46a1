"""What a head does, in one word that does not depend on the excerpt's length."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from paperfig.statistics.measures import normalised_entropy
from paperfig.statistics.positions import (
    Aimed,
    Ids,
    Mask,
    Weights,
    aimed,
    duplicate_keys,
    induction_keys,
    previous_keys,
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
        name: self, previous, sink, induction, uniform, sharp or mixed; None where no row
            has two keys, so that there is nothing to tell.
        score: of self, previous, sink and induction the weight beyond chance, of sharp
            1 − normalised entropy: 1 where there is nothing else. Of uniform and mixed the
            normalised entropy itself.
        not_testable: the classes that this excerpt cannot show, each with the reason.
    """

    name: str | None
    score: float | None
    not_testable: tuple[str, ...]


def targets(weights: Weights, mask: Mask, token_ids: Ids | None) -> Mapping[str, Aimed]:
    """The attention on each target that there is a name for, by that name.

    Args:
        weights: of one head.
        mask: which keys each query may attend to.
        token_ids: None where they are not known: no queries then have a repetition.
    """
    length = len(mask)
    ids = np.arange(length) if token_ids is None else token_ids
    keys = {
        "self": self_keys(length),
        "previous": previous_keys(length),
        "sink": sink_keys(length),
        "induction": induction_keys(ids),
        "duplicate": duplicate_keys(ids),
    }
    return {name: aimed(weights, mask, target) for name, target in keys.items()}


def classify(weights: Weights, mask: Mask, found: Mapping[str, Aimed]) -> HeadClass:
    """The class of one head: the target with most of its weight, else by its entropy.

    Content is never the answer here: it is a class of heads whose pattern changes with the
    text, and one excerpt shows no change.

    Args:
        weights: of the head.
        mask: which keys each query may attend to.
        found: what `targets` gives for them.
    """
    missing = tuple(_not_testable(found))
    entropy = normalised_entropy(weights, mask)
    if np.isnan(entropy):
        return HeadClass(None, None, missing)
    if entropy >= UNIFORM:
        return HeadClass("uniform", entropy, missing)
    scores = {name: score for name, score in _scores(found) if score >= MAJORITY}
    if scores:
        name = max(scores, key=lambda name: scores[name])
        return HeadClass(name, scores[name], missing)
    if entropy <= SHARP:
        return HeadClass("sharp", 1 - entropy, missing)
    return HeadClass("mixed", entropy, missing)


def _scores(found: Mapping[str, Aimed]) -> Iterator[tuple[str, float]]:
    """The targets that are classes and that enough queries have, with their scores."""
    for name in ("self", "previous", "sink"):
        yield name, found[name].over_chance
    if found["induction"].queries >= MIN_QUERIES:
        yield "induction", found["induction"].over_chance


def _not_testable(found: Mapping[str, Aimed]) -> Iterator[str]:
    queries = found["induction"].queries
    if queries < MIN_QUERIES:
        have = f"{queries} {'query has' if queries == 1 else 'queries have'}"
        yield f"induction ({have} a repeated token; {MIN_QUERIES} are needed)"
    yield f"content (1 excerpt; {MIN_EXCERPTS} are needed)"
