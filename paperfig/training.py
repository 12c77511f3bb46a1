"""Figures from inside a training loop, under the argument names of the VFE projects."""

import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, Int64

from paperfig.attention.given import as_given
from paperfig.attention.masks import allowed_keys, with_intervention
from paperfig.build.inputs import Inputs
from paperfig.build.manifest import STYLE
from paperfig.build.output import write_group
from paperfig.build.pipeline import Job, assemble, draw_and_caption
from paperfig.build.plan import Plan
from paperfig.build.workspace import Workspace
from paperfig.captions.render import latex_package
from paperfig.errors import AttentionError
from paperfig.excerpts.labels import readable
from paperfig.models.adapter_config import AdapterConfiguration, read_configuration
from paperfig.models.named_attention import NamedAttention
from paperfig.models.observed import Observed, check_said, observe
from paperfig.spec.loader import spec_of
from paperfig.spec.schema import NamedSpec
from paperfig.statistics.tables import measured, with_table
from paperfig.values.attention import AttentionMap
from paperfig.values.excerpt import Excerpt, Origin
from paperfig.values.figure import FigureData
from paperfig.values.model import LayerFacts, MaskRule, ModelFacts, Setting

LOG = logging.getLogger("paperfig")
_GIVE_MASK = "give the model's own `mask=`, such as {'causal': False}"
_SPEC = {"checkpoint": "in memory", "excerpt": {"random": 1}, "head": "all"}
_GIVE = {
    "self": "give the model's own `mask=`, such as {'self': 'hide'}",
    "causal": "give the model's own `mask=`, such as {'causal': True}",
}


def generate_interpretability_outputs(
    *,
    model: Any,
    sample_batch: Any,
    tokenizer: Any,
    out: str | Path = "figures",
    attention: str | None = None,
    step: int | None = None,
    name: str | None = None,
    layer: int | None = None,
    kappa: float | None = None,
    mask: Mapping[str, Any] | None = None,
    style: Mapping[str, Any] | None = None,
    caption: Mapping[str, Any] | None = None,
    on_error: Literal["log", "raise"] = "log",
) -> tuple[Path, ...]:
    """Every head's map of one sequence, with caption and record, from a model in memory.

    Where the model gives KL and its κ is known, also the figure `context`: tokens, heads,
    their mean and the KL matrix on one page.

    Call it every k steps of a training loop: the files' names carry the step, and the
    model, its mode, the random numbers and the grad mode are left as found.

    Args:
        model: a torch module with ``forward_with_attention(ids)``, or V3's
            ``attention_maps``, of which the weights at score point ``entry`` are drawn; with
            ``attention`` any that is called as ``model(ids)``, with ids (1, token).
        sample_batch: token ids (batch, token) or (token,), or a pair or mapping that holds
            them (first, or as ``input_ids``); the first sequence is drawn.
        tokenizer: anything with ``decode(ids)``; a tiktoken encoding shows exact bytes.
        out: the folder for the files; figures/ of the working folder where left out.
        attention: the name of the model's attention submodules, where it has not that
            method: ``encoder.layers.*.self_attn``, ``*`` for the layer's number. Each is
            an nn.MultiheadAttention, or returns its weights, (1, head, query, key).
        step: the training step.
        name: what captions call the model; its class's name where left out.
        layer: which layer the model returns, counted from 0, where it returns one; else
            the last, by ``n_layers`` of ``model.config``.
        kappa: the temperature that captions state; else ``kappa_beta`` of the
            configuration; else none is stated.
        mask: the mask in training, as in a spec; keys left out are what the configuration
            says (``mask_self_attention``, a window, V3's prior), else causal and whole.
        style: as in a spec.
        caption: as in a spec.
        on_error: ``log`` keeps every error out of the loop, whole in the log of the logger
            ``paperfig``; ``raise`` raises it.

    Returns:
        The figures' PDFs; nothing where an error was logged.
    """
    try:
        with _random_numbers_kept():
            ids = _first_sequence(sample_batch)
            shown = model if attention is None else NamedAttention(model, attention)
            given = observe(shown, ids)
            config = read_configuration(shown, f"`config` of {type(model).__name__}")
            observed = _Observation(
                name=name or type(model).__name__,
                step=step,
                given=given,
                layers=_numbered(len(given.weights), layer, config),
                rule=_rule(mask, config, given),
                kappa=kappa,
                config=config,
                excerpt=_excerpt(ids, tokenizer),
            )
            look = {"style": dict(style or {}), "caption": dict(caption or {})}
            figures = (
                figure for index in observed.layers for figure in observed.figures(index)
            )
            return tuple(_write(figure, Path(out), look) for figure in figures)
    except Exception:
        if on_error == "raise":
            raise
        LOG.exception("no attention figures of step %s", step)
        return ()


@contextmanager
def _random_numbers_kept() -> Iterator[None]:
    """Python's and numpy's global generators as found; torch's are the model's matter."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002


@dataclass(frozen=True, slots=True, kw_only=True)
class _Observation:
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
    given: Observed
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

    def figures(self, layer: int) -> Iterator[FigureData]:
        """The values of a layer's figures: every head, and all of it in context with KL."""
        data = self._map(layer)
        yield data
        if data.maps[0].scores is not None:
            yield with_table(replace(data, kind="context"))

    def _map(self, layer: int) -> FigureData:
        place = self.layers.index(layer)
        weights = self.given.weights[place]
        setting = self.setting(len(weights))
        allowed = allowed_keys(len(self.excerpt.tokens), self.rule)
        attention = AttentionMap(
            weights=as_given(weights, allowed, layer, remedy=_GIVE_MASK),
            scores=self._scores(place, allowed, setting),
            mask=allowed,
            tokens=self.excerpt.tokens,
            layer=layer,
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


def _write(data: FigureData, out: Path, look: Mapping[str, Any]) -> Path:
    workspace = Workspace(out, ".")
    step = "" if data.model.step is None else f"-step{data.model.step:06d}"
    kind = "" if data.kind == "map" else f"-{data.kind}"
    plan = _plan(f"attention{step}-L{data.maps[0].layer}{kind}", data, look)
    job = Job(
        name=plan.named.name,
        spec=plan.named.spec,
        data=data,
        templates=workspace.templates,
        provenance=None,
    )
    made = assemble(plan, data, draw_and_caption(job), workspace, "")
    package = {workspace.figures / STYLE: latex_package(".").encode("ascii")}
    write_group(package | dict(made.files), workspace)
    return workspace.output(plan.named.name, "pdf")


def _plan(name: str, data: FigureData, look: Mapping[str, Any]) -> Plan:
    ids = data.excerpt.token_ids.tolist()
    spec = spec_of(
        _SPEC
        | {
            "figure": data.kind,
            "checkpoint": {"path": "in memory", "name": data.model.name},
            "excerpt": {"ids": ids},
            "layer": data.maps[0].layer,
            **{key: value for key, value in look.items() if value},
        }
    )
    compute = {"model": data.model.name, "step": data.model.step, "excerpt.ids": ids}
    return Plan(
        named=NamedSpec(name=name, file="a training loop", spec=spec),
        inputs=Inputs(compute=compute, drawing=dict(look), files=()),
        record=None,
        status="new",
        reason="",
        action="compute",
    )


def _first_sequence(batch: Any) -> Int64[np.ndarray, " token"]:
    if isinstance(batch, Mapping):
        batch = batch["input_ids"]
    if isinstance(batch, tuple | list) and hasattr(batch[0], "shape"):
        batch = batch[0]
    ids = np.asarray(batch.cpu() if hasattr(batch, "cpu") else batch)
    ids = ids.reshape(-1, ids.shape[-1])[0]
    if not np.issubdtype(ids.dtype, np.integer):
        raise AttentionError(
            "sample_batch", f"its values are {ids.dtype}", "token ids are right"
        )
    sequence: Int64[np.ndarray, " token"] = ids.astype(np.int64)
    return sequence


def _numbered(
    returned: int, layer: int | None, config: AdapterConfiguration
) -> tuple[int, ...]:
    """The number of each layer that the model returned."""
    if returned > 1:
        return tuple(range(returned))
    last = config["n_layers"]
    if layer is None and last is None:
        raise AttentionError(
            "layer", "the model returns one layer and does not say which", "give `layer=`"
        )
    return (layer if layer is not None else last - 1,)


def _rule(
    mask: Mapping[str, Any] | None, config: AdapterConfiguration, given: Observed
) -> MaskRule:
    """The mask that the configuration says, and the keys given in its place."""
    asked = spec_of(_SPEC | {"mask": dict(mask or {})})
    rule = with_intervention(config.mask, asked.mask)
    check_said(given.weights, rule, where="mask", remedies=_GIVE)
    return rule


def _of_each_head(kappa: Any, n_head: int) -> tuple[float, ...] | None:
    if kappa is None:
        return None
    listed = kappa if isinstance(kappa, list | tuple) else (kappa,) * n_head
    if len(listed) != n_head or not all(each > 0 for each in listed):
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
    return Excerpt(token_ids=ids, tokens=tokens, text=text, origin=origin)
