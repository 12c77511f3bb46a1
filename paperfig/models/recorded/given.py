"""Arrays of attention as users give them, checked, as an attention source."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Float64

from paperfig.errors import AttentionError
from paperfig.models.recorded.arrays import Layers, layers_of
from paperfig.models.recorded.heads import Numbers, chosen_heads, temperatures
from paperfig.models.recorded.masks import rule_for
from paperfig.models.recorded.rows import exact_rows
from paperfig.models.recorded.scores import check_agreement, exact_scores, with_masked
from paperfig.models.recorded.sinks import is_sink, sink_of
from paperfig.models.recorded.source import RecordedInputs, RecordedSource
from paperfig.values.attention import ROW_SUM_TOLERANCE
from paperfig.values.excerpt import Excerpt
from paperfig.values.mask import MaskRule
from paperfig.values.model import LayerFacts, ModelFacts, Setting

Given = Literal["weights", "scores", "values"]
"""What was computed elsewhere; values are of either sign."""


class Shape(NamedTuple):
    """How many queries and keys there are."""

    n_query: int
    n_key: int


class GivenArrays:
    """Weights, scores or both of some layers, of which shape and heads are known.

    Args:
        weights: in any form that `paperfig.draw` takes.
        scores: likewise, before the softmax and the division by κ.
        learned_sink: whether what a row lacks goes to a sink; or what goes there, in the form
            of the weights without the axis of keys.
        layer: which layer of several, or the number of the only one.
        head: which heads; where the arrays hold as many as are named, what these are.
        names_heads: whether ``head`` names all that the arrays hold, and picks none.
        axes: the names of an array's axes.
        batch: which sequence of a batch.

    Raises:
        AttentionError: their shapes are other than these say.
    """

    def __init__(
        self,
        weights: Any = None,
        scores: Any = None,
        *,
        learned_sink: Any = None,
        layer: Any = None,
        head: Any = None,
        names_heads: bool = False,
        axes: Any = None,
        batch: Any = None,
    ) -> None:
        if weights is None and scores is None:
            raise AttentionError("weights", "nothing is given", "weights or scores are right")
        said: dict[str, Any] = {"layer": layer, "axes": axes, "batch": batch}
        self._each: dict[str, Layers] = {}
        if weights is not None:
            self._each["weights"] = layers_of(weights, where="weights", **said)
        if scores is not None:
            self._each["scores"] = with_masked(layers_of(scores, where="scores", **said))
        sink = is_sink(learned_sink)
        if sink is not False and weights is None:
            raise AttentionError("learned_sink", "it goes with weights", "leave it out")
        if sink is None:
            self._each["learned_sink"] = sink_of(learned_sink, **said)
        self._has_rest = sink is True
        _check_same_shape(self._each)
        first = next(iter(self._each.values()))
        self.is_numbered = first.numbers is not None
        self.layers = first.numbers or (0,)
        self.count, *shape = first.values[0].shape
        self.shape = Shape(*shape)
        self.chosen, self.heads = chosen_heads(self.count, head, names=names_heads)
        self.knows_heads = first.knows_heads or head is not None

    def of_layer(self, where: str, at: int) -> Float64[np.ndarray, "head query key"] | None:
        """What was given of a layer under a name; None where nothing was."""
        given = self._each.get(where)
        return None if given is None else given.values[at][self.chosen]

    def source(
        self,
        excerpt: Excerpt,
        *,
        kappa: Any = None,
        tau: Any = None,
        mask: Any = None,
        causal: Any = None,
        name: str | None = None,
        origin: str | None = None,
    ) -> RecordedSource:
        """The arrays, held against all else that is said of them.

        Args:
            excerpt: the tokens of queries and keys.
            kappa: the temperature of each head, or of all: scores are then −KL.
            tau: what divides the scores, where that is not κ.
            mask: as in `masks.rule_for`.
            causal: whether no key comes after its query.
            name: the model's.
            origin: where the attention was computed.

        Raises:
            AttentionError: they contradict each other.
        """
        kappas, factor = temperatures(kappa, tau, self.count, self.chosen)
        rules, inputs = {}, {}
        for at, number in enumerate(self.layers):
            with self._telling(number):
                rules[number] = self._rule(at, mask, causal)
                setting = Setting(mask=rules[number], kappa=kappas, tau_factor=factor)
                inputs[number] = self._inputs(at, setting)
        what: Given = "weights" if "weights" in self._each else "scores"
        facts = self.facts(what, rules, kappas, factor, name=name, origin=origin)
        return RecordedSource(facts=facts, inputs=inputs, heads=self.heads, excerpt=excerpt)

    def facts(
        self,
        what: Given,
        rules: Mapping[int, MaskRule],
        kappas: Numbers = None,
        factor: Numbers = None,
        *,
        name: str | None,
        origin: str | None,
    ) -> ModelFacts:
        """What is known of the model.

        Args:
            what: of its attention was given.
            rules: the mask of each layer given.
            kappas: κ of each head shown.
            factor: what τ is of it.
            name: the model's.
            origin: where the attention was computed.
        """
        known = {it: self._layer_facts(rules[it], kappas, factor) for it in rules}
        unknown = self._layer_facts(MaskRule(), kappas, factor)
        return ModelFacts(
            name=name or "given",
            is_named=name is not None,
            family="recorded",
            architecture=None,
            layers=tuple(known.get(it, unknown) for it in range(self.layers[-1] + 1)),
            shown=self.layers,
            vocab_size=0,
            context=None,
            computed_elsewhere=what,
            weights_source=origin,
        )

    def _layer_facts(self, rule: MaskRule, kappas: Numbers, factor: Numbers) -> LayerFacts:
        """What is known of a layer; its other heads are none of those shown."""
        count = max(self.heads) + 1

        def spread(values: Numbers) -> Numbers:
            known = dict(zip(self.heads, values or (), strict=bool(values)))
            return tuple(known.get(head, 1.0) for head in range(count)) if values else None

        return LayerFacts(
            head_dims=(0,) * count,
            trained=Setting(mask=rule, kappa=spread(kappas), tau_factor=spread(factor)),
            is_numbered=self.is_numbered,
            knows_heads=self.knows_heads,
            shown=self.heads,
        )

    @contextmanager
    def _telling(self, layer: int) -> Iterator[None]:
        """Where there are several layers, faults tell which it is."""
        try:
            yield
        except AttentionError as error:
            if len(self.layers) == 1:
                raise
            where = f"layer {layer}: {error.where}"
            raise AttentionError(where, error.what, error.remedy) from error

    def _rule(self, at: int, mask: Any, causal: Any) -> MaskRule:
        """The mask of a layer, as it is said or as its weights or scores show it."""
        weights, scores = self.of_layer("weights", at), self.of_layer("scores", at)
        hidden = np.zeros(self.shape, dtype=bool)
        if scores is not None:
            hidden = (scores == -inf).all(axis=0)
        is_certain = weights is None or bool(hidden.any())
        if weights is not None and not is_certain:
            hidden = (weights == 0).all(axis=0)
        layer = at, len(self.layers)
        return rule_for(hidden, mask=mask, causal=causal, is_certain=is_certain, layer=layer)

    def _inputs(self, at: int, setting: Setting) -> RecordedInputs:
        """What was given of a layer, exact."""
        weights, scores = self.of_layer("weights", at), self.of_layer("scores", at)
        allowed, rows = setting.mask.allowed(*self.shape), None
        if weights is not None:
            tolerance = max(ROW_SUM_TOLERANCE, self._epsilon("weights", "learned_sink"))
            given = self.of_layer("learned_sink", at)
            sink = self._has_rest if given is None else given[..., 0]
            rows = exact_rows(
                weights, allowed, tolerance=tolerance, heads=self.heads, sink=sink
            )
        if scores is not None:
            scores = exact_scores(scores, allowed, setting.temperature, heads=self.heads)
        inputs = RecordedInputs(
            weights=None if rows is None else rows.weights,
            sink=None if rows is None else rows.learned_sink,
            given_scores=scores,
            is_divergence=setting.kappa is not None,
        )
        check_agreement(
            inputs,
            setting,
            self.shape,
            weights_epsilon=self._epsilon("weights"),
            scores_epsilon=self._epsilon("scores"),
        )
        return inputs

    def _epsilon(self, *names: str) -> float:
        """What the types of what was given under these names round off."""
        return max(
            (self._each[name].epsilon for name in names if name in self._each), default=0.0
        )


def _check_same_shape(each: Mapping[str, Layers]) -> None:
    """Nothing where all that is given is of the same layers, heads, queries and keys.

    Raises:
        AttentionError: it is not.
    """
    (name, first), *others = each.items()
    for where, other in others:
        axes = 2 if where == "learned_sink" else 3
        seen, right = other.values[0].shape[:axes], first.values[0].shape[:axes]
        if seen != right:
            raise AttentionError(
                where, f"the shape is {seen}", f"{right}, as of {name}, is right"
            )
        numbers, expected = (
            one.numbers or tuple(range(len(one.values))) for one in (other, first)
        )
        if numbers != expected:
            what = f"of layers {', '.join(map(str, numbers))}"
            right_ones = f"{', '.join(map(str, expected))}, as of {name}, are right"
            raise AttentionError(where, what, right_ones)
