"""What a divergence is of: the Gaussian belief of each token, in its gauge frame."""

from dataclasses import dataclass

import torch
from jaxtyping import Float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beliefs:
    """One head's Gaussian belief of each token, with the token's gauge frame.

    Attributes:
        mean: μ.
        covariance: the covariance Σ, or its diagonal σ² where the model keeps no more.
        frame: the coordinates φ of each token's frame.
        generators: the Lie algebra basis G in this head's representation;
            the frame is exp(Σ_a φ_a G_a).
        right_frame: the coordinates ψ of a second factor, where the frame is
            exp(Σ_a φ_a G_a) · exp(Σ_a ψ_a G_a); None where there is none.
    """

    mean: Float[torch.Tensor, "token d"]
    covariance: Float[torch.Tensor, "token d d"] | Float[torch.Tensor, "token d"]
    frame: Float[torch.Tensor, "token generator"]
    generators: Float[torch.Tensor, "generator d d"]
    right_frame: Float[torch.Tensor, "token generator"] | None = None
