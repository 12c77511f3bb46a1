"""The map that the benchmarks draw: made up, but with the features of trained heads."""

import numpy as np
from jaxtyping import Bool, Float32

SINK, LOCAL, INDUCTION = 4.5, 4.5, 4.5  # added to standard normal scores, in nats


def causal_map(
    n_token: int, *, seed: int = 0
) -> tuple[Float32[np.ndarray, "1 query key"], Bool[np.ndarray, "query key"]]:
    """One head's weights and its causal mask.

    The softmax of standard normal scores plus a sink at key 0, a preference for near keys
    that fades over some four tokens, and two diagonals such as induction heads show.
    """
    random = np.random.default_rng(seed)
    query, key = np.indices((n_token, n_token))
    scores = random.standard_normal((n_token, n_token))
    scores += SINK * (key == 0) + LOCAL * np.exp(-np.abs(query - key) / 4)
    for offset in (n_token // 4, n_token // 2):
        scores += INDUCTION * (query - key == offset)
    mask = key <= query
    scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights.astype(np.float32)[None], mask
