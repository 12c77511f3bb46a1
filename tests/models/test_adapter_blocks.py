"""Layers that VFE-Sim's own interface does not return, from the beliefs that enter them."""

from pathlib import Path

import numpy as np
import pytest
from arrays import arrays_of
from maps_of import layer_of
from small_adapter import loaded
from small_blocks import write_blocks

from paperfig.errors import AttentionError
from paperfig.models.external.adapter import AdapterSource
from paperfig.models.external.report import report_of
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.specs.mask import TrainedSpec
from paperfig.values.attention import AttentionMap
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

HEADS = (0, 1, 2)


@pytest.fixture
def dump(shared: Path) -> Path:
    """Beliefs, weights and KL that VFE-Sim itself wrote, of the last of two layers."""
    return shared / "vfe" / "ref_vfe_so3_2layer_k1_selfmask.npz"


def source_of(
    folder: Path, dump: Path, adapter: str = "build", **keys: object
) -> AdapterSource:
    """The mimic, with the dump's beliefs at the entry of its first block."""
    return loaded(write_blocks(folder), adapter=f"blocks:{adapter}", path=str(dump), **keys)


def layer_0(source: AdapterSource, dump: Path, **changed: object) -> AttentionMap:
    """The first layer's heads."""
    return heads_of(source, dump, 0, **changed)


def heads_of(source: AdapterSource, dump: Path, layer: int, **changed: object) -> AttentionMap:
    """A layer's heads."""
    ids = arrays_of(dump)["token_ids"][0]
    assert isinstance(source.layer_inputs(ids, {layer: HEADS})[layer], GaussianInputs)
    return layer_of(source, ids, layer, **changed)


def test_a_lower_layer_from_its_beliefs(tmp_path: Path, dump: Path) -> None:
    """VFE-Sim's own weights and KL of these beliefs."""
    source = source_of(tmp_path, dump)
    reference = arrays_of(dump)
    attention = layer_0(source, dump)

    mask = attention.mask
    beta = np.where(mask, reference["beta"][0], 0)
    np.testing.assert_allclose(attention.weights, beta, atol=1e-5)
    assert attention.scores is not None
    np.testing.assert_allclose(
        -attention.scores[:, mask], reference["kl"][0][:, mask], atol=2e-4, rtol=2e-5
    )
    hidden = MaskRule(self_attention="hide")
    setting = Setting(mask=hidden, kappa=(1.0, 1.0, 1.0), transport="taylor4")
    assert source.facts.layers[0].trained == setting
    assert source.facts.layers[0].head_dims == (5, 9, 11)
    assert source.facts.layers[1] == source.facts.layers[0]


def test_the_last_layer_is_what_the_model_returns(tmp_path: Path, dump: Path) -> None:
    """It is made from beliefs as well, and is what forward_with_attention says."""
    source = source_of(tmp_path, dump)
    ids = arrays_of(dump)["token_ids"][0]
    given = report_of(source._model, ids)
    attention = heads_of(source, dump, 1)

    beta = np.where(attention.mask, given.weights[0], 0)
    np.testing.assert_allclose(attention.weights, beta, atol=1e-5)


def test_a_lower_layer_can_be_changed(tmp_path: Path, dump: Path) -> None:
    """Mask, κ and transport, as for a checkpoint that is read without its code."""
    source = source_of(tmp_path, dump)
    changed = layer_0(source, dump, kappa=(3.0, 3.0, 3.0), mask=MaskRule())

    assert changed.scores is not None
    logits = np.where(changed.mask, changed.scores.astype(float) / 3, -np.inf)
    raised = np.exp(logits - logits.max(axis=2, keepdims=True))
    np.testing.assert_allclose(
        changed.weights, raised / raised.sum(axis=2, keepdims=True), atol=1e-6
    )


def test_another_transport_is_told(tmp_path: Path, dump: Path) -> None:
    """A model with the true exponential is not taken for one with Taylor's series."""
    source = source_of(tmp_path, dump, "build_exact")

    with pytest.raises(AttentionError) as caught:
        layer_0(source, dump)
    message = str(caught.value)
    assert message.startswith(
        "layer 0: made from the beliefs that enter it, with transport taylor4, the weights "
        "are not the model's own, which used exact: they are off by "
    )
    assert message.endswith(" with exact; declare `trained: {transport: exact}`")
    exact = source_of(tmp_path, dump, "build_exact", trained=TrainedSpec(transport="exact"))
    assert layer_0(exact, dump).trained.transport == "exact"


def test_another_kappa_is_told(tmp_path: Path, dump: Path) -> None:
    """Where neither transport gives the model's own weights, something else differs."""
    write_blocks(tmp_path)
    path = tmp_path / "blocks.py"
    text = path.read_text(encoding="utf-8").replace("(-kl / 1.0)", "(-kl / 2.0)")
    path.write_text(text, encoding="utf-8")
    source = loaded(tmp_path, adapter="blocks:build", path=str(dump))

    with pytest.raises(AttentionError) as caught:
        layer_0(source, dump)
    assert "which used another: they are off by" in str(caught.value)
    assert str(caught.value).endswith(
        "; κ and mask may be others, or its frames too long for single precision"
    )


def test_a_block_that_is_not_called(tmp_path: Path, dump: Path) -> None:
    """Beliefs that no hook has seen are an error of one line."""
    write_blocks(tmp_path)
    path = tmp_path / "blocks.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("self.attention(mu", "self.attention.forward(mu"), "utf-8")
    source = loaded(tmp_path, adapter="blocks:build", path=str(dump))

    with pytest.raises(AttentionError) as caught:
        layer_0(source, dump)
    assert str(caught.value) == (
        "layer 0: the model does not call its block's attention; `self.attention(…)` is right, "
        "and no `self.attention.forward(…)`"
    )


def test_a_configuration_that_says_none(tmp_path: Path, dump: Path) -> None:
    """None says nothing of a block either."""
    plain = layer_0(source_of(tmp_path, dump), dump)
    path = tmp_path / "blocks.py"
    text = path.read_text(encoding="utf-8")
    silent = '"embed_dim": 25, "attention_window": None, "mu_normalize": None}'
    path.write_text(text.replace('"embed_dim": 25}', silent), "utf-8")
    source = loaded(tmp_path, adapter="blocks:build", path=str(dump))
    np.testing.assert_array_equal(layer_0(source, dump).weights, plain.weights)
