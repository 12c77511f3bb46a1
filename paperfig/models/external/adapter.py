"""A model of the user's own, through a function that builds it: the attention that it reports.

The function is called with the checkpoint's path (None where the spec names none) and the
torch device, and returns an object with ``forward_with_attention(ids)`` or V3's
``attention_maps(ids, score_at=…)``, or a torch module and the name of its attention submodules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from paperfig.errors import AttentionError, CheckpointError
from paperfig.models.external.band import check_band
from paperfig.models.external.blocks import (
    BlockCall,
    attention_blocks,
    head_dims,
    recording_beliefs,
)
from paperfig.models.external.code import AdapterCode
from paperfig.models.external.configuration import (
    AdapterConfiguration,
    block_configuration,
    read_configuration,
)
from paperfig.models.external.e_steps import e_steps, with_e_step
from paperfig.models.external.named_attention import NamedAttention
from paperfig.models.external.report import Report, check_mask_fits, configuration_of, report_of
from paperfig.models.external.reported import reported_inputs
from paperfig.models.files.listing import check_sha256, checkpoint_path, code_folder
from paperfig.models.inputs import LayerInputs
from paperfig.models.vfe.gaussian import GaussianInputs
from paperfig.models.vfe.trained import Trained
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.internals import TableFacts
from paperfig.values.model import LayerFacts, ModelFacts

PROBED = 8
"""How many tokens the first run has, which tells layers and heads."""

_DECLARE_WINDOW = "declare it: `trained: {{mask: {{window: {}}}}}`"
_DECLARE = {
    "self": "declare it: `trained: {mask: {self: hide}}`",
    "causal": "declare it: `trained: {mask: {causal: true}}`",
}


class AdapterSource:
    """A model of the user's own, that says itself what its attention is.

    Args:
        model: with ``forward_with_attention(ids)``.
        code: that it runs.
        facts: what is known of it.
        returned: the layers that it returns.
    """

    def __init__(
        self, model: Any, code: AdapterCode, facts: ModelFacts, returned: Sequence[int]
    ) -> None:
        self.facts = facts
        self._model, self._code, self._returned = model, code, tuple(returned)
        self._blocks = _recomputed_blocks(model, returned)

    def layer_inputs(
        self, token_ids: Int64[np.ndarray, " token"], wanted: Mapping[int, Sequence[int]]
    ) -> Mapping[int, LayerInputs]:
        """The weights, and KL where there is one, of the heads wanted.

        Of a VFE-Sim model that returns its last layer only, the beliefs that enter each.

        Raises:
            AttentionError: a layer is wanted that the model does not return and that is no
                block of VFE-Sim's, or it returns other layers or heads than at first.
            CheckpointError: its code fails.
        """
        recomputed = [layer for layer in wanted if layer in self._blocks]
        for layer in wanted:
            if layer not in self._blocks and layer not in self._returned:
                only_layer = self._returned[0]
                raise AttentionError(
                    f"layer {layer}",
                    "the model returns the last layer only",
                    f"layer {only_layer} is right, or a model that returns all of them",
                )
        with self._code.running(), recording_beliefs(self._blocks, recomputed) as calls:
            report = report_of(self._model, token_ids)
        self._check_shapes(report)
        return {
            layer: self._recomputed(calls[layer], wanted[layer])
            if layer in recomputed
            else self._inputs(report, layer).of_heads(wanted[layer])
            for layer in wanted
        }

    def tables(self) -> tuple[TableFacts, ...]:
        """Nothing is known of how its tables began."""
        return ()

    def _recomputed(self, call: BlockCall, heads: Sequence[int]) -> GaussianInputs:
        values = configuration_of(self._model) or {}
        configuration = block_configuration(values, self.facts.name)
        return call.inputs(configuration, heads)

    def _inputs(self, report: Report, layer: int) -> LayerInputs:
        index, mask = self._returned.index(layer), self.facts.layers[layer].trained.mask
        check_band(report.weights[index], mask, layer=layer, remedy=_DECLARE_WINDOW)
        return reported_inputs(report, index)

    def _check_shapes(self, report: Report) -> None:
        expected = [self.facts.layers[layer].n_head for layer in self._returned]
        if _heads(report) != expected:
            raise AttentionError(
                "beta",
                f"it holds {_heads(report)} heads by layer, and held {expected} for the first "
                "tokens",
                "the same for every text is right",
            )


def open_adapter(spec: CheckpointSpec, *, root: Path, device: torch.device) -> AdapterSource:
    """Runs the adapter's function, and its model on a few tokens. Its code is trusted.

    Raises:
        CheckpointError: the checkpoint is not there or has another sha256, the code fails,
            or neither the model's ``config`` nor the spec says what has to be known.
        AttentionError: the model returns no attention.
    """
    assert spec.adapter is not None, "the caller asks only where there is one"
    path = None
    if spec.path is not None:
        path = checkpoint_path(spec, root=root)
        check_sha256(path, spec)
    code = AdapterCode(spec.adapter, code_folder(spec, root))
    build = code.function()
    with code.running():
        model = _with_interface(build(path, device), spec.adapter)
    configuration = read_configuration(model, f"`config` of the model from {spec.adapter}")
    vocab, context = configuration["vocab_size"], configuration["max_seq_len"]
    if vocab is None:
        raise CheckpointError(
            configuration.where,
            "it has no `vocab_size`",
            '`self.config = {"n_layers": 2, "vocab_size": 256, "max_seq_len": 128}`, with its '
            "own values, is right",
        )
    length = min(PROBED, context or PROBED)
    with code.running():
        probe = report_of(model, np.arange(length, dtype=np.int64) % vocab)
    returned = _numbered(probe, configuration)
    recomputed = bool(_recomputed_blocks(model, returned))
    trained = _settings(configuration, spec, probe, recomputed=recomputed)
    _check_probe(probe, trained, spec.adapter)
    facts = ModelFacts(
        name=spec.name or (path.stem if path else spec.adapter),
        family="adapter",
        layers=_layers(probe, returned, trained, model, configuration),
        vocab_size=vocab,
        context=context,
        defaults=trained.defaults,
        declared=trained.declared,
        notes=(f"adapter: {spec.adapter}",),
    )
    return AdapterSource(model, code, facts, returned)


def _with_interface(built: Any, adapter: str) -> Any:
    """What shows its attention, of what the function returned.

    Raises:
        CheckpointError: it is a tuple of something else than a module and a name.
        AttentionError: the module has no such attention.
    """
    match built:
        case (torch.nn.Module() as model, str(attention)):
            return NamedAttention(model, attention)
        case tuple():
            kinds = ", ".join(type(item).__name__ for item in built)
            raise CheckpointError(
                adapter,
                f"it returned ({kinds})",
                "(a torch module, the name of its attention submodules) is right",
            )
    return built


def _settings(
    configuration: AdapterConfiguration,
    spec: CheckpointSpec,
    probe: Report,
    *,
    recomputed: bool,
) -> Trained:
    """How the model was trained; κ has to be known where it gives KL.

    Raises:
        CheckpointError: nothing says κ, or the spec denies what the model says.
    """
    if spec.trained.transport is not None and not recomputed:
        raise CheckpointError(
            configuration.where,
            "`trained.transport` is declared, and the model computes its attention itself",
            "leave it out",
        )
    return Trained(
        configuration,
        spec.trained,
        where=str(spec.adapter),
        width=0,
        needs_kappa=probe.divergence is not None,
    )


def _numbered(probe: Report, configuration: AdapterConfiguration) -> tuple[int, ...]:
    """The number of each layer that the model returns.

    Raises:
        CheckpointError: it returns one layer and does not say of how many, or others.
    """
    returned, stated = len(probe.weights), configuration["n_layers"]
    if returned > 1:
        if stated not in (None, returned):
            raise CheckpointError(
                configuration.where,
                f"`n_layers` is {stated}, and the model returns {returned} layers",
                "the last one, or all of them, is right",
            )
        return tuple(range(returned))
    if stated is None:
        raise CheckpointError(
            configuration.where,
            "it has no `n_layers`, and the model returns one layer",
            '`"n_layers": 1`, with its own value, is right',
        )
    return (stated - 1,)


def _layers(
    probe: Report,
    returned: Sequence[int],
    trained: Trained,
    model: Any,
    configuration: AdapterConfiguration,
) -> tuple[LayerFacts, ...]:
    """The facts of each layer.

    One that is recomputed has a transport. One that is neither recomputed nor returned is
    never drawn, and taken to be as the last.
    """
    heads = dict(zip(returned, map(len, probe.weights), strict=True))
    blocks, steps = _recomputed_blocks(model, returned), e_steps(model)
    facts = []
    for layer in range(max(returned) + 1):
        dims = (0,) * heads.get(layer, heads[returned[-1]])
        if layer in blocks:
            dims = head_dims(blocks[layer])
        setting = configuration.with_alibi(trained.setting(len(dims)), len(dims))
        if layer in blocks:
            facts.append(LayerFacts(head_dims=dims, trained=setting))
            continue
        setting = replace(setting, transport=None)
        if probe.converged is not None:
            setting = configuration.at_entry(setting, len(dims))
        setting = with_e_step(setting, steps.get(layer), len(dims))
        facts.append(LayerFacts(head_dims=dims, trained=setting))
    return tuple(facts)


def _recomputed_blocks(model: Any, returned: Sequence[int]) -> Mapping[int, torch.nn.Module]:
    """The blocks that are recomputed: VFE-Sim's, where not all layers are returned."""
    return attention_blocks(model) if len(returned) <= max(returned) else {}


def _check_probe(probe: Report, trained: Trained, where: str) -> None:
    """Nothing where all maps have one shape, and the diagonal is not hidden unsaid.

    Raises:
        AttentionError: one of them is not so.
    """
    shapes = [weights.shape for weights in probe.weights]
    for name, maps in (("kl", probe.divergence), ("converged", probe.converged)):
        if maps is not None and [layer.shape for layer in maps] != shapes:
            raise AttentionError(
                where,
                f"its `{name}` has another shape than its `beta`",
                "the same shape is right",
            )
    mask = trained.setting(len(probe.weights[0])).mask
    check_mask_fits(probe.weights, mask, where=where, remedies=_DECLARE)


def _heads(report: Report) -> list[int]:
    return [len(weights) for weights in report.weights]
