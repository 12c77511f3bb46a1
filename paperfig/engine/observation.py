"""A model in memory on one sequence: the values of its figures, without spec or checkpoint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from numbers import Integral
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int64

from paperfig.errors import AttentionError
from paperfig.excerpts.labels import readable
from paperfig.maps.own_weights import without_clamp
from paperfig.maps.select import with_intervention
from paperfig.models.external.configuration import AdapterConfiguration, read_configuration
from paperfig.models.external.named_attention import NamedAttention
from paperfig.models.external.report import Report, check_mask_fits, report_of
from paperfig.specs.loader import spec_of
from paperfig.statistics.tables import measured, with_table
from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.figure import FigureData
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting
from paperfig.values.site import Site
from paperfig.values.tokens import Tokens

SPEC: dict[str, Any] = {
    "checkpoint": "in memory",
    "excerpt": {"random": 1},
    "head": "all",
}
"""What a spec has to say besides, where there is none."""

_GIVE_MASK = "give the model's own `mask=`, such as {'causal': False}"
_GIVE = {
    "self": "give the model's own `mask=`, such as {'self': 'hide'}",
    "causal": "give the model's own `mask=`, such as {'causal': True}",
}


def observation(
    model: Any,
    sample_batch: Any,
    tokenizer: Any,
    *,
    attention: str | None,
    step: int | None,
    name: str | None,
    layer: int | None,
    kappa: float | None,
    mask: Mapping[str, Any] | None,
) -> "Observation":
    """What the model gives for the first sequence of a batch.

    Args:
        model: with ``forward_with_attention`` or V3's ``attention_maps``; with ``attention``
            any torch module.
        sample_batch: token ids, or what holds them.
        tokenizer: anything with ``decode(ids)``.
        attention: the name of the attention submodules.
        step: of the training.
        name: of the model; its class's where left out.
        layer: which one the model returns, where it returns one.
        kappa: the temperature, where the configuration does not say it.
        mask: in training, as in a spec; keys left out are as the configuration says.

    Raises:
        AttentionError: it gives no attention, or other than these say.
        CheckpointError: its configuration holds what it cannot.
    """
    ids = _first_sequence(sample_batch)
    shown = model if attention is None else NamedAttention(model, attention)
    given = report_of(shown, ids)
    config = read_configuration(shown, f"`config` of {type(model).__name__}")
    return Observation(
        name=name or type(model).__name__,
        step=step,
        given=given,
        layers=_numbered(len(given.weights), layer, config),
        rule=_rule(mask, config, given),
        kappa=kappa,
        config=config,
        excerpt=_excerpt(ids, tokenizer),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One sequence, what the model gave for it, and what captions may say.

    Attributes:
        name: the model's.
        step: of the training.
        given: the attention.
        layers: the number of each layer in ``given``.
        rule: the mask in training.
        kappa: the temperature, or None for what the configuration says.
        config: the model's configuration.
        excerpt: the sequence.
    """

    name: str
    step: int | None
    given: Report
    layers: tuple[int, ...]
    rule: MaskRule
    kappa: float | None
    config: AdapterConfiguration
    excerpt: Excerpt

    def setting(self, n_head: int) -> Setting:
        """Mask and κ; in a model that scores at several points, the point shown."""
        said = self.config.kappa(0)
        kappa = said.value if self.kappa is None and said else self.kappa
        setting = Setting(mask=self.rule, kappa=_of_each_head(kappa, n_head))
        if self.given.converged is not None:
            setting = self.config.at_entry(setting, n_head)
        return setting

    def figures(self) -> Iterator[FigureData]:
        """The values of each layer's figures: every head, and all in context with KL."""
        for layer in self.layers:
            data = self._map(layer)
            yield data
            if data.maps[0].scores is not None:
                yield with_table(replace(data, kind="context"))

    def _map(self, layer: int) -> FigureData:
        place = self.layers.index(layer)
        weights = self.given.weights[place]
        setting = self.setting(len(weights))
        length = len(self.excerpt.tokens)
        allowed = self.rule.allowed(length, length)
        attention = AttentionMap(
            weights=without_clamp(weights, allowed, layer, remedy=_GIVE_MASK),
            scores=self._scores(place, allowed, setting),
            mask=allowed,
            site=Site(layer),
            queries=self.excerpt.tokens,
            keys=self.excerpt.tokens,
            heads=tuple(range(len(weights))),
            n_head=len(weights),
            shown=setting,
            trained=setting,
        )
        facts = LayerFacts(head_dims=(0,) * len(weights), trained=setting)
        model = ModelFacts(
            name=self.name,
            family="in memory",
            layers=(facts,) * (max(self.layers) + 1),
            vocab_size=int(self.excerpt.token_ids.max()) + 1,
            context=None,
            step=self.step,
        )
        return measured("map", [[attention]], excerpt=self.excerpt, model=model)

    def _scores(
        self, place: int, allowed: Bool[np.ndarray, "query key"], setting: Setting
    ) -> Float32[np.ndarray, "head query key"] | None:
        """−KL where the model gives it and captions can say its κ, NaN where masked."""
        if self.given.divergence is None or setting.kappa is None:
            return None
        return np.where(allowed, -self.given.divergence[place], np.float32(np.nan))


def _first_sequence(batch: Any) -> Int64[np.ndarray, " token"]:
    if isinstance(batch, Mapping):
        batch = batch.get("input_ids")
    while isinstance(batch, tuple | list) and batch and not isinstance(batch[0], Integral):
        batch = batch[0]
    ids = np.asarray(batch.cpu() if hasattr(batch, "cpu") else batch)
    if not np.issubdtype(ids.dtype, np.integer):
        raise AttentionError(
            "sample_batch", f"its values are {ids.dtype}", "token ids are right"
        )
    if not ids.ndim or not ids.size:
        raise AttentionError(
            "sample_batch", f"its shape is {ids.shape}", "(batch, token) or (token,) is right"
        )
    sequence: Int64[np.ndarray, " token"] = ids.reshape(-1, ids.shape[-1])[0].astype(np.int64)
    return sequence


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


def _rule(
    mask: Mapping[str, Any] | None, config: AdapterConfiguration, given: Report
) -> MaskRule:
    """The mask that the configuration says, and the keys given in its place."""
    asked = spec_of(SPEC | {"mask": dict(mask or {})})
    rule = with_intervention(config.mask, asked.mask)
    check_mask_fits(given.weights, rule, where="mask", remedies=_GIVE)
    return rule


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


def _excerpt(ids: Int64[np.ndarray, " token"], tokenizer: Any) -> Excerpt:
    each = getattr(tokenizer, "decode_single_token_bytes", None)
    if each is not None:
        pieces = [each(int(index)) for index in ids]
        tokens, text = tuple(map(readable, pieces)), readable(b"".join(pieces))
    else:
        tokens = tuple(str(tokenizer.decode([int(index)])) for index in ids)
        text = str(tokenizer.decode([int(index) for index in ids]))
    origin = Origin(kind="ids", tokenizer=type(tokenizer).__name__)
    return Excerpt(tokens=Tokens(labels=tokens, ids=ids), text=text, origin=origin)
