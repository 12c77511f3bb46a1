"""Reports on figures, for `paperfig show`: each layer's heads, their mean, a diagnosis."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from paperfig.engine.group import Group
from paperfig.engine.session import Session
from paperfig.engine.variants import variants_of
from paperfig.kinds import DEFAULT
from paperfig.models.inputs import LayerInputs
from paperfig.project.digests import Digests
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import FigureSpec, NamedSpec
from paperfig.statistics.diagnosis import Diagnosis, diagnose
from paperfig.statistics.means import mean_of_heads, mean_or_longest
from paperfig.statistics.measures import row_std
from paperfig.statistics.summary import summarise
from paperfig.values.attention import AttentionMap, HeadMap
from paperfig.values.codec import as_json
from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.model import ModelFacts
from paperfig.values.site import HeadRef, Site

HeadNumbers = Mapping[str, Any]
"""The numbers of one head by name, as JSON can hold them: None for what no query can give."""

ALL_HEADS: Mapping[str, str] = {"head": "all"}
"""What `show` takes where a spec names no head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReport:
    """The heads of one layer.

    Attributes:
        attention: their maps on the first excerpt, with scores where the model has any.
        heads: the statistics of each, over all excerpts.
        mean: those of their mean; None for one head.
        diagnosis: why they are as uniform as they are, on the first excerpt.
        kl_row_std: the VFE scripts' `row_std` of the heads' mean divergence in nats, over all
            other keys, masked ones too, on the first excerpt; None where it is not known.
    """

    attention: AttentionMap
    heads: tuple[HeadNumbers, ...]
    mean: HeadNumbers | None
    diagnosis: Diagnosis
    kl_row_std: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureReport:
    """What there is to say of a figure.

    Attributes:
        name: the figure's.
        excerpt: what the model was given.
        model: what the checkpoint says of itself.
        layers: one entry a layer, or one for each κ where several are named.
    """

    name: str
    excerpt: Excerpt | Sample
    model: ModelFacts
    layers: tuple[LayerReport, ...]


def reports_on(
    specs: Iterable[NamedSpec], session: Session, workspace: Workspace, *, target: float
) -> Iterator[FigureReport]:
    """Computes each figure, and draws nothing.

    Args:
        specs: the figures'. Of one that averages heads each of them is reported; where
            all are wanted and no layer is named, those of every layer; of one that compares
            each variant.
        session: where they are computed.
        workspace: the project.
        target: the normalised entropy that κ is solved for.
    """
    digests = Digests(workspace)
    for named in specs:
        for label, spec in variants_of(named.spec, workspace.root).items():
            facts = session.source(spec.checkpoint, digests).facts
            group = session.group(_one_for_each_kappa(_with_every_head(spec, facts)), digests)
            yield FigureReport(
                name=f"{named.name}: {label}" if label else named.name,
                excerpt=group.excerpt,
                model=facts,
                layers=tuple(_layers(group, target)),
            )


def _layers(group: Group, target: float) -> Iterator[LayerReport]:
    source, runs = group.source, group.excerpt.runs
    scored = all(inputs.has_scores for inputs in group.inputs().values())
    for maps in (each for spec in group.specs for each in group.maps(spec, keep_scores=scored)):
        attention, mean = next(iter(maps)), mean_or_longest(maps, group.excerpt.lengths)
        inputs = group.inputs_of(attention).at(attention.shown.score_at)
        yield LayerReport(
            attention=attention,
            heads=tuple(map(as_json, summarise(mean, maps, runs))),
            mean=_mean(mean, maps, runs) if len(attention.heads) > 1 else None,
            diagnosis=diagnose(
                attention,
                inputs.internals(),
                tables=source.tables(),
                step=source.facts.step,
                target=target,
            ),
            kl_row_std=_kl_row_std(inputs, attention.shown.transport),
        )


def _kl_row_std(inputs: LayerInputs, transport: str | None) -> float | None:
    scores = inputs.scores(transport) if inputs.has_scores else None
    if scores is None or not inputs.internals()[0].is_divergence:
        return None
    return row_std(-scores.mean(dim=0).float().cpu().numpy())


def _mean(
    mean: HeadMap, maps: Iterable[AttentionMap], runs: Sequence[np.ndarray]
) -> HeadNumbers:
    """The statistics of the mean of the heads, which is none of them."""
    (found,) = summarise(mean_of_heads(mean), _MeansOfHeads(maps), runs)
    entry: HeadNumbers = as_json(found)
    return {name: value for name, value in entry.items() if name != "head"}


class _MeansOfHeads(Iterable[AttentionMap]):
    """The mean of the heads of each of several maps, made when it is asked for."""

    def __init__(self, maps: Iterable[AttentionMap]) -> None:
        self._maps = maps

    def __iter__(self) -> Iterator[AttentionMap]:
        return map(mean_of_heads, self._maps)


def _with_every_head(spec: FigureSpec, facts: ModelFacts) -> FigureSpec:
    """The spec with each head on its own, and with every layer where none is named.

    A layer's heads are reported together, in whatever order a figure shows them.
    """
    if isinstance(spec.head, tuple):
        sites = [_site(head) for head in spec.head]
        together = sorted(spec.head, key=lambda head: sites.index(_site(head)))
        return spec.model_copy(update={"head": tuple(together)})
    if spec.head not in (None, "all", "mean"):
        return spec
    if spec.layer is not None or len(facts.there) == 1:
        return spec.model_copy(update={"head": "all"})
    heads = tuple(
        str(HeadRef(Site(layer), head))
        for layer in facts.there
        for head in facts.layers[layer].there
    )
    return spec.model_copy(update={"head": heads})


def _site(head: str | int) -> Site | None:
    """The layer that a reference carries; a bare number carries none."""
    return HeadRef.parse(head).site if isinstance(head, str) else None


def _one_for_each_kappa(spec: FigureSpec) -> Iterator[FigureSpec]:
    """The spec as one of the default kind, one for each κ of a list."""
    kappas = spec.kappa if isinstance(spec.kappa, tuple) else (spec.kappa,)
    for kappa in kappas:
        yield spec.model_copy(update={"figure": DEFAULT.name, "kappa": kappa})
