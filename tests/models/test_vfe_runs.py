"""Files of the three projects' own trainers, drawn from the file alone at score point entry."""

from pathlib import Path

import numpy as np
import pytest
from loading import load
from maps_of import layer_of

OWN = {
    "m_full": "beta_entry", "v3bch": "beta_entry", "v3learnk": "beta_entry",
    "v3slk": "beta_entry", "v3stock": "beta_entry", "v1mink": "model_beta",
    "v1stock": "model_beta", "vs_Salibi": "beta", "vs_full2": "beta",
    "vs_standard": "weights", "vs_trainer": "beta",
}  # fmt: skip
"""What each model says of its first layer's weights, by its folder."""


@pytest.mark.parametrize("run", OWN)
def test_a_run_is_drawn_from_its_file(shared: Path, run: str) -> None:
    """Weights within 1e-5 of the model's own, KL within 1e-4 where it tells it.

    What is added to the logits is what the caption says: ALiBi by its slopes, or nothing.
    """
    folder = shared / "vfe" / "runs" / run
    with np.load(folder / "own.npz") as archive:
        own = {name: archive[name] for name in archive.files}
    weights = own[OWN[run]][0]
    weights = weights[0] if weights.ndim == 4 else weights

    source, ids = load(folder / "best_model.pt"), own["token_ids"].ravel()
    ours = layer_of(source, ids)

    np.testing.assert_allclose(ours.weights[:, ours.mask], weights[:, ours.mask], atol=1e-5)
    if "kl" in own:
        assert ours.scores is not None
        kl = own["kl"][0]
        np.testing.assert_allclose(-ours.scores[:, ours.mask], kl[:, ours.mask], atol=1e-4)

    heads = range(len(weights))
    added = source.layer_inputs(ids, {0: heads})[0].at(None).logit_bias()
    slopes = source.facts.layers[0].trained.alibi or (0,) * len(weights)
    back = np.arange(len(ids))[:, None] - np.arange(len(ids))
    stated = np.array(slopes)[:, None, None] * back
    added = np.zeros_like(stated) if added is None else added.numpy()
    np.testing.assert_allclose(added[:, ours.mask], stated[:, ours.mask], atol=1e-12)
    has_alibi = run in {"vs_Salibi", "v3stock", "v3bch", "v3slk", "m_full"}
    assert (source.facts.layers[0].trained.alibi is not None) == has_alibi
