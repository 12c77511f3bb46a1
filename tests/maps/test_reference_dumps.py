"""Weights and KL against dumps that VFE-Sim's own code computed."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from maps_of import map_of

from paperfig.divergences.beliefs import Beliefs
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

DUMPS = (
    "ckpt_n64", "so3_2layer_k1_selfmask", "so3_diag_k1_selfmask", "so3_fixedphi_taylor_k1",
    "so3_identity_k1", "so3_k1_causal", "so3_k1_causal_selfmask", "so3_k1_nocausal",
    "so3_k1_selfmask_numba_n32", "so3_local24_k1", "so3_scalars_k1_selfmask",
)  # fmt: skip
"""``ref_vfe_*.npz``; the two-layer one holds what enters its second layer."""

Dump = dict[str, np.ndarray]


def read(path: Path) -> Dump:
    """The arrays of a dump, without their batch axis."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    batched = ("mu_in", "sigma_in", "phi_in", "beta", "kl", "token_ids")
    return {name: array[0] if name in batched else array for name, array in arrays.items()}


def inputs_of(dump: Dump, device: str) -> GaussianInputs:
    """The beliefs that entered the layer, cut into heads."""
    config = json.loads(str(dump["config"]))
    heads, start = [], 0
    for dim in dump["head_dims"].tolist():
        own = slice(start, start + dim)
        covariance = dump["sigma_in"]
        parts = {
            "mean": dump["mu_in"][:, own],
            "covariance": covariance[:, own]
            if covariance.ndim == 2
            else covariance[:, own, own],
            "frame": dump["phi_in"],
            "generators": dump["generators"][:, own, own],
        }
        on_device = {name: torch.from_numpy(part).to(device) for name, part in parts.items()}
        heads.append(Beliefs(**on_device))
        start += dim
    covariance_form = "diagonal" if config["diagonal_covariance"] else "full"
    return GaussianInputs(heads=tuple(heads), covariance_form=covariance_form)


def setting_of(name: str, dump: Dump) -> Setting:
    """Mask, κ and transport of the dump; the numba path takes the true exponential."""
    config = json.loads(str(dump["config"]))
    local = config["attention_pattern"] == "local"
    transport = "exact" if local or "numba" in name else "taylor4"
    rule = MaskRule(
        causal=bool(dump["causal"]),
        self_attention="hide" if dump["mask_self"] else "keep",
        window=config["attention_window"] if local else None,
    )
    return Setting(
        mask=rule,
        kappa=(float(dump["kappa"]),) * len(dump["head_dims"]),
        transport="identity" if config.get("use_identity_transport") else transport,
    )


@pytest.mark.parametrize("name", DUMPS)
def test_weights_and_kl_equal_the_dump(shared: Path, name: str, device: str) -> None:
    """β within 1e-5 and KL within 1e-4 on allowed keys, for every head.

    The dump's masked cells hold the model's floor of 1e-8; ours are exactly 0.
    """
    dump = read(shared / "vfe" / f"ref_vfe_{name}.npz")
    ours = map_of(
        inputs_of(dump, device),
        setting_of(name, dump),
        tokens=dump["token_ids"].tolist(),
        heads=len(dump["head_dims"]),
        keep_scores=True,
    )
    assert ours.mask.sum() > 32
    np.testing.assert_allclose(
        ours.weights[:, ours.mask], dump["beta"][:, ours.mask], rtol=0, atol=1e-5
    )
    np.testing.assert_allclose(
        -ours.scores[:, ours.mask], dump["kl"][:, ours.mask], rtol=0, atol=1e-4
    )
    assert dump["beta"][:, ~ours.mask].max(initial=0) <= 1.0001e-8
    assert not ours.weights[:, ~ours.mask].any()
