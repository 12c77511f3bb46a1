"""What a layer's attention is made from, whatever the model: inputs that compute themselves."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32

from paperfig.values.internals import HeadInternals

DECLARE_MASK = "declare the model's own mask: `trained: {mask: {causal: false}}`, say"


class LayerInputs(ABC):
    """What the attention of some heads of one layer is made from.

    A family's own class says how its scores come about. Mask, temperature and softmax are
    the same for all and are applied to them in one place, ``paperfig/maps/softmax.py``:
    weights = softmax over the allowed keys of ``scores / τ + logit_bias``.
    """

    __slots__ = ()

    @property
    def has_scores(self) -> bool:
        """Whether there are scores: not where a model reports its weights only."""
        return True

    @property
    def no_scores(self) -> str:
        """What is wrong where scores are asked for and there are none."""
        return "the model gives its weights and no `kl`, so that there are no scores"

    @property
    def broken_score(self) -> tuple[str, str]:
        """What is wrong where the score of an allowed key is not finite, and what is right."""
        return "is not finite", "the checkpoint's numbers overflow; look at its tensors"

    @property
    def unchangeable(self) -> str:
        """Why no weights can be made with another mask or κ; empty where they can."""
        return "" if self.has_scores else self.no_scores

    @property
    def is_agreed(self) -> bool:
        """Whether the model's own weights are known to be what its scores give."""
        return False

    @property
    def is_recomputed(self) -> bool:
        """Whether weights are made from the scores even where nothing is changed.

        Otherwise the model's own weights are shown as they are.
        """
        return True

    @property
    def has_sink(self) -> bool:
        """Whether weight goes to a learned sink, which is no key."""
        return self.learned_sink() is not None

    @property
    def mask_remedy(self) -> str:
        """How the user says another mask, where the model's own weights contradict it."""
        return DECLARE_MASK

    def at(self, score_at: str | None) -> "LayerInputs":  # noqa: ARG002 - it has one
        """The inputs at one of the layer's score points, in a model that has several."""
        return self

    @abstractmethod
    def scores(self, transport: str | None) -> Float[torch.Tensor, "head query key"] | None:
        """The scores before mask and τ, in nats; None where there are none.

        Args:
            transport: how Ω is computed (``taylor4``, ``exact``, ``identity``), in a model
                that transports beliefs.
        """

    def logit_bias(self) -> Float[torch.Tensor, "head query key"] | None:
        """What is added after the division by τ: ALiBi and log-priors over keys, summed."""
        return None

    def learned_sink(self) -> Float[torch.Tensor, " head"] | None:
        """One more logit of each head, which takes weight from the keys and is no key."""
        return None

    def own_weights(self) -> Float32[np.ndarray, "head query key"] | None:
        """The weights that the model itself made, as trained; None where it is not run.

        A masked key may have a weight of up to 1e-6.
        """
        return None

    @abstractmethod
    def internals(self) -> tuple[HeadInternals, ...]:
        """What each head's scores are made from, in float64, for a diagnosis."""

    @abstractmethod
    def of_heads(self, indices: Sequence[int]) -> "LayerInputs":
        """The inputs of some of the heads, by their index among those here."""


def float64(values: torch.Tensor) -> np.ndarray:
    """A tensor's numbers as a numpy array, for `LayerInputs.internals`."""
    array: np.ndarray = values.detach().double().cpu().numpy()
    return array
