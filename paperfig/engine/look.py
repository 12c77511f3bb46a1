"""What `paperfig show` computes: each layer's heads, their mean, and a diagnosis."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paperfig.engine.group import Group, Sources
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.statistics.diagnosis import Diagnosis, diagnose
from paperfig.statistics.means import mean_of_heads, mean_over_excerpts
from paperfig.statistics.summary import summarise
from paperfig.values.attention import AttentionMap
from paperfig.values.codec import as_json
from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.model import ModelFacts

Entry = Mapping[str, Any]
"""The numbers of one head by name, as JSON can hold them: None for what no query can give."""

ALL_HEADS: Mapping[str, str] = {"head": "all"}
"""What `show` takes where a spec names no head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLook:
    """The heads of one layer.

    Attributes:
        attention: their maps on the first excerpt, with scores where the model has any.
        heads: the statistics of each, over all excerpts.
        mean: those of their mean; None for one head.
        diagnosis: why they are as uniform as they are, on the first excerpt.
    """

    attention: AttentionMap
    heads: tuple[Entry, ...]
    mean: Entry | None
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What there is to say of a figure that is not drawn.

    Attributes:
        name: the figure's.
        excerpt: what the model was given.
        model: what the checkpoint says of itself.
        layers: one entry a layer, or one for each κ where several are named.
    """

    name: str
    excerpt: Excerpt | Sample
    model: ModelFacts
    layers: tuple[LayerLook, ...]


def look_at(
    root: Path,
    specs: Iterable[NamedSpec],
    *,
    device: str,
    target: float,
    allow_adapters: bool = False,
) -> Iterator[Look]:
    """Computes each figure, and draws nothing.

    Args:
        root: the project's root.
        specs: the figures'. Where one averages heads, each of them is looked at; where
            all are wanted and no layer is named, those of every layer.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        target: the normalised entropy that κ is solved for.
        allow_adapters: whether adapters' code may be run, whatever the trust file says.
    """
    sources = Sources(root, device, allow_adapters=allow_adapters)
    for named in specs:
        facts = sources.of(named.spec.checkpoint).facts
        group = Group(_each_kappa(_each_head(named.spec, facts)), sources)
        yield Look(
            name=named.name,
            excerpt=group.excerpt,
            model=facts,
            layers=tuple(_layers(group, target)),
        )


def _layers(group: Group, target: float) -> Iterator[LayerLook]:
    source, runs = group.source, group.excerpt.runs
    tables = source.tables()
    scored = all(inputs.has_scores for inputs in group.inputs().values())
    for maps in (each for spec in group.specs for each in group.maps(spec, keep_scores=scored)):
        attention, mean = next(iter(maps)), mean_over_excerpts(maps)
        inputs = group.inputs()[attention.layer].of_heads(group.places(attention))
        yield LayerLook(
            attention=attention,
            heads=tuple(map(as_json, summarise(mean, maps, runs))),
            mean=_mean(mean, maps, runs) if len(attention.heads) > 1 else None,
            diagnosis=diagnose(
                attention,
                inputs.internals(),
                tables=tables,
                step=source.facts.step,
                target=target,
            ),
        )


def _mean(
    mean: AttentionMap, maps: Iterable[AttentionMap], runs: Sequence[np.ndarray]
) -> Entry:
    """The statistics of the mean of the heads, which is none of them."""
    (found,) = summarise(mean_of_heads(mean), map(mean_of_heads, maps), runs)
    entry: Entry = as_json(found)
    return {name: value for name, value in entry.items() if name != "head"}


def _each_head(spec: FigureSpec, facts: ModelFacts) -> FigureSpec:
    """The spec with each head on its own, and with every layer where none is named.

    A layer's heads are looked at together, in whatever order a figure shows them.
    """
    if isinstance(spec.head, tuple):
        layers = [str(head).partition("H")[0] for head in spec.head]
        together = sorted(spec.head, key=lambda head: layers.index(str(head).partition("H")[0]))
        return spec.model_copy(update={"head": tuple(together)})
    if spec.head not in (None, "all", "mean"):
        return spec
    if spec.layer is not None or facts.n_layer == 1:
        return spec.model_copy(update={"head": "all"})
    heads = tuple(
        f"L{layer}H{head}"
        for layer, entry in enumerate(facts.layers)
        for head in range(entry.n_head)
    )
    return spec.model_copy(update={"head": heads})


def _each_kappa(spec: FigureSpec) -> Iterator[FigureSpec]:
    """The spec as a map, one for each κ of a list."""
    kappas = spec.kappa if isinstance(spec.kappa, tuple) else (spec.kappa,)
    for kappa in kappas:
        yield spec.model_copy(update={"figure": "map", "kappa": kappa})
