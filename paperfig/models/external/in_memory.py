"""A model in memory that reports its attention, asked once, as an attention source."""

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np
from jaxtyping import Int64

from paperfig.errors import AttentionError
from paperfig.models.asked_once import ModelInMemory
from paperfig.models.external.band import check_band
from paperfig.models.external.configuration import AdapterConfiguration, read_configuration
from paperfig.models.external.e_steps import e_steps, with_e_step
from paperfig.models.external.named_attention import NamedAttention
from paperfig.models.external.report import Report, check_mask_fits, is_reporting, report_of
from paperfig.models.external.reported import reported_inputs
from paperfig.models.external.submodules import near_attention
from paperfig.models.inputs import LayerInputs
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting

_GIVE_MASK = "give the model's own `mask=`, such as {'causal': False}"
_GIVE_WINDOW = "give the model's own `mask=`, such as {{'window': {}}}"
_GIVE = {
    "self": "give the model's own `mask=`, such as {'self': 'hide'}",
    "causal": "give the model's own `mask=`, such as {'causal': True}",
}


def reported_model(
    model: Any,
    token_ids: Int64[np.ndarray, " token"],
    *,
    attention: str | None = None,
    name: str | None = None,
    step: int | None = None,
    layer: int | None = None,
    heads: Sequence[int] | None = None,
    kappa: float | None = None,
    mask: Callable[[MaskRule], MaskRule] = lambda rule: rule,
) -> ModelInMemory:
    """Runs a model on one sequence; it is left as it was found.

    Args:
        model: with ``forward_with_attention`` or V3's ``attention_maps``; with ``attention``
            any torch module.
        token_ids: the sequence.
        attention: the name of the attention submodules.
        name: of the model; its class's where left out.
        step: of its training.
        layer: which one it returns, where it returns one.
        heads: which it returns of each layer, where it returns some of them.
        kappa: the temperature, where the configuration does not say it.
        mask: from what the configuration says of the mask to what it was.

    Raises:
        AttentionError: it gives no attention, or other than these say.
        CheckpointError: its configuration holds what it cannot.
    """
    if attention is None:
        _check_reports(model)
    shown = model if attention is None else NamedAttention(model, attention)
    report = report_of(shown, token_ids)
    config = read_configuration(shown, f"`config` of {type(model).__name__}")
    layers = _numbered(len(report.weights), layer, config)
    rule = mask(config.mask)
    check_mask_fits(report.weights, rule, where="mask", remedies=_GIVE)
    returned = {
        number: _heads_of(len(weights), heads, config)
        for number, weights in zip(layers, report.weights, strict=True)
    }
    facts = ModelFacts(
        name=name or type(model).__name__,
        family="in memory",
        is_named=True,
        layers=_layer_facts(shown, report, config, returned, rule=rule, kappa=kappa),
        shown=layers,
        vocab_size=config["vocab_size"] or int(token_ids.max()) + 1,
        context=None,
        step=step,
    )
    unscored = _unscored(report, facts.layers[layers[0]].trained.kappa)
    return ModelInMemory(
        facts,
        lambda number: _inputs(report, layers.index(number), facts, has_scores=not unscored),
        returned,
        token_ids,
        rows=config["vocab_size"],
        unscored=unscored,
    )


def _layer_facts(
    model: Any,
    report: Report,
    config: AdapterConfiguration,
    returned: Mapping[int, tuple[int, ...]],
    *,
    rule: MaskRule,
    kappa: float | None,
) -> tuple[LayerFacts, ...]:
    """What is known of each layer up to the last that was returned."""
    counts = {it: max(config["n_heads"] or 0, max(of) + 1) for it, of in returned.items()}
    last = max(counts)
    counts |= {it: counts[last] for it in range(last) if it not in counts}
    steps = {} if kappa is not None else e_steps(model)
    return tuple(
        LayerFacts(
            head_dims=(0,) * count,
            trained=with_e_step(
                _setting(rule, kappa, config, report, count), steps.get(number), count
            ),
            shown=returned.get(number),
        )
        for number, count in sorted(counts.items())
    )


def _inputs(report: Report, index: int, facts: ModelFacts, *, has_scores: bool) -> LayerInputs:
    """What was reported of the layer in that place of the report.

    Raises:
        AttentionError: its weights end where the mask does not.
    """
    number = facts.there[index]
    mask = facts.layers[number].trained.mask
    check_band(report.weights[index], mask, layer=number, remedy=_GIVE_WINDOW)
    return reported_inputs(report, index, has_scores=has_scores, mask_remedy=_GIVE_MASK)


def _check_reports(model: Any) -> None:
    """Nothing where the model has a method of its own for it, or nothing that has its name.

    Raises:
        AttentionError: it has not, and the name of a submodule that would do.
    """
    near = None if is_reporting(model) else near_attention(model)
    if near is not None:
        raise AttentionError(
            type(model).__name__,
            "it has no forward_with_attention(ids)",
            f'such a method, or `attention="{near}"`, is right',
        )


def _unscored(report: Report, kappa: tuple[float, ...] | None) -> AttentionError | None:
    """Why there are no scores, where there are none."""
    if report.divergence is None:
        what, right = "the model gives its weights and no `kl`", '`figure="map"` is right'
    elif kappa is None:
        what, right = (
            "the model gives `kl` and no κ that divides it",
            "`kappa_beta` of its `config` is right",
        )
    else:
        return None
    return AttentionError("figure", f"it shows scores, and {what}", right)


def _heads_of(
    count: int, said: Sequence[int] | None, config: AdapterConfiguration
) -> tuple[int, ...]:
    """The numbers of the heads that were returned of a layer.

    Raises:
        AttentionError: they are some of those that there are, and nothing says which.
    """
    total = config["n_heads"] or count
    if count == total and (said is None or count > 1):
        return tuple(range(count))
    if said is not None and len(said) == count:
        return tuple(said)
    raise AttentionError(
        "head",
        f"the model returns {count} head{'s' if count > 1 else ''} of {total} and does not say "
        "which",
        "give `head=`",
    )


def _setting(
    rule: MaskRule,
    kappa: float | None,
    config: AdapterConfiguration,
    report: Report,
    n_head: int,
) -> Setting:
    """Mask and κ; in a model that scores at several points, the point shown."""
    stated = config.kappa(0)
    value = stated.value if kappa is None and stated else kappa
    setting = Setting(mask=rule, kappa=_of_each_head(value, n_head))
    setting = config.with_bias(setting, n_head)
    return setting if report.converged is None else config.at_entry(setting, n_head)


def _numbered(
    returned: int, layer: int | None, config: AdapterConfiguration
) -> tuple[int, ...]:
    """The number of each layer that the model returned."""
    if layer is not None and layer < 0:
        raise AttentionError("layer", f"it is {layer}", "a whole number from 0 is right")
    if returned > 1:
        return tuple(range(returned))
    last = config["n_layers"]
    if layer is None and last is None:
        raise AttentionError(
            "layer", "the model returns one layer and does not say which", "give `layer=`"
        )
    return (layer if layer is not None else last - 1,)


def _of_each_head(kappa: Any, n_head: int) -> tuple[float, ...] | None:
    if kappa is None:
        return None
    listed = kappa if isinstance(kappa, list | tuple) else (kappa,) * n_head
    if len(listed) != n_head or not all(0 < each < inf for each in listed):
        raise AttentionError(
            "kappa",
            f"it is {kappa}, and the layer has {n_head} head{'s' if n_head > 1 else ''}",
            "a number above 0, or one for each head, is right",
        )
    return tuple(map(float, listed))
