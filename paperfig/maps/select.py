"""Which layers and heads a spec asks for, and the setting they are shown in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from paperfig.errors import AttentionError
from paperfig.kinds import KINDS
from paperfig.specs.mask import MaskInterventionSpec
from paperfig.specs.schema import FigureSpec
from paperfig.values.mask import MaskRule
from paperfig.values.model import ModelFacts, Setting
from paperfig.values.positions import span_of
from paperfig.values.site import HeadRef, Site, which_exist
from paperfig.values.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerHeads:
    """Heads of one layer that follow each other in a figure.

    Attributes:
        layer: counted from 0.
        heads: counted from 0, in the order asked for.
        mean: whether their mean is shown in place of each.
    """

    layer: int
    heads: tuple[int, ...]
    mean: bool = False


def select_heads(spec: FigureSpec, model: ModelFacts) -> tuple[LayerHeads, ...]:
    """The panels asked for, in the order of the spec.

    ``layer`` may be left out in a one-layer model, and where every head is a reference
    that carries its own (``L4H11``), or where the figure's kind shows those of every layer;
    ``head`` where the kind shows all.

    Raises:
        AttentionError: a layer or head does not exist, is named twice, or is not said.
    """
    kind = KINDS[spec.figure]
    asked = spec.head if spec.head is not None else kind.head
    if asked is None:
        raise AttentionError("head", "nothing is said", "name one, several, `all` or `mean`")
    if asked in {"all", "mean"}:
        layers = (
            model.there if kind.every_layer and spec.layer is None else [_layer(spec, model)]
        )
        return tuple(
            LayerHeads(layer=layer, heads=model.layers[layer].there, mean=asked == "mean")
            for layer in layers
        )
    chosen = list(_references(spec, model))
    for place, (layer, head) in enumerate(chosen):
        if (layer, head) in chosen[:place]:
            ref = HeadRef(Site(layer), head)
            raise AttentionError("head", f"{ref} is named twice", "name it once")
    return tuple(
        LayerHeads(layer=layer, heads=tuple(head for _, head in heads))
        for layer, heads in groupby(chosen, key=itemgetter(0))
    )


def shown_settings(
    spec: FigureSpec, trained: Setting, n_head: int, keys: Tokens
) -> tuple[Setting, ...]:
    """What a layer is shown with: as trained, but for the spec's interventions.

    Args:
        spec: may set keys of the mask, one κ for every head or a list of them, and the
            transport.
        trained: the layer's own setting, κ of all its heads.
        n_head: how many heads the layer has.
        keys: the tokens among which the spec's positions are.

    Returns:
        One setting for each κ of a list, else one; the trained setting itself where the
        spec changes nothing; a κ of 1 is no change to a dot-product model, which is
        trained without one.

    Raises:
        AttentionError: a transport or a score point where the model has none.
        ExcerptError: a key that is to be hidden is not among the tokens.
    """
    score_at = _score_point(spec, trained)
    mask = with_intervention(trained.mask, spec.mask, keys)
    transport = trained.transport
    if spec.transport is not None:
        if transport is None:
            raise AttentionError("transport", "this model transports nothing", "leave it out")
        transport = spec.transport
    return tuple(
        replace(trained, mask=mask, kappa=kappa, transport=transport, score_at=score_at)
        for kappa in _kappas(spec, trained, n_head)
    )


def with_intervention(trained: MaskRule, spec: MaskInterventionSpec, keys: Tokens) -> MaskRule:
    """The trained rule with what the spec names put in its place.

    Args:
        trained: the rule in training.
        spec: the intervention.
        keys: the tokens among which its positions are.

    Raises:
        AttentionError: a mask that no rule gives is to be none.
        ExcerptError: a key that is to be hidden is not among them.
    """
    changed = {key: value for key, value in spec if value is not None}
    if trained.pattern is not None and trained.causal and spec.causal is False:
        what = "the mask is known key by key, and no rule undoes it"
        raise AttentionError("mask.causal", what, "leave it out")
    if spec.hide_keys is not None:
        hidden: set[int] = set()
        for index, position in enumerate(spec.hide_keys):
            first, last = span_of(position, keys, where=f"mask.hide_keys.{index}")
            hidden.update(range(first, last + 1))
        changed["hide_keys"] = tuple(sorted(hidden))
    return replace(trained, **changed)


def _score_point(spec: FigureSpec, trained: Setting) -> str | None:
    """The beliefs that are scored."""
    if spec.score_at is None:
        return trained.score_at
    if trained.score_at is None:
        raise AttentionError("score_at", "this model scores at one point", "leave it out")
    return spec.score_at


def _kappas(
    spec: FigureSpec, trained: Setting, n_head: int
) -> Iterator[tuple[float, ...] | None]:
    asked = spec.kappa if isinstance(spec.kappa, tuple) else (spec.kappa,)
    for kappa in asked:
        if kappa is None or (kappa == 1 and trained.kappa is None):
            yield trained.kappa
        else:
            yield (kappa,) * n_head


def _references(spec: FigureSpec, model: ModelFacts) -> Iterator[tuple[int, int]]:
    """Layer and head of each entry of ``head``, known to exist."""
    entries = spec.head if isinstance(spec.head, tuple) else (spec.head,)
    for entry in entries:
        if isinstance(entry, str):
            ref = HeadRef.parse(entry)
            layer, head = ref.site.layer, ref.head
            _check_exists("head", entry, layer, "layer", model.there)
            if spec.layer not in (None, layer):
                raise AttentionError(
                    "head", f"{entry} is not in layer {spec.layer}", "leave `layer` out"
                )
        else:
            assert entry is not None, "a missing head is refused before"
            layer, head = _layer(spec, model), entry
        _check_exists("head", str(entry), head, "head", model.layers[layer].there)
        yield layer, head


def _layer(spec: FigureSpec, model: ModelFacts) -> int:
    if spec.layer is None:
        if len(model.there) > 1:
            raise AttentionError("layer", "nothing is said", which_exist("layer", model.there))
        return model.there[0]
    _check_exists("layer", str(spec.layer), spec.layer, "layer", model.there)
    return spec.layer


def _check_exists(where: str, name: str, index: int, kind: str, there: Sequence[int]) -> None:
    if index not in there:
        raise AttentionError(where, f"{name} does not exist", which_exist(kind, there))
