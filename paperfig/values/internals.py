"""What one head's scores are made from, and a model's tables: what a diagnosis looks at.

>>> head = HeadProjections(queries=np.eye(2), keys=np.eye(2))
>>> head.is_divergence, head.queries.shape
(False, (2, 2))
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadBeliefs:
    """A head of a VFE layer: Gaussian beliefs in gauge frames.

    Attributes:
        mean: μ.
        covariance: the covariance Σ, or its diagonal σ².
        frame: the coordinates φ of each token's frame, in radians for a rotation group; of
            both factors, where it is a product of two.
        bias: what is added to the logits after the division by κ; None for nothing.
        is_divergence: whether scores are divergences, in all of these classes.
    """

    is_divergence: ClassVar[bool] = True

    mean: Float[np.ndarray, "token d"]
    covariance: Float[np.ndarray, "token d d"] | Float[np.ndarray, "token d"]
    frame: Float[np.ndarray, "token coordinate"]
    bias: Float[np.ndarray, "query key"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadProjections:
    """A head of a dot-product layer: queries and keys as the scores use them.

    Attributes:
        bias: nothing is added to the logits.
    """

    is_divergence: ClassVar[bool] = False
    bias: ClassVar[None] = None

    queries: Float[np.ndarray, "token d"]
    keys: Float[np.ndarray, "token d"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadUnknown:
    """A head of which only the scores are known: a model of the user's own gave them.

    Attributes:
        is_divergence: whether they are divergences.
        bias: nothing is known to be added to the logits.
    """

    is_divergence: bool = True
    bias: ClassVar[None] = None


HeadInternals = HeadBeliefs | HeadProjections | HeadUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """How the rows of one of a checkpoint's tables differ.

    Attributes:
        name: the table's.
        deviation: the standard deviation of the entries about the mean row.
        kurtosis: the mean fourth power of their distances from it over their squared
            variance; 3 for a normal distribution.
        entries: how many numbers the table holds.
        initial: the standard deviation that the project initialises it with.
    """

    name: str
    deviation: float
    kurtosis: float
    entries: int
    initial: float
