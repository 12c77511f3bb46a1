"""A score of the authors' own for each head.

>>> scores = HeadScores(name="importance", file="scores.csv", values={(0, 1): 0.25})
>>> str(scores), scores.values[0, 1]
('importance', 0.25)
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadScores:
    """A number for each head, computed elsewhere.

    Attributes:
        name: what figures and captions call it.
        file: where it is from, for messages.
        values: by layer and head, both counted from 0.
    """

    name: str
    file: str
    values: Mapping[tuple[int, int], float]

    def __str__(self) -> str:
        return self.name
